"""One episode of a look, played one action at a time: by a person, from a recording, or for a film."""

import functools
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from kage.look.worlds import LookFamily

compiled = functools.cache(jax.jit)


@dataclass(frozen=True)
class Stage:
    """A look that is played: its family and its configuration."""

    family: LookFamily
    config: Any

    @functools.cached_property
    def params(self) -> Any:
        """The traced form of the look."""
        return self.family.env.build(self.config)

    def start(self, seed: int) -> Any:
        """The first state of the episode of a seed."""
        return compiled(self.family.env.reset)(jax.random.key(seed), self.params)

    def step(self, state: Any, action: int | jax.Array) -> Any:
        """The next state."""
        return compiled(self.family.env.step)(state, np.int32(action), self.params)[0]

    def draw(self, state: Any) -> np.ndarray:
        """What people see of a state, (H, W or more, 3) u8."""
        return np.asarray(compiled(self.family.people.view)(state, self.params))

    def metrics(self, state: Any) -> dict[str, jax.Array]:
        """The metrics of the episode so far."""
        return jax.device_get(compiled(self.family.env.metrics)(state.latent, self.params.physics))

    def scripted(self, state: Any) -> jax.Array:
        """The action of the scripted player in a state, () i32."""
        return compiled(self.family.people.scripted)(state, self.params)


class Episode:
    """The episode of a seed under a look, as far as it has been played."""

    def __init__(self, stage: Stage, seed: int):
        self.stage, self.seed = stage, seed
        self.actions: list[int] = []
        self.state = stage.start(seed)

    def act(self, action: int | jax.Array) -> Any:
        """Play one step and return the state it leads to; the action is 0..7."""
        self.actions.append(int(action))
        self.state = self.stage.step(self.state, action)
        return self.state

    @property
    def over(self) -> bool:
        """True if the time limit is reached."""
        return len(self.actions) >= self.stage.config.episode_length

    @property
    def measures(self) -> dict[str, float | bool]:
        """What the benchmark measures, so far: distance, progress, success (reached at least once), return."""
        found = {name: value.item() for name, value in self.stage.metrics(self.state).items()}
        success = {"success": found["success_rate"] > 0}
        return {name: (found | success)[name] for name in ("distance", "progress", "success", "return")}
