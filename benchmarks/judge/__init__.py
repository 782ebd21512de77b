"""The shopper that judges: people, clothes, lens, light and codec that the pipeline has never seen."""
