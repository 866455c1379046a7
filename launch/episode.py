"""One episode of a look, played one action at a time: by a person, from a recording, or for a film."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from kage.look.sprites import STEPS_PER_SECOND
from kage.look.worlds import LookFamily

compiled = functools.cache(jax.jit)


@dataclass(frozen=True)
class Stage:
    """A look that is played: its family and its configuration."""

    family: LookFamily
    config: Any

    rate = STEPS_PER_SECOND

    @property
    def keys(self) -> Mapping[str, int]:
        """Name of a key -> bits of an action."""
        return self.family.people.KEYS

    @property
    def help(self) -> str:
        """What the keys do."""
        return self.family.people.HELP

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

    def is_over(self, episode: "Episode") -> bool:
        """True if the time limit is reached."""
        return len(episode.actions) >= self.config.episode_length

    def title(self, episode: "Episode") -> str:
        """The seed, and how it goes."""
        state = "over, R goes on" if self.is_over(episode) else f"step {len(episode.actions)}"
        progress, total = (episode.measures[name] for name in ("progress", "return"))
        return f"KAGE, seed {episode.seed}: {state}, progress {progress:.0%}, return {total:.1f}"

    def columns(self, episode: "Episode") -> dict[str, str]:
        """What an episode reached, by the head of the column."""
        (unit,) = {metric.unit for metric in self.family.metrics if metric.name == "distance"}
        distance, progress, success, total = episode.measures.values()
        shown = {"seed": str(episode.seed), "steps": str(len(episode.actions)), f"distance ({unit})": f"{distance:.1f}"}
        success = "yes" if success else "no"
        return shown | {"progress": f"{progress:.3f}", "success": success, "return": f"{total:.2f}"}


class Episode:
    """The episode of a seed on a stage, a look or levels, as far as it has been played."""

    def __init__(self, stage: Any, seed: int):
        self.stage, self.seed = stage, seed
        self.actions: list[int] = []
        self.state = stage.start(seed)

    def act(self, action: int | jax.Array) -> Any:
        """Play one step and return the state it leads to; the action is bits, in a look 0..7."""
        self.actions.append(int(action))
        self.state = self.stage.step(self.state, action)
        return self.state

    @property
    def over(self) -> bool:
        """True if the episode has ended."""
        return self.stage.is_over(self)

    @property
    def measures(self) -> dict[str, float | bool]:
        """What the benchmark measures, so far: distance, progress, success (reached at least once), return."""
        found = {name: value.item() for name, value in self.stage.metrics(self.state).items()}
        success = {"success": found["success_rate"] > 0}
        return {name: (found | success)[name] for name in ("distance", "progress", "success", "return")}
