"""Acting on augmented frames, and learning from the frames that were acted on."""

from dataclasses import dataclass
from typing import Any

import jax

from kage.augment.augmentation import Augmentation
from kage.methods.auxiliary import Auxiliary


@dataclass(frozen=True)
class Views(Auxiliary):
    """Augments the observations of the first `count` environments. The state is what the augmentation made."""

    augment: Augmentation
    count: int

    def init(self, key: jax.Array, params: Any, obs: Any) -> Any:
        """What the augmentation made."""
        return self.augment.prepare(key, obs.shape[1:])

    def see(self, state: Any, key: jax.Array, obs: Any) -> Any:
        """Observations (N, 3 k, H, W), those of the first environments augmented."""
        return obs.at[: self.count].set(self.augment(key, obs[: self.count], state))
