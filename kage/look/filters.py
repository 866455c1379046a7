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
from kage.look.config import PRESETS, FiltersConfig
from kage.look.planes import channels, packed, planes
from kage.materialise import materialise
from kage.parts import in_parts

NEUTRAL = {
    "brightness": 0.0, "contrast": 1.0, "gamma": 1.0, "saturation": 1.0, "hue_shift": 0.0, "color_temp": 0.0,
    "color_jitter_std": 0.0, "gaussian_noise_std": 0.0, "poisson_noise_scale": 0.0, "blur_sigma": 0.0,
    "sharpen_amount": 0.0, "pixelate_factor": 1, "vignette_strength": 0.0, "radial_light_strength": 0.0,
    "pop_filter_list": [],
}  # fmt: skip

# The steps of a preset, in the order of application; noir darkens its corners last.
PRESET_STEPS = {
    "saturation": 1.0, "hue_shift": 0.0, "color_temp": 0.0, "brightness": 0.0, "vignette": 0.0, "contrast": 1.0,
    "late_vignette": 0.0, "sharpen": 0.0,
}  # step -> neutral value  # fmt: skip

TINY = 1e-9  # a divisor instead of 0

# What a hash is drawn for.
PRESET, JITTER, GAUSS, SHOT = range(4)


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
    # What reads several places needs pictures of floats in between, four times as large as frames.
    several = any(reads is PLACES for _, reads in stages(filters))
    return (filtered_in_parts if several else filtered)(filters, frame, seed, t)


def filtered(filters: Filters, frame: jax.Array, seed: jax.Array | int, t: jax.Array | int) -> jax.Array:
    """What `apply` gives, in one go."""
    v, before = materialise(frame).astype(jnp.float32), None
    for stage, reads in stages(filters):
        if reads is COLOURS:
            # Powers of three channels and their mix in one pass are more than a processor overlaps: half the speed.
            v = tuple(materialise(v) if before is gamma else v)
        elif reads is PLACES and before is not None:
            v = joined(v) if isinstance(v, tuple) else materialise(v)
        v, before = stage(filters, seed, t, v), stage
    return truncated(v)


filtered_in_parts = in_parts(filtered, 16)


def stages(filters: Filters) -> list:
    """The active stages, in their order: (stage, what it reads)."""
    return [(stage, reads) for names, stage, reads in STAGES if any(name in filters.active for name in names)]


def clip(v: jax.Array) -> jax.Array:
    """Back to the range of a pixel."""
    return within(v, 255.0)


def within(v: jax.Array, high: float) -> jax.Array:
    """v brought into 0..high."""
    return smaller(larger(v, 0.0), high)


def larger(a, b) -> jax.Array:
    """The larger number, in one instruction; `jnp.maximum` has to keep NaN, which takes three."""
    return jnp.where(a > b, a, b)


def smaller(a, b) -> jax.Array:
    """The smaller number."""
    return jnp.where(a < b, a, b)


# --- the two forms of a picture: an array (3, H, W) f32, or its planes, a tuple of three (H, W) f32 ---
#
# What mixes the channels works on planes, so that whatever follows is computed once for a pixel, in one pass: a pass
# writes one array, and to write three channels it would compute each pixel three times. At its end the planes are
# packed into one word for each pixel and unpacked again.


def each(f, v):
    """f(values, channel) of every channel: of one plane after the other, or of all at once."""
    if isinstance(v, tuple):
        return tuple(f(plane, jnp.uint32(channel)) for channel, plane in enumerate(v))
    return f(v, channels(jnp.uint32))


def joined(v):
    """One array from planes, each value rounded to 2^-12: two words of 10 bits for each channel.

    A complex number is the one type of 64 bits that there always is.
    """
    if not isinstance(v, tuple):
        return v
    r, g, b = (bits(plane, 12) for plane in v)
    low, high = (r & 1023) | (g & 1023) << 10 | (b & 1023) << 20, r >> 10 | g >> 10 << 10 | b >> 10 << 20
    words = materialise(jax.lax.complex(*(jax.lax.bitcast_convert_type(word, jnp.float32) for word in (low, high))))
    place = 10 * channels(jnp.uint32)
    low, high = (jax.lax.bitcast_convert_type(word, jnp.uint32) >> place & 1023 for word in (words.real, words.imag))
    # Unpacked once: what reads neighbours would do it three times for each value.
    return materialise(floating(high << 10 | low, 12))


def truncated(v) -> jax.Array:
    """The whole numbers below, (3, H, W) u8."""
    if not isinstance(v, tuple):
        return bits(jnp.floor(v), 0).astype(jnp.uint8)
    return planes(materialise(packed(*(bits(jnp.floor(plane), 0) for plane in v))))


def bits(v: jax.Array, fraction: int) -> jax.Array:
    """v 2^fraction, rounded, u32, for v in 0..256 - 2^-fraction and a fraction of at most 15 bits.

    A sum with a power of two brings the point to a fixed place; a conversion has to mind what lies out of range.
    """
    return jax.lax.bitcast_convert_type(v + 2.0 ** (23 - fraction), jnp.uint32) & (2 ** (8 + fraction) - 1)


def floating(fixed: jax.Array, fraction: int) -> jax.Array:
    """The inverse of `bits`, f32."""
    one = np.float32(2.0 ** (23 - fraction))
    return jax.lax.bitcast_convert_type(fixed | one.view(np.uint32), jnp.float32) - one


# --- the stages: (filters, seed, t, v) -> v, v a picture in either form ---


def preset(filters, seed, t, v):
    """One preset of the list, drawn for the episode; u8 steps at its end, as if it were a picture of its own."""
    row = filters.presets[random_index(hash32(seed, PRESET), len(filters.presets))]
    amount = dict(zip(PRESET_STEPS, row, strict=True))
    for step in filters.preset_steps:
        match step:
            case "saturation":
                v = shift_hsv(v, amount[step], 0.0)
            case "hue_shift":
                v = shift_hsv(v, 1.0, amount[step])
            case "color_temp":
                v = temper(v, amount[step])
            case "brightness":
                v = brighten(v, amount[step])
            case "contrast":
                v = stretch(v, amount[step])
            case "vignette" | "late_vignette":
                v = darken_corners(v, amount[step])
            case "sharpen":
                v = sharpen(v, amount[step])
    return truncated(v).astype(jnp.float32)


def brightness(filters, seed, t, v):
    return brighten(v, filters.strength["brightness"])


def contrast(filters, seed, t, v):
    return stretch(v, filters.strength["contrast"])


def gamma(filters, seed, t, v):
    exponent = filters.strength["gamma"]
    return each(lambda x, _: jnp.where(exponent == 1, x, 255.0 * power(x * (1 / 255), exponent)), v)


def hsv(filters, seed, t, v):
    """Saturation and hue in one round trip; the one that is not active has its neutral number."""
    return shift_hsv(v, filters.strength.get("saturation", 1.0), filters.strength.get("hue_shift", 0.0))


def color_temp(filters, seed, t, v):
    return temper(v, filters.strength["color_temp"])


def color_jitter(filters, seed, t, v):
    """One random mix of the channels for the whole frame, new every step."""
    z = normal(hash32(seed, t, JITTER, jnp.arange(9).reshape(3, 3)))
    mix = jnp.eye(3) + filters.strength["color_jitter_std"] * z
    mix = mix / abs(mix).sum(1, keepdims=True)
    return tuple(clip(sum(mix[channel, i] * v[i] for i in range(3))) for channel in range(3))


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
    # One flat index for all channels and frames: with an index for rows and one for columns, XLA transposes the batch.
    place = source(height)[:, None] * width + source(width)
    return materialise(jnp.take(v.reshape(3, -1), place.reshape(-1), axis=1, mode="clip").reshape(v.shape))


def gaussian_noise(filters, seed, t, v):
    std = filters.strength["gaussian_noise_std"]
    return each(lambda x, channel: clip(x + std * normal(hash32(seed, t, GAUSS, counter(x, channel)))), v)


def poisson_noise(filters, seed, t, v):
    """Poisson(v s) / s. A level's whole part is drawn from its table, the rest, if there can be one, added to it."""
    scale = filters.shot.scale
    level = jnp.floor(v)
    word = hash32(seed, t, SHOT, counter(v, channels(jnp.uint32)))
    column = word & 255
    entry = jnp.take(filters.shot.table.reshape(-1), (bits(level, 0) << 8 | column).reshape(-1), mode="clip")
    entry = materialise(entry.reshape(v.shape))
    number = shot_base(level, scale) + to_float(jnp.where(word >> 8 < entry >> 8, column, entry & 255))
    if set(filters.active) - {"pop_filter_list", "pixelate_factor", "poisson_noise_scale", *AFTER_SHOT}:
        # The table leaves an arithmetic progression of words possible, whose multiples are spread evenly.
        number = number + small_poisson((v - level) * scale, random_unit(word * jnp.uint32(0x9E3779B1)))
    return clip(number / scale)


def vignette(filters, seed, t, v):
    return darken_corners(v, filters.strength["vignette_strength"])


def radial_light(filters, seed, t, v):
    """A light at the centre of the picture."""
    strength = filters.strength["radial_light_strength"]

    def light(x, channel):
        glow = np.clip(1 - distance(*x.shape[-2:]) ** np.float32(1.5), 0, 1)
        return clip(x + glow * strength * jnp.where(channel == 2, 200.0, 255.0))

    return each(light, v)


# What a stage reads to compute a value: that value alone, the pixel's colour, or several places of the picture.
VALUES, COLOURS, PLACES = range(3)
STAGES = (
    (("pop_filter_list",), preset, COLOURS),
    (("brightness",), brightness, VALUES),
    (("contrast",), contrast, VALUES),
    (("gamma",), gamma, VALUES),
    (("saturation", "hue_shift"), hsv, COLOURS),
    (("color_temp",), color_temp, VALUES),
    (("color_jitter_std",), color_jitter, COLOURS),
    (("blur_sigma",), blur, PLACES),
    (("sharpen_amount",), sharpening, PLACES),
    (("pixelate_factor",), pixelate, PLACES),
    (("gaussian_noise_std",), gaussian_noise, VALUES),
    (("poisson_noise_scale",), poisson_noise, PLACES),  # one place, but in two passes
    (("vignette_strength",), vignette, VALUES),
    (("radial_light_strength",), radial_light, VALUES),
)  # parameters, stage, what it reads
AFTER_SHOT = ("vignette_strength", "radial_light_strength")


# --- what the stages do, with plain numbers ---


def brighten(v, b: jax.Array):
    return each(lambda x, _: clip(x + 100.0 * b), v)


def stretch(v, c: jax.Array):
    """Contrast around 128."""
    return each(lambda x, _: jnp.where(c == 1, x, clip((x - 128.0) * c + 128.0)), v)


def shift_hsv(v, saturation: jax.Array | float, hue_shift: jax.Array | float) -> tuple[jax.Array, ...]:
    """One round trip through HSV, planes: saturation multiplied and clipped, hue turned by degrees.

    The steps and their order are the reference's: results are often whole numbers, where truncation shows every
    rounding.
    """
    r, g, b = (plane / 255.0 for plane in v)
    # Positive numbers are ordered as their bits are, which have no NaN to be kept.
    i, j, k = (jax.lax.bitcast_convert_type(plane, jnp.int32) for plane in (r, g, b))
    high = jax.lax.bitcast_convert_type(jnp.maximum(jnp.maximum(i, j), k), jnp.float32)
    low = jax.lax.bitcast_convert_type(jnp.minimum(jnp.minimum(i, j), k), jnp.float32)
    span = high - low
    # Where several channels are highest, the last of r, g, b decides; a grey has blue highest and turn 0.
    blue, green = b == high, g == high
    turn = jnp.where(blue, r - g, jnp.where(green, b - r, g - b)) / jnp.maximum(span, TINY)
    hue = (turn + jnp.where(blue, 4.0, jnp.where(green, 2.0, 0.0))) * 60.0 + hue_shift
    hue = jnp.where(hue < 0, hue + 360.0, jnp.where(hue >= 360, hue - 360.0, hue))
    chroma = high * jnp.minimum(span / jnp.maximum(high, TINY) * saturation, 1.0)
    sixths, rest = hue / 60.0, high - chroma
    # How much of the chroma red, green and blue have around the circle.
    shares = abs(sixths - 3.0) - 1.0, 2.0 - abs(sixths - 2.0), 2.0 - abs(sixths - 4.0)
    neutral = (saturation == 1) & (hue_shift == 0)
    return tuple(
        jnp.where(neutral, plane, (chroma * within(share, 1.0) + rest) * 255.0)
        for plane, share in zip(v, shares, strict=True)
    )


def temper(v, t: jax.Array):
    """Colour temperature: red and blue move apart; warm for t > 0, cool for t < 0."""
    red = jnp.where(t > 0, 30.0 * t, 15.0 * t)
    blue = jnp.where(t > 0, -15.0 * t, -30.0 * t)
    return each(lambda x, c: clip(x + jnp.where(c == 0, red, jnp.where(c == 2, blue, 0.0))), v)


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


def sharpen(v, amount: jax.Array) -> jax.Array:
    """Away from the blurred picture, of blur_sigma 1."""
    v = joined(v)
    return clip(v + amount * (v - box_blur(v, 0.4)))


def darken_corners(v, strength: jax.Array):
    return each(lambda x, _: x * jnp.clip(1.0 - strength * distance(*x.shape[-2:]) ** 2, 0.0, 1.0), v)


def power(x: jax.Array, exponent: jax.Array) -> jax.Array:
    """x^exponent for x in 0..1, to 6e-6, exact at 1; the compiler's own function is not vectorised."""
    binary = larger(exponent * log2(x, FINE_LOG2), -126.0)
    whole = jnp.round(binary)
    rest = binary - whole
    mantissa = jax.lax.bitcast_convert_type(1.0 + rest * polynomial(EXP2, rest), jnp.int32)
    # The lowest bits of the sum are the whole number.
    shift = jax.lax.bitcast_convert_type(whole + 1.5 * 2.0**23, jnp.int32) << 23
    return jax.lax.bitcast_convert_type(mantissa + shift, jnp.float32)


def distance(height: int, width: int) -> np.ndarray:
    """Distance of each pixel from the centre, (height, width) f32 in half diagonals."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    y, x = y - np.float32(height / 2), x - np.float32(width / 2)
    return np.sqrt(y * y + x * x) / np.float32(math.hypot(height / 2, width / 2))


# --- chance ---


def counter(v: jax.Array, channel: jax.Array) -> jax.Array:
    """The number in its frame of each value of `v`, u32, from which its noise is hashed."""
    height, width = v.shape[-2:]
    row, column = (jax.lax.broadcasted_iota(jnp.uint32, (height, width), axis) for axis in range(2))
    return channel * jnp.uint32(height * width) + (row * jnp.uint32(width) + column)


def normal(word: jax.Array) -> jax.Array:
    """f32 standard normal from a hash, by Box and Muller: 20 bits of radius (up to 5.4), 12 bits of angle.

    Logarithm and cosine are polynomials: the compiler's own ones are not vectorised, or cost more.
    """
    radius = log2(to_float(word >> 12) + 0.5, LOG2) - 20.0
    angle = (to_float(word & 0xFFF) + 0.5) * 2.0**-12 - 0.5  # turns, in [-1/2, 1/2)
    return jnp.sqrt(jnp.maximum(-2.0 * math.log(2.0) * radius, 0.0)) * polynomial(COSINE, angle * angle)


def log2(x: jax.Array, coefficients: tuple[float, ...]) -> jax.Array:
    """Binary logarithm of x > 0; the coefficients are those of log2(1 + m) / m. That of 1 is 0, that of 0 is -127."""
    word = jax.lax.bitcast_convert_type(x, jnp.int32)
    m = jax.lax.bitcast_convert_type((word & 0x7FFFFF) | 0x3F800000, jnp.float32) - 1.0
    return (word >> 23).astype(jnp.float32) - 127.0 + m * polynomial(coefficients, m)


def polynomial(coefficients: tuple[float, ...], x: jax.Array) -> jax.Array:
    """The sum of coefficients[k] x^k."""
    value = coefficients[-1]
    for c in coefficients[-2::-1]:
        value = value * x + c
    return value


def fit(function, degree: int, low: float, high: float) -> tuple[float, ...]:
    """Coefficients of the polynomial that meets `function` at the Chebyshev points of [low, high]."""
    x = low + (high - low) * (0.5 - 0.5 * np.cos(np.pi * (np.arange(degree + 1) + 0.5) / (degree + 1)))
    return tuple(float(c) for c in np.polynomial.polynomial.polyfit(x, function(x), degree))


LOG2, FINE_LOG2 = (fit(lambda x: np.log2(1 + x) / x, degree, 0.0, 1.0) for degree in (4, 6))  # of 1 + x, over x
EXP2 = fit(lambda x: (2**x - 1) / x, 3, -0.5, 0.5)  # less 1, over x
COSINE = fit(lambda x: np.cos(2 * np.pi * np.sqrt(x)), 5, 0.0, 0.25)  # of sqrt(x) turns
EXP = fit(np.exp, 6, 0.0, 1.0)


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
    u = u * polynomial(EXP, mean)  # instead of a factor exp(-mean) in every sum
    power, total, number = 1.0, 1.0, jnp.zeros_like(mean)
    for k in range(1, 8):  # more than 7 has a probability below 2e-5
        number = jnp.where(total <= u, number + 1.0, number)
        power = power * mean
        total = total + power * (1 / math.factorial(k))
    return number
