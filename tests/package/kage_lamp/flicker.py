"""An augmentation of flat observations: they become darker by chance."""

import jax

from kage.augment.augmentation import Augmentation
from kage.params import group, param


@group("augment")
class FlickerConfig(Augmentation):
    """Every observation is multiplied by a number of its own, between `least` and 1."""

    sees = ("vector",)

    name: str = param("flicker", "how observations are augmented", among=("flicker",))
    least: float = param(0.01, "the smallest factor", low=0, high=1)

    def __call__(self, key, obs, made=()):
        keys = jax.vmap(lambda i: jax.random.fold_in(key, i))(jax.numpy.arange(len(obs)))
        return obs * jax.vmap(lambda k: jax.random.uniform(k, (1,), minval=self.least))(keys)
