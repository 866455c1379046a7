"""Surfaces seen close up: walls, stone, wood, cloth, fur, fruit."""

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
    ramp,
    shade,
    step,
    warp,
)


def brick_wall(rng, clay="6a2c20 9a4a34 c47a58 7a3c30", mortar="b0a698"):
    """Old bricks in running bond, chipped, stained and lit from the side."""
    wide, tall = 16.0, 6.4
    jig = 0.5 * noise(rng, 7), 0.5 * noise(rng, 7)
    row = np.floor((Y + jig[1]) / tall)
    u = (X + jig[0]) / wide + 0.5 * (row % 2)
    col = np.floor(u) % round(W / wide)
    du, dv = np.abs(u - np.floor(u) - 0.5) * wide, np.abs((Y + jig[1]) / tall - row - 0.5) * tall
    edge = np.minimum(wide / 2 - du, tall / 2 - dv) + 0.7 * (fbm(rng, 3, 3, 0.6) - 0.5)
    tones = rng.random((64, 64))[row.astype(int) % 64, col.astype(int) % 64]
    face = ramp(np.clip(tones + 0.5 * (fbm(rng, 3, 4, 0.65) - 0.5), 0, 1), clay)
    relief = light(np.clip(edge, 0, 1.1) + 0.5 * fbm(rng, 3, 4, 0.65), 0.42, 225)
    c = Canvas(mix(shade(mortar, 0.8), face, step(0.2, 0.75, edge)) * (0.45 + 1.1 * relief)[..., None])
    c.times(1 - 0.4 * step(0.45, 0.85, fbm(rng, 40, 5, 0.5, 0.7)))
    c.over(0.35 * step(0.62, 0.85, fbm(rng, 30, 5, 0.6, 0.5)), mortar)
    return c.rgb


def graffiti(rng, hues="f03c78 f8c020 20a0e0 60c83c 8a3cd0 f87020", wall="8c8a88"):
    """Sprayed bubble letters with outlines, drips and tags on concrete."""
    c = Canvas(colour(wall) * (0.75 + 0.4 * fbm(rng, 30, 6, 0.6))[..., None])
    for x in (0, 85, 170):
        c.rect(x, 0, 0.8, H, "5a5856")
    rows = palette(hues)
    for _ in range(16):
        hue, x, y = rows[rng.integers(6)], rng.uniform(0, W), rng.uniform(0, H)
        pts = [(x + 5 * k + rng.normal(0, 3), y + rng.normal(0, 7)) for k in range(7)]
        c.path(pts, hue * rng.uniform(0.4, 0.9), 1.2, alpha=0.6)
    cloud = rows[rng.integers(6)]
    for _ in range(50):
        c.ellipse(
            rng.uniform(0, W),
            rng.normal(64, 20),
            rng.uniform(8, 22),
            rng.uniform(7, 15),
            cloud * rng.uniform(0.75, 1.1),
            0.35,
            6,
        )
    for k, x in enumerate(np.arange(18, W, 37.0)):
        strokes = _glyph(rng, x, rng.uniform(58, 68), 27)
        a, b = rows[k % 6], rows[(k + 2) % 6]
        for grow, tone, dx in ((17, "101014", 2.5), (15.5, "101014", 0), (12.5, "f4f4f0", 0), (11, a, 0)):
            for s in strokes:
                c.path([(px + dx, py + dx) for px, py in s], tone, grow)
        for s in strokes:
            c.path([(px, py + 3) for px, py in s], b, 5, alpha=0.8, soft=4)
            c.path([(px - 2.4, py - 3.4) for px, py in s], "ffffff", 1.4, alpha=0.85)
        for _ in range(3):
            dx, n = rng.uniform(-12, 12), rng.uniform(8, 26)
            c.line(x + dx, 84, x + dx, 86 + n, a, 1.5, 0.8)
    for x, y in zip(rng.uniform(0, W, 160), rng.uniform(0, H, 160)):
        c.ellipse(x, y, rng.uniform(0.3, 1.0), rng.uniform(0.3, 1.0), rows[rng.integers(6)], 0.8)
    return c.rgb


def _glyph(rng, x, y, s):
    """Give the strokes of an invented letter."""
    p = np.array([[-0.35, -0.6], [0.35, -0.6], [-0.35, 0], [0.35, 0], [-0.35, 0.6], [0.35, 0.6]]) * s + [x, y]
    forms = (
        [0, 4, 5, 3, 2],
        [0, 1, 2, 5, 4],
        [4, 0, 1, 5, 3, 2],
        [1, 0, 4, 5, 3],
        [0, 2, 3, 1, 5],
        [0, 5, 2, 1, 4],
    )
    pts = p[forms[rng.integers(len(forms))]] + rng.normal(0, 1.2, (1, 2))
    return [[tuple(q) for q in pts]]


def wood_planks(rng, tones="3c3834 6a645c 9a9488 b8b4a8", gap="1c100a", paint="3c8aa0 e8e4d4 d86a50 f0c85c"):
    """Planks with flowing grain, knots and nail heads under flaking paint."""
    plank = H / 6
    board = np.floor(Y / plank).astype(int)
    shift = rng.uniform(0, 200, 32)[board]
    warp_y = 2.2 * noise(rng, 9, 6)
    field = 0.0 * X + Y + warp_y + shift
    for _ in range(9):
        kx, ky = rng.uniform(0, W), (rng.integers(0, int(H / plank)) + rng.uniform(0.3, 0.7)) * plank
        d2 = (away(kx) / 8) ** 2 + ((Y - ky) / 3.5) ** 2
        field = field + 5 * np.exp(-d2) * np.sign(Y - ky) * (np.floor(ky / plank) == board)
    grain = 0.5 + 0.5 * np.sin(field * 2.3)
    fine = fbm(rng, 2.4, 3, 0.7, 16)
    tone = rng.uniform(0.15, 0.55, 32)[board]
    c = Canvas(ramp(np.clip(tone + 0.28 * grain + 0.38 * (fine - 0.5), 0, 1), tones))
    flake = fbm(rng, 12, 6, 0.62, 2.2) + 0.12 * (fine - 0.5)
    lit = light(step(0.46, 0.5, flake) * 1.2, 0.4)
    hues = palette(paint)[rng.integers(0, len(palette(paint)), 32)[board]]
    c.over(step(0.45, 0.49, flake), hues * (0.55 + 0.85 * lit * (0.85 + 0.3 * fine))[..., None])
    v = Y / plank - board
    c.over(np.clip(step(0.05, 0.02, v) + step(0.96, 0.99, v), 0, 1), gap)
    c.add(0.07 * step(0.04, 0.08, v) * step(0.14, 0.08, v), "ffffff")
    for x in (20, 148):
        for k in range(int(H / plank)):
            c.ellipse(x + 2 * (k % 2), (k + 0.5) * plank, 1, 1, "20160f")
    return c.rgb


def marble(rng, base="f0eeea dcdcdc b8bcc0", vein="5a6068"):
    """Polished slabs of veined stone."""
    bend = 22 * (fbm(rng, 50, 5) - 0.5), 22 * (fbm(rng, 50, 5) - 0.5)
    c = Canvas(ramp(warp(fbm(rng, 46, 6, 0.55), *bend), base))
    for k, size in enumerate((60, 34, 18)):
        crease = np.abs(warp(noise(rng, size, 1.3), *bend) + 0.1 * (fbm(rng, 8, 4) - 0.5))
        c.over((0.85 - 0.2 * k) * np.exp(-crease * (34 - 4 * k)) * fbm(rng, 30, 3), vein)
    for x in (0, 128):
        c.rect(x, 0, 0.7, H, shade(vein, 0.6), 0.8)
    c.rect(0, 64, W, 0.7, shade(vein, 0.6), 0.5)
    c.add(0.1 * step(0.6, 1, np.broadcast_to(np.sin((X + Y) * TAU / 128), (NY, NX))), "ffffff")
    return c.rgb


def tartan(rng, ground="8c1c24", bands="1c3c2c 20244c f0e8d0 e0b030 101418"):
    """Woven plaid in a twill weave with soft folds."""
    sett = 64.0
    fold = 3 * noise(rng, 40, 1.5)
    widths, places = rng.uniform(2, 11, 7), np.sort(rng.uniform(0, sett, 7))
    picks = np.array([2, *rng.permutation(5), 2])

    def stripes(t):
        """Colour places across the cloth by the bands they fall into."""
        rgb = np.broadcast_to(colour(ground), (*t.shape, 3)).copy()
        for p, w, k in zip(places, widths, picks):
            rgb[np.abs((t - p + sett / 2) % sett - sett / 2) < w / 2] = palette(bands)[k]
        return rgb

    across = np.broadcast_to(X, (NY, NX)) + fold
    down = np.broadcast_to(Y, (NY, NX)) + fold
    twill = ((np.floor(across * 1.5) + np.floor(down * 1.5)) % 4) < 2
    c = Canvas(np.where(twill[..., None], stripes(across % sett), stripes(down % sett)))
    c.times(0.62 + 0.7 * light(fold * 3, 0.3) + 0.14 * (fbm(rng, 2, 2) - 0.5))
    return c.rgb


def knit(rng, yarns="2c3c5c 8ca8c8 5a3c5c e8a8b0 2c5a5c f0e4c8"):
    """A knitted jumper: columns of plaited stitches with a snowflake border."""
    stitch = 10.666667
    tall = stitch * 0.72
    u = (X / stitch) % 1 - 0.5
    slant = np.broadcast_to(Y / tall, (NY, NX)) - np.abs(u) * 1.25
    row, v = np.floor(slant), slant - np.floor(slant) - 0.5
    oval = np.hypot((np.abs(u) - 0.25) / 0.27, v / 0.56)
    hues = palette(yarns)
    col = np.floor(X / stitch).astype(int)
    motif = (
        np.array(
            [int(b, 2) for b in ("10010010", "01010101", "00111011", "11101111", "00111011", "01010101")]
        )[row.astype(int) % 6]
        >> (col % 8)
    ) & 1
    band = (row.astype(int) // 6) % 3
    base = hues[band * 2 % len(hues)]
    face = np.where((motif[..., None] == 1), hues[(band * 2 + 1) % len(hues)], base)
    fibre = fbm(rng, 2, 2) - 0.5
    lit = np.clip(1.12 - 0.62 * oval**2 + 0.24 * (np.sign(u) * -0.5) + 0.3 * fibre, 0.2, 1.2)
    c = Canvas(face * lit[..., None])
    c.times(0.85 + 0.25 * fbm(rng, 50, 3))
    return c.rgb


def pebbles(rng, stones="3c3e42 6a6c70 a09c94 c8bca8 8a6a54 e4e0d8"):
    """Smooth wet pebbles of several sizes."""
    size = 17.0
    small = cells(rng, size * 0.42, size * 0.36, 0.9)
    c = Canvas(ramp(small.tone * 0.6, stones) * 0.45)
    c.times(0.3 + np.clip((small.next - small.near) / 3, 0, 1))
    bend = 2.0 * noise(rng, 8), 2.0 * noise(rng, 8)
    big = cells(rng, size, size * 0.72, 0.95, X + bend[0], Y + bend[1])
    edge = big.next - big.near
    dome = np.sqrt(np.clip(1 - np.clip(1 - edge / (size * 0.6), 0, 1) ** 2, 0, 1))
    lit = light(dome * size * 0.3, 0.32, 230)
    grain = fbm(rng, 3, 4, 0.65)
    band = 0.5 + 0.5 * np.sin((big.dx * np.cos(big.tone * 40) + big.dy * np.sin(big.tone * 40)) * 1.4)
    face = (
        palette(stones)[(big.tone * 5.99).astype(int)]
        * (0.8 + 0.35 * grain + 0.12 * band * (big.tone * 17 % 1 > 0.6))[..., None]
    )
    c.over(step(1.0, 2.2, edge) * (big.tone * 31 % 1 > 0.12), face * (0.3 + 1.2 * lit)[..., None])
    c.add(0.35 * step(0.72, 0.95, lit) * step(1, 3, edge), "ffffff")
    return c.rgb


def rust(rng, paint="2c6a7a", metal="3c1c10 8a3c18 c86a2c e8a860"):
    """Painted steel plates with rivets, streaked and eaten by rust."""
    eaten = fbm(rng, 24, 7, 0.62) + 0.18 * fbm(rng, 50, 5, 0.6, 0.08)
    c = Canvas(ramp(np.clip(fbm(rng, 5, 5, 0.7), 0, 1), metal))
    mask = step(0.56, 0.6, 1.15 - eaten)
    edge = light(mask * 1.5, 0.4)
    coat = colour(paint) * (0.8 + 0.3 * fbm(rng, 30, 5))[..., None]
    c.over(mask, coat * (0.5 + edge)[..., None])
    streak = fbm(rng, 70, 6, 0.7, 0.05)
    c.over(0.6 * step(0.55, 0.85, streak) * mask * fbm(rng, 40, 3), "7a3414")
    for x in np.arange(0, W, 64):
        c.rect(x, 0, 1, H, "1c100c", 0.85)
        c.rect(x + 1, 0, 0.7, H, "ffffff", 0.2)
        for y in np.arange(4, H, 10.6):
            for d in (-4, 5):
                c.ellipse(x + d + 0.6, y + 0.8, 2.0, 2.0, "140a08", 0.7, 1)
                c.ellipse(x + d, y, 1.7, 1.7, shade(paint, rng.uniform(0.6, 1.2)))
                c.ellipse(x + d - 0.5, y - 0.6, 0.7, 0.7, "f0e8e0", 0.6)
    c.rect(0, 42, W, 0.9, "1c100c", 0.8)
    return c.rgb


def zebra(rng, light_tone="f0ebe0", dark_tone="18161a", cell=12.8):
    """The striped coat of a zebra with short directed hairs."""
    bend = 20 * noise(rng, 46), 14 * noise(rng, 40)
    phase = (X + bend[0]) * TAU / cell + 1.4 * noise(rng, 20) * 2 + 0.12 * (Y + bend[1])
    fork = np.sin(phase) + 0.55 * noise(rng, 14, 0.8)
    hair = fbm(rng, 6, 3, 0.8, 0.16)
    c = Canvas(mix(light_tone, dark_tone, step(-0.16, 0.16, fork + 0.7 * (hair - 0.5))))
    c.times(0.72 + 0.45 * hair)
    c.times(0.8 + 0.35 * fbm(rng, 60, 3))
    return c.rgb


def leopard(rng, coat="b07830 dca858 f0d8a0", spot="2a180e", size=15.0):
    """Rosettes on a tawny coat."""
    hair = fbm(rng, 6, 3, 0.8, 0.2)
    c = Canvas(ramp(np.clip(0.25 + 0.5 * fbm(rng, 50, 3) + 0.4 * (hair - 0.5), 0, 1), coat))
    bend = 2.6 * noise(rng, 6), 2.6 * noise(rng, 6)
    rose = cells(rng, size, size * 0.85, 0.7, X + bend[0], Y + bend[1])
    d = rose.near / size
    gaps = noise(rng, 5) * 0.09
    c.over(0.5 * step(0.3, 0.2, d), "a0602c")
    c.over(step(0.085, 0.055, np.abs(d - 0.3) + np.clip(gaps, 0, 1) * 1.2), spot)
    c.over(step(0.1, 0.06, d) * (rose.tone > 0.7), spot)
    c.times(0.75 + 0.4 * hair)
    return c.rgb


def fruit_crate(rng, skins="f08a1c e8a028 f4b43c", spot="b85a10", size=20.0):
    """Heaped round fruit, each with its own shading, pores and stalk."""
    c = Canvas("140c06")
    rows = palette(skins)
    pitch = W / round(W / (size * 1.02))
    for row, y in enumerate(np.arange(-4, H + size, size * 0.62)):
        for x in np.arange(0, W, pitch) + pitch / 2 * (row % 2):
            px, py, r = x + rng.uniform(-2.5, 2.5), y + rng.uniform(-2, 2), size * rng.uniform(0.5, 0.6)
            hue = rows[rng.integers(len(rows))] * rng.uniform(0.85, 1.1)
            c.ellipse(px + 1.5, py + 2.5, r * 1.1, r * 1.1, "0a0603", 0.7, 4)
            for k in range(7):
                g = 1 - k * 0.13
                c.ellipse(
                    px - 0.22 * r * (1 - g),
                    py - 0.3 * r * (1 - g),
                    r * g,
                    r * g,
                    np.clip(hue * (0.42 + 0.12 * k), 0, 1),
                    1,
                    1.2,
                )
            for _ in range(12):
                a, b = rng.uniform(0, TAU), r * 0.85 * np.sqrt(rng.random())
                c.ellipse(px + b * np.cos(a), py + b * np.sin(a), 0.5, 0.5, spot, 0.4)
            c.ellipse(px - r * 0.34, py - r * 0.42, r * 0.17, r * 0.13, "fffbe8", 0.75, 1.4)
            if rng.random() < 0.45:
                a = rng.uniform(-2.6, -0.5)
                c.ellipse(px, py - r * 0.15, 1.4, 1.1, "3c4a1c")
                c.ellipse(px + 4 * np.cos(a), py - r * 0.15 + 4 * np.sin(a), 4.2, 1.7, "3f7a2c", 1, 0.6, a)
    return c.rgb


def peacock(rng, barb="0c3c34 1c7a54 5aa84c", eye="c89a3c 2a9a8c 1c3ca0 0c1440"):
    """Overlapping tail feathers with bronze, turquoise and indigo eyes."""
    c = Canvas("08201c")
    stops, greens = palette(eye), palette(barb)
    for row, y in enumerate(np.arange(-6, H + 34, 19.0)):
        for x in np.arange(0, W, 32.0) + 16 * (row % 2):
            for a in np.linspace(-2.75, -0.39, 34):
                n = 22 + 5 * np.sin(3 * a) + rng.uniform(-2, 2)
                tone = greens[rng.integers(3)] * rng.uniform(0.6, 1.15)
                c.line(x, y + 8, x + n * 0.8 * np.cos(a), y + 8 + n * np.sin(a), tone, 0.9, 0.4)
            for hue, rx, ry, dy in zip(stops, (8.5, 6.6, 4.6, 2.8), (10, 7.6, 5.2, 3.0), (0, 0.8, 1.4, 1.0)):
                c.ellipse(x, y - 3 + dy, rx, ry, hue * rng.uniform(0.85, 1.15))
                c.ellipse(
                    x - rx * 0.25,
                    y - 3 + dy - ry * 0.3,
                    rx * 0.55,
                    ry * 0.5,
                    np.clip(hue * 1.4, 0, 1),
                    0.5,
                    1.6,
                )
            c.line(x, y + 4, x, y + 22, "d8c890", 0.9)
    return c.rgb


def crumpled_paper(rng, sheet="c8c4bc eeece6 fdfcf8"):
    """Creased paper with sharp folds under raking light."""
    facets = np.zeros((NY, NX))
    for k, size in enumerate((44, 24, 12)):
        f = cells(rng, size, size * 0.9, 1.0, X + 5 * noise(rng, 20), Y + 5 * noise(rng, 20))
        a = f.tone * 40
        facets = facets + (f.dx * np.cos(a) + f.dy * np.sin(a)) * (0.75, 0.5, 0.3)[k]
    lit = light(blur(facets, 0.7) + 0.4 * fbm(rng, 3, 3, 0.6), 0.26, 215)
    c = Canvas(ramp(lit, sheet))
    return c.rgb


def satin(rng, cloth="04281c 0c7a50 7ad8a8 f0fff4"):
    """Glossy cloth in deep flowing folds."""
    bend = 44 * (fbm(rng, 60, 3, 0.45) - 0.5), 44 * (fbm(rng, 60, 3, 0.45) - 0.5)
    height = warp(np.sin(X * 2.0 / W * TAU + 0.05 * Y) + 0.8 * noise(rng, 34, 1.2), *bend) * 9
    height = height + 2.4 * warp(noise(rng, 14, 1), *bend)
    lit = light(height, 0.34, 215)
    gloss = lit**1.4 + 0.35 * np.exp(-(((lit - 0.78) / 0.06) ** 2))
    c = Canvas(ramp(np.clip(gloss, 0, 1), cloth))
    c.times(1 + 0.07 * (fbm(rng, 2, 2) - 0.5))
    return c.rgb


def frost(rng, glass="0c2440 2c5a8c 9ac4e4", ice="f4fbff"):
    """Fern-like ice crystals growing over a cold window."""
    c = Canvas(ramp(np.clip(0.25 + 0.6 * fbm(rng, 50, 4) + 0.2 * (1 - Y / H), 0, 1), glass))
    for _ in range(44):
        edge = rng.random() < 0.7
        x, y = rng.uniform(0, W), rng.choice([0, H]) if edge else rng.uniform(0, H)
        a = rng.uniform(0.3, 2.8) if y < 64 else rng.uniform(-2.8, -0.3)
        _ice_fern(c, rng, x, y, a, rng.uniform(26, 58), ice)
    for x, y in zip(rng.uniform(0, W, 90), rng.uniform(0, H, 90)):
        c.glow(x, y, rng.uniform(0.5, 1.1), "ffffff", 0.6)
    return c.rgb


def _ice_fern(c, rng, x, y, a, size, paint):
    """Draw a feathery ice crystal that grows in one direction."""
    bend, steps = rng.normal(0, 0.03), 14
    for k in range(steps):
        t = k / steps
        nx, ny = x + size / steps * np.cos(a), y + size / steps * np.sin(a)
        c.line(x, y, nx, ny, paint, 1.1 * (1 - t) + 0.3, alpha=0.8)
        reach = size * 0.34 * np.sin(np.pi * (0.15 + 0.85 * (1 - t))) * (1 - 0.4 * t)
        for side in (-0.95, 0.95):
            bx, by = nx + reach * np.cos(a + side), ny + reach * np.sin(a + side)
            c.line(nx, ny, bx, by, paint, 0.7, 0.3, alpha=0.6)
            for u in (0.35, 0.6, 0.85):
                mx, my = nx + (bx - nx) * u, ny + (by - ny) * u
                for s2 in (-0.9, 0.9):
                    c.line(
                        mx,
                        my,
                        mx + reach * 0.24 * np.cos(a + side + s2),
                        my + reach * 0.24 * np.sin(a + side + s2),
                        paint,
                        0.5,
                        0.2,
                        alpha=0.5,
                    )
        x, y, a = nx, ny, a + bend


def feathers_scales(rng, hues="1c3c5a 2c7a8c 6ac0b0 e8d890 e88a5c", size=16.0):
    """Rounded scales that overlap in rows, shaded, each a little different."""
    c = Canvas(colour(hues.split()[0]))
    rows = palette(hues)
    for j, y in enumerate(np.arange(-size * 0.6, H + size, size * 0.5)[::-1]):
        for x in np.arange(0, W, size):
            cx = x + size / 2 * (j % 2)
            t = 0.5 + 0.5 * np.sin(cx * TAU / W + y / 26)
            hue = rows[int(np.clip(t * 4.99 + rng.normal(0, 0.5), 0, 4))] * rng.uniform(0.85, 1.1)
            c.ellipse(cx, y + 1, size * 0.54, size * 0.56, shade(hues.split()[0], 0.4), 0.8, 1.5)
            for g, tone in ((1, 0.7), (0.86, 1.0), (0.6, 1.18), (0.34, 1.35)):
                c.ellipse(
                    cx,
                    y - size * 0.2 * (1 - g),
                    size * 0.5 * g,
                    size * 0.52 * g,
                    np.clip(hue * tone, 0, 1),
                    1,
                    0.8,
                )
    return c.rgb


def torn_posters(rng, hues="e83c34 f4d02c 1c4a9c f4f0e4 14141a 2ca08a f07aa8 e8802c"):
    """A hoarding pasted with posters, torn off in strips so that older ones show."""
    c = Canvas(mix("8a8478", "c0b8a8", fbm(rng, 6, 5, 0.65)))
    inks = palette(hues)
    for k, x in enumerate((10, 150, 84, 214, 40, 176, 112, 240, 70, 140, 200, 20, 96)):
        w, h, y = rng.uniform(50, 78), rng.uniform(62, 100), rng.uniform(-24, 58)
        sheet = _poster(rng, k % 4, x, y, w, h, inks[rng.permutation(len(inks))])
        tear = fbm(rng, 44, 5, 0.42, 0.7)
        inside = (np.abs(away(x + w / 2)) < w / 2) & (Y > y) & (Y < y + h)
        gone = tear - 0.012 * (8 - k) - 0.06 + 0.02 * noise(rng, 3, 0.6)
        c.times(1 - 0.45 * blur(inside * step(0.54, 0.52, gone), 1.6))
        c.over(inside * step(0.545, 0.535, gone), "f6f2e8")
        c.over(inside * step(0.52, 0.51, gone), sheet)
    crease = light(2.2 * noise(rng, 7, 0.5) + 3 * noise(rng, 24, 0.4), 0.3)
    c.times(0.7 + 0.55 * crease)
    c.over(0.3 * step(0.6, 0.9, fbm(rng, 40, 6, 0.7, 0.1)), "4a4238")
    return c.rgb


def _poster(rng, kind, x, y, w, h, inks):
    """Print one poster: a ground, a large device and lines of type."""
    p = Canvas(inks[0])
    if kind == 0:
        for r in np.arange(w * 0.45, 3, -6):
            p.ellipse(x + w / 2, y + h * 0.42, r, r, inks[int(r / 6) % 2 + 1])
    elif kind == 1:
        for a in np.arange(0, TAU, TAU / 14):
            far = [(x + w / 2 + 90 * np.cos(a + b), y + h * 0.5 + 90 * np.sin(a + b)) for b in (0, TAU / 28)]
            p.polygon([(x + w / 2, y + h * 0.5), *far], inks[1])
        p.ellipse(x + w / 2, y + h * 0.5, w * 0.24, w * 0.24, inks[2])
    elif kind == 2:
        for k in range(-6, 12, 2):
            a = x + 12 * k
            p.polygon([(a, y), (a + 12, y), (a + 60, y + h), (a + 48, y + h)], inks[1])
    else:
        p.ellipse(x + w / 2, y + h * 0.36, w * 0.2, w * 0.25, inks[1])
        p.ellipse(x + w / 2, y + h * 0.82, w * 0.4, w * 0.36, inks[1])
        p.ellipse(x + w / 2, y + h * 0.22, w * 0.24, w * 0.12, inks[2])
    for row, tall in ((0.06, 0.13), (0.72, 0.1), (0.86, 0.05), (0.93, 0.03)):
        at = x + 3
        while at < x + w - 4:
            n = h * tall * rng.uniform(0.4, 0.9)
            p.rect(at, y + h * row, min(n, x + w - 3 - at), h * tall, inks[3])
            at += n + h * tall * rng.choice([0.16, 0.16, 0.5])
    return p.rgb


def log_pile(rng, heart="b8783c d89c58 e8bc7c f0d4a0", bark="1c120c 4a3424 7a5c40"):
    """The sawn ends of stacked logs, thick and thin, with rings, cracks and bark."""
    c = Canvas("0e0806")
    hues, logs = palette(heart), []
    for r in (15.0, 11.5, 8.5, 6.0, 4.0, 2.8):
        for x, y in zip(rng.uniform(0, W, 900), rng.uniform(-8, H + 8, 900)):
            if all(np.hypot((x - px + W / 2) % W - W / 2, y - py) > r + pr - 0.6 for px, py, pr in logs):
                logs.append((x, y, r))
    for x, y, r in logs:
        wood = hues[rng.integers(4)] * rng.uniform(0.62, 1.08)
        squeeze, turn = rng.uniform(0.86, 1), rng.uniform(0, np.pi)
        c.ellipse(x + 0.4, y + 0.6, r, r * squeeze, bark.split()[0], 1, 0.5, turn)
        for a in np.arange(0, TAU, 1.9 / r):
            tone = palette(bark)[rng.integers(1, 3)] * rng.uniform(0.6, 1.2)
            c.ellipse(x + r * 0.93 * np.cos(a), y + r * 0.9 * np.sin(a), 1.0, 0.8, tone, 1, 0.6)
        ex, ey = rng.normal(0, 0.1 * r, 2)
        for k, g in enumerate(np.arange(0.86, 0.06, -max(0.08, 1.0 / r))):
            tone = np.clip(wood * (0.84 + 0.32 * (k % 2) + 0.1 * (g - 0.5)), 0, 1)
            c.ellipse(x + ex * (1 - g), y + ey * (1 - g), r * g, r * g * squeeze, tone, 1, 0.7, turn)
        c.ellipse(x + ex, y + ey, r * 0.1, r * 0.1, wood * 0.45)
        for a in rng.uniform(0, TAU, int(r / 3)):
            n = r * rng.uniform(0.4, 0.85)
            c.line(x + ex, y + ey, x + n * np.cos(a), y + n * np.sin(a), wood * 0.4, 0.4, 0.9)
        if rng.random() < 0.2 and r > 5:
            c.ellipse(x - r * 0.2, y + r * 0.2, r * 0.5, r * 0.4, "7a8a4c", 0.3, r * 0.5)
    c.times(0.85 + 0.3 * fbm(rng, 3, 4, 0.6) - 0.15 * fbm(rng, 60, 3))
    return c.rgb


def jelly_beans(rng, hues="e8243c f8902c fce03c 4cc03c 2c8ae8 8a3cc8 f890b8 f8f4ec 241418 1cb0a0"):
    """Glossy sugar beans poured in a heap, some of them speckled."""
    c = Canvas("4a1420")
    skins = palette(hues)
    spots = rng.permutation([(8 * i, 8 * j - 4) for i in range(32) for j in range(18)]) + rng.uniform(0, 8, (576, 2))
    for k, (x, y) in enumerate(spots):
        bend, r, a = rng.choice([-1, 1]) * rng.uniform(0.6, 1.8), rng.uniform(4.2, 5.2), rng.uniform(0, np.pi)
        hue = skins[rng.integers(len(skins))]
        u, v = np.array([np.cos(a), np.sin(a)]), np.array([-np.sin(a), np.cos(a)])
        spine = [np.array([x, y]) + t * 4.6 * u + bend * (1 - t * t) * v for t in np.linspace(-1, 1, 6)]
        deep = min(1.0, 0.55 + 0.6 * k / 576)
        for grow, tone, shift, alpha, soft in (
            (2.4, 0.12, 2.0, 0.6, 2.5), (0, 0.6, 0, 1, 0.6), (-1.7, 0.86, -0.5, 1, 1.6), (-4.2, 1.1, -1.1, 1, 2.4),
        ):
            paint = np.clip(hue * tone * deep + 0.05 * (tone > 1), 0, 1)
            c.path([(p[0] + 0.7 * shift, p[1] + shift) for p in spine], paint, 2 * r + grow, alpha=alpha, soft=soft)
        if rng.random() < 0.25:
            for t, w in zip(rng.uniform(-1, 1, 16), rng.uniform(-0.7, 0.7, 16)):
                px, py = np.array([x, y]) + t * 5.5 * u + (w * r + bend * (1 - t * t)) * v
                c.ellipse(px, py, 0.6, 0.6, skins[rng.integers(len(skins))] * deep, 0.9)
        c.path([tuple(p + [-1.4, -2.2]) for p in spine[1:4]], "ffffff", 1.3, 0.8, alpha=0.75 * deep, soft=1.0)
    return c.rgb


def agate(rng, bands="10204c 2c5a9a e8f0f4 8ab0d0 3c4a8a f4e8d8 6a8ab8 1c2c5c", rind="2a1c14 7a5230 c89858"):
    """A cut and polished agate: bands around a hollow of quartz, in a rough brown rind."""
    swing = 15 * noise(rng, 46) + 7 * noise(rng, 17) + 2 * noise(rng, 6)
    d = np.hypot(away(140) / 1.65, Y - 66) + swing
    depth = np.clip((62 - d) / 50, 0, 1)
    line = np.interp(depth, np.linspace(0, 1, 64), rng.permutation(np.linspace(0, 1, 64)))
    slow = 0.5 + 0.5 * np.sin(TAU * 2.2 * depth + 0.6)
    c = Canvas(ramp(fbm(rng, 9, 6, 0.62), rind))
    c.times(0.5 + light(4 * fbm(rng, 7, 5, 0.6), 0.4))
    c.over(step(62.6, 62, d), ramp(np.clip(0.62 * slow + 0.38 * line, 0, 1), bands))
    c.over(0.7 * step(1.3, 0.5, np.abs(d - 61.5)), "f4e4c8")
    facet = cells(rng, 7, 6, 0.95)
    glint = np.clip(0.5 + 0.09 * (facet.dx * np.cos(40 * facet.tone) + facet.dy * np.sin(40 * facet.tone)), 0, 1)
    crystal = ramp(np.clip(0.55 * glint + 0.5 * facet.tone - 0.1, 0, 1), "3c3058 8a80b0 d8d4ec ffffff")
    hollow = warp(d, -facet.dx, -facet.dy)
    c.over(step(13.5, 12.5, hollow), crystal)
    c.times(1 - 0.4 * np.exp(-(((hollow - 14) / 2) ** 2)))
    c.add(0.22 * np.exp(-((((X - 2.2 * Y + 60) % W - 60) / 16) ** 2)) * step(62, 60, d), "ffffff")
    return c.rgb
