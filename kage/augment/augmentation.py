"""What every augmentation is: a function of a key and the frames of one sample. Importing this file does not start JAX.

Values of pixels are bytes before and after. So no gradient flows to frames, and an encoder sees the same type as ever.
N: samples; k: frames of an observation, which lie in it one after the other, three channels each.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from kage.lazy import lazy

if TYPE_CHECKING:
    import jax
else:
    jax = lazy("jax")
jnp, memory = lazy("jax.numpy"), lazy("kage.materialise")


class Augmentation:
    """The base of every option of the group `augment`, which overrides `one`, and `prepare` if it needs pictures.

    It never mirrors, turns or scales a frame, and moves no pixel by more than its parameters say: left and right, up
    and down decide which action is right.
    """

    sees: ClassVar[tuple[str, ...]] = ("pixels",)  # the observations that it can change

    def prepare(self, key: jax.Array, shape: tuple[int, ...]) -> Any:
        """What is made once per training, a pytree of arrays; shape: of an observation, (3 k, H, W)."""
        return ()

    def one(self, key: jax.Array, frames: jax.Array, made: Any) -> jax.Array:
        """The frames of one sample, (k, 3, H, W) u8, all changed in the same way. made: the result of `prepare`."""
        raise NotImplementedError

    def __call__(self, key: jax.Array, obs: jax.Array, made: Any = ()) -> jax.Array:
        """Observations (N, 3 k, H, W) u8, each changed by a draw of its own, which does not depend on N."""
        keys = jax.vmap(partial(jax.random.fold_in, key))(jnp.arange(len(obs)))
        frames = obs.reshape(len(obs), -1, 3, *obs.shape[2:])
        changed = jax.vmap(self.one, (0, 0, None))(keys, frames, made).reshape(obs.shape)
        return memory.materialise(changed)  # else an encoder computes each pixel again for every patch that holds it

    def build(self) -> Augmentation:
        """The augmentation itself, because its parameters are all it needs."""
        return self

    @property
    def track(self) -> str:
        """The usual parameters are the same for all shifts; one that is changed may have been chosen for a shift."""
        return "agnostic" if self == type(self)(name=self.name) else "informed"


def shares(frames: jax.Array) -> jax.Array:
    """Bytes as numbers in 0..1."""
    return frames.astype(jnp.float32) / 255


def as_bytes(values: jax.Array) -> jax.Array:
    """Numbers in 0..1 as bytes, rounded; others are clipped."""
    return jnp.round(jnp.clip(values, 0, 1) * 255).astype(jnp.uint8)
