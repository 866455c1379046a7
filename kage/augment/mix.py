"""The option `augment=mix`: each sample is augmented in one of several ways."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from kage.augment.augmentation import Augmentation
from kage.augment.blur import BlurConfig
from kage.augment.cutout import CutoutConfig
from kage.augment.gray import GrayConfig
from kage.augment.jitter import JitterConfig, NearJitterConfig
from kage.augment.light import LightConfig
from kage.augment.noise import NoiseConfig
from kage.augment.overlay import OverlayConfig
from kage.augment.pixelate import PixelateConfig
from kage.augment.random_conv import RandomConvBiasConfig, RandomConvConfig
from kage.augment.shift import ShiftConfig
from kage.lazy import lazy
from kage.params import fault, group, param

if TYPE_CHECKING:
    import jax
else:
    jax = lazy("jax")
jnp, choice = lazy("jax.numpy"), lazy("kage.augment.choice")

BANK = {cls().name: cls for cls in (ShiftConfig, JitterConfig, NearJitterConfig, GrayConfig, RandomConvConfig,
                                    RandomConvBiasConfig, OverlayConfig, CutoutConfig, NoiseConfig, LightConfig,
                                    BlurConfig, PixelateConfig)}  # fmt: skip


@group("augment")
class MixConfig(Augmentation):
    """Several augmentations with their usual parameters. Of the samples, each of them changes as many.

    Which samples an augmentation changes is drawn for all of them together, so it depends on their number.
    """

    name: str = param("mix", "how frames are augmented", among=("mix",))
    parts: list[str] = param(["shift", "jitter", "random_conv", "overlay", "cutout", "noise"], "the augmentations",
                             among=tuple(BANK), empty=False)  # fmt: skip

    def rules(self):
        if len(set(self.parts)) < len(self.parts):
            raise fault("augment.parts", self.parts, "a list in which each augmentation is named once")

    @cached_property
    def options(self) -> list[Augmentation]:
        """The augmentations."""
        return [BANK[name]() for name in self.parts]

    @property
    def track(self) -> str:
        """Every part has its usual parameters."""
        return "agnostic"

    def prepare(self, key: jax.Array, shape: tuple[int, ...]) -> tuple:
        """What each augmentation makes."""
        return tuple(part.prepare(jax.random.fold_in(key, i), shape) for i, part in enumerate(self.options))

    def __call__(self, key: jax.Array, obs: jax.Array, made: Any = ()) -> jax.Array:
        """Observations (N, 3 k, H, W) u8, of which each augmentation has changed as many."""
        order = jax.random.permutation(jax.random.fold_in(key, len(self.parts)), len(obs))
        ends = [round(len(obs) * (i + 1) / len(self.parts)) for i in range(len(self.parts))]
        groups = [obs[order[start:end]] for start, end in zip([0, *ends], ends, strict=False)]
        changed = [part(jax.random.fold_in(key, i), group, own)
                   for i, (part, group, own) in enumerate(zip(self.options, groups, made, strict=True))]
        return jnp.zeros_like(obs).at[order].set(jnp.concatenate(changed))

    def by(self, which: jax.Array, key: jax.Array, obs: jax.Array, made: Any) -> jax.Array:
        """Observations changed by one of the augmentations alone; which: () i32, its place in `parts`."""
        ways = [lambda key, obs, made, i=i, part=part: part(key, obs, made[i]) for i, part in enumerate(self.options)]
        return choice.one_of(ways, which, key, obs, made)
