"""Made patterns: tilings, prints, maps, boards and paintings."""

from __future__ import annotations

import numpy as np

from .canvas import (
    NX,
    NY,
    SCALE,
    TAU,
    Canvas,
    H,
    W,
    X,
    Y,
    away,
    cells,
    fbm,
    full,
    grey,
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
    warp,
)


def circuit_board(rng, board="0c3c24 145a34", trace="2c8a50", pad="d8b860", chip="181a1e"):
    """A printed board: bundled traces at 45 degrees, vias, chips with legs, small parts."""
    c = Canvas(ramp(fbm(rng, 6, 4), board))
    for _ in range(46):
        x, y, n = rng.integers(0, 64) * 4.0, rng.integers(2, 30) * 4.0, int(rng.integers(2, 6))
        dx, bend, run = rng.choice([-1, 1]), rng.choice([-1, 1]), rng.integers(3, 14) * 4.0
        for k in range(n):
            o = 2.2 * k
            pts = [
                (x, y + o),
                (x + dx * (run - bend * dx * 0.4 * o), y + o),
                (x + dx * (run + 14), y + o + bend * 14),
                (x + dx * (run + 14), y + o + bend * 34),
            ]
            c.path(pts, trace, 1.0)
            for px, py in (pts[0], pts[-1]):
                c.ellipse(px, py, 1.4, 1.4, pad)
                c.ellipse(px, py, 0.6, 0.6, "0a140e")
    for _ in range(40):
        x, y = rng.uniform(0, W), rng.uniform(4, 122)
        c.rect(x, y, 6, 2.8, "c8c8c8")
        c.rect(x + 1.3, y, 3.4, 2.8, palette("a87848 20242c e0d8c0 3c5a8a")[rng.integers(4)])
    for _ in range(7):
        x, y = rng.uniform(0, W), rng.uniform(10, 118)
        c.ellipse(x + 1, y + 1.4, 5.4, 5.4, "04140c", 0.6, 1)
        c.ellipse(x, y, 5, 5, "2c4a8a")
        c.ellipse(x, y, 3.9, 3.9, "c8d0d8")
        c.line(x - 2.4, y, x + 2.4, y, "8a9098", 0.5)
    for x, y, w, h in (
        (24, 20, 34, 34),
        (104, 66, 44, 26),
        (180, 18, 26, 40),
        (66, 90, 22, 22),
        (222, 84, 28, 28),
        (130, 14, 22, 16),
    ):
        _chip(c, rng, x, y, w, h, chip)
    return c.rgb


def _chip(c, rng, x, y, w, h, body):
    """Draw a chip with legs on four sides."""
    for at in np.arange(x + 2, x + w - 1, 3):
        c.rect(at, y - 3, 1.4, h + 6, "d0d4d8")
    for at in np.arange(y + 2, y + h - 1, 3):
        c.rect(x - 3, at, w + 6, 1.4, "d0d4d8")
    c.rect(x, y, w, h, body)
    c.rect(x, y, w, 1, shade(body, 2.6))
    c.ellipse(x + 3.4, y + 3.4, 1.1, 1.1, "5a5e66")
    for k in range(3):
        c.rect(x + w * 0.2, y + h * 0.35 + 3.4 * k, w * rng.uniform(0.25, 0.6), 1.1, "9aa0a8", 0.8)


def star_tiling(rng, glaze="1c4a8c f4ecd8 2c8a7a c89a3c", line="f8f4e8"):
    """Eight-pointed stars and crosses with an inlaid strapwork, on hand-cut glazed tile."""
    size = 32.0
    u, v = full(X % size) - size / 2, full(Y % size) - size / 2
    square, diamond = np.maximum(np.abs(u), np.abs(v)), (np.abs(u) + np.abs(v)) / np.sqrt(2)
    star = np.minimum(square, diamond)
    inner = np.minimum(np.maximum(square, diamond * 0.98), 99)
    hues = palette(glaze)
    r = size * 0.36
    c = Canvas(np.broadcast_to(hues[2], (NY, NX, 3)))
    corner = np.minimum(
        np.maximum(size / 2 - np.abs(u), size / 2 - np.abs(v)), (size - np.abs(u) - np.abs(v)) / np.sqrt(2)
    )
    c.over(step(0.3, 0, corner - size * 0.16), hues[3])
    c.over(step(0.3, 0, star - r), hues[0])
    c.over(step(0.3, 0, inner - r * 0.72), hues[1])
    a = np.arctan2(v, u)
    c.over(step(0.3, 0, np.hypot(u, v) - r * (0.42 + 0.16 * np.cos(8 * a))), hues[3])
    c.over(step(0.3, 0, np.hypot(u, v) - r * 0.2), hues[0])
    for field, at in ((star, r), (inner, r * 0.72), (corner, size * 0.16)):
        c.over(step(0.9, 0.5, np.abs(field - at)), line)
    tone = rng.random((32, 32))[
        (np.floor(Y / size * 2).astype(int)) % 32, (np.floor(X / size * 2).astype(int)) % 32
    ]
    c.times(0.82 + 0.2 * tone + 0.22 * (fbm(rng, 5, 5, 0.6) - 0.5))
    c.over(0.5 * step(0.72, 0.8, ridged(rng, 14, 5)) * step(0.5, 0.8, fbm(rng, 30, 3)), shade(line, 0.75))
    return c.rgb


def mosaic(rng, sea="1c4a6a 2c7a94 8ac0b8", body="d8783c f0c060 a83c2c f4ead8", grout="5a5448"):
    """A Roman floor: small stones laid along the outlines of swimming fish and a wave border."""
    shapes = Canvas(
        ramp(np.clip(fbm(rng, 20, 3) + 0.3 * np.sin(Y / 5 + 2 * np.sin(X * TAU / 64)), 0, 1), sea)
    )
    tones = palette(body)
    for x, y, s, d in (
        (44, 42, 26, 1),
        (126, 84, 30, -1),
        (206, 46, 24, 1),
        (28, 96, 16, -1),
        (218, 98, 18, 1),
        (128, 34, 14, 1),
    ):
        hue = tones[rng.integers(3)]
        shapes.polygon(
            [
                (x - d * s * 0.7, y),
                (x - d * s * 1.35, y - s * 0.5),
                (x - d * s * 1.2, y),
                (x - d * s * 1.35, y + s * 0.5),
            ],
            hue * 0.8,
        )
        shapes.ellipse(x, y, s, s * 0.46, hue)
        shapes.ellipse(x, y + s * 0.16, s * 0.85, s * 0.26, tones[3])
        shapes.polygon(
            [(x + d * 0.2 * s, y - s * 0.4), (x - d * 0.5 * s, y - s * 0.8), (x - d * 0.5 * s, y - s * 0.35)],
            hue * 0.7,
        )
        for k in range(3):
            shapes.line(
                x + d * s * (0.3 - 0.3 * k),
                y - s * 0.36,
                x + d * s * (0.2 - 0.3 * k),
                y + s * 0.3,
                hue * 0.55,
                1.6,
            )
        shapes.ellipse(x + d * s * 0.68, y - s * 0.08, s * 0.11, s * 0.11, "14181c")
    for y0, flip in ((0, 1), (116, -1)):
        wave = np.sin(X * TAU / 16 + 1.2 * np.sin(X * TAU / 16)) * 3.4
        shapes.rect(0, y0, W, 12, "ece0c8")
        shapes.over(((Y - y0 - 6) * flip > wave) & (Y >= y0) & (Y < y0 + 12), "20242c")
    stone = cells(rng, 3.4, 3.2, 0.55)
    sampled = warp(shapes.rgb, -stone.dx, -stone.dy)
    c = Canvas(grout)
    c.over(step(0.25, 0.6, stone.next - stone.near), sampled * (0.8 + 0.38 * stone.tone)[..., None])
    return c.rgb


def stained_glass(rng, glass="c8203c f0a020 2050c0 30a060 8030a0 f4e070 40a0d0", lead="0c0a0c"):
    """A flower window: radiating panes in lead, lit from behind."""
    hues = palette(glass)
    c = Canvas(lead)
    pane = cells(rng, 13, 12, 0.95)
    back = hues[np.array([2, 3, 6, 4])[(pane.tone * 3.99).astype(int)]]
    c.over(step(0.8, 1.4, pane.next - pane.near), back * (0.5 + 0.5 * pane.tone[..., None]))
    for x0, r, n in ((64, 46, 12), (192, 46, 10), (128, 20, 8), (0, 20, 8)):
        d, a = radius(x0, 64), np.arctan2(Y - 64, away(x0))
        ring = np.floor(np.clip(d / (r / 3), 0, 9))
        sector = (a / TAU * n + 0.5 * (ring % 2)) % n
        petal = np.abs((sector % 1) - 0.5)
        seam = np.minimum((0.5 - petal) * TAU / n * d, np.abs((d / (r / 3) + 0.5) % 1 - 0.5) * r / 3)
        pick = ((np.floor(sector) * (1 + ring) + ring * 2) % len(hues)).astype(int)
        inside = step(r, r - 0.6, d)
        c.over(inside, lead)
        c.over(inside * step(0.5, 1.1, seam), hues[pick] * (0.65 + 0.5 * fbm(rng, 7, 4))[..., None])
        c.over(step(1.6, 0.9, np.abs(d - r)), lead)
    for x in (0, 128):
        c.rect(x - 1.2, 0, 2.4, H, lead)
    c.times(0.75 + 0.6 * np.exp(-(((Y - 50) / 60) ** 2)) * (0.6 + 0.6 * fbm(rng, 40, 3)))
    return c.rgb


def newspaper(rng, sheet="ded8c8", ink="2a2826"):
    """A page of columns, headlines and halftone pictures, slightly yellowed."""
    c = Canvas(mix(sheet, shade(sheet, 0.85), fbm(rng, 40, 5)))
    _headline(c, rng, 8, 6, 240, 13, ink)
    c.rect(6, 23, 244, 0.8, ink)
    for x in np.arange(8, W - 8, 40.5):
        y = 28.0
        while y < H - 3:
            roll = rng.random()
            if roll < 0.07 and y < 100:
                _headline(c, rng, x, y, 36, 5, ink)
                y += 8
            elif roll < 0.11 and y < 88:
                _halftone(c, rng, x, y, 36, 27, ink)
                y += 30
            else:
                at, stop = x, x + (36 if rng.random() < 0.85 else rng.uniform(8, 30))
                while at < stop:
                    n = min(rng.uniform(1.5, 6), stop - at)
                    c.rect(at, y, n, 1.3, ink, 0.55 + 0.25 * rng.random())
                    at += n + 1
                y += 2.7
    c.times(0.9 + 0.15 * light(4 * noise(rng, 60, 0.3), 0.4))
    return c.rgb


def _headline(c, rng, x, y, w, h, ink):
    """Draw a line of invented block letters."""
    at = x
    while at < x + w - h:
        if rng.random() < 0.16:
            at += h * 0.5
        s = h * 0.2
        for part in rng.choice(6, 3, replace=False):
            box = (
                (0, 0, s, h),
                (h * 0.5, 0, s, h),
                (0, 0, h * 0.6, s * 0.8),
                (0, h * 0.42, h * 0.6, s * 0.8),
                (0, h - s, h * 0.6, s),
                (h * 0.25, 0, s, h),
            )[part]
            c.rect(at + box[0], y + box[1], box[2], box[3], ink)
        at += h * 0.85


def _halftone(c, rng, x, y, w, h, ink):
    """Draw a picture of printed dots."""
    tone = fbm(rng, 16, 4) * 0.6 + 0.5 * np.hypot(
        away(x + w * rng.uniform(0.3, 0.7)) / w, (Y - y - h * 0.4) / h
    )
    dots = 0.5 + 0.25 * (np.cos((X + Y) * TAU / 3.2) + np.cos((X - Y) * TAU / 3.2))
    box = (away(x + w / 2) > -w / 2) & (away(x + w / 2) < w / 2) & (Y > y) & (Y < y + h)
    c.over(box * 0.9 * step(-0.1, 0.1, dots - tone), ink)


def topographic(rng, paper="e8ead8", tint="b8d0a0 e8e0b0 d8b088 f4f0ec", line="8a5a34", water="a8c8e0"):
    """A walker's map: brown contour lines, tinted heights, a lake, paths and a grid."""
    height = fbm(rng, 60, 5, 0.42)
    c = Canvas(mix(paper, ramp(height, tint), 0.75))
    c.times(0.8 + 0.4 * light(height * 40, 0.3))
    wood = step(0.5, 0.53, fbm(rng, 34, 4))
    c.over(0.6 * wood * (height < 0.62), "a0c888")
    dots = np.hypot((X % 4) - 2, ((Y + 2 * np.floor(X / 4)) % 4) - 2)
    c.over(0.6 * wood * (height < 0.62) * step(1.1, 0.7, dots), "4a7a3c")
    level = height * 26
    slope = np.hypot(*np.gradient(level)) * SCALE
    gap = np.abs(level - np.round(level)) / np.clip(slope, 1e-3, None)
    thick = np.where(np.round(level) % 5 == 0, 0.85, 0.42)
    c.over(0.85 * step(thick + 0.35, thick, gap), line)
    lake = height < 0.26
    c.over(lake * 1.0, water)
    c.over(step(0.9, 0.3, np.abs(height - 0.26) * 26 / np.clip(slope, 1e-3, None)), "4a7aa8")
    for k, hue in enumerate(("c83c3c", "20242c", "e8a030")):
        course = 8 + 34 * k + 46 * skyline(rng, 90, 4, 0.4)
        pts = [(x, course[int(x * SCALE) % NX]) for x in np.arange(0, W + 1, 4.0)]
        c.path(pts, "ffffff", 2.4)
        for a, b in list(zip(pts[:-1], pts[1:]))[:: (2 if k else 1)]:
            c.line(*a, *b, hue, 1.2)
    for _ in range(26):
        x, y = rng.normal(150, 26), rng.normal(80, 16)
        c.rect(x, y, rng.uniform(1.5, 4), rng.uniform(1.5, 3), "4a4448")
    return c.rgb


def old_map(rng, sheet="c8a870 e4cc98 f0dfb8", ink="4a2c14", sea="b8b890"):
    """An antique chart: hatched coasts, little hills and woods, rhumb lines and a compass rose."""
    c = Canvas(ramp(fbm(rng, 40, 6, 0.6), sheet))
    land = fbm(rng, 52, 6, 0.52) - 0.5
    c.over(0.5 * step(0.02, -0.02, land), sea)
    for a in np.arange(0, TAU, TAU / 16):
        c.line(196, 34, 196 + 170 * np.cos(a), 34 + 170 * np.sin(a), ink, 0.4, alpha=0.35)
    for k in range(5):
        c.over((0.75 - 0.13 * k) * step(0.011, 0.004, np.abs(land + 0.022 * k)), ink)
    for _ in range(130):
        x, y = rng.uniform(0, W), rng.uniform(8, 122)
        if land[int(y * 2), int(x * 2)] < 0.05:
            continue
        s = rng.uniform(3, 5.5)
        if rng.random() < 0.55:
            c.polygon([(x - s, y + s * 0.6), (x, y - s * 0.7), (x + s, y + s * 0.6)], "e0c890")
            c.path([(x - s, y + s * 0.6), (x - 0.2 * s, y - s * 0.7), (x + s, y + s * 0.6)], ink, 0.7)
            for t in (0.25, 0.5, 0.75):
                c.line(
                    x - 0.2 * s + 1.2 * s * t,
                    y - s * 0.7 + 1.3 * s * t,
                    x + 0.1 * s + 0.7 * s * t,
                    y + s * 0.6,
                    ink,
                    0.4,
                    alpha=0.7,
                )
        else:
            c.line(x, y, x, y + 3, ink, 0.6)
            c.ellipse(x, y - 0.6, 1.9, 2.1, "6a7a3c")
    c.ellipse(196, 34, 15, 15, "ecd8a8", 0.9)
    for k, a in enumerate(np.arange(0, TAU, TAU / 8)):
        r = 15 if k % 2 == 0 else 9
        for side, tone in ((1, ink), (-1, "b8442c")):
            c.polygon(
                [
                    (196, 34),
                    (196 + r * np.cos(a), 34 + r * np.sin(a)),
                    (196 + 4 * np.cos(a + side * 0.4), 34 + 4 * np.sin(a + side * 0.4)),
                ],
                tone,
            )
    tries = zip(rng.uniform(0, W, 80), rng.uniform(20, 116, 80))
    afloat = [(x, y) for x, y in tries if land[int(y * SCALE), int(x * SCALE)] < -0.05]
    for x, y in afloat[:3]:
        c.polygon([(x - 6, y), (x + 7, y - 1), (x + 4, y + 4), (x - 4, y + 4)], ink)
        c.polygon([(x, y - 1), (x - 1, y - 11), (x + 6, y - 6)], "f4e8c8")
        c.path([(x, y), (x - 1, y - 11), (x + 6, y - 6), (x, y - 1)], ink, 0.6)
    c.times(1 - 0.45 * step(0.6, 0.9, fbm(rng, 60, 5)))
    for x in (64, 128, 192, 256):
        c.rect(x - 0.5, 0, 1, H, "a8844c", 0.4)
    return c.rgb


def blueprint(rng, ground="143c78 1c4c94", line="d8e8f8"):
    """A technical drawing in white on blue: gears, a shaft section, dimensions, a title block."""
    c = Canvas(ramp(fbm(rng, 30, 5), ground))
    for p in (8, 32):
        grid = np.minimum(np.abs((X + p / 2) % p - p / 2), np.abs((Y + p / 2) % p - p / 2))
        c.add((0.05 if p == 8 else 0.09) * step(0.6, 0.2, grid), "c0d8f8")
    for x, y, r, n in ((50, 56, 34, 22), (104, 84, 18, 12), (132, 40, 14, 10)):
        _gear(c, x, y, r, n, line)
    for y, w, h in ((34, 12, 10), (46, 26, 14), (64, 16, 8), (76, 34, 12), (92, 12, 14)):
        c.path([(198 - w, y), (198 + w, y), (198 + w, y + h), (198 - w, y + h), (198 - w, y)], line, 0.8)
        for k in np.arange(198 - w + 2, 198 + w - 2, 3):
            c.line(k, y + h - 1, min(k + h * 0.6, 198 + w), y + 1, line, 0.35, alpha=0.6)
    for y in np.arange(22, 116, 7):
        c.line(198, y, 198, y + 4, line, 0.5)
    for y, a, b in ((112, 16, 84), (22, 164, 232)):
        c.line(a, y, b, y, line, 0.5)
        for x, d in ((a, 1), (b, -1)):
            c.line(x, y - 4, x, y + 4, line, 0.5)
            c.polygon([(x, y), (x + d * 4, y - 1.4), (x + d * 4, y + 1.4)], line)
        for k in range(4):
            c.rect((a + b) / 2 - 6 + 3 * k, y - 4.6, 1.6, 3, line)
    c.path([(206, 108), (250, 108), (250, 124), (206, 124), (206, 108)], line, 0.8)
    for k in range(3):
        c.line(209, 112 + 4 * k, 209 + rng.uniform(14, 36), 112 + 4 * k, line, 0.8, alpha=0.8)
    return c.rgb


def _gear(c, x, y, r, n, line):
    """Draw the outline of a gear with its centre lines."""
    a = np.linspace(0, TAU, n * 8 + 1)
    rim = r * np.where(np.sin(a * n) > 0, 1.0, 0.88)
    c.path(list(zip(x + rim * np.cos(a), y + rim * np.sin(a))), line, 0.8)
    for g in (0.72, 0.3, 0.16):
        c.path([(x + g * r * np.cos(t), y + g * r * np.sin(t)) for t in np.linspace(0, TAU, 40)], line, 0.6)
    for t in np.linspace(0, TAU, 6)[:-1]:
        cx, cy = x + 0.51 * r * np.cos(t), y + 0.51 * r * np.sin(t)
        c.path(
            [(cx + 0.13 * r * np.cos(s), cy + 0.13 * r * np.sin(s)) for s in np.linspace(0, TAU, 16)],
            line,
            0.5,
        )
    for dx, dy in ((1, 0), (0, 1)):
        for t in np.arange(-1.15, 1.15, 0.16):
            c.line(
                x + dx * r * t,
                y + dy * r * t,
                x + dx * r * (t + 0.09),
                y + dy * r * (t + 0.09),
                line,
                0.4,
                alpha=0.7,
            )


def quilt(rng, cloths="c84c5c e8b84c 3c6a8a f4ecdc 5a8a5c 8a5a8a e88a6a 2c3c5a", block=32.0):
    """Patchwork blocks of printed cloth with stitched seams and padding."""
    hues = palette(cloths)
    c = Canvas(hues[3])
    for j in range(int(H / block)):
        for i in range(int(W / block)):
            x, y, s = i * block, j * block, block / 4
            a, b = hues[rng.permutation(len(hues))[:2]]
            kind = rng.integers(4)
            for v in range(4):
                for u in range(4):
                    px, py = x + u * s, y + v * s
                    p = [(px, py), (px + s, py), (px + s, py + s), (px, py + s)]
                    flip = ((u < 2) ^ (v < 2)) if kind < 2 else ((u + v) % 2 == 0)
                    c.polygon(p, a if (u in (1, 2) and v in (1, 2)) ^ (kind == 3) else b)
                    if kind != 3:
                        c.polygon([p[0], p[1], p[3]] if flip else [p[1], p[2], p[0]], (b, a)[(u + v) % 2])
    sprig = np.hypot((X % 4) - 2, ((Y + 2 * (np.floor(X / 4) % 2)) % 4) - 2)
    c.times(1 + 0.2 * step(1.1, 0.6, sprig) * ((np.floor(X / 8) + np.floor(Y / 8)) % 3 == 0))
    seam = np.minimum(np.abs((X + 4) % 8 - 4), np.abs((Y + 4) % 8 - 4))
    puff = step(0, 2.6, seam)
    c.times(0.6 + 0.45 * puff)
    c.times(0.75 + 0.5 * light(puff * 1.6 + 2 * noise(rng, 20), 0.35))
    c.over(
        0.6 * step(0.5, 0.25, np.abs(np.minimum(np.abs((X + 4) % 8 - 4), 9) - 1.4)) * (Y % 2.6 < 1.4),
        "f8f4ea",
    )
    return c.rgb


def impasto(rng, tones="1c2c5a 2c5a9a 6aa0c8 e8c860 f0e8c8 d87a3c"):
    """Thick brush strokes that follow swirling lines, after the manner of a painted night."""
    flow = TAU * noise(rng, 52) + 0.6 * np.sin(X * TAU / 128)
    hue_field = fbm(rng, 40, 4, 0.5)
    for x, y, r in ((52, 34, 20), (140, 52, 26), (214, 28, 17), (96, 88, 14)):
        d = radius(x, y)
        pull = np.exp(-((d / (r * 1.5)) ** 2))
        flow = flow * (1 - pull) + (np.arctan2(Y - y, away(x)) + np.pi / 2) * pull
        hue_field = hue_field * (1 - 0.9 * pull) + 0.9 * pull * (0.62 + 0.35 * np.cos(d * 0.55))
    rows = palette(tones)
    c = Canvas(rows[0])
    for n, (length, wide) in ((700, (12, 3.6)), (1500, (8, 2.0))):
        for x, y in zip(rng.uniform(0, W, n), rng.uniform(0, H, n)):
            j, i = int(y * 2), int(x * 2)
            a = flow[j, i] + rng.normal(0, 0.15)
            t = np.clip(hue_field[j, i] + rng.normal(0, 0.07), 0, 0.999)
            hue = np.clip(
                rows[int(t * len(rows))] * rng.uniform(0.75, 1.2) + rng.uniform(-0.03, 0.03, 3), 0, 1
            )
            dx, dy = length / 2 * np.cos(a), length / 2 * np.sin(a)
            c.line(x - dx, y - dy, x + dx, y + dy, hue, wide, wide * 0.5)
    c.times(0.7 + 0.6 * light(c.rgb.mean(-1) * 3, 0.4))
    return c.rgb


def drip_painting(rng, canvas="e0d8c8", paints="14141a f8f4ec b83024 2c4a8a e0b030 7a7468"):
    """Flung skeins, loops and spatters of paint, layer over layer."""
    c = Canvas(mix(canvas, shade(canvas, 0.85), fbm(rng, 2, 2)))
    rows = palette(paints)
    for _ in range(74):
        hue, x, y, a = (
            rows[rng.integers(len(rows))],
            rng.uniform(0, W),
            rng.uniform(0, H),
            rng.uniform(0, TAU),
        )
        turn, w = rng.normal(0, 0.25), rng.gamma(1.6, 0.5) + 0.35
        pts = [(x, y)]
        for _ in range(22):
            turn = 0.85 * turn + rng.normal(0, 0.2)
            a += turn
            x, y = x + 4.5 * np.cos(a), y + 4.5 * np.sin(a)
            pts.append((x, y))
        for p, q in zip(pts[:-1], pts[1:]):
            c.line(*p, *q, hue, w * rng.uniform(0.5, 1.5))
        for _ in range(12):
            px, py = pts[rng.integers(len(pts))]
            r = rng.gamma(1.1, 0.7)
            c.ellipse(px + rng.normal(0, 8), py + rng.normal(0, 8), r, r, hue)
    return c.rgb


def truchet(rng, hues="f4ecd8 e85a3c 20344a f0b43c", size=16.0):
    """Quarter-circle tiles that join up into winding ribbons."""
    i, j = np.floor(X / size).astype(int), np.floor(Y / size).astype(int)
    flip = rng.integers(0, 2, (64, 64))[j, i] == 1
    u, v = full(X / size - i), full(Y / size - j)
    u = np.where(flip, 1 - u, u)
    d = np.minimum(np.hypot(u, v), np.hypot(1 - u, 1 - v)) * size
    rows = palette(hues)
    c = Canvas(rows[2])
    c.times(0.85 + 0.3 * fbm(rng, 30, 4))
    for off, w, hue in (
        (0.0, 4.9, shade(rows[2], 0.5)),
        (0.0, 4.2, rows[1]),
        (0.0, 2.6, rows[0]),
        (0.0, 1.1, rows[3]),
    ):
        c.over(step(w + 0.35, w - 0.35, np.abs(d - size / 2 - off)), hue)
    c.times(
        0.8 + 0.35 * light(2.2 * step(4.6, 2.0, np.abs(d - size / 2)), 0.4) + 0.1 * (fbm(rng, 3, 4) - 0.5)
    )
    return c.rgb


def cube_blocks(rng, hues="e8b85c d85a4c 4c8aa8 6aa86a f0e8d8 8a6aa8", size=16.0):
    """A hillside of stacked toy blocks in slanted view."""
    c = Canvas(ramp(full(Y / H), "c8dce8 f0ece0"))
    rows = palette(hues)
    half, tall = size / 2, size * 0.5
    pile = fbm(rng, 50, 3)
    for r, y in enumerate(np.arange(22, H + 64, size / 4)):
        for x in np.arange(0, W, size) + half * (r % 2):
            n = int(
                5.5 * pile[min(int(y * 2), NY - 1) % NY, int(x * 2) % NX] * (0.4 + 0.6 * np.sin(r * 0.4) ** 2)
            )
            hue = rows[rng.integers(len(rows))] * rng.uniform(0.9, 1.05)
            q, top = size / 4, y - tall * n
            c.polygon(
                [
                    (x - half, top),
                    (x, top + q),
                    (x, top + q + tall * (n + 1)),
                    (x - half, top + tall * (n + 1)),
                ],
                hue * 0.8,
            )
            c.polygon(
                [
                    (x, top + q),
                    (x + half, top),
                    (x + half, top + tall * (n + 1)),
                    (x, top + q + tall * (n + 1)),
                ],
                hue * 0.52,
            )
            c.polygon(
                [(x - half, top), (x, top - q), (x + half, top), (x, top + q)], np.clip(hue * 1.12, 0, 1)
            )
            for lift in range(1, n + 1):
                c.line(x - half, top + tall * lift, x, top + q + tall * lift, hue * 0.5, 0.6)
                c.line(x, top + q + tall * lift, x + half, top + tall * lift, hue * 0.3, 0.6)
            c.ellipse(x, top - 1.2, half * 0.42, q * 0.42, hue * 0.9)
            c.ellipse(x, top - 2.2, half * 0.42, q * 0.42, np.clip(hue * 1.25, 0, 1))
    return c.rgb


def julia(rng, tones="f4ece0 e8b8a0 a84c5c 3c1c3c 1c5a5c a8d8b0 f4ece0"):
    """A fractal filigree, mirrored so that it repeats."""
    at, zoom = (-0.4, 0.6), 1.35
    x = np.abs(((X / W + 0.25) % 1) * 4 - 2) - 1
    u = np.array(np.broadcast_to(x * zoom * 1.02, (NY, NX)))
    v = np.array(np.broadcast_to((Y / H - 0.5) * zoom * 0.98, (NY, NX)))
    count, alive = np.zeros((NY, NX)), np.ones((NY, NX), bool)
    # Real arithmetic, one plain operation at a time: a fused complex product would differ between machines,
    # and the iteration blows such differences up.
    for _ in range(90):
        uu, vv, uv = u * u, v * v, u * v
        u, v = np.where(alive, uu - vv + at[0], 0.0), np.where(alive, uv + uv + at[1], 0.0)
        square = u * u + v * v
        out = alive & (square > 64)
        count[out] += 1 - np.log2(0.5 * np.log(square[out]) / np.log(8.0))
        alive &= ~out
        count[alive] += 1
    return ramp((np.sqrt(count) * 0.23) % 1, tones)


def wax_print(rng, hues="1c2c6a f4a82c c83c2c f8ecd0 1c6a5a", size=32.0):
    """A bold cloth print: medallions, leaves and dots, with cracks of resist dye."""
    rows = palette(hues)
    u, v = full(X % size) - size / 2, ((Y + size / 2 * (np.floor(X / size) % 2)) % size) - size / 2
    d, a = np.hypot(u, v), np.arctan2(v, u)
    c = Canvas(rows[0])
    field = np.hypot((X % 4) - 2, ((Y + 2 * (np.floor(X / 4) % 2)) % 4) - 2)
    c.over(step(1.2, 0.8, field), rows[4])
    r = size / 2
    for edge, hue in ((0.98, rows[3]), (0.9, rows[2]), (0.66, rows[1]), (0.34, rows[0])):
        wave = 1 + (0.06 if edge > 0.8 else 0.12) * np.cos(a * (16 if edge > 0.8 else 8))
        c.over(step(0.4, -0.4, d - r * edge * wave), hue)
    petals = np.abs(((a * 8 / TAU) % 1) - 0.5) * d
    c.over(step(0.8, 0.4, np.abs(petals - 1.5)) * (d > r * 0.36) * (d < r * 0.62), rows[2])
    c.over(step(0.5, 0.0, np.hypot(d - r * 0.78, ((a * 16 / TAU) % 1 - 0.5) * 4.5) - 1.3), rows[3])
    c.over(step(0.4, 0, d - r * 0.16), rows[3])
    crackle = cells(rng, 18, 18, 1.0, X + 6 * noise(rng, 12), Y + 6 * noise(rng, 12))
    c.over(0.6 * step(0.5, 0.15, crackle.next - crackle.near), shade(rows[0], 0.8))
    c.times(0.85 + 0.28 * (fbm(rng, 40, 3) - 0.3) + 0.1 * (fbm(rng, 1.5, 1) - 0.5))
    return c.rgb


def letterpress(rng, wood="6a4a2c a8804c d8b47c", ink="20242c b8382c 2c5a7a e8e0d0"):
    """A printer's drawer of old type blocks with inked invented letters."""
    c = Canvas("2a1c12")
    hues, y = palette(ink), 0.0
    while y < H:
        h, x = min(rng.choice([12.8, 16.0, 25.6]), H - y), 0.0
        while x < W - 1:
            w = min(h * rng.uniform(0.55, 1.0), W - x)
            grain = rng.uniform(0.75, 1.15)
            c.rect(x + 0.4, y + 0.4, w - 0.8, h - 0.8, mix(*palette(wood)[[1, 2]], rng.random()) * grain)
            c.rect(x + 0.4, y + h - 1.8, w - 0.8, 1.4, "3c2818")
            c.rect(x + w - 1.6, y + 0.4, 1.2, h - 0.8, "5a3c22")
            _type_face(c, rng, x + w * 0.5, y + h * 0.47, w * 0.62, h * 0.62, hues[rng.integers(len(hues))])
            x += w
        y += h
    c.times(0.8 + 0.35 * fbm(rng, 3, 4, 0.65, 0.4))
    return c.rgb


def _type_face(c, rng, x, y, w, h, hue):
    """Draw one invented letter of straight strokes."""
    p = np.array(
        [(-0.5, -0.5), (0.5, -0.5), (-0.5, 0), (0.5, 0), (-0.5, 0.5), (0.5, 0.5), (0, -0.5), (0, 0.5)]
    ) * [w, h] + [x, y]
    letters = (
        "04 15 23",
        "04 01 23 45",
        "67 01",
        "05 14",
        "04 45",
        "01 13 32 04",
        "46 65 23",
        "01 15 54 40",
        "01 14 45",
        "04 05 15",
    )
    for pair in letters[rng.integers(len(letters))].split():
        c.line(*p[int(pair[0])], *p[int(pair[1])], hue, min(w, h) * 0.22)


def xray(rng, film="020508", bone="d4e8f4"):
    """A chest film: ribs, spine, collar bones and the shadow of the heart on black."""
    c = Canvas(film)
    side, half = np.abs(away(128)), 78 + 0.12 * Y + 4 * noise(rng, 50)[9][None, :]
    flesh = step(half, half - 26, side) * step(-14, 24, Y - 0.1 * side) * (0.3 + 0.12 * fbm(rng, 20, 4))
    lungs = sum(np.exp(-((((away(128 + s) / 33) ** 2 + ((Y - 66) / 50) ** 2)) ** 2)) for s in (-37, 37))
    flesh = flesh * (1 - 0.72 * lungs) + 0.42 * np.exp(-((((away(142) / 24) ** 2 + ((Y - 86) / 26) ** 2)) ** 2))
    dome = 104 + 10 * np.abs(away(128 + 40) * (X > 128) + away(128 - 40) * (X <= 128)) ** 2 / 1600
    flesh = flesh + 0.45 * step(-3, 5, Y - dome) * step(half, half - 20, side)
    c.add(flesh + 0.05 * (fbm(rng, 3, 3) - 0.5) * step(0.05, 0.2, flesh), bone)
    near, far = Canvas(), Canvas()
    for k in range(10):
        y, reach = 6 + 11.5 * k, 50 + 22 * np.sin(0.32 * k + 0.35)
        for d in (-1, 1):
            a = np.linspace(0.12, 2.75, 22)
            back = [(128 + d * reach * np.sin(t * 0.62 + 0.03), y - 4 + 9 * t**1.5) for t in a]
            far.path(back, "3c3c3c", 4.4, 3.2, soft=1.0)
            far.path([(px, py - 1.7) for px, py in back], "707070", 0.8)
            front = [(128 + d * (reach * (1 - 0.2 * t) - 2), y + 24 + 7 * t) for t in np.linspace(0, 1.8, 9)]
            near.path(front, "262626", 3.0, 2.0, soft=1.2)
    for y in np.arange(-2, H + 6, 9.2):
        c.ellipse(128, y, 8, 3.9, bone, 0.42, 1.6)
        c.ellipse(128, y, 6.2, 2.4, film, 0.22, 1.6)
        c.ellipse(128, y + 3, 1.6, 3.2, "ffffff", 0.5, 1.4)
        c.line(114, y + 1, 142, y + 1, bone, 2.4, alpha=0.22, soft=1.2)
    for d in (-1, 1):
        collar = [(128 + d * (8 + 64 * t), 22 - 9 * np.sin(2.6 * t)) for t in np.linspace(0, 1, 12)]
        near.path(collar, "5c5c5c", 5, 4, soft=1.0)
        far.path([(128 + d * (86 + 11 * t), 24 + 108 * t) for t in (0, 1)], "606060", 10, 8, soft=3)
        far.ellipse(128 + d * 86, 22, 10, 10, "747474", 1, 4)
        c.polygon([(128 + d * 76, 16), (128 + d * 58, 34), (128 + d * 66, 68), (128 + d * 80, 34)], bone, 0.14)
    c.add(grey(far.rgb) + grey(near.rgb), bone)
    c.path([(18, 22), (18, 10), (24, 10), (24, 16), (18, 16), (25, 22)], "f4f8fc", 1.4)
    for k in range(4):
        c.rect(228 + 5 * k, 118, 3.4, 4, "c8d8e0", 0.8)
    return c.rgb


def abstract_shapes(rng, ground="ece0c4", ink="181820"):
    """An abstract painting of the twenties: discs, wedges, a chequer and ruled lines on cream."""
    c = Canvas(mix(ground, shade(ground, 0.84), fbm(rng, 50, 5)))
    d = radius(196, 46)
    c.over(step(52, 50, d) * 0.8, mix("f0c890", ground, step(20, 52, d)))
    for x, y, r, rim, core in (
        (66, 50, 40, "2c3a7a", "8ab0c8"), (66, 50, 29, "d8402c", "e88a50"), (74, 44, 15, ink, "f4cc3c"),
        (206, 92, 20, "e0a824", "f8e490"), (196, 40, 15, "3c7a6a", "a8d0b0"), (146, 24, 9, "7a3c7a", "c08ab8"),
        (20, 104, 12, "c83c50", "f0a0a0"), (238, 24, 8, ink, "5a5a6a"), (152, 106, 6, "2c5a9a", "8ac0e0"),
    ):
        c.ellipse(x, y, r, r, rim)
        c.ellipse(x - r * 0.1, y - r * 0.1, r * 0.72, r * 0.72, core, 1, r * 0.2)
    for points, hue, alpha in (
        ([(96, 122), (134, 14), (176, 118)], "e8b830", 0.75), ([(60, 92), (160, 66), (112, 112)], "2c6a8a", 0.8),
        ([(150, 60), (252, 54), (250, 62)], "c83c2c", 0.9), ([(176, 128), (190, 70), (204, 128)], "4a3c6a", 0.75),
        ([(8, 18), (44, 6), (30, 42)], "3c8a6a", 0.8), ([(216, 104), (250, 112), (226, 126)], "181820", 0.9),
    ):
        c.polygon(points, hue, alpha)
    for j in range(5):
        for i in range(6):
            a = np.array([112 + 7 * i + 2.4 * j, 40 + 6.4 * j - 1.6 * i])
            cell = [a, a + [7, -1.6], a + [9.4, 4.8], a + [2.4, 6.4]]
            c.polygon(cell, (ink, "f4ecd8", "d8402c")[(i + j) % 2 + ((i * j) % 5 == 4)])
    for x0, y0, x1, y1, w in (
        (4, 120, 168, 4, 1.8), (20, 126, 184, 10, 0.8), (120, 124, 252, 70, 1.2), (140, 4, 236, 122, 2.6),
        (36, 8, 92, 124, 0.9), (226, 6, 166, 92, 0.8), (180, 16, 248, 40, 1.4),
    ):
        c.line(x0, y0, x1, y1, ink, w)
    for k in range(6):
        c.line(16 + 5 * k, 70, 28 + 5 * k, 96, ink, 0.8)
        t = np.linspace(3.5, 5.6, 14)
        c.path([(206 + (26 + 4 * k) * np.cos(a), 100 + (26 + 4 * k) * np.sin(a)) for a in t], ink, 0.8)
    t = np.linspace(0, 1, 30)
    c.path([(88 + 70 * s, 100 + 9 * np.sin(15 * s) * (1 - s)) for s in t], "c83c2c", 3.0, 0.6)
    c.times(0.9 + 0.12 * fbm(rng, 3, 4, 0.6) + 0.08 * np.sin(3.1 * X + noise(rng, 9)) * np.sin(3.1 * Y))
    return c.rgb


def metro_map(rng, sheet="f8f7f2", hues="d8282c 1c6ab8 2c9a4c f0b41c 8a3c9a 14a0a8 e8742c 8a8a90"):
    """The plan of an underground railway: coloured lines at right angles and 45 degrees, stops and a river."""
    c = Canvas(sheet)
    for rx, ry, tone in ((112, 54, "eeece4"), (66, 33, "e2dfd6")):
        c.ellipse(120, 62, rx, ry, tone, 1, 0.8)
    river = [(-10, 92), (30, 92), (58, 112), (120, 112), (148, 86), (200, 86), (214, 92), (246, 92)]
    c.path(river, "b0d8f0", 9)
    for k, stops in enumerate((
        [(0, 40), (56, 40), (88, 72), (176, 72), (208, 40), (256, 40)],
        [(36, -4), (36, 28), (76, 68), (76, 100), (108, 132)],
        [(172, -4), (172, 44), (136, 80), (136, 132)],
        [(12, 104), (40, 104), (124, 20), (200, 20), (232, 52), (232, 132)],
        [(92, -4), (92, 44), (112, 64), (180, 64), (212, 96), (212, 132)],
        [(64, 54), (92, 26), (150, 26), (184, 60), (156, 98), (88, 98), (64, 74), (64, 54)],
        [(246, 76), (196, 76), (160, 112), (24, 112), (8, 96)],
        [(4, -4), (4, 70), (20, 86), (20, 132)],
    )):
        hue = palette(hues)[k]
        c.path(stops, sheet, 4.6)
        c.path(stops, hue, 3.2)
        for (ax, ay), (bx, by) in zip(stops[:-1], stops[1:]):
            count = max(1, np.hypot(bx - ax, by - ay) // 11)
            for t in np.arange(0.5, count) / count:
                x, y = ax + (bx - ax) * t, ay + (by - ay) * t
                if rng.random() < 0.22:
                    c.ellipse(x, y, 3.3, 3.3, "18181c")
                    c.ellipse(x, y, 2.2, 2.2, "ffffff")
                else:
                    flat = abs(by - ay) < abs(bx - ax)
                    c.line(x, y, x + (0 if flat else 3.4), y - (3.4 if flat else 0), hue, 1.8)
                at, stop = x + 4.5, x + rng.choice([0, 9, 13, 17])
                while at < stop:
                    n = rng.uniform(1.2, 3)
                    c.rect(at, y - 5.5, n, 1.3, "24344c", 0.8)
                    at += n + 0.7
    c.rect(219, 100, 32, 24, "ffffff", 0.9)
    for k in range(8):
        x, y = 221 + 15 * (k // 4), 102.5 + 5.2 * (k % 4)
        c.rect(x, y, 4.5, 2.4, palette(hues)[k])
        c.rect(x + 6, y + 0.6, rng.uniform(4, 7), 1.2, "24344c", 0.8)
    return c.rgb


def carpet(rng, field="6a0c18", hues="14204a c8944c e8d8b4 a82c24 2c5a4c 1c0c10"):
    """A knotted carpet: lobed medallions on a field of vines between flowered borders."""
    navy, gold, cream, red, green, dark = palette(hues)
    c = Canvas(field)
    u, v = full(np.abs(away(128))), full(np.abs(Y - 64))
    a, b = np.floor(u) + 0.5, np.floor(v) + 0.5
    for k in range(3):
        vine = np.abs(np.sin((a + 9 * k) / 9) * 13 + 13 * k - b + 5)
        c.over(step(1.3, 0.7, vine), (green, gold, green)[k] * 0.9)
    for x, y in zip(rng.uniform(0, 128, 46), rng.uniform(0, 46, 46)):
        hues = ((cream, red, navy), (gold, navy, cream))[rng.integers(2)]
        _rosette(c, a - np.floor(x), b - np.floor(y), rng.uniform(2.4, 5.2), *hues)
    for x0, rx, ry in ((0.0, 78, 44), (128.0, 44, 34)):
        angle = np.arctan2(b / ry, (a - x0) / rx)
        d = np.hypot((a - x0) / rx, b / ry) * (1 + 0.07 * np.cos(12 * angle))
        rings = (1.0, dark), (0.96, gold), (0.91, navy), (0.62, cream), (0.58, red), (0.3, gold), (0.26, navy)
        for edge, hue in rings:
            c.over(d < edge, hue)
        for r, n, size in ((0.77, 8, 5.4), (0.44, 6, 4.2), (0.0, 1, 5.5)):
            for t in (np.arange(n) + 0.5) * TAU / n if n > 1 else (0.0,):
                off = abs(x0 + rx * r * np.cos(t)), abs(ry * r * np.sin(t))
                _rosette(c, a - off[0], b - off[1], size, gold if r > 0.5 else cream, red if r > 0.5 else green, cream)
    stripes = (46, 64, navy), (46, 47.5, gold), (61, 62.5, gold), (63, 65, red), (43, 46, cream), (44, 45, dark)
    for low, high, hue in stripes:
        c.over((b > low) & (b < high), hue)
    c.over((b > 43) & (b < 46) & (a % 6 < 3), red)
    for k in range(9):
        _rosette(c, (a % 128) - (8 + 16 * k), b - 54, 5.6, *((red, gold, cream), (cream, green, red))[k % 2])
    c.over((np.abs(b - 54 - 3.5 * np.sin(a * TAU / 32)) < 0.7) & (np.abs(a % 16 - 8) > 5), green * 1.4)
    knot = 0.86 + 0.2 * rng.random((NY // 2, NX // 2)).repeat(2, 0).repeat(2, 1)
    c.times(knot * (0.85 + 0.2 * fbm(rng, 40, 3)) * (1 - 0.12 * (Y % 2 < 0.6)))
    return c.rgb


def _rosette(c, dx, dy, r, petal, eye, core):
    """Lay an eight-petalled flower, given the distances of all points from its middle."""
    d, a = np.hypot(dx, dy), np.arctan2(dy, dx)
    c.over(d < r * (0.86 + 0.2 * np.cos(8 * a)), petal)
    c.over(d < r * 0.55, eye)
    c.over(d < r * 0.24, core)


def comic_page(rng, ink="141014", sheet="f8f4e8"):
    """A page of a comic book: five inked panels with printers' dots, sound bursts and speech balloons."""
    c = Canvas(sheet)
    panels = (
        ([(4, 4), (92, 4), (80, 60), (4, 60)], _panel_town),
        ([(97, 4), (184, 4), (196, 60), (85, 60)], _panel_burst),
        ([(189, 4), (252, 4), (252, 60), (201, 60)], _panel_face),
        ([(4, 65), (112, 65), (130, 124), (4, 124)], _panel_runner),
        ([(117, 65), (252, 65), (252, 124), (135, 124)], _panel_rocket),
    )
    for corners, draw in panels:
        mask, art = Canvas(), Canvas(sheet)
        mask.polygon(corners, "ffffff")
        draw(art, rng, ink)
        c.over(mask.rgb[..., 0], art.rgb)
        c.path([*corners, corners[0]], ink, 1.8)
    for x, y, rx, ry, tip in ((60, 16, 20, 8, (44, 32)), (225, 13, 20, 7, (222, 26)), (34, 76, 24, 8, (58, 88)),
                              (222, 80, 22, 9, (202, 94))):
        _balloon_of_speech(c, rng, x, y, rx, ry, tip, ink)
    c.times(0.95 + 0.07 * fbm(rng, 4, 4, 0.6))
    return c.rgb


def _dots(pitch, size):
    """Give a mask of printers' dots at 45 degrees."""
    return 0.5 + 0.25 * (np.cos((X + Y) * TAU / pitch) + np.cos((X - Y) * TAU / pitch)) > size


def _balloon_of_speech(c, rng, x, y, rx, ry, tip, ink):
    """Draw a speech balloon with two lines of lettering."""
    for grow, hue in ((1.0, ink), (0, "ffffff")):
        c.ellipse(x, y, rx + grow, ry + grow, hue)
        c.polygon([(x - 5 - grow, y + ry * 0.6), tip, (x + 2 + grow, y + ry * 0.8)], hue)
    for row in (-2.6, 1.2):
        at = x - rx * 0.7
        while at < x + rx * 0.65:
            n = rng.uniform(1.4, 4)
            c.rect(at, y + row, n, 1.8, ink)
            at += n + 1.1


def _panel_town(art, rng, ink):
    """Ink a night town under a yellow moon."""
    art.over(1, ramp(full(Y / 60), "2c3c9a e8508a"))
    art.over(_dots(4.0, 0.72), "1c2470")
    art.ellipse(26, 24, 15, 15, ink)
    art.ellipse(26, 24, 14, 14, "fce04c")
    for x in np.arange(0, 96, 11.0):
        h = rng.uniform(14, 36)
        art.rect(x, 60 - h, 10.4, h, ink)
        for _ in range(7):
            art.rect(x + rng.integers(1, 5) * 1.9, 60 - h + rng.integers(1, int(h / 4)) * 4, 1.3, 2.2, "fce04c")


def _panel_burst(art, rng, ink):
    """Ink an explosion with rays and flying pieces."""
    art.over(1, "f4382c")
    art.over(_dots(4.0, 0.62), "fce04c")
    for grow, hue in ((37, ink), (35, "fce04c"), (25, ink), (23.8, "ffffff"), (13, "f4982c")):
        a = np.linspace(0, TAU, 29)[:-1]
        r = grow * np.where(np.arange(28) % 2, 0.62, 1 + 0.16 * np.sin(5 * a))
        art.polygon(list(zip(140 + 1.25 * r * np.cos(a), 33 + 0.72 * r * np.sin(a))), hue)
    for x, w in ((122, 8), (132, 8), (142, 8), (152, 8)):
        art.path([(x, 40), (x + 2, 26), (x + w * 0.8, 28), (x + 2, 34), (x + w, 39)], ink, 4.2)
        art.path([(x, 40), (x + 2, 26), (x + w * 0.8, 28), (x + 2, 34), (x + w, 39)], "f4382c", 2.2)
    for _ in range(16):
        x, y, s = rng.uniform(92, 192), rng.uniform(4, 60), rng.uniform(1, 2.6)
        art.polygon([(x - s, y), (x, y - s), (x + s * 1.4, y + s)], ink)


def _panel_face(art, rng, ink):
    """Ink a startled face close up."""
    art.over(1, "38b0d8")
    art.over(_dots(3.4, 0.66), "f8f4e8")
    art.ellipse(226, 36, 26, 28, ink)
    art.ellipse(226, 46, 19, 23, ink)
    art.ellipse(226, 46, 18, 22, "f8c8a0")
    art.over((np.hypot((X - 226) / 18, (Y - 46) / 22) < 1) & _dots(3.0, 0.7) & (X > 228), "e07a6a")
    for k in range(5):
        art.polygon([(206 + 8 * k, 18), (217 + 8 * k, 18), (207 + 9 * k, 35)], ink)
    for x in (218, 234):
        art.ellipse(x, 42, 5.2, 4.4, ink)
        art.ellipse(x, 42.4, 4.3, 3.6, "ffffff")
        art.ellipse(x + 0.8, 42.6, 2.1, 2.6, "1c6ab8")
        art.ellipse(x + 0.8, 42.6, 1.0, 1.3, ink)
        art.line(x - 5, 35, x + 5, 34 if x > 226 else 36, ink, 1.4)
    art.path([(226, 44), (223, 51), (227, 51.5)], ink, 0.9)
    art.ellipse(227, 57, 5, 3.6, ink)
    art.ellipse(227, 58.5, 3.4, 1.8, "d8202c")


def _panel_runner(art, rng, ink):
    """Ink a runner in a cape with speed lines."""
    art.over(1, "f8d848")
    art.over(_dots(4.0, 0.8), "f4982c")
    for _ in range(34):
        y, x = rng.uniform(66, 122), rng.uniform(-10, 60)
        art.line(x, y, x + rng.uniform(20, 60), y, ink, 0.4, rng.uniform(0.5, 1.3))
    limbs = (
        [(78, 84), (72, 104)], [(72, 104), (88, 106), (84, 120)], [(72, 103), (58, 108), (44, 104)],
        [(77, 87), (92, 92), (100, 84)], [(76, 87), (62, 92), (66, 101)],
    )
    art.polygon([(78, 82), (44, 78), (20, 92), (34, 96), (30, 106), (70, 98)], ink)
    art.polygon([(77, 83.5), (45, 80), (24, 91.5), (37, 95), (34, 103), (69, 96)], "d8202c")
    for pts in limbs:
        art.path(pts, ink, 7.4)
    for k, pts in enumerate(limbs):
        art.path(pts, ("1c6ab8", "1c6ab8", "184f90", "f8c8a0", "f8c8a0")[k], 5.2)
    art.ellipse(82, 78, 6.4, 7, ink)
    art.ellipse(83, 78.5, 5.2, 5.6, "f8c8a0")
    art.polygon([(76, 78), (77, 71), (88, 73), (88, 76)], ink)
    art.rect(0, 121, 132, 4, ink)


def _panel_rocket(art, rng, ink):
    """Ink a rocket that leaves a cratered moon."""
    art.over(1, "3c1c5a")
    art.over(_dots(5.0, 0.86), "8a4aa8")
    for x, y in zip(rng.uniform(118, 250, 30), rng.uniform(66, 112, 30)):
        art.ellipse(x, y, 0.8, 0.8, "ffffff")
    art.ellipse(176, 142, 62, 36, ink)
    art.ellipse(176, 142, 61, 35, "a8c0c8")
    for x, y, r in ((150, 117, 7), (182, 114, 9), (208, 120, 5), (168, 124, 4)):
        art.ellipse(x, y, r, r * 0.4, ink)
        art.ellipse(x + 0.6, y + 0.6, r * 0.9, r * 0.3, "7890a0")
    u, v = np.array([0.8, -0.6]), np.array([0.6, 0.8])
    nose, body = np.array([186.0, 76.0]), np.array([158.0, 97.0])
    for grow, flame in ((26, "f4382c"), (19, "f4982c"), (11, "fce04c")):
        tongues = [body - grow * u - 3 * v, body - 0.6 * grow * u, body - grow * u + 4 * v]
        art.polygon([body + 5.5 * v, body - 5.5 * v, *tongues], flame)
    for side in (1, -1):
        art.polygon([body + side * 5 * v + 9 * u, body + side * 13 * v - 6 * u, body + side * 4 * v - 1 * u], ink)
        art.polygon([body + side * 5 * v + 7 * u, body + side * 11.5 * v - 4.4 * u, body + side * 4 * v], "d8202c")
    art.line(*body, *nose, ink, 14.5, 3)
    art.line(*body, *nose, "f8f4e8", 12.4, 1.4)
    art.line(*(body + 2.6 * v), *(nose + 0.4 * v), "b8b4c8", 5, 0.5)
    art.line(*(nose - 7 * u), *nose, "d8202c", 4.2, 0.8)
    art.ellipse(*(body + 15 * u), 3.6, 3.6, ink)
    art.ellipse(*(body + 15 * u), 2.6, 2.6, "38b0d8")
