"""The option `agent=soda`: PPO on clean frames, and an encoder that also learns to ignore how frames are changed."""

from typing import Any, ClassVar

from kage.lazy import lazy
from kage.methods.config import PPOConfig
from kage.params import group, param

auxiliaries, projection = lazy("kage.methods.auxiliary"), lazy("kage.methods.projection")


@group("agent")
class SODAConfig(PPOConfig):
    """PPO's hyper-parameters, and those of a second objective with an optimiser of its own: after each minibatch the
    encoder learns to predict, from augmented frames, what a slow copy of it makes of the clean ones.
    """

    uses: ClassVar[tuple[str, ...]] = (*PPOConfig.uses, "augment")

    name: str = param("soda", "the method", among=("soda",))
    samples: int = param(128, "samples of each minibatch that the second objective learns from; 0: plain PPO", low=0)
    soda_learning_rate: float = param(3e-4, "Adam's learning rate of the second objective; 0: plain PPO", low=0,
                                      cost=False)  # fmt: skip
    average: float = param(0.005, "how much of the encoder enters its slow copy, after each minibatch", low=0, high=1,
                           cost=False)  # fmt: skip
    hidden: int = param(1024, "width of the hidden layers of projection and prediction", low=1)
    projected: int = param(256, "length of the vectors that are compared", low=1)

    @property
    def heads(self) -> tuple[int, ...]:
        """None: here `hidden`, which this method has had for longer, is about the second objective."""
        return ()

    def auxiliary(self, task, net, augment) -> Any:
        if not self.samples or not self.soda_learning_rate:
            return auxiliaries.Auxiliary()
        return projection.Projection(self, net, augment)
