"""Augmentations change how frames look, and nothing that decides which action is right."""

import dataclasses
from functools import cache
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from kage import assets, registry
from kage.augment.augmentation import Augmentation, as_bytes, shares
from kage.augment.jitter import LUMA, JitterConfig, turned
from kage.augment.mix import MixConfig
from kage.augment.random_conv import convolved
from kage.look.palette import PALETTE16, PALETTE21
from kage.params import ConfigError

BANK = {name: cls() for name, cls in registry.built_in("augment").items() if name not in ("none", "mix")}
SIDE, N = 32, 16
REACH = {"shift": 1, "random_conv": 1, "random_conv_bias": 1, "pixelate": 1, "blur": 3}  # by how many px a pixel may spread or move
EXACT = {"shift": {"reach": 0}, "overlay": {"weight": 0}, "cutout": {"least": 0, "most": 0}, "noise": {"most": 0},
         "gray": {"most": 0}, "blur": {"most": 0}, "pixelate": {"size": 1},
         "jitter": {"brightness": 0, "contrast": 0, "saturation": 0, "hue": 0}}  # fmt: skip


@cache
def compiled(option):
    return jax.jit(option)


@cache
def made(name):
    return jax.jit(lambda key: BANK[name].prepare(key, (6, SIDE, SIDE)))(jax.random.key(9))


def applied(name, obs, key=0, option=None):
    """`N` augmented frames (3, SIDE, SIDE). Each is seen twice in one observation, and must change alike there. One
    program of each augmentation serves all tests."""
    obs = np.resize(obs, (N, 3, SIDE, SIDE))
    twice = np.asarray(compiled(option or BANK[name])(jax.random.key(key), np.tile(obs, (1, 2, 1, 1)), made(name)))
    assert twice.dtype == np.uint8
    np.testing.assert_array_equal(twice[:, :3], twice[:, 3:])
    return twice[:, :3]


def drawn(n=N):
    return np.random.default_rng(0).integers(0, 256, (n, 3, SIDE, SIDE), np.uint8)


@pytest.mark.parametrize("name", BANK)
def test_every_sample_has_a_draw_of_its_own_and_all_its_frames_share_it(name):
    one, again, other = (applied(name, drawn(1), key) for key in (0, 0, 1))
    np.testing.assert_array_equal(one, again)
    assert (one != other).any() and len({sample.tobytes() for sample in one}) > 4 - (name == "pixelate")  # squares of 2 px begin in four places


def test_the_draw_of_a_sample_does_not_depend_on_how_many_there_are():
    class Painted(Augmentation):
        """One random byte everywhere."""

        def one(self, key, frames, made):
            return jnp.full_like(frames, jax.random.bits(key, (), jnp.uint8))

    key, obs = jax.random.key(0), drawn()
    np.testing.assert_array_equal(Painted()(key, obs[:3]), Painted()(key, obs)[:3])


@pytest.mark.parametrize("name", BANK)
def test_no_pixel_moves_further_than_is_said(name):
    """Of two frames that differ in one pixel, the augmented ones differ near it. jitter alone may change all pixels a
    little, because contrast depends on the frame's mean."""
    obs = np.full((N, 3, SIDE, SIDE), 100, np.uint8)
    dot = obs.copy()
    dot[:, :, 7, 8] = 250
    apart = abs(applied(name, dot).astype(int) - applied(name, obs)).max(axis=1)
    rows, columns = np.nonzero((apart > 3 if "jitter" in name else apart > 0).any(axis=0))
    reach = REACH.get(name, 0)
    assert len(rows) and abs(rows - 7).max() <= reach and abs(columns - 8).max() <= reach


@pytest.mark.parametrize("name", BANK)
def test_left_stays_left(name):
    """The side on which a frame is brighter is the same after it, for most draws and in the mean over all of them."""
    obs = np.broadcast_to(np.linspace(0, 255, SIDE).astype(np.uint8), (N, 3, SIDE, SIDE))
    after = applied(name, obs).astype(float)
    slope = after[..., SIDE // 2 :].mean(axis=(1, 2, 3)) - after[..., : SIDE // 2].mean(axis=(1, 2, 3))
    if "conv" in name:  # weights may be negative: then light becomes dark, and no edge has moved
        slope = abs(slope)
    assert slope.mean() > 20 and (slope > -1).mean() > 0.8


@pytest.mark.parametrize("name", EXACT)
def test_neutral_parameters_are_the_identity(name):
    obs = drawn()
    np.testing.assert_array_equal(applied(name, obs, option=dataclasses.replace(BANK[name], **EXACT[name])), obs)


def test_a_mix_changes_each_frame_in_one_of_its_ways():
    """Half of the frames move, half get a box: which ones is drawn."""
    mix = MixConfig(parts=["shift", "cutout"])
    obs = jnp.asarray(drawn())
    change = jax.jit(lambda key: mix(key, obs, mix.prepare(key, obs.shape[1:])))
    found = [np.asarray(change(jax.random.key(seed))) for seed in range(2)]
    for after in found:
        apart = (after != obs).any(axis=1).mean(axis=(1, 2))  # a box covers a part; a shift moves all pixels, or none
        assert ((0 < apart) & (apart < 0.2)).sum() == N // 2
    assert (found[0] != found[1]).any()


@pytest.mark.parametrize("name", ["random_conv_bias", "jitter", "overlay", "noise"])
def test_black_becomes_colours_only_where_it_is_said(name):
    black = np.zeros((N, 3, SIDE, SIDE), np.uint8)
    assert (applied(name, black).max() > 60) == (name != "jitter")
    assert not applied("random_conv", black).any()


def test_a_random_convolution_is_a_convolution():
    obs = drawn(1)
    weight, bias = np.random.default_rng(1).normal(size=(3, 3, 3, 3)) * 0.2, np.array([0.1, 0.2, 0.3])
    padded = np.pad(obs[0] / 255, [(0, 0), (1, 1), (1, 1)], mode="edge")
    expected = np.zeros((3, SIDE, SIDE))
    for y in range(SIDE):
        for x in range(SIDE):
            expected[:, y, x] = np.einsum("ocij,cij->o", weight, padded[:, y : y + 3, x : x + 3]) + bias
    found = convolved(jnp.asarray(obs), jnp.asarray(weight), jnp.asarray(bias))[0]
    np.testing.assert_allclose(found, np.clip(expected, 0, 1) * 255, atol=0.51)


def test_a_blur_is_a_gaussian_of_the_drawn_width():
    obs, key = drawn(), jax.random.key(0)
    widths = [jax.random.uniform(jax.random.fold_in(key, i)) for i in range(N)]
    for before, after, width in zip(obs, applied("blur", obs), widths, strict=True):
        expected = gaussian_filter(before.astype(float), float(width), mode="nearest", radius=3, axes=(1, 2))
        np.testing.assert_allclose(after, expected, atol=0.51)


def test_squares_have_the_mean_of_their_pixels_and_begin_anywhere():
    obs, corners = drawn(), set()
    for before, after in zip(obs, applied("pixelate", obs), strict=True):
        squares = {}
        for corner in np.ndindex(2, 2):
            inner = (slice(None), *(slice(first, SIDE - 2 + first) for first in corner))
            parts = [frame[inner].reshape(3, SIDE // 2 - 1, 2, SIDE // 2 - 1, 2) for frame in (before.astype(float), after)]
            squares[corner] = (abs(parts[1] - parts[0].mean((2, 4), keepdims=True)) < 0.51).all()
        assert sum(squares.values()) == 1
        corners.add(max(squares, key=squares.get))
    assert len(corners) == 4


def test_gray_takes_colour_and_leaves_brightness():
    before = np.full((N, 3, SIDE, SIDE), 60, np.uint8)
    before[:, 0] = 200
    after = applied("gray", before)[:, :, 0, 0].astype(float)
    np.testing.assert_allclose(after @ LUMA, before[0, :, 0, 0] @ np.array(LUMA), atol=1)
    left = (after[:, 0] - after[:, 1]) / 140
    assert left.min() < 0.2 and left.max() > 0.8


def test_half_a_turn_of_the_hue_swaps_red_and_cyan():
    colors = np.array([[255, 0, 0], [0, 255, 255], [10, 200, 90], [50, 50, 50]], np.uint8)
    frames = jnp.asarray(np.broadcast_to(colors[..., None, None], (4, 3, 2, 2)))
    found = np.asarray(as_bytes(turned(shares(frames), jnp.float32(0.5))))[..., 0, 0]
    np.testing.assert_array_equal(found, [[0, 255, 255], [255, 0, 0], [200, 10, 120], [50, 50, 50]])


def test_a_shift_has_a_bound():
    with pytest.raises(ConfigError, match="augment.reach=0.2 is not allowed: 0 .. 0.0625"):
        type(BANK["shift"])(reach=0.2)


def test_a_changed_parameter_is_noticed():
    assert {option.track for option in BANK.values()} == {"agnostic"} and JitterConfig(hue=0.4).track == "informed"


@pytest.fixture(scope="module")
def table():
    return np.asarray(made("overlay"))


def test_textures_are_of_every_kind_as_often_as_is_said(table):
    assert table.shape == (512, 3, SIDE, SIDE) and table.dtype == np.uint8
    assert table.min() < 5 and table.max() > 250
    colors = np.array([len(np.unique(picture.reshape(3, -1), axis=1).T) for picture in table])
    assert (colors == 1).sum() == 102 and 60 < (colors == 2).sum() <= 77 and (colors > 32).sum() > 200
    assert len({picture.tobytes() for picture in table}) == 512


def test_no_texture_is_a_picture_or_a_colour_of_the_benchmark(table):
    """All backgrounds are looks that are evaluated."""
    small = table.astype(int).mean(axis=1)
    for path in sorted(Path(assets.__file__).parent.glob("backgrounds/*")):
        picture = np.asarray(Image.open(path).convert("RGB").resize((SIDE, SIDE)), int).mean(axis=-1)
        assert abs(small - picture).mean(axis=(1, 2)).min() > 5, path.name
    named = {*PALETTE16.values(), *PALETTE21.values()}
    assert not {tuple(picture[:, 0, 0].tolist()) for picture in table[:102]} & named
