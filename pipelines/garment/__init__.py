"""Garments: packages, size charts, patterns cut from the body, fitted and graded."""
