"""The option `augment=pixelate`: frames become squares of one colour."""

from kage.augment.augmentation import Augmentation, as_bytes, shares
from kage.lazy import lazy
from kage.params import group, param

jax, jnp = lazy("jax"), lazy("jax.numpy")


@group("augment")
class PixelateConfig(Augmentation):
    """Gives every pixel of a square the mean of the square, so that no thin line is lost. Where the squares begin is
    drawn."""

    name: str = param("pixelate", "how frames are augmented", among=("pixelate",))
    size: int = param(2, "side of the squares", unit="px", low=1, high=8)

    def one(self, key, frames, made):
        size, (height, width) = self.size, frames.shape[-2:]
        rows, columns = (-(-(side + size - 1) // size) * size for side in (height, width))  # whole squares cover it all
        pads = [(0, 0), (0, 0), *((size - 1, whole - side) for whole, side in ((rows, height), (columns, width)))]
        top, left = jax.random.randint(key, (2,), 0, size)
        wide = jnp.pad(shares(frames), pads, mode="edge")
        shown = jax.lax.dynamic_slice(wide, (0, 0, top, left), (*frames.shape[:2], rows, columns))
        means = shown.reshape(*frames.shape[:2], rows // size, size, columns // size, size).mean((3, 5))
        squares = jnp.repeat(jnp.repeat(means, size, axis=2), size, axis=3)
        return as_bytes(jax.lax.dynamic_slice(squares, (0, 0, size - 1 - top, size - 1 - left), frames.shape))
