"""Writing, summing and laying out pictures: what both drawing scripts share."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from PIL import Image

HOME = Path(__file__).resolve().parent


def save(pixels: np.ndarray, path: Path) -> None:
    """Write RGB or RGBA pixels as PNG with fixed options and no metadata."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, format="PNG", optimize=True)


def pixel_sum(pixels: np.ndarray) -> str:
    """Hash what a picture shows: mode, size and raw bytes, so that another zlib changes nothing."""
    height, width, channels = pixels.shape
    head = f"{'RGBA' if channels == 4 else 'RGB'} {width}x{height} ".encode()
    return hashlib.sha256(head + np.ascontiguousarray(pixels, np.uint8).tobytes()).hexdigest()


def grid(tiles: list, columns: int, zoom: int = 1, gap: int = 4, ground=(40, 40, 44)) -> np.ndarray:
    """Lay equally large RGB pictures out in rows."""
    height, width = tiles[0].shape[:2]
    rows = -(-len(tiles) // columns)
    sheet = np.empty((rows * (height + gap) + gap, columns * (width + gap) + gap, 3), np.uint8)
    sheet[:] = ground
    for k, tile in enumerate(tiles):
        y, x = (k // columns) * (height + gap) + gap, (k % columns) * (width + gap) + gap
        sheet[y : y + height, x : x + width] = tile
    return sheet.repeat(zoom, 0).repeat(zoom, 1)
