"""What is observed in place of a frame: stacks of frames, and two controls that are told what matters."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import t1, task_of, thorough
from probes import Clock
from test_ppo import clocked

from kage.frame_stack import FrameStack
from kage.launch.compose import cells
from kage.params import ConfigError
from kage.platformer.family import Platformer
from kage.platformer.observation import AHEAD, NUMBERS
from kage.task import reset_levels


def played(task, actions, n=2):
    """Observations (steps + 1, n, ...) of the same actions (steps,) in n levels, and the states at the end."""
    return jax.tree.map(np.asarray, play(task, actions, n))


@partial(jax.jit, static_argnames="n")
def play(task, actions, n):
    states, obs = reset_levels(task, jax.random.key(1), task.sample_levels(jax.random.key(0), n))

    def act(states, action):
        states, step = jax.vmap(task.step)(states, jnp.full((n, 1), action))
        return states, step.obs

    states, later = jax.lax.scan(act, states, actions)
    return jnp.concatenate([obs[None], later]), states


RUN = np.where(np.arange(60) % 7 == 0, 6, 2)  # to the right, with jumps


# --- stacks ---


def test_a_stack_holds_the_last_frames_and_begins_with_copies_of_the_first():
    frames, _ = played(task_of(t1(), pool=4), RUN[:6])
    stacks, states = played(FrameStack(task_of(t1(), pool=4), 3), RUN[:6])
    assert stacks.shape == (7, 2, 9, 32, 32) and stacks.dtype == np.uint8
    for t in range(7):
        for i, age in enumerate((2, 1, 0)):
            np.testing.assert_array_equal(stacks[t, :, 3 * i : 3 * i + 3], frames[max(t - age, 0)])
    np.testing.assert_array_equal(states.obs, stacks[-1])


def test_an_episode_sees_nothing_of_the_one_before_it_and_ends_with_a_stack():
    """In rollouts, whose environments are reset; `Clock` shows the number of its episode and the time in it."""
    net, learner, _, rollout, _ = clocked(FrameStack(Clock(), 2))
    number, time = rollout.obs[..., ::2], rollout.obs[..., 1::2]
    np.testing.assert_array_equal(number[..., 0], number[..., 1])
    np.testing.assert_array_equal(time[:4, 0], [[0, 0], [0, 1], [1, 2], [0, 0]])
    ended = np.stack([number[2, :, 0], np.full(4, 2), number[2, :, 0], np.full(4, 3)], axis=-1)
    np.testing.assert_allclose(rollout.final_value[2], net.apply(learner.params, ended)[1], rtol=1e-5)


# --- the state as observation ---


def test_an_observed_state_is_the_agent_and_the_ground_around_it():
    task = Platformer().task(cells(["task=state"])[0].world)
    obs, states = played(task, RUN)
    latent = states.latent
    assert obs.shape == (61, 2, NUMBERS) and obs.dtype == np.float32 and abs(obs).max() <= 2
    for n in range(2):
        x, y = int(latent.x[n]), int(latent.y[n])
        body = [(x - latent.camera_x[n]) / 128, y / 128, latent.vx[n] / 2, latent.vy[n] / 8, latent.grounded[n],
                latent.coyote[n] / 4]  # fmt: skip
        np.testing.assert_allclose(obs[-1, n, :6], body, rtol=1e-6)
        physics = task.params.physics
        for i, dx in enumerate(AHEAD):
            stairs = latent.heights[n][[max(x + dx - back, 0) // physics.run_width for back in (0, 1)]]
            top = int(physics.base_ground_y) - int(physics.pix_per_unit) * int(stairs.max())
            assert obs[-1, n, 6 + i] == (y + physics.half_height - top) / 32


# --- agent and ground alone ---


def masked(change, base):
    """Frames of 60 steps in two levels of the training look and of the look with a change, agent and ground alone."""
    cell = cells(["task=mask", *base, *change])[0]
    return [played(Platformer().task(case.world), RUN)[0] for case in cell.cases]


PICTURE = ["background=image_1", "character=skeleton"]


@pytest.mark.parametrize(("base", "change"), [
    ([], ["pair=distractors_5"]), (PICTURE, ["eval.background.image_paths=[assets/backgrounds/bg-128.png]"]),
    *thorough(([], ["pair=background_2"])),
], ids=["distractors_5", "image", "background_2"])  # fmt: skip
def test_what_is_behind_agent_and_ground_leaves_no_trace_in_a_masked_frame(base, change):
    """So the gap of a policy that sees masked frames is 0 on the axes of backgrounds and distractors."""
    train, shifted = masked(change, base)
    np.testing.assert_array_equal(train, shifted)
    seen = (train != 0).any(axis=2).mean()
    assert 0.01 < seen < 0.2  # agent and ground, and nothing else


@pytest.mark.parametrize("pair", ["layout_1", *thorough("filters_4", "agent_1")])
def test_what_changes_agent_or_ground_is_seen_in_a_masked_frame(pair):
    train, shifted = masked([f"pair={pair}"], [])
    assert train.shape == (61, 2, 3, 128, 128) and (train != shifted).any()


# --- what is asked for ---


@pytest.mark.parametrize(("overrides", "label", "encoder", "shape"), [
    (["task=state"], "ppo-state", "mlp", (NUMBERS,)), (["task=state", "budget=quick"], "ppo-state", "mlp", (NUMBERS,)),
    (["task=mask"], "ppo-mask", "cnn", (3, 128, 128)), (["task.stack=4", "task.pool=2"], "ppo-stack4", "cnn", (12, 64, 64)),
    (["task=mask", "task.stack=2", "agent=random"], "random", "cnn", (6, 128, 128)),
])  # fmt: skip
def test_a_method_is_named_by_what_it_observes(overrides, label, encoder, shape):
    cell, *_ = cells(overrides)
    assert (cell.recipe.label, cell.recipe.encoder.name, cell.world.shape()) == (label, encoder, shape)
    assert cell.recipe.id != cells([])[0].recipe.id


@pytest.mark.parametrize(("overrides", "words"), [
    (["task.observe=state"], "encoder='cnn' is not allowed: it takes pixels, and task=kage, observed as state, shows vector; nearest valid: mlp"),
    (["encoder=mlp"], "^encoder='mlp' is not allowed: it takes vector, and task=kage shows pixels; nearest valid: cnn"),
    (["task=state", "task.stack=2"], "task.stack=2 is not allowed: 1 with task.observe=state, .*; nearest valid: 1"),
    (["task.observe=masks"], "task.observe='masks' is not allowed: one of pixels, mask, state; nearest valid: mask"),
])  # fmt: skip
def test_an_observation_that_cannot_be_is_refused(overrides, words):
    with pytest.raises(ConfigError, match=words):
        cells(overrides)
