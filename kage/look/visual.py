"""What an episode has drawn at random of a look, group by group, and how that changes by itself from step to step."""

from collections.abc import Callable
from typing import Protocol

import jax
from flax import struct

from kage.look import background, character, distractors, filtering, npc
from kage.look.background import Background
from kage.look.chance import Chance
from kage.look.character import Character, CharacterState
from kage.look.distractors import Distractors, DistractorsState
from kage.look.filtering import Filters
from kage.look.hashing import hash32
from kage.look.npc import Ground, Sticky, StickyState, World


class Layers(Protocol):
    """The layers that every world's look has; an absent one is None."""

    background: Background
    character: Character
    distractors: Distractors | None
    world: World | None
    sticky: Sticky | None
    filters: Filters | None


@struct.dataclass
class Visual:
    """What the look drew at random for this episode, and how that has changed since. The dynamics never read it."""

    chance: Chance
    background: jax.Array  # () u32 the current draw
    distractors: DistractorsState | None
    layout: jax.Array  # () i32 index of what ground or walls show
    world: jax.Array | None  # () u32
    sticky: StickyState | None
    character: CharacterState
    filters: jax.Array | None  # () u32


def init(look: Layers, chance: Chance, layout: Callable[[jax.Array], jax.Array], ground: Ground) -> Visual:
    """The visual state at the start of an episode. layout: what ground or walls draw from a seed, () u32.

    Every layer has a seed of its own, the same in all worlds, so that adding a layer changes no other layer.
    """
    seed = chance.seed
    return Visual(
        chance=chance,
        background=background.init(look.background, hash32(seed, 0)),
        layout=layout(hash32(seed, 1)),
        character=character.init(look.character, hash32(seed, 2)),
        filters=None if look.filters is None else filtering.init(look.filters, hash32(seed, 3)),
        distractors=None if look.distractors is None else distractors.init(look.distractors, hash32(seed, 4)),
        world=None if look.world is None else npc.init_world(look.world, hash32(seed, 5)),
        sticky=None if look.sticky is None else npc.init_sticky(look.sticky, hash32(seed, 6), ground),
    )


def advance(look: Layers, visual: Visual, t: jax.Array, ground: Ground) -> Visual:
    """The visual state after step `t`, as far as it changes by itself."""
    visual = visual.replace(background=background.advance(look.background, visual.background, t))
    if look.distractors is not None:
        visual = visual.replace(distractors=distractors.advance(look.distractors, visual.distractors))
    if look.sticky is not None:
        visual = visual.replace(sticky=npc.advance_sticky(look.sticky, visual.sticky, t, ground))
    return visual
