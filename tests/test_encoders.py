"""Encoders: each maps samples one by one to embeddings, and has the property that it is chosen for."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import t1

from kage import registry
from kage.networks.cost import multiply_adds, parameters
from kage.networks.layers import Conv
from kage.networks.residual import cell_means, max_pool
from kage.networks.slot_attention import SlotEncoder, attention
from kage.networks.transformer import tokens
from kage.params import ConfigError
from kage.platformer.family import PlatformerWorld, TaskConfig

SMALL = {
    "cnn": {"channels": [4], "kernels": [4], "strides": [4], "dense": 8},
    "impala": {"channels": [4], "dense": 8},
    "impoola": {"channels": [4], "dense": 8, "grid": 2},
    "vit": {"patches": 2, "width": 8, "heads": 2, "blocks": 1, "dense": 8},
    "slots": {"slots": 3, "width": 8, "iterations": 2, "hidden": 8, "dense": 8},
    "mlp": {"hidden": [16], "dense": 8},
}
FRAMES = np.random.default_rng(0).integers(0, 256, (5, 6, 16, 20), np.uint8)


def built(name, **changes):
    return registry.find("encoder", name)(**SMALL[name] | changes).build()


def test_every_encoder_is_tried_here():
    """Those over entities in tests/test_entities.py."""
    assert {name for name in registry.names("encoder") if registry.find("encoder", name).sees != ("entities",)} == set(SMALL)


@pytest.mark.parametrize("name", SMALL)
def test_each_sample_has_an_embedding_of_its_own(name):
    """It depends on nothing else in the batch, on every frame of a stack, and is what a ReLU gives."""
    encoder = built(name)
    obs = FRAMES.reshape(5, -1)[:, :12] if name == "mlp" else FRAMES
    params = jax.jit(encoder.init)(jax.random.key(0), obs[:1])
    apply = jax.jit(encoder.apply)
    found = apply(params, obs)
    assert found.shape == (5, 8) and found.dtype == np.float32 and (found >= 0).all() and found.any()
    np.testing.assert_allclose(apply(params, obs[::-1]), found[::-1], rtol=1e-4, atol=1e-5)
    for half in (np.s_[:, :3], np.s_[:, 3:]):
        other = obs.copy()
        other[half] = 255 - other[half]
        assert (abs(apply(params, other) - found) > 1e-4).any()


@pytest.mark.parametrize(("kernel", "stride", "size"), [(3, 1, (7, 8)), (8, 4, (16, 18)), (3, 2, (9, 4))])
def test_a_convolution_that_keeps_the_size_is_xlas(kernel, stride, size):
    layer, x = Conv(4, kernel, stride, same=True), jax.random.normal(jax.random.key(0), (2, *size, 3))
    params = jax.jit(layer.init)(jax.random.key(1), x)
    xlas = partial(jax.lax.conv_general_dilated, window_strides=(stride, stride), padding="SAME",
                   dimension_numbers=("NHWC", "HWIO", "NHWC"))  # fmt: skip
    own, expected = jax.jit(lambda x: (layer.apply(params, x), xlas(x, params["params"]["kernel"])))(x)
    np.testing.assert_allclose(own, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("size", [(8, 8), (7, 10), (1, 2)])
def test_pooling_is_xlas_and_its_gradient_goes_to_the_maxima(size):
    x = jax.random.normal(jax.random.key(0), (2, *size, 3))
    xlas = partial(jax.lax.reduce_window, init_value=-jnp.inf, computation=jax.lax.max,
                   window_dimensions=(1, 3, 3, 1), window_strides=(1, 2, 2, 1), padding="SAME")  # fmt: skip
    x, own, expected, slope = map(np.asarray, jax.jit(
        lambda x: (x, max_pool(x), xlas(x), jax.grad(lambda x: max_pool(x).sum())(x)))(x))  # fmt: skip
    np.testing.assert_array_equal(own, expected)
    assert slope.sum() == expected.size and (np.isin(x, expected) | (slope == 0)).all()


def test_a_mean_forgets_where_things_are_and_a_grid_of_means_does_not():
    x = np.zeros((2, 5, 4, 1), np.float32)
    x[0, 0, 0], x[1, 4, 3] = 20, 20
    np.testing.assert_allclose(cell_means(x, 1), [[1], [1]])
    np.testing.assert_allclose(cell_means(x, 2), [[1, 5, 0, 0, 0], [1, 0, 0, 0, 20 / 6]], rtol=1e-6)


def test_patches_are_cut_row_by_row_and_keep_their_pixels():
    cut = tokens(FRAMES, 2)
    assert cut.shape == (5, 4, 6 * 8 * 10)
    np.testing.assert_array_equal(cut[:, 1], FRAMES[:, :, :8, 10:].reshape(5, -1))
    np.testing.assert_array_equal(cut[:, 2], FRAMES[:, :, 8:, :10].reshape(5, -1))


def test_slots_compete_for_positions_and_take_means_of_them():
    queries, keys = jax.random.normal(jax.random.key(0), (2, 3, 4)), 9 * jax.random.normal(jax.random.key(1), (2, 50, 4))
    weights = np.asarray(jax.jit(attention)(queries, keys))
    np.testing.assert_allclose(weights.sum(axis=-1), 1, rtol=1e-5)
    share = weights / weights.sum(axis=1, keepdims=True)
    assert (share.max(axis=1) > 0.5).mean() > 0.9  # most positions have one owner
    scores = np.einsum("nsd,npd->nsp", queries, keys) / 2
    np.testing.assert_array_equal(weights.argmax(axis=-1).shape, (2, 3))
    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(weights, shares / shares.sum(axis=-1, keepdims=True), rtol=1e-3, atol=1e-6)


def test_slots_are_read_by_where_they_look_and_not_by_their_number():
    encoder = built("slots")
    assert isinstance(encoder, SlotEncoder)
    params = jax.jit(encoder.init)(jax.random.key(0), FRAMES)["params"]
    turned = params | {"slots": params["slots"][jnp.array([2, 0, 1])]}
    apply = jax.jit(encoder.apply)
    np.testing.assert_allclose(apply({"params": turned}, FRAMES), apply({"params": params}, FRAMES), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("name", "changes", "words"), [
    ("vit", {"patches": 6}, "encoder.patches=6 is not allowed: a divisor of height and width, .* gives 64 x 64; nearest valid: 4"),
    ("impoola", {"channels": [4] * 6, "grid": 3}, "encoder.grid=3 is not allowed: 6 stages leave 1 positions .* nearest valid: 1"),
])  # fmt: skip
def test_a_frame_that_an_encoder_cannot_cut_is_refused(name, changes, words):
    option = registry.find("encoder", name)(**changes)
    with pytest.raises(ConfigError, match=words):
        option.check(PlatformerWorld(t1(), TaskConfig(pool=2)))


def test_heads_that_do_not_divide_the_width_are_refused():
    with pytest.raises(ConfigError, match="encoder.heads=3 is not allowed: a divisor of encoder.width, which is 128; nearest valid: 2"):
        registry.find("encoder", "vit")(heads=3)


@pytest.mark.parametrize(("name", "changes", "side", "millions", "numbers"), [
    ("cnn", {}, 128, 22.35, 4_795_040), ("impala", {}, 64, 30.6, 622_144), ("impoola", {}, 64, 30.1, 106_048),
    ("vit", {}, 128, 25.2, 437_888), ("slots", {}, 64, 12.2, 285_024),
])  # fmt: skip
def test_what_an_encoder_costs_is_known_from_shapes(name, changes, side, millions, numbers):
    encoder, obs = registry.find("encoder", name)(**changes).build(), jax.ShapeDtypeStruct((1, 3, side, side), jnp.uint8)
    params = jax.eval_shape(encoder.init, jax.random.key(0), obs)
    assert multiply_adds(encoder.apply, params, obs) == pytest.approx(millions * 1e6, rel=0.01)
    assert parameters(params) == numbers


def test_multiply_adds_are_those_of_products_and_convolutions_wherever_they_are():
    a, b = jnp.ones((2, 3)), jnp.ones((3, 5))
    assert multiply_adds(lambda a, b: a @ b + 1, a, b) == 2 * 3 * 5
    assert multiply_adds(jax.jit(jax.vmap(lambda a, b: b.T @ a, (0, None))), a, b) == 2 * 3 * 5
    loop = lambda b: jax.lax.scan(lambda c, _: (jnp.tanh(c @ c), None), b, length=7)[0]  # noqa: E731
    assert multiply_adds(loop, jnp.ones((4, 4))) == 7 * 4**3
    branch = lambda a: jax.lax.cond(a.sum() > 0, lambda a: a @ a @ a, lambda a: a @ a, a)  # noqa: E731
    assert multiply_adds(branch, jnp.ones((4, 4))) == 2 * 4**3
    assert multiply_adds(lambda x, w: jax.lax.conv(x, w, (2, 2), "VALID"), jnp.ones((2, 3, 9, 9)), jnp.ones((4, 3, 5, 5))) == 2 * 4 * 3 * 3 * 75
