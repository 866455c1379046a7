"""What states of the first-person world are made of, in the words of `kage explain`. Lengths in cells."""

import jax
import jax.numpy as jnp

from kage.first_person import latent as latents
from kage.first_person.env import Params, State
from kage.first_person.level import middle, solid_at
from kage.first_person.physics import COS, ONE, SIN, UNITS

LAYERS = ("goal", "npc", "wall", "distractor")  # front to back, names of `kage.first_person.render.Masks`
EVENTS = ("lost, on the spot", "lost, on other ways", "goals")


def numbers(state: State, params: Params) -> dict[str, jax.Array]:
    """What a good decision needs, () f32 each: the goal as the agent sees it, the length of the shortest way to it, and
    whether a wall is half a cell ahead."""
    latent, size = state.latent, params.physics.size
    goal_x, goal_y = middle(latent.goal, size)
    ahead, right = latents.ahead(latent, goal_x - latent.x, goal_y - latent.y)
    dx, dy = (jnp.asarray(table)[latent.heading] * (UNITS // 2) >> ONE for table in (COS, SIN))
    lengths = {"goal ahead": ahead, "goal to the right": right, "way to the goal": latent.way}
    told = {name: value.astype(jnp.float32) / UNITS for name, value in lengths.items()}
    return told | {"wall ahead": solid_at(latent.walls, latent.x + dx, latent.y + dy).astype(jnp.float32)}


def events(before: State, after: State, params: Params) -> dict[str, jax.Array]:
    """What a step adds to the accounts of its episode, () f32 each. `lost, ...`: 1 if the way to the goal got no
    shorter, by whether the agent moved."""
    one, two = before.latent, after.latent
    lost = two.shortened <= one.shortened
    moved = (one.x != two.x) | (one.y != two.y)
    told = {"lost, on the spot": lost & ~moved, "lost, on other ways": lost & moved, "goals": two.goals > one.goals}
    return {name: value.astype(jnp.float32) for name, value in told.items()}
