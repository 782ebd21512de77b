"""The light of a frame, fitted to the shopper's own skin."""
