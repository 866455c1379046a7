"""PPO whose values are kept small: a method with one term, one number and a state of its own."""

import jax.numpy as jnp

from kage.methods.auxiliary import Auxiliary
from kage.methods.config import PPOConfig
from kage.params import group, param


@group("agent")
class ModestConfig(PPOConfig):
    """PPO and a penalty on the size of values."""

    name: str = param("modest", "the method", among=("modest",))
    weight: float = param(0.1, "weight of the penalty", low=0)

    def auxiliary(self, task, net):
        return Modesty(net, self.weight)


class Modesty(Auxiliary):
    """Adds the mean square of the values."""

    def __init__(self, net, weight):
        self.net, self.weight = net, weight

    def init(self, key, params, obs):
        return jnp.int32(0)

    def loss(self, params, state, batch, rollout, key):
        if not self.weight:
            return None
        size = (self.net.apply(params, batch.obs)[1] ** 2).mean()
        return self.weight * size, {"size": size}

    def end(self, state, rollout, metrics, key):
        return state + 1
