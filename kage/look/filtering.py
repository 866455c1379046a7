"""The filters of a look, applied to the finished picture in float32 on 0..255.

The order of application is that of `kage.look.filters.FILTERS`. A filter at its neutral value is left out of the
program. Strengths are traced, and a traced strength that happens to be neutral leaves the picture exactly unchanged.
"""

from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
from flax import struct

from kage.look.config import FiltersConfig
from kage.look.filter import COLOURS, PLACES, Filter, Moment
from kage.look.filters import FILTERS, PARAMETERS
from kage.look.picture import truncated, written
from kage.materialise import materialise
from kage.parts import in_parts

NUMBERS = {float: jnp.float32, int: jnp.int32}


@struct.dataclass
class Filters:
    """The filters of a look. Which parameters are present is static; their strengths are traced."""

    strength: dict[str, Any]  # parameter -> () f32 or i32, or the pytree that `Parameter.traced` makes


def build(config: FiltersConfig) -> Filters | None:
    """The traced form of `config`, None when every filter is neutral."""
    strength = {}
    for name, parameter in PARAMETERS.items():
        value, traced = getattr(config, name), parameter.traced or NUMBERS[parameter.kind]
        form = None if value == parameter.neutral else traced(value)
        if form is not None:
            strength[name] = form
    return Filters(strength) if strength else None


def init(filters: Filters, seed: jax.Array) -> jax.Array:
    """The state of the filters, () u32: all that they draw is hashed from this number and the time."""
    return seed


def apply(filters: Filters, frame: jax.Array, seed: jax.Array | int = 0, t: jax.Array | int = 0) -> jax.Array:
    """The filtered frame of step `t`, (3, H, W) u8, truncated once, at the end; `seed` is the state of `init`."""
    # Filters that read several places need intermediate pictures of floats, four times as large as frames.
    several = any(one.reads == PLACES for one in active(filters))
    return (filtered_in_parts if several else filtered)(filters, frame, seed, t)


def filtered(filters: Filters, frame: jax.Array, seed: jax.Array | int, t: jax.Array | int) -> jax.Array:
    """The result of `apply`, computed for the whole batch at once."""
    v, before, whole = materialise(frame).astype(jnp.float32), None, True
    for one in active(filters):
        if one.reads == COLOURS:
            # Write a costly filter's result to memory first: fused with the colour mix it runs at half the speed.
            v = tuple(written(v) if before is not None and before.costly else v)
        elif one.reads == PLACES and before is not None:
            v = written(v)
        values = [filters.strength.get(name, parameter.neutral) for name, parameter in one.parameters.items()]
        moment = [] if one.stream is None else [Moment(seed, t, one.stream, whole)]
        v, before, whole = one(v, *values, *moment), one, whole and one.whole
    return truncated(v)


filtered_in_parts = in_parts(filtered, 16)


def active(filters: Filters) -> Iterator[Filter]:
    """The filters that are in the program, in the order of application."""
    return (one for one in FILTERS if any(name in filters.strength for name in one.parameters))
