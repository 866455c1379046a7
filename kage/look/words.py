"""What a look changes of another one, in words: only what is seen of them."""

from collections.abc import Callable
from typing import Any

from kage.look.config import PICTURES, SKINS, STICKY_SKINS, WALL_PICTURES
from kage.look.configuration import difference, groups
from kage.params import chosen, lacking, value_text

ASSETS = ("assets/backgrounds/", "assets/sprites/")  # folders that are not named: bg-1.png, skeleton


def change_in_words(train: Any, shifted: Any) -> str:
    """The change from one look to another: background black -> purple, filters.brightness 0 -> 1.

    What each group shows is said first (see `SUBJECTS`). Then come the other parameters that differ and have an effect
    in the second look; one that has none in the first look has no value there. "no change" if nothing is left.
    """
    changed, said = difference(train, shifted), []
    for group in ("", *groups(train)):
        keys = {key.rpartition(".")[2] for key in changed if key.rpartition(".")[0] == group}
        one, other = (getattr(look, group) if group else look for look in (train, shifted))
        for name, words, own in SUBJECTS.get(group, ()):
            before, after = words(one), words(other)
            if before != after:
                said.append(f"{name} {before} -> {after}")
            keys -= own
        for key in sorted(keys, key=list(type(other).__dataclass_fields__).index):
            path = f"{group}.{key}" if group else key
            if not lacking(other, key):
                before = "" if lacking(one, key) else f"{either(getattr(one, key))} -> "
                said.append(f"{path} {before}{either(getattr(other, key))}")
    return ", ".join(said) or "no change"


def either(value: object) -> str:
    """A value in words; of a list of names, one is drawn."""
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return " or ".join(value)
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else value_text(value)


def paths(config, names: tuple[str, ...]) -> str:
    """The pictures or skins that a group names: bg-1.png or bg-2.png."""
    key = chosen(config, names)
    value = getattr(config, key) if key else "nothing"
    values = [value] if isinstance(value, str) else value
    for folder in ASSETS:
        values = [path.removeprefix(folder) for path in values]
    return " or ".join(values) if key != names[0] else f"all of {values[0]}"


def background(config) -> str:
    """What is drawn behind everything."""
    if config.mode == "image":
        return paths(config, PICTURES)
    return either(config.color_names) if config.mode == "color" else config.mode


def character(config) -> str:
    """What the agent looks like."""
    if config.use_sprites:
        return paths(config, SKINS)
    return f"{either(config.shape_colors)} {either(config.shape_types)}"


def npcs(config) -> str:
    """The skins of the NPCs of the world."""
    return paths(config, SKINS) if config.enabled and config.max_npc_count else "none"


def sticky_npcs(config) -> str:
    """The skins of the NPCs beside the agent."""
    return paths(config, STICKY_SKINS) if config.sticky_enabled and config.max_sticky_count else "none"


def distractors(config) -> str:
    """How many distractors of which look."""
    if not config.enabled or not config.count:
        return "none"
    return f"{config.count} x {either(config.shape_colors)} {either(config.shape_types)}"


def lights(config) -> str:
    """How many point lights."""
    return f"{config.point_light_count} lights" if config.point_light_enabled else "none"


def walls(config) -> str:
    """What is drawn on walls; nothing in a world without walls."""
    texture = getattr(config, "wall_texture", "")
    return paths(config, WALL_PICTURES) if texture == "picture" else texture


# group -> what is said of it: name, words, and the parameters that these words tell
SUBJECTS: dict[str, tuple[tuple[str, Callable[..., str], set[str]], ...]] = {
    "background": (("background", background, {"mode", "color_names", *PICTURES}),),
    "character": (("character", character, {"use_sprites", "use_shape", "shape_types", "shape_colors", *SKINS}),),
    "npc": (("npc", npcs, {"enabled", *SKINS}), ("npc.sticky", sticky_npcs, {"sticky_enabled", *STICKY_SKINS})),
    "distractors": (("distractors", distractors, {"enabled", "count", "shape_types", "shape_colors"}),),
    "layout": (("walls", walls, {"wall_texture", *WALL_PICTURES}),),
    "effects": (("effects", lights, {"point_light_enabled", "point_light_count"}),),
}
