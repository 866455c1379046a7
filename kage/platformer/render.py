"""Draw the layers of a look, back to front: background, distractors, ground, NPCs, agent, filters, lights.

Frames are channel-planar, (3, H, W) uint8, because a CPU vectorises work on one plane per colour. `to_hwc` gives the
usual picture.
"""

import jax
import jax.numpy as jnp
from flax import struct

from kage.look import background, character, distractors, effects, filtering, npc, sprites
from kage.look import visual as visuals
from kage.look.chance import Chance
from kage.look.config import BackgroundConfig
from kage.look.pixel import as_int
from kage.look.shapes import fill
from kage.look.visual import Visual
from kage.materialise import materialise
from kage.platformer import figures, layout
from kage.platformer.latent import Latent
from kage.platformer.level import screen_rows
from kage.platformer.physics import Physics

DISTRACTOR, GROUND, NPC, AGENT = 1, 2, 3, 4  # values that `masks` paints instead of colours, one per layer


@struct.dataclass
class Look:
    """Everything that is seen. Which layers exist is static; an absent layer is None and costs nothing."""

    height: int = struct.field(pytree_node=False)  # px
    width: int = struct.field(pytree_node=False)  # px
    background: background.Background
    distractors: distractors.Distractors | None
    ground: layout.Ground
    world: npc.World | None
    sticky: npc.Sticky | None
    character: character.Character
    filters: filtering.Filters | None
    lights: effects.Lights | None


@struct.dataclass
class Masks:
    """Which layer each pixel belongs to, as (H, W) bool. No pixel is in two masks; one in none shows the background."""

    agent: jax.Array
    ground: jax.Array
    npc: jax.Array  # NPCs of the world and sticky NPCs
    distractor: jax.Array


def build(config) -> Look:
    """The look of a `kage.platformer.config.Config`. Raises `ConfigError` for pictures and skins that cannot be
    read."""
    size = config.H, config.W
    world, sticky = npc.build(config.npc, *size)
    return Look(
        height=config.H,
        width=config.W,
        background=background.build(config.background, *size),
        distractors=distractors.build(config.distractors, *size),
        ground=layout.build(config.layout),
        world=world,
        sticky=sticky,
        character=character.build(config.character, *size),
        filters=filtering.build(config.filters),
        lights=effects.build(config.effects),
    )


def init(look: Look, chance: Chance, physics: Physics) -> Visual:
    """The visual state at the start of an episode."""
    return visuals.init(look, chance, lambda seed: layout.init(look.ground, seed), physics)


def advance(look: Look, visual: Visual, latent: Latent, physics: Physics) -> Visual:
    """The visual state after a step that led to `latent`."""
    visual = visuals.advance(look, visual, latent.t, physics)
    return visual.replace(character=character.advance(look.character, visual.character, latent.vx))


def recall(look: Look, visual: Visual, latent: Latent, physics: Physics) -> Visual:
    """The visual state that `look` would have now if the whole episode had been played under `look`.

    `visual` is the state of any look; a state of `look` itself does not change. What moves by itself is moved again,
    once per step since the start. How long the agent has been moving depends on its past speeds, so every look counts
    this, and the count is copied.
    """
    start = init(look, visual.chance, physics)
    now = jax.lax.fori_loop(0, latent.t, lambda t, v: advance(look, v, latent.replace(t=t + 1), physics), start)
    return now.replace(character=now.character.replace(moving=visual.character.moving))


def render(look: Look, visual: Visual, latent: Latent, physics: Physics) -> jax.Array:
    """The frame, (3, H, W) u8."""
    height, width = look.height, look.width
    frame = background.draw(look.background, visual.background, latent.camera_x, height, width)
    frame = jnp.broadcast_to(frame, (3, height, width))
    if look.distractors is not None:
        frame = distractors.draw(look.distractors, visual.distractors, frame, latent.t)

    first, last = screen_rows(latent.heights, as_int(latent.camera_x), width, physics)
    frame = fill(frame, *layout.draw(look.ground, visual.layout, first, last, height))

    if look.world is not None:
        frame = figures.draw_world(look.world, visual.world, frame, latent, physics)
    if look.sticky is not None:
        frame = figures.draw_sticky(look.sticky, visual.sticky, frame, latent, physics)
    cx, cy = as_int(latent.x - latent.camera_x), as_int(latent.y + 1)
    frame = character.draw(look.character, visual.character, frame, cx, cy)

    if look.filters is not None:
        frame = filtering.apply(look.filters, frame, visual.filters, latent.t)
    return frame if look.lights is None else effects.draw(look.lights, visual.chance.lights, frame)


def masks(look: Look, visual: Visual, latent: Latent, physics: Physics) -> Masks:
    """Which layer each pixel of the frame belongs to, found by drawing every layer with its number as colour.

    A pixel belongs to the layer that was drawn on it last, even if that layer is nearly transparent there. Masks
    describe the picture before filters and lights, even where pixelation or blur spreads colours to other pixels.
    """

    def flat(layer, number):
        if layer is None:
            return None
        if hasattr(layer, "skins"):
            return layer.replace(skins=sprites.flat(layer.skins, number))
        return layer.replace(colors=jnp.full_like(layer.colors, number))

    numbered = look.replace(
        background=background.build(BackgroundConfig(mode="black"), look.height, look.width),
        distractors=flat(look.distractors, DISTRACTOR),
        ground=flat(look.ground, GROUND),
        world=flat(look.world, NPC),
        sticky=flat(look.sticky, NPC),
        character=flat(look.character, AGENT),
        filters=None,
        lights=None,
    )
    owner = materialise(render(numbered, visual, latent, physics)[0])
    return Masks(agent=owner == AGENT, ground=owner == GROUND, npc=owner == NPC, distractor=owner == DISTRACTOR)


def to_hwc(frame: jax.Array) -> jax.Array:
    """A frame as the usual picture, (H, W, 3) u8."""
    return jnp.moveaxis(frame, -3, -1)
