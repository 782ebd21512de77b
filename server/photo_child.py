r"""The limited child that decodes a stranger's photo: standard input to standard output, then gone.

Usage: photo_child FORMAT MAX_PIXELS SIDE_PX SECONDS MEMORY_MIB. Writes "WIDTH HEIGHT\n" and RGB bytes. The limits on
processor time, memory and open files are set before the first byte is read; turned upright by EXIF, then
nothing of the metadata is left.
"""

from __future__ import annotations

import math
import resource
import sys
from io import BytesIO


def main() -> int:
    """Decode; return 0, or 3 for a picture that cannot be used."""
    kind, pixels, side, seconds, memory_mib = sys.argv[1], *map(float, sys.argv[2:6])
    from PIL import Image, ImageOps

    cpu_s, memory = math.ceil(seconds), int(memory_mib * 2**20)
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    Image.MAX_IMAGE_PIXELS = int(pixels)
    data = sys.stdin.buffer.read()
    try:
        with Image.open(BytesIO(data), formats=[kind]) as image:
            if getattr(image, "n_frames", 1) != 1:
                return 3
            image.draft("RGB", (int(side), int(side)))  # JPEG: decodes a large photo straight to a smaller one
            upright = ImageOps.exif_transpose(image).convert("RGB")
        upright.thumbnail((side, side), Image.Resampling.LANCZOS)
    except (OSError, ValueError, SyntaxError, MemoryError, EOFError, Image.DecompressionBombError):
        return 3
    sys.stdout.buffer.write(f"{upright.width} {upright.height}\n".encode() + upright.tobytes())
    return 0


if __name__ == "__main__":
    sys.exit(main())
