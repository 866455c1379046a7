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


def nebula(rng, dark="050208", gas="2c0a4a a01c6a f0603c ffd8a0", edge="1c5a90"):
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
    at=(104.0, 62.0, 36.0),
    tilt=0.3,
    moons=((208, 30, 9), (186, 98, 5), (30, 22, 3.5), (236, 92, 14)),
):
    """A ringed gas giant with its moons."""
    c = Canvas(sky(air))
    c.add(0.25 * fbm(rng, 40, 5), "3c2060")
    stars(c, rng, 170)
    x0, y0, r = at
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
    for moon, hue in zip(moons, ("b8c0d0", "d89060", "8ac0d8", "a05a4c")):
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


def bokeh(rng, ground="0c0a14 2c1c30 402838", hues="f8b84a f07a3c e8486a f8e8c0 7a5ae0", size=13.0):
    """Out-of-focus lamps: overlapping translucent discs."""
    c = Canvas(ramp(fbm(rng, 60, 3), ground))
    rows = palette(hues)
    for k in range(120):
        r = size * rng.uniform(0.35, 1.1) * (1 - 0.3 * k / 120)
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
