"""The option `agent=ucb_drac`: drac that learns which augmentation serves it."""

from typing import Any, ClassVar

from kage.lazy import lazy
from kage.methods.drac import DrACConfig
from kage.params import group, param

auxiliaries, bandits = lazy("kage.methods.auxiliary"), lazy("kage.methods.bandit")


@group("agent")
class UCBDrACConfig(DrACConfig):
    """drac's parameters, and those of a bandit that chooses one augmentation of `augment=mix` for each update.

    It chooses by rewards in training, so it cannot know which shift will be asked for.
    """

    chooses: ClassVar[bool] = True  # between the parts of an augmentation

    name: str = param("ucb_drac", "the method", among=("ucb_drac",))
    exploration: float = param(0.1, "weight of what was tried rarely", low=0, cost=False)
    window: int = param(10, "updates of an augmentation of which the mean reward counts", low=1, cost=False)

    def auxiliary(self, task, net, augment) -> Any:
        if not self.weight or not self.fraction:
            return auxiliaries.Auxiliary()
        return bandits.Bandit(self, net, augment)
