"""What a method may add to PPO, in five places. A method overrides those it needs and leaves the rest.

The additions never touch PPO's own random numbers: their keys come from a stream of their own, their parameters live in
a state of their own, and a term that is absent is not in the program. So PPO with an auxiliary that adds nothing is PPO
bit by bit. One auxiliary per method: two are one that calls both.

T: steps of a rollout, N: environments, B: samples of a minibatch.
"""

from typing import Any

import jax

from kage.methods.rollout import Batch, Rollout

Metrics = dict[str, jax.Array]  # name -> () f32


class Auxiliary:
    """Adds nothing."""

    keeps_states = False  # does `Rollout.states` hold the environment states that the observations show?

    def init(self, key: jax.Array, params: Any, obs: Any) -> Any:
        """The state at step 0, a pytree of arrays: models, the state of an optimiser, statistics. obs: (N, ...)."""
        return ()

    def see(self, state: Any, key: jax.Array, obs: Any) -> Any:
        """What is acted on and learnt from in place of obs (N, ...). Evaluation sees the observation itself."""
        return obs

    def loss(
        self, params: Any, state: Any, batch: Batch, rollout: Rollout, key: jax.Array
    ) -> tuple[jax.Array, Metrics] | None:
        """A term added to PPO's loss on a minibatch, () f32, and its metrics; None: there is no term."""
        return None

    def step(
        self, params: Any, state: Any, batch: Batch, rollout: Rollout, key: jax.Array
    ) -> tuple[Any, Any, Metrics]:
        """After each minibatch: parameters and state, perhaps improved by an objective of their own, and metrics."""
        return params, state, {}

    def end(self, state: Any, rollout: Rollout, metrics: Metrics, key: jax.Array) -> Any:
        """After each update: the state for the next one. metrics: those of the update."""
        return state
