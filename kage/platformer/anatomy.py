"""What states of the platformer are made of, in the words of `kage explain`. Distances in px, speeds in px/step."""

import jax
import jax.numpy as jnp

from kage.look.pixel import as_int
from kage.platformer.env import Params, State, dosed
from kage.platformer.latent import Latent
from kage.platformer.level import ground_top
from kage.platformer.physics import Physics

LAYERS = ("agent", "npc", "ground", "distractor")  # front to back, names of `kage.platformer.render.Masks`
SIGHT = 64  # px, how far ahead the next step is looked for
KINDS = ("flat", "low step up", "middle step up", "high step up", "low step down", "middle step down",
         "high step down")  # of places; low, middle and high: thirds of the heights that steps can have  # fmt: skip
EVENTS = (*(f"lost, {kind}" for kind in KINDS), "steps up", "jump missing", "jump too early", "jump too late")


def numbers(state: State, params: Params) -> dict[str, jax.Array]:
    """What a good decision needs, () f32 each. A step down has a negative height; if there is no step within `SIGHT`,
    its height is 0 and its distance `SIGHT`."""
    latent, physics = state.latent, dosed(params, state.doses).physics
    stair = front(latent, physics) // physics.run_width
    ahead = stair + jnp.arange(1, SIGHT // physics.run_width + 2)
    distance = ahead * physics.run_width - front(latent, physics)
    rise = ground_top(latent.heights, stair, physics) - ground_top(latent.heights, ahead, physics)
    seen = (rise != 0) & (distance <= SIGHT)
    first = jnp.argmax(seen)
    return {
        "height of the next step": jnp.where(seen.any(), rise[first], 0).astype(jnp.float32),
        "distance of the next step": jnp.where(seen.any(), distance[first], SIGHT).astype(jnp.float32),
        "speed": latent.vx,
        "vertical speed": latent.vy,
        "grounded": latent.grounded.astype(jnp.float32),
    }


def events(before: State, after: State, params: Params) -> dict[str, jax.Array]:
    """What a step adds to the accounts of its episode, () f32 each.

    `lost, <kind>`: 1 if the agent got no further than it had been, by the kind of place where it was. `steps up`: 1 if
    it came to a step up for the first time. Then, if the step stopped it: `jump missing` on the ground, `jump too late`
    while rising, `jump too early` while falling.
    """
    one, two, physics = before.latent, after.latent, dosed(params, before.doses).physics
    lost = two.x_max <= one.x_max
    place = kind(one, physics)
    old, new = ((as_int(x) + physics.half_width + 1) // physics.run_width for x in (one.x_max, two.x_max))
    top = ground_top(two.heights, new, physics)
    reached = (new > old) & (top < ground_top(two.heights, new - 1, physics))
    stopped = reached & (as_int(two.y) + physics.half_height >= top)
    told = {
        "steps up": reached,
        "jump missing": stopped & two.grounded,
        "jump too late": stopped & ~two.grounded & (two.vy < 0),
        "jump too early": stopped & ~two.grounded & (two.vy >= 0),
    }
    where = {f"lost, {name}": lost & (place == i) for i, name in enumerate(KINDS)}
    return {name: value.astype(jnp.float32) for name, value in (where | told).items()}


def kind(latent: Latent, physics: Physics) -> jax.Array:
    """The kind of the stair under the agent's front, () i32 in `KINDS`: how the ground changes at its end."""
    stair = front(latent, physics) // physics.run_width
    here, there = (ground_top(latent.heights, stair + i, physics) for i in (0, 1))
    size, least = abs(here - there), physics.min_step_height * physics.pix_per_unit
    most = physics.max_step_height * physics.pix_per_unit
    third = (3 * size > 2 * least + most).astype(jnp.int32) + (3 * size > least + 2 * most)
    return jnp.where(size == 0, 0, jnp.where(there < here, 1, 4) + third)


def front(latent: Latent, physics: Physics) -> jax.Array:
    """The agent's foremost column, () i32 px."""
    return as_int(latent.x) + physics.half_width
