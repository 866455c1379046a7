"""A small pixel canvas with the moving parts of a walking figure.

Everybody faces right and stands on the bottom row.  Art is written as text, one letter per pixel; the
letters are explained by the colours handed over with it, '.' is nothing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

WIDE, TALL = 16, 24
COMMON = {"k": "1c1a22", "w": "f6f3ec", "e": "1e1c28", "s": "f0c49c", "S": "cf9468"}


class Pose(NamedTuple):
    """One moment of a stride: leg swing -1..1, lift of the near and far foot, drop of the body, index."""

    swing: float
    near: int
    far: int
    bob: int
    index: int


def poses(count: int, lift: float = 2.0) -> list[Pose]:
    """Give the poses of one stride; the first stands still with both feet down."""
    found = []
    for k in range(count):
        turn = 2 * np.pi * k / count
        swing, ahead = float(np.round(np.sin(turn), 6)), float(np.round(np.cos(turn), 6))
        near = 0 if k == 0 else int(np.floor(max(0.0, ahead) * lift + 0.5))
        far = int(np.floor(max(0.0, -ahead) * lift + 0.5))
        found.append(Pose(swing, near, far, int(abs(swing) > 0.8), k))
    return found


def rgb(value: str, factor: float = 1.0) -> np.ndarray:
    """Turn 'rrggbb' into bytes, darker or brighter by a factor."""
    parts = np.array([int(value[i : i + 2], 16) for i in (0, 2, 4)]) * factor
    return np.clip(np.floor(parts + 0.5), 0, 255).astype(np.uint8)


def away_from_zero(value: float) -> int:
    """Round to the nearest whole pixel, halves outwards."""
    return int(np.sign(value) * np.floor(abs(value) + 0.5))


class Figure:
    """One frame under work."""

    def __init__(self, tall: int = TALL):
        """Start empty."""
        self.tall = tall
        self.px = np.zeros((tall, WIDE, 4), np.uint8)

    def dot(self, x, y, paint: str, factor: float = 1.0) -> None:
        """Set one pixel, if it lies inside."""
        if 0 <= x < WIDE and 0 <= y < self.tall:
            self.px[int(y), int(x)] = (*rgb(paint, factor), 255)

    def row(self, x0, x1, y, paint: str, factor: float = 1.0) -> None:
        """Set the pixels x0..x1 of a row."""
        for x in range(int(x0), int(x1) + 1):
            self.dot(x, y, paint, factor)

    def box(self, x0, y0, x1, y1, paint: str, factor: float = 1.0) -> None:
        """Fill a rectangle, corners included."""
        for y in range(int(y0), int(y1) + 1):
            self.row(x0, x1, y, paint, factor)

    def line(self, x0, y0, x1, y1, paint: str, width: int = 1, factor: float = 1.0) -> None:
        """Draw a stroke from point to point."""
        steps = max(abs(x1 - x0), abs(y1 - y0), 1)
        for k in range(int(steps) + 1):
            x = away_from_zero(x0 + (x1 - x0) * k / steps)
            y = away_from_zero(y0 + (y1 - y0) * k / steps)
            self.row(x, x + width - 1, y, paint, factor)

    def stamp(self, x: int, y: int, art: str, /, **colours: str) -> None:
        """Set the pixels of a piece of text art with its upper left corner at (x, y)."""
        book = {**COMMON, **colours}
        for j, line in enumerate(art.split()):
            for i, letter in enumerate(line):
                if letter != ".":
                    self.dot(x + i, y + j, book[letter])

    def leg(
        self, x, top, reach, lift, cloth, shoe, width=2, boot=1, toe=1, factor=1.0, bare=None, bare_from=9.0
    ):
        """Draw one leg from the hip to a shoe that points right; below bare_from (0..1) it is bare."""
        foot = self.tall - 1 - lift
        span = max(1, foot - top)
        for y in range(int(top), foot + 1):
            t = (y - top) / span
            knee = np.sin(np.pi * t) * (0.5 * lift + (0.4 if reach > 0 else 0.0))
            at = away_from_zero(x + reach * t + knee - (0.6 * lift * t if lift else 0))
            paint = shoe if y > foot - boot else (bare if bare and t >= bare_from else cloth)
            self.row(at, at + width - 1, y, paint, factor)
        at = away_from_zero(x + reach - 0.6 * lift)
        self.row(at, at + width - 1 + toe, foot, shoe, factor)

    def legs(self, p: Pose, x, top, cloth, shoe, reach=3.0, gap=1, far=0.68, **look) -> None:
        """Draw both legs, the far one darker and half hidden."""
        self.leg(x + gap, top, -reach * p.swing, p.far, cloth, shoe, factor=far, **look)
        self.leg(x, top, reach * p.swing, p.near, cloth, shoe, **look)

    def arm(
        self, x, y, reach, length, sleeve, hand, width=2, cuff=1, factor=1.0, raise_by=0
    ) -> tuple[int, int]:
        """Draw one hanging arm that swings by reach pixels, and tell where its hand is."""
        bend = int(abs(reach) >= 2)
        end = y + length - bend - raise_by
        for yy in range(int(y), int(end) + 1):
            t = (yy - y) / max(1, end - y)
            at = away_from_zero(x + reach * t)
            self.row(at, at + width - 1, yy, hand if yy > end - cuff else sleeve, factor)
        return away_from_zero(x + reach), int(end)

    def outlined(self, paint: str = "15131c") -> np.ndarray:
        """Give the frame with a dark rim around the figure, where it fits."""
        solid = self.px[..., 3] > 0
        rim = np.zeros_like(solid)
        rim[1:] |= solid[:-1]
        rim[:-1] |= solid[1:]
        rim[:, 1:] |= solid[:, :-1]
        rim[:, :-1] |= solid[:, 1:]
        out = self.px.copy()
        out[rim & ~solid] = (*rgb(paint), 255)
        return out
