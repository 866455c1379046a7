"""The option `agent=netrand`: PPO behind a random convolution, which is new for every update."""

from typing import Any

from kage.lazy import lazy
from kage.methods.config import PPOConfig
from kage.params import group, param

auxiliaries, randomised = lazy("kage.methods.auxiliary"), lazy("kage.methods.randomised")


@group("agent")
class NetRandConfig(PPOConfig):
    """PPO's hyper-parameters. All environments act on, and learn from, frames after the same random convolution, and
    the embedding of such a frame is pulled towards that of the clean frame, a fixed target.
    """

    name: str = param("netrand", "the method", among=("netrand",))
    weight: float = param(0.002, "weight of the squared distance of embeddings; 0: no such term", low=0)
    identity: float = param(0.1, "probability that frames of an update stay as they are; 1: plain PPO", low=0, high=1,
                            cost=False)  # fmt: skip
    bias: bool = param(False, "add a random number to each channel too; without it, black stays black")
    fraction: float = param(1.0, "share of each minibatch whose embeddings are compared", low=0, high=1)
    mc: int = param(0, "when measured, decisions are the mean over so many random convolutions (Monte Carlo); 0: "
                       "frames are clean", low=0, neutral=0, cost=False)  # fmt: skip

    @property
    def label(self) -> str:
        """The method's name in tables."""
        return self.name + "-bias" * self.bias + f"-mc{self.mc}" * bool(self.mc)

    def auxiliary(self, task, net) -> Any:
        if self.identity == 1:
            return auxiliaries.Auxiliary()
        return randomised.Randomised(self, task, net)
