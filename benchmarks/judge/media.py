"""Where the real clips and photos lie, beside the checkout; every row that needs them is left out without them."""

from pathlib import Path

MEDIA = Path(__file__).resolve().parents[3] / "shared" / "media"
