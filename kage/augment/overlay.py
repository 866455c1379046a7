"""The option `augment=overlay`: frames are mixed with pictures made by chance."""

from kage.augment import textures
from kage.augment.augmentation import Augmentation
from kage.lazy import lazy
from kage.params import group, param

jnp = lazy("jax.numpy")


@group("augment")
class OverlayConfig(Augmentation):
    """Mixes frames with one of many pictures of colours, gradients, clouds, stripes and scattered shapes.

    The pictures are made once per training from its key; no picture of a world is among them.
    """

    name: str = param("overlay", "how frames are augmented", among=("overlay",))
    weight: float = param(0.5, "share of the picture in the mix", low=0, high=1)
    pictures: int = param(512, "pictures made for a training", low=1)

    def prepare(self, key, shape):
        return textures.table(key, self.pictures, shape[-2:])

    def one(self, key, frames, made):
        picture = textures.pick(key, made)
        return jnp.round((1 - self.weight) * frames + self.weight * picture).astype(jnp.uint8)
