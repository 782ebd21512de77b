"""Cloth: extended position-based dynamics, one state a garment."""
