"""The level seen from above, for people: never an observation."""

import jax
import jax.numpy as jnp

from kage.first_person.latent import Latent, ahead
from kage.first_person.level import middle, solids
from kage.first_person.physics import UNITS

FLOOR, WALL, GOAL, AGENT = (40, 40, 40), (150, 150, 150), (255, 215, 0), (255, 255, 255)  # RGB
DOT = 300  # units, radius of the goal; the agent is a wedge of this length


def above(latent: Latent, side: int) -> jax.Array:
    """The map, north up, side x side px, (3, side, side) u8: walls, the goal as a dot, the agent as a wedge that points
    where it looks."""
    size = len(latent.walls)
    place = (jnp.arange(side) * size * UNITS + size * UNITS // 2) // side  # units
    x, y = place[None, :], place[:, None]
    goal_x, goal_y = middle(latent.goal, size)
    front, right = ahead(latent, x - latent.x, y - latent.y)
    layers = (
        (solids(latent.walls)[x // UNITS, y // UNITS], WALL),
        ((x - goal_x) ** 2 + (y - goal_y) ** 2 <= DOT**2, GOAL),
        ((front >= -DOT) & (front <= DOT) & (2 * abs(right) <= DOT - front), AGENT),
    )
    picture = jnp.broadcast_to(jnp.uint8(FLOOR)[:, None, None], (3, side, side))
    for mask, color in layers:
        picture = jnp.where(mask, jnp.uint8(color)[:, None, None], picture)
    return picture
