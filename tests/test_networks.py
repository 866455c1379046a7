"""Networks: two forms of one convolution, the paper's sizes, and a policy that agrees with NumPy."""

import math
import re
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import t1

from kage.networks import convolution
from kage.networks.actor_critic import ActorCritic
from kage.networks.cnn import CNNConfig, smallest_side
from kage.networks.convolution import PART, conv, conv_matmul
from kage.networks.layers import Conv
from kage.networks.pixels import PixelEncoder
from kage.networks.policy import Policy
from kage.networks.vector import VectorEncoder
from kage.platformer.family import Platformer, PlatformerWorld, TaskConfig
from kage.task import ActionSpec, reset_levels

PAPER_PARAMETERS = (
    (8 * 8 * 3 * 32 + 32) + (4 * 4 * 32 * 64 + 64) + (3 * 3 * 64 * 64 + 64)  # convolutions
    + (12 * 12 * 64 * 512 + 512) + (512 * 8 + 8) + (512 + 1)  # dense, actor, critic
)  # fmt: skip


def lax_conv(x, weight, stride):
    return jax.lax.conv_general_dilated(
        x, weight, (stride, stride), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC"), precision="highest"
    )


@pytest.mark.parametrize(
    ("height", "width", "kernel", "stride"),
    [(20, 24, 8, 4), (9, 9, 4, 2), (6, 7, 3, 1), (21, 18, 5, 3), (12, 13, 3, 2), (11, 9, 7, 4), (10, 11, 2, 3),
     (5, 5, 5, 2)],
)  # fmt: skip
def test_matrix_product_equals_the_convolution_in_values_and_gradients(height, width, kernel, stride):
    rng = np.random.default_rng(0)
    outputs = ((height - kernel) // stride + 1, (width - kernel) // stride + 1)
    x, weight, slope = (rng.normal(size=shape).astype(np.float32) for shape in (
        (2, height, width, 3), (kernel, kernel, 3, 5), (2, *outputs, 5)))  # fmt: skip

    @jax.jit
    def both(x, weight):
        results = []
        for form in (conv_matmul, lax_conv):
            y, pull = jax.vjp(lambda x, w, form=form: form(x, w, stride), x, weight)
            results.append((y, *pull(slope)))
        return results

    ours, expected = both(x, weight)
    assert ours[0].shape == (2, *outputs, 5)
    for a, b in zip(ours, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kernels, strides", [((8, 4, 3), (4, 2, 1)), ((8, 4), (4, 2)), ((8, 4, 30), (4, 2, 1)), ((1, 5), (3, 3))])
def test_the_smallest_frame_leaves_one_position_and_a_smaller_one_none(kernels, strides):
    for missing, left in ((0, 1), (1, 0)):
        side = smallest_side(kernels, strides) - missing
        for kernel, stride in zip(kernels, strides):
            side = max(0, (side - kernel) // stride + 1)
        assert side == left


@pytest.mark.parametrize(("samples", "large", "part"), [(PART - 1, 16e6, PART - 1), (3 * PART, 16e6, PART), (63, 0, 9)])
def test_frames_in_parts_are_the_same_convolution(samples, large, part, monkeypatch):
    """Whole numbers, whose products and sums f32 holds exactly: no sample is lost, repeated or out of place."""
    monkeypatch.setattr(convolution, "LARGE", large)
    monkeypatch.setattr(convolution, "FEW", 10 * 4 * 12 * 48)  # ten samples' patches
    key = jax.random.key(0)
    x = jax.random.bits(key, (samples, 9, 10, 3), jnp.uint8)
    weight, slope = (jax.random.randint(key, shape, -3, 4).astype(float) for shape in ((4, 4, 3, 5), (samples, 3, 4, 5)))
    assert convolution.samples_together(x, weight, 2) == part

    def both(weight):
        for form, x_ in ((conv_matmul, x), (lax_conv, x.astype(jnp.float32))):
            y, pull = jax.vjp(lambda w, form=form, x=x_: form(x, w, 2), weight)
            yield y, *pull(slope)

    ours, expected = jax.jit(lambda weight: list(both(weight)))(weight)
    jax.tree.map(np.testing.assert_array_equal, ours, expected)


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.uint8])
@pytest.mark.parametrize("shared", [False, True])
def test_convolutions_of_seeds_side_by_side_are_those_of_each_and_never_grouped(dtype, shared):
    """XLA makes one grouped convolution of them, whose gradient has windows as large as the picture."""
    key = jax.random.key(0)
    x = jax.random.randint(key, (3, 4, 13, 14, 3), 0, 9).astype(dtype)
    weight = jax.random.normal(key, (5, 5, 3, 6) if shared else (3, 5, 5, 3, 6))
    of = (0, 1) if dtype == jnp.float32 else 1

    def loss(form, x, weight):
        return (form(x, weight, 2) ** 2).mean()

    one = lambda form: jax.value_and_grad(partial(loss, form), of)  # noqa: E731
    many = jax.vmap(one(conv), (0, None if shared else 0))
    results = jax.jit(many)(x, weight)
    for i in range(3):
        alone = jax.jit(one(conv_matmul))(x[i], weight if shared else weight[i])
        jax.tree.map(lambda a, b, i=i: np.testing.assert_allclose(a[i], b, rtol=1e-3, atol=1e-3), results, alone)
    groups = set(re.findall("(?:feature|batch)_group_count=[0-9]+", str(jax.make_jaxpr(many)(x, weight))))
    assert shared or groups == {"feature_group_count=1", "batch_group_count=1"}


def test_both_forms_of_a_layer_share_their_parameters():
    x = jax.random.normal(jax.random.key(0), (2, 13, 14, 3))
    forms = [Conv(4, 5, 3, as_matmul=form) for form in (True, False, None)]
    params = jax.jit(lambda key: [form.init(key, x) for form in forms])(jax.random.key(1))
    jax.tree.map(np.testing.assert_array_equal, params[0], params[1])
    jax.tree.map(np.testing.assert_array_equal, params[0], params[2])
    shifted = jax.tree.map(lambda p: np.asarray(p) + 0.5, params[0])  # a bias other than 0
    outputs = jax.jit(lambda p: [form.apply(p, x) for form in forms])(shifted)
    np.testing.assert_allclose(outputs[0], outputs[1], rtol=1e-5, atol=1e-5)
    programs = [str(jax.make_jaxpr(form.apply)(shifted, x)) for form in forms]
    on_cpu = jax.default_backend() == "cpu"
    assert ["conv_general_dilated" in program for program in programs] == [False, True, not on_cpu]


def test_the_papers_network_has_its_size():
    task = Platformer().task(PlatformerWorld(t1(), TaskConfig()))
    net = ActorCritic(CNNConfig().build(), task.actions)
    key = jax.random.key(0)
    _, obs = jax.eval_shape(lambda k: reset_levels(task, k, task.sample_levels(k, 2)), key)
    assert obs.shape == (2, 3, 128, 128) and obs.dtype == jnp.uint8
    params = jax.eval_shape(net.init, key, obs)
    assert sum(p.size for p in jax.tree.leaves(params)) == PAPER_PARAMETERS == 4_799_657
    capture = lambda p, o: net.apply(p, o, capture_intermediates=True, mutable=["intermediates"])  # noqa: E731
    (policy, value, _), seen = jax.eval_shape(capture, params, obs)
    convolutions = [seen["intermediates"]["encoder"][f"Conv_{i}"]["__call__"][0].shape for i in range(3)]
    assert convolutions == [(2, 31, 31, 32), (2, 14, 14, 64), (2, 12, 12, 64)]
    assert [part.shape for part in policy.logits] == [(2, 8)] and value.shape == (2,)


def test_weights_start_orthogonal_with_the_papers_scales():
    net = ActorCritic(PixelEncoder((4, 6), (4, 3), (2, 1), 16), ActionSpec((3, 2)))
    params = jax.jit(net.init)(jax.random.key(0), np.zeros((1, 3, 12, 12), np.uint8))["params"]
    root2 = math.sqrt(2)
    layers = [(params["encoder"][name], root2) for name in ("Conv_0", "Conv_1", "Dense_0")]
    for layer, scale in [*layers, (params["Dense_0"], 0.01), (params["Dense_1"], 1.0)]:
        weight = np.asarray(layer["kernel"]).reshape(-1, layer["kernel"].shape[-1])
        np.testing.assert_allclose(np.linalg.svd(weight, compute_uv=False), scale, rtol=1e-4)
        assert not np.any(layer["bias"])


def test_pixels_are_read_planar_and_scaled_to_one():
    encoder = PixelEncoder((4,), (3,), (2,), 8)
    frames = np.random.default_rng(0).integers(0, 256, (2, 3, 9, 10), np.uint8)
    params = jax.tree.map(np.asarray, jax.jit(encoder.init)(jax.random.key(0), frames))
    conv, last = params["params"]["Conv_0"], params["params"]["Dense_0"]
    x = jax.lax.conv_general_dilated(
        frames / np.float32(255), conv["kernel"], (2, 2), "VALID", dimension_numbers=("NCHW", "HWIO", "NHWC")
    )
    expected = np.maximum(np.maximum(x, 0).reshape(2, -1) @ last["kernel"], 0)
    np.testing.assert_allclose(jax.jit(encoder.apply)(params, frames), expected, rtol=1e-4, atol=1e-5)


def numpy_log_softmax(logits):
    shifted = np.asarray(logits, np.float64) - np.max(logits, axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


@pytest.mark.parametrize("nvec", [(8,), (3, 2)])
def test_log_prob_and_entropy_equal_numpy(nvec):
    rng = np.random.default_rng(1)
    logits = [rng.normal(scale=3, size=(4, 5, n)).astype(np.float32) for n in nvec]
    action = np.stack([rng.integers(0, n, (4, 5)) for n in nvec], axis=-1)
    logs = [numpy_log_softmax(part) for part in logits]
    expected = np.zeros((4, 5))
    for i, j in np.ndindex(4, 5):
        expected[i, j] = sum(part[i, j, a] for part, a in zip(logs, action[i, j], strict=True))
    log_prob, ours = jax.jit(lambda p, a: (p.log_prob(a), p.entropy()))(Policy(tuple(logits)), action)
    np.testing.assert_allclose(log_prob, expected, rtol=1e-5, atol=1e-5)
    entropy = sum(-(np.exp(part) * part).sum(-1) for part in logs)
    np.testing.assert_allclose(ours, entropy, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("nvec", [(8,), (3, 2), (4, 4)])  # parts of one size would repeat each other's draws
def test_samples_follow_the_probabilities_and_parts_are_independent(nvec):
    logits = [np.random.default_rng(2).normal(size=n).astype(np.float32) for n in nvec]
    n = 40_000
    policy = Policy(tuple(np.tile(part, (n, 1)) for part in logits))
    action = np.asarray(jax.jit(Policy.sample)(policy, jax.random.key(0)))
    assert action.shape == (n, len(nvec)) and action.dtype == np.int32
    joint = np.zeros(nvec)
    np.add.at(joint, tuple(action.T), 1 / n)
    expected = np.exp(numpy_log_softmax(logits[0]))
    for part in logits[1:]:
        expected = np.multiply.outer(expected, np.exp(numpy_log_softmax(part)))
    assert abs(joint - expected).max() < 0.012


def test_heads_split_by_the_parts_of_an_action():
    net = ActorCritic(VectorEncoder(6), ActionSpec((3, 2)))
    obs = np.ones((4, 5), np.float32)
    params = jax.tree.map(np.zeros_like, jax.jit(net.init)(jax.random.key(0), obs))
    params["params"]["Dense_0"]["bias"][:] = np.arange(5)
    params["params"]["Dense_1"]["bias"][:] = 7
    policy, value, _ = jax.jit(net.apply)(params, obs)
    np.testing.assert_array_equal(value, np.full(4, 7))
    np.testing.assert_array_equal(policy.logits[0], np.tile([0, 1, 2], (4, 1)))
    np.testing.assert_array_equal(policy.logits[1], np.tile([3, 4], (4, 1)))
