"""The synthetic shopper: a seeded, dressed, moving person whose every joint is known."""
