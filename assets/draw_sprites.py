"""Draw the walking figures sprites/<skin>/walk-1.png and so on."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

if __package__ in (None, ""):  # run as a script: make the package importable
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kage.assets.files import HOME, grid, save
from kage.assets.skins import heroes, people, uncanny
from kage.assets.skins.figure import TALL, WIDE, Figure, poses

# skin: who draws it, number of frames, how high the feet are lifted, rim colour
SKINS = {
    "boy": (people.boy, 6, 2.0, "2a1820"),
    "chibi": (people.chibi, 4, 1.6, "14303c"),
    "clown": (heroes.clown, 6, 2.4, "3c1430"),
    "cowboy": (heroes.cowboy, 6, 2.0, "24160e"),
    "cowboy_2": (heroes.cowboy_2, 4, 1.6, "15131c"),
    "dark_knight": (heroes.dark_knight, 6, 1.6, "0c0a14"),
    "dark_knight_2": (heroes.dark_knight_2, 6, 1.6, "140a20"),
    "dark_skeleton": (uncanny.dark_skeleton, 6, 2.0, "0e0a12"),
    "dog": (people.dog, 6, 1.6, "2a160c"),
    "elder_skeleton": (uncanny.elder_skeleton, 4, 1.2, "241418"),
    "elf": (heroes.elf, 6, 2.4, "12240f"),
    "enchanter": (uncanny.enchanter, 6, 1.0, "120f34"),
    "farmer": (people.farmer, 4, 2.0, "24180e"),
    "girl": (people.girl, 6, 2.0, "3c1428"),
    "girl_2": (people.girl_2, 6, 2.0, "14142a"),
    "girl_3": (people.girl_3, 4, 2.4, "20140f"),
    "knight": (heroes.knight, 6, 1.6, "1a2030"),
    "man": (people.man, 6, 2.0, "15141c"),
    "robot": (people.robot, 4, 1.6, "1c2430"),
    "scientist": (people.scientist, 6, 2.0, "20242c"),
    "skeleton": (uncanny.skeleton, 6, 2.4, "1c1a18"),
    "spy": (heroes.spy, 6, 1.6, "18140f"),
    "thief": (heroes.thief, 8, 2.4, "15131c"),
    "warrior": (heroes.warrior, 6, 2.0, "2c140c"),
    "woman": (people.woman, 6, 1.6, "2c1018"),
    "woman_2": (people.woman_2, 4, 1.0, "20120c"),
    "woman_wizard": (uncanny.woman_wizard, 6, 2.0, "160f24"),
}
HEIGHTS = {"dog": 14}


def frames(skin: str) -> list[np.ndarray]:
    """Draw the stride of a skin, as RGBA frames."""
    who, count, lift, rim = SKINS[skin]
    found = []
    for pose in poses(count, lift):
        figure = Figure(HEIGHTS.get(skin, TALL))
        who(figure, pose)
        found.append(figure.outlined(rim))
    return found


def draw_all() -> dict:
    """Draw every frame of every skin, keyed by its path below the assets folder."""
    return {f"sprites/{skin}/walk-{k}.png": px for skin in SKINS for k, px in enumerate(frames(skin), 1)}


def on_ground(px: np.ndarray, ground: tuple) -> np.ndarray:
    """Lay a frame over a flat colour, standing on the lower edge of a full-size tile."""
    tile = np.empty((TALL + 2, WIDE + 2, 3), np.uint8)
    tile[:] = ground
    shown = tile[1 + TALL - len(px) : 1 + TALL, 1 : 1 + WIDE]
    shown[px[..., 3] > 0] = px[px[..., 3] > 0][:, :3]
    return tile


def sheets(zoom: int = 6) -> dict:
    """Make two overviews, on dark and on light ground, of all skins and frames."""
    found = {}
    for name, ground in (("dark", (34, 36, 44)), ("light", (214, 218, 210))):
        blank = np.full((TALL + 2, WIDE + 2, 3), ground, np.uint8)
        tiles = []
        for skin in SKINS:
            row = [on_ground(px, ground) for px in frames(skin)]
            tiles += row + [blank] * (8 - len(row))
        found[f"sprites-{name}.png"] = grid(tiles, 24, zoom, 1, ground)
    return found


def main() -> None:
    """Write the sprites."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HOME, help="folder that gets sprites/ (default: here)")
    out = parser.parse_args().out
    for name, pixels in draw_all().items():
        save(pixels, out / name)


if __name__ == "__main__":
    main()
