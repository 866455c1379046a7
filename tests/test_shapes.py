"""Shapes: the pixels they cover, turning them, and painting them where the screen ends."""

from fractions import Fraction
from functools import lru_cache, partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kage.look import shapes
from kage.look.config import SHAPES

PIXELS = {  # of radius 8; the ellipse is 16 x 24
    "triangle": 77, "polygon": 159, "star": 69, "circle": 197, "ellipse": 297, "diamond": 145, "square": 289,
    "line": 17 * 3, "cross": 2 * 17 * 3 - 9,
}  # fmt: skip


@partial(jax.jit, static_argnums=(0, 4))
def rasterise(name, degrees, width, height, reach):
    return shapes.rasterise((name,), 0, degrees, width, height, reach)


def bits(name, degrees=0.0, width=16, height=16):
    return rasterise(name, *map(jnp.float32, (degrees, width, height)), shapes.reach(width, height, rotates=True))


def unpack(bitmap):
    """The square bitmap as booleans, read bit by bit."""
    octets, size = np.asarray(bitmap.octets), 2 * bitmap.reach + 1
    assert octets.dtype == np.uint8 and octets.shape == (-(-size // 8), size)
    seen = np.array([[octets[x // 8, y] >> (x % 8) & 1 for x in range(8 * len(octets))] for y in range(size)])
    assert not seen[:, size:].any()
    return seen[:, :size].astype(bool)


paint = jax.jit(shapes.paint, static_argnums=(3, 4))


@lru_cache(None)
def mask(name, degrees=0.0, width=16, height=16):
    return unpack(bits(name, degrees, width, height))


@pytest.mark.parametrize("name", SHAPES)
def test_pixel_counts_of_the_agents_shapes(name):
    size = [jnp.float32(16), jnp.float32(24 if name == "ellipse" else 16)]  # constants of the program, as in a look
    draw = jax.jit(lambda degrees: shapes.rasterise((name,), 0, degrees, *size, shapes.reach(16, 24, True)))
    assert unpack(draw(jnp.float32(0))).sum() == PIXELS[name]


@pytest.mark.parametrize("name", SHAPES)
def test_pixel_counts_do_not_depend_on_how_a_size_is_passed(name):
    assert mask(name, height=24 if name == "ellipse" else 16).sum() == PIXELS[name]


def exact(name, width, height):
    """The definition in fractions: no rounding at all."""
    reach = shapes.reach(width, height, True)
    radius = Fraction(min(width, height), 2)
    bar = max(Fraction(1), radius / 4) / 2
    inside = {
        "circle": lambda u, v: u * u + v * v <= radius**2,
        "square": lambda u, v: max(abs(u), abs(v)) <= radius,
        "line": lambda u, v: abs(u) <= radius and abs(v) <= bar,
        "cross": lambda u, v: (abs(u) <= radius and abs(v) <= bar) or (abs(v) <= radius and abs(u) <= bar),
        "diamond": lambda u, v: abs(u) + abs(v) <= radius,
        "ellipse": lambda u, v: (2 * u * height) ** 2 + (2 * v * width) ** 2 <= (width * height) ** 2,
    }[name]
    span = range(-reach, reach + 1)
    return np.array([[inside(u, v) for u in span] for v in span])


@pytest.mark.parametrize("name", ["circle", "square", "line", "cross", "diamond", "ellipse"])
def test_unturned_shapes_equal_their_definition(name):
    for width, height in [(1, 1), (2, 2), (5, 5), (7, 12), (16, 16), (24, 16), (31, 31), (33, 40)]:
        np.testing.assert_array_equal(mask(name, 0.0, width, height), exact(name, width, height), f"{width} x {height}")


@pytest.mark.parametrize("name", SHAPES)
def test_a_full_turn_changes_nothing(name):
    np.testing.assert_array_equal(mask(name, 360.0), mask(name))


@pytest.mark.parametrize("name", ["circle", "square", "diamond", "cross", "line"])
@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_quarter_turn_turns_the_bitmap_clockwise(name, quarters):
    np.testing.assert_array_equal(mask(name, 90.0 * quarters), np.rot90(mask(name), -quarters))


def test_a_positive_angle_is_clockwise_on_the_screen():
    # From the middle, a triangle of radius 8 reaches 8 px up, 4 down and 7 to each side; a quarter turn makes up right.
    def extent(degrees):
        bitmap = mask("triangle", degrees)
        rows, columns = np.nonzero(bitmap)
        return np.array([rows.min(), rows.max(), columns.min(), columns.max()]) - len(bitmap) // 2

    assert np.all(abs(extent(0) - [-8, 4, -7, 7]) <= 1)
    assert np.all(abs(extent(90) - [-7, 7, -4, 8]) <= 1)


@pytest.mark.parametrize("name", SHAPES)
def test_a_turned_shape_keeps_its_area_and_stays_within_reach(name):
    for degrees in (17.0, 45.0, 123.0, 200.0, -30.0):
        turned = mask(name, degrees, 40, 40)
        assert abs(turned.sum() / mask(name, 0.0, 40, 40).sum() - 1) < 0.12, degrees
        roomy = rasterise(name, *map(jnp.float32, (degrees, 40, 40)), len(turned))
        assert unpack(roomy).sum() == turned.sum(), degrees  # nothing was cut off


@pytest.mark.parametrize("size", [9, 10, 13, 16, 26, 40, 100])
def test_a_circle_looks_the_same_whichever_way_it_is_turned(size):
    """Whole numbers such as 3, 4 and 5 lie on its edge, where rounding could decide."""
    for degrees in np.arange(0.0, 360.0, 7.3):
        assert (mask("circle", degrees, size, size) == mask("circle", 0.0, size, size)).all(), degrees


def test_an_index_chooses_among_the_names():
    names = ("polygon", "square", "line")
    draw = jax.vmap(lambda i: shapes.rasterise(names, i, jnp.float32(0), jnp.float32(16), jnp.float32(16), 12).octets)
    for name, octets in zip(names, draw(jnp.arange(3)), strict=True):
        np.testing.assert_array_equal(octets, bits(name).octets)


def pasted(stamp, cx, cy, height, width):
    """A mask copied pixel by pixel with its middle at (cx, cy)."""
    screen, reach = np.zeros((height, width), bool), len(stamp) // 2
    for y, x in np.argwhere(stamp):
        row, column = y - reach + cy, x - reach + cx
        if 0 <= row < height and 0 <= column < width:
            screen[row, column] = True
    return screen


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["triangle", "square"]), st.sampled_from([9, 50]), st.integers(-90, 130), st.integers(-90, 110))
def test_painting_clips_at_the_screens_edges(name, size, cx, cy):
    stamp = bits(name, width=size, height=size)
    painted = np.asarray(paint(stamp, jnp.int32(cx), jnp.int32(cy), 30, 44))
    np.testing.assert_array_equal(painted, pasted(mask(name, 0.0, size, size), cx, cy, 30, 44))


@pytest.mark.parametrize("corner", [(0, 0), (43, 0), (0, 29), (43, 29)])
def test_a_square_in_a_corner_of_the_screen_shows_a_quarter(corner):
    assert np.asarray(paint(bits("square"), *map(jnp.int32, corner), 30, 44)).sum() == 9 * 9


@pytest.mark.parametrize("size", [7, 8, 9, 16, 31, 32, 33, 64, 70, 100])
def test_shapes_wider_than_an_octet_have_no_seam(size):
    painted = np.asarray(paint(bits("square", width=size, height=size), jnp.int32(64), jnp.int32(64), 128, 128))
    side = 2 * (size // 2) + 1
    assert painted.sum() == side * side and painted[64 - size // 2, 64 - size // 2] and painted[64 + size // 2, 64]


def test_angles_share_one_program():
    traces = []

    @partial(jax.jit, static_argnums=1)
    def draw(degrees, reach):
        traces.append(1)
        return shapes.rasterise(("star",), 0, degrees, jnp.float32(16), jnp.float32(16), reach).octets

    assert len({np.asarray(draw(jnp.float32(d), 12)).tobytes() for d in (0, 10, 20)}) == 3 and len(traces) == 1
