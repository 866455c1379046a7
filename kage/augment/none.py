"""The option `augment=none`: frames as they are. It is the choice of methods that augment nothing."""

from kage.params import group, param


@group("augment")
class NoAugmentConfig:
    """Nothing is augmented."""

    name: str = param("none", "how frames are augmented", among=("none",), neutral="none")
