"""Check, sum or lay out the assets: python -m kage.assets --check, --sums or --sheet DIR."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from . import draw_backgrounds, draw_sprites
from .files import HOME, pixel_sum, save

SUMS = HOME / "SHA256SUMS"


def redrawn_sums() -> dict:
    """Redraw everything into memory and hash the pixels, keyed by path."""
    pictures = {**draw_backgrounds.draw_all(), **draw_sprites.draw_all()}
    return {name: pixel_sum(pixels) for name, pixels in sorted(pictures.items())}


def stored_sums() -> dict:
    """Read the hashes that were written down."""
    lines = SUMS.read_text(encoding="ascii").splitlines()
    return {name: digest for digest, name in (line.split("  ", 1) for line in lines)}


def check() -> int:
    """Compare redrawn pictures, stored pictures and stored hashes; print the names that differ."""
    import numpy as np
    from PIL import Image

    stored, drawn = stored_sums(), redrawn_sums()
    wrong = []
    for name in sorted(stored.keys() | drawn.keys()):
        path = HOME / name
        on_disk = pixel_sum(np.asarray(Image.open(path))) if path.is_file() else None
        if not stored.get(name) == drawn.get(name) == on_disk:
            wrong.append(name)
            print(name)
    print(f"{len(drawn)} pictures redrawn, {len(wrong)} differ", file=sys.stderr)
    return int(bool(wrong))


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m kage.assets", description=__doc__)
    parser.add_argument("--check", action="store_true", help="redraw into memory and compare with SHA256SUMS")
    parser.add_argument("--sums", action="store_true", help="write SHA256SUMS anew")
    parser.add_argument("--sheet", type=Path, metavar="DIR", help="write contact sheets into DIR")
    args = parser.parse_args()
    if args.sums:
        lines = [f"{digest}  {name}\n" for name, digest in redrawn_sums().items()]
        SUMS.write_text("".join(lines), encoding="ascii", newline="\n")
    if args.sheet:
        pages = {**draw_backgrounds.sheets(draw_backgrounds.draw_all()), **draw_sprites.sheets()}
        for name, pixels in pages.items():
            save(pixels, args.sheet / name)
    if args.check:
        return check()
    if not (args.sums or args.sheet):
        parser.print_help()
    return 0


if __name__ == "__main__":
    sys.exit(main())
