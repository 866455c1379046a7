"""Wrappers change when episodes begin and how observations are shown, never what happens."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import t1

from kage import ConfigError, KAGE_Env
from kage.platformer.wrappers import AutoReset, FrameStack, PooledObservation

LENGTH, N, T = 4, 3, 10
ENV = KAGE_Env(t1(episode_length=LENGTH, background__mode="noise"))
KEYS = jax.random.split(jax.random.key(3), N)
ACTIONS = jax.random.randint(jax.random.key(5), (T, N), 0, 8)


def play(env, keys, actions):
    """Observation and info of the reset, then of each step with its reward and flags."""
    reset, step = jax.jit(env.reset), jax.jit(env.step)
    obs, info = reset(keys)
    steps = [(obs, None, None, None, info)]
    for action in actions:
        steps.append(step(steps[-1][4]["state"], action))
    return steps


@pytest.fixture(scope="module")
def batch():
    return play(AutoReset(ENV), KEYS, ACTIONS)


def test_each_episode_is_the_one_its_key_gives_and_its_end_is_kept(batch):
    for i in range(N):
        key = KEYS[i]
        for begin in range(0, T, LENGTH):
            key, episode_key = jax.random.split(key)
            alone = play(ENV, episode_key, ACTIONS[begin : begin + LENGTH, i])
            np.testing.assert_array_equal(batch[begin][0][i], alone[0][0])
            for t, (obs, reward, _, truncated, info) in enumerate(alone[1:], begin + 1):
                got_obs, got_reward, got_terminated, got_truncated, got = batch[t]
                np.testing.assert_array_equal(got["final_observation"][i], obs)
                assert (got_reward[i], got_truncated[i], bool(got_terminated[i])) == (reward, truncated, False)
                assert (got["truncated"][i], bool(got["terminated"][i])) == (truncated, False)
                del info["state"]
                jax.tree.map(lambda a, b, i=i: np.testing.assert_array_equal(a[i], b), got["final_info"], info)
                if t % LENGTH:
                    np.testing.assert_array_equal(got_obs[i], obs)
                    assert got["return"][i] == info["return"]
                else:
                    assert np.mean(np.asarray(got_obs[i] != obs)) > 0.5  # noise of a new episode
                    assert (got["timestep"][i], got["return"][i]) == (0, 0.0)


def test_truncations_fall_where_episodes_end(batch):
    assert [bool(step[3].all()) for step in batch[1:]] == [t % LENGTH == 0 for t in range(1, T + 1)]
    assert [bool(step[3].any()) for step in batch[1:]] == [t % LENGTH == 0 for t in range(1, T + 1)]


def test_a_reset_runs_once_per_episode_end_and_only_then():
    class Counted(KAGE_Env):
        resets = 0

        def reset(self, key):
            jax.debug.callback(self.count)
            return super().reset(key)

        @classmethod
        def count(cls):
            cls.resets += 1

    steps = play(AutoReset(Counted(ENV.config)), KEYS[:1], ACTIONS[:, :1])
    jax.block_until_ready(steps)
    jax.effects_barrier()
    assert Counted.resets == 1 + T // LENGTH


def test_environments_whose_episodes_end_apart_are_reset_apart():
    env = AutoReset(ENV)
    _, info = jax.jit(env.reset)(KEYS)
    state = info["state"]
    latent = state.inner.latent.replace(t=jnp.array([0, 3, 1], jnp.int32))
    state = state.replace(inner=state.inner.replace(latent=latent))
    _, _, _, truncated, info = jax.jit(env.step)(state, ACTIONS[0])
    assert truncated.tolist() == [False, True, False]
    assert info["state"].inner.latent.t.tolist() == [1, 0, 2]
    unchanged = jax.random.key_data(info["state"].keys) == jax.random.key_data(state.keys)
    assert unchanged.all(axis=-1).tolist() == [True, False, True]


def test_old_style_keys_work_too():
    steps = play(AutoReset(ENV), jax.random.split(jax.random.PRNGKey(0), 2), ACTIONS[: LENGTH + 1, :2])
    assert steps[-1][4]["timestep"].tolist() == [1, 1]


def test_a_stack_is_the_last_frames_oldest_first():
    frames = [step[0] for step in play(ENV, KEYS[0], ACTIONS[:3, 0])]
    stacks = [step[0] for step in play(FrameStack(ENV, 3), KEYS[0], ACTIONS[:3, 0])]
    for t, stack in enumerate(stacks):
        expected = np.concatenate([frames[max(0, t - age)] for age in (2, 1, 0)], axis=-1)
        np.testing.assert_array_equal(stack, expected)


def test_a_pooled_observation_is_the_maximum_of_its_squares():
    frame, pooled = (np.asarray(play(env, KEYS[0], [])[0][0]) for env in (ENV, PooledObservation(ENV, 3)))
    assert pooled.shape == (42, 42, 3)
    np.testing.assert_array_equal(pooled, frame[:126, :126].reshape(42, 3, 42, 3, 3).max(axis=(1, 3)))


def test_wrappers_combine():
    env = AutoReset(FrameStack(PooledObservation(ENV, 2), 2))
    steps = play(env, KEYS, ACTIONS[: LENGTH + 1])
    assert all(step[0].shape == (N, 64, 64, 6) and step[0].dtype == np.uint8 for step in steps)
    final, first = steps[LENGTH][4]["final_observation"], steps[LENGTH][0]
    np.testing.assert_array_equal(final[..., :3], steps[LENGTH - 1][0][..., 3:])
    np.testing.assert_array_equal(first[..., :3], first[..., 3:])  # nothing of the old episode is left


@pytest.mark.parametrize("wrapper", [FrameStack, PooledObservation])
def test_sizes_below_one_are_refused(wrapper):
    with pytest.raises(ConfigError, match="size=0 is not allowed"):
        wrapper(ENV, 0)
