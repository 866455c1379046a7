"""The option `augment=light`: a soft light falls on frames."""

from kage.augment.augmentation import Augmentation, as_bytes, shares
from kage.augment.textures import smoothed
from kage.lazy import lazy
from kage.params import group, param

jax, jnp = lazy("jax"), lazy("jax.numpy")


@group("augment")
class LightConfig(Augmentation):
    """Adds light of a random colour, stronger in some places and weaker in others, without edges between them."""

    name: str = param("light", "how frames are augmented", among=("light",))
    cells: int = param(4, "places across the frame whose light is drawn", low=2)
    most: float = param(0.5, "the light's strength lies between 0 and this; 1 is the range of a channel", low=0, high=1)

    def one(self, key, frames, made):
        k_field, k_color, k_strength = jax.random.split(key, 3)
        down, across = (smoothed(self.cells, side) for side in frames.shape[-2:])
        field = down @ jax.random.uniform(k_field, (self.cells, self.cells)) @ across.T
        color = jax.random.uniform(k_color, (3, 1, 1))
        return as_bytes(shares(frames) + jax.random.uniform(k_strength, maxval=self.most) * color * field)
