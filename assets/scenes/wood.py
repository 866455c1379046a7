"""Forests, gardens and other growing things."""

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
    cells,
    fbm,
    full,
    mix,
    noise,
    palette,
    radius,
    ramp,
    shade,
    step,
    warp,
)
from .parts import blades, fir, hill, sky, tree


def misty_firs(rng, mist="d7dde0", wood="22363a"):
    """Rows of firs that fade into fog."""
    c = Canvas(sky(f"aebcc4 {mist}", 70))
    for k in range(6):
        t = (k + 1) / 6
        outline = 52 + 80 * t - 12 * noise(rng, 40, 2)[0] - 8
        c.below(outline, mix(mist, wood, 0.15 + 0.75 * t))
        for x in np.sort(rng.uniform(0, W, int(46 - 26 * t))):
            tall = (14 + 60 * t * t) * rng.uniform(0.7, 1.2)
            fir(c, rng, x, outline[int(x * 2)] + 3, tall, mix(mist, wood, 0.12 + 0.8 * t**1.2))
        c.over(
            0.5 * step(0.35, 0.8, fbm(rng, 24, 4, 0.5, 4)) * step(outline - 6, outline + 30, Y) * (1 - t),
            mist,
        )
    return c.rgb


def birch_autumn(
    rng, back="6a3c14 c8701c f0b440 f8dc8c", leaves="e8a020 d86018 f4cc50 b83c14 8a2c10", bark="efe9dc"
):
    """White birch trunks in front of glowing yellow foliage, leaves on the ground."""
    dab = cells(rng, 4, 3.4)
    glow = fbm(rng, 40, 6, 0.65)
    c = Canvas(ramp(np.clip(0.75 * glow + 0.35 * (dab.tone - 0.4), 0, 1), back))
    for x in rng.uniform(0, W, 26):
        c.line(
            x,
            -2,
            x + rng.normal(0, 4),
            110,
            mix("5a3a20", bark, rng.uniform(0.2, 0.6)),
            rng.uniform(1, 2.5),
            alpha=0.8,
        )
    floor = step(98, 106, Y + 8 * (fbm(rng, 20, 3) - 0.5))
    litter = cells(rng, 4.5, 2.4)
    c.over(floor, palette(leaves)[(litter.tone * 4.99).astype(int)] * (0.5 + 0.6 * fbm(rng, 5))[..., None])
    for x in np.sort(rng.uniform(0, W, 11)):
        _birch(c, rng, x, rng.uniform(3, 8), rng.uniform(104, 124), bark)
    tones = palette(leaves)
    for _ in range(420):
        x, y = rng.uniform(0, W), 62 * rng.random() ** 1.5
        c.ellipse(
            x,
            y,
            rng.uniform(0.8, 2.2),
            rng.uniform(0.7, 1.5),
            tones[rng.integers(5)] * rng.uniform(0.7, 1.15),
            0.95,
        )
    return c.rgb


def _birch(c, rng, x, wide, foot, bark):
    """Draw a white trunk with dark scars."""
    lean = rng.normal(0, 4)
    for k, tone in enumerate((0.62, 0.85, 1.0)):
        c.line(
            x + lean - k * wide * 0.14,
            -3,
            x - k * wide * 0.14,
            foot,
            shade(bark, tone),
            wide * (0.8 - 0.26 * k),
            wide * (1 - 0.3 * k),
        )
    for _ in range(int(10 + wide * 2)):
        y = rng.uniform(0, foot)
        at = x + lean * (1 - y / foot)
        half = wide * rng.uniform(0.12, 0.4)
        side = rng.uniform(-0.4, 0.3) * wide
        c.ellipse(at + side, y, half, rng.uniform(0.4, 1.1), "2c2420", 0.85)


def jungle(rng, back="0a1a12 1f4a2a 6a9a4a d8ecb0", green="0f3a1c 1c5a2a 3a8a34 7ab83a", bloom="e83a5a"):
    """Layers of palm fronds and broad leaves with light falling through."""
    glow = np.exp(-((away(150) / 60) ** 2) - (((Y - 24) / 48) ** 2))
    c = Canvas(ramp(np.clip(glow * 0.9 + 0.35 * fbm(rng, 16, 5), 0, 1), back))
    tones = palette(green)
    for k, count in enumerate((34, 26, 16)):
        for _ in range(count):
            x, y = rng.uniform(0, W), rng.uniform(0, H)
            if k == 2 and 30 < y < 96:
                y = rng.choice([rng.uniform(0, 26), rng.uniform(100, 128)])
            fade = mix("9cc48a", tones[rng.integers(4)] * rng.uniform(0.6, 1.1), 0.45 + 0.27 * k)
            (_frond if rng.random() < 0.5 else _leaf)(c, rng, x, y, rng.uniform(12, 26) + 8 * k, fade)
    for x in rng.uniform(0, W, 7):
        pts = [(x + 6 * np.sin(t * 5 + x), t * 90) for t in np.linspace(0, 1, 12)]
        c.path(pts, "16301c", 1.4, 0.7)
    for x, y in zip(rng.uniform(0, W, 9), rng.uniform(10, 120, 9)):
        for a in np.linspace(0, TAU, 6)[:-1]:
            c.ellipse(
                x + 2.6 * np.cos(a),
                y + 2.6 * np.sin(a),
                2.3,
                1.3,
                shade(bloom, rng.uniform(0.7, 1.2)),
                1,
                0.6,
                a,
            )
        c.ellipse(x, y, 1.1, 1.1, "ffe070")
    shafts = step(
        0.55,
        0.95,
        np.broadcast_to(0.5 + 0.5 * np.sin((X + 0.6 * Y) * TAU / 64 + 2), Y.shape[:1] + X.shape[1:]),
    )
    c.add(0.16 * shafts * (1 - Y / H), "f8ffc8")
    return c.rgb


def _frond(c, rng, x, y, size, paint):
    """Draw a fern frond."""
    a = rng.uniform(0, TAU)
    spine = [
        (x + size * t * np.cos(a + 0.5 * t), y + size * t * np.sin(a + 0.5 * t) + 5 * t * t)
        for t in np.linspace(0, 1.2, 11)
    ]
    c.path(spine, shade(paint, 0.7), 1.2, 0.5)
    for k, (px, py) in enumerate(spine[1:]):
        reach = size * 0.5 * np.sin(np.pi * (k + 1) / 11.5)
        for side, tone in ((0.95, 1.15), (-0.95, 0.8)):
            b = a + 0.05 * k + side
            c.line(
                px,
                py,
                px + reach * np.cos(b),
                py + reach * np.sin(b) + 1.5,
                np.clip(paint * tone, 0, 1),
                2.0,
                0.3,
            )


def _leaf(c, rng, x, y, size, paint):
    """Draw a broad leaf with two halves and veins."""
    a = rng.uniform(0, TAU)
    u, v = np.array([np.cos(a), np.sin(a)]), np.array([-np.sin(a), np.cos(a)])
    t = np.linspace(0, 1, 14)
    half = size * 0.3 * np.sin(np.pi * t) ** 0.8 * (1 - 0.35 * t)
    mid = np.array([x, y]) + size * t[:, None] * u
    for side, tone in ((1, 1.12), (-1, 0.82)):
        c.polygon(np.vstack([mid, (mid + side * half[:, None] * v)[::-1]]), np.clip(paint * tone, 0, 1))
    for k in range(2, 13, 2):
        for side in (1, -1):
            tip = mid[k] + side * 0.85 * half[k] * v + u * size * 0.07
            c.line(*mid[k], *tip, paint * 0.7, 0.5)
    c.line(*mid[0], *mid[-1], np.clip(paint * 1.4, 0, 1), 0.8)


def bamboo(rng, mist="e4efc4 a9c77c 55803c", stalk="86ad4a", far="b9d08c"):
    """Bamboo stalks with rings, the near ones thick and sharp."""
    c = Canvas(sky(mist))
    c.over(0.5 * fbm(rng, 30, 4), far)
    for k, (count, wide) in enumerate(((30, 2.5), (18, 4.5), (9, 8.5))):
        for x in np.sort(rng.uniform(0, W, count)):
            w, tone = (
                wide * rng.uniform(0.7, 1.2),
                mix(far, shade(stalk, rng.uniform(0.6, 1.15)), 0.35 + 0.32 * k),
            )
            lean, gap, start = rng.normal(0, 5), rng.uniform(5, 8) * wide**0.6, rng.uniform(-10, 0)
            for j in range(5):
                o = (j - 2) / 5 * w
                c.line(
                    x + lean + o,
                    -2,
                    x + o,
                    H + 2,
                    np.clip(tone * (1.2 - 0.16 * abs(j - 1) ** 1.3), 0, 1),
                    w / 4,
                )
            for y in np.arange(start, H + 10, gap):
                at = x + lean * (1 - y / H)
                c.line(at - w / 2, y, at + w / 2, y, tone * 0.55, 0.8)
                c.line(at - w / 2, y - 1, at + w / 2, y - 1, np.clip(tone * 1.35, 0, 1), 0.6)
                if rng.random() < 0.25:
                    _bamboo_leaves(c, rng, at + w / 2, y, 3 + 3 * k, tone)
    return c.rgb


def _bamboo_leaves(c, rng, x, y, size, paint):
    """Draw a tuft of narrow leaves at a node."""
    for a in rng.uniform(-0.5, 1.3, 5):
        d = rng.choice([-1, 1])
        mid, tip = size * 0.9, size * 2.0
        c.path(
            [
                (x, y),
                (x + d * mid * np.cos(a), y + mid * np.sin(a)),
                (x + d * tip * np.cos(a), y + tip * np.sin(a)),
            ],
            shade(paint, rng.uniform(0.6, 1.1)),
            1.6,
            0.2,
        )


def meadow(
    rng, air="8cc0ea dcecf4", grass="2f6a24 5a9a34 94c050", petals="f4f0f0 f4d434 e84a5c 9a6ad8 5a80e8"
):
    """Wild flowers up close in tall grass, blurred meadow behind."""
    c = Canvas(sky(air, 46))
    far = cells(rng, 5, 3)
    hues = palette(petals)
    blot = mix(
        ramp(fbm(rng, 14, 4), grass),
        hues[(far.tone * 4.99).astype(int)],
        step(2.2, 0.8, far.near) * (far.tone * 7 % 1 > 0.5),
    )
    c.over(step(38, 44, Y + 5 * noise(rng, 20, 2)), blur(blot, 1.2))
    for x in rng.uniform(0, W, 8):
        tree(c, rng, x, rng.uniform(40, 44), rng.uniform(8, 18), "5f8a58", dabs=24)
    blades(c, rng, 520, 60, 150, 40, "2f6a24 4f8a2c 74a83c 94c050", 5, 1.1)
    for y in np.sort(rng.uniform(48, 118, 60)):
        _blossom(c, rng, rng.uniform(0, W), y, 1.4 + 4.5 * ((y - 40) / 80) ** 1.3, hues[rng.integers(5)])
    return c.rgb


def _blossom(c, rng, x, y, r, paint):
    """Draw a flower of five to eight petals on a stalk."""
    c.path(
        [(x, y), (x + rng.normal(0, 2), y + 5 * r), (x + rng.normal(0, 3), y + 11 * r)],
        "3a7028",
        0.3 * r + 0.3,
    )
    n, a0 = int(rng.integers(5, 9)), rng.uniform(0, TAU)
    for a in a0 + TAU * np.arange(n) / n:
        tone = np.clip(paint * (0.95 - 0.25 * np.sin(a)), 0, 1)
        c.ellipse(x + 0.75 * r * np.cos(a), y + 0.62 * r * np.sin(a), 0.62 * r, 0.36 * r, tone, 1, 0.6, a)
    c.ellipse(x, y, r * 0.36, r * 0.33, "e8a820" if paint[2] > 0.4 else "6a3a14", 1, 0.6)


def cherry(rng, air="a6cbe6 e8eef2 f8e8ea", pink="b8587e e08cab f8c4d4 fff0f4", gate="c23a24"):
    """Cherry boughs in bloom in front of a red temple gate and a far cone of snow."""
    c = Canvas(sky(air, 90))
    peak = 88 - 52 * np.clip(1 - np.abs(away(184)[0]) / 90, 0, 1) ** 1.5 - 1.5 * noise(rng, 6)[5]
    snow = step(66, 54, Y + 7 * noise(rng, 7, 0.4))
    c.below(
        np.maximum(peak, 38 + 2 * noise(rng, 4)[9]),
        mix(mix("7c94b4", "c8d4e2", step(50, 92, Y)), "ffffff", snow),
    )
    hill(c, rng, 96, 10, 60, "6f9a86 4c7a5c")
    hill(c, rng, 112, 8, 90, "7fa04c 5a8038", texture=0.5)
    _torii(c, 92, 112, 52, gate)
    tones = palette(pink)
    for x0, y0, d in ((-10, 8, 1), (140, -4, 1), (262, 40, -1), (40, -6, 1)):
        pts = [(x0 + d * 9 * t, y0 + 2.2 * t + 3 * np.sin(1.3 * t + x0)) for t in range(9)]
        c.path(pts, "3c2620", 3.4, 0.7)
        for px, py in pts[1:]:
            for _ in range(13):
                u, v = rng.normal(0, 7), rng.normal(0, 5)
                r = rng.uniform(1.2, 3.0)
                k = int(np.clip(1.6 - 0.22 * v + rng.normal(0, 0.7), 0, 3))
                c.ellipse(px + u, py + v, r, r * 0.85, tones[k], 0.95, 0.7)
    for x, y in zip(rng.uniform(0, W, 90), rng.uniform(30, H, 90)):
        c.ellipse(x, y, 1.0, 0.6, tones[rng.integers(1, 4)], 0.9, 0.5, rng.uniform(0, 3))
    return c.rgb


def _torii(c, x, foot, tall, paint):
    """Draw a red temple gate."""
    dark = shade(paint, 0.65)
    for d in (-0.42, 0.42):
        c.line(x + d * tall * 0.92, foot - tall, x + d * tall, foot, paint, tall * 0.085)
        c.line(x + d * tall * 0.92 + 1.2, foot - tall, x + d * tall + 1.2, foot, dark, tall * 0.03)
        c.rect(x + d * tall - tall * 0.06, foot - 4, tall * 0.12, 4, "2a2624")
    c.rect(x - tall * 0.5, foot - tall * 0.76, tall, tall * 0.07, paint)
    c.rect(x - 1.5, foot - tall * 0.98, 3, tall * 0.24, dark)
    top = [
        (x - tall * 0.64, foot - tall * 1.1),
        (x, foot - tall * 1.03),
        (x + tall * 0.64, foot - tall * 1.1),
    ]
    c.path(top, "2c2422", tall * 0.07)
    c.path([(a, b + tall * 0.055) for a, b in top], paint, tall * 0.055)


def fallen_leaves(rng, tones="8a2a10 c8501a e08a24 e8c04a 6a4a1c 9a6a2a 5a1c12", ground="20140c"):
    """A ground covered with overlapping leaves, seen from above."""
    c = Canvas(mix(ground, "4a3420", fbm(rng, 6)))
    rows = palette(tones)
    for k in range(420):
        x, y, size = rng.uniform(0, W), rng.uniform(-4, H + 4), rng.uniform(7, 13)
        paint = rows[rng.integers(len(rows))] * (0.5 + 0.6 * k / 420) * rng.uniform(0.85, 1.15)
        _ground_leaf(c, rng, x, y, size, np.clip(paint, 0, 1))
    return c.rgb


def _ground_leaf(c, rng, x, y, size, paint):
    """Draw a fallen leaf, lobed or twin, with its shadow and veins."""
    a = rng.uniform(0, TAU)
    t = np.linspace(0, TAU, 26, endpoint=False)
    lobed = 0.5 + 0.22 * np.abs(np.cos(2.5 * t)) + 0.12 * np.cos(t)
    if rng.random() < 0.5:
        lobed = 0.62 * np.abs(np.cos(t)) ** 1.2 + 0.27
    pts = np.stack([x + size * lobed * np.cos(t + a), y + size * 0.85 * lobed * np.sin(t + a)], 1)
    c.polygon(pts + [0.9, 1.4], paint * 0.25, 0.6)
    c.polygon(pts, paint)
    c.polygon(np.vstack([pts[:13], pts[:1]]), np.clip(paint * 1.18, 0, 1))
    tip = (x + size * 0.75 * np.cos(a), y + size * 0.65 * np.sin(a))
    c.line(x - size * 0.6 * np.cos(a), y - size * 0.5 * np.sin(a), *tip, paint * 0.55, 0.7)
    for s in (0.0, 0.35):
        for side in (0.8, -0.8):
            bx, by = x + size * s * np.cos(a), y + size * s * 0.85 * np.sin(a)
            c.line(
                bx,
                by,
                bx + size * 0.32 * np.cos(a + side),
                by + size * 0.28 * np.sin(a + side),
                paint * 0.6,
                0.5,
            )


def mushrooms(rng, back="0c1210 1c2c1c 3f5a30", cap="c8281c", moss="4f7a2c"):
    """Spotted toadstools on a mossy forest floor with soft trees behind."""
    c = Canvas(ramp(fbm(rng, 26, 4), back))
    for x in rng.uniform(0, W, 12):
        c.line(
            x,
            -4,
            x + rng.normal(0, 6),
            110,
            mix("201812", "5c5040", rng.uniform(0, 0.6)),
            rng.uniform(3, 10),
            soft=4,
        )
    for x, y in zip(rng.uniform(0, W, 30), rng.uniform(0, 60, 30)):
        c.ellipse(x, y, 5, 5, "a8c060", 0.16, 2.5)
    c.below(96 - 8 * noise(rng, 30, 1)[3], ramp(fbm(rng, 4, 4, 0.65), f"1a2a10 {moss} a2c050"))
    for x, y, s in (
        (40, 104, 22),
        (62, 112, 12),
        (126, 100, 30),
        (152, 112, 16),
        (206, 106, 20),
        (232, 114, 11),
        (12, 116, 10),
    ):
        _toadstool(c, rng, x, y, s, cap)
    blades(c, rng, 260, 104, 134, 12, f"2f5a1c {moss} 8ab040", 4, 1.0)
    return c.rgb


def _toadstool(c, rng, x, foot, s, cap):
    """Draw a spotted toadstool."""
    for k, tone in enumerate(("a89878", "d8ccae", "f4ecd8")):
        c.line(
            x - k * 0.05 * s,
            foot - s,
            x - k * 0.05 * s,
            foot,
            tone,
            s * (0.26 - 0.08 * k),
            s * (0.36 - 0.1 * k),
        )
    c.ellipse(x, foot - s * 0.95, s * 0.62, s * 0.13, "cdbb98")
    t = np.linspace(np.pi, TAU, 20)
    for k, tone in enumerate((0.55, 0.85, 1.1)):
        g = 1 - 0.18 * k
        pts = [
            (
                x - 0.1 * k * s + g * 0.68 * s * np.cos(a),
                foot - s * (0.95 + 0.04 * k) + g * 0.55 * s * np.sin(a),
            )
            for a in t
        ]
        c.polygon(pts, shade(cap, tone))
    for _ in range(9):
        a, r = rng.uniform(np.pi * 1.1, TAU * 0.95), rng.uniform(0.3, 0.9)
        c.ellipse(
            x + 0.6 * r * s * np.cos(a),
            foot - s * 0.98 + 0.48 * r * s * np.sin(a),
            s * 0.07,
            s * 0.05,
            "fdf4e4",
        )


def palms(rng, air="ffb46a f2798c 7a4a9c", leaf="1a1430", disc="ffe6a0"):
    """Palm silhouettes in front of a gradient evening and a striped sun over the sea."""
    c = Canvas(sky(" ".join(reversed(air.split())), 88))
    c.add(0.5 * np.exp(-np.hypot(away(90), Y - 74) / 40), "ffb070")
    c.ellipse(90, 72, 26, 26, disc, 1, 1)
    glitter = fbm(rng, 3, 4, 0.7, 8)
    sea = mix("3a2a5c", "ffb890", np.exp(-((away(90) / 26) ** 2)) * step(0.4, 0.7, glitter))
    c.over(step(87.5, 88.5, Y), mix(sea, "e07a8c", step(118, 88, Y) * 0.5 * glitter))
    c.below(118 - 6 * noise(rng, 60, 1)[2], leaf)
    for x, foot, tall, lean in (
        (30, 122, 96, 16),
        (160, 124, 84, -14),
        (196, 122, 108, 10),
        (236, 124, 58, -8),
        (120, 124, 46, 9),
    ):
        top = (x + lean, foot - tall)
        c.path(
            [(x + lean * t * t, foot - tall * t) for t in np.linspace(0, 1, 10)],
            leaf,
            tall * 0.05,
            tall * 0.028,
        )
        for a in np.linspace(-3.5, 0.4, 9) + rng.uniform(-0.12, 0.12, 9):
            _palm_leaf(c, *top, a, tall * 0.36, leaf)
    return c.rgb


def _palm_leaf(c, x, y, a, size, paint):
    """Draw a drooping palm leaf."""
    pts = [
        (x + size * t * np.cos(a), y + size * t * np.sin(a) * 0.75 + size * 0.75 * t * t)
        for t in np.linspace(0, 1, 9)
    ]
    c.path(pts, paint, 1.5, 0.5)
    for k, (px, py) in enumerate(pts[1:]):
        reach = size * 0.3 * np.sin(np.pi * (k + 1.5) / 10)
        for dx in (-0.35, 0.35):
            c.line(px, py, px + dx * reach + 0.2 * reach * np.cos(a), py + reach, paint, 1.3, 0.3)


def lavender(rng, air="f2c48c e8909a 8a78b8", bloom="3c2a66 6a4aa8 a482d8 d8bcf0", leaf="5a6a3c"):
    """Mounded purple rows running to a low evening horizon, a lone tree at their end."""
    c = Canvas(sky(" ".join(reversed(air.split())), 46))
    hill(c, rng, 50, 10, 80, "7a6a94 5c5478")
    tree(c, rng, 190, 52, 26, "4a5a38", dabs=60)
    below = np.clip(Y - 44, 0.5, None)
    lane = away(110) / (below + 4) * 3.2
    mound = np.abs((lane % 1) - 0.5) * 2
    puff = cells(rng, 4, 4, 0.95, X, Y)
    height = np.sqrt(np.clip(1 - mound**2, 0, 1))
    lit = np.clip(
        height * 0.75 + 0.35 * ((lane % 1) - 0.5) * -1 + 0.35 * (puff.tone - 0.5) * step(50, 90, Y), 0, 1
    )
    c.over(step(47, 49, Y), mix(mix(leaf, "2c2a1c", 0.4), ramp(lit, bloom), step(0.93, 0.75, mound)))
    for y in np.sort(rng.uniform(96, 140, 150)):
        x, tall = rng.uniform(0, W), (y - 70) / 5
        c.line(x, y, x + rng.normal(0, 2), y - tall, leaf, 0.8)
        for k in range(4):
            c.ellipse(
                x + rng.normal(0, 0.5),
                y - tall - 1.7 * k,
                1.5,
                1.2,
                palette(bloom)[rng.integers(4)],
                0.95,
                0.6,
            )
    return c.rgb


def cactus_night(rng, air="141c48 4a3a78 c86a7c", sand="3c2c48 6a4a5c", green="1c3a38"):
    """Saguaro cacti at dusk under a thin moon."""
    c = Canvas(sky(air, 92))
    for x, y in zip(rng.uniform(0, W, 50), rng.uniform(0, 50, 50)):
        c.glow(x, y, 0.6, "ffffff", rng.uniform(0.3, 0.9))
    c.ellipse(58, 24, 10, 10, "fdf4dc")
    c.ellipse(62, 22, 9.4, 9.4, ramp(full(np.clip(Y / 92, 0, 1)), air))
    hill(c, rng, 92, 24, 60, "5a3c68 4a3460", True)
    hill(c, rng, 100, 8, 80, sand, texture=0.4)
    for x, s in ((20, 20), (98, 44), (140, 24), (188, 56), (226, 30), (246, 15)):
        _saguaro(c, x, 100 + s * 0.42, s, green)
    blades(c, rng, 120, 104, 134, 7, "2a2c38 4a3a4c 241c2c", 5, 0.8)
    return c.rgb


def _saguaro(c, x, foot, s, paint):
    """Draw a cactus with two arms, lit from the left."""
    arms = [[(x, foot), (x, foot - s)]]
    for d, low, up in ((-1, 0.4, 0.78), (1, 0.52, 0.9)):
        arms.append(
            [
                (x, foot - low * s),
                (x + d * 0.2 * s, foot - (low + 0.04) * s),
                (x + d * 0.24 * s, foot - up * s),
            ]
        )
    for k, tone in enumerate((0.8, 1.25, 2.1)):
        for j, arm in enumerate(arms):
            w = s * (0.15 if j == 0 else 0.1)
            c.path([(a - k * w * 0.18, b) for a, b in arm], shade(paint, tone), w * (1 - 0.38 * k))


def canopy(rng, air="fbfdf0 d4e8e4 a8ccd0", leaf="1c3a14 3f7a1e 8abf34 d8ec7a", bark="2a2018"):
    """Tree crowns seen straight up from the forest floor, trunks running together towards the light."""
    x0, y0 = 120, 58
    d = np.hypot(away(x0) * 0.8, Y - y0)
    c = Canvas(ramp(np.clip(d / 90, 0, 1), air))
    dab = cells(rng, 5.5, 4.5, 1.0)
    for k, (near, sun) in enumerate(((0.3, 0.95), (0.16, 0.6), (0.0, 0.28))):
        cover = fbm(rng, 22, 5, 0.62) + 0.004 * d - 0.36 + 0.7 * near
        leafy = warp(cover, -dab.dx, -dab.dy) + 0.25 * (dab.tone - 0.5)
        tone = np.clip(sun - 0.0018 * d + 0.55 * (dab.tone - 0.5) - 0.05 * dab.near, 0, 1)
        c.over(step(0.36, 0.42, leafy), ramp(tone, leaf))
        for x in np.arange(6 + 9 * k, W, 34 - 3 * k) + rng.uniform(-5, 5):
            _leaning_trunk(c, rng, x, (-6, H + 6)[rng.integers(2)], x0, y0, 2.2 + 2.8 * k, bark, 0.4 - 0.17 * k)
        dab = cells(rng, 6.5, 5.5, 1.0)
    c.add(0.3 * np.exp(-((d / 36) ** 2)), "f4f4b0")
    return c.rgb


def _leaning_trunk(c, rng, x, y, x0, y0, wide, bark, haze):
    """Draw a trunk from the rim of the picture towards the light at (x0, y0), with forked boughs."""
    reach, sway = rng.uniform(0.55, 0.82), rng.normal(0, 4)
    spine = [
        (x + (x0 - x) * reach * t + sway * np.sin(3 * t), y + (y0 - y) * reach * t) for t in np.linspace(0, 1, 9)
    ]
    for side, tone in ((0, mix(bark, "a8b890", haze)), (-0.24, mix("6a5a44", "c0c8a0", haze))):
        c.path([(px + side * wide, py) for px, py in spine], tone, wide * (1 + 2 * side), 0.8)
    for px, py in spine[3:]:
        a = np.arctan2(y0 - y, x0 - x) + rng.choice([-1, 1]) * rng.uniform(0.4, 1.1)
        n = wide * rng.uniform(2, 4.5)
        c.line(px, py, px + n * np.cos(a), py + n * np.sin(a), mix(bark, "a8b890", haze), wide * 0.28, 0.4)


def sunflower(rng, air="3c8ae0 8cc4f0", petal="d88404 f4b40c ffd83c fff08a", seed="1c0e06 4a2810 8a5420"):
    """One sunflower head that fills the picture's height, seeds in spirals, a blurred field behind."""
    c = Canvas(sky(air, 70))
    c.over(step(70, 84, Y + 5 * noise(rng, 20)), ramp(fbm(rng, 12, 3), "2c5a1c 5a8a2c 8ab03c"))
    for x, y in zip(rng.uniform(0, W, 26), rng.uniform(72, 124, 26)):
        r = 2.5 + (y - 66) / 7
        c.ellipse(x, y, r, r * 0.9, "f0b81c", 0.75, r * 0.9)
        c.ellipse(x, y, r * 0.4, r * 0.36, "4a2c10", 0.75, r * 0.5)
    x0, y0, r = 104, 62, 27
    c.path([(x0 + 4, y0), (x0 + 10, 100), (x0 + 8, 134)], "4a7a24", 8)
    for side, y in ((-1, 112), (1, 104)):
        _blade_leaf(c, x0 + 8, y + 8, x0 + 8 + side * 62, y + 6, 17, "3c6a1c")
    golds = palette(petal)
    for row, (count, far) in enumerate(((30, 2.05), (26, 1.85), (23, 1.6))):
        for a in TAU * (np.arange(count) + 0.4 * row) / count + rng.normal(0, 0.06, count):
            n = r * far * rng.uniform(0.9, 1.08)
            tip = x0 + n * np.cos(a), y0 + n * np.sin(a)
            hue = golds[row] * rng.uniform(0.85, 1.1) * (1 - 0.14 * np.sin(a))
            _blade_leaf(c, x0 + 0.7 * r * np.cos(a), y0 + 0.7 * r * np.sin(a), *tip, 5.2, np.clip(hue, 0, 1))
    c.ellipse(x0, y0, r, r, "1a0d06", 1, 2)
    browns = palette(seed)
    for k in range(520):
        g, a = np.sqrt(k / 520), k * 2.399963
        px, py = x0 + r * g * np.cos(a), y0 + r * g * np.sin(a)
        hue = mix(browns[int(2.99 * abs(g - 0.45) / 0.56)], "c8a83c", 0.75 * (g < 0.3))
        c.ellipse(px, py, 1.25, 0.8, hue * rng.uniform(0.8, 1.25), 1, 0.6, a)
    return c.rgb


def _blade_leaf(c, x0, y0, x1, y1, wide, paint):
    """Draw a pointed leaf or petal with a light half, a dark half and a midrib."""
    t = np.linspace(0, 1, 12)[:, None]
    mid = np.array([x0, y0]) + t * np.array([x1 - x0, y1 - y0])
    across = np.array([y0 - y1, x1 - x0]) / np.hypot(x1 - x0, y1 - y0)
    half = wide * np.sin(np.pi * t**0.8) ** 0.8 * across
    for side, tone in ((1, 0.82), (-1, 1.06)):
        c.polygon(np.vstack([mid, (mid + side * half)[::-1]]), shade(paint, tone))
    c.line(x0, y0, x1, y1, shade(paint, 0.72), 0.6, 0.3)


def spider_web(rng, back="0c1c10 2c4a1c 6a7a2c c8b060 f4e4a8", silk="f0f4f4"):
    """A web hung with dew between two twigs, against a blurred morning wood."""
    c = Canvas(blur(ramp(np.clip(0.7 * fbm(rng, 50, 3) + 0.5 * np.exp(-radius(206, 20) / 60) - 0.1, 0, 1), back), 3))
    for _ in range(46):
        x, y, r = rng.normal(200, 60), rng.uniform(-5, 100), rng.uniform(3, 10)
        c.ellipse(x, y, r, r, ("f8ecb0", "a8b450", "e8a850")[rng.integers(3)], rng.uniform(0.06, 0.3), 1.5)
    x0, y0 = 122, 60
    for pts, w in (
        ([(-6, 134), (8, 84), (4, 40), (22, -6)], 6.0), ([(6, 60), (26, 26), (58, 2)], 2.6),
        ([(236, 134), (226, 70), (238, -6)], 4.5), ([(228, 84), (206, 112), (196, 134)], 2.4),
    ):
        c.path(pts, "1c140e", w, w * 0.6)
        c.path([(x - w * 0.25, y - 0.6) for x, y in pts], "6a5a40", w * 0.3, w * 0.15)
    angles = np.linspace(0, TAU, 25)[:-1] + rng.normal(0, 0.04, 24)
    reach = np.minimum(106 / np.maximum(np.abs(np.cos(angles)), 0.01), 78 / np.maximum(np.abs(np.sin(angles)), 0.01))
    for a, n in zip(angles, reach):
        c.line(x0, y0, x0 + n * np.cos(a), y0 + n * np.sin(a), silk, 0.55, alpha=0.55)
    for turn in np.concatenate([np.arange(3, 8, 1.4), np.arange(13, 62, 3.3)]):
        for k in range(24):
            a, b = angles[k], angles[(k + 1) % 24]
            r0, r1 = (turn * (1 + 0.45 * np.cos(t) ** 2) + rng.normal(0, 0.35) for t in (a, b))
            p, q = (np.array([x0 + r * np.cos(t), y0 + r * np.sin(t)]) for r, t in ((r0, a), (r1, b)))
            mid = (p + q) / 2 * 0.93 + 0.07 * np.array([x0, y0]) + [0, 0.03 * turn]
            if turn > 40 and rng.random() < 0.08:
                continue
            c.path([tuple(p), tuple(mid), tuple(q)], silk, 0.45, alpha=0.4)
            for t in np.arange(0.1, 1, 3.0 / max(np.hypot(*(q - p)), 3.0)):
                px, py = (1 - t) ** 2 * p + 2 * t * (1 - t) * (2 * mid - (p + q) / 2) + t * t * q
                c.glow(px, py, rng.uniform(0.5, 1.0), silk, rng.uniform(0.35, 1.0))
    c.ellipse(x0, y0 + 1, 2.6, 3.6, "3c2414")
    c.ellipse(x0, y0 - 2.6, 1.6, 1.6, "5a3a20")
    for a in (-2.6, -2.2, -0.9, -0.5, 0.5, 0.9, 2.2, 2.6):
        knee = (x0 + 5 * np.cos(a), y0 - 1 + 5 * np.sin(a))
        c.path([(x0, y0 - 1), knee, (x0 + 8 * np.cos(a), y0 - 1 + 9 * np.sin(a))], "3c2414", 0.9, 0.4)
    return c.rgb
