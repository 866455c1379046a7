"""Presets: filters with fixed strengths under one name, as in a camera app."""

from __future__ import annotations

from kage.lazy import lazy
from kage.look.filter import COLOURS, PRESET, Moment, declare, strength
from kage.look.filters.colour import shift_hsv, temper
from kage.look.filters.exposure import brighten, stretch
from kage.look.filters.light import darken_corners
from kage.look.filters.sharpness import sharpen

jax, jnp = lazy("jax"), lazy("jax.numpy")
hashing, picture = lazy("kage.look.hashing"), lazy("kage.look.picture")

PRESETS = {  # preset -> its steps and their amounts
    "vintage": {"saturation": 0.7, "color_temp": 0.3, "vignette": 0.3, "contrast": 1.1},
    "retro": {"saturation": 1.5, "hue_shift": 15.0, "brightness": 0.1, "contrast": 0.9},
    "cyberpunk": {"saturation": 1.8, "color_temp": -0.2, "contrast": 1.3, "sharpen": 0.5},
    "horror": {"saturation": 0.3, "color_temp": -0.4, "brightness": -0.2, "vignette": 0.6, "contrast": 1.4},
    "noir": {"saturation": 0.0, "contrast": 1.6, "late_vignette": 0.4},
    "none": {},
}
STEPS = {  # step -> neutral amount, function; in the order of application: noir darkens its corners last
    "saturation": (1.0, lambda v, amount: shift_hsv(v, amount, 0.0)),
    "hue_shift": (0.0, lambda v, amount: shift_hsv(v, 1.0, amount)),
    "color_temp": (0.0, temper),
    "brightness": (0.0, brighten),
    "vignette": (0.0, darken_corners),
    "contrast": (1.0, stretch),
    "late_vignette": (0.0, darken_corners),
    "sharpen": (0.0, sharpen),
}


def table(names: list[str]) -> dict[str, jax.Array] | None:
    """Every step of any of these presets -> its amount in each preset, (len(names),) f32. None if there is no step."""
    presets = [PRESETS[name] for name in names]
    return {
        step: jnp.array([preset.get(step, neutral) for preset in presets], jnp.float32)
        for step, (neutral, _) in STEPS.items()
        if any(step in preset for preset in presets)
    } or None


@declare(PRESET, COLOURS, whole=True, stream=0, pop_filter_list=strength(
    [], "presets, one drawn per episode and applied first", among=tuple(PRESETS),
    sheet=[], page=[[name] for name in PRESETS if name != "none"], traced=table,
))  # fmt: skip
def apply_preset(v, amounts: dict[str, jax.Array], moment: Moment) -> jax.Array:
    """One preset of the list, drawn for the episode. The result is truncated to whole numbers, like a frame."""
    number = len(next(iter(amounts.values())))
    drawn = hashing.random_index(moment.once(), number)
    for step, (_, function) in STEPS.items():
        if step in amounts:
            v = function(v, amounts[step][drawn])
    return picture.truncated(v).astype(jnp.float32)
