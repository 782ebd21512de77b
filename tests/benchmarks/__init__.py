"""Tests of the benches' registry and of what they compute."""
