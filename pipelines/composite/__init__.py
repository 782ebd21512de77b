"""Garment layers blended into frames, behind the real hands."""
