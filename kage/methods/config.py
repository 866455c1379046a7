"""The option `agent=ppo`, which other methods build on. Importing this file does not start JAX; `build` does."""

from typing import Any, ClassVar

from kage.params import fault, group, param


@group("agent")
class PPOConfig:
    """Hyper-parameters of PPO; the defaults are the paper's (appendix, Table 4).

    A method that adds something to PPO inherits these parameters, adds its own, and overrides `auxiliary`.
    """

    # The sections that decide what is learnt.
    uses: ClassVar[tuple[str, ...]] = ("encoder", "memory", "curriculum", "start")

    name: str = param("ppo", "the method", among=("ppo",))
    num_envs: int = param(128, "environments stepped together, per seed", low=1)
    num_steps: int = param(128, "steps of each environment between updates", low=1)
    minibatches: int = param(8, "minibatches of an epoch", low=1)
    epochs: int = param(3, "passes over a rollout", low=1)
    learning_rate: float = param(5e-4, "Adam's learning rate", above=0, cost=False)
    learning_rate_warmup: int = param(0, "environment steps over which the learning rate grows from 0", low=0,
                                      cost=False, neutral=0)  # fmt: skip
    learning_rate_decay: int = param(0, "environment steps, times `longer`, after which the learning rate has fallen "
                                     "evenly to 0; 0: it stays", low=0, cost=False, neutral=0)  # fmt: skip
    gamma: float = param(0.999, "discount per step", low=0, high=1, cost=False)
    gae_lambda: float = param(0.95, "lambda of the advantage estimate", low=0, high=1, cost=False)
    clip: float = param(0.2, "clipping range of the probability ratio", above=0, cost=False)
    value_clip: float = param(0.2, "clipping range of the value", above=0, cost=False)
    entropy_weight: float = param(0.01, "weight of the entropy bonus", low=0, cost=False)
    value_weight: float = param(0.5, "weight of the value loss", low=0, cost=False)
    max_gradient_norm: float = param(0.5, "gradients are scaled down to this norm", above=0, cost=False)
    adam_eps: float = param(1e-5, "Adam's epsilon", above=0, cost=False)
    reward_scale: float = param(1.0, "factor on rewards inside the learner, never on reported returns", above=0,
                                cost=False)  # fmt: skip
    longer: float = param(1.0, "trains this many times the steps of the budget, to compare methods at equal compute",
                          above=0, cost=False, neutral=1.0)  # fmt: skip
    piece: int | None = param(
        None, "minibatches hold pieces of so many steps of an environment, a divisor of num_steps; null: single steps, "
        "with a memory whole rollouts", low=1, neutral=None,
    )  # fmt: skip
    truncation: str = param(
        "bootstrap", "time limit: bootstrap from the final observation, or treat it as terminal as the paper does",
        among=("bootstrap", "terminal"),
    )  # fmt: skip
    hidden: list[int] = param([], "widths of the hidden layers of actor and critic, with tanh; each has its own", low=1,
                              neutral=[])  # fmt: skip

    def rules(self):
        if self.num_envs * self.num_steps % self.minibatches:
            raise fault("agent.minibatches", self.minibatches,
                        f"a divisor of num_envs * num_steps, which is {self.num_envs * self.num_steps}")
        if self.piece is not None and self.num_steps % self.piece:
            raise fault("agent.piece", self.piece, f"a divisor of num_steps, which is {self.num_steps}")
        if self.piece is not None and self.batch // self.piece % self.minibatches:
            raise fault("agent.minibatches", self.minibatches, "a divisor of the pieces of a rollout, "
                        f"num_envs * num_steps / piece, which are {self.batch // self.piece}")  # fmt: skip

    @property
    def label(self) -> str:
        """The method's name in tables; a method with variants adds the variant."""
        return self.name if self.longer == 1 else f"{self.name}-x{self.longer:g}"

    @property
    def heads(self) -> tuple[int, ...]:
        """Widths of the hidden layers of actor and critic."""
        return tuple(self.hidden)

    @property
    def batch(self) -> int:
        """Environment steps of one update."""
        return self.num_envs * self.num_steps

    def updates(self, total_steps: int) -> int:
        """Whole updates in this many environment steps times `longer`, at least one."""
        return max(1, int(total_steps * self.longer) // self.batch)

    def auxiliary(self, task, net) -> Any:
        """What the method adds to PPO, a `kage.methods.auxiliary.Auxiliary`; PPO itself adds nothing.

        If `uses` of a method names the section `augment`, the method's function is given `augment` as well, a
        `kage.augment.augmentation.Augmentation`.
        """
        from kage.methods.auxiliary import Auxiliary

        return Auxiliary()

    def build(self, task, encoder, memory, curriculum, **parts):
        """The method on a task; encoder, memory, curriculum and augment as their options build them."""
        from kage.methods.ppo import PPO
        from kage.networks.actor_critic import ActorCritic

        net = ActorCritic(encoder, task.actions, memory, self.heads)
        return PPO(self, task, net, curriculum, self.auxiliary(task, net, **parts))
