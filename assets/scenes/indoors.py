"""Rooms, halls and works from the inside."""

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
    mix,
    noise,
    palette,
    radius,
    ramp,
    shade,
    step,
)


def living_room(
    rng, wall="c8b090", paper="b89a78", sofa="3c6a74", rug="a84a3c", floor="5a3a24 8a5c38 a87848"
):
    """A papered wall with pictures, a sofa with cushions, a lamp, a plant and a window."""
    c = Canvas(wall)
    motif = np.cos(X * TAU / 8) * np.cos(Y * TAU / 8 + np.pi * (np.floor(X / 8) % 2))
    c.over(0.8 * step(0.35, 0.5, motif), paper)
    boards = np.floor((Y - 100) / 4)
    c.over(
        step(100, 100.4, Y),
        ramp(
            np.clip(
                fbm(rng, 3, 5, 0.6, 9) * 0.6 + 0.4 * ((boards * 0.37) % 1),
                0,
                1,
            ),
            floor,
        ),
    )
    c.rect(0, 96, W, 4, shade(wall, 1.25))
    _window(c, rng, 18, 14, 46, 56)
    for x, y, w, h in ((92, 22, 22, 28), (120, 16, 34, 24), (122, 46, 16, 14), (144, 45, 12, 16)):
        _framed(c, rng, x, y, w, h)
    c.ellipse(128, 116, 76, 9, rug, 1, 0.8)
    c.ellipse(128, 116, 68, 7.4, shade(rug, 1.5), 1, 0.8)
    c.ellipse(128, 116, 63, 6.4, shade(rug, 0.85), 1, 0.8)
    _sofa(c, rng, 92, 106, 84, sofa)
    c.glow(206, 50, 40, "ffb868", 0.2)
    c.line(206, 56, 206, 110, "3c2c20", 1.6)
    c.ellipse(206, 111, 9, 2, "3c2c20")
    c.polygon([(197, 58), (201, 38), (211, 38), (215, 58)], "ffe8b8")
    c.rect(228, 100, 14, 15, "a85a38")
    for a in np.linspace(-2.9, -0.25, 15) + rng.normal(0, 0.1, 15):
        r = rng.uniform(16, 30)
        pts = [(235 + r * t * np.cos(a), 100 + r * t * np.sin(a) + 6 * t * t) for t in np.linspace(0, 1, 6)]
        c.path(pts, shade("3c7a3c", rng.uniform(0.6, 1.3)), 3.4, 0.5)
    c.times(0.72 + 0.4 * np.exp(-((radius(170, 50, 1.6) / 90) ** 2)))
    return c.rgb


def _window(c, rng, x, y, w, h):
    """Draw a window with curtains and a garden behind it."""
    view = ramp(
        np.clip((Y - y) / h, 0, 1) + 0.08 * (fbm(rng, 8) - 0.5),
        "8cc0ec d8ecf4 6a9a5c 3c6a34",
        (0, 0.6, 0.66, 1),
    )
    c.rect(x - 3, y - 3, w + 6, h + 6, "f4efe4")
    c.rect(x, y, w, h, np.broadcast_to(view, (NY, NX, 3)))
    c.rect(x + w / 2 - 1, y, 2, h, "f4efe4")
    c.rect(x, y + h * 0.4, w, 1.6, "f4efe4")
    c.rect(x - 5, y + h + 3, w + 10, 3, "e4dccc")
    for d in (-1, 1):
        at = x - 6 if d < 0 else x + w - 6
        for k in range(6):
            c.rect(at + 2 * k, y - 6, 2.1, h + 18, shade("b8683c", 0.75 + 0.35 * np.sin(1.9 * k + d) ** 2))
    c.rect(x - 9, y - 7, w + 18, 2, "4a3020")


def _framed(c, rng, x, y, w, h):
    """Draw a framed abstract picture with its shadow."""
    c.rect(x + 1, y + 1.4, w, h, "000000", 0.3)
    c.rect(x, y, w, h, palette("3c2818 b8923c e8e4dc 20242c")[rng.integers(4)])
    c.rect(x + 1.6, y + 1.6, w - 3.2, h - 3.2, "f4ecdc")
    hues = palette("c8503c 3c6a8a e0b048 4a7a4c 2c2c38 d89a8c")[rng.permutation(6)]
    c.rect(x + 4, y + 4, w - 8, h - 8, hues[0])
    c.ellipse(x + w * rng.uniform(0.35, 0.65), y + h * 0.45, w * 0.16, w * 0.16, hues[1])
    c.rect(x + 4, y + h * 0.6, w - 8, h * 0.4 - 4, hues[2])


def _sofa(c, rng, x, foot, w, hue):
    """Draw a two-seat sofa with cushions."""
    for at in (x + 4, x + w - 8):
        c.rect(at, foot - 2, 4, 6, "3c2818")
    c.ellipse(x + w / 2, foot + 3, w * 0.55, 3, "1c100c", 0.4, 2)
    c.rect(x + 3, foot - 32, w - 6, 26, shade(hue, 0.85))
    for k in range(2):
        bx = x + 8 + k * (w - 16) / 2
        c.rect(bx, foot - 31, (w - 18) / 2, 18, shade(hue, 1.0))
        c.rect(bx, foot - 31, (w - 18) / 2, 3, shade(hue, 1.2))
        c.rect(bx - 0.5, foot - 15, (w - 17) / 2, 9, shade(hue, 1.15))
        c.rect(bx - 0.5, foot - 8, (w - 17) / 2, 2, shade(hue, 0.6))
    for at in (x - 3, x + w - 7):
        c.ellipse(at + 5, foot - 19, 6, 5, shade(hue, 1.2))
        c.rect(at, foot - 19, 10, 19, shade(hue, 0.95))
    for px, tone in ((x + 16, "e8b84c"), (x + w - 24, "d8684c"), (x + w - 34, "f0e8d8")):
        c.polygon([(px, foot - 28), (px + 13, foot - 26), (px + 12, foot - 14), (px - 1, foot - 15)], tone)
        c.polygon([(px, foot - 28), (px + 13, foot - 26), (px + 6, foot - 20)], shade(tone, 1.12))


def bookshelves(
    rng, cloth="7a2c24 2c4a6a 3c5c34 b08a3c d8ccb0 4a2c4c 8a5a34 20242c a8443c 5a7a7c", wood="4a2c18", rows=5
):
    """Shelf over shelf of books, upright and leaning, with a few ornaments."""
    c = Canvas(shade(wood, 0.32))
    hues, pitch = palette(cloth), H / rows
    for r in range(rows):
        foot, x = (r + 1) * pitch - 3, 0.0
        while x < W - 1:
            roll = rng.random()
            if roll < 0.025 and x < W - 16:
                _ornament(c, rng, x + 6, foot, pitch * 0.6)
                x += 13
                continue
            if roll < 0.1 and x < W - 18:
                for k in range(int(rng.integers(2, 5))):
                    c.rect(
                        x + rng.uniform(0, 2),
                        foot - 3 * (k + 1),
                        14,
                        2.8,
                        hues[rng.integers(len(hues))] * rng.uniform(0.6, 1),
                    )
                x += 17
                continue
            w, h = min(rng.uniform(2.6, 6.5), W - x), pitch * rng.uniform(0.58, 0.84)
            _book(c, rng, x, foot, w, h, hues[rng.integers(len(hues))] * rng.uniform(0.65, 1.12))
            x += w
        c.times(1 - 0.5 * step(9, 0, Y - r * pitch) * (Y > r * pitch))
        grain = fbm(rng, 3, 4, 0.6, 14)
        c.over((Y > foot) & (Y < foot + 3.2), ramp(grain, f"2a1810 {wood} 8a5c34"))
        c.rect(0, foot, W, 0.7, shade(wood, 2.0))
    for x in (0, 128):
        c.rect(x, 0, 4, H, shade(wood, 1.2))
        c.rect(x + 3, 0, 1, H, shade(wood, 0.5))
    return c.rgb


def _book(c, rng, x, foot, w, h, hue):
    """Draw one book, upright or leaning, with marks on its spine."""
    lean = rng.choice([0, 0, 0, 0, 0, 2.2])
    for k, tone in enumerate((0.7, 1.0, 1.18, 0.95, 0.65)):
        a, b = x + w * k / 5, x + w * (k + 1) / 5
        c.polygon(
            [(a, foot), (b + 0.2, foot), (b + 0.2 + lean, foot - h), (a + lean, foot - h)],
            np.clip(hue * tone, 0, 1),
        )
    mark = palette("e0c070 f0e8d8 1c1814")[rng.integers(3)]
    if w > 3.4:
        for t in rng.choice([0.12, 0.2, 0.3, 0.7, 0.8, 0.88], 2, replace=False):
            c.rect(x + 0.5 + lean * t, foot - h * t, w - 1, 0.9, mark, 0.85)
        c.rect(x + w * 0.3 + lean * 0.5, foot - h * 0.6, w * 0.4, h * 0.2, mark, 0.7)


def _ornament(c, rng, x, foot, s):
    """Draw a vase or a globe."""
    hue = palette("c8a050 6a8a9a b85a44 e8e0d0")[rng.integers(4)]
    if rng.random() < 0.5:
        c.ellipse(x, foot - s * 0.5, s * 0.36, s * 0.4, hue)
        c.ellipse(x - s * 0.1, foot - s * 0.6, s * 0.14, s * 0.18, np.clip(hue * 1.4, 0, 1), 0.7, 1)
        c.rect(x - s * 0.12, foot - s * 1.1, s * 0.24, s * 0.3, hue * 0.8)
    else:
        c.rect(x - s * 0.2, foot - s * 0.12, s * 0.4, s * 0.12, "3c2818")
        c.ellipse(x, foot - s * 0.55, s * 0.38, s * 0.38, "3c6a9a")
        c.ellipse(x - s * 0.1, foot - s * 0.6, s * 0.16, s * 0.22, "6a9a4c", 1, 0.8)


def kitchen(rng, tile="f0ece0 dce4e0", grout="b8b4a8", cabinet="5a7a6a", top="6a4a34"):
    """Glazed tiles, hanging pans, jars on a shelf, a stove, a worktop."""
    c = Canvas(grout)
    col, row = np.floor(X / 8), np.floor(Y / 8)
    u, v = X / 8 - col, Y / 8 - row
    inside = step(0.03, 0.08, np.minimum(np.minimum(u, 1 - u), np.minimum(v, 1 - v)))
    tint = ((col * 7 + row * 13) % 11) / 11
    c.over(inside, mix(*palette(tile), tint) * (1.02 - 0.12 * v + 0.06 * (u < 0.2))[..., None])
    motif = ((col + row) % 4 == 0) * step(0.3, 0.24, np.abs(u - 0.5) + np.abs(v - 0.5))
    c.over(motif, "3c6a9a")
    c.rect(0, 20, W, 1.4, "3c3c40")
    for k, x in enumerate(np.arange(10, 128, 19)):
        r, tone = 5 + 3 * ((k * 5) % 3) / 2, ("b8683c", "4a4c54", "a8acb4")[k % 3]
        c.rect(x - 0.6, 20, 1.2, 12, "2c2c30")
        c.ellipse(x, 32 + r, r, r, tone)
        c.ellipse(x - r * 0.25, 32 + r * 0.75, r * 0.62, r * 0.62, shade(tone, 1.35), 0.7, 1.5)
    c.rect(136, 44, 112, 3, "8a6440")
    for x in np.arange(140, 244, 11):
        h, tone = rng.uniform(10, 18), palette("c8a060 d8c8a0 8a4a34 5a6a3c e8e0c8 a83c30")[rng.integers(6)]
        c.rect(x, 44 - h, 8, h, "e4ecec", 0.75)
        c.rect(x + 0.8, 44 - h * 0.7, 6.4, h * 0.7, tone)
        c.rect(x + 0.4, 42 - h, 7.2, 2.6, "6a4a34")
        c.rect(x + 1.4, 44 - h, 0.9, h, "ffffff", 0.6)
    c.rect(0, 88, W, 5, top)
    c.rect(0, 88, W, 1.2, shade(top, 1.6))
    for x in np.arange(0, W, 32.0):
        if x == 96:
            _stove(c, x)
            continue
        c.rect(x, 93, 32, 35, cabinet)
        c.rect(x + 2.5, 96, 27, 30, shade(cabinet, 1.18))
        c.rect(x + 5, 99, 22, 24, shade(cabinet, 0.92))
        c.ellipse(x + 26, 110, 1.2, 1.2, "e8d8a0")
    for x, s in ((152, 9), (166, 6)):
        c.ellipse(x, 88 - s * 0.5, s, s * 0.5, "e8e4dc")
        for a in np.linspace(np.pi, TAU, 5):
            c.ellipse(
                x + s * 0.55 * np.cos(a),
                85 - s * 0.5 + s * 0.3 * np.sin(a),
                s * 0.3,
                s * 0.3,
                palette("e8502c f0b83c 8ab83c")[rng.integers(3)],
            )
    c.rect(206, 66, 14, 22, "c8ccd0")
    c.rect(208, 68, 10, 9, "3c4c5c")
    return c.rgb


def _stove(c, x):
    """Draw a cooker with a pot on it."""
    c.rect(x, 88, 32, 40, "d8d8d8")
    c.rect(x + 3, 100, 26, 20, "24262c")
    c.rect(x + 5, 102, 22, 15, "5a3c28")
    for k in range(4):
        c.ellipse(x + 6 + 6.6 * k, 94.5, 1.9, 1.9, "3c3c40")
    c.rect(x + 3, 85, 26, 3, "2c2c30")
    c.rect(x + 5, 70, 20, 15, "b83c34")
    c.rect(x + 7, 70, 3, 15, "e0746a")
    c.rect(x + 1, 73, 4, 2, "2c2c30")
    c.rect(x + 25, 73, 4, 2, "2c2c30")


def server_hall(rng, glow="2c6ad8", leds="50ff90 40a0ff ffb040 ff4040", metal="10141c 242c38"):
    """An aisle of racks with blinking lamps, running to a vanishing point."""
    c = Canvas("06080e")
    d = np.maximum(np.abs(away(128)) / 128, np.abs(Y - 58) / 90)
    depth = 1 / np.clip(d, 0.04, None)
    side = np.abs(away(128)) / 128 >= np.abs(Y - 58) / 90
    rack, level = np.floor(depth * 1.6), (Y - 58) / np.clip(np.abs(away(128)), 4, None)
    unit_row = np.floor(level * 16)
    seam = np.abs((depth * 1.6) % 1 - 0.5) > 0.46
    slot = np.abs((level * 16) % 1 - 0.5) > 0.38
    tone = 0.3 + 0.5 * ((rack * 0.618 + unit_row * 0.383) % 1)
    walls = ramp(tone, metal + " 3c4a5c") * (1 - 0.55 * slot)[..., None] * (1 - 0.7 * seam)[..., None]
    fade = np.clip(0.25 + d * 1.1, 0, 1.1)
    c.over(side, walls * fade[..., None])
    cell_a, cell_b = np.floor(depth * 22), np.floor(level * 32)
    pick = np.abs(np.sin(cell_a * 12.9898 + cell_b * 78.233 + 31 * np.sign(away(128)))) * 437.58 % 1
    lamp = (
        side
        * (pick > 0.78)
        * (np.abs((depth * 22) % 1 - 0.5) < 0.34)
        * (np.abs((level * 32) % 1 - 0.5) < 0.25)
        * (np.abs(level) < 0.66)
    )
    c.over(0.95 * lamp * step(0.05, 0.2, d), palette(leds)[(pick * 97 % 1 * 3.99).astype(int)])
    across = away(128) / np.clip(np.abs(Y - 58), 2, None)
    panel = (np.abs((across * 2.2) % 1 - 0.5) > 0.46) | (np.abs((depth * 2.4) % 1 - 0.5) > 0.46)
    floor = ramp(np.clip(fade * 0.8 - 0.3 * panel, 0, 1), "0a0e16 2c3848 7a8ca0")
    c.over(~side & (Y > 58), floor)
    strip = (np.abs(across) < 0.35) & (np.abs((depth * 2.4) % 1 - 0.5) < 0.3)
    c.over(~side & (Y < 58), mix("10141c", "e4f0ff", strip * 1.0) * fade[..., None])
    c.add(0.55 * np.exp(-d * 4), glow)
    return c.rgb


def nave(rng, stone="2c2420 7a6650 d8c4a0", glass="c83c30 3c5ac8 e8b83c 4c9a50 8a3ca0", beam="ffe8b0"):
    """A vaulted nave: nested arches, columns, a rose window and beams of light."""
    c = Canvas(ramp(fbm(rng, 8), stone))
    for k, s in enumerate((1.5, 1.16, 0.9, 0.69, 0.53, 0.41)):
        x, low = np.abs(away(128)) / s, (Y - 62) / s
        arch = np.hypot(x + 20, np.clip(-low, 0, None)) - 92
        opening = np.where(low < 0, arch, x - 72)
        tone = mix(shade(stone.split()[1], 0.55 + 0.14 * k), stone.split()[2], 0.07 * k)
        c.over(step(1, 0, opening), tone * (0.8 + 0.4 * fbm(rng, 5, 4))[..., None])
        for off, w, f in ((0, 4.5, 1.25), (-5, 1.6, 0.6), (5, 1.5, 0.7)):
            c.over(
                step(w * s * 0.5 + 0.5, w * s * 0.5 - 0.5, np.abs(opening * s - off * s)),
                np.clip(tone * f, 0, 1),
            )
        blocks = (np.abs((low / 7) % 1 - 0.5) > 0.45) & (opening > -12) & (opening < 6)
        c.over(0.35 * blocks, shade(stone.split()[0], 0.8))
    _rose(c, rng, 128, 46, 17, glass)
    c.rect(110, 70, 36, 34, shade(stone.split()[1], 0.8))
    for x in (114, 124, 134):
        c.rect(x, 72, 7, 24, palette(glass)[rng.integers(5)])
        c.rect(x + 3, 72, 0.8, 24, "1c1814")
    across = away(128) / np.clip(Y - 66, 2, None)
    tile = (np.floor(across * 3) + np.floor(260 / np.clip(Y - 66, 2, None))) % 2
    floor = step(0, 1.5, (Y - 98) - np.abs(away(128)) * 0.02) * step(1.9, 1.7, np.abs(across))
    c.over(floor, mix("3c2c24", "b89c78", tile * (0.5 + 0.5 * fbm(rng, 10))))
    for x in (30, 64, 178, 214):
        slant = np.abs(away(x) - (Y - 10) * 0.42) - 5 - 0.05 * Y
        c.add(0.2 * step(3, -3, slant) * step(128, 20, Y), beam)
    return c.rgb


def _rose(c, rng, x, y, r, glass):
    """Draw a round window of coloured panes."""
    c.ellipse(x, y, r + 2, r + 2, "1c1612")
    hues = palette(glass)
    for ring, (g, n, size) in enumerate(((0.8, 14, 0.15), (0.48, 9, 0.15), (0.0, 1, 0.2))):
        for k, a in enumerate(np.linspace(0, TAU, n, endpoint=False)):
            c.ellipse(
                x + g * r * np.cos(a),
                y + g * r * np.sin(a),
                r * size * 1.15,
                r * size * 1.15,
                np.clip(hues[(k + ring) % 5] * 1.25, 0, 1),
            )
    c.glow(x, y, r, "ffe8c0", 0.3)


def workshop(rng, board="b88a58", steel="a8b0b8", grip="c83c30 2c5aa0 e8b02c 20242c 4a7a3c"):
    """A pegboard hung with tools above a bench of drawers."""
    c = Canvas(ramp(fbm(rng, 4, 5, 0.6, 1.5), f"9a7044 {board} cc9c6a"))
    hole = np.hypot((X % 8) - 4, (Y % 8) - 4)
    c.over(0.85 * step(1.2, 0.7, hole) * (Y < 92), "3c2818")
    grips = palette(grip)
    makers = (_hammer, _wrench, _saw, _screwdriver, _pliers)
    x = 8.0
    for _ in range(12):
        for y in (14, 54):
            makers[rng.integers(len(makers))](
                c,
                x + rng.uniform(-2, 2),
                y + rng.uniform(-3, 3),
                grips[rng.integers(5)],
                colour(steel) * rng.uniform(0.75, 1.1),
            )
        x += W / 12
    c.over(step(92, 92.4, Y), ramp(fbm(rng, 3, 4, 0.6, 10), "4a3020 7a5434 9a7048"))
    for x in np.arange(0, W, 32):
        for y, h in ((97, 12), (111, 15)):
            hue = grips[int(x / 32 + y) % 5]
            c.rect(x + 2, y, 28, h, hue * 0.7)
            c.rect(x + 3, y + 1, 26, h - 2, hue * 0.95)
            c.rect(x + 11, y + h * 0.4, 10, 2, "d8d8d8")
    return c.rgb


def _hammer(c, x, y, hue, steel):
    """Draw a hammer."""
    c.line(x, y + 2, x, y + 30, hue, 2.8)
    c.line(x - 0.7, y + 4, x - 0.7, y + 29, np.clip(hue * 1.4, 0, 1), 0.7)
    c.rect(x - 6, y, 10, 5, steel)
    c.polygon([(x + 4, y), (x + 9, y + 5), (x + 4, y + 4.4)], steel * 0.8)


def _wrench(c, x, y, hue, steel):
    """Draw a spanner."""
    c.line(x, y + 4, x, y + 28, steel, 3)
    c.line(x - 0.6, y + 4, x - 0.6, y + 28, np.clip(steel * 1.3, 0, 1), 0.8)
    for at in (y + 3, y + 29):
        c.ellipse(x, at, 4.4, 4.4, steel)
    c.rect(x - 1.6, y - 2, 3.2, 5, "7a5a3c")
    c.ellipse(x, y + 29, 2, 2, "7a5a3c")


def _saw(c, x, y, hue, steel):
    """Draw a hand saw."""
    c.polygon(
        [(x - 4, y + 10), (x + 6, y + 10), (x + 1, y + 36), (x - 3, y + 36)], np.clip(steel * 1.15, 0, 1)
    )
    for k in np.arange(y + 11, y + 35, 2):
        c.polygon(
            [(x - 4 + 0.04 * (k - y), k), (x - 6 + 0.04 * (k - y), k + 1), (x - 4 + 0.04 * (k - y), k + 2)],
            steel,
        )
    c.ellipse(x + 1, y + 5, 6, 6, hue)
    c.ellipse(x + 1, y + 5, 2.6, 2.6, "7a5a3c")


def _screwdriver(c, x, y, hue, steel):
    """Draw a screwdriver."""
    c.line(x, y + 12, x, y + 30, steel, 1.6)
    c.line(x, y + 1, x, y + 12, hue, 4.6)
    c.line(x - 1, y + 1, x - 1, y + 11, np.clip(hue * 1.5, 0, 1), 1)


def _pliers(c, x, y, hue, steel):
    """Draw a pair of pliers."""
    for d in (-1, 1):
        c.path([(x, y + 9), (x + d * 3.4, y + 16), (x + d * 3.6, y + 28)], hue, 2.4)
        c.line(x, y + 9, x + d * 1.6, y, steel, 2.6, 1.0)
    c.ellipse(x, y + 9, 2.6, 2.6, steel * 0.8)


def stage_curtain(rng, velvet="3a0408 a01420 e84a48", gold="e8b84c", boards="2c1810 6a4428"):
    """Velvet drapes in deep folds, a gilded valance, footlights on a wooden stage."""
    fold = X + 4 * np.sin(X * TAU / 64 + 1) + 3 * (Y / H) * np.sin(X * TAU / 32) + 2 * noise(rng, 60, 0.5)
    wave = 0.5 + 0.5 * np.sin(fold * TAU / 12.8)
    c = Canvas(ramp(np.clip(wave**1.3 * 0.9 + 0.12 * (fbm(rng, 2, 2) - 0.5), 0, 1), velvet))
    c.times(0.65 + 0.4 * step(0, 100, Y))
    c.over(
        step(108, 108.6, Y),
        ramp(np.clip(fbm(rng, 3, 4, 0.6, 10) + 0.3 * (np.abs((Y / 4) % 1 - 0.5) < 0.1), 0, 1), boards),
    )
    c.over(0.9 * ((Y > 101) & (Y < 106)), mix(shade(gold, 0.4), gold, wave))
    scallop = 18 + 12 * np.abs(np.sin(X * np.pi / 32))
    drape = 0.5 + 0.5 * np.sin((Y - 16 * np.abs(np.sin(X * np.pi / 32))) * 1.1)
    c.over(step(1, 0, Y - scallop), ramp(drape * 0.85, velvet))
    c.over(step(2.4, 1.6, np.abs(Y - scallop)), mix(shade(gold, 0.6), gold, (X % 2 > 1) * 1.0))
    for x in np.arange(0, W, 32):
        c.line(x, 14, x, 36, gold, 2.0)
        c.ellipse(x, 38, 2.4, 4, shade(gold, 0.8))
    for x in np.arange(8, W, 16):
        c.glow(x, 110, 10, "ffd890", 0.35)
        c.ellipse(x, 112, 2.6, 2, "fff4d0")
    return c.rgb


def tunnel(rng, wall="d8d4c4", lamp="fff4d8", stripe="b83c30", rail="24262a"):
    """A round metro tunnel with ribs, cables, lamps and rails."""
    u, v = away(128), Y - 58
    d = np.hypot(u, v * 1.15)
    depth = 900 / np.clip(d, 3, None)
    around = np.arctan2(v, u)
    ring = np.abs((depth / 9) % 1 - 0.5)
    tiles = (np.abs((around * 18 / np.pi) % 1 - 0.5) > 0.46) | (np.abs((depth / 2.25) % 1 - 0.5) > 0.44)
    tone = np.clip(0.18 + d / 120, 0, 1) * (1 - 0.25 * tiles) * (1 - 0.45 * (ring > 0.42))
    c = Canvas(colour(wall) * (tone * (0.8 + 0.4 * fbm(rng, 10, 5)))[..., None])
    for a, w, hue in (
        (-0.18, 0.035, stripe),
        (np.pi + 0.18, 0.035, stripe),
        (-0.5, 0.02, "3c3c40"),
        (-0.58, 0.015, "5a5040"),
    ):
        gap = np.abs((around - a + np.pi) % TAU - np.pi)
        c.over(
            0.9 * step(w, w * 0.6, gap) * step(6, 12, d),
            shade(hue, 1.0) * np.clip(0.25 + d / 110, 0, 1)[..., None],
        )
    bed = step(0.62, 0.6, np.abs(around - np.pi / 2))
    sleepers = np.abs((depth / 4) % 1 - 0.5) < 0.22
    c.over(bed, mix("14120f", "5a4c3c", sleepers * np.clip(d / 100, 0, 1)))
    for a in (np.pi / 2 - 0.3, np.pi / 2 + 0.3):
        c.over(step(0.035, 0.02, np.abs(around - a)), mix("3c3c40", "e8e8f0", np.clip(d / 90, 0, 1)))
    lamps = (np.abs(around + np.pi / 2) < 0.13) & (np.abs((depth / 9) % 1 - 0.25) < 0.16)
    c.over(lamps * 1.0, lamp)
    c.add(0.5 * blur(lamps * 1.0, 4), lamp)
    c.glow(128, 58, 9, "fff8e0", 1.0)
    return c.rgb


def greenhouse(rng, glass="dcecec", frame="f4f8f4", leafs="2c5a2c 4c8a3c 8ab84c", pots="b8643c"):
    """Shelves of potted plants behind white glazing bars."""
    c = Canvas(ramp(fbm(rng, 30, 4), f"a8c8c0 {glass} f4faf8"))
    for x, y in zip(rng.uniform(0, W, 50), rng.uniform(0, 90, 50)):
        c.ellipse(x, y, rng.uniform(4, 12), rng.uniform(4, 12), "7aa888", 0.25, 4)
    for x in np.arange(0, W, 16):
        c.rect(x, 0, 1.6, H, frame)
        c.rect(x + 1.6, 0, 0.6, H, "9ab0a8")
    for y in (0, 30):
        c.rect(0, y, W, 1.6, frame)
    leaf, flower = palette(leafs), palette("e8486a f4b43c f4f0f4 a85ac8 f07a3c")
    for shelf in (54, 90, 124):
        for x in np.arange(rng.uniform(2, 8), W - 4, 12.8):
            _pot_plant(c, rng, x, shelf, rng.uniform(5, 8), leaf, flower[rng.integers(5)], pots)
        c.rect(0, shelf, W, 3, "a8885c")
        c.rect(0, shelf + 2.4, W, 1.2, "5a4428")
    return c.rgb


def _pot_plant(c, rng, x, foot, s, leaf, bloom, pot):
    """Draw a plant in a clay pot: grassy, leafy or in bloom."""
    kind = rng.integers(3)
    for _ in range(16):
        a = rng.uniform(-np.pi + 0.2, -0.2)
        r = s * rng.uniform(0.8, 2.4)
        tip = (x + 0.8 * r * np.cos(a), foot - s + r * np.sin(a))
        tone = leaf[rng.integers(3)] * rng.uniform(0.75, 1.15)
        if kind == 0:
            c.line(x, foot - s, *tip, np.clip(tone, 0, 1), 1.9, 0.3)
        else:
            c.line(x, foot - s, *tip, tone * 0.7, 0.6)
            c.ellipse(*tip, s * 0.3, s * 0.2, np.clip(tone, 0, 1), 1, 0.6, a)
            if kind == 2 and rng.random() < 0.5:
                c.ellipse(*tip, s * 0.24, s * 0.24, bloom, 1, 0.6)
    hue = shade(pot, rng.uniform(0.75, 1.15))
    c.polygon(
        [(x - s * 0.5, foot - s), (x + s * 0.5, foot - s), (x + s * 0.36, foot), (x - s * 0.36, foot)], hue
    )
    c.polygon(
        [(x + s * 0.15, foot - s), (x + s * 0.5, foot - s), (x + s * 0.36, foot), (x + s * 0.1, foot)],
        hue * 0.75,
    )
    c.rect(x - s * 0.6, foot - s * 1.1, s * 1.2, s * 0.26, np.clip(hue * 1.15, 0, 1))


def arcade(rng, hues="ff4a8a 40c0ff ffd040 80f060 b060ff", carpet="1c1030"):
    """A row of arcade cabinets with glowing screens over a confetti carpet."""
    c = Canvas(ramp(fbm(rng, 40, 3), "0c0818 1c1434"))
    rows = palette(hues)
    for x in np.arange(0, W, 32.0):
        hue = rows[rng.integers(5)]
        c.glow(x + 16, 52, 22, hue, 0.35)
        c.polygon(
            [(x + 3, 116), (x + 3, 28), (x + 6, 16), (x + 26, 16), (x + 29, 28), (x + 29, 116)], hue * 0.32
        )
        c.rect(x + 5, 18, 22, 11, hue)
        for gx in np.arange(x + 7, x + 24, 3.6):
            c.rect(gx, 21, 2.4, rng.uniform(3, 6), "ffffff", 0.9)
        c.rect(x + 5, 34, 22, 26, "080810")
        _game_screen(c, rng, x + 7, 36, rows)
        c.polygon([(x + 3, 64), (x + 29, 64), (x + 31, 74), (x + 1, 74)], hue * 0.6)
        c.line(x + 9, 70, x + 9, 65, "d0d0d8", 1.0)
        c.ellipse(x + 9, 64.5, 1.7, 1.7, "f03030")
        for bx in (17, 21, 25):
            c.ellipse(x + bx, 69, 1.3, 1.1, rows[rng.integers(5)])
        c.polygon([(x + 5, 78), (x + 27, 78), (x + 22, 110), (x + 5, 96)], hue * 0.75)
        c.polygon([(x + 27, 80), (x + 27, 112), (x + 12, 112)], rows[rng.integers(5)] * 0.6)
    spots = cells(rng, 7, 3.4)
    c.over(
        step(114, 115, Y),
        mix(carpet, rows[(spots.tone * 4.99).astype(int)] * 0.8, step(1.6, 1.0, spots.near)),
    )
    return c.rgb


def _game_screen(c, rng, x, y, rows):
    """Draw one of three small games on a screen."""
    kind = rng.integers(3)
    if kind == 0:
        for gy in range(4):
            for gx in range(5):
                c.rect(x + 1 + 3.4 * gx, y + 2 + 3 * gy, 2.2, 2, rows[gy])
        c.rect(x + 7, y + 19, 4, 1.6, "60ff80")
    elif kind == 1:
        for gx in range(9):
            h = int(rng.integers(1, 9))
            for gy in range(h):
                c.rect(x + 2 * gx, y + 21 - 2 * gy, 1.7, 1.7, rows[(gx * gy + gx) % 5])
    else:
        c.rect(x, y, 18, 22, "1c3c8c")
        c.rect(x, y + 16, 18, 6, "5a8a3c")
        c.ellipse(x + 13, y + 5, 3, 3, "ffe060")
        c.rect(x + 5, y + 11, 3, 5, "f04040")
