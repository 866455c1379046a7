"""The option `augment=shift`: the frame is moved by a few pixels."""

from kage.augment.augmentation import Augmentation
from kage.lazy import lazy
from kage.params import group, param

jax, jnp = lazy("jax"), lazy("jax.numpy")


@group("augment")
class ShiftConfig(Augmentation):
    """Moves frames by whole pixels; the border is repeated where the frame leaves room."""

    name: str = param("shift", "how frames are augmented", among=("shift",))
    reach: float = param(1 / 32, "greatest shift, as a share of the frame's height: 4 px of 128; beyond twice as much "
                         "another action is right", low=0, high=1 / 16)  # fmt: skip

    def one(self, key, frames, made):
        reach = round(self.reach * frames.shape[-2])
        padded = jnp.pad(frames, [(0, 0), (0, 0), (reach, reach), (reach, reach)], mode="edge")
        top, left = jax.random.randint(key, (2,), 0, 2 * reach + 1)
        return jax.lax.dynamic_slice(padded, (0, 0, top, left), frames.shape)
