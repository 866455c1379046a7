"""The option `agent=paired_dr`: PPO on one look that decides alike when the same states are seen under other looks."""

from collections.abc import Mapping
from typing import Any, ClassVar

from kage.lazy import lazy
from kage.methods.config import PPOConfig
from kage.methods.drac import DrACConfig
from kage.params import group, param, ranges

auxiliaries, paired = lazy("kage.methods.auxiliary"), lazy("kage.methods.paired")


@group("agent")
class PairedDRConfig(DrACConfig):
    """drac's parameters; in place of augmented frames, the world draws the same states again with other parameters.

    Only a simulator can do that, so what it reaches is a bound for methods that have nothing but frames.
    """

    uses: ClassVar[tuple[str, ...]] = PPOConfig.uses
    track: ClassVar[str] = "privileged"

    name: str = param("paired_dr", "the method", among=("paired_dr",))
    vary: dict[str, list[float]] = param({}, "parameters of the other looks, with the lowest and the highest value: "
                                         "{filters.brightness: [-0.5, 0.5]}")  # fmt: skip

    def rules(self):
        super().rules()
        ranges("agent.vary", self.vary)

    @property
    def twin(self) -> Mapping[str, list[float]]:
        """What the levels of the task draw under which states are seen again."""
        return self.vary

    def auxiliary(self, task, net, twin) -> Any:
        if not self.weight or not self.fraction:
            return auxiliaries.Auxiliary()
        return paired.Paired(self, net, None, twin)
