"""What a method may add to PPO, in six places. An auxiliary overrides only the functions that it needs.

Additions never change PPO's own random numbers: their keys come from a separate stream, their parameters are kept in a
separate state, and a term that is absent is not in the program. So PPO with an auxiliary that adds nothing equals PPO
bit by bit. A method has one auxiliary; to have two, write one that calls both.

T: steps of a rollout, N: environments, B: samples of a minibatch.
"""

from typing import Any

import jax

from kage.methods.rollout import Batch, Rollout
from kage.networks.actor_critic import ActorCritic, NetworkActor

Metrics = dict[str, jax.Array]  # name -> () f32


class Auxiliary:
    """The auxiliary that adds nothing."""

    keeps_states = False  # true: `Rollout.states` holds the environment states of the observations

    def init(self, key: jax.Array, params: Any, obs: Any) -> Any:
        """The state at step 0, a pytree of arrays: models, the state of an optimiser, statistics. obs: (N, ...)."""
        return ()

    def see(self, state: Any, key: jax.Array, obs: Any) -> Any:
        """The observations to act on and to learn from in place of obs (N, ...). Evaluation uses obs itself."""
        return obs

    def actor(self, net: ActorCritic) -> NetworkActor:
        """What evaluation acts by: the network on frames as they are."""
        return NetworkActor(net)

    def loss(
        self, params: Any, state: Any, batch: Batch, rollout: Rollout, key: jax.Array
    ) -> tuple[jax.Array, Metrics] | None:
        """A term added to PPO's loss on a minibatch, () f32, and its metrics; None: there is no term."""
        return None

    def step(
        self, params: Any, state: Any, batch: Batch, rollout: Rollout, key: jax.Array
    ) -> tuple[Any, Any, Metrics]:
        """Called after each minibatch: parameters and state, perhaps improved by another objective, and metrics."""
        return params, state, {}

    def end(self, state: Any, rollout: Rollout, metrics: Metrics, key: jax.Array) -> Any:
        """Called after each update: the state for the next update. metrics: those of this update."""
        return state
