"""The gymnax environments keep gymnax' contract, play KAGE-Env's episodes, and learn in a loop in purejaxrl's style."""

import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from conftest import t1

from kage import ConfigError, KAGE_Env
from kage.gymnax import DoneEnv, KageEnv
from kage.platformer.env import build
from kage.platformer.wrappers import FrameStack, PooledObservation

LENGTH = 4
CONFIG = t1(episode_length=LENGTH, background__mode="noise")
ACTIONS = np.random.default_rng(0).integers(0, 8, 2 * LENGTH)


@pytest.fixture(scope="module")
def played():
    """What `ACTIONS` give: (obs, reward, terminated, truncated, info) of each step, with the keys of the steps."""
    env, keys = KageEnv(CONFIG, pool=4, stack=3), jax.random.split(jax.random.key(1), len(ACTIONS))
    obs, state = jax.jit(env.reset)(jax.random.key(0), env.default_params)

    def play(state, step):
        key, action = step
        obs, state, *rest = env.step(key, state, action, env.default_params)
        return state, (obs, *rest)

    _, steps = jax.jit(lambda state: jax.lax.scan(play, state, (keys, jnp.array(ACTIONS))))(state)
    return keys, obs, steps


def test_episodes_are_those_of_kage_env_and_an_ended_one_is_followed_by_that_of_the_steps_key(played):
    keys, first, (obs, rewards, terminated, truncated, info) = played
    env = FrameStack(PooledObservation(KAGE_Env(CONFIG), 4), 3)
    reset, step = jax.jit(env.reset), jax.jit(env.step)
    expected, about = reset(jax.random.key(0))
    np.testing.assert_array_equal(first, expected)
    for t, action in enumerate(ACTIONS):
        expected, reward, _, ended, about = step(about["state"], action)
        np.testing.assert_array_equal(info["final_observation"][t], expected)
        assert (rewards[t], truncated[t]) == (reward, ended) and not terminated[t]
        assert {name: info[name][t] for name in about if name != "state"} == {name: about[name] for name in about if name != "state"}
        if ended:
            expected, about = reset(keys[t])
        np.testing.assert_array_equal(obs[t], expected)
    assert truncated.tolist() == [t % LENGTH == LENGTH - 1 for t in range(len(ACTIONS))]


def test_one_program_plays_a_batch_of_doses_which_change_pixels_alone():
    env = KageEnv(t1(filters__brightness=0.5, episode_length=LENGTH), pool=8)
    params = jax.tree.map(lambda *x: jnp.stack(x), *(build(t1(filters__brightness=dose, episode_length=LENGTH)) for dose in (0.25, 0.75)))

    def one(params):
        _, state = env.reset(jax.random.key(0), params)
        return env.step(jax.random.key(1), state, 2, params)

    obs, _, reward, *_ = jax.jit(jax.vmap(one))(params)
    assert reward[0] == reward[1] and obs[0].mean() < obs[1].mean()


def test_gymnaxs_own_wrappers_and_spaces_accept_it():
    from gymnax.environments import spaces
    from gymnax.wrappers.purerl import FlattenObservationWrapper, LogWrapper

    env = KageEnv(t1(episode_length=LENGTH), pool=8, stack=2)
    params = env.default_params
    assert isinstance(env.action_space(params), spaces.Discrete) and env.action_space(params).n == env.num_actions
    space = env.observation_space(params)
    obs, _ = jax.jit(env.reset)(jax.random.key(0))
    assert isinstance(space, spaces.Box) and (obs.shape, obs.dtype) == (space.shape, space.dtype) and space.contains(obs)
    env = LogWrapper(FlattenObservationWrapper(env))
    obs, state = env.reset(jax.random.key(0), params)
    for t in range(LENGTH):
        obs, state, reward, _, _, info = env.step(jax.random.key(t), state, 2, params)
    assert obs.shape == (np.prod(space.shape),)
    assert info["returned_episode_lengths"] == LENGTH and np.isclose(info["returned_episode_returns"], info["return"])


def test_sizes_are_refused_by_name():
    for wrong in ({"pool": 0}, {"stack": 0}):
        with pytest.raises(ConfigError, match=f"{next(iter(wrong))}=0 is not allowed"):
            KageEnv(CONFIG, **wrong)


def test_gymnax_is_needed_for_spaces_alone_and_told_in_one_line():
    code = ("import sys, jax; import kage.gymnax as g; from kage import ConfigError; assert 'gymnax' not in sys.modules\n"
            "sys.modules['gymnax'] = None\nenv = g.KageEnv(pool=8)\njax.eval_shape(env.reset, jax.random.key(0))\n"
            "try: env.action_space()\nexcept ConfigError as error: assert \"pip install 'kage-lab[gymnax]'\" in str(error)\n"
            "else: raise AssertionError")  # fmt: skip
    subprocess.run([sys.executable, "-c", code], check=True)


def make_train(env, params, envs=8, steps=16, updates=12, epochs=4):
    """PPO as one program, `train(key)`, in the style of purejaxrl: rollout, advantages and epochs are nested scans."""
    optimiser = optax.chain(optax.clip_by_global_norm(0.5), optax.adam(3e-3))
    inputs, hidden, actions = np.prod(env.observation_space(params).shape), 32, env.action_space(params).n

    def network(weights, obs):
        x = jnp.tanh(obs.reshape(len(obs), -1) / 255 @ weights["in"])
        return x @ weights["policy"], (x @ weights["value"])[:, 0]

    def loss(weights, batch):
        obs, action, old, advantage, target = batch
        logits, value = network(weights, obs)
        logits = jax.nn.log_softmax(logits)
        ratio = jnp.exp(jnp.take_along_axis(logits, action[:, None], 1)[:, 0] - old)
        advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
        gain = jnp.minimum(ratio * advantage, jnp.clip(ratio, 0.8, 1.2) * advantage).mean()
        entropy = -(jnp.exp(logits) * logits).sum(1).mean()
        return 0.5 * ((value - target) ** 2).mean() - gain - 0.01 * entropy

    def env_step(carry, _):
        weights, state, obs, key = carry
        key, action_key, step_key = jax.random.split(key, 3)
        logits, value = network(weights, obs)
        action = jax.random.categorical(action_key, logits)
        log_prob = jnp.take_along_axis(jax.nn.log_softmax(logits), action[:, None], 1)[:, 0]
        step = jax.vmap(env.step, in_axes=(0, 0, 0, None))
        following, state, reward, done, info = step(jax.random.split(step_key, envs), state, action, params)
        return (weights, state, following, key), (obs, action, log_prob, value, reward, done, info["return"])

    def update(carry, _):
        weights, moments, state, obs, key = carry
        (_, state, obs, key), path = jax.lax.scan(env_step, (weights, state, obs, key), None, steps)
        seen, action, log_prob, value, reward, done, returns = path

        def backward(carry, x):
            trace, following = carry
            reward, value, done = x
            trace = reward + 0.99 * following * ~done - value + 0.99 * 0.95 * ~done * trace
            return (trace, value), trace

        last = network(weights, obs)[1]
        _, advantage = jax.lax.scan(backward, (jnp.zeros_like(last), last), (reward, value, done), reverse=True)
        batch = jax.tree.map(lambda x: x.reshape(-1, *x.shape[2:]), (seen, action, log_prob, advantage, advantage + value))

        def epoch(carry, _):
            weights, moments = carry
            changes, moments = optimiser.update(jax.grad(loss)(weights, batch), moments)
            return (optax.apply_updates(weights, changes), moments), None

        (weights, moments), _ = jax.lax.scan(epoch, (weights, moments), None, epochs)
        return (weights, moments, state, obs, key), (returns * done).sum() / done.sum()

    def train(key):
        key, weight_key, reset_key = jax.random.split(key, 3)
        shapes = {"in": (inputs, hidden), "policy": (hidden, actions), "value": (hidden, 1)}
        keys = jax.random.split(weight_key, len(shapes))
        weights = {name: 0.1 * jax.random.normal(one, shape) for one, (name, shape) in zip(keys, shapes.items(), strict=True)}
        obs, state = jax.vmap(env.reset, in_axes=(0, None))(jax.random.split(reset_key, envs), params)
        return jax.lax.scan(update, (weights, optimiser.init(weights), state, obs, key), None, updates)[1]

    return train


@pytest.mark.thorough
def test_ppo_in_purejaxrls_style_learns_to_move():
    """Reward is 1 for each pixel to the right and nothing else; seeds are trained side by side by `vmap`."""
    rewards = {"forward_reward_scale": 1.0, "jump_penalty": 0.0, "timestep_penalty": 0.0, "idle_penalty": 0.0}
    env = DoneEnv(t1(episode_length=8, **rewards), pool=16)
    returns = jax.jit(jax.vmap(make_train(env, env.default_params)))(jax.random.split(jax.random.key(0), 2))
    assert returns.shape == (2, 12) and np.isfinite(returns).all()
    assert (returns[:, -3:].mean(1) > returns[:, 0] + 2).all(), returns
