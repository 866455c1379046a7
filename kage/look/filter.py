"""What a filter declares: its parameters, what it reads, its place in the order, and its function.

    @declare(EXPOSURE, VALUES, brightness=strength(0.0, "adds 100 b", sheet=[-1, -0.5, 0, 0.5, 1], low=-1, high=1))
    def brighten(v, b):
        return picture.each(lambda x, _: picture.clip(x + 100.0 * b), v)

`kage.look.filters` finds such declarations; commands that draw nothing read them too, so nothing here imports JAX.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from kage.lazy import lazy
from kage.params import param

jax = lazy("jax")
hashing = lazy("kage.look.hashing")

# What a filter is about. Each idea has a file of this name in `kage/look/filters/`.
PRESET, EXPOSURE, COLOUR, SHARPNESS, NOISE, LIGHT = "presets", "exposure", "colour", "sharpness", "noise", "light"
ORDER = (PRESET, EXPOSURE, COLOUR, SHARPNESS, NOISE, LIGHT)  # the order of application
FIELDS = (EXPOSURE, COLOUR, NOISE, SHARPNESS, LIGHT, PRESET)  # the order in `FiltersConfig` and tables

# What a filter reads to compute a value: that value alone, the three values of its pixel, or other places too.
VALUES, COLOURS, PLACES = "values", "colours", "places"


@dataclasses.dataclass(frozen=True)
class Parameter:
    """A parameter of a filter. Its default is its neutral value, at which the filter leaves the picture as it is."""

    field: dataclasses.Field  # of `FiltersConfig`
    kind: type  # float, int or list[str]
    sheet: Sequence  # what `kage gallery` shows, ascending; empty: nothing
    page: Sequence  # what docs/parameters.md shows, from left to right
    traced: Callable[[Any], Any] | None  # value -> the program's pytree, or None: no effect; None: a number

    @property
    def neutral(self) -> Any:
        """The value at which the filter is left out of the program."""
        return self.field.default if self.field.default is not dataclasses.MISSING else self.field.default_factory()


def strength(
    default, doc: str, *, sheet: Sequence, page: Sequence | None = None, traced: Callable | None = None, **limits
) -> Parameter:
    """A parameter of a filter; see `Parameter`. page: `sheet` if not given. limits: those of `kage.params.param`."""
    kind = list[str] if isinstance(default, list) else type(default)
    return Parameter(param(default, doc, **limits), kind, sheet, sheet if page is None else page, traced)


@dataclasses.dataclass(frozen=True)
class Filter:
    """A filter: a function from a picture to a picture, with all that is declared about it.

    A picture v is (3, H, W) f32 on 0..255, or a tuple of its three planes, (H, W) f32; `kage.look.picture` works on
    both. A filter that reads COLOURS is given planes, one that reads PLACES an array.
    """

    function: Callable  # (v, one value for each parameter, a `Moment` if it draws) -> v
    parameters: Mapping[str, Parameter]
    idea: str
    reads: str
    whole: bool  # whole numbers stay whole numbers
    costly: bool  # it must not be fused with a mix of colours
    stream: int | None  # a number of its own, with which its draws are hashed; None: it draws nothing

    def __call__(self, v, *values):
        return self.function(v, *values)


def declare(
    idea: str,
    reads: str,
    *,
    whole: bool = False,
    costly: bool = False,
    stream: int | None = None,
    **parameters: Parameter,
) -> Callable[[Callable], Filter]:
    """Make a function a filter; see `Filter`.

    The filter is applied among the filters of its idea. First come those of the idea's own file, in the order of their
    lines, then those of other files, by the name of the file.
    """
    return lambda function: Filter(function, parameters, idea, reads, whole, costly, stream)


class Moment(NamedTuple):
    """What a filter that draws random numbers is given beside the picture."""

    seed: jax.Array | int  # () u32, of the episode
    t: jax.Array | int  # () i32 steps since reset
    stream: int | None  # of the filter
    whole: bool  # every value of the picture is a whole number

    def once(self) -> jax.Array:
        """() u32, the same in the whole episode."""
        return hashing.hash32(self.seed, self.stream)

    def draw(self, *words) -> jax.Array:
        """u32 for each element of the broadcast words, new every step."""
        return hashing.hash32(self.seed, self.t, self.stream, *words)
