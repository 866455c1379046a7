"""Draw the layers of a look, back to front: sky, floor and walls, distractors, figures from far to near, filters,
lights. Frames are channel-planar, (3, H, W) uint8, as in the platformer.
"""

import dataclasses

import jax
import jax.numpy as jnp
from flax import struct

from kage.first_person import billboard, figures, rays, scene
from kage.first_person.latent import Latent
from kage.look import background, character, distractors, effects, filtering, npc
from kage.look import visual as visuals
from kage.look.chance import Chance
from kage.look.config import BackgroundConfig, DistractorsConfig
from kage.look.visual import Visual
from kage.materialise import materialise

SCREEN = 128  # px, the width of the screen for which sizes of distractors are given
DISTRACTOR, WALL, NPC, GOAL = 1, 2, 3, 4  # values that `masks` paints instead of colours, one per layer


@struct.dataclass
class Look:
    """Everything that is seen. Which layers exist is static; an absent layer is None and costs nothing."""

    height: int = struct.field(pytree_node=False)  # px
    width: int = struct.field(pytree_node=False)  # px
    background: background.Background
    floors: jax.Array | None  # (P, 3) u8, the floor of each picture; None without pictures
    distractors: distractors.Distractors | None
    walls: scene.Walls
    world: npc.World | None
    sticky: npc.Sticky | None
    npcs: billboard.Texels | None  # of the world, then of sticky NPCs
    character: character.Character  # the goal
    worn: billboard.Texels | None  # of the goal; None for a shape
    filters: filtering.Filters | None
    lights: effects.Lights | None


@struct.dataclass
class Masks:
    """Which layer each pixel belongs to, as (H, W) bool. No pixel is in two masks; one in none shows sky or floor."""

    goal: jax.Array
    wall: jax.Array
    npc: jax.Array  # NPCs of the world and sticky NPCs
    distractor: jax.Array


def build(config) -> Look:
    """The look of a `kage.first_person.config.FirstPersonConfig`. Raises `ConfigError` for pictures and skins that
    cannot be read."""
    size = config.H, config.W
    world, sticky = npc.build(config.npc, *size)
    goal, sky = character.build(config.character, *size), background.build(config.background, *size)
    worn = [kind.skins for kind in (world, sticky) if kind is not None]
    return Look(
        height=config.H,
        width=config.W,
        background=sky,
        floors=scene.floors(sky),
        distractors=distractors.build(on_screen(config.distractors, config.W), *size),
        walls=scene.build_walls(config.layout),
        world=world,
        sticky=sticky,
        npcs=billboard.texels(*worn) if worn else None,
        character=goal,
        worn=billboard.texels(goal.skins) if isinstance(goal, character.Sprite) else None,
        filters=filtering.build(config.filters),
        lights=effects.build(config.effects),
    )


def on_screen(config: DistractorsConfig, width: int) -> DistractorsConfig:
    """Distractors of a screen `width` px wide. Everything else is drawn as large as the screen allows, so the px of
    their sizes and speeds are those of a screen of 128 px."""
    scale = width / SCREEN
    sizes = {name: max(1, round(getattr(config, name) * scale)) for name in ("min_size", "max_size")}
    speeds = {name: getattr(config, name) * scale for name in ("min_speed", "max_speed")}
    return dataclasses.replace(config, **sizes, **speeds)


def init(look: Look, chance: Chance) -> Visual:
    """The visual state at the start of an episode."""
    return visuals.init(look, chance, lambda seed: scene.init_walls(look.walls, seed), figures.GROUND)


def advance(look: Look, visual: Visual, t: jax.Array) -> Visual:
    """The visual state after step `t`."""
    return visuals.advance(look, visual, t, figures.GROUND)


def recall(look: Look, visual: Visual, t: jax.Array) -> Visual:
    """The visual state that `look` would have after `t` steps if the whole episode had been played under `look`.

    `visual` is the state of any look; a state of `look` itself does not change.
    """
    start = init(look, visual.chance)
    return jax.lax.fori_loop(0, t, lambda k, v: advance(look, v, k + 1), start)


def render(look: Look, visual: Visual, latent: Latent) -> jax.Array:
    """The frame, (3, H, W) u8."""
    height, width = look.height, look.width
    eye = rays.eye(latent, width)
    hits = rays.cast(latent.walls, eye)
    frame = scene.draw(
        look.background, look.floors, visual.background, look.walls, visual.layout, latent.heading, eye, hits, height
    )  # fmt: skip
    if look.distractors is not None:
        frame = distractors.draw(look.distractors, visual.distractors, frame, latent.t)

    others = []
    if look.world is not None:
        others.append(figures.in_world(look.world, visual.world, latent, eye, width))
    if look.sticky is not None:
        first = 0 if look.world is None else len(look.world.skins.sheet)
        others.append(figures.beside(look.sticky, visual.sticky, latent.t, width, first))
    every = jax.tree.map(lambda *parts: jnp.concatenate(parts), *others) if others else None
    frame = figures.draw(frame, look.character, look.worn, visual.character, look.npcs, every, latent, eye, hits)

    if look.filters is not None:
        frame = filtering.apply(look.filters, frame, visual.filters, latent.t)
    return frame if look.lights is None else effects.draw(look.lights, visual.chance.lights, frame)


def masks(look: Look, visual: Visual, latent: Latent) -> Masks:
    """Which layer each pixel of the frame belongs to, found by drawing every layer with its number as colour.

    Masks describe the picture before filters and lights, even where pixelation or blur spreads colours.
    """

    def flat(layer, number):
        return None if layer is None else layer.replace(colors=jnp.full_like(layer.colors, number))

    numbered = look.replace(
        background=background.build(BackgroundConfig(mode="black"), look.height, look.width),
        floors=None,
        distractors=flat(look.distractors, DISTRACTOR),
        walls=scene.flat_walls(look.walls, WALL),
        npcs=None if look.npcs is None else billboard.flat(look.npcs, NPC),
        character=look.character if look.worn is not None else flat(look.character, GOAL),
        worn=None if look.worn is None else billboard.flat(look.worn, GOAL),
        filters=None,
        lights=None,
    )
    owner = materialise(render(numbered, visual, latent)[0])
    return Masks(goal=owner == GOAL, wall=owner == WALL, npc=owner == NPC, distractor=owner == DISTRACTOR)
