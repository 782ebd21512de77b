"""Garments drawn over their region of interest: two backends, one look."""
