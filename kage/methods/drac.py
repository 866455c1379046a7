"""The option `agent=drac`: PPO with a penalty where augmented frames change the decision."""

from typing import Any, ClassVar

from kage.lazy import lazy
from kage.methods.config import PPOConfig
from kage.params import group, param

auxiliaries, consistent = lazy("kage.methods.auxiliary"), lazy("kage.methods.consistency")


@group("agent")
class DrACConfig(PPOConfig):
    """PPO's hyper-parameters, and those of a term that compares decisions on clean and on augmented frames:

        weight * (KL(pi(o) || pi(t(o))) + value_part * 1/2 ((V(t(o)) - V(o)) / s)^2)

    t(o) is an augmented frame, drawn anew for each sample and minibatch; pi(o) and V(o) are fixed targets; s is the
    standard deviation of the minibatch's value targets, because rewards are not normalised. With a memory, a sample is
    one step of a sequence; `whole_pieces` gives a sequence one draw, as one episode would have one look.
    """

    uses: ClassVar[tuple[str, ...]] = (*PPOConfig.uses, "augment")
    policy_part: ClassVar[float] = 1.0

    name: str = param("drac", "the method", among=("drac",))
    weight: float = param(0.5, "weight of the term; 0: plain PPO", low=0, cost=False)
    value_part: float = param(0.5, "weight of values in the term, in which policies have weight 1", low=0, cost=False)
    fraction: float = param(1.0, "share of each minibatch that is augmented; 0: plain PPO", low=0, high=1)
    warmup: int = param(0, "environment steps over which the weight grows from 0", low=0, cost=False)
    whole_pieces: bool = param(False, "all steps of a sequence from which a memory learns are augmented by one draw",
                               neutral=False)  # fmt: skip

    def auxiliary(self, task, net, augment) -> Any:
        if not self.weight or not self.fraction:
            return auxiliaries.Auxiliary()
        return consistent.Consistency(self, net, augment)
