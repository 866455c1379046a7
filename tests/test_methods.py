"""Methods: additions to PPO reach where they should and change nothing else; agents that learn nothing."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import optimised
from probes import Choice, Clock, Parts
from test_ppo import make

from kage.evaluate import evaluate
from kage.methods.auxiliary import Auxiliary
from kage.methods.rollout import collect
from kage.methods.untrained import Untrained
from kage.train import Trainer


class Watching(Auxiliary):
    """Counts minibatches and updates, draws random numbers, and adds a term that is 0."""

    keeps_states = True

    def init(self, key, params, obs):
        return {"minibatches": jnp.int32(0), "updates": jnp.int32(0), "noise": jax.random.normal(key)}

    def loss(self, params, state, batch, rollout, key):
        flat = jax.tree.map(lambda x: x.reshape(-1, *x.shape[2:]), rollout)
        wrong = abs(flat.obs[batch.at] - batch.obs).sum() + abs(flat.value[batch.at] - batch.value).sum()
        return 0.0 * wrong, {"misplaced": wrong, "drawn": jax.random.uniform(key)}

    def step(self, params, state, batch, rollout, key):
        return params, state | {"minibatches": state["minibatches"] + 1}, {"stepped": jnp.float32(1)}

    def end(self, state, rollout, metrics, key):
        return state | {"updates": state["updates"] + 1, "noise": jax.random.normal(key) + metrics["entropy"]}


def test_what_an_addition_sees_is_acted_on_stored_and_learnt_from_but_never_evaluated():
    class Shifted(Auxiliary):
        def see(self, state, key, obs):
            return obs + 5

    task = Clock()
    (plain, learner), (shifted, _) = make(task), make(task, auxiliary=Shifted())
    (_, rollout, _), (_, seen, _) = (jax.jit(partial(collect, method))(learner, jnp.int32(0)) for method in (plain, shifted))
    np.testing.assert_array_equal(seen.obs, rollout.obs + 5)
    _, value, _ = shifted.net.apply(learner.params, seen.obs[0])
    np.testing.assert_allclose(seen.value[0], value, rtol=1e-5)
    scores = [evaluate(m.actor, task, learner.params, jax.random.key(0), 8) for m in (plain, shifted)]
    assert scores[0] == scores[1]


def test_states_are_kept_where_an_addition_asks_for_them():
    method, learner = make(Clock(), auxiliary=Watching())
    _, rollout, _ = jax.jit(lambda learner: collect(method, learner, jnp.int32(0)))(learner)
    np.testing.assert_array_equal(rollout.states.t, rollout.obs[..., 1].astype(int))
    method, learner = make(Clock())
    assert collect(method, learner, jnp.int32(0))[1].states == ()


def test_first_marks_the_observations_that_begin_an_episode():
    method, learner = make(Clock(), num_steps=7)
    for start in (0, 7):
        learner, rollout, _ = jax.jit(partial(collect, method))(learner, jnp.int32(start))
        np.testing.assert_array_equal(rollout.first, rollout.obs[..., 1] == 0)
    np.testing.assert_array_equal(learner.first, learner.obs[:, 1] == 0)


@pytest.mark.parametrize(("name", "earned"), [("random", 1 / 3 / 2 + 1 / 2 / 2), ("noop", 1 / 3 / 2 + 1 / 2 / 2)])
def test_an_agent_that_learns_nothing_earns_what_chance_gives(name, earned):
    """`Parts` pays half for each part of an action that the level names, evenly drawn of 3 and of 2."""
    trainer = Trainer(Untrained(name, Parts()), [0, 1])
    learners = trainer.init()
    (scores,) = trainer.evaluate(trainer.policies(learners), [(trainer.task, None)], 0, 4000)
    np.testing.assert_allclose(scores["earned"], earned, atol=0.02)
    assert scores["earned"][0] != scores["earned"][1]


def test_noop_never_acts_and_random_does_everything_equally_often():
    actions = {}
    for name in ("noop", "random"):
        actor = Untrained(name, Parts()).actor

        @jax.jit
        def acted(key, actor=actor):
            policy, _ = actor.act((), None, (), jnp.ones(6000, bool), None)
            return policy.sample(key), policy.entropy(), policy.kl(policy)

        actions[name], entropy, kl = map(np.asarray, acted(jax.random.key(0)))
        assert np.isfinite(entropy).all() and not kl.any()
    assert not actions["noop"].any()
    for part, size in enumerate((3, 2)):
        np.testing.assert_allclose(np.bincount(actions["random"][:, part]) / 6000, 1 / size, atol=0.03)


def test_a_learner_that_is_split_and_joined_is_the_same(monkeypatch):
    """Also keys that an addition keeps: they are saved as numbers."""
    class Keyed(Auxiliary):
        def init(self, key, params, obs):
            return {"key": key}

    method, _ = make(Choice(), auxiliary=Keyed())
    trainer = Trainer(method, [3, 4])
    learners = trainer.init()
    again = trainer.join(trainer.split(learners))
    for a, b in zip(jax.tree.leaves(trainer.split(learners)), jax.tree.leaves(trainer.split(again)), strict=True):
        np.testing.assert_array_equal(a, b)
    assert jax.tree.structure(learners) == jax.tree.structure(again)
    assert again.auxiliary["key"].dtype == learners.auxiliary["key"].dtype


@optimised
def test_an_addition_that_changes_nothing_is_ppo_bit_by_bit():
    """Whatever it draws, counts and keeps: parameters, environments, keys and metrics of three updates are the same."""
    (plain, learner), (watched, other) = make(Choice()), make(Choice(), auxiliary=Watching())
    for index in range(3):
        learner, metrics = jax.jit(plain.update)(learner, jnp.int32(index))
        other, more = jax.jit(watched.update)(other, jnp.int32(index))
        np.testing.assert_equal({name: np.asarray(more[name]) for name in metrics}, jax.tree.map(np.asarray, metrics))
    jax.tree.map(np.testing.assert_array_equal, learner.replace(key=0), other.replace(key=0, auxiliary=()))
    assert (jax.random.key_data(learner.key) == jax.random.key_data(other.key)).all()
    assert int(other.auxiliary["updates"]) == 3 and int(other.auxiliary["minibatches"]) == 3 * 2 * 2
    assert more["misplaced"] == 0 and 0 < more["drawn"] < 1 and more["stepped"] == 1
