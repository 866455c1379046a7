"""The goal and NPCs: which figures a look has, where they stand, and their order from far to near."""

import jax
import jax.numpy as jnp
from flax import struct

from kage.first_person import billboard
from kage.first_person.billboard import Place, Texels
from kage.first_person.latent import Latent
from kage.first_person.level import choose, middle, solids
from kage.first_person.physics import UNITS
from kage.first_person.rays import Eye, Hits
from kage.look import character, npc, sprites
from kage.look.character import Character, CharacterState
from kage.look.hashing import between, hash32, random_index, random_unit
from kage.look.npc import COUNT, PLACE, SKIN, Sticky, StickyState, World

SWAY = 5  # what a random number is hashed for, beside those of `kage.look.npc`
COMPANIONS = 1.5  # cells, depth of sticky NPCs
HALF_HEIGHT = 12  # px from the middle of a sticky NPC, whose row its home gives, to its feet


@struct.dataclass
class Ground:
    """The floor as sticky NPCs jump on it, with the platformer's usual numbers; see `kage.look.npc.Ground`."""

    base_ground_y: int = struct.field(pytree_node=False, default=0)  # px row
    jump_force: float = struct.field(pytree_node=False, default=-7.5)  # px/step
    gravity: float = struct.field(pytree_node=False, default=0.75)  # px/step^2


GROUND = Ground()


@struct.dataclass
class Figures:
    """Several figures before the eye, (n,) each."""

    place: Place
    frame: jax.Array  # i32, of the texels
    own_width: jax.Array  # i32 px
    there: jax.Array  # bool, false for an unused entry


def in_world(world: World, seed: jax.Array, latent: Latent, eye: Eye, width: int) -> Figures:
    """The NPCs of the world: on free cells, up to a quarter of a cell from the middle."""
    i, size = jnp.arange(world.most), len(latent.walls)
    free = ~solids(latent.walls).ravel()
    x, y = middle(jax.vmap(lambda k: choose(free, seed, PLACE, k))(i), size)
    sway_x, sway_y = ((random_unit(hash32(seed, SWAY, i, axis)) - 0.5) / 2 for axis in (0, 1))
    place = billboard.place(eye, x / UNITS + sway_x, y / UNITS + sway_y, world.lift.astype(jnp.float32), width)
    skin = random_index(hash32(seed, SKIN, i), world.skins.number)
    return Figures(
        place=place.replace(lift=jnp.broadcast_to(place.lift, i.shape)),
        frame=sprites.animate(world.skins, skin, 0, latent.t, world.fps), own_width=world.skins.own_width[skin],
        there=i < between(hash32(seed, COUNT), *world.count_range),
    )  # fmt: skip


def beside(sticky: Sticky, state: StickyState, t: jax.Array, width: int, first: int) -> Figures:
    """Sticky NPCs, at their distance on the screen from its middle; first: of their frames among the texels."""
    home, i = npc.homes(sticky, state.seed, GROUND), jnp.arange(sticky.most)
    place = Place(
        depth=jnp.full(sticky.most, COMPANIONS), column=width / 2 + home.offset.astype(jnp.float32),
        lift=-(state.y + HALF_HEIGHT),
    )  # fmt: skip
    frame = first + sprites.animate(sticky.skins, home.skin, 0, t, sticky.fps)
    return Figures(place=place, frame=frame, own_width=sticky.skins.own_width[home.skin], there=i < home.count)


def draw(
    frame: jax.Array, goal: Character, worn: Texels | None, state: CharacterState, npcs: Texels | None,
    figures: Figures | None, latent: Latent, eye: Eye, hits: Hits,
) -> jax.Array:  # fmt: skip
    """`frame` (3, H, W) u8 with the goal and all figures, nearer ones in front. worn: the texels of the goal, if it is
    a sprite; npcs, figures: None without NPCs.

    The loops run once for each figure on the fullest screen of a batch.
    """
    _, height, width = frame.shape
    x, y = middle(latent.goal, len(latent.walls))
    place = billboard.place(eye, x / UNITS, y / UNITS, 0.0, width)
    if figures is None:
        return draw_goal(frame, goal, worn, state, place, hits, latent.t)
    parts = jax.vmap(lambda own_width, place: billboard.sprite_part(npcs, own_width, place, hits, height, width))(
        figures.own_width, figures.place)  # fmt: skip
    seen = figures.there & parts.seen
    depth = figures.place.depth
    order = jnp.argsort(jnp.where(seen, -depth, jnp.inf))
    behind, every = (seen & (depth > place.depth)).sum(), seen.sum()

    def one(frame, k, active):
        figure, part = jax.tree.map(lambda leaf: leaf[order[k]], (figures, parts))
        part = part.replace(seen=active)
        return billboard.draw_sprite(frame, npcs, figure.frame, figure.own_width, part, figure.place, hits)

    frame = jax.lax.fori_loop(0, npc.largest(behind), lambda k, frame: one(frame, k, k < behind), frame)
    frame = draw_goal(frame, goal, worn, state, place, hits, latent.t)
    front = every - behind
    return jax.lax.fori_loop(0, npc.largest(front), lambda k, frame: one(frame, behind + k, k < front), frame)


def draw_goal(
    frame: jax.Array, goal: Character, worn: Texels | None, state: CharacterState, place: Place, hits: Hits,
    t: jax.Array,
) -> jax.Array:  # fmt: skip
    """`frame` (3, H, W) u8 with the goal. It does not move, so it is animated, and turns, from the first step on."""
    if isinstance(goal, character.Sprite):
        steps = t if goal.animated else jnp.int32(0)
        index = sprites.animate(goal.skins, state.skin, goal.idle, steps, goal.fps)
        own_width = goal.skins.own_width[state.skin]
        part = billboard.sprite_part(worn, own_width, place, hits, *frame.shape[1:])
        return billboard.draw_sprite(frame, worn, index, own_width, part, place, hits)
    degrees = t * goal.rotation_speed % 360 if goal.rotates else jnp.float32(0)
    size, color = (goal.width, goal.height), goal.colors[state.color]
    return billboard.draw_shape(frame, goal.shapes, state.shape, degrees, size, color, place, hits)
