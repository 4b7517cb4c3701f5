#!/usr/bin/env python3
"""Renders the application icons from `icons/cairn.svg`.

    pip install pillow && apt-get install librsvg2-bin && python3 assets/make_icons.py

Every size is rasterised from the drawing itself rather than scaled down from
the largest one, so the small icons stay crisp.
"""

import io
import subprocess
from pathlib import Path

from PIL import Image

ICONS = Path(__file__).resolve().parent / "icons"
PNG = {"32x32.png": 32, "128x128.png": 128, "128x128@2x.png": 256, "icon.png": 512}
ICO_SIZES = [16, 24, 32, 48, 64, 256]
ICNS_SIZES = [16, 32, 64, 128, 256, 512, 1024]


def rasterise(size: int) -> Image.Image:
    """The drawing as a square RGBA image of `size` pixels."""
    png = subprocess.run(
        ["rsvg-convert", "-w", str(size), "-h", str(size), str(ICONS / "cairn.svg")],
        check=True,
        capture_output=True,
    ).stdout
    return Image.open(io.BytesIO(png)).convert("RGBA")


def main() -> None:
    images = {size: rasterise(size) for size in {*PNG.values(), *ICO_SIZES, *ICNS_SIZES}}
    for name, size in PNG.items():
        images[size].save(ICONS / name, optimize=True)
    for name, sizes in {"icon.ico": ICO_SIZES, "icon.icns": ICNS_SIZES}.items():
        largest = images[max(sizes)]
        others = [images[size] for size in sizes[:-1]]
        largest.save(ICONS / name, append_images=others, sizes=[(s, s) for s in sizes])


if __name__ == "__main__":
    main()
