"""The option `agent=rad`: PPO whose policy acts on augmented frames and learns from what it acted on."""

from typing import Any, ClassVar

from kage.lazy import lazy
from kage.methods.config import PPOConfig
from kage.params import group, param

auxiliaries, views = lazy("kage.methods.auxiliary"), lazy("kage.methods.views")


@group("agent")
class RADConfig(PPOConfig):
    """PPO's hyper-parameters. Policy and value see the same augmented frame, drawn anew for each step and environment.

    The frame that was acted on is also the one that is learnt from, so probability ratios are exact. Augmenting only
    while learning would make them wrong.
    """

    uses: ClassVar[tuple[str, ...]] = (*PPOConfig.uses, "augment")

    name: str = param("rad", "the method", among=("rad",))
    augmented: float = param(1.0, "share of the environments whose frames are augmented; 0: plain PPO", low=0, high=1)

    def auxiliary(self, task, net, augment) -> Any:
        count = round(self.augmented * self.num_envs)
        return views.Views(augment, count) if count else auxiliaries.Auxiliary()
