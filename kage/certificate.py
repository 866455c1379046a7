"""Prove the benchmark's claim about a pair: its two looks differ in pixels, on one axis, and in nothing else.

Two looks are stepped with the same keys and actions. All latent values, and what `task.observe=state` makes of them,
must agree bit by bit, frames must differ, and only parameters of the declared axis may differ. The transition reads
the physics alone, so two looks with equal physics agree on *every* trajectory. The trajectories that are stepped show
that the same holds for the compiled program, in which latent and visual computations are merged.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

# Suite -> the groups it may change; any other suite has the name of its one group.
AXES = {"agent": ("character",), "distractors": ("distractors", "npc")}
EPISODES = 48  # each with its own key and actions
SHOWN = 8  # episodes whose frames are compared
FRAMES = 8  # frames of each of these episodes: one at the reset, the others spread over the episode
MOST_STEPS = 2000  # longer episodes are stepped this far only
HOLDS = (1, 4, 16)  # steps that an action is held; episodes take turns


@dataclass(frozen=True)
class Certificate:
    """What was compared between two looks, and what was found."""

    changed: dict[str, tuple[object, object]]  # dotted key -> (train value, shifted value)
    axis: tuple[str, ...] | None  # the groups that may differ, None if no axis is declared
    physics: tuple[str, ...]  # fields of `Physics` that differ
    diverged: dict[str, int]  # latent quantity -> first step at which it differs
    episodes: int
    steps: int  # of each episode
    frames: int  # compared
    frames_differing: int
    pixels_differing: float  # fraction of all pixels of all frames

    @property
    def stray(self) -> tuple[str, ...]:
        """The changed keys that the declared axis does not allow."""
        return tuple(key for key in self.changed if self.axis is not None and key.split(".")[0] not in self.axis)

    @property
    def violations(self) -> list[str]:
        """One line per broken claim; no lines if every claim holds."""
        lines = []
        if self.stray:
            lines.append(f"changes {', '.join(self.stray)}, outside the declared axis {' and '.join(self.axis)}")
        if self.physics:
            lines.append(f"changes what the transition and the reward read: {', '.join(self.physics)}")
        if self.diverged:
            first, *more = sorted(self.diverged, key=self.diverged.get)
            others = f", then {', '.join(more)}" if more else ""
            lines.append(f"changes trajectories: {first} from step {self.diverged[first]}{others}")
        if not self.frames_differing:
            lines.append(f"changes nothing visible in {self.frames} frames")
        return lines

    @property
    def ok(self) -> bool:
        """True if every claim holds."""
        return not self.violations


@dataclass(frozen=True)
class Recording:
    """What happened under one look, as NumPy arrays: E episodes of T steps; of S of them, F frames each."""

    physics: dict[str, np.ndarray | int]  # field -> value
    latent: dict[str, np.ndarray]  # quantity -> (T + 1, E, ...), the first row is the reset
    frames: np.ndarray  # (F, S, 3, H, W) u8


def axis_of(suite: str | None, groups: Collection[str]) -> tuple[str, ...] | None:
    """The groups, out of those of a configuration, whose keys a pair of this suite may change; None for a suite that
    names no axis."""
    return AXES.get(suite, (suite,) if suite in groups else None)


def record(play: Callable, params: Any, actions: int, episodes: int = EPISODES, seed: int = 0) -> Recording:
    """Play episodes under one look and record them.

    play: the result of `player`; params: of its module; actions: how many there are; seed: decides keys and actions.
    """
    key, action_key = jax.random.split(jax.random.key(seed))
    chunk = -(-min(params.physics.episode_length, MOST_STEPS) // FRAMES)
    drawn = held_actions(action_key, FRAMES * chunk, episodes, actions).reshape(FRAMES, chunk, episodes)
    latent, frames = jax.device_get(play(jax.random.split(key, episodes), drawn, params))
    return Recording(physics=vars(params.physics), latent=latent, frames=frames)


def held_actions(key: jax.Array, steps: int, episodes: int, actions: int) -> jax.Array:
    """Random actions, (steps, episodes) i32. Episode i holds each action for `HOLDS[i % len(HOLDS)]` steps."""
    drawn = jax.random.randint(key, (steps, episodes), 0, actions)
    return drawn[jnp.arange(steps)[:, None] // jnp.asarray(HOLDS)[kinds(episodes)], jnp.arange(episodes)]


def kinds(episodes: int) -> jax.Array:
    """The kind of each episode, (episodes,) i32: the place in `HOLDS`. Episodes of the last kind are steered, because
    most of a world is seen only by moving through it."""
    return jnp.arange(episodes) % len(HOLDS)


def player(env: ModuleType, numbers: Callable, steer: Callable) -> Callable:
    """The compiled function (keys (E,), actions (F, T / F, E), params) -> latent side and frames of a `Recording`.

    env: the functions of a world: reset, step, render, truncated; numbers: (state, params) -> the observed state;
    steer: (states, actions (E,), params) -> the actions that are taken, which may read the latent state but no look.
    """

    def quantities(states, reward, params):
        observed = jax.vmap(numbers, (0, None))(states, params)
        ended = env.truncated(states.latent, params.physics)
        return vars(states.latent) | {"reward": reward, "truncated": ended, "observed state": observed}

    @jax.jit
    def play(keys, actions, params):
        def step(states, action):
            states, reward = jax.vmap(env.step, (0, 0, None))(states, steer(states, action, params), params)
            return states, quantities(states, reward, params)

        def part(states, chunk):
            shown = jax.tree.map(lambda x: x[:SHOWN], states)
            frames = jax.lax.map(lambda state: env.render(state, params), shown)
            states, rows = jax.lax.scan(step, states, chunk)
            return states, (rows, frames)

        start = jax.vmap(env.reset, (0, None))(keys, params)
        _, (rows, frames) = jax.lax.scan(part, start, actions)
        first = quantities(start, jnp.zeros(len(keys)), params)
        return jax.tree.map(lambda a, b: jnp.concatenate([a[None], b.reshape(-1, *a.shape)]), first, rows), frames

    return play


def compare(
    train: Recording, shifted: Recording, changed: dict[str, tuple[object, object]], axis: tuple[str, ...] | None
) -> Certificate:
    """The certificate of two looks, from their recordings and the keys that differ."""
    firsts = {name: first_difference(value, shifted.latent[name]) for name, value in train.latent.items()}
    steps, episodes = next(iter(train.latent.values())).shape[:2]
    differs = pixels_that_differ(train.frames, shifted.frames)
    return Certificate(
        changed=changed,
        axis=axis,
        physics=tuple(name for name, a in train.physics.items() if not same_bits(a, shifted.physics[name])),
        diverged={name: step for name, step in firsts.items() if step is not None},
        episodes=episodes,
        steps=steps - 1,
        frames=len(differs),
        frames_differing=int(differs.any(axis=1).sum()),
        pixels_differing=float(differs.mean()),
    )


def pixels_that_differ(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Which pixels of two sets of frames (F, S, 3, H, W) differ, (frames, pixels) bool; if sizes differ, all do."""
    count = a.shape[0] * a.shape[1]
    if a.shape != b.shape:
        return np.ones((count, 1), bool)
    return (a != b).any(axis=2).reshape(count, -1)


def same_bits(a: np.ndarray | int, b: np.ndarray | int) -> bool:
    """True if equal in shape, type and every bit, so that 0.0 and -0.0 differ."""
    a, b = np.asarray(a), np.asarray(b)
    return (a.shape, a.dtype) == (b.shape, b.dtype) and a.tobytes() == b.tobytes()


def first_difference(a: np.ndarray, b: np.ndarray) -> int | None:
    """The first row (a step) in which two arrays differ in any bit; None if no bit differs."""
    if same_bits(a, b):
        return None
    return next((row for row, (x, y) in enumerate(zip(a, b, strict=False)) if not same_bits(x, y)), min(len(a), len(b)))
