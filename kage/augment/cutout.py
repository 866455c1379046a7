"""The option `augment=cutout`: a box covers a part of the frame."""

from kage.augment.augmentation import Augmentation
from kage.lazy import lazy
from kage.params import group, ordered, param

jax, jnp = lazy("jax"), lazy("jax.numpy")


@group("augment")
class CutoutConfig(Augmentation):
    """One box per sample, half of them black and half of a random colour. It may cover the agent: to avoid that, one
    would have to know where it is."""

    name: str = param("cutout", "how frames are augmented", among=("cutout",))
    least: float = param(0.1, "shortest side of the box, as a share of the frame", low=0, high=1)
    most: float = param(0.33, "longest side of the box, as a share of the frame", low=0, high=1)

    def rules(self):
        ordered(self, "least", "most")

    def one(self, key, frames, made):
        k_side, k_place, k_black, k_color = jax.random.split(key, 4)
        size = jnp.array(frames.shape[-2:])
        side = jnp.round(size * jax.random.uniform(k_side, (2,), minval=self.least, maxval=self.most))
        first = jnp.floor(jax.random.uniform(k_place, (2,)) * (size - side + 1))
        (top, left), (bottom, right) = first, first + side
        y, x = jnp.arange(frames.shape[-2])[:, None], jnp.arange(frames.shape[-1])
        inside = (top <= y) & (y < bottom) & (left <= x) & (x < right)
        color = jax.random.randint(k_color, (3, 1, 1), 0, 256) * jax.random.bernoulli(k_black)
        return jnp.where(inside, color.astype(jnp.uint8), frames)
