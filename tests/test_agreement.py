"""Agreement of decisions between two looks, and the grid of doses that shares one compiled evaluation."""

import dataclasses
import math
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import small_method, t1, task_of
from probes import Lengths

from kage.evaluate import agreement
from kage.networks.actor_critic import ActorCritic, NetworkActor
from kage.networks.policy import Policy
from kage.networks.vector import VectorEncoder
from kage.platformer.physics import same_dynamics
from kage.task import reset_levels
from kage.train import Trainer

SHORT = {"episode_length": 24, "dist_to_success": 8.0}
EPISODES = 3
UNSEEN = 1e-9  # a brightness that changes no pixel, so that all looks here share one program


def look(**changes):
    return task_of(t1(**SHORT, **changes), pool=4)


@pytest.fixture(scope="module")
def trainer() -> Trainer:
    return Trainer(small_method(t1(**SHORT)), seeds=[0, 1])


@pytest.fixture(scope="module")
def params(trainer):
    """Random policies with opinions: an untrained actor is close to uniform."""
    params = trainer.init().params
    return jax.tree.map(lambda x: x, params) | {"params": params["params"] | {
        "Dense_0": jax.tree.map(lambda x: 300 * x, params["params"]["Dense_0"])}}  # fmt: skip


def test_kl_by_hand():
    p, q = np.array([0.5, 0.25, 0.25]), np.array([0.25, 0.25, 0.5])
    one, two = (Policy((jnp.log(jnp.array([x])), jnp.array([[0.0, 1.0]]))) for x in (p, q))
    assert one.kl(two)[0] == pytest.approx(0.25 * math.log(2))
    assert one.kl(one)[0] == 0


def test_a_policy_agrees_with_itself_and_not_across_a_look_that_changes_everything(trainer, params):
    same, other = trainer.agreement(params, [look(filters__brightness=b) for b in (UNSEEN, -1.0)], step=0, episodes=EPISODES)
    np.testing.assert_array_equal(same["agreement"], [1, 1])
    np.testing.assert_array_equal(same["kl"], [0, 0])
    assert (other["agreement"] < 1).all() and (other["kl"] > 0).all()
    assert other["kl"][0] != other["kl"][1]


def test_agreement_is_measured_where_the_training_look_leads(trainer, params):
    """By hand: act on the training look, render each state both ways, compare."""
    task, shifted, episodes = look(), look(filters__brightness=-0.3), EPISODES
    key = jax.random.fold_in(jax.random.fold_in(jax.random.key(1), 1), 0)  # seed 1, evaluation, step 0
    key, k_reset = jax.random.split(key)
    levels = task.sample_levels(k_reset, episodes)
    states, twins = (jax.jit(reset_levels)(each, k_reset, levels)[0] for each in (task, shifted))
    alone = jax.tree.map(lambda x: x[1], params)
    agreed, kl = [], []
    net = trainer.method.net

    @jax.jit
    def step_by_both(states, twins, k_act):
        obs, twin_obs = jax.vmap(task.observe)(states), jax.vmap(shifted.observe)(twins)
        (policy, *_), (twin, *_) = (net.apply(alone, seen) for seen in (obs, twin_obs))
        action = policy.sample(k_act)
        moved = jax.vmap(task.step)(states, action)[0], jax.vmap(shifted.step)(twins, action)[0]
        return moved, (action == twin.sample(k_act)).all(-1), policy.kl(twin)

    for _ in range(SHORT["episode_length"]):
        key, k_act = jax.random.split(key)
        (states, twins), same, apart = step_by_both(states, twins, k_act)
        agreed.append(same)
        kl.append(apart)
    (told,) = trainer.agreement(params, [shifted], step=0, episodes=episodes)
    assert told["agreement"][1] == pytest.approx(np.mean(agreed))
    assert told["kl"][1] == pytest.approx(np.mean(kl), rel=1e-3)


def test_an_episode_that_has_ended_counts_no_further():
    """Episodes of 1, 2 and 3 steps; the looks differ in states with three steps left alone, the first of long episodes."""
    @dataclasses.dataclass(frozen=True)
    class Dim(Lengths):
        def observe(self, left):
            return super().observe(left) * (left != 3)

    task, shifted, episodes, key = Lengths(), Dim(), 20, jax.random.key(3)
    net = ActorCritic(VectorEncoder(4), task.actions)
    params = jax.tree.map(lambda x: 100 * x, jax.jit(net.init)(jax.random.key(0), jnp.ones((1, 4))))
    (policy, *_), (twin, *_) = (jax.jit(net.apply)(params, x) for x in (jnp.eye(4)[3:], jnp.zeros((1, 4))))
    lengths = np.asarray(task.sample_levels(jax.random.split(key)[1], episodes))
    kl = float(policy.kl(twin)[0])
    assert set(lengths) == {1, 2, 3} and kl > 0.1
    told, same = (jax.jit(partial(agreement, NetworkActor(net), task, other, episodes=episodes))(params, key)
                  for other in (shifted, task))  # fmt: skip
    assert told["kl"] == pytest.approx(kl * (lengths == 3).sum() / lengths.sum(), rel=1e-4)
    assert same["agreement"] == 1


@pytest.mark.thorough
def test_doses_share_one_compiled_evaluation_and_equal_their_own(params):
    trainer = Trainer(small_method(t1(**SHORT)), seeds=[0, 1])
    doses = [look(filters__hue_shift=float(h)) for h in range(10, 180, 40)]
    together = trainer.evaluate(params, [(dose, None) for dose in doses], step=0, episodes=4)
    (alone,) = trainer.evaluate(params, [(doses[3], None)], step=0, episodes=4)
    assert trainer._evaluate._cache_size() == 1  # however many cases there are
    for name, value in alone.items():
        np.testing.assert_array_equal(value, together[3][name])
    trainer.agreement(params, doses, step=0, episodes=4)
    assert trainer._agree._cache_size() == 1


def test_dynamics_are_compared_in_all_that_transition_and_reward_read():
    base = t1()
    assert same_dynamics(base, t1(filters__hue_shift=90.0, background__mode="noise", layout__layout_colors=["red"]))
    for change in ({"physics__gravity": 0.5}, {"jump_penalty": 9.0}, {"episode_length": 499}, {"character__width": 20},
                   {"layout__p_change": 0.2}):  # fmt: skip
        assert not same_dynamics(base, t1(**change)), change
    assert same_dynamics(base, dataclasses.replace(base))
