"""Filters over the finished picture, float32 on 0..255, each skipped at its neutral value.

The order is fixed and is the order of `STAGES`. A filter is structure when active; its strength is traced, and
a traced strength that happens to be neutral leaves the picture exactly as it is.
"""

import math

import jax
import jax.numpy as jnp
import numpy as np
from flax import struct

from kage.hashing import hash32, random_index, random_unit, to_float
from kage.materialise import materialise
from kage.params import group, param

NEUTRAL = {
    "brightness": 0.0, "contrast": 1.0, "gamma": 1.0, "saturation": 1.0, "hue_shift": 0.0, "color_temp": 0.0,
    "color_jitter_std": 0.0, "gaussian_noise_std": 0.0, "poisson_noise_scale": 0.0, "blur_sigma": 0.0,
    "sharpen_amount": 0.0, "pixelate_factor": 1, "vignette_strength": 0.0, "radial_light_strength": 0.0,
    "pop_filter_list": [],
}  # fmt: skip

# What each preset does. Its filters are applied in the order of PRESET_STEPS; noir darkens its corners last.
PRESETS = {
    "vintage": {"saturation": 0.7, "color_temp": 0.3, "vignette": 0.3, "contrast": 1.1},
    "retro": {"saturation": 1.5, "hue_shift": 15.0, "brightness": 0.1, "contrast": 0.9},
    "cyberpunk": {"saturation": 1.8, "color_temp": -0.2, "contrast": 1.3, "sharpen": 0.5},
    "horror": {"saturation": 0.3, "color_temp": -0.4, "brightness": -0.2, "vignette": 0.6, "contrast": 1.4},
    "noir": {"saturation": 0.0, "contrast": 1.6, "late_vignette": 0.4},
    "none": {},
}
PRESET_STEPS = {
    "saturation": 1.0, "hue_shift": 0.0, "color_temp": 0.0, "brightness": 0.0, "vignette": 0.0, "contrast": 1.0,
    "late_vignette": 0.0, "sharpen": 0.0,
}  # step -> neutral value  # fmt: skip

# What a hash is drawn for.
PRESET, JITTER, GAUSS, SHOT, SHOT_REST = range(5)


@group("filters")
class FiltersConfig:
    """Parameters of the filters, in no particular order; `apply` fixes the order of application."""

    brightness: float = param(0.0, "adds 100 b", low=-1, high=1)
    contrast: float = param(1.0, "scales around 128", above=0)
    gamma: float = param(1.0, "255 (v / 255) ^ gamma", low=0.5, high=2)
    saturation: float = param(1.0, "multiplies the saturation of HSV, clipped to 1", low=0, high=2)
    hue_shift: float = param(0.0, "added to the hue of HSV", unit="degrees", low=-180, high=180)
    color_temp: float = param(
        0.0, "warm above 0: R + 30 t, B - 15 t; cool below: B + 30 |t|, R - 15 |t|", low=-1, high=1
    )
    color_jitter_std: float = param(0.0, "std of a random 3 x 3 colour mix, new every step", low=0)
    gaussian_noise_std: float = param(0.0, "std of pixel noise, new every step", unit="grey levels", low=0)
    poisson_noise_scale: float = param(0.0, "shot noise Poisson(v s) / s, new every step", low=0, high=1)
    blur_sigma: float = param(0.0, "3 x 3 box blur, blended in by min(sigma / 2.5, 1)", low=0)
    sharpen_amount: float = param(0.0, "adds a (v - blur at sigma 1)", low=0)
    pixelate_factor: int = param(1, "nearest-neighbour down- and up-sampling", low=1)
    vignette_strength: float = param(0.0, "multiplies by clip(1 - s d^2, 0, 1), d from the centre", low=0)
    radial_light_strength: float = param(0.0, "adds clip(1 - d^1.5, 0, 1) s (255, 255, 200)", low=0)
    pop_filter_list: list[str] = param([], "presets, one drawn per episode and applied first", among=tuple(PRESETS))


@struct.dataclass
class Shot:
    """Poisson noise: its scale and the alias tables that sample it exactly; they belong together."""

    scale: jax.Array  # () f32
    table: jax.Array  # (256 levels, 256 columns) u32: threshold in the high 24 bits, alias in the low 8


@struct.dataclass
class Filters:
    """The filters of a look: which are active is structure, how strong they are is traced."""

    active: tuple[str, ...] = struct.field(pytree_node=False)
    strength: dict[str, jax.Array]  # active name -> () f32; pixelate_factor i32
    preset_steps: tuple[str, ...] = struct.field(pytree_node=False, default=())  # those that some preset listed needs
    presets: jax.Array | None = None  # (presets, PRESET_STEPS) f32
    shot: Shot | None = None


def build(config: FiltersConfig) -> Filters | None:
    """The traced form of `config`, None when every filter is neutral."""
    names = config.pop_filter_list
    steps = tuple(step for step in PRESET_STEPS if any(step in PRESETS[name] for name in names))
    active = tuple(name for name, neutral in NEUTRAL.items() if getattr(config, name) != neutral)
    if not steps:
        active = tuple(name for name in active if name != "pop_filter_list")
    if not active:
        return None
    numbers = {name: getattr(config, name) for name in active if name not in ("pop_filter_list", "poisson_noise_scale")}
    presets = [[PRESETS[name].get(step, neutral) for step, neutral in PRESET_STEPS.items()] for name in names]
    scale = config.poisson_noise_scale
    return Filters(
        active=active,
        strength={k: jnp.int32(v) if k == "pixelate_factor" else jnp.float32(v) for k, v in numbers.items()},
        preset_steps=steps,
        presets=jnp.asarray(np.array(presets, np.float32).reshape(len(names), len(PRESET_STEPS))),
        shot=Shot(jnp.float32(scale), jnp.asarray(shot_table(scale))) if scale > 0 else None,
    )


def init(filters: Filters, seed: jax.Array) -> jax.Array:
    """The state of the filters, () u32: preset, noise and jitter follow from it and the time by hashing."""
    return seed


def apply(filters: Filters, frame: jax.Array, seed: jax.Array | int = 0, t: jax.Array | int = 0) -> jax.Array:
    """The filtered frame of step `t`, (3, H, W) u8 to u8; truncated once, at the end. `seed` is the state of `init`."""
    stages = [(stage, wide) for names, stage, wide in STAGES if any(name in filters.active for name in names)]
    v, pending = materialise(frame).astype(jnp.float32), False
    for i, (stage, wide) in enumerate(stages):
        if stage is hsv and i == len(stages) - 1:
            return hsv_bytes(v if not pending else materialise(v), *hsv_strength(filters))
        # A stage that reads a pixel more than once must find it computed.
        v = stage(filters, seed, t, materialise(v) if wide and pending else v)
        pending = True
    return v.astype(jnp.uint8)


def clip(v: jax.Array) -> jax.Array:
    """Back to the range of a pixel."""
    return jnp.clip(v, 0.0, 255.0)


# --- the stages: (filters, seed, t, v) -> v, v (3, H, W) f32 ---


def preset(filters, seed, t, v):
    """One preset of the list, drawn for the episode; u8 steps at its end, as if it were a picture of its own."""
    row = filters.presets[random_index(hash32(seed, PRESET), len(filters.presets))]
    amount = dict(zip(PRESET_STEPS, row, strict=True))
    for step in filters.preset_steps:
        match step:
            case "saturation":
                v = shift_hsv(v, amount[step], 0.0)
            case "hue_shift":
                v = shift_hsv(materialise(v), 1.0, amount[step])
            case "color_temp":
                v = temper(v, amount[step])
            case "brightness":
                v = brighten(v, amount[step])
            case "contrast":
                v = stretch(v, amount[step])
            case "vignette" | "late_vignette":
                v = darken_corners(v, amount[step])
            case "sharpen":
                v = sharpen(materialise(v), amount[step])
    return jnp.floor(v)


def brightness(filters, seed, t, v):
    return brighten(v, filters.strength["brightness"])


def contrast(filters, seed, t, v):
    return stretch(v, filters.strength["contrast"])


def gamma(filters, seed, t, v):
    exponent = filters.strength["gamma"]
    # Faster than the compiler's power function, which is not vectorised; black is exp(-inf).
    return jnp.where(exponent == 1, v, 255.0 * jnp.exp(exponent * jnp.log(v / 255.0)))


def hsv_strength(filters) -> tuple:
    """Saturation factor and hue shift; the one that is not active is its neutral number."""
    return filters.strength.get("saturation", 1.0), filters.strength.get("hue_shift", 0.0)


def hsv(filters, seed, t, v):
    return shift_hsv(v, *hsv_strength(filters))


def color_temp(filters, seed, t, v):
    return temper(v, filters.strength["color_temp"])


def color_jitter(filters, seed, t, v):
    """One random mix of the channels for the whole frame, new every step."""
    z = normal(hash32(seed, t, JITTER, jnp.arange(9).reshape(3, 3)))
    mix = jnp.eye(3) + filters.strength["color_jitter_std"] * z
    mix = mix / abs(mix).sum(1, keepdims=True)
    return clip(sum(mix[:, i, None, None] * v[i] for i in range(3)))


def blur(filters, seed, t, v):
    return box_blur(v, jnp.minimum(filters.strength["blur_sigma"] / 2.5, 1.0))


def sharpening(filters, seed, t, v):
    return sharpen(v, filters.strength["sharpen_amount"])


def pixelate(filters, seed, t, v):
    """Nearest neighbour down to floor(size / factor), then nearest neighbour up again."""

    def source(size):
        small = jnp.maximum(size // filters.strength["pixelate_factor"], 1)
        return (2 * ((2 * jnp.arange(size) + 1) * small // (2 * size)) + 1) * size // (2 * small)

    _, height, width = v.shape
    return v.at[:, source(height)[:, None], source(width)].get(mode="promise_in_bounds")


def gaussian_noise(filters, seed, t, v):
    return clip(v + filters.strength["gaussian_noise_std"] * normal(hash32(seed, t, GAUSS, counter(v))))


def poisson_noise(filters, seed, t, v):
    """Poisson(v s) / s. A level's whole part is drawn from its table, the rest, if there can be one, added to it."""
    scale = filters.shot.scale
    level = jnp.floor(v)
    word = hash32(seed, t, SHOT, counter(v))
    column = word & 255
    place = (level.astype(jnp.int32) << 8) + column.astype(jnp.int32)
    entry = filters.shot.table.reshape(-1).at[place].get(mode="promise_in_bounds")
    number = shot_base(level, scale) + to_float(jnp.where(word >> 8 < entry >> 8, column, entry & 255))
    if set(filters.active) - {"pop_filter_list", "pixelate_factor", "poisson_noise_scale", *AFTER_SHOT}:
        number = number + small_poisson((v - level) * scale, random_unit(hash32(seed, t, SHOT_REST, counter(v))))
    return clip(number / scale)


def vignette(filters, seed, t, v):
    return darken_corners(v, filters.strength["vignette_strength"])


def radial_light(filters, seed, t, v):
    """A light at the centre of the picture."""
    glow = np.clip(1 - distance(*v.shape[1:]) ** np.float32(1.5), 0, 1)
    channel = jax.lax.broadcasted_iota(jnp.int32, (3, 1, 1), 0)
    return clip(v + glow * filters.strength["radial_light_strength"] * jnp.where(channel == 2, 200.0, 255.0))


STAGES = (  # parameters, stage, does it read a pixel more than once
    (("pop_filter_list",), preset, False),
    (("brightness",), brightness, False),
    (("contrast",), contrast, False),
    (("gamma",), gamma, False),
    (("saturation", "hue_shift"), hsv, True),
    (("color_temp",), color_temp, False),
    (("color_jitter_std",), color_jitter, True),
    (("blur_sigma",), blur, True),
    (("sharpen_amount",), sharpening, True),
    (("pixelate_factor",), pixelate, True),
    (("gaussian_noise_std",), gaussian_noise, False),
    (("poisson_noise_scale",), poisson_noise, True),
    (("vignette_strength",), vignette, False),
    (("radial_light_strength",), radial_light, False),
)
AFTER_SHOT = ("vignette_strength", "radial_light_strength")


# --- what the stages do, with plain numbers ---


def brighten(v: jax.Array, b: jax.Array) -> jax.Array:
    return clip(v + 100.0 * b)


def stretch(v: jax.Array, c: jax.Array) -> jax.Array:
    """Contrast around 128."""
    return jnp.where(c == 1, v, clip((v - 128.0) * c + 128.0))


def shift_hsv(frame: jax.Array, saturation: jax.Array | float, hue_shift: jax.Array | float) -> jax.Array:
    """One round trip through HSV, (3, H, W) f32: saturation multiplied and clipped, hue turned by degrees.

    Channels are broadcast, never stacked: a concatenation would keep a CPU from vectorising.
    """
    sector, *parts = turn_hsv(frame, saturation, hue_shift)
    # Red is (full, middle, low, low, middle, full) over the six sectors, green two sectors later, blue four.
    channel = jax.lax.broadcasted_iota(jnp.int32, (3, 1, 1), 0)
    sector = sector + jnp.where(channel == 0, 0, 6 - 2 * channel)
    sector = jnp.where(sector >= 6, sector - 6, sector)
    full, middle, low = parts
    shifted = jnp.where((sector == 0) | (sector == 5), full, jnp.where((sector == 1) | (sector == 4), middle, low))
    return jnp.where((saturation == 1) & (hue_shift == 0), frame, shifted)


def hsv_bytes(frame: jax.Array, saturation: jax.Array | float, hue_shift: jax.Array | float) -> jax.Array:
    """`shift_hsv` truncated to u8: each pixel is computed once, packed in a word, and unpacked to three planes."""
    sector, *parts = turn_hsv(frame, saturation, hue_shift)
    places = (0b001010010100, 0b100001100001, 0b010100001010)  # byte of full, middle, low: 2 bits for each sector
    packed = jnp.zeros(frame.shape[1:], jnp.uint32)
    for part, place in zip(parts, places, strict=True):
        shift = ((jnp.uint32(place) >> (2 * sector).astype(jnp.uint32)) & 3) << 3
        packed |= part.astype(jnp.uint32) << shift
    shifted = unpack(materialise(packed))
    return jnp.where((saturation == 1) & (hue_shift == 0), frame.astype(jnp.uint8), shifted)


def unpack(packed: jax.Array) -> jax.Array:
    """(3, H, W) u8 from (H, W) u32, red in the lowest byte."""
    return (packed >> (8 * jax.lax.broadcasted_iota(jnp.uint32, (3, 1, 1), 0))).astype(jnp.uint8)


def turn_hsv(frame: jax.Array, saturation: jax.Array | float, hue_shift: jax.Array | float) -> tuple[jax.Array, ...]:
    """Sector of the hue, i32 0..5, and the highest, middle and lowest value 0..255 f32 of the new colour, all (H, W).

    The steps and their order are the reference's: results are often whole numbers, where truncation shows every
    rounding.
    """
    r, g, b = (frame[i] / 255.0 for i in range(3))
    high, low = jnp.maximum(jnp.maximum(r, g), b), jnp.minimum(jnp.minimum(r, g), b)
    span = high - low
    # Where several channels are highest, the last of r, g, b decides.
    blue, green = b == high, g == high
    turn = jnp.where(blue, r - g, jnp.where(green, b - r, g - b)) / jnp.where(span == 0, 1.0, span)
    turn = turn + jnp.where(blue, 4.0, jnp.where(green, 2.0, jnp.where(turn < 0, 6.0, 0.0)))
    hue = jnp.where(span == 0, 0.0, turn) * 60.0 + hue_shift
    hue = jnp.where(hue < 0, hue + 360.0, jnp.where(hue >= 360, hue - 360.0, hue))
    chroma = high * jnp.clip(span / jnp.where(high == 0, 1.0, high) * saturation, 0.0, 1.0)
    sixths = hue / 60.0
    middle = chroma * (1.0 - abs(sixths - 2.0 * jnp.floor(sixths / 2.0) - 1.0))
    sector = sixths.astype(jnp.int32)
    sector = jnp.where(sector >= 6, sector - 6, sector)
    rest = high - chroma
    return sector, (chroma + rest) * 255.0, (middle + rest) * 255.0, rest * 255.0


def temper(frame: jax.Array, t: jax.Array) -> jax.Array:
    """Colour temperature: red and blue move apart; warm for t > 0, cool for t < 0."""
    red = jnp.where(t > 0, 30.0 * t, 15.0 * t)
    blue = jnp.where(t > 0, -15.0 * t, -30.0 * t)
    channel = jax.lax.broadcasted_iota(jnp.int32, (3, 1, 1), 0)
    return clip(frame + jnp.where(channel == 0, red, jnp.where(channel == 2, blue, 0.0)))

def box_blur(v: jax.Array, amount: jax.Array) -> jax.Array:
    """Every value mixed with the mean of the 3 x 3 values around it; the picture's edge is repeated outwards."""
    width = v.shape[2]
    above, below = jnp.concatenate([v[:, :1], v[:, :-1]], 1), jnp.concatenate([v[:, 1:], v[:, -1:]], 1)
    rows = materialise(above + v + below)
    # Sideways the edge is put in by a choice, not by a concatenation, which a CPU would not vectorise.
    column = jnp.arange(width)
    zero = jnp.zeros((), v.dtype)
    left = jnp.where(column == 0, rows, jax.lax.pad(rows, zero, ((0, 0, 0), (0, 0, 0), (1, -1, 0))))
    right = jnp.where(column == width - 1, rows, jax.lax.pad(rows, zero, ((0, 0, 0), (0, 0, 0), (-1, 1, 0))))
    return (left + rows + right) / 9.0 * amount + v * (1.0 - amount)


def sharpen(v: jax.Array, amount: jax.Array) -> jax.Array:
    """Away from the blurred picture, of blur_sigma 1."""
    return clip(v + amount * (v - box_blur(v, 0.4)))


def darken_corners(v: jax.Array, strength: jax.Array) -> jax.Array:
    return v * jnp.clip(1.0 - strength * distance(*v.shape[1:]) ** 2, 0.0, 1.0)


def distance(height: int, width: int) -> np.ndarray:
    """Distance of each pixel from the centre, (height, width) f32 in half diagonals."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    y, x = y - np.float32(height / 2), x - np.float32(width / 2)
    return np.sqrt(y * y + x * x) / np.float32(math.hypot(height / 2, width / 2))


# --- chance ---


def counter(v: jax.Array) -> jax.Array:
    """The number of each value of a frame, u32, from which its noise is hashed."""
    channels, height, width = v.shape
    plane, row, column = (jax.lax.broadcasted_iota(jnp.uint32, v.shape, axis) for axis in range(3))
    return (plane * jnp.uint32(height) + row) * jnp.uint32(width) + column


def normal(word: jax.Array) -> jax.Array:
    """f32 standard normal from a hash, by Box and Muller: 20 bits of radius (up to 5.4), 12 bits of angle.

    Logarithm and cosine are polynomials: the compiler's own ones are not vectorised, or cost more.
    """
    bits = jax.lax.bitcast_convert_type(to_float(word >> 12) + 0.5, jnp.int32)
    mantissa = jax.lax.bitcast_convert_type((bits & 0x7FFFFF) | 0x3F800000, jnp.float32)
    log2 = (bits >> 23).astype(jnp.float32) - (127 + 20) + polynomial(LOG2, mantissa - 1.0)
    angle = (to_float(word & 0xFFF) + 0.5) * 2.0**-12 - 0.5  # turns, in [-1/2, 1/2)
    return jnp.sqrt(jnp.maximum(-2.0 * math.log(2.0) * log2, 0.0)) * polynomial(COSINE, angle * angle)


def polynomial(coefficients: tuple[float, ...], x: jax.Array) -> jax.Array:
    """The sum of coefficients[k] x^k."""
    value = coefficients[-1]
    for c in coefficients[-2::-1]:
        value = value * x + c
    return value


def fit(function, degree: int, high: float) -> tuple[float, ...]:
    """Coefficients of the polynomial that meets `function` at the Chebyshev points of [0, high]."""
    x = high * (0.5 - 0.5 * np.cos(np.pi * (np.arange(degree + 1) + 0.5) / (degree + 1)))
    return tuple(float(c) for c in np.polynomial.polynomial.polyfit(x, function(x), degree))


LOG2 = fit(lambda x: np.log2(1 + x), 5, 1.0)  # of 1 + x
COSINE = fit(lambda x: np.cos(2 * np.pi * np.sqrt(x)), 5, 0.25)  # of sqrt(x) turns


def shot_base(level, scale):
    """Smallest number that a level's table can give, f32: the tables hold 256 numbers around the mean."""
    return jnp.maximum(jnp.floor(level * scale) - 128.0, 0.0)


def shot_table(scale: float) -> np.ndarray:
    """Alias tables of Poisson(level scale) for the levels 0..255, (256, 256) u32; see `Shot`.

    What lies outside the 256 numbers around the mean has a probability below 1e-12.
    """
    scale32 = np.float32(scale)
    levels = np.arange(256, dtype=np.float32)
    base = np.maximum(np.floor(levels * scale32) - 128, 0)
    numbers = (base[:, None] + np.arange(256)).astype(np.int64)
    mean = levels.astype(np.float64)[:, None] * float(scale32)
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, numbers.max() + 1)))])
    with np.errstate(divide="ignore", invalid="ignore"):
        mass = np.exp(np.where(numbers == 0, 0.0, numbers * np.log(mean)) - mean - log_factorial[numbers])
    mass = 256 * mass / mass.sum(1, keepdims=True)
    threshold, alias = np.ones((256, 256)), np.tile(np.arange(256), (256, 1))
    for level in range(256):  # Vose's method
        p = mass[level].copy()
        small, large = [i for i in range(256) if p[i] < 1], [i for i in range(256) if p[i] >= 1]
        while small and large:
            low, high = small.pop(), large[-1]
            threshold[level, low], alias[level, low] = p[low], high
            p[high] -= 1 - p[low]
            if p[high] < 1:
                small.append(large.pop())
    return (np.minimum(np.round(threshold * 2**24), 2**24 - 1).astype(np.uint32) << 8) | alias.astype(np.uint32)


def small_poisson(mean: jax.Array, u: jax.Array) -> jax.Array:
    """f32 Poisson numbers of a mean in [0, 1) by inversion of u in [0, 1): how many partial sums are at most u."""
    term = total = jnp.exp(-mean)
    number = jnp.zeros_like(mean)
    for k in range(1, 10):  # more than 9 has a probability below 2e-7
        number = jnp.where(total <= u, float(k), number)
        term = term * mean * (1 / k)
        total = total + term
    return number
