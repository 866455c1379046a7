"""Filters over the finished picture, float32 on 0..255, each skipped at its neutral value.

The order is fixed and is the order of `apply`. A filter is structure when active; its strength is traced.
"""

import jax
import jax.numpy as jnp
from flax import struct

from kage.materialise import materialise
from kage.params import ConfigError, group, param

PRESETS = ("vintage", "retro", "cyberpunk", "horror", "noir", "none")
NEUTRAL = {
    "brightness": 0.0, "contrast": 1.0, "gamma": 1.0, "saturation": 1.0, "hue_shift": 0.0, "color_temp": 0.0,
    "color_jitter_std": 0.0, "gaussian_noise_std": 0.0, "poisson_noise_scale": 0.0, "blur_sigma": 0.0,
    "sharpen_amount": 0.0, "pixelate_factor": 1, "vignette_strength": 0.0, "radial_light_strength": 0.0,
    "pop_filter_list": [],
}  # fmt: skip
AVAILABLE = ("brightness", "contrast", "gamma", "saturation", "hue_shift", "color_temp")


@group("filters")
class FiltersConfig:
    """Parameters of the filters, in no particular order; `apply` fixes the order of application."""

    brightness: float = param(0.0, "adds 100 b", low=-1, high=1)
    contrast: float = param(1.0, "scales around 128", above=0)
    gamma: float = param(1.0, "255 (v / 255) ^ gamma", low=0.5, high=2)
    saturation: float = param(1.0, "multiplies the saturation of HSV, clipped to 1", low=0, high=2)
    hue_shift: float = param(0.0, "added to the hue of HSV", unit="degrees", low=-180, high=180)
    color_temp: float = param(0.0, "warm above 0: R + 30 t, B - 15 t; cool below: B + 30 |t|, R - 15 |t|", low=-1, high=1)
    color_jitter_std: float = param(0.0, "std of a random 3 x 3 colour mix, new every step", low=0)
    gaussian_noise_std: float = param(0.0, "std of pixel noise, new every step", unit="grey levels", low=0)
    poisson_noise_scale: float = param(0.0, "shot noise Poisson(v s) / s, new every step", low=0, high=1)
    blur_sigma: float = param(0.0, "3 x 3 box blur, blended in by min(sigma / 2.5, 1)", low=0)
    sharpen_amount: float = param(0.0, "adds a (v - blur at sigma 1)", low=0)
    pixelate_factor: int = param(1, "nearest-neighbour down- and up-sampling", low=1)
    vignette_strength: float = param(0.0, "multiplies by clip(1 - s d^2, 0, 1), d from the centre", low=0)
    radial_light_strength: float = param(0.0, "adds clip(1 - d^1.5, 0, 1) s (255, 255, 200)", low=0)
    pop_filter_list: list[str] = param([], "presets, one drawn per episode and applied first", among=PRESETS)


@struct.dataclass
class Filters:
    """The filters of a look: which are active is structure, how strong they are is traced."""

    active: tuple[str, ...] = struct.field(pytree_node=False)
    strength: dict[str, jax.Array]  # active name -> () f32


def build(config: FiltersConfig) -> Filters | None:
    """The traced form of `config`, None when every filter is neutral."""
    active = tuple(name for name, neutral in NEUTRAL.items() if getattr(config, name) != neutral)
    for name in active:
        if name not in AVAILABLE:
            raise ConfigError(f"filters.{name}={getattr(config, name)!r} is not available yet: "
                              f"leave it at {NEUTRAL[name]!r}, or use {', '.join(AVAILABLE)}")  # fmt: skip
    if not active:
        return None
    return Filters(active=active, strength={name: jnp.float32(getattr(config, name)) for name in active})


def apply(filters: Filters, frame: jax.Array) -> jax.Array:
    """The filtered frame, (3, H, W) u8 to u8; truncated once, at the end."""
    strength, active = filters.strength, filters.active
    v = materialise(frame).astype(jnp.float32)
    if "brightness" in active:
        v = clip(v + 100.0 * strength["brightness"])
    if "contrast" in active:
        v = clip((v - 128.0) * strength["contrast"] + 128.0)
    if "gamma" in active:
        v = 255.0 * (v / 255.0) ** strength["gamma"]
    if "saturation" in active or "hue_shift" in active:
        v = shift_hsv(v, strength.get("saturation", 1.0), strength.get("hue_shift", 0.0))
    if "color_temp" in active:
        v = temper(v, strength["color_temp"])
    return v.astype(jnp.uint8)


def clip(v: jax.Array) -> jax.Array:
    """Back to the range of a pixel."""
    return jnp.clip(v, 0.0, 255.0)


def shift_hsv(frame: jax.Array, saturation: jax.Array | float, hue_shift: jax.Array | float) -> jax.Array:
    """One round trip through HSV, (3, H, W) f32: saturation multiplied and clipped, hue turned by degrees.

    The way back is the closed form channel = max - chroma * clip(min(k, 4 - k), 0, 1) with k = (hue / 60 + n) mod 6
    and n = 5, 3, 1. Channels are broadcast, never stacked: a concatenation would keep a CPU from vectorising.
    """
    r, g, b = frame[0], frame[1], frame[2]
    high, low = jnp.maximum(jnp.maximum(r, g), b), jnp.minimum(jnp.minimum(r, g), b)
    span = high - low
    # Where several channels are highest, the last of r, g, b decides.
    side = jnp.where(b == high, r - g, jnp.where(g == high, b - r, g - b))
    sixth = jnp.where(b == high, 4.0, jnp.where(g == high, 2.0, 6.0))
    hue = side / jnp.where(span == 0, 1.0, span) + sixth + hue_shift / 60.0
    chroma = jnp.minimum(span * saturation, high)
    n = 5.0 - 2.0 * jax.lax.broadcasted_iota(jnp.float32, (3, 1, 1), 0)
    k = hue + n
    k = k - 6.0 * jnp.floor(k / 6.0)
    return high - chroma * jnp.clip(jnp.minimum(k, 4.0 - k), 0.0, 1.0)


def temper(frame: jax.Array, t: jax.Array) -> jax.Array:
    """Colour temperature: red and blue move apart; warm for t > 0, cool for t < 0."""
    red = jnp.where(t > 0, 30.0 * t, 15.0 * t)
    blue = jnp.where(t > 0, -15.0 * t, -30.0 * t)
    channel = jax.lax.broadcasted_iota(jnp.int32, (3, 1, 1), 0)
    return clip(frame + jnp.where(channel == 0, red, jnp.where(channel == 2, blue, 0.0)))
