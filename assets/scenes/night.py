"""Skies, space and lights in the dark."""

from __future__ import annotations

import numpy as np

from .canvas import (
    TAU,
    Canvas,
    H,
    W,
    X,
    Y,
    away,
    blur,
    fbm,
    light,
    mix,
    noise,
    palette,
    ramp,
    ridged,
    shade,
    skyline,
    step,
    unit,
    warp,
)
from .parts import cirrus, cumulus, fir, hill, sky, stars, tree


def milky_way(rng, air="05070f 0c1830 28406a", band="5a4a7a c8a8a0 fff0dc", land="04060a"):
    """The galaxy band over a dark hill with a lit tent and firs."""
    c = Canvas(sky(air, 118))
    cloud = fbm(rng, 26, 6, 0.6)
    lean = (Y - 62) + 26 * np.sin(X * TAU / W + 0.6) + 14 * (cloud - 0.5)
    core = np.exp(-((lean / 26) ** 2))
    dust = step(0.35, 0.75, ridged(rng, 22, 6, 0.6, 1.6)) * np.exp(-((lean / 14) ** 2))
    c.add(np.clip(core * (0.25 + 0.8 * cloud) - 0.55 * dust, 0, 1) * 0.62, mix(*palette(band)[[0, 1]], core))
    stars(c, rng, 260, 118)
    for _ in range(420):
        x = rng.uniform(0, W)
        y = 62 - 26 * np.sin(x * TAU / W + 0.6) + rng.normal(0, 14)
        c.glow(x, y, 0.5, band.split()[-1], rng.uniform(0.2, 0.6))
    ground = hill(c, rng, 112, 14, 90, f"{land} {land}", texture=0)
    for x in rng.uniform(0, W, 38):
        fir(c, rng, x, ground[int(x * 2)] + 3, rng.uniform(6, 20), land)
    c.glow(150, 112, 9, "ff9a3c", 0.5)
    c.polygon([(141, 115), (150, 104), (159, 115)], "ffb860")
    c.polygon([(150, 104), (159, 115), (153, 115)], "c86a28")
    return c.rgb


def aurora(rng, air="04081c 0a1c34 123048", glow="2af08a 40d8b0 a850d8", snow="8aa8c4"):
    """Green and violet curtains above snowy firs."""
    c = Canvas(sky(air, 100))
    stars(c, rng, 140, 90)
    for k in range(4):
        foot = 66 - 9 * k + 13 * noise(rng, 36, 1)[70 + 20 * k][None, :] + 5 * noise(rng, 12, 1)[30][None, :]
        rays = 0.35 + 0.65 * unit(noise(rng, 4, 1)[100] + noise(rng, 9, 1)[9])[None, :]
        up = foot - Y
        veil = step(-2.5, 2, up) * np.exp(-np.clip(up, 0, None) / (15 + 15 * rays)) * rays
        c.add(veil * (0.75 - 0.12 * k), ramp(np.clip(up / 46, 0, 1), glow))
    hill(c, rng, 98, 20, 60, "1c3048 2c4c64", True)
    ground = hill(c, rng, 112, 8, 100, f"{snow} 5a84a0", texture=0.1)
    for x in np.sort(rng.uniform(0, W, 26)):
        fir(
            c,
            rng,
            x,
            ground[int(x * 2)] + rng.uniform(2, 9),
            rng.uniform(10, 32),
            "0a1820",
            mix("0a1820", snow, 0.5),
        )
    return c.rgb


def nebula(rng, dark="02060a", gas="041c2c 0c6a6a d8b050 fff4d0", edge="4a1c5a"):
    """Folded glowing gas with dark lanes and spiked stars."""
    bend = 16 * noise(rng, 30), 16 * noise(rng, 30)
    body = warp(fbm(rng, 50, 7, 0.58), *bend)
    fold = warp(ridged(rng, 30, 6, 0.58), *bend)
    c = Canvas(dark)
    c.add(0.7 * step(0.35, 0.95, fbm(rng, 60, 5)), edge)
    c.over(step(0.38, 0.75, body), ramp(np.clip(fold * body * 1.9 - 0.12, 0, 1), gas))
    c.times(1 - 0.75 * step(0.55, 0.8, warp(fbm(rng, 30, 6), *bend[::-1])))
    stars(c, rng, 240)
    for x, y, s in zip(rng.uniform(0, W, 7), rng.uniform(8, 120, 7), rng.uniform(3, 8, 7)):
        c.glow(x, y, s * 0.3, "ffffff", 1.2)
        c.glow(x, y, s, "8ab0ff", 0.3)
        for dx, dy in ((1, 0), (0, 1)):
            c.line(x - s * dx, y - s * dy, x + s * dx, y + s * dy, "dce8ff", 0.6, alpha=0.55)
    return c.rgb


def planets(
    rng,
    bands="e8c898 b8784c f0e0c0 9a5a3c d8a878 f4e8d4",
    air="0a0a1c 1a1434",
    ring="d8c0a0",
):
    """A ringed gas giant with its moons."""
    c = Canvas(sky(air))
    c.add(0.25 * fbm(rng, 40, 5), "3c2060")
    stars(c, rng, 170)
    x0, y0, r, tilt = 104.0, 62.0, 36.0, 0.3
    u, v = away(x0), Y - y0
    ru, rv = u * np.cos(tilt) + v * np.sin(tilt), (v * np.cos(tilt) - u * np.sin(tilt)) / 0.26
    d = np.hypot(ru, rv)
    rings = (
        step(r * 1.25, r * 1.3, d)
        * step(r * 2.1, r * 2.05, d)
        * (0.45 + 0.55 * unit(np.sin(d * 1.3) + np.sin(d * 0.47 + 1)))
    )
    ball = np.hypot(u, v) / r
    lat = rv * 0.26 + 3 * noise(rng, 7, 4)
    lit = np.clip(
        0.12 + 1.1 * (-(u * 0.55 + v * 0.5) / r + 0.55 * np.sqrt(np.clip(1 - ball**2, 0, 1)) + 0.2), 0.02, 1.1
    )
    paint = ramp(
        unit(np.interp(lat, np.linspace(-r, r, 15), rng.random(15)) + 0.2 * fbm(rng, 5, 4, 0.6, 4)), bands
    )
    c.over(rings * (rv < 0) * 0.9, mix(ring, "6a5444", unit(np.sin(d))))
    c.over(step(1.01, 0.98, ball), paint * lit[..., None])
    c.over(rings * (rv >= 0) * 0.9, mix(ring, "6a5444", unit(np.sin(d))))
    for *moon, hue in (
        (208, 30, 9, "b8c0d0"), (186, 98, 5, "d89060"), (30, 22, 3.5, "8ac0d8"), (236, 92, 14, "a05a4c"),
    ):
        _moon(c, rng, *moon, hue)
    return c.rgb


def _moon(c, rng, x, y, r, hue):
    """Draw a half-lit moon."""
    d = np.hypot(away(x), Y - y) / r
    lit = np.clip(
        0.1 - (away(x) * 0.8 + (Y - y) * 0.6) / r + 0.35 * np.sqrt(np.clip(1 - d**2, 0, 1)), 0.03, 1.15
    )
    c.over(
        step(1 + 0.4 / r, 1 - 0.4 / r, d),
        mix(shade(hue, 0.6), hue, fbm(rng, max(4, r * 0.6), 4)) * lit[..., None],
    )


def galaxy(rng, core="fff0c8", arms="3c5ac8 a8b8f0 f0a8c0", dark="04040c", arms_count=2.0):
    """A tilted spiral galaxy with pink clusters and dust."""
    c = Canvas(dark)
    stars(c, rng, 160, bright=0.8)
    u, v = (away(128) * 0.94 + (Y - 64) * 0.34) / 1.6, ((Y - 64) * 0.94 - away(128) * 0.34) * 1.75 / 1.6
    d, a = np.hypot(u, v), np.arctan2(v, u)
    patch = fbm(rng, 14, 6, 0.65)
    swirl = 0.5 + 0.5 * np.cos(arms_count * (a - 2.6 * np.log(d + 4)) + 2.2 * (patch - 0.5))
    disc = np.exp(-d / 34)
    c.add(
        1.5 * disc * (0.12 + swirl**2 * (0.3 + patch)),
        ramp(np.clip(d / 80 + 0.3 * (patch - 0.5), 0, 1), " ".join(arms.split()[::-1])),
    )
    c.times(
        1
        - 0.5 * step(0.5, 0.8, ridged(rng, 12, 5)) * np.exp(-(((swirl - 0.35) / 0.25) ** 2)) * step(90, 20, d)
    )
    c.add(1.1 * np.exp(-d / 9), core)
    for _ in range(150):
        r, k = rng.gamma(2.5, 16), rng.integers(int(arms_count))
        t = 2.6 * np.log(r + 4) + TAU * k / arms_count + rng.normal(0, 0.25)
        pu, pv = 1.6 * r * np.cos(t), 1.6 * r * np.sin(t) / 1.75
        c.glow(
            128 + pu * 0.94 - pv * 0.34,
            64 + pv * 0.94 + pu * 0.34,
            rng.uniform(0.6, 1.4),
            ("ff7aa8", "a8c8ff")[rng.integers(2)],
            0.7,
        )
    return c.rgb


def fireworks(rng, air="070a1c 141c3c 2c2c50", hues="ff5040 ffd050 50c8ff a860ff 60f090 ffffff", bursts=8):
    """Bursts above a dark town and its river."""
    c = Canvas(sky(air, 100))
    rows = palette(hues)
    for k in range(bursts):
        _burst(
            c,
            rng,
            (k + rng.uniform(0.2, 0.8)) * W / bursts,
            rng.uniform(16, 62),
            rng.uniform(12, 27),
            rows[rng.integers(len(rows))],
        )
    x = 0.0
    while x < W:
        w, h = rng.uniform(6, 15), rng.gamma(4, 3) + 5
        c.rect(x, 100 - h, w, h + 2, "0a0c16")
        for wx, wy in zip(rng.uniform(x + 1, x + w - 2, 5), rng.uniform(101 - h, 98, 5)):
            c.rect(wx, wy, 1.2, 1.2, "ffd88a", 0.9)
        x += w
    ripple = fbm(rng, 2.2, 4, 0.6, 7) - 0.5
    c.over(
        step(99, 101, Y), 0.8 * warp(c.rgb, 6 * ripple, np.clip(2 * (100 - Y) * 1.3, -100, 0) + 9 * ripple)
    )
    return c.rgb


def _burst(c, rng, x, y, r, hue):
    """Draw one firework burst with drooping sparks."""
    c.glow(x, y, r * 0.8, hue, 0.35)
    twin = palette("ffffff ffe0a0")[rng.integers(2)]
    for a in np.linspace(0, TAU, int(r * 1.9), endpoint=False) + rng.normal(0, 0.05):
        reach = r * rng.uniform(0.55, 1.05)
        pts = [
            (x + reach * t * np.cos(a), y + reach * t * np.sin(a) + 0.012 * (reach * t) ** 2)
            for t in (0.3, 0.55, 0.8, 1.0)
        ]
        c.path(pts, hue, 0.6, 1.1, alpha=0.85)
        c.glow(*pts[-1], 0.9, twin, 0.9)


def bokeh(rng, ground="081420 0c2c44 1c4a5c", hues="8ad0f8 e0f4ff 4a9ae0 b0f0e0 f0e0ff"):
    """Out-of-focus lamps: overlapping translucent discs."""
    c = Canvas(ramp(fbm(rng, 60, 3), ground))
    rows = palette(hues)
    for k in range(120):
        r = 22.0 * rng.uniform(0.35, 1.1) * (1 - 0.3 * k / 120)
        x, y, hue = rng.uniform(0, W), rng.normal(64, 36), rows[rng.integers(len(rows))]
        strength = rng.uniform(0.08, 0.5)
        c.ellipse(x, y, r, r, np.clip(hue * 1.1, 0, 1), strength, 1.0 + 2.5 * (rng.random() < 0.3))
        c.ellipse(x, y, r * 0.88, r * 0.88, shade(hue, 0.85), strength * 0.5, 1.4)
    for x, y in zip(rng.uniform(0, W, 50), rng.uniform(0, H, 50)):
        c.glow(x, y, 1.2, rows[rng.integers(len(rows))], 0.7)
    return c.rgb


def neon_alley(rng, hues="ff3c8c ffb02c 9a4cff ff5a3c 5cf08a", wall="14101c 2a2034"):
    """A wet alley at night with stacked neon signs and their smeared reflections."""
    c = Canvas(ramp(fbm(rng, 30, 4), wall))
    bricks = (np.abs(((Y / 4) % 1) - 0.5) > 0.4) | (
        np.abs((((X + 4 * np.floor(Y / 4)) / 8) % 1) - 0.5) > 0.45
    )
    c.times(1 - 0.35 * bricks)
    rows = palette(hues)
    for x in rng.uniform(0, W, 14):
        c.rect(x, rng.uniform(8, 50), 10, 15, "0a0810")
        c.rect(x + 1, rng.uniform(10, 50), 8, 12, ("f0c070", "3c4860", "6a5a70")[rng.integers(3)], 0.6)
    for k in range(15):
        x, y, hue = (k + rng.uniform(0.1, 0.9)) * W / 15, rng.uniform(6, 62), rows[rng.integers(len(rows))]
        w, h = ((8, rng.uniform(20, 36)), (rng.uniform(16, 26), 9), (13, 13))[rng.integers(3)]
        _neon_sign(c, rng, x, y, w, h, hue)
    ripple = fbm(rng, 3, 4, 0.6, 3) - 0.5
    wet = 0.75 * blur(warp(c.rgb, 4 * ripple, np.clip(3.3 * (98 - Y), -98, 0) + 5 * ripple), 0.6, 3.5)
    c.over(step(97, 99, Y + 2 * ripple), wet + 0.03)
    for x, s in ((44, 1.0), (112, 1.15), (200, 0.95)):
        _umbrella_figure(c, x, 104, 24 * s, rows[int(x) % len(rows)])
    return c.rgb


def _neon_sign(c, rng, x, y, w, h, hue):
    """Draw a glowing sign of invented letters."""
    c.glow(x + w / 2, y + h / 2, max(w, h) * 0.8, hue, 0.4)
    c.rect(x, y, w, h, shade(hue, 0.18))
    hot = mix(hue, "ffffff", 0.55)
    corners = [(x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y)]
    c.path(corners, hue, 1.8, alpha=0.7)
    c.path(corners, hot, 0.8)
    n = max(1, int(max(w, h) / 8))
    for k in range(n):
        gx, gy = (x + w / 2, y + h * (k + 0.5) / n) if h > w else (x + w * (k + 0.5) / n, y + h / 2)
        for _ in range(3):
            a, b = rng.uniform(-2.3, 2.3, 2), rng.uniform(-2.3, 2.3, 2)
            c.line(gx + a[0], gy + a[1], gx + b[0], gy + b[1], hot, 0.9)


def _umbrella_figure(c, x, foot, s, hue):
    """Draw a dark figure under an umbrella with a lit rim."""
    c.polygon(
        [
            (x - s * 0.14, foot),
            (x - s * 0.17, foot - s * 0.7),
            (x + s * 0.17, foot - s * 0.7),
            (x + s * 0.14, foot),
        ],
        "06060a",
    )
    c.ellipse(x, foot - s * 0.8, s * 0.11, s * 0.13, "06060a")
    t = np.linspace(np.pi, TAU, 12)
    c.polygon([(x + s * 0.5 * np.cos(a), foot - s * 0.9 + s * 0.3 * np.sin(a)) for a in t], "101018")
    c.path([(x + s * 0.5 * np.cos(a), foot - s * 0.9 + s * 0.3 * np.sin(a)) for a in t], hue, 0.8, alpha=0.8)


def light_trails(rng, air="101430 3c2c58 c86a5a", head="fff0d0", tail="ff2c1c"):
    """A long exposure of a curving motorway at dusk."""
    c = Canvas(sky(air, 60))
    hill(c, rng, 62, 12, 50, "1c1a34 100f20", True)
    for x, y in zip(rng.uniform(0, W, 60), rng.uniform(54, 66, 60)):
        c.glow(x, y, 0.8, "ffd890", 0.6)
    c.over(step(66, 68, Y), ramp(fbm(rng, 8, 4), "0c0d16 1a1c28"))
    t = np.linspace(0, 1, 26)
    curve = 128 + 42 * np.sin(t * 3.4 + 0.3) * (1 - t) + (t**2) * 10
    y = 66 + 66 * t**1.7
    for side, hue in ((-1, head), (1, tail)):
        for _ in range(26):
            lane = side * rng.uniform(0.12, 1.0)
            x = curve + lane * (3 + 92 * t**1.6)
            lift = rng.uniform(0, 5) * t
            c.path(list(zip(x, y - lift)), hue, 0.25, rng.uniform(0.6, 2.4), alpha=rng.uniform(0.4, 1))
    for k in range(6):
        s = 0.25 + 0.18 * k
        x = 128 + (42 * np.sin(0.4 * k) - 26 - 30 * k) * 0.9
        c.line(x, 68 + 2.6 * k**1.4, x, 66 - 26 * s, "08080e", s * 2)
        c.glow(x + 4 * s, 66 - 26 * s, 4 * s, "ffb860", 0.9)
    return c.rgb


def cloud_sea(rng, air="2c5aa8 8cb8e4 f4e4d4", lit="fffaf2", dark="8c9cc0"):
    """Cloud tops from above, peaks poking through."""
    c = Canvas(sky(air, 70))
    cirrus(c, rng, 50, "ffffff", 0.5)
    for k in range(6):
        base = 58 + 13 * k
        if k in (1, 2):
            peak = base + 12 - 44 * np.clip(skyline(rng, 90, 6, 0.5, True) - 0.55, 0, 1) * 1.6
            face = mix("4c5878", "e8ecf4", light(ridged(rng, 12, 5) * 8, 0.3, 200))
            c.below(peak, mix(face, dark, 0.35 - 0.1 * k))
        billow = fbm(rng, 9 + 3 * k, 6, 0.5, 2.2)
        puff = np.abs(skyline(rng, 22 + 10 * k, 5, 0.5) - 0.5)
        relief = light(blur(billow, 0.8) * (8 + 2 * k), 0.55, 240)
        paint = mix(dark, lit, np.clip(relief + 0.15, 0, 1))
        c.below(base - 16 * puff, mix(paint, air.split()[1], 0.3 - 0.06 * k), soft=3)
    return c.rgb


def balloons(rng, air="5a9ae0 a8d0f0 fce8d0", hues="e8402c f4b428 2c7ac8 8a3ca0 3ca05c f4f0e4 e86a28"):
    """Striped hot-air balloons, large and small, over a hazy valley."""
    c = Canvas(sky(air, 110))
    cumulus(c, rng, 90, "ffffff", "c0cce0", 0.42, 26)
    for k in range(3):
        hill(
            c,
            rng,
            104 + 9 * k,
            16,
            60 - 10 * k,
            ("9ab4b8 8aa8a4", "7a9c7c 6a8c64", "5a7c48 42642e")[k],
            k == 0,
        )
    rows = palette(hues)
    spots = (
        (36, 50, 24),
        (112, 34, 15),
        (156, 70, 29),
        (214, 36, 20),
        (84, 84, 9),
        (244, 84, 10),
        (180, 20, 7),
        (10, 14, 6),
        (128, 100, 6),
    )
    for x, y, s in sorted(spots, key=lambda spot: spot[2]):
        _balloon(c, x, y, s, *rows[rng.permutation(len(rows))[:2]])
    return c.rgb


def _balloon(c, x, y, s, one, two):
    """Draw a striped hot-air balloon with its basket."""
    t = np.linspace(0, np.pi, 22)
    profile = np.where(t < 1.9, np.sin(t), np.sin(1.9) * (1 - (t - 1.9) / (np.pi - 1.9)) ** 0.9 + 0.12)
    yy = y - s * np.cos(t) * 1.1
    edges = np.linspace(-np.pi / 2, np.pi / 2, 11)
    for k in range(10):
        left, right = x + s * profile * np.sin(edges[k]), x + s * profile * np.sin(edges[k + 1])
        lit = 1.12 - 0.07 * k
        pts = list(zip(left, yy)) + list(zip(right[::-1], yy[::-1]))
        c.polygon(pts, np.clip((one if k % 2 else two) * lit, 0, 1))
    low = y + s * 1.1
    for d in (-0.1, 0.1):
        c.line(x + d * s, low, x + d * s * 0.8, low + s * 0.32, "3c2c20", 0.5)
    c.rect(x - s * 0.1, low + s * 0.3, s * 0.2, s * 0.17, "6a4424")


def rainbow(rng, air="3c4654 7a8894 b8bca8", land="4c7a34 6aa03c a8c050"):
    """A rainbow over sunlit fields in front of dark rain clouds, with a white farmhouse."""
    c = Canvas(sky(air, 84))
    heap = fbm(rng, 24, 6, 0.55, 2.0)
    c.over(step(0.3, 0.7, heap) * step(76, 40, Y), ramp(light(heap * 8, 0.5, 60), "2c343f 5a6470 98a0a4"))
    d = np.hypot(away(120), (Y - 104) * 1.05) - 76
    inner = np.clip((d + 6) / 12, 0, 1)
    c.add(
        0.34 * np.exp(-((d / 5.5) ** 4)) * step(96, 60, Y),
        ramp(inner, "8a3cd0 3c50e8 30c060 f0e040 f08030 e83030"),
    )
    c.add(0.1 * step(0, -8, d), "d8e0e8")
    for k in range(3):
        hill(c, rng, 84 + 12 * k, 10, 80, " ".join(land.split()[k % 2 : k % 2 + 2][::-1]), texture=0.5)
    for x in rng.uniform(0, W, 10):
        tree(c, rng, x, rng.uniform(92, 118), rng.uniform(10, 20), "3c6428", dabs=30)
    c.polygon([(60, 98), (60, 88), (82, 88), (82, 98)], "f4f0e4")
    c.polygon([(57, 89), (63, 80), (79, 80), (85, 89)], "a8402c")
    for x in (64, 70, 77):
        c.rect(x, 91, 2.4, 3.5, "34424c")
    return c.rgb


def cities_from_orbit(rng, land="0a1020 141c30 202a3c", lamps="ffe8b0 ffc060 ff9a3c"):
    """The night side of a planet from orbit: webs of city lights, moonlit cloud, a thin green airglow."""
    limb = 36 - 7 * np.cos((X - 110) * TAU / W)
    depth = np.clip((Y - limb) / (H - limb), 0, 1)
    c = Canvas("010206")
    stars(c, rng, 90, 50, bright=0.7)
    c.add(0.8 * np.exp(-np.clip(limb - Y, 0, None) / 5.5) * (Y < limb), "1c3c8a")
    c.add(0.9 * np.exp(-(((Y - limb + 6.5) / 1.0) ** 2)), "5a8a3c")
    coast = fbm(rng, 40, 6, 0.58, 1.7)
    ground = mix("02040a", ramp(np.clip(coast * 1.2 - 0.2, 0, 1), land), step(0.44, 0.46, coast))
    c.over(step(-0.5, 0.5, Y - limb), mix(ground, "1c3054", 0.5 * np.exp(-depth * 9)))
    hues, towns = palette(lamps), []
    while len(towns) < 78:
        x, t = rng.uniform(0, W), rng.random() ** 0.7
        y = limb[0, int(x * 2)] + 3 + t * (H - limb[0, int(x * 2)])
        if y < H and coast[int(y * 2), int(x * 2)] > 0.45:
            towns.append((x, y, 0.25 + 0.75 * (y - limb[0, int(x * 2)]) / 90, rng.pareto(1.8) + 0.25))
    for k, (x, y, s, size) in enumerate(towns):
        size = min(size, 3.2)
        near = sorted(towns, key=lambda q: abs(q[0] - x) + 1.6 * abs(q[1] - y))[1 : 3 + (k % 2)]
        for qx, qy, _, _ in near:
            if np.hypot(qx - x, qy - y) > 24:
                continue
            n = int(np.hypot(qx - x, qy - y) / 1.8) + 2
            for t in (np.arange(n) + rng.random(n)) / n:
                px, py = x + (qx - x) * t, y + (qy - y) * t + 2.5 * np.sin(np.pi * t) * np.sin(k)
                c.glow(px, py, 0.5, hues[2], rng.uniform(0.15, 0.7))
        c.glow(x, y, 4 * size * s, hues[2], 0.1)
        for _ in range(int(26 * size)):
            px, py = x + rng.normal(0, 3.2 * size * s), y + rng.normal(0, 1.8 * size * s)
            if py > limb[0, int(px * 2) % limb.size] + 1:
                c.glow(px, py, rng.uniform(0.45, 0.8), hues[rng.integers(3)], rng.uniform(0.15, 0.6))
        c.glow(x, y, 0.9 * size * s, hues[0], 0.5)
    cloud = fbm(rng, 26, 6, 0.6, 2.6)
    c.over(0.55 * step(0.55, 0.85, cloud) * step(0, 6, Y - limb), "3c4a64")
    for x, y in ((212, 96), (222, 102), (206, 104)):
        c.glow(x, y, 6, "a8b8ff", 0.6)
        c.glow(x, y, 2, "ffffff", 0.9)
    _solar_wing(c, 250, -6, 186, 52)
    return c.rgb


def _solar_wing(c, x0, y0, x1, y1):
    """Draw the solar wing of a station, in gold cells along a mast, from (x0, y0) to (x1, y1)."""
    a, b = np.array([x0, y0], float), np.array([x1, y1], float)
    along = (b - a) / np.hypot(*(b - a))
    across = np.array([-along[1], along[0]])
    n = 12
    for side in (-1, 1):
        for k in range(n):
            p, q = a + (b - a) * k / n, a + (b - a) * (k + 0.92) / n
            for j in range(3):
                near, far = side * (1.5 + 4.2 * j) * across, side * (5.4 + 4.2 * j) * across
                paint = mix("a8682c", "4a2c1c", k / n + 0.1 * side)
                c.polygon([p + near, q + near, q + far, p + far], shade(paint, 1 + 0.9 * np.exp(-((k - 4 - j) ** 2))))
    c.line(*a, *(b + 4 * along), "c8ccd4", 1.6)


def paper_lanterns(rng, air="0c1030 1c1840 34183c", hues="e8281c f04828 f8a028 f4e8d0 d81c3c"):
    """Rows of lit paper lanterns on strings across the dark."""
    c = Canvas(ramp(np.clip(Y / H + 0.3 * (fbm(rng, 40, 4) - 0.5), 0, 1), air))
    stars(c, rng, 50, 128, bright=0.4)
    tints = palette(hues)
    for row, (y0, r, gap, sag) in enumerate(((112, 4.5, 13.473684, 5), (92, 6.5, 18.285714, -6), (63, 10, 28.444444, 7),
                                             (20, 16, 42.666667, -6))):
        for k, x in enumerate(np.arange(0, W - 1, gap)):
            y = y0 + sag * np.sin(x * TAU / 128 + row)
            after = y0 + sag * np.sin((x + gap) * TAU / 128 + row)
            c.line(x, y - r * 1.15, x + gap, after - r * 1.15, "0a0810", 0.3 + 0.06 * r)
            tint = mix(tints[rng.choice(5, p=(0.34, 0.24, 0.16, 0.1, 0.16))], "3c1830", 0.4 - 0.13 * row)
            _lantern(c, x + rng.normal(0, 0.6), y, r * rng.uniform(0.92, 1.06), tint, k % 3 == row % 3)
    return c.rgb


def _lantern(c, x, y, r, tint, tall):
    """Draw one lantern, round or tall, that glows from within, with ribs, caps and a tassel."""
    rx, ry = (0.72 * r, 1.02 * r) if tall else (r, 0.88 * r)
    c.glow(x, y, r * 1.2, tint, 0.3)
    for k in range(7):
        g = 1 - 0.13 * k
        paint = mix(tint * (0.5 + 0.09 * k), "fff0a0", 0.02 * k * k)
        c.ellipse(x, y + 0.18 * ry * (1 - g), rx * g, ry * g, paint, 1, 0.8)
    for t in np.arange(-0.8, 0.9, 0.27):
        half = rx * np.sqrt(1 - t * t)
        pts = [(x + half * s, y + ry * t + 0.07 * r * (1 - s * s)) for s in np.linspace(-0.98, 0.98, 9)]
        c.path(pts, tint * 0.42, 0.25 + 0.02 * r)
    for d in (-1, 1):
        c.rect(x - 0.34 * rx, y + d * ry * 0.98 - 0.07 * r, 0.68 * rx, 0.14 * r + 0.4, "20100c")
    c.line(x, y - ry, x, y - r * 1.2, "0a0810", 0.5)
    for d in np.linspace(-0.12, 0.12, 4):
        c.line(x, y + ry, x + d * r, y + ry + r * 0.5, "d8a020" if tall else "b81c1c", 0.3 + 0.03 * r)


def concert(rng, beams="ff2c9a 2cc8ff ffb428 8a3cff 2cffa0"):
    """A stage in haze and coloured beams, over a crowd with raised hands."""
    c = Canvas(ramp(np.clip(Y / 90, 0, 1) + np.zeros_like(X), "05040c 180c2c 3c1450"))
    haze = fbm(rng, 26, 5, 0.55, 1.6)
    hues = palette(beams)
    for k, x in enumerate(np.arange(10, W, 26.0)):
        hue, lean = hues[k % 5], (-0.9, 0.35, -0.2, 0.75, 0.1)[k % 5] + rng.normal(0, 0.12)
        off = np.abs(away(x + lean * (Y - 8)))
        wide = 1.2 + 0.09 * (Y - 8)
        c.add((Y > 8) * np.exp(-((off / wide) ** 2)) * (0.3 + 0.55 * haze) * np.exp(-Y / 105), hue)
    c.rect(74, 34, 108, 40, "0c0a18")
    screen = step(0, 1, np.sin(X / 2.1 + 5 * np.sin(Y / 7)) + np.sin(Y / 3 + X / 19))
    c.over((away(128) > -50) * (away(128) < 50) * (Y > 37) * (Y < 66), mix("2c0c5a", "ff5ab0", screen * (0.5 + haze)))
    for y in (5, 9):
        c.line(0, y, W, y, "20202c", 1.2)
    for x in np.arange(0, W, 6.4):
        c.path([(x, 5), (x + 3.2, 9), (x + 6.4, 5)], "20202c", 0.7)
    for k, x in enumerate(np.arange(10, W, 26.0)):
        c.rect(x - 2.4, 8, 4.8, 5, "08080c")
        c.glow(x, 13, 3.2, mix(hues[k % 5], "ffffff", 0.5), 1.1)
    for x in (58, 186):
        for y in np.arange(26, 74, 8):
            c.rect(x, y, 12, 7.4, "08080e")
            c.ellipse(x + 6, y + 3.6, 2.8, 2.8, "20202c")
    c.rect(0, 74, W, 60, "0a0814")
    c.rect(40, 73, 176, 2, "ff8ad0", 0.8)
    for x, arm in ((100, 1), (128, 0), (156, -1)):
        _player(c, x, 75, arm)
    c.add(0.75 * np.exp(-(((Y - 76) / 9) ** 2)) * (0.4 + haze), "c83c8a")
    for row in range(6):
        tone = mix("6a2468", "040206", ((row + 0.5) / 5.5) ** 0.6)
        for x in np.arange(0, W, 7 + 1.7 * row) + rng.uniform(-2, 2):
            x, y, r = x + rng.normal(0, 1.5), 82 + 8.5 * row + rng.normal(0, 1.6), 2.1 + 0.55 * row
            c.ellipse(x, y, r, r * 1.2, tone)
            c.ellipse(x, y + 3.4 * r, r * 2.1, r * 2.4, tone)
            c.path([(x - r * 0.7, y - r * 0.8), (x, y - r * 1.2)], hues[rng.integers(5)], 0.7, alpha=0.8 - 0.15 * row)
            if rng.random() < 0.42:
                for d in (-1, 1)[: rng.integers(1, 3)]:
                    hand = x + d * r * rng.uniform(1.2, 2.2), y - r * rng.uniform(2.2, 4.2)
                    arm = [(x + d * 1.6 * r, y + 2 * r), (x + d * 2 * r, y - 0.6 * r), hand]
                    c.path(arm, tone, r * 0.75, r * 0.5)
                    c.ellipse(*hand, r * 0.42, r * 0.55, tone)
            elif rng.random() < 0.08:
                c.rect(x - r, y - 3.4 * r, r * 1.2, r * 1.9, "d8e8ff")
    for x, y in zip(rng.uniform(0, W, 90), rng.uniform(14, 84, 90)):
        c.ellipse(x, y, 0.9, 0.6, hues[rng.integers(5)], 0.85, 0.5, rng.uniform(0, 3))
    return c.rgb


def _player(c, x, foot, arm):
    """Draw a musician in silhouette; arm: a guitar to the left or right, 0: drums."""
    dark = "08060c"
    if arm == 0:
        for dx, r in ((-9, 4), (0, 6), (9, 4), (-14, 3), (14, 3)):
            c.ellipse(x + dx, foot - r, r, r, dark)
        for dx in (-16, 16):
            c.line(x + dx, foot, x + dx, foot - 15, dark, 0.7)
            c.ellipse(x + dx, foot - 15, 5, 0.9, "c8a040")
        c.ellipse(x, foot - 16, 2.6, 3.2, dark)
        c.line(x, foot - 13, x, foot - 6, dark, 6)
        return
    c.ellipse(x, foot - 25, 2.6, 3.2, dark)
    c.line(x, foot - 21, x, foot - 10, dark, 6, 4.5)
    for d in (-1, 1):
        c.line(x + d, foot - 11, x + d * 4, foot, dark, 2.6, 1.8)
    c.ellipse(x - arm * 2, foot - 12, 4.4, 3.2, "5a1420")
    c.line(x - arm * 2, foot - 12, x + arm * 13, foot - 18, "5a1420", 1.3)
