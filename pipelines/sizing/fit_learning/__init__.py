"""What a shop's own fit feedback teaches: how likely a size is called too small, right or too large."""
