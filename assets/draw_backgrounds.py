"""Draw the background pictures bg-1.png .. bg-128.png."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

if __package__ in (None, ""):  # run as a script: make the package importable
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kage.assets.files import HOME, grid, save
from kage.assets.scenes.catalogue import SCENES, background


def draw_all() -> dict:
    """Draw every picture, keyed by its path below the assets folder."""
    return {f"backgrounds/bg-{n}.png": background(n) for n in range(1, len(SCENES) + 1)}


def sheets(pictures: dict) -> dict:
    """Make one overview of all pictures and zooms of twelve at a time, keyed by file name."""
    tiles = list(pictures.values())
    found = {"backgrounds-all.png": grid([tile[::2, ::2] for tile in tiles], 8)}
    for k in range(0, len(tiles), 12):
        found[f"backgrounds-{k + 1:03d}.png"] = grid(tiles[k : k + 12], 3, 2)
    return found


def main() -> None:
    """Write the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--out", type=Path, default=HOME, help="folder that gets backgrounds/ (default: here)"
    )
    out = parser.parse_args().out
    for name, pixels in draw_all().items():
        save(pixels, out / name)


if __name__ == "__main__":
    main()
