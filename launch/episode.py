"""One episode, played one action at a time: by a person, from a recording, or for a film."""

import jax
import numpy as np

from kage.platformer import env

reset, step, measure = jax.jit(env.reset), jax.jit(env.step), jax.jit(env.measures)


class Episode:
    """The episode of a seed under a look, as far as it has been played."""

    def __init__(self, params: env.Params, seed: int):
        self.params, self.seed = params, seed
        self.actions: list[int] = []
        self.state = reset(jax.random.key(seed), params)

    def act(self, action: int | jax.Array) -> env.State:
        """Play one step and return the state it leads to; the action is 0..7."""
        self.actions.append(int(action))
        self.state, _ = step(self.state, np.int32(action), self.params)
        return self.state

    @property
    def over(self) -> bool:
        """True if the time limit is reached."""
        return len(self.actions) >= self.params.physics.episode_length

    @property
    def measures(self) -> dict[str, float | bool]:
        """What the benchmark measures, so far: distance (px), progress, success (reached at least once), return."""
        measured = jax.device_get(measure(self.state.latent, self.params.physics))
        names = {"distance": "passed_distance", "progress": "progress", "success": "success_once", "return": "return"}
        return {name: measured[source].item() for name, source in names.items()}
