"""Canvas, noise and light: what every scene is drawn with.

Coordinates are pixels of the finished picture (x right, y down).  Drawing happens on a grid SCALE times
finer, and everything wraps around in x, so that a finished picture repeats sideways without a seam.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

W, H, SCALE = 256, 128, 2
NX, NY = W * SCALE, H * SCALE
X = ((np.arange(NX) + 0.5) / SCALE)[None, :]
Y = ((np.arange(NY) + 0.5) / SCALE)[:, None]
TAU = 2 * np.pi


# ------------------------------------------------------------------------------------------- colour


def colour(value) -> np.ndarray:
    """Turn 'rrggbb' into three floats; arrays and tuples pass through."""
    if isinstance(value, str):
        return np.array([int(value[i : i + 2], 16) for i in (0, 2, 4)]) / 255.0
    return np.asarray(value, float)


def palette(text: str) -> np.ndarray:
    """Turn 'rrggbb rrggbb ...' into rows of floats."""
    return np.array([colour(word) for word in text.split()])


def ramp(t: np.ndarray, stops: str, at: tuple | None = None) -> np.ndarray:
    """Colour a field through evenly spaced stops, or stops at the given places."""
    rows = palette(stops)
    places = np.linspace(0, 1, len(rows)) if at is None else np.asarray(at, float)
    return np.stack([np.interp(t, places, rows[:, k]) for k in range(3)], axis=-1)


def mix(a, b, t) -> np.ndarray:
    """Blend two colours or pictures by a number or a field."""
    t = np.asarray(t, float)
    return colour(a) + (colour(b) - colour(a)) * (t[..., None] if t.ndim else t)


def shade(value, factor: float) -> np.ndarray:
    """Make a colour darker or brighter by a factor."""
    return np.clip(colour(value) * factor, 0, 1)


def grey(rgb: np.ndarray) -> np.ndarray:
    """Give the luminance of a picture."""
    return rgb @ np.array([0.299, 0.587, 0.114])


def saturate(rgb: np.ndarray, amount: float) -> np.ndarray:
    """Push colours away from grey (amount above 1) or towards it."""
    g = grey(rgb)[..., None]
    return g + (rgb - g) * amount


# ------------------------------------------------------------------------------------------- fields


def step(low: float, high: float, t) -> np.ndarray:
    """Rise smoothly from 0 at low to 1 at high."""
    s = np.clip((t - low) / (high - low), 0, 1)
    return s * s * (3 - 2 * s)


def unit(field: np.ndarray) -> np.ndarray:
    """Stretch a field to the range 0..1."""
    low, high = field.min(), field.max()
    return (field - low) / max(high - low, 1e-9)


def full(field) -> np.ndarray:
    """Spread a row, a column or a number over the whole picture."""
    return np.broadcast_to(field, (NY, NX))


def away(cx: float, x=X) -> np.ndarray:
    """Give the signed x distance to cx, the short way round the wrap."""
    return (x - cx + W / 2) % W - W / 2


def radius(cx: float, cy: float, stretch: float = 1.0) -> np.ndarray:
    """Give the distance of every point to (cx, cy); stretch above 1 flattens circles."""
    return np.hypot(away(cx) / stretch, Y - cy)


def _spline(place: np.ndarray, count: int) -> np.ndarray:
    """Give the matrix that interpolates a wrapped row of lattice values at the places (Catmull-Rom)."""
    base = np.floor(place).astype(int)
    f = place - base
    taps = (
        -0.5 * f + f**2 - 0.5 * f**3,
        1 - 2.5 * f**2 + 1.5 * f**3,
        0.5 * f + 2 * f**2 - 1.5 * f**3,
        -0.5 * f**2 + 0.5 * f**3,
    )
    matrix = np.zeros((len(place), count))
    rows = np.arange(len(place))
    for k, tap in enumerate(taps):
        np.add.at(matrix, (rows, (base + k - 1) % count), tap)
    return matrix


@lru_cache(maxsize=256)
def _across(count: int) -> np.ndarray:
    """Give the matrix that spreads a wrapped row of lattice values over the columns."""
    return _spline(X[0] * count / W, count)


@lru_cache(maxsize=256)
def _down(cell: float) -> np.ndarray:
    """Give the matrix that spreads a column of lattice values over the rows."""
    return _spline(Y[:, 0] / cell + 1, int(np.ceil(H / cell)) + 4)


def noise(rng, cell: float, stretch: float = 1.0) -> np.ndarray:
    """Smooth random field around 0 whose bumps are about cell high and cell * stretch wide."""
    across = _across(max(2, int(round(W / (cell * stretch)))))
    down = _down(round(float(cell), 3))
    return down @ rng.uniform(-1, 1, (down.shape[1], across.shape[1])) @ across.T


def fbm(rng, cell: float, octaves: int = 5, gain: float = 0.5, stretch: float = 1.0) -> np.ndarray:
    """Cloud-like noise, 0..1: octaves of smooth noise, each half as wide and gain as strong."""
    total, weight = np.zeros((NY, NX)), 1.0
    for k in range(octaves):
        size = cell / 2**k
        if size < 0.7:
            break
        total += weight * noise(rng, size, stretch)
        weight *= gain
    return unit(total)


def ridged(rng, cell: float, octaves: int = 5, gain: float = 0.55, stretch: float = 1.0) -> np.ndarray:
    """Noise with sharp crests, 0..1, as of mountains seen from above."""
    total, weight = np.zeros((NY, NX)), 1.0
    for k in range(octaves):
        size = cell / 2**k
        if size < 0.7:
            break
        total += weight * (1 - np.abs(noise(rng, size, stretch)) * 1.4)
        weight *= gain
    return unit(total)


def skyline(rng, cell: float, octaves: int = 5, gain: float = 0.5, sharp: bool = False) -> np.ndarray:
    """One row of wrapped noise, 0..1, as the outline of hills (sharp: of peaks)."""
    total, weight = np.zeros(NX), 1.0
    for k in range(octaves):
        count = max(2, int(round(W * 2**k / cell)))
        row = _across(count) @ rng.uniform(-1, 1, count)
        total += weight * (1 - 1.6 * np.abs(row) if sharp else row)
        weight *= gain
    return unit(total)


def warp(field: np.ndarray, dx, dy) -> np.ndarray:
    """Look a field up at displaced places (pixels), wrapping in x and stopping at the edge in y."""
    u = np.broadcast_to((X + dx) * SCALE - 0.5, (NY, NX))
    v = np.clip(np.broadcast_to((Y + dy) * SCALE - 0.5, (NY, NX)), 0, NY - 1.001)
    i, j = np.floor(u).astype(int), np.floor(v).astype(int)
    fu, fv = u - i, v - j
    if field.ndim == 3:
        fu, fv = fu[..., None], fv[..., None]
    i0, i1 = i % NX, (i + 1) % NX
    top = field[j, i0] * (1 - fu) + field[j, i1] * fu
    low = field[j + 1, i0] * (1 - fu) + field[j + 1, i1] * fu
    return top * (1 - fv) + low * fv


def blur(field: np.ndarray, sigma_x: float, sigma_y: float | None = None) -> np.ndarray:
    """Blur by three running means, which comes close to a Gaussian of that many pixels."""
    sigma_y = sigma_x if sigma_y is None else sigma_y
    for axis, sigma, mode in ((1, sigma_x, "wrap"), (0, sigma_y, "edge")):
        r = int(round(sigma * SCALE - 0.5))
        if r < 1:
            continue
        pads = [(0, 0)] * field.ndim
        pads[axis] = (r + 1, r)
        for _ in range(3):
            total = np.cumsum(np.pad(field, pads, mode=mode), axis=axis)
            n = field.shape[axis]
            high = total.take(np.arange(2 * r + 1, 2 * r + 1 + n), axis=axis)
            field = (high - total.take(np.arange(n), axis=axis)) / (2 * r + 1)
    return field


def light(height: np.ndarray, strength: float = 1.0, angle: float = 225.0) -> np.ndarray:
    """Shade a height field lit from an angle (degrees; 225 is upper left): about 0.5 where flat."""
    gx = (np.roll(height, -1, 1) - np.roll(height, 1, 1)) * SCALE / 2
    gy = np.gradient(height, axis=0) * SCALE
    a = np.deg2rad(angle)
    return np.clip(0.5 - strength * (gx * np.cos(a) + gy * np.sin(a)), 0, 1)


class Cells(NamedTuple):
    """Voronoi cells: distances to the nearest two seeds, a random tone, the offset from the own seed."""

    near: np.ndarray
    next: np.ndarray
    tone: np.ndarray
    dx: np.ndarray
    dy: np.ndarray


def cells(rng, width: float, height: float | None = None, jitter: float = 0.9, x=X, y=Y) -> Cells:
    """Split the picture into Voronoi cells around the jittered points of a grid."""
    height = width if height is None else height
    nx, ny = max(2, int(round(W / width))), int(np.ceil(H / height)) + 4
    wide = W / nx
    px, py = 0.5 + jitter * rng.uniform(-0.5, 0.5, (2, ny, nx))
    tones = rng.random((ny, nx))
    x, y = np.broadcast_to(x, (NY, NX)), np.broadcast_to(y, (NY, NX))
    i, j = np.floor(x / wide).astype(int), np.floor(y / height).astype(int)
    near, far = np.full((NY, NX), 1e9), np.full((NY, NX), 1e9)
    tone, ox, oy = np.zeros((NY, NX)), np.zeros((NY, NX)), np.zeros((NY, NX))
    for dj in (-1, 0, 1):
        for di in (-1, 0, 1):
            a, b = (j + dj + 2) % ny, (i + di) % nx
            dx = x - (i + di + px[a, b]) * wide
            dy = y - (j + dj + py[a, b]) * height
            d = np.hypot(dx, dy)
            closer = d < near
            far = np.where(closer, near, np.minimum(far, d))
            near = np.where(closer, d, near)
            tone = np.where(closer, tones[a, b], tone)
            ox, oy = np.where(closer, dx, ox), np.where(closer, dy, oy)
    return Cells(near, far, tone, ox, oy)


# ------------------------------------------------------------------------------------------- canvas


class Canvas:
    """A picture under work, with shapes that wrap around in x."""

    def __init__(self, ground="000000"):
        """Start from one colour or from a whole picture."""
        self.rgb = np.array(np.broadcast_to(colour(ground), (NY, NX, 3)))

    def over(self, mask, paint) -> None:
        """Lay a colour or a picture over the canvas through a mask of 0..1."""
        self.rgb += (colour(paint) - self.rgb) * np.broadcast_to(mask, (NY, NX))[..., None]

    def add(self, mask, paint) -> None:
        """Add light."""
        self.rgb += np.broadcast_to(mask, (NY, NX))[..., None] * colour(paint)

    def times(self, field) -> None:
        """Multiply brightness by a field."""
        self.rgb *= np.broadcast_to(field, (NY, NX))[..., None]

    def _box(self, x0, y0, x1, y1):
        """Give the wrapped index box around a shape, and the coordinates inside it."""
        i0, i1 = int(np.floor(x0 * SCALE)) - 1, int(np.ceil(x1 * SCALE)) + 2
        j0, j1 = max(0, int(np.floor(y0 * SCALE)) - 1), min(NY, int(np.ceil(y1 * SCALE)) + 2)
        if i1 - i0 > NX:
            i0 = int(np.floor(x0 * SCALE))
            i1 = i0 + NX
        if j1 <= j0:
            return None
        i, j = np.arange(i0, i1), np.arange(j0, j1)
        return np.ix_(j, i % NX), ((i + 0.5) / SCALE)[None, :], ((j + 0.5) / SCALE)[:, None]

    def _lay(self, where, mask, paint, glow=False) -> None:
        """Blend or add paint inside an index box."""
        paint = colour(paint)
        if paint.ndim == 3:
            paint = paint[where]
        if glow:
            self.rgb[where] += mask[..., None] * paint
        else:
            old = self.rgb[where]
            self.rgb[where] = old + (paint - old) * mask[..., None]

    def ellipse(self, cx, cy, rx, ry, paint, alpha=1.0, soft=0.5, turn=0.0) -> None:
        """Fill an ellipse; soft is the width of its edge in pixels, turn its rotation in radians."""
        r = max(rx, ry) + soft
        if (box := self._box(cx - r, cy - r, cx + r, cy + r)) is None:
            return
        where, x, y = box
        dx, dy = x - cx, y - cy
        c, s = np.cos(turn), np.sin(turn)
        u, v = (dx * c + dy * s) / rx, (dy * c - dx * s) / ry
        d = (np.hypot(u, v) - 1) * min(rx, ry)
        self._lay(where, alpha * np.clip(0.5 - d / soft, 0, 1), paint)

    def glow(self, cx, cy, r, paint, power=1.0) -> None:
        """Add a round glow that fades to nothing within 2.5 r."""
        if (box := self._box(cx - 2.5 * r, cy - 2.5 * r, cx + 2.5 * r, cy + 2.5 * r)) is None:
            return
        where, x, y = box
        self._lay(where, power * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (r * r) * 1.0), paint, glow=True)

    def line(self, x0, y0, x1, y1, paint, width=1.0, end=None, alpha=1.0, soft=0.5, glow=False) -> None:
        """Draw a stroke, tapering from width to end."""
        end = width if end is None else end
        r = max(width, end) / 2 + soft
        if (box := self._box(min(x0, x1) - r, min(y0, y1) - r, max(x0, x1) + r, max(y0, y1) + r)) is None:
            return
        where, x, y = box
        vx, vy = x1 - x0, y1 - y0
        t = np.clip(((x - x0) * vx + (y - y0) * vy) / max(vx * vx + vy * vy, 1e-9), 0, 1)
        d = np.hypot(x - x0 - t * vx, y - y0 - t * vy) - (width + (end - width) * t) / 2
        self._lay(where, alpha * np.clip(0.5 - d / soft, 0, 1), paint, glow)

    def path(self, points, paint, width=1.0, end=None, **look) -> None:
        """Draw strokes through points, tapering along the way."""
        end = width if end is None else end
        widths = np.linspace(width, end, len(points))
        for (a, b), w0, w1 in zip(zip(points[:-1], points[1:]), widths[:-1], widths[1:]):
            self.line(*a, *b, paint, w0, w1, **look)

    def polygon(self, points, paint, alpha=1.0) -> None:
        """Fill a polygon (even-odd)."""
        p = np.asarray(points, float)
        (x0, y0), (x1, y1) = p.min(0), p.max(0)
        if (box := self._box(x0, y0, x1, y1)) is None:
            return
        where, x, y = box
        inside = np.zeros((y.shape[0], x.shape[1]), bool)
        for (ax, ay), (bx, by) in zip(p, np.roll(p, -1, 0)):
            if ay != by:
                inside ^= ((ay > y) != (by > y)) & (x < (bx - ax) * (y - ay) / (by - ay) + ax)
        self._lay(where, alpha * inside, paint)

    def rect(self, x, y, w, h, paint, alpha=1.0) -> None:
        """Fill an upright rectangle."""
        if (box := self._box(x, y, x + w, y + h)) is None:
            return
        where, px, py = box
        inside = (px >= x) & (px < x + w) & (py >= y) & (py < y + h)
        self._lay(where, alpha * inside, paint)

    def below(self, outline: np.ndarray, paint, soft=0.6) -> np.ndarray:
        """Fill everything under an outline (a row of y values), and give the mask."""
        mask = np.clip(0.5 + (Y - outline[None, :]) / soft, 0, 1)
        self.over(mask, paint)
        return mask


def finish(rng, rgb: np.ndarray) -> np.ndarray:
    """Turn a drawn picture into the finished bytes: lens shading, film grain, 6-bit tones."""
    small = rgb.reshape(H, SCALE, W, SCALE, 3).mean((1, 3))
    down = (np.arange(H) + 0.5) / H
    small = small * (1 - 0.22 * np.abs(down - 0.5) ** 2 * 2)[:, None, None]
    small = small + rng.normal(0, rng.uniform(0.003, 0.0105), (H, W, 1))
    # Steps of four keep the files small under the grain, which also hides the steps.
    return (np.clip(np.floor(np.clip(small, 0, 1) * 63 + 0.5), 0, 63) * 255 / 63 + 0.5).astype(np.uint8)
