"""Real clips and photos: run only where they lie beside the checkout."""
