"""The changes that make an evaluation look, with those that a command line adds."""

from collections.abc import Sequence

from omegaconf import OmegaConf

from kage.launch.compose.files import Unusual, usual, with_value
from kage.launch.compose.tree import Tree


def with_overlay(changes: object, overrides: Sequence[str], tree: Tree) -> object:
    """What the evaluation look changes, after overrides of `eval` and of keys below it. These may add keys."""
    given = [tree.parse(text) for text in overrides]
    try:
        values = {"eval": changes}
        for override in given:
            values = with_value(values, override.key_or_group.split("."), usual(override.value()), add=True)
        return values["eval"]
    except Unusual:  # for example an index of a list, or an interpolation
        node = OmegaConf.create({"eval": changes})
        for override in given:
            OmegaConf.update(node, override.key_or_group, override.value(), merge=True, force_add=True)
        return OmegaConf.to_container(node)["eval"]
