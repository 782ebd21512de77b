"""Tests of the low-delay layer."""
