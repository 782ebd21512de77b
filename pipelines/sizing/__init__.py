"""Size and fit: a body from what a shopper knows of it, size charts as data, and which size that makes."""
