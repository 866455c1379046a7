"""Filters: each one agrees with NumPy, neutral is neutral, and the order is fixed."""

import dataclasses
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kage.look import filtering
from kage.look.config import FiltersConfig
from kage.look.filter import COLOURS, Moment
from kage.look.filtering import Filters
from kage.look.filters import FILTERS, PARAMETERS
from kage.params import NO_NEUTRAL

RANGES = {
    "brightness": (-1, 1), "contrast": (0.01, 128), "gamma": (0.5, 2), "saturation": (0, 2), "hue_shift": (-180, 180),
    "color_temp": (-1, 1),
}  # fmt: skip
ORDER = tuple(RANGES)  # of the specification
LEVELS = {"any": np.arange(256), "few": np.array([0, 1, 127, 128, 254, 255]), "grey": np.array([90])}


@partial(jax.jit, static_argnums=0)
def filtered(active, strengths, frame):
    return filtering.apply(Filters(dict(zip(active, strengths, strict=True))), frame)


def run(frame, **strength):
    return np.asarray(filtered(tuple(strength), [np.float32(s) for s in strength.values()], frame))


def random_frame(seed, levels="any"):
    return np.random.default_rng(seed).choice(LEVELS[levels].astype(np.uint8), (3, 24, 24))


def clip(v):
    return np.clip(v, 0, 255)


def numpy_hsv(frame, saturation=1.0, hue_shift=0.0):
    """The sector form."""
    r, g, b = frame / 255
    mx, mn = np.maximum(np.maximum(r, g), b), np.minimum(np.minimum(r, g), b)
    d = mx - mn
    span = np.where(d == 0, 1, d)
    hue = np.mod((g - b) / span, 6)
    hue = np.where(mx == g, (b - r) / span + 2, hue)
    hue = np.where(mx == b, (r - g) / span + 4, hue)
    hue = np.mod(np.where(d == 0, 0, 60 * hue) + hue_shift, 360)
    s = np.clip(np.where(mx == 0, 0, d / np.where(mx == 0, 1, mx)) * saturation, 0, 1)
    c = mx * s
    x = c * (1 - abs(np.mod(hue / 60, 2) - 1))
    zero = np.zeros_like(c)
    sector = np.floor(hue / 60).astype(int) % 6
    table = [(c, x, zero), (x, c, zero), (zero, c, x), (zero, x, c), (x, zero, c), (c, zero, x)]
    rgb = np.stack([np.choose(sector, [row[i] for row in table]) for i in range(3)])
    return (rgb + (mx - c)) * 255


def numpy_temper(v, t):
    red, blue = (30 * t, -15 * t) if t > 0 else (-15 * abs(t), 30 * abs(t))
    return clip(v + np.array([red, 0, blue])[:, None, None])


# The specification in float64, frames (3, H, W) on 0..255, before they are truncated.
NUMPY = {
    "brightness": lambda v, b: clip(v + 100 * b),
    "contrast": lambda v, c: clip((v - 128) * c + 128),
    "gamma": lambda v, g: 255 * (v / 255) ** g,
    "saturation": lambda v, s: numpy_hsv(v, saturation=s),
    "hue_shift": lambda v, degrees: numpy_hsv(v, hue_shift=degrees),
    "color_temp": numpy_temper,
}


def expected(frame, order, strength):
    """Filters one after the other."""
    v = frame.astype(np.float64)
    for name in order:
        v = NUMPY[name](v, strength[name])
    return v


def assert_same_picture(ours, exact, rounding=0.01):
    """`ours` is `exact` truncated, where `exact` may be off by rounding: one level, and only next to a whole number."""
    assert ours.dtype == np.uint8
    low, high = (np.floor(clip(exact + off)).astype(int) for off in (-rounding, rounding))
    assert np.all((low <= ours) & (ours <= high)), np.argwhere((low > ours) | (ours > high))[:5]
    if np.mean(low == high) > 0.9:  # results are not whole numbers
        assert np.mean(ours == exact.astype(np.uint8)) >= 0.9


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(ORDER), st.integers(0, 999), st.sampled_from(sorted(LEVELS)))
def test_each_filter_equals_numpy(data, name, seed, levels):
    strength = data.draw(st.floats(0.125, 3, width=32) | st.just(128.0) if name == "contrast" else
                         st.floats(*RANGES[name], width=32))  # fmt: skip
    frame = random_frame(seed, levels)
    assert_same_picture(run(frame, **{name: strength}), expected(frame, [name], {name: strength}))


@pytest.mark.parametrize(("name", "strength"), [
    ("brightness", 1), ("brightness", -1), ("contrast", 128), ("gamma", 0.5), ("gamma", 2), ("saturation", 0),
    ("saturation", 2), ("hue_shift", 180), ("hue_shift", -180), ("color_temp", 1), ("color_temp", -1),
])  # fmt: skip
def test_the_ends_of_each_range_equal_numpy(name, strength):
    for levels in LEVELS:
        frame = random_frame(0, levels)
        assert_same_picture(run(frame, **{name: strength}), expected(frame, [name], {name: strength}))


def colour(**strength):
    frame = np.broadcast_to(np.array([200, 100, 0], np.uint8)[:, None, None], (3, 24, 24))
    return tuple(run(frame, **strength)[:, 0, 0].tolist())


def test_known_colours():
    assert colour(brightness=0.5) == (250, 150, 50)
    assert colour(contrast=0.5) == (164, 114, 64)
    assert colour(gamma=2) == (156, 39, 0)
    assert colour(saturation=0) == (200, 200, 200)
    assert colour(saturation=0.5) == (200, 150, 100)
    assert colour(hue_shift=120) == (0, 200, 100)
    assert colour(hue_shift=-120) == (100, 0, 200)
    assert colour(color_temp=1) == (230, 100, 0)
    assert colour(color_temp=-1) == (185, 100, 30)


@pytest.mark.parametrize("name", ORDER)
def test_a_neutral_dose_in_a_batch_changes_nothing(name):
    neutral = PARAMETERS[name].neutral
    doses = jnp.array([RANGES[name][0], neutral, 0.75 * RANGES[name][1]], jnp.float32)
    every_level = np.stack([np.tile(np.arange(256, dtype=np.uint8).reshape(8, 32), (3, 1))] * 3)
    for frame in (every_level, random_frame(5)):
        low, unchanged, high = np.asarray(jax.vmap(lambda s, f=frame: filtered((name,), [s], f))(doses))
        np.testing.assert_array_equal(unchanged, frame)
    assert (low != frame).mean() > 0.3 and (high != frame).mean() > 0.3  # of the random frame


def test_a_neutral_configuration_builds_no_filter():
    assert filtering.build(FiltersConfig()) is None
    built = filtering.build(FiltersConfig(gamma=2.0, brightness=0.25))
    assert set(built.strength) == {"gamma", "brightness"}
    assert float(built.strength["gamma"]) == 2.0 and float(built.strength["brightness"]) == 0.25


STRONG = {"brightness": -0.4, "contrast": 1.8, "gamma": 0.6, "saturation": 1.7, "hue_shift": 40.0, "color_temp": 0.8}


@settings(max_examples=25, deadline=None)
@given(st.fixed_dictionaries({name: st.floats(*RANGES[name], width=32) if name != "contrast" else
                              st.floats(0.5, 2, width=32) for name in ORDER}), st.integers(0, 999))  # fmt: skip
@example(STRONG, 0)
def test_filters_apply_in_the_specified_order_and_are_truncated_once(strength, seed):
    frame = random_frame(seed)
    one_round_trip = numpy_hsv(expected(frame, ORDER[:3], strength), strength["saturation"], strength["hue_shift"])
    # Named in another order; a gamma below 1 magnifies rounding near black.
    ours = run(frame, **dict(sorted(strength.items(), reverse=True)))
    assert_same_picture(ours, numpy_temper(one_round_trip, strength["color_temp"]), rounding=0.2)


@pytest.mark.parametrize(("first", "second"), [
    ("brightness", "contrast"), ("contrast", "gamma"), ("gamma", "saturation"), ("hue_shift", "color_temp"),
])  # fmt: skip
def test_neighbours_in_the_order_do_not_commute(first, second):
    frame, strength = random_frame(1), {first: STRONG[first], second: STRONG[second]}
    ours = run(frame, **strength)
    assert_same_picture(ours, expected(frame, (first, second), strength), rounding=0.05)
    assert np.mean(ours != expected(frame, (second, first), strength).astype(np.uint8)) > 0.3


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(-1, 1, width=32), min_size=4, max_size=4).map(sorted), st.integers(0, 999))
def test_more_brightness_makes_no_pixel_darker(doses, seed):
    frame = random_frame(seed)
    frames = [run(frame, brightness=dose).astype(int) for dose in doses]
    for darker, lighter in zip(frames, frames[1:], strict=False):
        assert np.all(lighter >= darker)
    assert run(frame, brightness=1).mean() > frame.mean() > run(frame, brightness=-1).mean()


def test_filters_are_found_in_the_order_of_the_specification():
    """Fields are in another order, which errors and docs/parameters.md show."""
    specs = {field.name: field.metadata["spec"] for field in dataclasses.fields(FiltersConfig)}
    first = {name for name, spec in specs.items() if spec.neutral is NO_NEUTRAL}  # and not added later
    applied = [name for one in FILTERS for name in one.parameters if name in first]
    assert applied == [
        "pop_filter_list", "brightness", "contrast", "gamma", "saturation", "hue_shift", "color_temp", "color_jitter_std",
        "blur_sigma", "sharpen_amount", "pixelate_factor", "gaussian_noise_std", "poisson_noise_scale",
        "vignette_strength", "radial_light_strength",
    ]  # fmt: skip
    assert [name for name in specs if name in first] == [*applied[1:8], *applied[11:13], *applied[8:11], *applied[13:], applied[0]]


def test_filters_draw_apart():
    """Two filters that hash their draws with the same number would add the same noise."""
    streams = [one.stream for one in FILTERS if one.stream is not None]
    assert len(set(streams)) == len(streams) >= 4


def test_a_filter_that_keeps_finished_runs_does_so_at_its_default():
    for field in dataclasses.fields(FiltersConfig):
        assert field.metadata["spec"].neutral in (NO_NEUTRAL, PARAMETERS[field.name].neutral), field.name


@pytest.mark.parametrize("one", FILTERS, ids=lambda one: one.function.__name__)
def test_what_is_said_to_keep_whole_numbers_keeps_them(one):
    """Shot noise leaves out the part of its work that only fractions need."""

    def example(parameter):
        if not parameter.sheet:
            return parameter.page[0]
        low, high = parameter.sheet[0], parameter.sheet[-1]
        return parameter.kind(low + 0.617 * (high - low))

    examples = {name: example(parameter) for name, parameter in one.parameters.items()}
    strength = filtering.build(FiltersConfig(**examples)).strength
    values = [strength[name] for name in one.parameters]
    moment = [] if one.stream is None else [Moment(1, 2, one.stream, True)]
    v = random_frame(2).astype(np.float32)
    out = np.stack(jax.jit(lambda v: one(tuple(v) if one.reads == COLOURS else v, *values, *moment))(v))
    assert one.whole == bool((out == np.floor(out)).all())
