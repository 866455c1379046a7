"""What a policy no longer knows: linear read-outs of the state from each layer, and how similar layers stay.

A policy plays on the training look, and every state is shown to its network under both looks. Read-outs are fitted on
the training look, in one half of the episodes, and tested on both looks, in the other half. Everything follows from
inner products of moments, so that wide layers cost no more than narrow ones.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from kage.explain.twins import Twins
from kage.task import reset_levels

ENVS, COUNT = 32, 32  # episodes, and moments of each
PENALTIES = 10.0 ** np.arange(-6, 3)  # of ridge regression, in units of the mean eigenvalue
PIXELS, EMBEDDING, MEMORY = "pixels", "embedding", "memory"


class Products(NamedTuple):
    """Inner products of a layer's activations at n moments, after the mean on the training look is taken away; f32."""

    train: jax.Array  # (n, n)
    across: jax.Array  # (n, n), a row for each moment under the evaluation look
    shifted: jax.Array  # (n, n)


class Moments(NamedTuple):
    """Products of each layer, the numbers of the states (n,) f32, and the episode of each moment, (n,) i32; a state in
    the first sixth of an episode under both looks, for pictures. Layers are called "<place> <name>", because compiled
    functions give dictionaries back sorted."""

    layers: dict[str, Products]
    numbers: dict[str, jax.Array]
    episode: jax.Array
    example: tuple[Any, Any]


def moments(actor: Any, twins: Twins, params: Any, key: jax.Array, envs: int = ENVS, count: int = COUNT) -> Moments:
    """Moments of `envs` episodes that the policy plays on the training look, evenly spread over each of them.

    actor: of a network, a `kage.networks.actor_critic.NetworkActor`.
    """
    task, shifted = twins.looks
    k_levels, k_steps = jax.random.split(key)
    levels, k_reset = task.sample_levels(k_levels, envs), jax.random.fold_in(k_levels, 0)
    count = min(count, task.horizon)
    every = task.horizon // count

    def step(carry, key):
        (one, other), first = carry
        draw = jax.random.fold_in(key, 0)
        (policy, memory), (_, twin_memory) = (actor.act(params, *side[1:], first, draw) for side in (one, other))
        action = policy.sample(key)
        states, outcome = jax.vmap(task.step)(one[0], action)
        twin_states, twin_outcome = jax.vmap(shifted.step)(other[0], action)
        sides = (states, outcome.obs, memory), (twin_states, twin_outcome.obs, twin_memory)
        return (sides, jnp.zeros(envs, bool)), None

    def some(carry, key):
        (one, other), first = carry
        example = jax.tree.map(lambda x: x[0], (one[0], other[0]))
        seen = one[1:], other[1:], first, jax.vmap(twins.numbers)(one[0])
        carry, _ = jax.lax.scan(step, carry, jax.random.split(key, every))
        return carry, (seen, example)

    sides = tuple((*reset_levels(each, k_reset, levels), actor.start(envs)) for each in (task, shifted))
    _, (found, examples) = jax.lax.scan(some, (sides, jnp.ones(envs, bool)), jax.random.split(k_steps, count))
    one, other, first, numbers = jax.tree.map(lambda x: x.reshape(-1, *x.shape[2:]), found)
    episode = jnp.tile(jnp.arange(envs), count)
    both = [activations(actor.net, params, *side, first) for side in (one, other)]
    layers = {f"{i:03} {name}": products(x, both[1][name], fits(episode))
              for i, (name, x) in enumerate(both[0].items())}  # fmt: skip
    return Moments(layers, numbers, episode, jax.tree.map(lambda x: x[count // 6], examples))


def activations(net: Any, params: Any, obs: Any, memory: Any, first: jax.Array) -> dict[str, jax.Array]:
    """What the layers of an actor-critic make of observations (N, ...), (N, D) f32 each, in the order of computation:
    the observation, the parts of the encoder, the embedding, and what is remembered. Parts are called as in the
    parameters; convolutions and dense layers are taken before their ReLU."""
    _, found = net.apply(params, obs, memory, first, capture_intermediates=True, mutable=["intermediates"])
    inside = found["intermediates"]
    outputs = {name: part["__call__"][0] for name, part in inside["encoder"].items() if name != "__call__"}
    outputs |= {EMBEDDING: inside["encoder"]["__call__"][0]}
    if net.memory is not None:
        outputs[MEMORY] = inside["memory"]["__call__"][0][0]
    whole = {name: x for name, x in outputs.items() if isinstance(x, jax.Array) and len(x) == len(first)}
    return {name: x.reshape(len(x), -1).astype(jnp.float32) for name, x in ({PIXELS: obs} | whole).items()}


def fits(episode: Any) -> Any:
    """True for the moments that read-outs are fitted on: those of every other episode."""
    return episode % 2 == 0


def products(train: jax.Array, shifted: jax.Array, fit: jax.Array) -> Products:
    """The products of activations (n, D) under both looks; the mean is that of the moments `fit` (n,) bool."""
    mean = (train * fit[:, None]).sum(0) / fit.sum()
    train, shifted = train - mean, shifted - mean
    return Products(train @ train.T, shifted @ train.T, shifted @ shifted.T)


def read_out(layer: Products, value: np.ndarray, fit: np.ndarray) -> tuple[float, float]:
    """How much of a number (n,) a linear read-out tells, on the training look and on the evaluation look: R^2 of the
    moments that it was not fitted on, so 1 at best, and 0 for the mean. NaN for a number that does not vary.

    The read-out is ridge regression on the moments `fit`, with the penalty that predicts these best, each from the
    others.
    """
    train, across = (np.asarray(x, np.float64) for x in layer[:2])
    known, test = value[fit].astype(np.float64), value[~fit].astype(np.float64)
    if np.ptp(known) == 0 or np.ptp(test) == 0:
        return float("nan"), float("nan")
    sizes, vectors = np.linalg.eigh(train[np.ix_(fit, fit)])
    sizes, offset = np.maximum(sizes, 0), known.mean()
    along = vectors.T @ (known - offset)

    def error(penalty: float) -> float:
        kept = sizes / (sizes + penalty)
        leverage = np.einsum("ij,j,ij->i", vectors, kept, vectors) + 1 / len(known)
        return float((((known - offset - vectors @ (kept * along)) / np.maximum(1 - leverage, 1e-9)) ** 2).sum())

    scale = sizes.mean() or 1.0
    penalty = min(PENALTIES * scale, key=error)
    weights = vectors @ (along / (sizes + penalty))
    left = [((test - offset - x[np.ix_(~fit, fit)] @ weights) ** 2).sum() for x in (train, across)]
    return tuple(float(1 - it / ((test - test.mean()) ** 2).sum()) for it in left)


def similarity(layer: Products) -> float:
    """Linear CKA of a layer under the two looks (Kornblith et al. 2019): 1 if the moments lie alike, up to a rotation
    and one scale; 0 if nothing agrees."""

    def centred(x: Any) -> np.ndarray:
        x = np.asarray(x, np.float64)
        return x - x.mean(0) - x.mean(1, keepdims=True) + x.mean()

    one, other = centred(layer.train), centred(layer.shifted)
    both = np.linalg.norm(one) * np.linalg.norm(other)
    return float((one * other).sum() / both) if both else float("nan")


def known(found: Moments) -> Mapping[tuple[str, str], tuple[float, float]]:
    """`read_out` of every number from every layer, by layer and number."""
    fit = np.asarray(fits(found.episode))
    return {(layer, name): read_out(products, np.asarray(value), fit)
            for layer, products in in_order(found) for name, value in found.numbers.items()}  # fmt: skip


def in_order(found: Moments) -> list[tuple[str, Products]]:
    """The layers by name, in the order of computation."""
    return [(name.partition(" ")[2], layer) for name, layer in sorted(found.layers.items())]
