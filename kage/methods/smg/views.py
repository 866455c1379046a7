"""Views of frames: the same moment in another look, made without the world."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from kage.augment import textures
from kage.augment.augmentation import Augmentation, as_bytes, shares
from kage.augment.jitter import JitterConfig
from kage.augment.light import LightConfig
from kage.augment.noise import NoiseConfig
from kage.augment.overlay import OverlayConfig
from kage.augment.random_conv import RandomConvBiasConfig
from kage.materialise import materialise
from kage.methods.smg.losses import blend

KINDS = (OverlayConfig(), RandomConvBiasConfig(), JitterConfig(), LightConfig(), NoiseConfig())
BANK: dict[str, Augmentation] = {option.name: option for option in KINDS}
ATTRIBUTION = "attribution"


def pictures(key: jax.Array, made: Any, obs: jax.Array) -> jax.Array:
    """A picture for each observation (N, 3 k, H, W), the same for all its frames, u8 of the same shape.

    made: a table of pictures, see `kage.augment.textures`.
    """
    found = jax.vmap(lambda key: textures.pick(key, made))(jax.random.split(key, len(obs)))
    return jnp.tile(found, (1, obs.shape[1] // 3, 1, 1))


def attribution(mask: jax.Array, obs: jax.Array, picture: jax.Array) -> jax.Array:
    """Observations (N, 3 k, H, W) u8 where the mask (N, k, H, W) is 1, pictures where it is 0; u8."""
    return materialise(as_bytes(blend(mask, shares(obs), shares(picture))))


def groups(views: Sequence[str], n: int) -> list[tuple[str, slice]]:
    """Which of n samples get which view: the name of each, with its samples. Views named twice lie together."""
    found, named, start = [], 0, 0
    for name in dict.fromkeys(views):
        named += views.count(name)
        end = round(n * named / len(views))
        if end > start:
            found.append((name, slice(start, end)))
        start = end
    return found


def changed(
    views: Sequence[str], key: jax.Array, obs: jax.Array, made: Any, attribute: Callable[[jax.Array, slice], jax.Array]
) -> jax.Array:
    """Observations (N, 3 k, H, W) u8, each as one of the views shows it. Samples are in random order before.

    made: a table of pictures; attribute: gives the attribution views of a slice of the samples.
    """
    parts = []
    for i, (name, which) in enumerate(groups(views, len(obs))):
        k_view = jax.random.fold_in(key, i)
        parts.append(attribute(k_view, which) if name == ATTRIBUTION else BANK[name](k_view, obs[which], made))
    return jnp.concatenate(parts)
