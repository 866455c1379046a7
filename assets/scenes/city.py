"""Towns, bridges, works and streets."""

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
    colour,
    fbm,
    light,
    mix,
    noise,
    palette,
    ramp,
    shade,
    skyline,
    step,
    warp,
)
from .parts import cirrus, cumulus, fir, hill, sky, stars, sun, tree


def skyline_day(
    rng, air="5a98d8 b8d8ec f0ece0", glass="5a7a9a 8aa4b8 b8a894 9a8a80 c8ccd0 6a6c78", haze="c4d4e0"
):
    """Office towers in three depths with lit and shaded faces, park trees in front."""
    c = Canvas(sky(air, 96))
    cumulus(c, rng, 60, "ffffff", haze, 0.42, 20)
    tones = palette(glass)
    for k in range(3):
        x = rng.uniform(-8, 0)
        while x < W - 6:
            w, h = rng.uniform(10, 24) * (0.8 + 0.25 * k), rng.gamma(6, 9 - 2.2 * k) + 14
            _tower(c, rng, x, 118, w, min(h, 106), mix(tones[rng.integers(len(tones))], haze, 0.6 - 0.28 * k))
            x += w + rng.uniform(0, 7)
    c.rect(0, 114, W, 14, "5a7a3c")
    for x in np.sort(rng.uniform(0, W, 34)):
        tree(
            c,
            rng,
            x,
            rng.uniform(116, 128),
            rng.uniform(10, 20),
            shade("4a7a34", rng.uniform(0.8, 1.2)),
            dabs=26,
        )
    return c.rgb


def _tower(c, rng, x, foot, w, h, paint):
    """Draw an office tower with a lit and a shaded face and one of three kinds of windows."""
    top, side = foot - h, w * rng.uniform(0.2, 0.4)
    c.rect(x, top, w, h, paint)
    c.rect(x + w - side, top, side, h, paint * 0.72)
    style, pitch = rng.integers(3), rng.uniform(2.2, 4.2)
    dark, lit = paint * 0.6, np.clip(paint * 1.25, 0, 1)
    if style == 0:
        for y in np.arange(top + 2, foot, pitch):
            c.rect(x + 1, y, w - side - 2, pitch * 0.5, dark)
            c.rect(x + w - side + 0.6, y, side - 1.2, pitch * 0.5, dark * 0.75)
    elif style == 1:
        for at in np.arange(x + 1, x + w - 1.5, pitch * 0.8):
            c.rect(at, top + 2, pitch * 0.36, h, dark if at < x + w - side else dark * 0.75)
    else:
        for y in np.arange(top + 2, foot, pitch * 1.1):
            for at in np.arange(x + 1, x + w - 1.5, pitch):
                c.rect(at, y, pitch * 0.55, pitch * 0.6, (dark, dark, lit)[rng.integers(3)])
    if rng.random() < 0.4:
        c.rect(x + w * 0.25, top - 4, w * 0.4, 4, paint * 0.85)
    if rng.random() < 0.3:
        c.line(x + w * 0.45, top - 16, x + w * 0.45, top, paint * 0.6, 0.8)


def skyline_night(rng, air="0a0c22 24204a 6a3c64", lamps="ffd070 ffb050 fff0c8 8ac0ff"):
    """Lit windows by the thousand, doubled in a river."""
    c = Canvas(sky(air, 90))
    stars(c, rng, 40, 50, bright=0.6)
    hues = palette(lamps)
    for k in range(2):
        x = rng.uniform(-6, 0)
        while x < W - 4:
            w, h = rng.uniform(9, 20), rng.gamma(6, 6.5 - 2 * k) + 10
            h, body = min(h, 78), mix("2a2648", "0c0e1c", 0.4 + 0.6 * k)
            c.rect(x, 90 - h, w, h, body)
            for y in np.arange(92 - h, 88, 2.6):
                for at in np.arange(x + 1, x + w - 1.4, 2.3):
                    if rng.random() < 0.42:
                        c.rect(at, y, 1.2, 1.4, hues[rng.integers(len(hues))], rng.uniform(0.35, 1))
            if rng.random() < 0.3:
                c.line(x + w / 2, 90 - h - 10, x + w / 2, 90 - h, body, 0.9)
                c.glow(x + w / 2, 80 - h, 1.4, "ff4030", 0.9)
            x += w + rng.uniform(-1, 4)
    ripple = fbm(rng, 2.2, 4, 0.6, 6) - 0.5
    c.add(0.35 * np.exp(-(((Y - 90) / 9) ** 2)), "c87840")
    mirror = blur(warp(c.rgb, 5 * ripple, np.clip(2.2 * (90 - Y), -90, 0) + 10 * ripple), 0.3, 1.6)
    c.over(step(89.5, 90.5, Y), mirror * 0.72 + 0.02)
    return c.rgb


def street_fronts(rng, paints="c86a4c e0b860 7a9ab0 a8b888 d8c8b0 b87a8c 8a6a5a", air="b8cce0 e4e8e8"):
    """A row of house fronts with shutters, doors, awnings and flower boxes."""
    c = Canvas(sky(air, 40))
    hues, x = palette(paints), 0.0
    widths = np.array([36, 28, 42, 32, 38, 30, 50.0])
    for w, k in zip(widths * W / widths.sum(), rng.permutation(len(hues))):
        _front(c, rng, x, w, hues[k], rng.uniform(4, 20))
        x += w
    c.times(0.94 + 0.12 * fbm(rng, 6, 5, 0.6))
    stones = cells(rng, 7, 3.2, 0.5)
    c.over(
        step(116, 116.6, Y),
        ramp(np.clip(0.2 + 0.5 * stones.tone, 0, 1), "4a4644 8c867e c4bcb0")
        * step(0, 1, stones.next - stones.near)[..., None],
    )
    c.rect(0, 114, W, 2.4, "8c867e")
    return c.rgb


def _front(c, rng, x, w, paint, top):
    """Draw one house front with its windows, door, shop and awning."""
    c.rect(x, top, w, 116 - top, paint)
    c.rect(x, top, 1.2, 116 - top, paint * 0.7)
    c.rect(x - 0.6, top - 3, w + 1, 4, paint * 0.6)
    c.rect(x, top + 1, w, 2, paint * 0.75)
    n, frame = max(2, int(w / 14)), colour(("f4eee0", "e8e0d0", "3c3c40")[rng.integers(3)])
    shutter = palette("3c6a50 2c4a6a 7a3028 e8e0cc")[rng.integers(4)]
    floors = np.arange(top + 9, 84, 25)
    for y in floors:
        for k in range(n):
            wx = x + w * (k + 0.5) / n
            c.rect(wx - 4, y - 1, 8, 16, frame)
            c.rect(wx - 3, y, 6, 14, ("2a343e", "44586a", "6a88a0")[rng.integers(3)])
            c.polygon([(wx - 3, y), (wx + 1.4, y), (wx - 3, y + 8)], "a8c0d0", 0.4)
            c.rect(wx - 0.4, y, 0.8, 14, frame)
            c.rect(wx - 3, y + 5, 6, 0.8, frame)
            for side in (-6.6, 4.1):
                c.rect(wx + side, y - 1, 2.5, 16, shutter)
                for sy in np.arange(y, y + 14, 2):
                    c.rect(wx + side, sy, 2.5, 0.6, shutter * 0.7)
            if rng.random() < 0.5:
                c.rect(wx - 4.5, y + 13.5, 9, 2.4, "6a4a30")
                for fx in np.arange(wx - 4, wx + 4.5, 1.3):
                    c.ellipse(fx, y + 12.8, 1.1, 1.2, palette("e83c4c f4c0d0 4c8a3c f4b428")[rng.integers(4)])
    door = palette("6a2c24 2c5a4c 34406a 3c2c24")[rng.integers(4)]
    c.rect(x + w * 0.2 - 5, 92, 10, 24, frame)
    c.rect(x + w * 0.2 - 4, 93, 8, 23, door)
    for dy in (95, 104):
        c.rect(x + w * 0.2 - 3, dy, 2.6, 7, door * 0.7)
        c.rect(x + w * 0.2 + 0.4, dy, 2.6, 7, door * 0.7)
    c.rect(x + w * 0.44, 94, w * 0.48, 17, frame)
    c.rect(x + w * 0.46, 95, w * 0.44, 15, "2c3840")
    c.rect(x + w * 0.46, 102, w * 0.44, 8, "c8a060", 0.45)
    stripe = palette("c83c30 2c6a8a 3c7a44 d8a030")[rng.integers(4)]
    for k, at in enumerate(np.arange(x + w * 0.42, x + w * 0.92, 2.6)):
        c.polygon([(at, 91), (at + 2.6, 91), (at + 2.2, 97), (at - 0.4, 97)], stripe if k % 2 else "f4eee0")


def suspension_bridge(rng, air="c8a48c dcc8b8 ece4dc", steel="b8402c", fog="e4dcd4"):
    """A red bridge whose towers stand in drifting fog."""
    c = Canvas(sky(air, 90))
    hill(c, rng, 92, 28, 70, f"a89c98 {fog}", True)
    deck, tone = 74, colour(steel)
    towers = (60, 188)
    for x in np.arange(0, W, 4.0):
        span = ((x - 60) % 128) / 128
        y = 20 + 50 * (1 - (2 * span - 1) ** 2)
        c.line(x, y, x, deck, mix(tone, fog, 0.25), 0.5)
        nxt = ((x + 4 - 60) % 128) / 128
        c.line(x, y, x + 4, 20 + 50 * (1 - (2 * nxt - 1) ** 2), tone * 0.9, 1.4)
    for x in towers:
        for d in (-4, 4):
            c.rect(x + d - 1.7, 12, 3.4, 102, tone)
            c.rect(x + d + 0.6, 12, 1.1, 102, tone * 0.6)
        for y in (14, 30, 46, 62, 92):
            c.rect(x - 5, y, 10, 3, tone * 0.85)
        c.rect(x - 9, 110, 18, 10, "8c8078")
    c.rect(0, deck, W, 3.4, tone * 0.75)
    for x in np.arange(0, W, 6.0):
        c.path([(x, deck + 3), (x + 3, deck + 8), (x + 6, deck + 3)], tone * 0.6, 0.7)
    c.rect(0, deck + 8, W, 1, tone * 0.6)
    c.over(step(108, 112, Y), ramp(fbm(rng, 3, 4, 0.6, 6), "7a8088 a8a8a8 d0c8c0"))
    drift = fbm(rng, 22, 5, 0.5, 4)
    c.over(0.95 * step(0.35, 0.75, drift + 0.45 * np.exp(-(((Y - 100) / 22) ** 2)) - 0.1), fog)
    return c.rgb


def castle(rng, air="0c1030 2c3060 6a5a8c", stone="4a4a64", roof="2c2440", land="14202c 0c1420"):
    """A many-towered castle with lit windows on a crag above woods, under a full moon."""
    c = Canvas(sky(air, 100))
    stars(c, rng, 90, 80)
    c.glow(206, 26, 22, "a8b0e0", 0.4)
    c.ellipse(206, 26, 12, 12, mix("c8c8c0", "f4f0e0", fbm(rng, 8)))
    hill(c, rng, 100, 30, 60, _hazed(land, air, 0.6), True)
    crag = 112 - 40 * np.clip(1 - np.abs(away(116)[0]) / 84, 0, 1) ** 0.7 - 5 * skyline(rng, 12, 4)
    c.below(crag, ramp(light(fbm(rng, 14, 6, 0.6) * 8, 0.3), "2c2824 6a6058 a89c88"))
    tone = colour(stone)
    for x, w, top, foot in ((84, 64, 62, 92), (70, 24, 74, 98), (140, 30, 72, 98)):
        _wall(c, rng, x, w, top, foot, tone * rng.uniform(0.85, 1.0))
    for x, w, top in (
        (72, 10, 52),
        (90, 9, 44),
        (112, 15, 22),
        (128, 10, 38),
        (148, 12, 50),
        (166, 9, 62),
        (100, 7, 34),
    ):
        _turret(c, x, w, top, 92, tone, roof)
    for x in np.sort(rng.uniform(0, W, 120)):
        y = rng.uniform(108, 134)
        fir(c, rng, x, y, rng.uniform(10, 20), shade(land.split()[0], rng.uniform(0.5, 1.2)))
    return c.rgb


def _hazed(stops, air, t):
    """Blend every stop of a ramp with the last colour of the air, as haze does."""
    rows = palette(stops) * (1 - t) + palette(air)[-1] * t
    return " ".join("".join(f"{int(v * 255 + 0.5):02x}" for v in row) for row in rows)


def _wall(c, rng, x, w, top, foot, paint):
    """Draw a crenellated wall of rough stone."""
    c.rect(x, top, w, foot - top, paint)
    for at in np.arange(x, x + w - 1, 4):
        c.rect(at, top - 2.4, 2.2, 2.6, paint)
    for bx, by in zip(rng.uniform(x, x + w - 3, 40), rng.uniform(top, foot, 40)):
        c.rect(bx, by, 3, 1.4, paint * rng.uniform(0.82, 1.12), 0.7)
    for at in np.arange(x + 5, x + w - 3, 9):
        c.rect(at, top + 6, 1.6, 4, "ffc860")


def _turret(c, x, w, top, foot, paint, roof):
    """Draw a round tower with a cone roof and a flag."""
    for k in range(6):
        c.rect(x - w / 2 + k * w / 6, top, w / 6 + 0.3, foot - top, paint * (1.1 - 0.1 * k))
    c.rect(x - w * 0.6, top - 1, w * 1.2, 3, paint * 0.8)
    for at in np.arange(x - w * 0.6, x + w * 0.55, 2.6):
        c.rect(at, top - 3, 1.5, 2.2, paint * 0.95)
    tip = top - w * 1.6
    c.polygon([(x - w * 0.55, top - 2), (x, tip), (x + w * 0.55, top - 2)], roof)
    c.polygon([(x + w * 0.1, top - 2), (x, tip), (x + w * 0.55, top - 2)], shade(roof, 0.65))
    c.line(x, tip, x, tip - 5, "3c3030", 0.6)
    c.polygon([(x, tip - 5), (x + 5, tip - 3.8), (x, tip - 2.6)], "c83c30")
    for y in np.arange(top + 6, foot - 4, 9):
        c.rect(x - 0.9, y, 1.8, 3.6, "ffc860")


def market(rng, cloths="c83c30 f0e8d8 2c7a5a e8b030 3c5a9a d86a8c", wall="c8a880"):
    """Stalls under striped awnings with heaped fruit, crates and hanging lamps."""
    c = Canvas(ramp(fbm(rng, 30, 5), f"8a6a4c {wall} dcc4a0"))
    for x in range(12, W, 32):
        c.rect(x, 6, 14, 26, "5a4434")
        c.ellipse(x + 7, 6, 7, 7, "5a4434")
    c.over(step(104, 105, Y), ramp(cells(rng, 9, 4, 0.4).tone, "7a6858 a09080"))
    hues = palette(cloths)
    for k, x in enumerate(np.arange(0, W, 64.0)):
        _stall(c, rng, x + 3, 58, hues[[0, 2, 4, 3][k]], hues[1])
    for x in np.arange(5, W, 21.3):
        y = 20 + 5 * np.sin(x * TAU / 64)
        c.line(x, y, x + 21.3, 20 + 5 * np.sin((x + 21.3) * TAU / 64), "3c2c24", 0.5)
        c.glow(x, y + 2, 6, "ffd080", 0.35)
        c.ellipse(x, y + 2, 1.5, 1.9, "fff4cc")
    return c.rgb


def _stall(c, rng, x, w, one, two):
    """Draw a market stall with three rows of fruit under a striped awning."""
    c.rect(x + 2, 40, w - 4, 44, "3c2a20")
    for px in (x + 2, x + w - 4):
        c.rect(px, 40, 2, 76, "6a4a30")
    fruit = palette("e8402c f4a428 7ab83c f4d83c 8a3c7a e87a2c c8d84c a82c34")
    for row, y in enumerate((74, 86, 98)):
        c.rect(x + 1 - row, y + 4, w - 2 + 2 * row, 9, shade("9a6a3c", 0.8 + 0.1 * row))
        for k in range(4):
            hue = fruit[rng.integers(len(fruit))]
            for _ in range(16):
                fx, fy = x + 3 + (k + rng.uniform(0.05, 0.9)) * (w - 6) / 4, y + rng.uniform(-2, 4)
                c.ellipse(fx, fy, 2.2, 2.2, hue * rng.uniform(0.6, 0.9))
                c.ellipse(fx - 0.5, fy - 0.6, 1.1, 1.1, np.clip(hue * 1.25, 0, 1), 0.8, 0.8)
    c.rect(x, 111, w, 6, "5a3c24")
    n = 10
    for k in range(n):
        a, b = x - 3 + (w + 6) * k / n, x - 3 + (w + 6) * (k + 1) / n
        ta, tb = x + 4 + (w - 8) * k / n, x + 4 + (w - 8) * (k + 1) / n
        hue = one if k % 2 == 0 else two
        c.polygon([(ta, 34), (tb, 34), (b, 54), (a, 54)], hue)
        c.ellipse((a + b) / 2, 54, (b - a) / 2, 3.4, hue * 0.82)


def rooftops(rng, tile="8a3c28 b85a3c d88458", air="8cb4d8 e0e4dc", wall="e8dcc4"):
    """Tiled roofs stepping down a hill, with chimneys, dormers and aerials."""
    c = Canvas(sky(air, 50))
    cirrus(c, rng, 44)
    hill(c, rng, 46, 14, 80, "8a9c8c 6a8468")
    for k in range(5):
        y = 44 + 17 * k
        x = rng.uniform(-20, 0)
        while x < W - 10:
            w = rng.uniform(26, 44)
            _roof(
                c,
                rng,
                x,
                y + rng.uniform(-4, 4),
                w,
                12 + 3 * k,
                tile,
                mix(wall, air.split()[-1], 0.4 - 0.1 * k),
                k,
            )
            x += w * rng.uniform(0.85, 1.0)
    return c.rgb


def _roof(c, rng, x, y, w, s, tile, wall, k):
    """Draw a house with a tiled roof, a chimney and perhaps an aerial."""
    hue = palette(tile)[rng.integers(3)] * rng.uniform(0.85, 1.1)
    c.rect(x + 2, y + s, w - 4, 50, wall * rng.uniform(0.8, 1.0))
    for wx in np.arange(x + 6, x + w - 6, 9):
        c.rect(wx, y + s + 4, 4, 6, "3c3c44")
        c.rect(wx - 1.6, y + s + 4, 1.4, 6, "5a7a6a")
        c.rect(wx + 4.2, y + s + 4, 1.4, 6, "5a7a6a")
    ridge = rng.uniform(0.12, 0.2) * w
    c.polygon([(x, y + s), (x + ridge, y), (x + w - ridge, y), (x + w, y + s)], hue)
    for row in np.linspace(0, 1, int(s / 2) + 1)[1:]:
        a, b = x + ridge * (1 - row), x + w - ridge * (1 - row)
        c.line(a, y + s * row, b, y + s * row, hue * 0.68, 0.5)
        for tx in np.arange(a + rng.uniform(0, 2), b - 2, 3.2):
            c.rect(tx, y + s * row - 1.8, 1.5, 1.5, hue * rng.uniform(0.8, 1.2), 0.7)
    cx = x + w * rng.uniform(0.25, 0.7)
    c.rect(cx, y - 6, 4.4, 10, "9a6a54")
    c.rect(cx - 0.6, y - 7, 5.6, 1.6, "5a4038")
    if rng.random() < 0.4:
        ax = x + w * rng.uniform(0.2, 0.8)
        c.line(ax, y + 1, ax, y - 11, "3c3c40", 0.5)
        for d in (0, 2, 4):
            c.line(ax - 2.5, y - 11 + d, ax + 2.5, y - 11 + d, "3c3c40", 0.4)


def refinery(rng, air="3c2c34 8a5a4c e0a068", steel="1a1a22", smoke="ecd0bc"):
    """Stacks, tanks and pipework against a smoky dusk."""
    c = Canvas(sky(air, 104))
    sun(c, 176, 84, 10, "ffe0a0", "e87a3c", 0.5)
    for x, top in ((44, 22), (68, 34), (150, 16), (222, 28)):
        puff = fbm(rng, 12, 6, 0.55)
        drift = (X - x) % W
        d = (Y - top + 0.12 * drift + 12 * (puff - 0.5)) / (3 + drift * 0.14)
        c.over(
            0.95 * np.exp(-(d**2)) * step(0, 6, drift) * np.exp(-drift / 100),
            mix("5a4444", smoke, light(puff * 7, 0.5, 30)),
        )
        for k, tone in enumerate((1.0, 1.7, 2.6, 1.6)):
            c.polygon(
                [
                    (x - 4 + 2 * k, 118),
                    (x - 2.8 + 1.4 * k, top),
                    (x - 1.4 + 1.4 * k, top),
                    (x - 2 + 2 * k, 118),
                ],
                shade(steel, tone),
            )
        for y in (top + 3, top + 11):
            c.rect(x - 3, y, 6.2, 3, "b84a34")
    for x, w, h in ((8, 26, 24), (96, 34, 20), (186, 26, 26), (120, 22, 38)):
        for k in range(8):
            c.rect(
                x + k * w / 8,
                116 - h,
                w / 8 + 0.4,
                h,
                shade("6a6468", 0.35 + 0.9 * np.sin(np.pi * (k + 1.2) / 9.5)),
            )
        c.ellipse(x + w / 2, 116 - h, w / 2, 2.6, "8a8480")
        c.path([(x + w * 0.8, 116), (x + w * 0.2, 116 - h)], "2a2628", 0.8)
    for _ in range(26):
        x, y, n = rng.uniform(0, W), rng.uniform(70, 112), rng.uniform(10, 36)
        tone = shade(steel, rng.uniform(1, 3))
        c.path([(x, 118), (x, y), (x + n, y), (x + n, 118)], tone, 1.5)
        c.glow(x, y, 1.6, ("ffd080", "ff6040")[rng.integers(2)], 0.9)
    c.rect(0, 116, W, 12, steel)
    return c.rgb


def ferris_wheel(rng, air="1a1c44 5a3c7c f08c7c", lamps="ff5a7a ffd050 6ad0f0 a0f080 ffffff"):
    """A fairground at dusk: a big wheel, tents and strings of bulbs."""
    c = Canvas(sky(air, 104))
    cirrus(c, rng, 80, "f0a0a0", 0.4)
    hues = palette(lamps)
    x0, y0, r = 96, 56, 44
    for a in np.linspace(0, TAU, 16, endpoint=False):
        c.line(x0, y0, x0 + r * np.cos(a), y0 + r * np.sin(a), "e8d8f0", 0.6)
    t = np.linspace(0, TAU, 65)
    for g in (1.0, 0.9):
        c.path([(x0 + g * r * np.cos(a), y0 + g * r * np.sin(a)) for a in t], "f4e4f4", 0.9)
    for k, a in enumerate(np.linspace(0, TAU, 32, endpoint=False)):
        c.glow(x0 + 0.95 * r * np.cos(a), y0 + 0.95 * r * np.sin(a), 1.5, hues[k % len(hues)], 1.0)
    for k, a in enumerate(np.linspace(0, TAU, 16, endpoint=False)):
        gx, gy = x0 + r * np.cos(a), y0 + r * np.sin(a) + 3.5
        c.ellipse(gx, gy, 3.4, 3.0, shade(hues[k % len(hues)], 0.75))
        c.rect(gx - 2.4, gy - 1.6, 4.8, 1.8, "fff0c0")
    for d in (-20, 20):
        c.line(x0, y0, x0 + d, 112, "d8c8e0", 2.0)
    for x, w, h, hue in (
        (160, 44, 36, "c83048"),
        (214, 36, 28, "3c58a8"),
        (24, 40, 26, "d89030"),
        (250, 24, 22, "5a8a4c"),
    ):
        _tent(c, x, 114, w, h, hue)
    c.rect(0, 112, W, 16, "1c1830")
    for x in np.arange(0, W, 4):
        y = 98 + 5 * np.abs(np.sin(x * TAU / 128))
        c.glow(x, y, 1.0, hues[int(x / 4) % len(hues)], 1.0)
    for x in rng.uniform(0, W, 40):
        h = rng.uniform(6, 9)
        c.line(x, 116 - h * 0.7, x, 117, "0a0814", 2.4)
        c.ellipse(x, 116 - h, 1.2, 1.4, "0a0814")
    return c.rgb


def _tent(c, x, foot, w, h, hue):
    """Draw a striped round tent."""
    for k in range(8):
        a, b = x - w / 2 + w * k / 8, x - w / 2 + w * (k + 1) / 8
        tone = hue if k % 2 else "f0e4dc"
        c.polygon([(x, foot - h), (a, foot - h * 0.45), (b, foot - h * 0.45)], tone)
        c.rect(a, foot - h * 0.45, w / 8, h * 0.45, shade(tone, 0.78))
    c.polygon([(x, foot - h - 6), (x + 7, foot - h - 4), (x, foot - h - 2)], hue)


def lighthouse(rng, air="24344c 6a7c94 d8b098", rock="1c1e24 4a4c50 8a8680", sea="1a3040 3c5a68 a8b8b8"):
    """A banded lighthouse on a rock, spray at its foot and a beam in the dusk."""
    c = Canvas(sky(air, 92))
    heap = fbm(rng, 22, 6, 0.55, 2.6)
    c.over(
        0.8 * step(0.45, 0.8, heap) * step(86, 50, Y), ramp(light(heap * 8, 0.5, 60), "2c3448 6a7088 e0b8a0")
    )
    for side in (-1, 1):
        a = np.arctan2(Y - 29, away(150) * side)
        c.add(0.5 * np.exp(-(((a - 0.02) / 0.09) ** 2)) * np.exp(-np.abs(away(150)) / 90), "fff0c0")
    swell = fbm(rng, 5, 5, 0.55, 5)
    c.over(step(90.5, 91.5, Y), ramp(np.clip(light(swell * 9, 0.4, 265), 0, 1), sea))
    crag = 110 - 34 * np.clip(1 - np.abs(away(146)[0]) / 62, 0, 1) ** 0.8 - 10 * (skyline(rng, 20, 5) - 0.3)
    slab = cells(rng, 10, 8, 0.95, X + 0.3 * Y, Y)
    c.below(
        crag + 0.6 * np.clip(np.abs(away(146)[0]) - 40, 0, None),
        ramp(np.clip(slab.tone * 0.6 + 0.03 * (4 - slab.dx - slab.dy), 0, 1), rock),
    )
    for k, tone in enumerate((0.95, 1.0, 0.9, 0.72, 0.55)):
        x0, x1 = 143 + 14 * k / 5, 145.5 + 9 * k / 5
        for j in range(6):
            y0, y1, ta, tb = 36 + 7.5 * j, 36 + 7.5 * (j + 1), j / 6, (j + 1) / 6
            hue = "c83428" if j % 2 else "f4efe6"
            pts = [
                (x1 + (x0 - x1) * ta, y0),
                (x1 + 1.8 + (1 + 0) * ta + (x0 - x1) * ta, y0),
                (x1 + 1.8 + tb + (x0 - x1) * tb, y1),
                (x1 + (x0 - x1) * tb, y1),
            ]
            c.polygon(pts, shade(hue, tone))
    c.rect(143, 34, 14, 2, "2c2c30")
    c.rect(145.5, 26, 9, 8, "fff4c8")
    c.polygon([(144, 26), (150, 20), (156, 26)], "8a2c24")
    c.glow(150, 30, 8, "fff0b0", 0.9)
    for x, y in zip(rng.normal(146, 40, 160), rng.normal(108, 6, 160)):
        r = rng.uniform(0.8, 3.2)
        c.ellipse(x, y, r * 1.5, r, "eef4f4", rng.uniform(0.15, 0.6), 1.6)
    return c.rgb


def pagoda(rng, air="d8dce0 ece8e0 f4ece0", ink="2a2c30", wash="8a949c"):
    """An ink-wash view: a pagoda, pines and peaks fading into paper mist."""
    c = Canvas(sky(air))
    for k in range(4):
        outline = 70 + 16 * k - (58 - 11 * k) * skyline(rng, 62, 5, 0.5, k < 2) ** 1.4
        fade = np.exp(-np.clip(Y - outline[None, :], 0, None) / (13 + 4 * k))
        c.over(
            step(0, 1.2, Y - outline) * fade * (0.4 + 0.16 * k) * (0.7 + 0.5 * fbm(rng, 7, 5, 0.6)),
            mix(wash, ink, 0.25 * k),
        )
    x, foot = 172, 112
    for k in range(5):
        w, y = 24 - 3.4 * k, foot - 15 * k
        c.rect(x - w * 0.5, y - 11, w, 11, mix(ink, wash, 0.35))
        for dx in np.linspace(-0.4, 0.4, 5):
            c.rect(x + dx * w - 0.6, y - 10, 1.2, 10, ink)
        c.polygon(
            [
                (x - w * 0.95, y - 9),
                (x - w * 0.5, y - 13),
                (x, y - 16),
                (x + w * 0.5, y - 13),
                (x + w * 0.95, y - 9),
                (x, y - 11),
            ],
            ink,
        )
    c.line(x, foot - 92, x, foot - 74, ink, 1.4)
    for px, py, s in ((40, 118, 46), (84, 122, 30), (232, 120, 36)):
        _ink_pine(c, rng, px, py, s, ink)
    c.below(116 - 5 * skyline(rng, 50, 4), mix(ink, wash, 0.3 + 0.5 * fbm(rng, 8, 5)))
    c.ellipse(70, 26, 9, 9, "c8443c", 0.85, 1.0)
    for bx, by in ((112, 24), (120, 20), (127, 26), (104, 30)):
        c.path([(bx - 3, by - 1.5), (bx, by), (bx + 3, by - 1.8)], ink, 0.8)
    return c.rgb


def _ink_pine(c, rng, x, foot, s, ink):
    """Draw a crooked pine in short brush strokes."""
    pts = [(x + 0.16 * s * np.sin(3.2 * t), foot - s * t) for t in np.linspace(0, 1, 9)]
    c.path(pts, ink, s * 0.09, s * 0.02)
    for t in np.linspace(0.4, 1.0, 6):
        px, py = x + 0.16 * s * np.sin(3.2 * t), foot - s * t
        reach = s * 0.42 * (1.25 - t) * rng.choice([-1, 1])
        c.line(px, py, px + reach, py - 1.5, ink, s * 0.03)
        for u in np.linspace(0.2, 1.05, 9):
            for _ in range(5):
                a = rng.uniform(-2.8, -0.3)
                c.line(
                    px + reach * u,
                    py - 1.5,
                    px + reach * u + s * 0.08 * np.cos(a),
                    py - 1.5 + s * 0.08 * np.sin(a),
                    ink,
                    0.6,
                    alpha=0.8,
                )


def container_port(rng, air="8c9cac c4ccd0 e4e4dc", hues="b83c2c 1f5f8c d88a2c 3a7a5a 8a8c90 5a2f4c e8e4d8 2c3a4c"):
    """Steel boxes stacked on a quay under gantry cranes and an overcast sky."""
    c = Canvas(sky(air, 90))
    c.over(0.35 * step(0.4, 0.8, fbm(rng, 24, 5, 0.5, 3)), "7a8894")
    for x, s, tone in ((206, 0.8, "90a0ac"), (74, 1.0, "3c6a94")):
        _gantry(c, x, 100, 84 * s, colour(tone))
    paints = palette(hues)
    for row, (foot, tall, wide, haze) in enumerate(((96, 8.0, 21.333333, 0.4), (119, 12.0, 32.0, 0.0))):
        for x in np.arange(0, W - 1, wide) + row * 7:
            for k in range(int(rng.integers(2, 6)) - row):
                paint = mix(paints[rng.integers(len(paints))] * rng.uniform(0.8, 1.05), "c4ccd0", haze)
                if row and rng.random() < 0.3:
                    _container(c, rng, x, foot - tall * (k + 1), wide / 2, tall, paint)
                    paint = paints[rng.integers(len(paints))]
                    _container(c, rng, x + wide / 2, foot - tall * (k + 1), wide / 2, tall, paint)
                else:
                    _container(c, rng, x, foot - tall * (k + 1), wide, tall, paint)
    c.over(step(118.6, 119.4, Y), ramp(fbm(rng, 4, 4, 0.6, 4), "3c3e42 5a5c5e 74746e"))
    c.rect(0, 123, W, 1.2, "e0b828")
    return c.rgb


def _container(c, rng, x, y, w, h, paint):
    """Draw one corrugated container with corner posts, a plate of letters and some rust."""
    c.rect(x + 0.3, y + 0.3, w - 0.6, h - 0.3, paint)
    for k, at in enumerate(np.arange(x + 1.5, x + w - 1.6, 1.0)):
        c.rect(at, y + 1.2, 0.5, h - 2.2, shade(paint, 0.78 if k % 2 else 1.12))
    c.rect(x + 0.3, y + 0.3, w - 0.6, 0.9, shade(paint, 1.25))
    c.rect(x + 0.3, y + h - 1, w - 0.6, 1, shade(paint, 0.5))
    for at in (x + 0.3, x + w - 1.3):
        c.rect(at, y + 0.3, 1.0, h - 0.3, shade(paint, 0.65))
    ink = "f4f0e8" if paint.mean() < 0.6 else "24304c"
    for at in np.arange(x + w * 0.12, x + w * rng.uniform(0.3, 0.8), 2.4):
        c.rect(at, y + h * 0.35, 1.6, h * 0.22, ink, 0.9)
    if rng.random() < 0.4:
        c.ellipse(x + w * rng.uniform(0.2, 0.8), y + h * 0.85, w * 0.16, h * 0.16, "7a3c1c", 0.5, 1.5)


def _gantry(c, x, foot, s, paint):
    """Draw a ship-to-shore crane with its boom and a box in the air."""
    for dx in (-0.2, 0.2):
        c.line(x + dx * s, foot, x + dx * s * 0.8, foot - 0.66 * s, paint, 0.05 * s)
        c.line(x + dx * s, foot, x - dx * s * 0.86, foot - 0.4 * s, paint * 0.8, 0.02 * s)
    for y in (0.4, 0.64):
        c.rect(x - 0.2 * s, foot - y * s, 0.4 * s, 0.05 * s, paint * 0.85)
    top = foot - 0.98 * s
    c.line(x + 0.12 * s, foot - 0.66 * s, x + 0.02 * s, top, paint, 0.04 * s)
    c.rect(x - 0.78 * s, foot - 0.7 * s, 1.26 * s, 0.05 * s, paint * 1.1)
    for end in (-0.74, -0.4, 0.44):
        c.line(x + 0.02 * s, top, x + end * s, foot - 0.68 * s, paint * 0.7, 0.8)
    for dx in (-0.03, 0.03):
        c.line(x + (dx - 0.52) * s, foot - 0.68 * s, x + (dx - 0.52) * s, foot - 0.46 * s, "3c4044", 0.5)
    c.rect(x - 0.64 * s, foot - 0.47 * s, 0.24 * s, 0.09 * s, "c85a2c")


def crossing(rng, road="3c3e44 4a4c52 5a5b5e", paving="a89c8c c4b8a8 d8d0c0", mark="f0eee4"):
    """A street crossing from straight above: zebra stripes, cars and walkers with long shadows."""
    c = Canvas(ramp(cells(rng, 4, 4, 0.1).tone * 0.5 + 0.5 * fbm(rng, 20, 4), paving))
    across, along = np.abs(Y - 66), np.abs(away(104))
    c.over(np.clip(step(26.5, 25.5, across) + step(30.5, 29.5, along), 0, 1), "8c8880")
    c.over(np.clip(step(24.5, 23.5, across) + step(28.5, 27.5, along), 0, 1), ramp(fbm(rng, 5, 5, 0.65, 2), road))
    far_x, far_y = along > 44, across > 40
    c.over(far_x * (across < 0.9) * (across > 0.3) + far_y * (along < 0.9) * (along > 0.3), "e8c040")
    c.over(far_x * (np.abs(across - 12) < 0.5) * (X % 12 < 6) + far_y * (np.abs(along - 14) < 0.5) * (Y % 12 < 6), mark)
    stripes_x, stripes_y = (X - 104) % 6 < 3.2, (Y - 66) % 6 < 3.2
    worn = 0.75 + 0.25 * step(0.3, 0.5, fbm(rng, 3, 4, 0.65))
    c.over(worn * (along < 27) * (np.abs(across - 32) < 5) * stripes_x, mark)
    c.over(worn * (across < 23) * (np.abs(along - 36) < 5) * stripes_y, mark)
    c.over(far_y * (across > 40.2) * (across < 41.8) * (along < 27), mark)
    c.over(far_x * (along > 44.2) * (along < 45.8) * (across < 23), mark)
    for x, y, w, h, hue in ((-2, -8, 64, 38, "7a5a4c"), (146, -4, 50, 32, "8c9298"), (158, 100, 62, 40, "a8543c")):
        _flat_roof(c, rng, x, y, w, h, colour(hue))
    c.over((along > 34) * (away(104) < -34) * (Y > 97), ramp(fbm(rng, 5, 4, 0.6), "4c7a30 6a9a40"))
    for x, y, r in ((10, 106, 9), (34, 118, 11), (56, 105, 7), (250, 122, 9), (214, 20, 9), (236, 12, 8), (230, 30, 6)):
        c.ellipse(x + 0.7 * r, y + 0.6 * r, r, r * 0.9, "1c2018", 0.5, 2)
        for _ in range(34):
            a, b = rng.uniform(0, TAU), r * 0.85 * np.sqrt(rng.random())
            tone = 1 - 0.35 * (np.cos(a) + np.sin(a)) * b / r + rng.uniform(-0.15, 0.15)
            c.ellipse(x + b * np.cos(a), y + b * np.sin(a), r * 0.28, r * 0.25, shade("4a8034", tone), 1, 0.8)
    cars = palette("e8e8e4 18181c c02c24 2c5a9c e8b820 8a9098 e8e8e4")
    for x, y, turn in (
        (16, 60, 0), (46, 48, 0), (52, 72, 1), (172, 60, 0), (206, 48, 0), (160, 84, 1), (188, 72, 1), (240, 84, 1),
        (90, 8, 2), (111, 118, 3), (90, 66, 2), (125, 114, 3),
    ):
        _car_from_above(c, x, y, turn, cars[rng.integers(len(cars))])
    coats = palette("c83c34 2c2c34 e8d8b0 3c6a9a f0f0ec 5a3a6a")
    for k in range(46):
        x, y = (rng.uniform(78, 130), 66 + rng.choice([-1, 1]) * rng.uniform(27, 37)) if k < 18 else (
            rng.uniform(0, W), 66 + rng.choice([-1, 1]) * rng.uniform(27, 32))
        c.line(x, y, x + 4.5, y + 3.5, "14141a", 1.3, 0.8, alpha=0.5)
        c.ellipse(x, y, 1.5, 1.1, coats[rng.integers(len(coats))])
        c.ellipse(x, y - 0.3, 0.6, 0.6, "2a1c14")
    return c.rgb


def _flat_roof(c, rng, x, y, w, h, paint):
    """Draw a flat roof from above with its parapet, shadow and machines."""
    c.polygon([(x + w, y), (x + w + 9, y + 7), (x + w + 9, y + h + 7), (x + 9, y + h + 7), (x, y + h)], "14161c", 0.55)
    c.rect(x, y, w, h, shade(paint, 1.35))
    c.rect(x + 1.5, y + 1.5, w - 3, h - 3, paint)
    c.rect(x + 1.5, y + 1.5, w - 3, 2, shade(paint, 0.6))
    for _ in range(9):
        px, py, s = x + rng.uniform(4, w - 12), y + rng.uniform(5, h - 10), rng.uniform(3, 7)
        c.rect(px + 1.2, py + 1, s, s * 0.8, shade(paint, 0.5))
        c.rect(px, py, s, s * 0.8, "c8ccd0")
        c.ellipse(px + s / 2, py + s * 0.4, s * 0.24, s * 0.24, "5a6068")


def _car_from_above(c, x, y, turn, paint):
    """Draw a car from above; turn counts quarter turns: 0 heads left, 1 right, 2 down, 3 up."""
    flip, upright = (1 if turn in (1, 2) else -1), turn > 1

    def block(a0, a1, b0, b1, hue, alpha=1.0):
        """Fill a box given along and across the car."""
        a0, a1 = sorted((a0 * flip, a1 * flip))
        box = (x + b0, y + a0, b1 - b0, a1 - a0) if upright else (x + a0, y + b0, a1 - a0, b1 - b0)
        c.rect(*box, hue, alpha)

    c.ellipse(x + 2.4, y + 2, 4.6 if upright else 8.4, 8.4 if upright else 4.6, "0c0c10", 0.5, 1.6)
    block(-7.6, 7.6, -3.1, 3.1, paint)
    block(-8.2, 8.2, -2.4, 2.4, paint)
    block(-5.2, 3.8, -2.8, 2.8, "20262e")
    block(-3.6, 1.6, -2.6, 2.6, shade(paint, 1.1))
    block(7.4, 8.4, -2.6, -1.4, "fff4c0")
    block(7.4, 8.4, 1.4, 2.6, "fff4c0")


def chain_link(rng, air="5aa0dc a8d0ec f0e8d4", turf="4c8a34 6aa844", steel="8a9298"):
    """A wire fence in sharp focus before a blurred football pitch."""
    c = Canvas(sky(air, 52))
    c.over(step(54, 58, Y + 9 * skyline(rng, 40, 4)[None, :]), "2c5a34")
    c.over(step(58, 60, Y), mix(*palette(turf), np.floor((X + 0.4 * Y) / 32) % 2))
    for y, w in ((66, 1.2), (98, 2.4)):
        c.rect(0, y, W, w, "f4f8f0")
    c.ellipse(150, 82, 40, 9, "f4f8f0", 0.9)
    c.over(np.hypot(away(150) / 38, (Y - 82) / 7.6) < 1, mix(*palette(turf), np.floor((X + 0.4 * Y) / 32) % 2))
    for corner in ((60, 62), (60, 44), (96, 44), (96, 62)):
        c.line(*corner, 60 if corner[0] == 60 else 96, 44, "ffffff", 2)
    c.line(60, 44, 96, 44, "ffffff", 2)
    for k, (x, y) in enumerate(((34, 84), (172, 92), (120, 76), (212, 78), (236, 100))):
        tall, hue = (y - 50) * 0.5, ("d82c2c", "1c3cb0")[k % 2]
        c.line(x, y - tall * 0.45, x - 2, y, "f0d0b0", 3)
        c.line(x, y - tall * 0.85, x, y - tall * 0.4, hue, 6)
        c.ellipse(x, y - tall, 2.6, 3, "c89870")
    c.ellipse(140, 96, 2.6, 2.6, "ffffff")
    c.rgb = blur(c.rgb, 2.4)
    c.over(step(112, 124, Y + 6 * noise(rng, 9)), blur(ramp(fbm(rng, 4, 4, 0.6, 0.5), "1c2c10 4a6a24"), 0.6))
    bend = 0.9 * noise(rng, 24), 0.9 * noise(rng, 24)
    u, v = X + bend[0], Y + 4 + bend[1]
    for d in (1, -1):
        across = (u + d * v * 1.142857 + 16) % 32 - 16
        hook = np.sin((u - d * v * 1.142857) * TAU / 32)
        off = np.abs(across * 0.7 + 1.3 * np.sign(hook) * np.abs(hook) ** 8)
        c.over(0.35 * step(1.6, 0.6, np.abs(off - 1.5)), "1c2430")
        tone = 0.75 + 0.5 * np.clip(0.5 - across * d, -0.5, 1) * 0.6
        metal = np.clip(colour(steel) * (tone * (0.85 + 0.4 * fbm(rng, 5, 4, 0.6)))[..., None], 0, 1)
        c.over(step(1.25, 0.65, off), mix(metal, "7a3c1c", 0.8 * step(0.6, 0.75, fbm(rng, 26, 5, 0.65))))
    for k, tone in enumerate((0.5, 0.9, 1.3, 1.0, 0.6)):
        c.rect(0, 5 + 1.3 * k, W, 1.4, shade(steel, tone))
        c.rect(222 + 1.7 * k, 0, 1.8, H, shade(steel, tone))
    for y in (28, 62, 96):
        c.rect(220.6, y, 11.4, 2.2, shade(steel, 0.55))
        c.rect(220.6, y, 11.4, 0.8, shade(steel, 1.3))
    return c.rgb


def snow_village(rng, air="0c1c4c 2c4a8a 8a7aa8 e8a890", snow="5a78b8 8aa8d8 c8d8f0", lamp="ffc860"):
    """Chalets deep in snow at the blue hour, every window lit, smoke above the roofs."""
    c = Canvas(sky(air, 62))
    stars(c, rng, 40, 34)
    hill(c, rng, 62, 30, 90, "3c4a84 6a7ab0 8a98c4", True)
    hill(c, rng, 66, 14, 60, "24386a 3c5288")
    for x in np.sort(rng.uniform(0, W, 60)):
        fir(c, rng, x, rng.uniform(56, 66), rng.uniform(7, 14), "1c2c50", "5a74a8")
    for row in range(4):
        foot = 74 + 15.5 * row
        outline = foot - 12 - 7 * skyline(rng, 120, 3, 0.35)
        c.below(outline, ramp(np.clip((Y - outline[None, :]) / 30 + 0.3 * (fbm(rng, 14, 4) - 0.5), 0, 1), snow))
        if row == 1:
            _chapel(c, 152, foot - 5, 21, lamp)
        places = np.arange(0, W, (44, 51, 64, 85)[row] * 1.0) + 17 * row + rng.uniform(-5, 5)
        for x in places:
            if row != 1 or abs(x - 152) > 22:
                _chalet(c, rng, x, foot + rng.uniform(-4, 1), 9 + 3.6 * row, lamp)
            fir(c, rng, x + 20 + 5 * row, foot + 2, rng.uniform(12, 16) + 5 * row, "14284a", "a8c0e8")
    c.below(124 - 5 * skyline(rng, 90, 3), "c8d8f4")
    for x, y, r in zip(rng.uniform(0, W, 190), rng.uniform(0, H, 190), rng.random(190)):
        c.ellipse(x, y, 0.5 + 0.7 * r, 0.5 + 0.7 * r, "f0f4ff", 0.35 + 0.5 * r)
    return c.rgb


def _chalet(c, rng, x, foot, s, lamp):
    """Draw a timber house with a thick roof of snow, lit windows and a smoking chimney."""
    wood = shade("5a3420", rng.uniform(0.8, 1.3))
    c.glow(x, foot - s * 0.2, s * 1.1, lamp, 0.22)
    c.rect(x - s, foot - s * 0.95, 2 * s, s * 0.95, wood)
    c.polygon([(x - s, foot - s * 0.9), (x, foot - s * 1.7), (x + s, foot - s * 0.9)], wood * 0.85)
    for k in np.arange(0.12, 0.95, 0.16):
        c.line(x - s, foot - s * k, x + s, foot - s * k, wood * 0.6, 0.5)
    for wx, wy in ((-0.6, 0.62), (0.05, 0.62), (0.62, 0.62), (0, 1.2), (-0.6, 0.22)):
        c.rect(x + (wx - 0.15) * s, foot - (wy + 0.15) * s, s * 0.3, s * 0.28, "fff0b8" if rng.random() < 0.7 else lamp)
        c.rect(x + (wx - 0.015) * s, foot - (wy + 0.15) * s, s * 0.04, s * 0.28, wood * 0.5)
        c.rect(x + (wx - 0.2) * s, foot - (wy - 0.13) * s, s * 0.4, s * 0.07, "e8f0ff")
    c.rect(x + 0.2 * s, foot - 0.42 * s, s * 0.3, s * 0.42, wood * 0.45)
    c.rect(x - s, foot - 0.86 * s, 2 * s, 0.05 * s, wood * 0.4)
    c.rect(x + 0.45 * s, foot - 1.95 * s, 0.26 * s, 0.6 * s, "4a4450")
    c.rect(x + 0.41 * s, foot - 2.04 * s, 0.34 * s, 0.13 * s, "e8f0ff")
    eaves, ridge = (1.28, 0.82), 1.74
    for lift, tone in ((0.0, "7a94c8"), (0.12, "b8cef0"), (0.2, "e4eeff")):
        left, right = (x - eaves[0] * s, foot - (eaves[1] + lift) * s), (x + eaves[0] * s, foot - (eaves[1] + lift) * s)
        c.path([left, (x, foot - (ridge + lift) * s), right], tone, s * (0.24 - 0.06 * (lift > 0)))
    for t in np.linspace(0.05, 1, 14):
        r = s * (0.1 + 0.35 * t)
        c.ellipse(x + (0.58 + 0.6 * t * t) * s, foot - (2.1 + 1.7 * t) * s, r, r * 0.7, "a8b0d0", 0.2 * (1.1 - t), r)


def _chapel(c, x, foot, s, lamp):
    """Draw a white chapel with a steep spire."""
    c.rect(x - 0.2 * s, foot - 0.8 * s, 1.5 * s, 0.8 * s, "8a90b4")
    c.polygon([(x - 0.2 * s, foot - 0.75 * s), (x, foot - 1.25 * s), (x + 1.2 * s, foot - 1.25 * s),
               (x + 1.4 * s, foot - 0.72 * s)], "dce6fa")
    c.rect(x - 0.35 * s, foot - 1.7 * s, 0.6 * s, 1.7 * s, "a8aecc")
    tip, eaves = (x - 0.05 * s, foot - 3.0 * s), foot - 1.68 * s
    c.polygon([(x - 0.45 * s, eaves), tip, (x + 0.35 * s, eaves)], "34406c")
    c.polygon([(x - 0.45 * s, eaves), tip, (x - 0.12 * s, eaves)], "dce6fa")
    for wx, wy in ((-0.05, 1.35), (0.5, 0.45), (0.85, 0.45), (1.15, 0.45), (-0.05, 0.7)):
        c.rect(x + (wx - 0.07) * s, foot - (wy + 0.14) * s, 0.14 * s, 0.3 * s, lamp)
    c.line(x - 0.05 * s, foot - 3.25 * s, x - 0.05 * s, foot - 2.95 * s, "f4e0a0", 0.8)
