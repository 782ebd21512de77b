"""Measuring the shopper's body from the pictures of a camera: a guided view from the front, and one from the side."""
