"""The contracts of methods and actors: all that training and evaluation know about agents."""

from typing import Any, Protocol

import jax

from kage.networks.policy import Policy
from kage.task import Task


class Actor(Protocol):
    """What chooses actions: all that evaluation and agreement know about a trained policy."""

    def start(self, n: int) -> Any:
        """The empty memory of n environments, a pytree of arrays (n, ...); () without a memory."""

    def act(self, params: Any, obs: Any, memory: Any, first: jax.Array, key: jax.Array) -> tuple[Policy, Any]:
        """The policy on observations (n, ...), and the memory after this step.

        first (n,) bool: where this observation begins an episode, the memory is cleared before it is read. key: for
        the few policies that draw something besides the action.
        """


class Method(Protocol):
    """How a policy is learnt, for one seed; `kage.train` trains several."""

    task: Task  # the training task
    actor: Actor

    def init(self, key: jax.Array, policy: Any = None) -> Any:
        """A learner at step 0, a pytree of arrays: everything that is needed to continue the training.

        policy: the parameters of the actor to begin with, as `policy` gives them; None: new ones. A method that learns
        nothing needs no such argument.
        """

    def update(self, learner: Any, index: jax.Array) -> tuple[Any, dict[str, jax.Array]]:
        """One update and its metrics, () f32 each. index: () i32, updates done before, the same for all seeds."""

    def policy(self, learner: Any) -> Any:
        """The parameters of the actor: these are measured and kept."""
