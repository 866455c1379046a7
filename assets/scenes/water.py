"""Sea, lakes, rain and what lies under water."""

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
    cells,
    colour,
    fbm,
    light,
    mix,
    noise,
    palette,
    radius,
    ramp,
    ridged,
    shade,
    skyline,
    step,
    unit,
    warp,
)
from .parts import cirrus, cumulus, hill, sky, sun


def _waves(rng, horizon, cell=12.0):
    """Give a wave height field in perspective, fine at the horizon and broad in front."""
    total = np.zeros((NY, NX))
    near = np.clip((Y - horizon) / (H - horizon), 0, 1)
    for k, size in enumerate((2.0, 4.5, 9.0, 16.0)):
        at = (k / 3.0) ** 1.2
        total += noise(rng, size, 4.5) * (0.4 + size / 6) * np.exp(-(((near - at) / 0.38) ** 2))
    return total


def open_sea(rng, air="5a8ec4 b4d2e6 eef2ee", deep="0c2c4a 1c5478 4a8ca4 c4dce0", foam="f8fcff"):
    """Long swell with foam crests under fair-weather clouds, a sail far out."""
    c = Canvas(sky(air, 50))
    cumulus(c, rng, 46, "ffffff", "9db2c8", 0.5, 18)
    height = _waves(rng, 50)
    lit = light(height * 2.2, 0.25, 265)
    water = ramp(np.clip(lit * 0.9 - 0.1 + 0.25 * step(90, 50, Y), 0, 1), deep)
    crest = step(0.62, 0.9, unit(height) + 0.3 * (fbm(rng, 3, 4, 0.7, 2) - 0.5)) * step(56, 80, Y)
    c.over(step(49.6, 50.4, Y), mix(water, foam, crest))
    c.polygon([(184, 51), (196, 51), (194, 54), (186, 54)], "4a2c22")
    c.polygon([(190, 49.5), (190, 30), (199, 49.5)], "fbf6ea")
    c.polygon([(189, 49.5), (189, 33), (183, 49.5)], "d8d0c4")
    return c.rgb


def sunset_sea(rng, air="3c6aa0 8ca8c8 f0ccb8 fff0c8", glow="fff4d0"):
    """Layered evening clouds lit from below above a calm sea with a path of light."""
    c = Canvas(sky(air, 66))
    field = warp(fbm(rng, 20, 6, 0.55, 4.5), 0, 0.4 * (66 - Y))
    c.over(
        0.85 * step(0.45, 0.8, field) * step(66, 40, Y),
        ramp(np.clip(light(field * 9, 0.5, 90), 0, 1), "3c2448 a8445c ffb070"),
    )
    sun(c, 60.0, 58, 9, "fff4cc", glow, 0.7)
    ripple = fbm(rng, 2.6, 4, 0.65, 9)
    mirror = warp(c.rgb, 5 * (ripple - 0.5), np.clip(2 * (66 - Y), -66, 0) * 0.95 + 8 * (ripple - 0.5))
    water = mix(mirror * 0.7, "1c1c3c", 0.35)
    c.over(step(65.7, 66.3, Y), water)
    lane = np.exp(-((away(60.0) / (5 + (Y - 60) * 0.32)) ** 2))
    c.add(np.clip(lane * step(0.42, 0.75, ripple), 0, 1) * step(66, 68, Y) * 0.9, glow)
    island = 66.5 - 9 * np.clip(skyline(rng, 60, 5, 0.5) - 0.55, 0, 1) / 0.45
    c.over(step(0, 0.7, Y - island) * step(67, 66.4, Y), "2a1c38")
    return c.rgb


def beach(rng, air="3f9ae0 a8daf4 f0faf8", sand="e8d0a0", shallows="0f6a9a 2aa0b8 8adcd0"):
    """A bay from the shore: sand with foot-dents, a curling foam edge, parasols and an island."""
    c = Canvas(sky(air, 44))
    cumulus(c, rng, 42, "ffffff", "b4cce0", 0.46, 17)
    hill(c, rng, 46, 14, 70, "5c8c78 3f7a5c", texture=0.5)
    caustic = ridged(rng, 6, 4, 0.6, 3.5)
    depth = step(44, 92, Y + 6 * noise(rng, 30, 2))
    c.over(step(44.6, 45.4, Y), ramp(np.clip(depth + 0.16 * (caustic - 0.6), 0, 1), shallows))
    edge = 88 + 5 * np.sin(X * TAU / 128 + 1) + 4 * noise(rng, 26, 2)[60][None, :]
    ground = ramp(fbm(rng, 5, 5, 0.65, 1.6), f"b8925c {sand} fbeccc")
    c.over(step(-1, 1, Y - edge), ground)
    c.over(0.45 * step(11, 0, Y - edge) * step(-1, 1, Y - edge), "8a6a48")
    lace = fbm(rng, 4, 4, 0.7, 1.5)
    c.over(step(3.4, 0.4, np.abs(Y - edge + 3 * (lace - 0.5))), "ffffff")
    c.over(0.7 * step(2.2, 0.2, np.abs(Y - edge + 12 + 8 * (lace - 0.5))), "f4ffff")
    for x, y, hue in ((36, 104, "e0483c"), (92, 112, "f0b430"), (210, 106, "3c5ab0"), (160, 116, "e87aa0")):
        _parasol(c, x, y, hue)
    return c.rgb


def _parasol(c, x, y, hue):
    """Draw a striped parasol with its shadow and a towel."""
    c.ellipse(x + 9, y + 4, 14, 3.4, "8a6a44", 0.5, 2)
    c.line(x - 2, y + 4, x + 2, y - 18, "f4f0e8", 1.3)
    t = np.linspace(0, np.pi, 8)
    for k, reach in enumerate(-np.cos(np.linspace(0, np.pi, 8))[:-1]):
        right = -np.cos(np.pi * (k + 1) / 7)
        left_rim = [(x + 2 + 15 * reach * np.sin(a / 2), y - 24 + 11 * (1 - np.cos(a / 2))) for a in t]
        right_rim = [(x + 2 + 15 * right * np.sin(a / 2), y - 24 + 11 * (1 - np.cos(a / 2))) for a in t]
        c.polygon(left_rim + right_rim[::-1], shade(hue if k % 2 == 0 else "fbf6ee", 1.02 - 0.06 * k))
    c.rect(x + 9, y + 2, 12, 3, shade(hue, 0.8))


def reef(rng, water="8ae0ec 2a9ac4 0f4a86 0a2450", coral="e85a6a f0a03c b04ac0 f4d454 e87ab0 5ac08a"):
    """Corals and fish under slanting rays of light."""
    c = Canvas(sky(water))
    rays = step(
        0.45,
        0.9,
        unit(
            np.sin((X + 0.35 * Y) * TAU / 32 + 2 * noise(rng, 40)) + np.sin((X + 0.35 * Y) * TAU / 51.2 + 1)
        ),
    )
    c.add(0.28 * rays * (1 - Y / 110).clip(0), "d8fff4")
    for k in range(3):
        base = 96 + 11 * k
        c.below(
            base - 12 * skyline(rng, 50, 4),
            mix("12305c", ramp(fbm(rng, 6), "2a3450 6a5a64 b09a84"), 0.3 + 0.3 * k),
        )
        for x in np.sort(rng.uniform(0, W, 13)):
            hue = mix("1c5a94", palette(coral)[rng.integers(6)], 0.35 + 0.3 * k)
            _coral(c, rng, x, base + rng.uniform(0, 8), rng.uniform(9, 19) + 4 * k, hue)
    for _ in range(26):
        x, y, s = rng.uniform(0, W), rng.uniform(14, 92), rng.uniform(2.2, 5.5)
        _fish(c, x, y, s, palette("f4c830 f07828 f0f4f8 3c3c8c e85a6a")[rng.integers(5)], rng.choice([-1, 1]))
    for x, y in zip(rng.uniform(0, W, 40), rng.uniform(0, 100, 40)):
        c.ellipse(x, y, 1.1, 1.1, "e8ffff", 0.5, 0.6)
    return c.rgb


def _coral(c, rng, x, y, s, paint):
    """Draw a branching, a dome or a tube coral."""
    kind = rng.integers(3)
    if kind == 0:
        for a in np.linspace(-2.5, -0.6, 6) + rng.normal(0, 0.1, 6):
            mx, my = x + 0.5 * s * np.cos(a), y + 0.5 * s * np.sin(a)
            c.line(x, y, mx, my, paint * 0.8, s * 0.16, s * 0.12)
            for b in (-0.4, 0.4):
                c.line(
                    mx,
                    my,
                    mx + 0.5 * s * np.cos(a + b),
                    my + 0.5 * s * np.sin(a + b),
                    paint,
                    s * 0.12,
                    s * 0.08,
                )
    elif kind == 1:
        for k, tone in enumerate((0.6, 0.9, 1.15)):
            g = 1 - 0.22 * k
            c.ellipse(
                x - 0.1 * k * s,
                y - s * 0.2 - 0.07 * k * s,
                s * 0.55 * g,
                s * 0.45 * g,
                np.clip(paint * tone, 0, 1),
            )
        for a, r in zip(rng.uniform(0, TAU, 22), rng.uniform(0, 0.48, 22)):
            c.ellipse(
                x + s * r * np.cos(a), y - s * 0.2 + s * 0.8 * r * np.sin(a), 0.8, 0.6, paint * 0.5, 0.8
            )
    else:
        for d in np.linspace(-0.5, 0.5, 7):
            h = s * rng.uniform(0.7, 1.3)
            c.line(
                x + d * s, y, x + 1.3 * d * s, y - h, paint * (0.8 + 0.4 * rng.random()), s * 0.13, s * 0.17
            )
            c.ellipse(x + 1.3 * d * s, y - h, s * 0.06, s * 0.05, paint * 0.4)


def _fish(c, x, y, s, paint, d):
    """Draw a striped fish that swims left or right."""
    c.ellipse(x, y, s, s * 0.55, paint)
    c.ellipse(x, y + s * 0.16, s * 0.8, s * 0.3, np.clip(paint * 1.25, 0, 1))
    c.polygon(
        [
            (x - d * s * 0.8, y),
            (x - d * s * 1.6, y - s * 0.55),
            (x - d * s * 1.4, y),
            (x - d * s * 1.6, y + s * 0.55),
        ],
        paint * 0.8,
    )
    c.polygon(
        [(x + d * s * 0.3, y - s * 0.4), (x - d * s * 0.6, y - s * 0.95), (x - d * s * 0.5, y - s * 0.3)],
        paint * 0.7,
    )
    c.ellipse(x + d * 0.2 * s, y, s * 0.13, s * 0.5, "ffffff" if paint[2] < 0.5 else "20242c", 0.85)
    c.ellipse(x + d * s * 0.62, y - s * 0.1, s * 0.13, s * 0.13, "101018")


def iceberg(rng, air="c4d6e4 e4ecf0", sea="08283c 124a62 2a7a8c", ice="5a9ac0 a8d0e4 f4fbff"):
    """A jagged iceberg above and below a dark waterline."""
    c = Canvas(sky(air, 62))
    cirrus(c, rng, 58, "ffffff", 0.8)
    hill(c, rng, 63, 16, 46, "c8d6e0 b4c8d6", True)
    c.over(
        step(62, 63, Y),
        ramp(np.clip((Y - 62) / 66 + 0.1 * noise(rng, 8, 3), 0, 1), " ".join(reversed(sea.split()))),
    )
    top = 66 - 52 * np.clip(1 - np.abs(away(120)[0]) / 62, 0, 1) ** 0.8 * (
        0.5 + 0.65 * skyline(rng, 34, 5, 0.5, True)
    )
    bottom = 60 + 60 * np.clip(1 - np.abs(away(126)[0]) / 84, 0, 1) ** 0.6 * (0.6 + 0.5 * skyline(rng, 40, 4))
    facet = cells(rng, 16, 15, 0.95, X + 0.4 * Y, Y)
    tone = np.clip(0.35 + 0.55 * facet.tone + 0.02 * facet.dx - 0.03 * facet.dy, 0, 1)
    c.over(step(0, 1, Y - top) * step(63, 62, Y), ramp(tone, ice))
    under = step(0, 2, bottom - Y) * step(62, 63, Y)
    c.over(under * (0.85 - 0.5 * step(64, 118, Y)), mix(ramp(tone, ice), "3ab0c0", 0.55))
    wave = _waves(rng, 62)
    c.add(0.2 * step(0.5, 0.9, unit(wave)) * step(62, 66, Y), "a8d8e4")
    for x, s in ((196, 8), (222, 14), (18, 10), (40, 5)):
        c.polygon([(x - s, 64), (x - s * 0.6, 64 - s * 0.8), (x + s * 0.2, 64 - s), (x + s, 64)], "e4f2fa")
        c.polygon([(x + s * 0.2, 64 - s), (x + s, 64), (x, 64)], "a8cce0")
    return c.rgb


def lily_pond(rng, water="0f2430 2a4a52 5a7a6c a4b49a", pad="3f6a3a", bloom="f4b8cc"):
    """Round leaves and flowers on dark water that mirrors willows, seen from above at a slant."""
    streak = fbm(rng, 40, 6, 0.6, 0.35)
    c = Canvas(ramp(np.clip(0.15 + 0.8 * warp(streak, 3 * noise(rng, 4, 3), 0), 0, 1), water))
    c.over(0.4 * step(0.55, 0.85, fbm(rng, 26, 3, 0.4, 1.5)), "c4a4c0")
    for y in np.sort(rng.uniform(6, 126, 120)):
        x, r = rng.normal(128 + 50 * np.sin(y / 17), 55), 2.5 + y / 15
        tone = shade(pad, rng.uniform(0.7, 1.6)) * rng.uniform(0.9, 1.1, 3)
        c.ellipse(x + 1, y + 1.2, r, r * 0.5, "081418", 0.6, 1)
        c.ellipse(x, y, r, r * 0.48, np.clip(tone, 0, 1))
        c.ellipse(x - r * 0.2, y - r * 0.1, r * 0.6, r * 0.26, np.clip(tone * 1.2, 0, 1), 0.6, 1.5)
        c.polygon([(x, y), (x + r * 1.02, y - r * 0.2), (x + r * 1.02, y + r * 0.12)], "10242c")
        if rng.random() < 0.3:
            for a in np.linspace(np.pi, TAU, 8):
                tip = (x + 0.6 * r * np.cos(a), y - 1 + 0.6 * r * np.sin(a) * 0.9)
                c.line(x, y - 1, *tip, shade(bloom, rng.uniform(0.8, 1.2)), 0.34 * r, 0.08 * r)
            c.ellipse(x, y - 1.4, r * 0.16, r * 0.13, "f8d850")
    return c.rgb


def rain_window(rng, lights="f8b850 e84a3c 60a0f0 f4e8c8 58c880", dusk="10141c 28323f 46525c"):
    """Drops on a pane in front of blurred street lights."""
    c = Canvas(ramp(fbm(rng, 50, 3), dusk))
    hues = palette(lights)
    for _ in range(34):
        x, y, r = rng.uniform(0, W), rng.normal(66, 22), rng.uniform(5, 13)
        c.ellipse(x, y, r, r, hues[rng.integers(len(hues))], rng.uniform(0.25, 0.7), 3)
    back = blur(c.rgb, 2)
    c.rgb = back.copy()
    flipped = back[::-1, ::-1] * 1.25 + 0.06
    for y in np.sort(rng.uniform(0, H, 300)):
        _drop(c, rng.uniform(0, W), y, rng.gamma(2.2, 0.75) + 0.6, flipped)
    for x in rng.uniform(0, W, 9):
        pts = [
            (x + 2.5 * np.sin(0.13 * y + x) + 0.8 * np.sin(0.5 * y), y)
            for y in np.arange(-4, rng.uniform(50, 120), 4)
        ]
        c.path(pts, shade(dusk.split()[-1], 0.6), 2.6, alpha=0.45)
        c.path([(a - 0.7, b) for a, b in pts], "dce8f0", 0.7, alpha=0.5)
        _drop(c, *pts[-1], 3.6, flipped)
    return c.rgb


def _drop(c, x, y, r, seen):
    """Draw a drop that shows the scene upside down."""
    c.ellipse(x, y, r, r * 1.15, "0a0e14", 0.6, 0.8)
    c.ellipse(x, y + 0.1 * r, r * 0.82, r * 0.95, seen, 0.95, 0.6)
    c.ellipse(x - r * 0.3, y - r * 0.4, r * 0.24, r * 0.2, "ffffff", 0.85, 0.5)


def ripples(rng, water="06283a 0f5a70 3c9aa0 c8ecd8", drops=6):
    """Rings on a pool where drops fall, with a pebbled bed below."""
    height = 0.3 * noise(rng, 20)
    for _ in range(drops):
        d = radius(rng.uniform(0, W), rng.uniform(0, H), 1.25)
        height = height + np.sin(d * 0.9 + rng.uniform(0, TAU)) * np.exp(-d / 42)
    bed = cells(rng, 13, 9, 0.9, X + 2.2 * height, Y + 2.2 * height)
    c = Canvas(ramp(np.clip(0.2 + 0.5 * bed.tone * step(0.5, 3, bed.next - bed.near), 0, 1), water))
    lit = light(height, 0.65, 240)
    c.times(0.45 + 1.1 * lit)
    c.add(0.8 * step(0.72, 0.98, lit), "e4fff8")
    return c.rgb


def harbour(
    rng,
    air="f0b878 e8d4b8 a8bccc",
    houses="c8503c e0a040 5a8aa0 d8c8a8 8a9a5c b86a5c e8e0d0",
    sea="1c3c50 4a7484 b0b4a4",
):
    """Gabled quay houses, moored boats with masts, and all of it broken up in the water."""
    c = Canvas(sky(" ".join(reversed(air.split())), 60))
    cirrus(c, rng, 40, "fff4e4", 0.7)
    hues, x = palette(houses), 0.0
    while x < W - 4:
        w, h = min(rng.uniform(13, 22), W - x), rng.uniform(26, 42)
        _quay_house(c, rng, x, 78, w, h, hues[rng.integers(len(hues))] * rng.uniform(0.8, 1.05))
        x += w
    c.rect(0, 76, W, 6, "5a4c44")
    for bx in range(0, W, 4):
        c.rect(bx, 78 + bx % 3, 3, 1.5, "7a6a5c", 0.6)
    for bx, s, hue in (
        (26, 12, "f4f0e8"),
        (70, 17, "b83430"),
        (118, 11, "2c5a8a"),
        (160, 19, "f0e4d0"),
        (206, 13, "30684c"),
        (240, 15, "e0a030"),
    ):
        _boat(c, bx, 87, s, hue)
    ripple = fbm(rng, 2.5, 4, 0.65, 7) - 0.5
    mirror = warp(c.rgb, 7 * ripple, np.clip(2 * (88 - Y), -80, 0) + 7 * ripple)
    water = mix(mirror * 0.75, ramp(np.clip(0.5 + ripple, 0, 1), sea), 0.42)
    c.over(step(87.5, 88.5, Y), water)
    return c.rgb


def _quay_house(c, rng, x, foot, w, h, paint):
    """Draw a narrow gabled house."""
    c.rect(x, foot - h, w, h, paint)
    c.rect(x + w * 0.82, foot - h, w * 0.18, h, paint * 0.82)
    roof = colour("7a4034") * rng.uniform(0.7, 1.2)
    c.polygon([(x - 0.5, foot - h), (x + w / 2, foot - h - w * 0.55), (x + w + 0.5, foot - h)], roof)
    c.polygon(
        [(x + w * 0.5, foot - h - w * 0.55), (x + w + 0.5, foot - h), (x + w * 0.62, foot - h)], roof * 0.7
    )
    n = 2 if w < 16 else 3
    for row in np.arange(foot - h + 4, foot - 9, 8):
        for k in range(n):
            wx = x + w * (k + 0.5) / n - 1.6
            c.rect(wx - 0.5, row - 0.5, 4.2, 6, "f4ead8")
            c.rect(wx, row, 3.2, 5, ("2c3440", "ffd890", "44586a")[rng.integers(3)])
            c.rect(wx, row + 2.2, 3.2, 0.6, "f4ead8")
    c.rect(x + w * 0.4, foot - 8, 3.6, 8, paint * 0.4)


def _boat(c, x, y, s, hue):
    """Draw a moored boat with a cabin and a mast."""
    c.line(x, y - 3, x, y - s * 2.6, "f0e8dc", 0.9)
    c.line(x, y - s * 2.5, x - s, y - 3, "e8e0d0", 0.4)
    c.line(x, y - s * 2.5, x + s, y - 3, "e8e0d0", 0.4)
    c.line(x, y - s * 0.8, x + s * 0.8, y - s * 0.75, "d8c8a8", 1.6)
    c.polygon(
        [(x - s, y - s * 0.42), (x + s * 1.15, y - s * 0.5), (x + s * 0.8, y + 2), (x - s * 0.8, y + 2)], hue
    )
    c.polygon(
        [(x - s * 0.9, y - 0.5), (x + s * 0.95, y - 0.5), (x + s * 0.8, y + 2), (x - s * 0.8, y + 2)],
        shade(hue, 0.55),
    )
    c.rect(x - s * 0.45, y - s * 0.75, s * 0.7, s * 0.4, "f8f4ea")
    c.rect(x - s * 0.35, y - s * 0.66, s * 0.18, s * 0.16, "2c3c4c")


def storm(rng, air="14181f 2c3540 5a666c", sea="0c1418 22323a 5c7074", bolts=2):
    """Black clouds with lightning and slanting rain over a heaving sea."""
    c = Canvas(sky(air, 84))
    heap = warp(fbm(rng, 24, 6, 0.55, 2.2), 8 * noise(rng, 20), 0)
    c.over(
        step(0.25, 0.6, heap) * step(70, 46, Y),
        ramp(np.clip(light(heap * 9, 0.5, 80), 0, 1), "0c0f14 343c48 8a94a0"),
    )
    for k in range(bolts):
        _lightning(c, rng, 60 + 110 * k + rng.uniform(-20, 20))
    height = _waves(rng, 82)
    lit = light(height * 3, 0.3, 260)
    outline = 82 + 5 * (skyline(rng, 30, 4) - 0.5)
    c.below(
        outline, mix(ramp(lit, sea), "e0eaee", step(0.7, 0.95, unit(height) + 0.25 * (fbm(rng, 3) - 0.5)))
    )
    for x, y in zip(rng.uniform(0, W, 260), rng.uniform(-10, H, 260)):
        n = rng.uniform(5, 11)
        c.line(x, y, x - n * 0.35, y + n, "c8d4dc", 0.5, alpha=rng.uniform(0.15, 0.45))
    return c.rgb


def _lightning(c, rng, x):
    """Draw a forked bolt with its glow."""
    y, points = 18.0, [(x, 18.0)]
    while y < 82:
        x, y = x + rng.normal(0, 5), y + rng.uniform(4, 9)
        points.append((x, y))
        if rng.random() < 0.3:
            twig = [(x, y)]
            for _ in range(3):
                twig.append(
                    (twig[-1][0] + rng.normal(4 * np.sign(rng.normal()), 2), twig[-1][1] + rng.uniform(3, 6))
                )
            c.path(twig, "c8c0ff", 1.0, 0.3, alpha=0.8)
    for px, py in points[::2]:
        c.glow(px, py, 14, "6a64a8", 0.28)
    c.path(points, "f8f4ff", 2.0, 1.0)


def foam_bubbles(rng, film="2a4a8a b03a8c f0a070 60d0a0 3a70c0", size=17.0):
    """Soap bubbles packed together, each with a shifting film and a window glint."""
    big = cells(rng, size, size * 0.9, 0.75)
    edge = big.next - big.near
    swirl = (big.tone + 0.05 * big.near + 0.25 * fbm(rng, 12, 4) + 0.02 * big.dy) % 1
    c = Canvas(ramp(swirl, film + " " + film.split()[0]))
    c.times(0.35 + 0.75 * np.clip(big.near / (size * 0.5), 0, 1))
    c.over(0.9 * step(1.8, 0.6, edge), "f4f4ff")
    c.add(0.9 * np.exp(-(((big.dx + size * 0.17) / 1.8) ** 2) - ((big.dy + size * 0.2) / 1.3) ** 2), "ffffff")
    c.add(0.4 * np.exp(-(((big.dx - size * 0.2) / 2.6) ** 2) - ((big.dy - size * 0.22) / 0.9) ** 2), "ffffff")
    return c.rgb


def misty_lake(rng, mist="e9ebea", far="aeb8bc", reed="4a4c40"):
    """A pale lake at dawn: faint wooded shores, reeds, a jetty, hardly any colour."""
    c = Canvas(sky(f"d2d9dc {mist}", 60))
    for k in range(3):
        outline = 56 + 3 * k - (13 - 3 * k) * skyline(rng, 40, 6, 0.6)
        c.over(step(0, 1, Y - outline) * step(64, 60 + k, Y), mix(mist, far, 0.35 + 0.25 * k))
    ripple = fbm(rng, 2, 4, 0.6, 10) - 0.5
    c.over(step(62, 64, Y), warp(c.rgb, 2 * ripple, np.clip(2 * (63 - Y), -63, 0) + 5 * ripple) * 0.97)
    c.over(
        0.75 * np.exp(-(((Y - 63) / 7) ** 2)) * (0.6 + 0.8 * (fbm(rng, 20, 4, 0.5, 4) - 0.3)).clip(0, 1), mist
    )
    for k, x in enumerate(np.linspace(150, 186, 9)):
        y = 112 - 4.6 * k
        c.rect(x, y, 1.6 - 0.1 * k, 12 - k, "5a5852")
        c.polygon(
            [(x - 16 + k, y), (x + 1, y), (x + 5, y - 4.2), (x - 10 + k, y - 4.2)],
            mix("7a7870", mist, 0.06 * k),
        )
    for x in np.concatenate([rng.normal(40, 14, 50), rng.normal(228, 10, 40)]):
        foot, tall = rng.uniform(108, 132), rng.uniform(20, 52)
        lean = rng.normal(2, 4)
        c.path(
            [(x, foot), (x + lean * 0.3, foot - tall * 0.6), (x + lean, foot - tall)],
            mix(reed, mist, rng.uniform(0, 0.5)),
            0.9,
            0.4,
        )
        if rng.random() < 0.35:
            c.line(x + lean * 0.85, foot - tall * 0.92, x + lean, foot - tall, "5a4030", 1.8)
    return c.rgb


def jellyfish(rng, water="10104c 0a1a6a 061038 02061c", hues="f48ad0 ffb08a 9ad8ff c8a0ff ff9aa8"):
    """Glowing jellyfish that drift with trailing arms through dark water."""
    c = Canvas(mix(ramp(np.clip(Y / H + 0.25 * (fbm(rng, 50, 3) - 0.5), 0, 1), water), "3c1c7a", 0.3))
    c.add(0.3 * np.exp(-((away(70) / 60) ** 2) - ((Y + 10) / 50) ** 2), "4a6af0")
    tints = palette(hues)
    for x, y, r, lean, k in (
        (232, 92, 9, 0.2, 2), (140, 22, 8, -0.3, 3), (20, 26, 11, 0.3, 2), (188, 34, 21, -0.35, 1),
        (70, 44, 30, 0.22, 0), (132, 88, 15, 0.5, 4),
    ):
        _jelly(c, rng, x, y, r, lean, tints[k])
    for x, y in zip(rng.uniform(0, W, 110), rng.uniform(0, H, 110)):
        c.glow(x, y, rng.uniform(0.4, 0.9), "a8c8ff", rng.uniform(0.15, 0.5))
    return c.rgb


def _jelly(c, rng, x, y, r, lean, tint):
    """Add one jellyfish as light: a ribbed bell, frilled arms and thin tentacles."""
    glow = Canvas()
    cos, sin = np.cos(lean), np.sin(lean)

    def place(u, v):
        """Turn bell coordinates (right, down; unit r) into picture coordinates."""
        return x + r * (u * cos - v * sin), y + r * (u * sin + v * cos)

    for u in np.linspace(-0.85, 0.85, 13):
        n, a, s = rng.uniform(1.6, 3.1), rng.uniform(0, TAU), rng.uniform(0.06, 0.2)
        pts = [place(u * (1 - 0.12 * t) + s * np.sin(a + 3.2 * t) * t, 0.2 + n * t) for t in np.linspace(0, 1, 16)]
        glow.path(pts, tint * 0.4, 0.8, 0.4)
    for u in (-0.3, -0.1, 0.12, 0.32):
        for _ in range(44):
            t = rng.random()
            px, py = place(u * (1 + 0.3 * t) + 0.14 * np.sin(5 * t + 9 * u), 0.1 + 1.75 * t)
            w = r * 0.17 * (1.1 - t)
            glow.ellipse(px + rng.normal(0, w * 0.5), py, w, w * 0.7, tint * rng.uniform(0.3, 0.75), 0.7, 1)
    for k, tone in enumerate((0.3, 0.36, 0.44, 0.54)):
        g = 1 - 0.16 * k
        dome = [place(-g * np.cos(a), 0.2 - 1.0 * g * np.sin(a)) for a in np.linspace(0, np.pi, 22)]
        rim = [place(g * np.cos(a), 0.2 + 0.2 * np.sin(a) + 0.04 * np.sin(9 * a)) for a in np.linspace(0, np.pi, 30)]
        glow.polygon(dome + rim, tint * tone)
    for u in np.linspace(-0.92, 0.92, 11):
        rib = [place(u * np.sin(a), 0.28 - 1.14 * np.cos(a)) for a in np.linspace(0.3, 1.5, 9)]
        glow.path(rib, tint * 0.78, 0.4, 0.9)
    edge = [place(-np.cos(a), 0.2 - 1.0 * np.sin(a)) for a in np.linspace(0, np.pi, 28)]
    glow.path(edge, np.clip(tint * 0.95, 0, 1), max(0.7, r * 0.05))
    glow.ellipse(*place(-0.3, -0.4), r * 0.3, r * 0.16, tint, 0.5, r * 0.2, lean - 0.5)
    c.glow(x, y, r * 1.2, tint, 0.22)
    c.rgb += glow.rgb


def pool(rng, water="0c8ab4 20b4d0 6ae0e4", line="0c3c7a", tile="e4dccc"):
    """A swimming pool from above: lane ropes, dark floor lines and a net of sunlight on the tiles."""
    bend = 2.2 * noise(rng, 9, 1.4), 2.2 * noise(rng, 9, 1.4)
    u, v = X + bend[0], Y + bend[1]
    c = Canvas(ramp(np.clip(0.55 + 0.5 * (fbm(rng, 60, 3) - 0.5) - 0.003 * (Y - 64), 0, 1), water))
    c.over(0.22 * (np.minimum(u % 4, v % 4) < 0.7), "f4ffff")
    for y in (17.0, 53.0, 89.0):
        c.over(0.85 * step(3.2, 2.6, np.abs(v - y)), line)
        c.over(0.85 * step(3.2, 2.6, np.abs(away(0, u - 210))) * (np.abs(v - y) < 10), line)
    net = sum(step(0.72 + 0.06 * k, 1.0, ridged(rng, 15 - 4 * k, 2, 0.5, 1.3)) for k in (0, 1))
    c.add(0.4 * np.clip(net, 0, 1.4), "d8fff0")
    for y, hues in ((35, "e83c34 f8f4ec"), (71, "f4c828 f8f4ec"), (106, "2c5ab0 f8f4ec")):
        for x in np.arange(0, W, 3.2):
            py = y + 0.8 * np.sin(x * TAU / 64 + y)
            c.ellipse(x + 1.6, py + 3, 1.6, 1.4, "0c5a80", 0.5, 1)
            c.ellipse(x + 1.6, py, 1.5, 1.7, palette(hues)[int(x / 16) % 2] * (0.85 + 0.15 * (int(x / 3.2) % 2)))
            c.ellipse(x + 1.2, py - 0.6, 0.6, 0.5, "ffffff", 0.7)
    for x, y, cap, suit in ((92, 53, "e83c5a", "1c1c2c"), (190, 18, "f4d428", "8a1c3c"), (34, 89, "f4f4f4", "1c3c8a")):
        _swimmer(c, rng, x, y, cap, suit)
    edge = step(114, 114.6, Y)
    deck = mix(tile, "b8ac98", np.minimum(X % 8, (Y - 118) % 8) < 0.6)
    c.over(edge, mix(deck * (0.9 + 0.15 * fbm(rng, 6, 4))[..., None], "3c7a9c", step(118, 117.4, Y) * 0.75))
    return c.rgb


def _swimmer(c, rng, x, y, cap, suit):
    """Draw a crawl swimmer from above who heads right, with a wake."""
    for _ in range(90):
        t = rng.random() ** 0.7
        px, py = x - 8 - 34 * t, y + rng.normal(0, 1.2 + 3 * t)
        c.ellipse(px, py, rng.uniform(0.6, 2), rng.uniform(0.5, 1.2), "f4ffff", 0.6 * (1 - t) + 0.05, 1)
    c.ellipse(x - 2, y + 6, 13, 3, "0c5a80", 0.5, 3)
    skin = "d89a70"
    c.path([(x - 8, y - 1.4), (x - 19, y - 1.8)], skin, 2.4, 1.4)
    c.path([(x - 8, y + 1.4), (x - 19, y + 2.2)], skin, 2.4, 1.4)
    c.path([(x + 4, y - 2.5), (x + 9, y - 6.5), (x + 15, y - 5.5)], skin, 2.0, 1.3)
    c.path([(x + 3, y + 2.5), (x - 3, y + 6.5), (x - 7, y + 7)], skin, 2.0, 1.3)
    c.ellipse(x - 2, y, 8, 3.6, suit)
    c.ellipse(x + 3, y, 3.4, 3.7, skin)
    c.ellipse(x + 8, y, 2.9, 2.4, cap)
    for _ in range(26):
        c.ellipse(x + 15 + rng.normal(0, 3), y - 5.5 + rng.normal(0, 2), 0.8, 0.7, "ffffff", 0.85)


def karst_bay(rng, air="d0e4d8 e8f0e0 f8f4e0", rock="24342c 5a6a58 a8ac94", green="1c3a20 3f6a30 7a9a44"):
    """Limestone towers that stand in a still green bay, a junk with ribbed sails among them."""
    c = Canvas(sky(air, 84))
    for k, (foot, towers) in enumerate((
        (82, ((12, 18, 26), (40, 12, 17), (96, 22, 34), (132, 14, 21), (176, 24, 28), (226, 16, 36), (250, 14, 18))),
        (86, ((62, 17, 48), (84, 12, 27), (200, 20, 58), (182, 11, 30))),
        (94, ((22, 22, 76), (44, 15, 46), (2, 13, 40), (240, 15, 34))),
    )):
        outline = np.full(X[0].shape, 200.0)
        for x, wide, tall in towers:
            u = np.abs(away(x)[0] + 1.6 * noise(rng, 5)[9]) / wide
            outline = np.minimum(outline, np.where(u < 1, foot - tall * np.clip(1 - u**3.2, 0, 1) ** 0.8, 200.0))
        outline = outline + 2.5 * noise(rng, 4)[5] * (outline < 190)
        cliff = fbm(rng, 26, 6, 0.65, 0.22)
        face = ramp(np.clip(0.15 + light(cliff * 9 + 2 * fbm(rng, 5, 4), 0.3, 200) * 0.9, 0, 1), rock)
        wood = step(0.42, 0.6, fbm(rng, 11, 5, 0.62) + 0.28 * np.exp(-(Y - outline[None, :]) / 8) - 0.06)
        face = mix(face, ramp(fbm(rng, 3, 4, 0.7), green), wood)
        haze = np.clip((0.72, 0.42, 0.08)[k] + 0.22 * step(foot - 22, foot, Y), 0, 1)
        c.over(step(0, 0.8, Y - outline) * (Y < foot), mix(face, "dce8dc", haze))
    calm = fbm(rng, 3, 4, 0.6, 9) - 0.5
    mirror = blur(warp(c.rgb, 4 * calm, np.clip(2.2 * (86 - Y), -86, 0) + 7 * calm), 0.5, 1.2)
    near = np.clip((Y - 84) / 44, 0, 1)
    sea = mix(mirror, ramp(near + 0.5 * calm, "a8c8b4 4c8a7c 1c5a54"), 0.35 + 0.4 * near)
    c.over((Y >= 86) * (outline[None, :] > 190) + (Y >= 94) * (outline[None, :] < 190), sea)
    _junk(c, 126, 106, "b8481c")
    for x, y in ((166, 93), (92, 98)):
        c.polygon([(x - 5, y - 1), (x + 5, y - 1), (x + 3, y + 1), (x - 3, y + 1)], "2c2420")
        c.line(x, y - 5, x, y - 1, "1c1a18", 1.3)
        c.line(x - 2, y - 4, x + 2, y - 5, "c8a860", 1.0)
    return c.rgb


def _junk(c, x, foot, sail):
    """Draw a junk with two battened sails and its reflection."""
    c.polygon([(x - 19, foot - 6), (x - 12, foot - 3), (x + 12, foot - 3), (x + 19, foot - 8), (x + 14, foot + 2),
               (x - 14, foot + 2)], "4a2814")
    c.path([(x - 19, foot - 6), (x - 12, foot - 3), (x + 12, foot - 3), (x + 19, foot - 8)], "a86c34", 0.8)
    c.rect(x + 7, foot - 8, 8, 5, "6a3c1c")
    for mast, wide, tall in ((x + 3, 17, 37), (x - 11, 11, 25)):
        c.line(mast, foot - 3, mast, foot - tall - 4, "2c1a10", 1.2)
        t = np.linspace(0, 1, 8)
        edge = [(mast + wide * (0.35 + 0.65 * np.sin(2.6 * s + 0.35)), foot - 5 - tall * 0.9 * s) for s in t]
        fore = [(mast - wide * (0.32 - 0.2 * s), foot - 6 - tall * 0.98 * s) for s in t]
        for k in range(7):
            panel = [fore[k], edge[k], edge[k + 1], fore[k + 1]]
            c.polygon(panel, shade(sail, 0.85 + 0.08 * k))
            c.line(*fore[k], *edge[k], shade(sail, 0.45), 0.6)
    c.ellipse(x, foot + 5, 19, 3, "2c2018", 0.45, 3)
    c.ellipse(x + 4, foot + 14, 12, 9, sail, 0.28, 8)
