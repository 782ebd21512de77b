"""Sizes from free product text, Chinese and English: what can be had, what it measures, who wears it in the picture."""
