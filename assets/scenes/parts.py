"""Things that several scenes share: skies, clouds, trees, hills, grass."""

from __future__ import annotations

import numpy as np

from .canvas import (
    NX,
    NY,
    TAU,
    Canvas,
    H,
    W,
    X,
    Y,
    away,
    blur,
    colour,
    fbm,
    light,
    mix,
    ramp,
    skyline,
    step,
    warp,
)


def sky(stops: str, horizon: float = H, at: tuple | None = None) -> np.ndarray:
    """Paint a vertical run of colours from the top down to the horizon."""
    return np.broadcast_to(ramp(np.clip(Y / horizon, 0, 1), stops, at), (NY, NX, 3))


def cumulus(
    c: Canvas, rng, low: float, lit="ffffff", dark="a8b4c4", cover=0.5, size=26.0, flat=2.2, alpha=1.0
):
    """Lay heaped clouds above the height low, lit from the upper left, thinning out upwards."""
    field = fbm(rng, size, 6, 0.52, flat)
    field = warp(field, 0, (low - Y) * 0.25)
    mask = step(1 - cover, 1 - cover + 0.16, field) * step(low, low - 14, Y)
    relief = light(blur(field, 1.0), 9.0, 235)
    c.over(alpha * mask, mix(dark, lit, np.clip(relief * 1.1 + 0.15, 0, 1)))


def cirrus(c: Canvas, rng, low: float, paint="ffffff", alpha=0.6, stretch=6.0):
    """Lay thin wind-drawn clouds above the height low."""
    field = warp(fbm(rng, 14, 5, 0.55, stretch), 0, 6 * np.sin(TAU * X / W + 1))
    c.over(alpha * step(0.5, 0.95, field) * step(low, low - 40, Y), paint)


def fir(c: Canvas, rng, x, foot, tall, paint, snow=None, alpha=1.0):
    """Draw a conifer of tiers of drooping branches, optionally with snow on them."""
    paint = colour(paint)
    c.line(x, foot, x, foot - tall, shade_of(paint, 0.6), tall * 0.05, 0.4, alpha=alpha)
    tiers = max(4, int(tall / 3.2))
    for k in range(tiers):
        t = (k + 0.6) / tiers
        y, half = foot - tall * (1 - t) - tall * 0.02, tall * 0.24 * t + 0.5
        half *= rng.uniform(0.8, 1.15)
        drop = tall / tiers * 1.5
        tone = paint * rng.uniform(0.8, 1.2)
        c.polygon(
            [(x, y - drop), (x + half, y + drop * 0.35), (x, y), (x - half, y + drop * 0.35)], tone, alpha
        )
        if snow is not None:
            c.polygon(
                [(x, y - drop), (x - half, y + drop * 0.3), (x - half * 0.4, y - drop * 0.1)],
                snow,
                alpha * 0.9,
            )


def shade_of(paint, factor):
    """Darken or brighten a colour without clipping."""
    return colour(paint) * factor


def tree(c: Canvas, rng, x, foot, tall, leaf="4a7030", bark="4a3626", spread=0.42, dabs=60, sun=0.35):
    """Draw a broad-leaved tree: a forked trunk under a crown of lit dabs."""
    top = foot - tall
    c.line(x, foot, x, foot - tall * 0.55, bark, tall * 0.1, tall * 0.05)
    for side in (-0.5, 0.45):
        c.line(x, foot - tall * 0.35, x + side * tall * spread, foot - tall * 0.68, bark, tall * 0.05, 0.5)
    leaf = colour(leaf)
    cx, cy, r = x, top + tall * 0.38, tall * spread
    c.ellipse(cx, cy, r * 0.82, r * 0.72, leaf * 0.7, 1.0, 0.8)
    turn, reach = rng.uniform(0, TAU, dabs), np.sqrt(rng.random(dabs)) * 0.95
    spots = np.stack([reach * np.cos(turn), reach * np.sin(turn)], 1)
    for u, v in spots[np.argsort(-spots[:, 1])]:
        tone = leaf * (1 + sun * (-1.2 * v - 0.6 * u) + rng.uniform(-0.14, 0.14))
        size = r * rng.uniform(0.14, 0.3)
        c.ellipse(cx + u * r, cy + v * r * 0.85, size, size * 0.75, np.clip(tone, 0, 1), 1.0, 0.8)


def hill(c: Canvas, rng, base, rise, cell, stops, sharp=False, octaves=5, rough=0.5, texture=0.25):
    """Fill one range of hills whose colour runs from crest to foot, with a mottled surface."""
    outline = base - rise * skyline(rng, cell, octaves, 0.5, sharp)
    depth = np.clip((Y - outline[None, :]) / (H - base + rise), 0, 1)
    mottle = fbm(rng, 10, 5, rough, 2.0) - 0.5
    c.below(outline, ramp(np.clip(depth + 0.1 * mottle, 0, 1), stops) * (1 + texture * mottle)[..., None])
    return outline


def blades(c: Canvas, rng, count, low, high, tall, paints: str, lean=2.0, width=0.9):
    """Draw grass or corn blades, the far ones first and smaller."""
    rows = [colour(p) for p in paints.split()]
    for y in np.sort(rng.uniform(low, high, count)):
        near = 0.45 + 0.55 * (y - low) / max(high - low, 1)
        x, h = rng.uniform(0, W), tall * near * rng.uniform(0.6, 1.2)
        bend = rng.normal(0.4, 1) * lean * near
        tone = rows[rng.integers(len(rows))] * rng.uniform(0.8, 1.15)
        c.path(
            [(x, y), (x + bend * 0.3, y - h * 0.6), (x + bend, y - h)], np.clip(tone, 0, 1), width * near, 0.3
        )


def sun(c: Canvas, x, y, r, disc="fff6d8", halo="ffc070", power=0.8):
    """Draw a bright disc in a wide glow."""
    c.add(power * np.exp(-np.hypot(away(x), Y - y) / (r * 3.2)), halo)
    c.ellipse(x, y, r, r, disc, 1.0, 1.2)


def depth_rows(horizon: float, strength: float = 40.0):
    """Give plane coordinates (u across, v away) and nearness (0..1) of the ground under a horizon."""
    below = np.clip(Y - horizon, 0.35, None)
    v = strength * 10 / below
    return away(W / 2) * v / 10, np.broadcast_to(v, (NY, NX)), np.clip(below / (H - horizon), 0, 1)


def stars(c: Canvas, rng, count, low=H, paint="ffffff", bright=1.0):
    """Scatter stars of many brightnesses, few of them large."""
    for x, y, m in zip(rng.uniform(0, W, count), rng.uniform(0, low, count), rng.random(count) ** 4):
        tint = mix(paint, ("ffd8b0", "b8d0ff", "ffffff")[rng.integers(3)], 0.6)
        c.glow(x, y, 0.45 + 0.9 * m, tint, bright * (0.35 + 0.75 * m))
