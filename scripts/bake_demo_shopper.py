"""Film the synthetic shopper for the page's demo mode: one seamless loop as VP9 in WebM.

    python scripts/bake_demo_shopper.py [--out xr_client/web/demo_shopper.webm]

Drawn at twice the size and averaged down, so that edges are as soft as a lens makes them.
"""

from __future__ import annotations

import argparse
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from pipelines.synthetic.motion import motion_named
from pipelines.synthetic.shopper import SyntheticShopper

WIDTH_PX, HEIGHT_PX, FPS = 480, 640, 30
MOTION = "show"
LIMIT_BYTES = 900_000


def bake(out: Path, seed: int) -> int:
    """Write the loop to `out` and return its size in bytes."""
    shopper = SyntheticShopper(seed, 2 * WIDTH_PX, 2 * HEIGHT_PX, MOTION, framing="knees", fps=FPS, noise=0.0)
    frames = round(motion_named(MOTION).period_s * FPS)
    grain = np.random.default_rng(seed)
    with av.open(str(out), "w") as container:
        stream = container.add_stream("libvpx-vp9", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuv420p"
        stream.time_base = Fraction(1, FPS)
        stream.options = {"crf": "26", "b": "780k", "maxrate": "850k", "deadline": "good", "cpu-used": "2", "g": "60"}
        for index in range(frames):
            small = cv2.resize(shopper.frame(index).bgr, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_AREA)
            noisy = small + 1.2 * grain.standard_normal((HEIGHT_PX, WIDTH_PX, 1), np.float32)
            picture = av.VideoFrame.from_ndarray(np.clip(noisy + 0.5, 0, 255).astype(np.uint8), format="bgr24")
            picture.pts = index
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    shopper.close()
    return out.stat().st_size


def main() -> int:
    """Bake the clip; exit 1 when it came out too large for a page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("xr_client/web/demo_shopper.webm"))
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    size = bake(options.out, options.seed)
    print(f"{options.out}: {size / 1000:.0f} kB")
    return int(size > LIMIT_BYTES)


if __name__ == "__main__":
    raise SystemExit(main())
