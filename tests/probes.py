"""Tiny tasks whose values are known, to see whether an agent learns what it should."""

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import jax
import jax.numpy as jnp
from flax import linen as nn

from kage.task import ActionSpec, Step


class State(NamedTuple):
    """A probe's state."""

    t: jax.Array  # () i32 steps since reset
    cue: Any  # what the episode drew


def outcome(obs, reward, *, terminated=False, truncated=False, **metrics) -> Step:
    """A step of plain numbers."""
    flags = (jnp.asarray(terminated), jnp.asarray(truncated))
    return Step(obs, jnp.float32(reward), *flags, {name: jnp.float32(value) for name, value in metrics.items()})


class Probe:
    """A task whose levels are drawn one by one, by its `sample_level`. As a pytree it has no leaves."""

    sees = "vector"

    def __init_subclass__(cls):
        jax.tree_util.register_static(cls)

    def sample_levels(self, key, n):
        return jax.vmap(self.sample_level)(jax.random.split(key, n))


@dataclass(frozen=True)
class One(Probe):
    """One step, reward 1: the value is 1."""

    actions: ClassVar = ActionSpec((2,))
    horizon: ClassVar = 1

    def sample_level(self, key):
        return jnp.float32(1)

    def reset(self, key, level):
        return State(jnp.int32(0), level), self.observe(level)

    def observe(self, cue):
        return jnp.ones(1)

    def step(self, state, action):
        reward = self.reward(state.cue, action)
        return state, outcome(self.observe(state.cue), reward, terminated=True, earned=reward)

    def reward(self, cue, action):
        return 1.0


@dataclass(frozen=True)
class Cue(One):
    """One step, the observation is -1 or 1 and so is the reward."""

    def sample_level(self, key):
        return jax.random.rademacher(key, (), jnp.float32)

    def observe(self, cue):
        return cue[None]

    def reward(self, cue, action):
        return cue


@dataclass(frozen=True)
class Choice(Cue):
    """One step, reward 1 for action 1 where the cue is 1 and action 0 where it is -1, else 0."""

    def reward(self, cue, action):
        return (action[0] == (cue > 0)).astype(jnp.float32)


@dataclass(frozen=True)
class Parts(One):
    """One step, an action of 3 x 2 and a mapping as observation; each part named by the cue earns 1/2."""

    actions: ClassVar = ActionSpec((3, 2))

    def sample_level(self, key):
        return jax.random.randint(key, (2,), 0, jnp.array([3, 2]))

    def observe(self, cue):
        return {"first": jax.nn.one_hot(cue[0], 3), "second": {"bit": cue[1]}}

    def reward(self, cue, action):
        return (action == cue).mean()


class PartsEncoder(nn.Module):
    """The encoder of `Parts`."""

    @nn.compact
    def __call__(self, obs):
        bit = obs["second"]["bit"][:, None].astype(jnp.float32)
        return nn.tanh(nn.Dense(16)(jnp.concatenate([obs["first"], bit], axis=-1)))


@dataclass(frozen=True)
class Side(Choice):
    """`Choice` in pixels: a frame of 8 x 8, a bright column to the left or to the right; action 1 is right."""

    sees = "pixels"

    def observe(self, state):
        cue = state.cue if isinstance(state, State) else state
        column = jnp.where(cue > 0, 6, 1)
        frame = jnp.where(jnp.arange(8) == column, jnp.uint8(200), jnp.uint8(40))
        return jnp.broadcast_to(frame, (3, 8, 8))

    def observe_anew(self, key, state):
        """The frame, lighter by a random number."""
        return self.observe(state) + jax.random.randint(key, (), 0, 50).astype(jnp.uint8)


class FrameEncoder(nn.Module):
    """The encoder of `Side`: every pixel, one hidden layer."""

    @nn.compact
    def __call__(self, obs):
        return nn.relu(nn.Dense(16)(obs.reshape(len(obs), -1) / 255.0))


@dataclass(frozen=True)
class Late(Probe):
    """Two steps, only the second pays: the first observation is worth gamma."""

    actions: ClassVar = ActionSpec((2,))
    horizon: ClassVar = 2

    def sample_level(self, key):
        return jnp.int32(0)

    def reset(self, key, level):
        return State(jnp.int32(0), ()), jax.nn.one_hot(0, 2)

    def step(self, state, action):
        t = state.t + 1
        return State(t, ()), outcome(jax.nn.one_hot(t, 2), t == 2, terminated=t == 2)


@dataclass(frozen=True)
class Endless(Probe):
    """Reward 1 for ever, cut by a clock: worth 1 / (1 - gamma) unless the clock counts as an end."""

    actions: ClassVar = ActionSpec((2,))
    horizon: int = 4

    def sample_level(self, key):
        return jnp.int32(0)

    def reset(self, key, level):
        return State(jnp.int32(0), ()), jnp.ones(1)

    def step(self, state, action):
        t = state.t + 1
        return State(t, ()), outcome(jnp.ones(1), 1, truncated=t >= self.horizon)


@dataclass(frozen=True)
class Lengths(Probe):
    """Episodes of 1, 2 or 3 steps at reward 1 that see how many are left: worth 1, 1 + gamma, 1 + gamma + gamma^2."""

    actions: ClassVar = ActionSpec((2,))
    horizon: ClassVar = None

    def sample_level(self, key):
        return jax.random.randint(key, (), 1, 4)

    def reset(self, key, level):
        return State(jnp.int32(0), level), self.observe(level)

    def observe(self, left):
        return jax.nn.one_hot(left, 4)

    def step(self, state, action):
        t = state.t + 1
        end = t == state.cue
        return state._replace(t=t), outcome(self.observe(state.cue - t), 1, terminated=end, length=t, ended=end)


@dataclass(frozen=True)
class Clock(Probe):
    """Shows the number of its episode and the time in it."""

    actions: ClassVar = ActionSpec((2,))
    log: Any = None  # called with the number of each new episode
    horizon: int | None = 3
    length: int = 3

    def sample_level(self, key):
        return jax.random.uniform(key)

    def reset(self, key, level):
        if self.log is not None:
            jax.debug.callback(self.log, level)
        return State(jnp.int32(0), level), jnp.stack([level, 0.0])

    def step(self, state, action):
        t = state.t + 1
        return state._replace(t=t), outcome(jnp.stack([state.cue, t]), t, truncated=t == self.length, time=t)


@dataclass(frozen=True)
class Code(Probe):
    """As many right actions, 1, as the level says, one after the other; a wrong one ends the episode without success.
    Actions drawn evenly solve level k with probability 1 / 2^k; level 0 ends with its first step, solved."""

    actions: ClassVar = ActionSpec((2,))
    horizon: ClassVar = None
    longest: int = 4

    def sample_level(self, key):
        return jax.random.randint(key, (), 0, self.longest + 1)

    def reset(self, key, level):
        return State(jnp.int32(0), level), self.observe(level)

    def observe(self, level):
        return jax.nn.one_hot(level, self.longest + 1)

    def step(self, state, action):
        t = state.t + 1
        right = (action[0] == 1) | (state.cue == 0)
        solved = right & (t >= state.cue)
        return state._replace(t=t), outcome(self.observe(state.cue), solved, terminated=solved | ~right, solved=solved)
