"""Methods that are PPO and something: off, they are PPO; on, they add what they say and nothing else."""

import dataclasses
from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import optimised, thorough
from flax import serialization
from probes import FrameEncoder, Side
from test_ppo import SMALL

import kage.train
from kage import registry
from kage.augment import random_conv
from kage.augment.augmentation import Augmentation
from kage.augment.cutout import CutoutConfig
from kage.augment.mix import MixConfig
from kage.curricula.random import RandomLevels
from kage.evaluate import agreement, evaluate
from kage.methods.auxiliary import Auxiliary
from kage.methods.ppo import ppo_loss
from kage.methods.rollout import Batch, Rollout, collect
from kage.networks.actor_critic import NetworkActor, embed
from kage.train import Trainer

SIZES = {field.name: getattr(SMALL, field.name) for field in dataclasses.fields(SMALL) if field.name != "name"}
METHODS = ("drac", "rad", "svea", "netrand", "ucb_drac", "soda", "paired_dr", "smg")
TRAINED = ("smg", *thorough("drac", "rad", "soda", "svea", "netrand", "ucb_drac", "paired_dr"))  # with what it compiles
CONSISTENT = ({"weight": 0}, {"fraction": 0})
SMG_WEIGHTS = ("con_policy", "con_value", "recon", "draw", "alone", "mask", "back", "act", "fore")
OFF = {"drac": CONSISTENT, "ucb_drac": CONSISTENT, "paired_dr": CONSISTENT, "rad": ({"augmented": 0},), "netrand": ({"identity": 1},),
       "svea": ({"weight": 0, "value_part": 0}, {"fraction": 0}),
       "soda": ({"samples": 0}, {"soda_learning_rate": 0}),
       "smg": ({"fraction": 0, "aux_samples": 0}, dict.fromkeys(SMG_WEIGHTS, 0))}  # each makes the method PPO  # fmt: skip
VIEWS = ("rad", "netrand")  # methods that act on what they changed
SMALLER = {"soda": {"samples": 16, "hidden": 16, "projected": 8}, "netrand": {"identity": 0.001},
           "smg": {"aux_samples": 8, "aux_every": 3, "pictures": 8, "latent": "dense", "back_latent": "dense",
                   "views": ["attribution", "overlay"]}}
MIX = MixConfig(parts=["cutout", "shift"])


def build(name, augment=CutoutConfig(), **changes):  # noqa: B008, it is frozen
    """A method on a probe of 8 x 8 pixels."""
    config = registry.find("agent", name)(**SIZES | {"name": name} | SMALLER.get(name, {}) | changes)
    task = Side()
    parts = {"augment": MIX if name == "ucb_drac" else augment} if "augment" in config.uses else {}
    if name == "paired_dr":
        parts = {"twin": task}
    return config.build(task=task, encoder=FrameEncoder(), memory=None, curriculum=RandomLevels(task), **parts)


@cache
def trainer(name):
    """The trainer of a method and two seeds: its compiled functions are shared by the tests."""
    return Trainer(build(name), [0, 1])


one_seed = jax.jit(partial(jax.tree.map, lambda x: x[0]))


def begin(name):
    """The learner of one seed at step 0."""
    return one_seed(trainer(name).init())


@cache
def begun(name):
    """A method and its learner at step 0."""
    return trainer(name).method, begin(name)


@cache
def rolled(name):
    """A rollout of that learner."""
    method, learner = begun(name)
    return jax.jit(partial(collect, method))(learner, jnp.int32(0))[1]


def program(method) -> str:
    """The program of an update."""
    learner = jax.eval_shape(method.init, jax.random.key(0))
    return str(jax.make_jaxpr(method.update)(learner, 0))


@pytest.mark.parametrize("name, off", [(name, off) for name in METHODS for off in OFF[name]])
def test_switched_off_a_method_is_ppo(name, off):
    """Its compiled program is PPO's, so no bit can differ; and switched on it is another."""
    assert program(build(name, **off)) == program(build("ppo"))
    assert program(build(name)) != program(build("ppo"))


@pytest.mark.parametrize("name", METHODS)
def test_evaluation_is_ppos(name):
    """The same program on the same parameters: no frame is changed, nothing more is drawn, no extra weight is read."""
    (ppo, learner), (method, _) = begun("ppo"), begun(name)
    assert method.actor == NetworkActor(method.net) == ppo.actor
    jax.tree.map(np.testing.assert_array_equal, method.policy(learner), learner.params)


@pytest.mark.parametrize("name", VIEWS)
def test_before_the_first_step_the_ratio_is_one(name):
    """What is learnt from is what was acted on: the recorded probabilities are those of the stored frames."""
    (method, learner), rollout = begun(name), rolled(name)
    assert (rollout.obs != rolled("ppo").obs).any()
    _, metrics = jax.jit(partial(ppo_loss, method.config, method.net))(learner.params, a_batch(rollout))
    assert abs(metrics["approx_kl"]) < 1e-6 and metrics["clip_fraction"] == 0


def a_batch(rollout):
    """The whole rollout as one minibatch, with advantages and targets that differ."""
    flat = jax.tree.map(lambda x: np.asarray(x).reshape(-1, *x.shape[2:]), rollout._replace(states=()))
    targets = np.linspace(-1, 1, len(flat.reward), dtype=np.float32)
    return Batch(flat.obs, flat.action, flat.log_prob, flat.value, targets, targets, np.arange(len(targets)))


def test_the_clean_decision_is_a_fixed_target_of_drac():
    """The term's gradient is that with numbers in place of the clean policy and value; it is not 0."""
    (method, learner), rollout = begun("drac"), rolled("ppo")
    net, batch, key = method.net, a_batch(rollout), jax.random.key(5)
    changed = CutoutConfig()(key, batch.obs)
    policy, value, _ = jax.jit(net.apply)(learner.params, batch.obs)
    scale = np.maximum(batch.target.std(), 0.1)

    def by_hand(params):
        other, other_value, _ = net.apply(params, changed)
        return 0.5 * (policy.kl(other).mean() + 0.5 * 0.5 * (((other_value - value) / scale) ** 2).mean())

    term = lambda params: method.auxiliary.loss(params, learner.auxiliary, batch, rollout, key)[0]  # noqa: E731
    (found, gradient), (expected, wanted) = (jax.jit(jax.value_and_grad(f))(learner.params) for f in (term, by_hand))
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    jax.tree.map(partial(np.testing.assert_allclose, rtol=1e-4, atol=1e-7), gradient, wanted)
    assert max(abs(x).max() for x in jax.tree.leaves(gradient)) > 1e-4


def test_a_share_of_the_minibatch_is_augmented_and_the_weight_grows():
    method = build("drac", fraction=0.25, warmup=10 * SMALL.batch)
    learner, batch = begun("drac")[1], a_batch(rolled("ppo"))
    shown = []

    class Seen(CutoutConfig):
        def __call__(self, key, obs, made=()):
            shown.append(obs.shape)
            return obs + 50

    method = dataclasses.replace(method, auxiliary=dataclasses.replace(method.auxiliary, augment=Seen()))
    term = jax.jit(lambda updates: method.auxiliary.loss(
        learner.params, {"made": (), "updates": updates}, batch, None, jax.random.key(0))[0])  # fmt: skip
    first, half, full, more = map(term, (0, 4, 9, 99))
    assert shown[0] == (len(batch.obs) // 4, 3, 8, 8)
    np.testing.assert_allclose([first, half, more], np.array([0.1, 0.5, 1]) * full, rtol=1e-5)
    assert int(method.auxiliary.end({"updates": jnp.int32(3)}, None, {}, None)["updates"]) == 4


def test_svea_fits_the_values_of_changed_frames_to_the_targets_of_clean_ones():
    """By hand: half of PPO's value loss, half of that on changed frames without a clip, and the divergence."""
    (method, learner), batch, key = begun("svea"), a_batch(rolled("ppo")), jax.random.key(5)
    apply = jax.jit(method.net.apply)
    other, value, _ = apply(learner.params, CutoutConfig()(key, batch.obs))
    policy, _, _ = apply(learner.params, batch.obs)
    term, _ = jax.jit(lambda params: method.auxiliary.loss(params, learner.auxiliary, batch, None, key))(learner.params)
    share = 0.5 * SMALL.value_weight
    expected = 0.5 * policy.kl(other).mean() + share * 0.5 * ((value - batch.target) ** 2).mean()
    np.testing.assert_allclose(term, expected, rtol=1e-5)
    assert method.config.value_weight == share and method.auxiliary.config.value_weight == SMALL.value_weight


def test_netrand_shows_all_environments_one_convolution_that_changes_with_the_update():
    method, learner = begun("netrand")
    see = jax.jit(lambda state: method.auxiliary.see(state, None, learner.obs))
    now = learner.auxiliary | {"identity": np.bool_(False)}
    after = jax.jit(lambda state: method.auxiliary.end(state, None, {}, jax.random.key(1)))(now) | {"identity": np.bool_(False)}
    seen = [np.asarray(see(state)) for state in (now, after)]
    for frames in seen:
        assert len(np.unique(frames.reshape(len(frames), -1), axis=0)) == 2  # as there are two frames
    assert (seen[0] != seen[1]).any()
    np.testing.assert_array_equal(see(now | {"identity": jnp.bool_(True)}), learner.obs)
    draw = build("netrand", identity=0.3).auxiliary.init
    starts = jax.vmap(lambda key: draw(key, None, None)["identity"])(jax.random.split(jax.random.key(0), 400))
    assert 0.2 < starts.mean() < 0.4


def test_netrand_compares_with_the_frames_that_were_not_changed():
    method, learner = begun("netrand")
    rollout = rolled("netrand")
    clean = jax.vmap(jax.vmap(Side().observe))(rollout.states)
    np.testing.assert_array_equal(clean, rolled("ppo").obs)
    batch = a_batch(rollout)
    apart = (embed(method.net, learner.params, batch.obs) - embed(method.net, learner.params, a_batch(rolled("ppo")).obs)) ** 2
    term, _ = method.auxiliary.loss(learner.params, learner.auxiliary, batch, rollout, None)
    np.testing.assert_allclose(term, 0.002 * apart.mean(), rtol=1e-5)


def test_decisions_behind_several_convolutions_are_averaged_when_measured():
    """By hand; agreement with itself is exact, since both sides see the same convolutions; without `mc` nothing is drawn."""
    method, learner, key = build("netrand", mc=3, bias=True), begun("netrand")[1], jax.random.key(4)
    obs, params = learner.obs, jax.tree.map(lambda x: 10 * x, learner.params)
    policy, memory = jax.jit(method.actor.act)(params, obs, (), None, key)
    each, apply = [], jax.jit(method.net.apply)
    convolved = jax.jit(lambda obs, *drawn: jnp.stack([random_conv.convolved(frame[None], *drawn)[0] for frame in obs]))
    for k in jax.random.split(key, 3):
        weight, bias = random_conv.drawn(k, True)
        seen = convolved(obs, weight, bias)
        each.append(np.asarray(jax.nn.softmax(apply(params, seen)[0].logits[0])))
    assert abs(each[0] - each[1]).max() > 0.01 and memory == ()
    np.testing.assert_allclose(jnp.exp(policy.logits[0]), np.mean(each, axis=0), rtol=1e-5)
    assert build("netrand").actor == NetworkActor(build("netrand").net) and method.learning == NetworkActor(method.net)
    found = jax.jit(partial(agreement, method.actor, method.task, method.task, episodes=4))(params, key)
    assert found["agreement"] == 1 and found["kl"] == 0


def test_the_bandit_tries_every_augmentation_and_keeps_to_the_one_that_pays():
    bandit = build("ucb_drac", window=3).auxiliary
    state, chosen = bandit.init(jax.random.key(0), None, jnp.zeros((1, 3, 8, 8), jnp.uint8)), []
    end = jax.jit(lambda state, reward: bandit.end(state, Rollout(*[None] * 4, reward, *[None] * 3), {}, None))
    for _ in range(30):
        chosen.append(int(state["arm"]))
        state = end(state, jnp.full((2, 2), 100.0 + chosen[-1]))
    assert set(chosen[:3]) == {0, 1} and np.mean(chosen[10:]) > 0.8
    assert int(state["updates"]) == 30 and state["counts"].sum() == 30 + 2


def test_one_of_the_augmentations_is_computed_for_each_seed():
    obs, keys = jnp.full((4, 3, 8, 8), 100, jnp.uint8), jax.random.split(jax.random.key(0), 2)
    found = jax.jit(jax.vmap(lambda which, key: MIX.by(which, key, obs, ((), ()))))(jnp.arange(2), keys)
    np.testing.assert_array_equal(found[1], obs)  # a shift of an even frame
    np.testing.assert_array_equal(found[0], CutoutConfig()(keys[0], obs))


def test_soda_moves_the_encoder_and_its_slow_copy_and_no_head_of_the_policy():
    method, learner = begun("soda")
    params, state, _ = jax.jit(lambda key: method.auxiliary.step(
        learner.params, learner.auxiliary, a_batch(rolled("ppo")), None, key))(jax.random.key(0))
    before, after = learner.params["params"], params["params"]
    moved = {name: any((a != b).any() for a, b in zip(*map(jax.tree.leaves, (before[name], after[name])))) for name in before}
    assert moved == {name: name == "encoder" for name in before}
    expected = jax.tree.map(lambda old, new: old + 0.005 * (new - old), before["encoder"], after["encoder"])
    jax.tree.map(partial(np.testing.assert_allclose, rtol=1e-5, atol=1e-7), state["slow"]["encoder"], expected)


def test_paired_dr_compares_with_the_same_states_seen_anew():
    (method, learner), batch, key = begun("paired_dr"), a_batch(rolled("paired_dr")), jax.random.key(5)
    anew = jax.jit(lambda key: method.auxiliary.changed(None, learner.auxiliary, key, batch, rolled("paired_dr")))(key)
    lighter = np.asarray(anew) - np.asarray(batch.obs)
    assert (lighter == lighter[:, :1, :1, :1]).all() and len(np.unique(lighter)) > 10  # each sample by a number of its own
    np.testing.assert_array_equal(rolled("paired_dr").obs, rolled("ppo").obs)


class Lighter(Augmentation):
    """Adds one number to all pixels of a sample."""

    def one(self, key, frames, made):
        return frames + jax.random.randint(key, (), 1, 100).astype(jnp.uint8)


@pytest.mark.parametrize("name", ["drac", "ucb_drac", "paired_dr"])
@pytest.mark.parametrize("whole", [True, False])
def test_all_steps_of_a_piece_share_a_draw_if_asked(name, whole):
    """Three steps of four pieces, of which the first steps come first; no frame changes its place."""
    added, rollout = build(name, whole_pieces=whole).auxiliary, rolled("paired_dr")
    obs = np.random.default_rng(0).integers(0, 100, (12, 3, 8, 8), np.uint8)
    if name == "paired_dr":
        obs[:] = rollout.obs[0, 0]
    elif name == "drac":
        added = dataclasses.replace(added, augment=Lighter())
    else:
        added = dataclasses.replace(added, augment=MixConfig(parts=["noise"]))
        obs[:] = 100
    batch = Batch(obs, *[np.zeros(12)] * 5, at=np.zeros(12, np.int32), memory=np.zeros((4, 2)))
    state = {"made": ((),) if name == "ucb_drac" else (), "arm": np.int32(0)}
    changed = jax.jit(lambda key: added.changed(None, state, key, batch, rollout))(jax.random.key(0))
    by = (np.asarray(changed).astype(int) - obs).reshape(3, 4, -1)
    draws = np.unique(by.reshape(12, -1), axis=0)
    assert (by == by[:1]).all() == whole and 2 <= len(draws) <= (4 if whole else 12)
    assert name == "ucb_drac" or (by == by[..., :1]).all()


def test_rad_leaves_the_other_environments_clean():
    method = build("rad", augmented=0.25)
    obs = jnp.full((16, 3, 8, 8), 100, jnp.uint8)
    seen = jax.jit(lambda key: method.auxiliary.see((), key, obs))(jax.random.key(0))
    changed = (np.asarray(seen) != 100).any(axis=(1, 2, 3))
    assert changed[:4].sum() >= 2 and not changed[4:].any()


@pytest.mark.parametrize("name", TRAINED)
def test_a_resumed_training_is_the_unbroken_one(name):
    """Whatever a method keeps is part of the saved learner. Two seeds together."""
    train = trainer(name)
    learners, _ = train.advance(train.init(), 0, 1)
    saved = [serialization.to_bytes(part) for part in train.split(learners)]
    unbroken, metrics = train.advance(learners, 1, 1)
    like = train.split(train.init())[0]
    resumed, again = train.advance(train.join([serialization.from_bytes(like, part) for part in saved]), 1, 1)
    np.testing.assert_equal(again, metrics)
    for one, other in zip(train.split(unbroken), train.split(resumed), strict=True):
        jax.tree.map(np.testing.assert_array_equal, one, other)
    assert all(np.isfinite(value).all() for value in metrics.values())


@pytest.mark.parametrize("name", ["ppo", *thorough(*METHODS)])
def test_seeds_side_by_side_learn_what_they_learn_in_turn(name, monkeypatch):
    """Accelerators compute seeds side by side, CPUs in turn: the same but for the rounding of sums."""
    turns = trainer(name)
    monkeypatch.setattr(kage.train, "in_turn", jax.vmap)
    beside = Trainer(build(name), [0, 1])
    results = []
    for train in (turns, beside):
        learners, metrics = train.advance(train.init(), 0, 1)
        measured = train.evaluate(train.policies(learners), [(train.task, None)], 1, 4)
        results.append(jax.tree.leaves((train.split(learners), metrics, measured)))
    for one, other in zip(*results, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", TRAINED)
def test_probe_every_method_learns_where_the_column_is(name):
    """`Side` pays 1 for the right side, from one pixel column of eight."""
    train = trainer(name)
    learners = train.init()
    for update in range(120):
        learners, _ = train.advance(learners, update, 1)
    measure = jax.jit(partial(evaluate, train.method.actor, train.task, episodes=200))
    for seed in range(2):
        params = jax.tree.map(lambda x, seed=seed: x[seed], train.policies(learners))
        assert measure(params, jax.random.key(1))["earned"] > 0.9


@optimised
@pytest.mark.parametrize("name", ["ppo", *thorough(*METHODS)])
def test_on_a_cpu_a_seed_learns_the_same_whatever_seeds_are_trained_with_it(name):
    both, alone = trainer(name), Trainer(build(name), [1])
    (found, _), (expected, _) = (train.advance(train.init(), 0, 2) for train in (both, alone))
    jax.tree.map(np.testing.assert_array_equal, both.split(found)[1], alone.split(expected)[0])


@optimised
@pytest.mark.parametrize("name", TRAINED)
def test_a_method_begins_with_ppos_weights_and_environments(name):
    """So the first rollouts differ only where a method acts on other frames."""
    method = trainer(name).method
    mine, its = (jax.tree.leaves((x.params, x.states, x.obs, x.levels)) for x in (begin("ppo"), begin(name)))
    for one, other in zip(mine, its, strict=True):
        np.testing.assert_array_equal(one, other)
    assert (type(method.auxiliary).see is Auxiliary.see) == (name not in VIEWS)
