"""Memories: cleared before they are read, learnt from pieces of rollouts, saved with the learner."""

import dataclasses
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn
from flax import serialization
from probes import Clock, Probe, State, outcome
from test_ppo import SMALL, differ, make

from kage.curricula.random import RandomLevels
from kage.evaluate import agreement
from kage.launch.compose import cells
from kage.methods.auxiliary import Auxiliary
from kage.methods.ppo import PPO, samples_of
from kage.methods.rollout import collect
from kage.networks.actor_critic import ActorCritic, NetworkActor
from kage.networks.recurrent import GRU
from kage.networks.vector import VectorEncoder
from kage.params import ConfigError
from kage.task import ActionSpec
from kage.train import Trainer


def remembering(task, memory=GRU(8), seed=0, **changes):  # noqa: B008, it is frozen
    """PPO with a memory on a probe, and a learner at step 0."""
    config = dataclasses.replace(SMALL, **changes)
    method = PPO(config, task, ActorCritic(VectorEncoder(16), task.actions, memory), RandomLevels(task), Auxiliary())
    return method, jax.jit(method.init)(jax.random.key(seed))


def test_a_step_is_that_of_the_papers_equations():
    gru, rng = GRU(3), np.random.default_rng(0)
    x, memory = rng.normal(size=(2, 4)).astype(np.float32), rng.normal(size=(2, 3)).astype(np.float32)
    params = gru.init(jax.random.key(0), x, memory, np.array([False, False]))
    params = jax.tree.map(lambda p: rng.normal(size=p.shape).astype(np.float32), params)
    own, given = params["params"], params["params"]["Dense_0"]
    sigmoid = lambda x: 1 / (1 + np.exp(-x))  # noqa: E731
    for first in (False, True):
        before = memory * (not first)
        a, b = np.split(x @ given["kernel"] + given["bias"], 3, axis=1), np.split(before @ own["kernel"], 3, axis=1)
        reset, update = sigmoid(a[0] + b[0]), sigmoid(a[1] + b[1])
        expected = (1 - update) * np.tanh(a[2] + reset * (b[2] + own["bias"])) + update * before
        out, after = gru.apply(params, x, memory, np.full(2, first))
        np.testing.assert_allclose(out, expected, rtol=1e-4, atol=1e-5)
        np.testing.assert_array_equal(out, after)


@pytest.mark.parametrize("horizon", [3, None])
def test_before_any_gradient_learning_sees_what_acting_saw(horizon):
    """Across ends of episodes, in pieces of any length, in the first rollout and in a later one that begins within an
    episode: unrolling gives the log-probabilities and values of those who acted. A memory that is cleared one step off,
    or not at all, gives others."""
    method, learner = remembering(Clock(horizon=horizon), num_envs=4, num_steps=8)
    act, apply = jax.jit(partial(collect, method)), jax.jit(method.net.apply)
    for start in (0, 8):
        learner, rollout, _ = act(learner, jnp.int32(start))
        for length in (2, 8):
            pieces = jnp.arange(4 * 8 // length)
            at = np.asarray(samples_of(pieces, length, 4))
            flat = jax.tree.map(lambda x: np.asarray(x).reshape(32, *x.shape[2:]), rollout)
            memory = flat.memory[at[: len(pieces)]]
            policy, value, _ = apply(learner.params, flat.obs[at], memory, flat.first[at])
            np.testing.assert_allclose(policy.log_prob(flat.action[at]), flat.log_prob[at], rtol=1e-4, atol=1e-6)
            np.testing.assert_allclose(value, flat.value[at], rtol=1e-4, atol=1e-5)
        never = jnp.zeros_like(flat.first[at])
        _, stale, _ = apply(learner.params, flat.obs[at], memory, never)
        assert (abs(stale - flat.value[at]) > 1e-4).any()


def test_what_came_before_an_episode_changes_nothing_in_it():
    method, learner = remembering(Clock(), num_envs=4, num_steps=8)
    _, rollout, _ = jax.jit(partial(collect, method))(learner, jnp.int32(0))
    _, other, _ = jax.jit(partial(collect, method))(learner.replace(memory=learner.memory + 1), jnp.int32(0))
    np.testing.assert_array_equal(rollout.value, other.value)
    assert rollout.memory[1].any() and (rollout.value[0] != rollout.value[1]).all()


def test_pieces_are_consecutive_steps_of_one_environment_and_hold_every_sample_once():
    steps, envs, length = 12, 5, 4
    pieces = jax.random.permutation(jax.random.key(0), steps * envs // length)
    at = samples_of(pieces, length, envs)
    assert sorted(at.tolist()) == list(range(steps * envs))
    t, n = np.divmod(np.asarray(at).reshape(length, -1), envs)
    assert (n == n[0]).all() and (t == t[0] + np.arange(length)[:, None]).all() and (t[0] % length == 0).all()
    np.testing.assert_array_equal(samples_of(pieces, 1, envs), pieces)


class Nothing(nn.Module):
    """A memory that remembers nothing and passes on what it is given."""

    def start(self, n):
        return jnp.zeros((n, 0))

    def __call__(self, embedding, memory, first):
        return embedding, memory


def test_a_memory_that_does_nothing_is_ppo_with_the_same_minibatches():
    """Bit by bit: parameters and metrics of three updates."""
    (plain, learner), (recurrent, other) = make(Clock(), piece=8), remembering(Clock(), Nothing())
    for index in range(3):
        learner, metrics = jax.jit(plain.update)(learner, jnp.int32(index))
        other, more = jax.jit(recurrent.update)(other, jnp.int32(index))
        jax.tree.map(np.testing.assert_array_equal, metrics, more)
    jax.tree.map(np.testing.assert_array_equal, learner.params, other.params)


def test_other_minibatches_are_another_learner():
    found = [jax.jit(method.update)(learner, jnp.int32(0))[0].params
             for method, learner in (make(Clock(), piece=piece) for piece in (None, 1, 2))]  # fmt: skip
    jax.tree.map(np.testing.assert_array_equal, found[0], found[1])
    assert differ(found[1], found[2])


def test_a_resumed_training_with_a_memory_is_the_unbroken_one():
    """Saved as a run folder saves it, within an episode: the same bits, what is remembered included."""
    method, _ = remembering(Clock(), num_envs=4, num_steps=4)
    trainer = Trainer(method, [0, 1])
    half, _ = trainer.advance(trainer.init(), 0, 2)
    like = trainer.split(half)
    saved = [serialization.to_bytes(part) for part in like]
    unbroken, _ = trainer.advance(half, 2, 2)
    resumed = trainer.join([serialization.from_bytes(*pair) for pair in zip(like, saved, strict=True)])
    assert resumed.memory.any() and not resumed.first.all()
    resumed, _ = trainer.advance(resumed, 2, 2)
    for one, other in zip(trainer.split(unbroken), trainer.split(resumed), strict=True):
        jax.tree.map(np.testing.assert_array_equal, one, other)


def test_agreement_has_a_memory_for_each_look():
    """`Clock` shows the same whatever is done, so both policies follow from its observations alone."""

    @dataclass(frozen=True)
    class Dim(Clock):
        def reset(self, key, level):
            state, obs = super().reset(key, level)
            return state, 0 * obs  # only the first observation differs: what follows differs by memory alone

    task, key, episodes = Clock(), jax.random.key(3), 5
    net = ActorCritic(VectorEncoder(4), task.actions, GRU(4))
    params = jax.jit(net.init)(jax.random.key(0), jnp.ones((1, 2)), jnp.zeros((1, 4)), jnp.ones(1, bool))
    params = jax.tree.map(lambda x: 20 * x, params)
    levels = task.sample_levels(jax.random.split(key)[1], episodes)
    seen = jnp.stack([jnp.stack([levels, jnp.full(episodes, float(t))], axis=-1) for t in range(3)])
    first = (jnp.arange(3) == 0)[:, None] & jnp.ones(episodes, bool)
    policies = [jax.jit(net.apply)(params, obs.reshape(-1, 2), jnp.zeros((episodes, 4)), first.ravel())[0]
                for obs in (seen, seen.at[0].set(0))]  # fmt: skip
    kl = policies[0].kl(policies[1]).reshape(3, episodes)
    assert (kl[1:] > 1e-3).any()
    found, same = (jax.jit(partial(agreement, NetworkActor(net), task, other, episodes=episodes))(params, key)
                   for other in (Dim(), task))  # fmt: skip
    assert found["kl"] == pytest.approx(float(kl.mean()), rel=1e-3)
    assert same["agreement"] == 1 and same["kl"] == 0


@dataclass(frozen=True)
class Recall(Probe):
    """Three steps; the first shows a cue of -1 or 1, and the last pays 1 for action 1 after 1 and action 0 after -1."""

    actions: ClassVar = ActionSpec((2,))
    horizon: ClassVar = 3

    def sample_level(self, key):
        return jax.random.rademacher(key, (), jnp.float32)

    def reset(self, key, level):
        return State(jnp.int32(0), level), jnp.stack([level, 0.0])

    def step(self, state, action):
        t = state.t + 1
        right = (action[0] == (state.cue > 0)) & (t == 3)
        return state._replace(t=t), outcome(jnp.stack([0.0, t]), right, terminated=t == 3, earned=right)


def test_only_a_policy_with_a_memory_does_what_needs_one():
    earned = {}
    for name, (method, learner) in {"none": make(Recall(), num_steps=6), "gru": remembering(Recall(), num_steps=6)}.items():
        _, metrics = jax.jit(partial(jax.lax.scan, method.update))(learner, jnp.arange(120))
        earned[name] = float(metrics["earned"][-10:].mean())
    assert earned["gru"] > 0.95 and 0.4 < earned["none"] < 0.6


@pytest.mark.parametrize(("overrides", "words"), [
    (["memory=gru", "agent.piece=1"], "agent.piece=1 is not allowed: a memory learns from sequences of several steps, .* nearest valid: null"),
    (["agent=drac", "augment=overlay", "agent.whole_pieces=true"], "agent.whole_pieces=True is not allowed: only with a memory"),
    (["memory=gru", "agent.num_envs=12"], "agent.minibatches=8 is not allowed: with a memory .* num_envs, which is 12"),
    (["agent.piece=7"], "agent.piece=7 is not allowed: a divisor of num_steps, which is 128"),
    (["agent.piece=128", "agent.minibatches=256"], "agent.minibatches=256 is not allowed: .* which are 128"),
])  # fmt: skip
def test_pieces_that_cannot_be_are_refused(overrides, words):
    with pytest.raises(ConfigError, match=words):
        cells(overrides)


def test_a_memory_is_part_of_the_id_and_the_usual_pieces_are_not():
    ids = {name: cells(overrides)[0].recipe.id for name, overrides in {
        "ppo": [], "pieces": ["agent.piece=null"], "gru": ["memory=gru"], "short": ["memory=gru", "agent.piece=16"]}.items()}  # fmt: skip
    assert ids["ppo"] == ids["pieces"] and len(set(ids.values())) == 3
    assert cells(["memory=gru"])[0].recipe.label == "ppo-gru"
