"""The separated models of smg: what their losses say by hand, who learns from what, and what their checks find."""

from functools import partial
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from probes import Side
from synthetic import SMALL, write_results
from test_additions import a_batch, begun, build, rolled

from kage.augment.augmentation import shares
from kage.launch.check import beside, trainings
from kage.launch.compose import cells
from kage.methods.smg import losses, views
from kage.methods.smg.checks import alarms, behind, capacity, overlap, widened
from kage.methods.smg.config import SMGConfig
from kage.methods.smg.moments import Moments, moments
from kage.methods.smg.networks import Decoder, held, pixels
from kage.methods.smg.separation import Separation
from kage.networks.actor_critic import ActorCritic
from kage.networks.pixels import PixelEncoder
from kage.networks.policy import Policy
from kage.params import ConfigError
from kage.platformer.latent import JUMP, RIGHT
from kage.task import reset_levels

RNG = np.random.default_rng(0)
FRAMES = RNG.integers(0, 256, (2, 6, 8, 8), np.uint8)  # two observations of two frames each


def test_a_blend_is_the_foreground_where_the_mask_is_1_and_the_background_where_it_is_0():
    front, back = (RNG.random((2, 6, 8, 8), np.float32) for _ in range(2))
    ones = np.ones((2, 2, 8, 8), np.float32)
    np.testing.assert_array_equal(losses.blend(ones, front, back), front)
    np.testing.assert_array_equal(losses.blend(0 * ones, front, back), back)
    second = ones * np.array([0, 1], np.float32)[:, None, None]  # each frame has a mask of its own
    np.testing.assert_array_equal(losses.blend(second, front, back)[:, 3:], front[:, 3:])
    np.testing.assert_array_equal(losses.blend(second, front, back)[:, :3], back[:, :3])


def test_an_attribution_view_is_the_frame_where_the_mask_is_1_and_the_picture_where_it_is_0():
    picture = views.pictures(jax.random.key(0), jnp.array(RNG.integers(0, 256, (4, 3, 8, 8), np.uint8)), FRAMES)
    np.testing.assert_array_equal(picture[:, :3], picture[:, 3:])
    mask = (RNG.random((2, 2, 8, 8)) < 0.5).astype(np.float32)
    u = np.asarray(views.attribution(mask, FRAMES, picture))
    np.testing.assert_array_equal(u, np.where(mask.repeat(3, axis=1), FRAMES, picture))


def test_the_losses_are_what_they_are_by_hand():
    mask, front, back, o = (RNG.random(shape) for shape in ((2, 1, 4, 4), *[(2, 3, 4, 4)] * 3))
    blended = mask * front + (1 - mask) * back
    for name, error in (("square", lambda x: 2 * x**2), ("absolute", abs)):
        ours = losses.ERRORS[name]
        np.testing.assert_allclose(losses.reconstruction(ours, mask, front, back, o), error(blended - o).mean(), rtol=1e-5)
        np.testing.assert_allclose(losses.background(back, o), abs(back - o).mean(), rtol=1e-5)
    for rho in (0.1, np.array([0.1, 0.3])):
        np.testing.assert_allclose(losses.share(mask, rho), ((mask.mean((1, 2, 3)) - rho) ** 2).mean(), rtol=1e-5)
    (kept, drawn), (there, seen) = (mask, front), (RNG.random(mask.shape), back)
    np.testing.assert_allclose(losses.foreground(losses.square, kept, drawn, (there, seen)),
                               (2 * (there - kept) ** 2).mean() + (kept * 2 * (seen - drawn) ** 2).mean(), rtol=1e-5)
    np.testing.assert_allclose(losses.product(losses.ERRORS["absolute"], kept, drawn, (there, seen)),
                               abs(there * seen - kept * drawn).mean(), rtol=1e-5)
    logits, bits, counts = RNG.normal(size=(4, 3)), RNG.random((4, 3)) < 0.5, np.array([True, True, False, True])
    p = 1 / (1 + np.exp(-logits))
    by_hand = -(np.log(p) * bits + np.log(1 - p) * ~bits).sum(axis=1)[counts].mean()
    np.testing.assert_allclose(losses.inverse(logits, bits, counts), by_hand, rtol=1e-5)
    digits = losses.bits_of(np.array([[5, 2], [2, 0]]), (8, 3))
    np.testing.assert_array_equal(digits, [[1, 0, 1, 0, 1], [0, 1, 0, 0, 0]])
    others, valid = losses.flipped(jnp.array([[5, 2], [2, 0]]), (8, 3))
    np.testing.assert_array_equal(others[:, 0], [[4, 2], [7, 2], [1, 2], [5, 2], [5, 0]])  # (5, 3) is no action
    np.testing.assert_array_equal(valid, [[1, 1], [1, 1], [1, 1], [0, 1], [1, 1]])


def test_views_are_as_frequent_as_they_are_named():
    found = dict(views.groups(["attribution", "overlay", "attribution", "jitter"], 8))
    assert found == {"attribution": slice(0, 4), "overlay": slice(4, 6), "jitter": slice(6, 8)}
    assert [name for name, _ in views.groups(["overlay", "noise", "jitter", "light"], 2)] == ["noise", "jitter"]


def test_attribution_views_keep_what_the_mask_shows_and_the_background_has_wrong():
    obs, mask = jnp.array(FRAMES), jnp.array(RNG.random((2, 2, 8, 8)), jnp.float32)
    right = shares(obs)
    back = right.at[0, 4, 2, 3].add(0.2).at[1, 0, 5, 5].add(-0.05)  # one pixel of a second frame is wrong by enough
    kept = lambda by, back: build("smg", unexplained=by).auxiliary.kept(None, None, obs, mask, back)  # noqa: E731
    wanted = np.zeros_like(mask)
    wanted[0, 1, 2, 3] = mask[0, 1, 2, 3]
    np.testing.assert_array_equal(kept(0.1, back), wanted)
    np.testing.assert_array_equal(kept(0.1, 1 - right.round()), mask)
    np.testing.assert_array_equal(kept(0.0, right), mask)


def test_a_decoder_lays_its_cells_out_as_a_picture_and_begins_at_its_biases():
    cells = jnp.arange(2 * 3 * 4 * 5).reshape(1, 2, 3, 20)  # 2 x 3 cells of 2 x 2 px, 5 channels
    picture = np.asarray(pixels(cells, 2))
    assert picture.shape == (1, 5, 4, 6)
    assert picture[0, 3, 2 * 1 + 1, 2 * 2 + 0] == cells[0, 1, 2, (1 * 2 + 0) * 5 + 3]
    encoder = PixelEncoder((2, 3), (4, 2), (2, 2), 4)
    obs = jnp.zeros((2, 3, 14, 12), jnp.uint8)  # black: all features are 0, so only biases are left
    params = jax.jit(encoder.init)(jax.random.key(0), obs)
    for latent, shape, cell in (("first", (2, 6, 5, 2), 2), ("last", (2, 3, 2, 3), 4), ("dense", (2, 4), 8)):
        kept = jax.jit(partial(held, encoder, latent=latent))(params, obs)
        assert kept.shape == shape
        decoder = Decoder((14, 12), (0.0, 0.5, -2.0), cell)
        drawn = jax.jit(lambda kept: decoder.init_with_output(jax.random.key(1), kept)[0])(kept)  # noqa: B023
        np.testing.assert_allclose(drawn, np.broadcast_to(np.array([0.0, 0.5, -2.0])[:, None, None], (2, 3, 14, 12)))


def test_who_learns_from_what():
    """Consistency moves the policy and no model; the models' losses move the encoder, the models and no head."""
    (method, learner), rollout = begun("smg"), rolled("ppo")
    rollout = rollout._replace(done=jnp.zeros_like(rollout.done))  # else no action of this probe leads anywhere
    added, batch, key = method.auxiliary, a_batch(rollout), jax.random.key(5)
    state = learner.auxiliary

    def consistency(params, models):
        return added.loss(params, state | {"models": models}, batch, rollout, key)[0]

    def models_losses(params, models):
        parts = added.parts(params, models, added.samples(batch, rollout), state["made"], key)
        return sum(parts.values())

    def moved(loss):
        anywhere = jax.jit(lambda *given: jax.tree.map(jnp.any, jax.grad(loss, (0, 1))(*given)))
        found = anywhere(learner.params, state["models"])
        return tuple({name: any(jax.tree.leaves(part)) for name, part in tree.items()} for tree in (found[0]["params"], found[1]))

    policy, models = moved(consistency)
    assert all(policy.values()) and not any(models.values())
    policy, models = moved(models_losses)
    assert policy == {name: name == "encoder" for name in policy} and all(models.values())


def test_the_models_learn_after_every_third_minibatch_and_their_rest_is_counted():
    (method, learner), rollout = begun("smg"), rolled("ppo")
    step = jax.jit(lambda params, state, key: method.auxiliary.step(params, state, a_batch(rollout), rollout, key))
    params, state, counts = learner.params, learner.auxiliary, []
    for i in range(4):
        before = params
        params, state, _ = step(params, state, jax.random.key(i))
        changed = any((a != b).any() for a, b in zip(*map(jax.tree.leaves, jax.device_get((before, params))), strict=True))
        counts.append((changed, int(state["steps"]), int(state["minibatches"])))
    assert counts == [(True, 1, 1), (False, 1, 2), (False, 1, 3), (True, 2, 4)]


@pytest.mark.parametrize("wrong", [{"aux_samples": 0}, {"views": ["mirror"]}, {"latent": "middle"}, {"rho": 0.9}])
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(ConfigError, match="agent"):
        SMGConfig(**wrong)


@pytest.mark.parametrize("budget", ["paper", "quick", "smoke"])
def test_under_every_budget_a_preset_is_what_it_is_called(budget):
    agents = {name: cells(["pair=background_2", f"agent={name}", f"budget={budget}"])[0].recipe.agent
              for name in ("smg", "smg_paper", "smg_con")}  # fmt: skip
    assert {name: (agent.separates, agent.consistent) for name, agent in agents.items()} == {
        "smg": (True, True), "smg_paper": (True, True), "smg_con": (False, True)}  # fmt: skip
    assert agents["smg_paper"].latent == "dense" and not agents["smg_paper"].fore_apart


@pytest.mark.parametrize(("wrong", "key"), [
    ("agent=smg encoder=impala", "agent.latent"), ("agent=smg task=state", "agent"),
    ("agent=smg agent.true_mask=true task=mask", "agent.true_mask"),
    ("agent=smg agent.true_share=true task=mask", "agent.true_share"),
    ("agent=smg_con agent.views=[attribution]", "agent.views"),
])  # fmt: skip
def test_what_a_world_or_an_encoder_lacks_is_refused(wrong, key):
    with pytest.raises(ConfigError, match=f"{key}="):
        cells(["pair=background_2", "budget=quick", *wrong.split()])


def test_samples_know_what_followed_them():
    """The next row of the rollout, unless the episode ended or the rollout did."""
    rollout = rolled("ppo")
    samples = build("smg", aux_samples=10**6).auxiliary.samples(a_batch(rollout), rollout)
    steps, envs = rollout.done.shape
    following = np.asarray(samples.following).reshape(steps, envs, 3, 8, 8)
    np.testing.assert_array_equal(following[:-1], rollout.obs[1:])
    whole = np.asarray(samples.whole).reshape(steps, envs)
    assert not whole[-1].any() and (whole[:-1] == ~np.asarray(rollout.done)[:-1]).all()


class Jumper:
    """A policy that always runs right and asks for jumps."""

    def start(self, n):
        return ()

    def act(self, params, obs, memory, first, key):
        return Policy((jnp.log(jnp.full((len(obs), 8), 1e-9).at[:, RIGHT | JUMP].set(1)),)), memory


@pytest.mark.thorough
def test_the_worlds_own_truth_of_masks_and_of_actions():
    """How much of a frame agent and ground cover; and that a jump which is asked for in the air decides nothing."""
    (cell, *_) = cells(["pair=background_2", "budget=smoke", "task.pool=1", "agent=smg", "agent.true_share=true"])
    assert cell.recipe.track == "privileged"
    added, task, key = cell.recipe.method().auxiliary, cell.recipe.task(), jax.random.key(0)
    seen = jax.jit(lambda key: moments(Jumper(), task, None, key, 2, 1, 12))(key)
    run, jump = np.asarray(seen.decided).reshape(12, 2, 3)[:, :, 1:].transpose(2, 0, 1)
    assert run.any() and jump[:2].any(axis=0).all() and not jump[4:8].any()
    states, obs = jax.jit(lambda key: reset_levels(task, key, task.sample_levels(key, 2)))(key)
    rollout = SimpleNamespace(obs=obs[None], done=jnp.zeros((1, 2), bool), states=jax.tree.map(lambda x: x[None], states))
    samples = jax.jit(lambda: added.samples(SimpleNamespace(obs=obs, action=jnp.zeros((2, 1)), at=jnp.arange(2)), rollout))()
    shown = (obs > 0).any(axis=1).mean((1, 2))  # there is nothing else on black
    np.testing.assert_array_equal(samples.share, shown)
    assert samples.owned is None


def drawn(n=256, side=16):
    """Moments with a line, one pixel high, and a square, both anywhere, on black."""
    rows, places = RNG.integers(0, side, n), RNG.integers(0, side - 4, (n, 2))
    y, x = np.arange(side)[:, None], np.arange(side)
    ground = np.broadcast_to(y == rows[:, None, None], (n, side, side))
    top, left = places.T[..., None, None]
    agent = (top <= y) & (y < top + 4) & (left <= x) & (x < left + 4)
    frames = np.zeros((n, 3, side, side), np.uint8)
    frames[:, 1:] = np.where(ground, 255, 0)[:, None]
    frames[:, 1:][np.repeat(agent[:, None], 2, axis=1)] = 128
    return Moments(jnp.array(frames), None, None, jnp.array(agent), jnp.array(ground & ~agent), None)


def test_checks_see_the_views_that_training_sees_with_the_true_mask_too():
    """`kage check` has no rollout that the true foreground could be drawn from, so it gives that of the moments."""
    config = SMGConfig(name="smg_con", aux_samples=0, true_mask=True, views=["attribution"])
    added = Separation(config, ActorCritic(PixelEncoder((16, 4), (4, 2), (2, 2), 4), Side().actions), None, Side())
    seen, white = drawn(2), jnp.full((1, 3, 16, 16), 255, jnp.uint8)
    truth = seen.truth[:, None].astype(jnp.float32)
    views = added.seen_anew(None, {"made": white}, jax.random.key(0), seen.obs, truth.__getitem__)
    np.testing.assert_array_equal(views, np.where(seen.truth[:, None], seen.obs, 255))


def test_a_decoder_alone_draws_agent_and_ground():
    """Check A: the map of the first convolution and a linear last layer are enough for a line of one pixel."""
    config = SMGConfig(latent="first")
    added = Separation(config, ActorCritic(PixelEncoder((16, 4), (4, 2), (2, 2), 4), Side().actions), None, Side())
    found = capacity(added, drawn(), (), 250)
    assert found["agent"] > 0.85 and found["ground within 1 px"] > 0.85, found


def test_masks_are_judged_by_what_they_cover():
    seen = drawn(8)
    perfect = np.asarray(widened(seen.truth), np.float32)[:, None]
    found = overlap(jnp.array(perfect), seen)
    assert found["IoU"] == found["precision"] == found["recall agent"] == found["recall ground"] == 1
    agent = overlap(jnp.array(seen.agent, jnp.float32)[:, None], seen)
    assert agent["recall agent"] == agent["precision"] == 1 and agent["recall ground"] == 0 and agent["IoU"] < 0.5
    dot = np.zeros((1, 5, 5), bool)
    dot[0, 0, 2] = True
    assert np.asarray(widened(jnp.array(dot)))[0].sum() == 6  # at the border there is less around it
    error = behind(jnp.where(seen.truth[:, None], 1.0, 0.5), jnp.zeros_like(seen.obs), seen)
    assert error == {"error inside": 1, "outside": 0.5, "agent shows": 1}  # the agent is nearer to 1 than black is
    assert behind(jnp.zeros(seen.obs.shape), jnp.zeros_like(seen.obs), seen)["agent shows"] == 0


@pytest.mark.parametrize("mask", [np.zeros, np.ones, lambda shape: np.full(shape, 0.06)])
def test_a_collapsed_mask_raises_an_alarm(mask):
    """Nowhere, everywhere, or the same everywhere."""
    seen = drawn(4)
    assert alarms(overlap(jnp.array(mask((4, 1, 16, 16)), jnp.float32), seen), 0.06)
    assert not alarms(overlap(jnp.array(seen.agent, jnp.float32)[:, None], seen), 0.06)


def test_success_beside_others_is_read_from_the_results_folder(tmp_path):
    """H passes or fails where ppo stands beside a method, and says so where none does; J knows controls by name."""
    folder = write_results(tmp_path, SMALL, seeds=range(2), agents=("ppo", "smg", "ppo-mask", "smg_con"))
    harm, rest, controls = beside(folder, ["smg"])
    assert harm.passed == (harm.numbers["smg train"] >= harm.numbers["ppo train"] - 0.05)
    assert {name.split()[0] for name in rest.numbers} == {"smg_con"} and {name.split()[0] for name in controls.numbers} == {"ppo-mask"}
    (alone, *_) = beside(write_results(tmp_path / "alone", SMALL, agents=("smg",)), ["smg"])
    assert alone.passed is None
    with pytest.raises(ConfigError, match="agent=smg"):
        trainings(tmp_path / "nothing")
