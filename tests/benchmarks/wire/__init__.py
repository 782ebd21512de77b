"""Tests of the impaired wire."""
