"""Curricula: which levels are played, how often they are solved, and that a resumed training goes on with the same."""

import dataclasses
from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import serialization
from probes import Clock, Code
from test_ppo import SMALL, VECTOR
from test_structure import equations

from kage.curricula.fixed import FixedConfig, FixedLevels
from kage.curricula.random import RandomConfig, RandomLevels
from kage.curricula.sfl import MOST, SFLConfig, SFLLevels, score
from kage.evaluate import play_again
from kage.launch.compose import cells
from kage.methods.auxiliary import Auxiliary
from kage.methods.ppo import PPO
from kage.methods.rollout import collect
from kage.methods.untrained import FixedActor
from kage.networks.actor_critic import ActorCritic
from kage.params import ConfigError
from kage.train import Trainer

FEW = SFLConfig(buffer=6, every=2, batches=2, candidates=16, steps=24)


def ppo(curriculum, num_steps=8):
    """PPO on the task of a curriculum."""
    task, config = curriculum.task, dataclasses.replace(SMALL, num_steps=num_steps)
    return PPO(config, task, ActorCritic(VECTOR, task.actions), curriculum, Auxiliary())


@cache
def trainer():
    """A training of two seeds with SFL: its compiled functions are shared by the tests."""
    return Trainer(ppo(SFLLevels(FEW, Code(), "solved")), [0, 1])


@cache
def begun():
    """Its learners after the first update, as they would be saved, and the metrics of the update."""
    learners, metrics = trainer().advance(trainer().init(), 0, 1)
    return trainer().split(learners), metrics


def test_a_level_is_solved_as_often_as_its_probability_says():
    """Actions drawn evenly; at most 50 episodes count, and one that has not ended does not."""
    task = Code(longest=5)
    levels = jnp.repeat(jnp.arange(5), 40)
    metrics, episodes = jax.jit(partial(play_again, FixedActor("random", task.actions), task, (), steps=400, most=MOST))(
        levels=levels, key=jax.random.key(0))  # fmt: skip
    assert (episodes == MOST).all()
    found = metrics["solved"].reshape(5, 40)
    np.testing.assert_array_equal(found[0], 1)
    for level, row in enumerate(found):
        p = 0.5**level
        assert abs(row.mean() - p) <= 4 * np.sqrt(p * (1 - p) / (40 * MOST))
    clock = Clock(horizon=None)
    play = partial(play_again, FixedActor("noop", clock.actions), clock, (), jnp.array([0.1, 0.2]), jax.random.key(0))
    for steps, ended in ((2, 0), (3, 1), (8, 2)):
        metrics, episodes = play(steps, MOST)
        assert episodes.tolist() == [ended] * 2 and np.isnan(metrics["time"]).all() == (ended == 0)
    assert metrics["time"].tolist() == [3, 3]  # of whole episodes, which begin anew in between


def known(levels, key, steps, most):
    """A `Play` that solves each level as often as the table says."""
    return {"solved": jnp.array([1.0, 0.5, 0.25, 0.0, 0.9])[levels]}, jnp.where(levels == 4, 0, 3)


def test_the_buffer_holds_the_levels_of_the_highest_learnability_of_all_batches():
    """By hand, ties apart: p (1 - p) + 0.001 p; a level of which no episode ended counts as never solved."""
    curriculum, key = SFLLevels(dataclasses.replace(FEW, buffer=20), Code(), "solved"), jax.random.key(3)
    old = {"levels": jnp.full(20, 1), "solved": jnp.full(20, 0.5)}
    state, metrics = jax.jit(partial(curriculum.prepare, play=known))(old, key, jnp.int32(4))
    batches = [curriculum.task.sample_levels(jax.random.split(k)[0], 16) for k in jax.random.split(key, 2)]
    candidates = np.concatenate(batches)
    p = np.array([1.0, 0.5, 0.25, 0.0, 0.0])[candidates]
    assert (candidates == 1).sum() < 20  # so others are needed, and levels of the old buffer would be the best
    expected = np.sort(p * (1 - p) + 0.001 * p)[::-1][:20]
    np.testing.assert_allclose(np.sort(score(state["solved"]))[::-1], expected, rtol=1e-5)
    np.testing.assert_array_equal(state["solved"], np.array([1.0, 0.5, 0.25, 0.0, 0.0])[state["levels"]])
    assert metrics["learnability"] == pytest.approx(float((state["solved"] * (1 - state["solved"])).mean()), rel=1e-5)
    kept, _ = jax.jit(partial(curriculum.prepare, play=known))(old, key, jnp.int32(5))
    jax.tree.map(np.testing.assert_array_equal, kept, old)


def test_from_the_first_update_on_levels_are_chosen_by_the_policy_itself():
    """An untrained policy solves level k with probability 1 / 2^k, so half of the environments play levels around 1."""
    learners, metrics = begun()
    assert (metrics["learnability"] > 0.15).all()
    for learner in learners:
        levels = learner.curriculum["levels"].tolist()
        assert len(levels) == 6 and set(levels) <= {1, 2, 3} and levels.count(1) >= 3
        assert set(learner.levels[8:].tolist()) <= set(levels) and set(learner.levels[:8].tolist()) - {1, 2, 3}


def test_an_episode_begins_again_in_its_level_and_every_update_with_others():
    curriculum = SFLLevels(dataclasses.replace(FEW, share=0.25), Clock(horizon=None), "time")
    method = ppo(curriculum)
    learner = jax.jit(method.init)(jax.random.key(0))
    shown = []
    for index in range(2):
        learner, _ = jax.jit(method.choose_levels)(learner, jnp.int32(index))
        learner, rollout, _ = jax.jit(partial(collect, method))(learner, 0)
        number, time = rollout.obs[..., 0], rollout.obs[..., 1]
        assert (number == number[0]).all() and time[:, 0].tolist() == [0, 1, 2] * 2 + [0, 1]
        assert rollout.first[:, 0].tolist() == [True, False, False] * 2 + [True, False]
        shown.append(set(number[0].tolist()))
    assert not shown[0] & shown[1] - set(learner.curriculum["levels"].tolist()) and shown[0] != shown[1]


def test_where_all_episodes_have_one_length_they_go_on_and_half_of_the_new_ones_are_from_the_buffer():
    curriculum = SFLLevels(FEW, Clock(), "time")
    state = curriculum.init(jax.random.key(0))
    assert not curriculum.restarts
    levels = curriculum.again(state, jax.random.key(1), jnp.zeros(16))
    assert np.isin(levels, state["levels"]).tolist() == [False] * 8 + [True] * 8


def test_without_a_share_all_levels_are_those_of_random_and_nothing_is_played():
    curriculum, key = SFLLevels(dataclasses.replace(FEW, share=0.0), Code(), "solved"), jax.random.key(0)
    np.testing.assert_array_equal(curriculum.first((), key, 8), RandomLevels(Code()).first((), key, 8))
    assert curriculum.init(key) == () and curriculum.prepare((), key, jnp.int32(0), None) == ((), {})
    everything = SFLLevels(dataclasses.replace(FEW, share=1.0), Code(), "solved")
    state = {"levels": jnp.arange(6)}
    assert np.isin(everything.first(state, key, 8), jnp.arange(6)).all()


def test_a_resumed_training_has_the_unbroken_ones_buffer_and_weights():
    """Saved between two choices of the buffer, and continued over the next: the same bits for two seeds."""
    train, (learners, _) = trainer(), begun()
    saved = [serialization.to_bytes(part) for part in learners]
    ways = {"unbroken": train.advance(train.init(), 0, 1)[0],
            "resumed": train.join([serialization.from_bytes(*pair) for pair in zip(learners, saved, strict=True)])}  # fmt: skip
    for name, now in ways.items():
        for index in (1, 2):
            now, metrics = train.advance(now, index, 1)
            if index == 1:
                buffer = np.asarray(now.curriculum["solved"])
                assert all((one.curriculum["solved"] == kept).all() for one, kept in zip(learners, buffer, strict=True))
        assert (now.curriculum["solved"] != buffer).any()
        ways[name] = (train.split(now), metrics)
    jax.tree.map(np.testing.assert_array_equal, *ways.values())


def test_seeds_side_by_side_leave_the_choice_of_a_buffer_a_branch():
    """A condition that differed between seeds would play the candidates in every update."""
    train = trainer()
    learners = jax.eval_shape(train.init)
    program = jax.make_jaxpr(lambda learners: train._chunk(learners, jnp.int32(0), updates=1))(learners)
    plays = [inside for equation, inside in equations(program) if equation.params.get("length") == FEW.steps]
    assert plays and all("cond" in inside for inside in plays)


def test_a_pool_is_drawn_once_an_update_and_its_levels_are_what_follows():
    """No level is drawn inside the loop over steps; without a pool the program is the one of before."""
    task = Clock(horizon=None)
    method = ppo(RandomConfig(pool=5).build(task))
    learner = jax.jit(method.init)(jax.random.key(0))
    pools = []
    for index in range(2):
        learner, _ = jax.jit(method.choose_levels)(learner, jnp.int32(index))
        pools.append(set(learner.curriculum.tolist()))
        begun = set(learner.levels.tolist())
        learner, rollout, _ = jax.jit(partial(collect, method))(learner, 0)
        new = set(rollout.obs[..., 0].ravel().tolist()) - begun
        assert new <= pools[-1] and len(new) > 1
    assert not pools[0] & pools[1]
    assert RandomConfig().build(task) == RandomLevels(task) and RandomLevels(task).init(None) == ()


def test_a_fixed_list_is_the_same_for_all_seeds_and_all_of_it_is_played():
    task = Clock(horizon=None)
    method = ppo(FixedConfig(count=4).build(task))
    learners = [jax.jit(method.init)(jax.random.key(seed)) for seed in range(2)]
    np.testing.assert_array_equal(learners[0].curriculum, learners[1].curriculum)
    _, rollout, _ = jax.jit(partial(collect, method))(learners[1], 0)
    assert set(rollout.obs[..., 0].ravel().tolist()) == set(learners[0].curriculum.tolist())
    given = FixedLevels(task, 9, (jnp.float32(0.25), jnp.float32(0.75)))
    assert given.init(None).tolist() == [0.25, 0.75]


LOOKS = ["pair=background_2", "budget=smoke", "curriculum.vary={filters.brightness: [-0.5, 0.5]}"]


def test_looks_are_chosen_by_learnability_too():
    """A level of the platformer holds doses of its look: here the policy manages a half of the bright ones."""
    (cell,) = cells([*LOOKS, "curriculum=sfl"])
    assert cell.recipe.label == "ppo-sfl-dr" and cell.recipe.track == "informed"
    method = cell.recipe.method()

    def play(levels, key, steps, most):
        return {"success_rate": 0.5 * (levels.doses["filters.brightness"] > 0)}, jnp.full(len(levels.chance), 3)

    @jax.jit
    def prepared(key):
        return method.curriculum.prepare(method.curriculum.init(key), key, jnp.int32(0), play)[0]["levels"]

    doses = prepared(jax.random.key(0)).doses["filters.brightness"]
    assert len(set(doses.tolist())) == 4 and ((doses > 0) & (doses <= 0.5)).all()
    learner = jax.eval_shape(method.init, jax.random.key(0))  # and the whole update fits together
    after, metrics = jax.eval_shape(method.update, learner, jnp.int32(0))
    assert jax.tree.map(jnp.shape, after) == jax.tree.map(jnp.shape, learner) and "buffer_solved" in metrics


@pytest.mark.parametrize("more", [["curriculum=sfl"], ["curriculum=fixed", "curriculum.count=3"]])
def test_other_curricula_are_other_trainings(more):
    plain, other = (cells([*LOOKS, *given])[0].recipe for given in ([], more))
    assert other.id != plain.id and other.vary == plain.vary
    assert cells([*LOOKS[:2], "curriculum.pool=3"])[0].recipe.label == "ppo"
    agnostic = cells([*LOOKS[:2], *more])[0].recipe
    assert agnostic.track == "agnostic" and agnostic.id != other.id


@pytest.mark.parametrize(("overrides", "words"), [
    (["curriculum=sfl", "curriculum.steps=40", "budget=smoke"], "curriculum.steps=40 is not allowed: two episodes of 24 .* nearest valid: 48"),
    (["curriculum=sfl", "curriculum.buffer=99", "budget=smoke"], "curriculum.buffer=99 is not allowed: at most batches .* nearest valid: 16"),
    (["curriculum=fixed", "curriculum.levels=[s/h1]"], "curriculum.levels='s/h1' is not allowed: levels of task=kage have no names"),
    (["curriculum=sfl", "curriculum.pool=3"], "curriculum.pool='3' is not allowed: curriculum=sfl has no such key"),
    (["curriculum=sfl", "pair=filters_1", "curriculum.vary={filters.brightness: [0, 1]}"], "it can draw the evaluation look"),
    (["curriculum=sfl", "curriculum.vary={filters.brigtness: [0, 1]}"], "nearest valid: filters.brightness"),
])  # fmt: skip
def test_what_cannot_be_chosen_is_refused(overrides, words):
    with pytest.raises(ConfigError, match=words):
        cells(overrides)
