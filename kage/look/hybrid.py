"""Frames that are in part of one look and in part of another one, of the same state, and a task that shows them.

The difference of the two frames, training look minus evaluation look, is split into parts that add up to it exactly. A
hybrid is the evaluation look plus some of the parts: with none of them it is the evaluation look, with all of them the
training look, bit by bit.
"""

from typing import Any

import jax
import jax.numpy as jnp
from flax import struct

from kage.look.task import LookTask, max_pool
from kage.materialise import materialise
from kage.task import Around, Step

OWNER = "owner"  # a way to split a frame: by the layer that owns a pixel
HALVES = {"colour": ("brightness", "colour"), "detail": ("coarse", "fine")}  # other ways, each in two parts
BACKGROUND = "background"  # owns what no layer shows
LUMA = (0.299, 0.587, 0.114)  # weights of red, green and blue, ITU-R BT.601
COARSE = 8  # px, the side of the cells of which the coarse part of a frame is made


@struct.dataclass
class HybridState:
    """A state under both looks, and the parts in which they differed so far."""

    train: Any
    shifted: Any
    differs: jax.Array  # (parts,) bool


@struct.dataclass
class Hybrid(Around):
    """A task that is observed as a hybrid of two looks with the same dynamics, which are stepped side by side.

    Beside the metrics of the evaluation look it measures `differs <i>`: 1 if any frame of the episode differed in part
    i. A part that never differed could have been replaced or not: the episodes are the same. One program plays all
    hybrids, because what is split and replaced is traced.
    """

    train: LookTask
    shifted: LookTask
    split: jax.Array  # () i32, 0: by owner, i: the i-th of HALVES
    replaced: jax.Array  # (parts,) bool, the parts that are of the training look; parts: the most that a split has
    layers: tuple[str, ...] = struct.field(pytree_node=False)  # that own pixels, front to back

    @property
    def task(self) -> LookTask:
        """The evaluation look; actions, episodes and levels of the training look are the same."""
        return self.shifted

    def reset(self, key: jax.Array, level: Any) -> tuple[HybridState, jax.Array]:
        """A new episode under both looks."""
        states = self.train.reset(key, level)[0], self.shifted.reset(key, level)[0]
        return self.seen(HybridState(*states, jnp.zeros(len(self.replaced), bool)))

    def step(self, state: HybridState, action: jax.Array) -> tuple[HybridState, Step]:
        """One step under both looks; rewards and metrics are those of the evaluation look, which are the same."""
        train, _ = self.train.step(state.train, action)
        shifted, step = self.shifted.step(state.shifted, action)
        state, obs = self.seen(HybridState(train, shifted, state.differs))
        told = {f"differs {i}": differs.astype(jnp.float32) for i, differs in enumerate(state.differs)}
        return state, step._replace(obs=obs, metrics=step.metrics | told)

    def observe(self, state: HybridState) -> jax.Array:
        """What the agent sees of a state."""
        return self.seen(state)[1]

    def seen(self, state: HybridState) -> tuple[HybridState, jax.Array]:
        """The state with what its own frames differ in, and the observation."""
        frame, differs = self.frame(state)
        return state.replace(differs=state.differs | differs), max_pool(frame, self.shifted.pool)

    def frame(self, state: HybridState) -> tuple[jax.Array, jax.Array]:
        """The hybrid before pooling, (3, H, W) u8, and in which parts the two looks differ, (parts,) bool."""
        both = (self.train, state.train), (self.shifted, state.shifted)
        one, other = (materialise(task.replace(pool=1).observe(it)).astype(jnp.int16) for task, it in both)
        difference, count = one - other, len(self.replaced)
        ways = [lambda: by_owner(difference, self.owner(state), count), lambda: by_brightness(difference, count),
                lambda: by_detail(difference, count)]  # fmt: skip
        parts = jax.lax.switch(self.split, ways)
        chosen = jnp.where(self.replaced[:, None, None, None], parts, 0).sum(0, dtype=jnp.int16)
        return jnp.clip(other + chosen, 0, 255).astype(jnp.uint8), (parts != 0).any((1, 2, 3))

    def owner(self, state: HybridState) -> jax.Array:
        """Whose each pixel is, (H, W) i32: the place of the foremost layer that either look shows there, and of the
        background the next number."""
        both = (self.train, state.train), (self.shifted, state.shifted)
        one, other = (task.env.masks(it, task.params) for task, it in both)
        shown = [getattr(one, name) | getattr(other, name) for name in self.layers]
        return jnp.argmax(jnp.stack([*shown, jnp.ones_like(shown[0])]), axis=0)


# Each splits a difference of frames (3, H, W) i16 into parts (count, 3, H, W) i16 that add up to it.


def by_owner(difference: jax.Array, owner: jax.Array, count: int) -> jax.Array:
    """The pixels of each owner; owner: (H, W) i32 in 0..count-1."""
    return jnp.where((owner == jnp.arange(count)[:, None, None])[:, None], difference, 0)


def by_brightness(difference: jax.Array, count: int) -> jax.Array:
    """The difference in brightness, the same in the three colours of a pixel, and the rest."""
    luma = jnp.tensordot(jnp.asarray(LUMA), difference.astype(jnp.float32), 1)
    return halves(difference, jnp.broadcast_to(luma, difference.shape), count)


def by_detail(difference: jax.Array, count: int) -> jax.Array:
    """The difference shrunk to cells of `COARSE` px and enlarged again, both linearly, and the rest."""
    colours, height, width = difference.shape
    cells = (colours, -(-height // COARSE), -(-width // COARSE))
    shrunk = jax.image.resize(difference.astype(jnp.float32), cells, "linear")
    return halves(difference, jax.image.resize(shrunk, difference.shape, "linear"), count)


def halves(difference: jax.Array, first: jax.Array, count: int) -> jax.Array:
    """A part f32, rounded, the rest, and parts in which nothing is."""
    first = jnp.round(first).astype(jnp.int16)
    return jnp.stack([first, difference - first, *[jnp.zeros_like(first)] * (count - 2)])
