"""The body of one shopper: shape, posing, girths and lengths, and back from measurements."""
