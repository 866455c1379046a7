"""Mountains, plains, deserts and caves."""

from __future__ import annotations

import numpy as np

from .canvas import (
    NX,
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
    radius,
    ramp,
    ridged,
    shade,
    skyline,
    step,
    unit,
    warp,
)
from .parts import blades, cirrus, cumulus, depth_rows, fir, hill, sky, stars, sun, tree


def alps(
    rng,
    air="3f74b5 8db8dd dfe9ee",
    rock="3c4250 6b6d78 a9a49c",
    snow="f6f9ff",
    wood="1d3a2a",
    haze="b9cde0",
):
    """Snow peaks lit from the left over hazy ridges and a row of firs."""
    c = Canvas(sky(air, 80))
    cumulus(c, rng, 62, "ffffff", haze, 0.42, 24)
    for k, (base, rise, far) in enumerate(((88, 62, 0.45), (100, 46, 0.15))):
        outline = base - rise * skyline(rng, 70 - 20 * k, 6, 0.5, True)
        crest = ridged(rng, 26, 6, 0.55, 0.8)
        depth = Y - outline[None, :]
        lit = light(crest * 12 + 0.25 * depth, 0.16, 200)
        stone = ramp(unit(lit + 0.15 * fbm(rng, 4)), rock)
        white = step(0.42, 0.6, crest + 0.4 - depth / (34 - 14 * k)) * step(0.25, 0.5, lit + 0.15)
        face = mix(stone, mix(shade(snow, 0.62) * np.array([0.9, 1, 1.15]), snow, step(0.3, 0.7, lit)), white)
        c.below(outline, mix(face, haze, np.clip(far + depth / 160, 0, 1)))
    hill(c, rng, 108, 14, 60, "50684a 39543a 28402a", texture=0.5)
    for x in np.sort(rng.uniform(0, W, 90)):
        fir(c, rng, x, rng.uniform(112, 130), rng.uniform(11, 26), shade(wood, rng.uniform(0.7, 1.5)))
    return c.rgb


def rolling_hills(
    rng, air="5a96d6 a8cdec eef3ee", crops="7fa04a c2b457 5d8a3e a3b86a 8a7a48 6f9a58", trees="35562c"
):
    """Patchwork farmland under heaped clouds, with hedges and single trees."""
    c = Canvas(sky(air, 62))
    cumulus(c, rng, 56, "ffffff", "9fb0c6", 0.52, 22)
    colours = [colour(p) for p in crops.split()]
    for k in range(5):
        base, rise = 62 + 13 * k, 9 + 4 * k
        outline = base - rise * skyline(rng, 110 - 10 * k, 3, 0.35)
        patch = cells(rng, 26 + 12 * k, 5 + 4 * k, 0.8, X + 0.6 * Y, Y - outline[None, :])
        field = np.array(colours)[(patch.tone * len(colours)).astype(int)]
        rows = 0.07 * np.sin(
            (X * np.cos(patch.tone * 9) + 2.4 * Y * np.sin(patch.tone * 9)) * 2.6 / (1 + k * 0.35)
        )
        field = field * (0.92 + rows + 0.2 * (fbm(rng, 8) - 0.5) + 0.03 * k)[..., None]
        hedge = step(1.6, 0.4, patch.next - patch.near)
        c.below(outline, mix(mix(field, shade(trees, 0.8), hedge * 0.75), "b6cbd8", max(0, 0.5 - 0.17 * k)))
        for x in rng.uniform(0, W, 14 - 2 * k):
            y = outline[int(x * 2)] + rng.uniform(1, 10)
            tree(
                c,
                rng,
                x,
                y,
                rng.uniform(4, 7) + 2.6 * k,
                mix(trees, "b6cbd8", max(0, 0.4 - 0.14 * k)),
                dabs=14,
            )
    return c.rgb


def dunes(rng, air="241c44 7a4a6a e8a07c", lit="d8704c", dark="4a1c34"):
    """Sand dunes with sharp crests, a sunlit and a shaded side, and wind ripples."""
    c = Canvas(sky(air, 60))
    for k in range(6):
        base = 52 + 14 * k
        swell = skyline(rng, 150 - 14 * k, 2, 0.35, k % 2 == 0)
        outline = base - (10 + 4 * k) * swell
        slope = np.gradient(np.convolve(np.tile(swell, 3), np.ones(9) / 9, "same")[NX : 2 * NX]) * 60
        depth = Y - outline[None, :]
        wander = depth * (0.9 + 0.3 * k) * 1.6 + 6 * noise(rng, 14, 2)
        side = step(-0.25, 0.25, slope[None, :] + 0.02 * wander - 0.12)
        ripple = 0.05 * np.sin((Y * 2.1 + 5 * noise(rng, 16, 3) + X * 0.25) * 3.2 / (1 + 0.3 * k))
        face = mix(lit, dark, side * np.exp(-depth / (22 + 6 * k)))
        c.below(
            outline,
            mix(
                face * (1 + ripple * (1 - side) + 0.06 * (fbm(rng, 2, 2) - 0.5))[..., None],
                air.split()[-1],
                max(0, 0.5 - 0.14 * k),
            ),
        )
    return c.rgb


def canyon(rng, air="4c86c8 9cc4e4 e4e2d4", rock="5a2618 a24a26 cf7a44 e2a270", floor="b0734a"):
    """Red table mountains with level strata and vertical cracks above a scrubby plain."""
    c = Canvas(sky(air, 84))
    cirrus(c, rng, 60, "ffffff", 0.7)
    strata = fbm(rng, 9, 5, 0.6, 40)
    cracks = fbm(rng, 60, 6, 0.75, 0.07)
    for k in range(2):
        plateau = step(0.45, 0.53, skyline(rng, 60, 4, 0.45)) * (38 + 12 * k)
        plateau += step(0.62, 0.66, skyline(rng, 50, 4, 0.5)) * 14
        rough = 4 * skyline(rng, 12, 4, 0.6)
        outline = 92 + 8 * k - plateau - rough
        lit = light(cracks * 5 + strata * 2, 0.35, 190)
        face = ramp(np.clip(0.2 + 0.45 * strata + 0.55 * (lit - 0.35), 0, 1), rock)
        talus = step(72 + 8 * k, 96 + 8 * k, Y + 8 * noise(rng, 8))
        c.below(outline, mix(mix(face, shade(floor, 0.9), talus), "c8c6cc", 0.35 - 0.3 * k))
    ground = ramp(np.clip(fbm(rng, 6, 5, 0.6, 4), 0, 1), "7a4426 b0734a d29a6a")
    c.over(step(97, 101, Y + 3 * noise(rng, 5, 6)), ground)
    for y in np.sort(rng.uniform(101, 127, 150)):
        x, r = rng.uniform(0, W), (y - 94) / 14
        c.ellipse(x + r, y + r * 0.5, r * 1.6, r * 0.5, "4a2a1c", 0.5, 1)
        c.ellipse(x, y, r * 1.2, r * 0.8, shade("6d7444", rng.uniform(0.6, 1.2)), 1, 0.8)
    return c.rgb


def tulips(rng, air="8fb6dc c6dbe8 f2efe6", rows="d83a46 f0b62c e86aa0 f4f0e8 8a3f94 ee7a2e", leaf="3f7034"):
    """Rows of flowers that run to a vanishing point, with a windmill on the horizon."""
    c = Canvas(sky(air, 52))
    cumulus(c, rng, 50, "ffffff", "aab8c8", 0.5, 20)
    hill(c, rng, 58, 6, 30, "5d7a64 4c6a4c")
    _windmill(c, 70, 56, 26)
    colours = [colour(p) for p in rows.split()]
    c.over(step(53, 55, Y), mix(leaf, "24401c", fbm(rng, 5)))
    u, _, near = depth_rows(48, 12)
    lane = np.floor(u / 9)
    inside = step(0.5, 0.36, np.abs(u / 9 - lane - 0.5))
    bed = np.array(colours)[(lane % len(colours)).astype(int)]
    dots = cells(rng, 3.2, 2.6)
    tone = 0.55 + 0.75 * dots.tone
    flower = bed * tone[..., None]
    show = inside * step(54, 58, Y) * np.where(dots.tone > 0.14, 1, 0.2)
    c.over(show, np.clip(flower, 0, 1))
    for y in np.sort(rng.uniform(104, 134, 90)):
        x, r = rng.uniform(0, W), (y - 88) / 11
        hue = colours[int(np.floor((((x - 128 + W / 2) % W - W / 2) * 12 / (y - 48)) / 9)) % len(colours)]
        c.line(x, y + 8, x, y, leaf, 0.9)
        c.ellipse(x - r * 0.3, y, r * 0.65, r, hue * 0.75, 1, 0.6)
        c.ellipse(x + r * 0.3, y, r * 0.6, r, hue, 1, 0.6)
        c.ellipse(x, y + 0.2 * r, r * 0.4, r * 0.9, np.clip(hue * 1.2, 0, 1), 1, 0.6)
    return c.rgb


def _windmill(c, x, foot, tall):
    """Draw a windmill with cloth sails."""
    c.polygon(
        [(x - 5, foot), (x - 3, foot - tall * 0.7), (x + 3, foot - tall * 0.7), (x + 5, foot)], "5a4438"
    )
    c.polygon([(x - 4, foot - tall * 0.68), (x, foot - tall * 0.88), (x + 4, foot - tall * 0.68)], "3a2c28")
    for a in np.deg2rad([20, 110, 200, 290]):
        dx, dy = np.cos(a), np.sin(a)
        tip = (x + dx * tall * 0.6, foot - tall * 0.74 + dy * tall * 0.6)
        c.line(x, foot - tall * 0.74, *tip, "30241f", 0.8)
        c.polygon(
            [
                (x + dx * 3, foot - tall * 0.74 + dy * 3),
                tip,
                (tip[0] - dy * 3, tip[1] + dx * 3),
                (x + dx * 3 - dy * 3, foot - tall * 0.74 + dy * 3 + dx * 3),
            ],
            "e8dcc4",
            0.9,
        )


def wheat(rng, air="6a86a8 b8c4c8 f4e4b8", ear="e8bc58 cf9a3c f4d888", stem="8a6420"):
    """A ripe field up close: stems and bearded ears against a pale sky."""
    c = Canvas(sky(air, 56))
    cirrus(c, rng, 50, "ffffff", 0.6)
    hill(c, rng, 54, 8, 80, "7d8c62 6a7a44")
    c.over(step(50, 56, Y), ramp(fbm(rng, 4, 4, 0.6, 2), stem + " b98434 e2b658"))
    ears = [colour(p) for p in ear.split()]
    for y in np.sort(rng.uniform(52, 128, 420)):
        near = (y - 46) / 82
        x, tall, r = rng.uniform(0, W), 26 * near, 0.5 + 1.3 * near
        bend = rng.normal(3, 3) * near
        tone = np.clip(ears[rng.integers(len(ears))] * rng.uniform(0.65, 1.1), 0, 1)
        c.line(x, y + tall, x + bend * 0.4, y, shade(stem, rng.uniform(0.7, 1.5)), 0.9 * near + 0.2)
        c.ellipse(x + bend * 0.6, y - 2.6 * r, r * 0.8, 3.0 * r, tone, 1, 0.7, 0.12 * bend)
        c.line(x + bend * 0.6, y - 4 * r, x + bend, y - 8 * r, tone * 0.9, 0.5, 0.2)
    return c.rgb


def tea_terraces(rng, mist="dfe8e2", green="16381e 2f6a2c 62a03a a8cc5c", soil="6a4a30"):
    """Hillsides stepped in contour hedges, rising one behind the other into mist."""
    c = Canvas(sky("9fb9c4 " + mist, 50))
    for k in range(4):
        outline = 44 + 24 * k - (24 - 2 * k) * skyline(rng, 130 - 20 * k, 3, 0.35)
        depth = Y - outline[None, :] + 5 * noise(rng, 34, 2)
        band = (depth / (3.2 + 1.9 * k)) % 1
        bush = np.sin(np.pi * np.clip(band / 0.78, 0, 1)) ** 0.6 * (band < 0.78)
        leafy = fbm(rng, 2.5 + k, 3, 0.7)
        face = ramp(np.clip(0.08 + 0.75 * bush * (1.05 - band) + 0.4 * (leafy - 0.4), 0, 1), green)
        face = mix(face, soil, 0.7 * (band > 0.84))
        c.below(outline, mix(face, mist, 0.62 - 0.2 * k))
    for x in rng.uniform(0, W, 7):
        tree(c, rng, x, rng.uniform(92, 122), rng.uniform(16, 30), "3e6238", dabs=30)
    return c.rgb


def waterfall(rng, rock="23262a 4a4d4c 7d7c72", moss="4f7a35", water="f2f8fb", narrow=26.0):
    """White water streaming down a mossy cliff into mist."""
    slabs = warp(ridged(rng, 22, 6, 0.6, 0.55), 3 * noise(rng, 10), 0)
    relief = light(slabs * 9, 0.3, 215)
    face = ramp(unit(relief + 0.3 * slabs), rock)
    c = Canvas(mix(face, shade(moss, 0.9), step(0.5, 0.75, fbm(rng, 18, 6, 0.6)) * 0.85 * relief**0.5))
    wobble = 5 * np.sin(Y / 17) + 4 * noise(rng, 30, 1)
    for at, wide in ((70, narrow), (168, narrow * 0.5), (215, narrow * 0.25)):
        spread = wide * (0.55 + 0.5 * Y / H)
        streak = warp(fbm(rng, 60, 6, 0.7, 0.06), 0, 4 * noise(rng, 12))
        edge = np.abs(away(at) + wobble) + 10 * (streak - 0.5)
        mask = step(spread, spread * 0.6, edge)
        c.over(mask * step(0.1, 0.75, streak + 0.25), mix("8fa9b4", water, step(0.3, 0.75, streak)))
    c.over(0.85 * step(88, 126, Y + 22 * (fbm(rng, 20, 4) - 0.5)), "dfeaec")
    for x in rng.uniform(0, W, 60):
        y = rng.uniform(0, 10) if rng.random() < 0.6 else rng.uniform(110, 128)
        r = rng.uniform(3, 8)
        c.ellipse(x, y, r, r * 0.7, shade(moss, rng.uniform(0.35, 1.1)), 0.9, 2)
    return c.rgb


def savanna(rng, air="3a1c3c a83c30 f0842c fcd06a", land="1c0f0c", disc="fff0b0"):
    """Flat-topped thorn trees in front of a huge low sun."""
    c = Canvas(sky(air, 96))
    sun(c, 150, 78, 24, disc, "ff9a3c", 0.55)
    cirrus(c, rng, 80, "ffb070", 0.45)
    hill(c, rng, 98, 6, 90, "6a3020 401a14", texture=0.3)
    ground = hill(c, rng, 106, 5, 120, land + " 0d0706")
    for x, tall in ((34, 56), (96, 26), (205, 44), (238, 20), (166, 14)):
        _thorn_tree(c, rng, x, ground[int(x * 2)] + 3, tall, land)
    for x, s in ((118, 5), (128, 6), (136, 4)):
        _antelope(c, x, ground[x * 2] + 1, s, land)
    blades(c, rng, 400, 108, 130, 8, f"{land} 2c1610 4a2414", 3, 0.7)
    return c.rgb


def _thorn_tree(c, rng, x, foot, tall, paint):
    """Draw a flat-topped thorn tree."""
    for lean in (-0.42, -0.12, 0.25, 0.5):
        c.path(
            [(x, foot), (x + lean * tall * 0.15, foot - tall * 0.45), (x + lean * tall, foot - tall * 0.9)],
            paint,
            tall * 0.06,
            0.5,
        )
    for _ in range(int(26 + tall)):
        u = rng.uniform(-1, 1)
        y = foot - tall * (0.98 - 0.1 * abs(u) + rng.uniform(-0.03, 0.05))
        c.ellipse(x + u * tall * 0.68, y, tall * 0.11, tall * 0.04, paint, 1, 0.8)


def _antelope(c, x, foot, s, paint):
    """Draw a grazing antelope as a silhouette."""
    c.ellipse(x, foot - s, s * 0.8, s * 0.36, paint)
    c.line(x + s * 0.6, foot - s * 1.1, x + s * 1.0, foot - s * 1.8, paint, s * 0.3)
    c.ellipse(x + s * 1.15, foot - s * 1.8, s * 0.3, s * 0.16, paint)
    c.line(x + s * 1.0, foot - s * 1.9, x + s * 0.8, foot - s * 2.6, paint, 0.5)
    for dx in (-0.6, -0.45, 0.5, 0.65):
        c.line(x + dx * s, foot - s * 0.8, x + dx * s, foot, paint, 0.7)


def moonscape(rng, dust="5a2416 b8603c f0b088", world="c8a080", air="2c1a1a"):
    """A cratered red plain under a dark sky, with a planet above it."""
    c = Canvas(air)
    stars(c, rng, 130, 70)
    _planet_over_plain(c, rng, world)
    horizon = 66
    ground = horizon - 12 * skyline(rng, 60, 5, 0.45)
    height = 3 * fbm(rng, 10, 6, 0.55, 2.4)
    for _ in range(70):
        y = horizon + (H - horizon) * rng.random() ** 1.6
        r = (1 + (y - horizon) / 6) * rng.uniform(0.3, 1.3)
        d = radius(rng.uniform(0, W), y, 2.6) / r
        height = height + r * (0.42 * np.exp(-((d - 1) ** 2) * 14) - 0.6 * step(1.05, 0.45, d))
    lit = light(height, 0.4, 188)
    c.below(ground, ramp(np.clip(lit + 0.1 * (fbm(rng, 2, 2) - 0.5), 0, 1), dust))
    return c.rgb


def _planet_over_plain(c, rng, world):
    """Draw a half-lit planet with land and clouds."""
    d = np.hypot(away(188), Y - 30) / 19
    glow = np.clip(1 - (away(188) * -0.6 + (Y - 30) * -0.5) / -16, 0.05, 1.0)
    land = ramp(
        fbm(rng, 16, 6, 0.6), "ffffff " + world + " " + world + " 6f8a4a e8eef4", (0, 0.4, 0.56, 0.62, 0.95)
    )
    c.add(0.5 * step(1.25, 0.95, d), shade(world, 0.5))
    c.over(step(1.02, 0.98, d), land * glow[..., None])


def cave(rng, rock="0c2840 2c6a94 8cc8e4 e8f8ff", outside="fff0d8 f8c890 c87850"):
    """An ice cave: icicles around a bright opening mirrored in still water."""
    mouth = 96, 60
    c = Canvas(sky(outside, 90))
    for _ in range(60):
        x, y = rng.normal(mouth[0], 30), rng.normal(mouth[1] + 14, 10)
        c.ellipse(x, y, rng.uniform(2, 7), rng.uniform(2, 5), shade("5f8f4c", rng.uniform(0.6, 1.5)), 0.8, 2)
    hollow = np.hypot(away(mouth[0]) / 52, (Y - mouth[1]) / 34) + 0.5 * (fbm(rng, 24, 5) - 0.5)
    drips = fbm(rng, 70, 5, 0.7, 0.14)
    relief = light(8 * drips + 3 * fbm(rng, 9, 5), 0.28, 200)
    near = np.exp(-np.clip(hollow - 1, 0, None) * 1.1)
    c.over(step(0.97, 1.03, hollow), ramp(np.clip(relief * (0.22 + 0.85 * near), 0, 1), rock))
    for x in np.sort(rng.uniform(0, W, 80)):
        lit = np.exp(-abs((x - mouth[0] + W / 2) % W - W / 2) / 70)
        tone = shade(rock.split()[2], 0.25 + 0.9 * lit * rng.uniform(0.6, 1.1))
        length, w = rng.gamma(2.2, 9), rng.uniform(2, 6)
        c.polygon([(x - w, -1), (x + w, -1), (x + 0.3, 6 + length)], tone)
        c.polygon([(x - w, -1), (x - w * 0.2, -1), (x - 0.1, 6 + length)], tone * 1.35)
        if rng.random() < 0.5:
            length, foot = rng.gamma(2.0, 6), rng.uniform(112, 130)
            c.polygon([(x - w, foot), (x + w, foot), (x, foot - length - 6)], tone * 0.9)
            c.polygon([(x - w, foot), (x - w * 0.1, foot), (x, foot - length - 6)], tone * 1.3)
    water = step(100, 103, Y)
    mirror = warp(c.rgb, 3 * noise(rng, 3, 8), (200 - 2 * Y) * water)
    c.over(water * 0.75, mirror * 0.8)
    return c.rgb


def lava(rng, crust="0c0a0a 2a2020 54403a", fire="5a0a00 d83000 ff9a10 ffe88a", size=26.0):
    """Dark crust plates cracked by glowing rock."""
    bend = 7 * noise(rng, 14), 7 * noise(rng, 14)
    plate = cells(rng, size * 1.3, size * 0.8, 0.95, X + bend[0], Y + bend[1])
    small = cells(rng, size * 0.5, size * 0.35, 0.95, X + bend[1], Y + bend[0])
    gap = np.minimum(plate.next - plate.near, 1.6 * (small.next - small.near) + 2.2 + 4 * plate.tone)
    heat = np.exp(-gap / 1.7) + 0.45 * np.exp(-gap / 6) + 0.25 * (fbm(rng, 30, 4) - 0.5)
    relief = light(2.5 * fbm(rng, 7, 6, 0.6) + np.minimum(gap, 5) * 0.5, 0.35)
    c = Canvas(ramp(relief, crust))
    c.over(step(0.3, 0.75, heat), ramp(np.clip(heat * 0.9, 0, 1), fire))
    c.add(0.5 * np.clip(blur(heat, 5) - 0.1, 0, 1), "ff5010")
    return c.rgb


def snowfield(rng, air="b9cfe6 e4ecf2 f6f4f0", shade_tone="9db8da", snow="fbfcff", wood="31465a"):
    """Firs bowed with snow on a white slope with long blue shadows."""
    c = Canvas(sky(air, 70))
    for k in range(3):
        outline = hill(c, rng, 62 + 12 * k, 12, 90, f"{'dfe8f2'} {snow}", texture=0.05)
        for x in np.sort(rng.uniform(0, W, 34 - 8 * k)):
            foot, tall = outline[int(x * 2)] + 3, rng.uniform(8, 14) + 5 * k
            fir(
                c,
                rng,
                x,
                foot,
                tall,
                mix(wood, air.split()[1], 0.62 - 0.25 * k),
                mix(snow, air.split()[1], 0.3),
            )
    drift = fbm(rng, 34, 4, 0.4, 3)
    c.below(104 - 12 * skyline(rng, 140, 3), mix(shade_tone, snow, light(drift * 12, 0.22, 205) * 1.5 - 0.1))
    for x in np.sort(rng.uniform(0, W, 7)):
        foot, tall = rng.uniform(110, 124), rng.uniform(30, 62)
        c.polygon([(x, foot), (x + 5, foot), (x + tall * 0.9, foot + tall * 0.2)], shade_tone, 0.7)
        fir(c, rng, x, foot, tall, wood, snow)
    for x, y in zip(rng.uniform(0, W, 120), rng.uniform(0, H, 120)):
        c.ellipse(x, y, 0.7, 0.7, "ffffff", 0.7, 0.8)
    return c.rgb


def cracked_earth(rng, mud="4c4642 98928a d2ccc0", gap="1c1a1c", size=20.0):
    """A dried lake bed: curling plates of mud seen from above."""
    bend = 3 * noise(rng, 9), 3 * noise(rng, 9)
    plate = cells(rng, size, size * 0.8, 0.9, X + bend[0], Y + bend[1])
    small = cells(rng, size * 0.36, size * 0.3, 0.9, X + bend[0], Y + bend[1])
    edge = plate.next - plate.near
    fine = small.next - small.near
    relief = light(np.minimum(edge, 5) * 0.5 + 0.8 * fbm(rng, 8, 6, 0.6), 0.34, 230)
    c = Canvas(ramp(np.clip(relief + 0.25 * (plate.tone - 0.5), 0, 1), mud))
    c.over(0.55 * step(0.7, 0.2, fine), gap)
    c.over(step(1.7, 0.8, edge), gap)
    return c.rgb


def rice_mirror(rng, air="f0b48a c77f8e 5c5f92", bund="2c2a24"):
    """Flooded paddies that mirror a pink sky, split by crooked earth banks."""
    c = Canvas(sky(" ".join(reversed(air.split())), 50))
    cirrus(c, rng, 50, "ffe0c0", 0.8)
    hill(c, rng, 54, 16, 70, "4a4668 3c3a54", True)
    hill(c, rng, 56, 7, 40, "33364a 2a2c38")
    mirror = warp(c.rgb, 2 * noise(rng, 3, 5), 2 * (52 - Y) * 0.66 + 1.5 * noise(rng, 4, 4))
    c.over(step(51, 53, Y), mirror * 1.08)
    near = np.clip((Y - 46) / 82, 0, 1)
    away_y = 30 * np.log(np.clip(Y - 44, 1, None))
    field = cells(rng, 64, 18, 0.7, X + 5 * noise(rng, 30), away_y + 3 * noise(rng, 30))
    c.over(
        step(53, 58, Y) * step(0.5 + 2.2 * near, 0.3 + 1.4 * near, field.next - field.near),
        mix(bund, "6a6a3a", fbm(rng, 4)),
    )
    sprout = cells(rng, 3.4, 2.2, 0.5)
    c.over(0.8 * (field.tone > 0.6) * step(84, 92, Y) * step(1.0, 0.5, sprout.near), "4d6a34")
    return c.rgb


def volcano(rng, air="101828 2c2438 6a2c30", cone="0b0a0e"):
    """An erupting cone at night: fountains of fire, an ash plume, lava down the flank."""
    c = Canvas(sky(air, 110))
    stars(c, rng, 80, 60)
    plume = fbm(rng, 18, 6, 0.55, 1.0)
    lean = away(120) + (44 - Y) * 0.5 + 14 * (plume - 0.5)
    body = np.exp(-((lean / (9 + np.clip(46 - Y, 0, None) * 0.55)) ** 2)) * step(50, 40, Y)
    c.over(
        np.clip(body * 1.2, 0, 1),
        ramp(light(plume * 7, 0.5, 60) * (0.4 + 0.6 * step(-20, 50, Y)), "14121a 4a3c44 d87850"),
    )
    flank = 108 - 66 * np.clip(1 - np.abs(away(128)[0]) / 92, 0, 1) ** 1.35 + 4 * (skyline(rng, 12, 4) - 0.5)
    c.below(
        np.maximum(flank, 44 + 3 * skyline(rng, 6)),
        ramp(light(fbm(rng, 14, 6) * 8, 0.25, 270), "08070a 2c2024"),
    )
    for _ in range(150):
        a, p = rng.normal(-np.pi / 2, 0.45), rng.uniform(6, 34)
        x, y = 128 + p * np.cos(a), 46 + 1.1 * p * np.sin(a) + 0.008 * p * p
        c.line(
            128 + 0.75 * (x - 128),
            46 + 0.8 * (y - 46),
            x,
            y,
            ("ff5a10", "ffb040", "fff0a0")[rng.integers(3)],
            0.9,
            0.3,
            0.9,
        )
    c.glow(128, 42, 16, "ff6a20", 0.9)
    for side in (-30, 8, 34):
        pts = [(128 + side * t + 5 * np.sin(t * 7 + side), 45 + 66 * t) for t in np.linspace(0, 1, 12)]
        c.path(pts, "c02808", 4.5, 2.0)
        c.path(pts, "ff8a20", 2.2, 0.8)
        c.path(pts, "ffe080", 0.9, 0.3)
    hill(c, rng, 122, 12, 50, "140e10 060506")
    return c.rgb


def slot_canyon(rng, rock="1c0a18 5a1a2c a83c24 e8803c fcc878", air="dceaf4"):
    """Fins of water-carved sandstone that close in on a strip of daylight."""
    c = Canvas(air)
    c.over(np.abs(away(118)) > 60, rock.split()[0])
    for k in range(7):
        for d in (-1, 1):
            line = 118 + d * (2 + 9 * (k + 0.4 * (d > 0)) + 0.03 * k * Y) + 11 * noise(rng, 34)[:, 60 + 40 * k][:, None]
            line = line + 7 * np.sin(Y / 19 + 2.6 * k + d)
            inner = d * away(0, X - line)
            bend = inner * 0.35 + 7 * noise(rng, 26, 1.6) + 0.25 * Y
            strata = np.sin(1.9 * bend) + 0.7 * np.sin(4.3 * bend + 1) + 1.2 * (fbm(rng, 4, 4, 0.6, 4) - 0.5)
            lit = 0.16 + (0.84 - 0.09 * k) * np.exp(-np.clip(inner, 0, None) / (10 + 4 * k)) - 0.0016 * Y
            reach = d * away(118) > -40
            c.over(step(-0.4, 0.4, inner) * reach, ramp(np.clip(lit + 0.05 * strata, 0, 1), rock))
    c.over(step(112, 124, Y + 6 * noise(rng, 30, 2)) * 0.8, ramp(np.clip(1.1 - np.abs(away(118)) / 70, 0.1, 0.8), rock))
    c.add(0.35 * np.exp(-((away(118 + 0.12 * Y) / 16) ** 2)) * step(-30, 110, Y), "f8b070")
    return c.rgb


def braided_river(rng, tundra="241c18 4a3c24 6a6430 8a7a44", silt="3c3c40 6a6a6c 94908a", iron="b8622c"):
    """Two glacier rivers that meet, milky threads braided over grey silt, seen from an aeroplane."""
    c = Canvas(ramp(fbm(rng, 36, 6, 0.6), tundra))
    c.over(0.7 * step(0.55, 0.8, fbm(rng, 30, 6, 0.62)), mix(iron, "5a2414", fbm(rng, 6, 4)))
    c.times(0.72 + 0.55 * light(6 * ridged(rng, 16, 6, 0.6), 0.22))
    pond = fbm(rng, 12, 4, 0.45)
    c.over(step(0.74, 0.76, pond), mix("0c1c24", "3c6a74", step(0.76, 0.9, pond)))
    y = np.arange(-6, H + 9, 3.0)
    main = 84 + 20 * np.sin(y / 34 + 0.6)
    side = main + 128 * (1 - step(-40, 104, y)) + 10 * np.sin(y / 19)
    threads = Canvas()
    for course, half in ((side, 17.0), (main, 40.0)):
        wide = half * (1 + 0.25 * np.sin(y / 23 + half))
        belt = np.interp(Y[:, 0], y, course)[:, None], np.interp(Y[:, 0], y, wide)[:, None]
        edge = np.abs(X - belt[0] + 9 * noise(rng, 16) + 4 * noise(rng, 6)) - belt[1]
        c.over(step(1.5, -1.5, edge), ramp(fbm(rng, 7, 5, 0.6, 0.5), silt))
        for k in range(int(half * 0.28)):
            swing = 0.62 * np.sin(TAU * y / rng.uniform(90, 180) + rng.uniform(0, TAU))
            swing = swing + 0.34 * np.sin(TAU * y / rng.uniform(40, 75) + rng.uniform(0, TAU))
            x, thick = course + wide * swing, (0.11 * half * 0.86**k + 0.9) * rng.uniform(0.5, 1.4, y.size)
            for j in range(y.size - 1):
                threads.line(x[j], y[j], x[j + 1], y[j + 1], "ffffff", thick[j], thick[j + 1])
    water = warp(threads.rgb[..., 0], 2.5 * noise(rng, 8) + noise(rng, 3), 2.5 * noise(rng, 8))
    c.times(1 - 0.45 * step(0.05, 0.5, blur(water, 1.2)))
    c.over(step(0.3, 0.7, water), ramp(0.75 * fbm(rng, 20, 5, 0.6, 0.5) + 0.3 * blur(water, 2), "5a8c98 9cc8cc e4f0ec"))
    return c.rgb
