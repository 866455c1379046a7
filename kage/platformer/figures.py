"""NPCs on the platforms, and beside the agent."""

import jax
import jax.numpy as jnp
from flax import struct

from kage.look import sprites
from kage.look.hashing import between, hash32, random_index
from kage.look.npc import COUNT, PLACE, SKIN, Homes, Sticky, StickyState, World, homes, largest
from kage.look.pixel import as_int
from kage.platformer.latent import Latent
from kage.platformer.level import ground_top
from kage.platformer.physics import Physics

FIRST_X = 200  # px, NPCs of the world keep this distance from both ends of the level


@struct.dataclass
class Stands:
    """Where the NPCs of the world stand in an episode; entries from index `count` on are unused."""

    count: jax.Array  # () i32
    skin: jax.Array  # (most,) i32
    x: jax.Array  # (most,) i32 px, world column
    y: jax.Array  # (most,) i32 px, row of the middle


def stands(world: World, seed: jax.Array, latent: Latent, physics: Physics) -> Stands:
    """What an episode draws for the NPCs of the world, which stand on its level."""
    i = jnp.arange(world.most)
    last = max(FIRST_X + 100, physics.level_length - FIRST_X)
    x = FIRST_X + random_index(hash32(seed, PLACE, i), last - FIRST_X)
    ground = ground_top(latent.heights, jnp.minimum(x, physics.level_length - 1) // physics.run_width, physics)
    return Stands(
        count=between(hash32(seed, COUNT), *world.count_range),
        skin=random_index(hash32(seed, SKIN, i), world.skins.number),
        x=x,
        y=ground - physics.half_height - 2 - world.lift,
    )


def draw_world(world: World, seed: jax.Array, frame: jax.Array, latent: Latent, physics: Physics) -> jax.Array:
    """`frame` (3, H, W) u8 with the NPCs of the world; `seed` is the state of `init_world`."""
    drawn = stands(world, seed, latent, physics)
    return draw_all(world, drawn, frame, drawn.x - as_int(latent.camera_x), drawn.y + physics.half_height, latent.t)


def draw_sticky(sticky: Sticky, state: StickyState, frame: jax.Array, latent: Latent, physics: Physics) -> jax.Array:
    """`frame` (3, H, W) u8 with the sticky NPCs."""
    drawn = homes(sticky, state.seed, physics)
    cx = as_int(latent.x - latent.camera_x) + drawn.offset
    return draw_all(sticky, drawn, frame, cx, as_int(state.y) + physics.half_height, latent.t)


def draw_all(
    kind: World | Sticky, drawn: Stands | Homes, frame: jax.Array, cx: jax.Array, bottom: jax.Array, t: jax.Array
) -> jax.Array:
    """`frame` with the sprites of `drawn`, later ones in front; cx, bottom: (most,) i32 px, as in `sprites.draw`.

    The loop runs once per NPC on the fullest screen of the batch. A loop over all NPCs of a level would be much longer.
    """
    index = sprites.animate(kind.skins, drawn.skin, 0, t, kind.fps)
    i, reach = jnp.arange(kind.most), kind.skins.width
    seen = (i < drawn.count) & (cx > -reach) & (cx < frame.shape[2] + reach)
    # NPCs on the screen come first, in their order; the others are moved beside the screen.
    place = jnp.where(seen, jnp.cumsum(seen) - 1, -1)
    order = jnp.where(place == i[:, None], i, 0).sum(1)
    cx = jnp.where(i < seen.sum(), cx[order], -2 * reach)

    def one(k, frame):
        i = order[k]
        return sprites.draw(frame, kind.skins, drawn.skin[i], index[i], cx[k], bottom[i])

    return jax.lax.fori_loop(0, largest(seen.sum()), one, frame)
