"""Refuse what is given but shows nothing: a list of pictures while the background is black."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from kage.family import World
from kage.launch.compose.grid import Choice
from kage.launch.compose.names import at, parameter
from kage.launch.compose.schema import world_keys
from kage.params import ConfigError, fault, setting_text, value_text

EVAL = "eval"


class Effects:
    """Which of the keys that a command gives have an effect.

    A key needs one only somewhere among the points that choose the same options: where a grid holds
    `eval.distractors.count=0,3`, the size of the distractors has an effect in the second point.
    """

    def __init__(self, groups: Collection[str]):
        self.groups = groups  # of option files
        self.found: dict[tuple, ConfigError | None] = {}  # options and key -> why it has no effect; None: it has one

    def note(self, point: Sequence[Choice], worlds: Sequence[World], values: Mapping, changes: Mapping) -> None:
        """Note the keys of one point. worlds: the training world, and that of the evaluation look if there is one.
        values, changes: the composed values, and what the evaluation look changes."""
        options = tuple(choice.option for choice in point if choice.key in self.groups)
        if changes:
            self.judge((options, EVAL), changes, EVAL, worlds[-1:])
        for choice in point:
            shifted, key = choice.key.startswith(f"{EVAL}."), parameter(choice.key.removeprefix(f"{EVAL}."))
            if shifted:
                self.judge((options, choice.key), at(changes, key), f"{EVAL}.{key}", worlds[-1:])
            elif key.partition(".")[0] in world_keys() and key not in self.groups:
                self.judge((options, choice.key), at(values, key), key, worlds)

    def judge(self, name: tuple, value: object, key: str, worlds: Sequence[World]) -> None:
        """Note whether one of the parameters that a key sets has an effect in one of the worlds. name: the options of
        the point, and the key as it was given."""
        lacks = [(leaf, given, world.lacking(leaf.removeprefix(f"{EVAL}.")), world)
                 for leaf, given in leaves_of(value, key) for world in worlds]  # fmt: skip
        if lacks and all(lack for _, _, lack, _ in lacks):
            self.found.setdefault(name, no_effect(*lacks[0], name[0]))
        else:
            self.found[name] = None

    def refuse_none(self) -> None:
        """Raise ConfigError for the first key that has no effect anywhere."""
        for error in filter(None, self.found.values()):
            raise error


def no_effect(
    key: str, value: object, lack: Mapping[str, object], world: World, options: Sequence[str]
) -> ConfigError:
    """The error for a parameter that has no effect, with what has to be set besides. options: those of the command."""
    front, now = f"{EVAL}." if key.startswith(f"{EVAL}.") else "", world.flat()
    why = " and ".join(f"{front}{other} is {value_text(now[other])}" for other in lack)
    besides = " and ".join(setting_text(f"{front}{other}", wanted) for other, wanted in lack.items())
    where = f" with {' '.join(options)}" if options else ""
    return fault(key, value, f"it has no effect{where}, because {why}; set {besides} besides")


def leaves_of(value: object, key: str) -> Iterator[tuple[str, object]]:
    """The parameters that a value sets, by dotted key. Null says that a way to name pictures is not used."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from leaves_of(inner, f"{key}.{name}")
    elif value is not None:
        yield key, value
