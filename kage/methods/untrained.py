"""The options `agent=random` and `agent=noop`: their scores show what a task gives without learning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from kage.lazy import lazy
from kage.params import group, param

if TYPE_CHECKING:
    import jax

    from kage.networks.policy import Policy
    from kage.task import ActionSpec, Task

jnp, policies = lazy("jax.numpy"), lazy("kage.networks.policy")

NEVER = -1e9  # logit of an action that is never drawn; finite, so that entropy and KL stay numbers


@group("agent")
class UntrainedConfig:
    """An agent that learns nothing: what a task gives to actions drawn evenly, or to no action at all."""

    uses: ClassVar[tuple[str, ...]] = ()
    batch: ClassVar[int] = 1

    name: str = param("random", "random: every action is equally probable; noop: the action that does nothing",
                      among=("random", "noop"))  # fmt: skip

    @property
    def label(self) -> str:
        """The method's name in tables."""
        return self.name

    def updates(self, total_steps: int) -> int:
        """0, because the policy of step 0 is the only one."""
        return 0

    def build(self, task: Task, **unused: Any) -> Untrained:
        """The method on a task."""
        return Untrained(self.name, task)


@dataclass(frozen=True)
class FixedActor:
    """A `kage.method.Actor` whose policy is always the same."""

    name: str  # "random" or "noop"
    actions: ActionSpec

    def start(self, n: int) -> tuple:
        """Nothing is remembered."""
        return ()

    def act(self, params, obs, memory, first: jax.Array, key) -> tuple[Policy, tuple]:
        """The policy for n = len(first) environments."""
        logits = []
        for size, idle in zip(self.actions.nvec, self.actions.idle, strict=True):
            part = jnp.zeros(size) if self.name == "random" else jnp.full(size, NEVER).at[idle].set(0.0)
            logits.append(jnp.broadcast_to(part, (len(first), size)))
        return policies.Policy(tuple(logits)), memory


@dataclass(frozen=True)
class Untrained:
    """A `kage.method.Method` without updates. Its learner is the key alone."""

    name: str
    task: Task

    @property
    def actor(self) -> FixedActor:
        """The actor, which evaluation uses."""
        return FixedActor(self.name, self.task.actions)

    def init(self, key: jax.Array) -> dict[str, jax.Array]:
        """A learner at step 0, which never changes."""
        return {"key": key}

    def update(self, learner: dict[str, jax.Array], index: jax.Array) -> tuple[dict[str, jax.Array], dict]:
        """Nothing is learnt."""
        return learner, {}

    def policy(self, learner: dict[str, jax.Array]) -> tuple:
        """There are no parameters."""
        return ()
