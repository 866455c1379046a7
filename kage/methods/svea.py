"""The option `agent=svea`: PPO whose values are learnt from augmented frames too, and that decides alike on them."""

import dataclasses
from typing import Any

from kage.lazy import lazy
from kage.methods.drac import DrACConfig
from kage.params import group, param

auxiliaries, consistent = lazy("kage.methods.auxiliary"), lazy("kage.methods.consistency")


@group("agent")
class SVEAConfig(DrACConfig):
    """PPO's hyper-parameters. Of the value loss, clean and augmented frames have half each, against the same targets,
    which come from clean frames; and the term weight * KL(pi(o) || pi(t(o))) is added, with pi(o) a fixed target.

    Unlike drac, values of augmented frames are fitted to returns, not to values of clean ones. They are not clipped.
    """

    name: str = param("svea", "the method", among=("svea",))
    value_part: float = param(0.5, "share of augmented frames in the value loss", low=0, high=1, cost=False)

    @property
    def active(self) -> bool:
        """True if augmented frames have any part in the loss."""
        return bool(self.fraction and (self.weight or self.value_part))

    def auxiliary(self, task, net, augment) -> Any:
        return consistent.Fitted(self, net, augment) if self.active else auxiliaries.Auxiliary()

    def build(self, **parts):
        method = super().build(**parts)
        clean = self.value_weight * (1 - self.value_part * self.active)
        return dataclasses.replace(method, config=dataclasses.replace(self, value_weight=clean))
