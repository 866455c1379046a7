"""Pictures of a state: every pixel against every shape, by signed distances.

Painted one over the other: floor, polygons, circles, joints, thrusters. Edges are smoothed over one pixel. Walls and
ceiling lie outside of the picture.
"""

import jax
import jax.numpy as jnp

from kage.kinetix.level import BLUE, GREEN, PLAIN, RED, SIDE
from kage.kinetix.sizes import STATIC, Size

FREE = {PLAIN: (160, 160, 160), GREEN: (0, 204, 0), BLUE: (0, 102, 204), RED: (255, 102, 102)}
FIXED = {PLAIN: (80, 80, 80), GREEN: (0, 102, 0), BLUE: (0, 51, 102), RED: (127, 51, 51)}
BINDINGS = ((255, 255, 0), (255, 0, 255), (0, 255, 255), (255, 153, 51))  # colours of what listens to the same input
WHITE, BLACK, NOZZLE = (255, 255, 255), (0, 0, 0), (93, 93, 93)
FLAME = (132, 196, 255)  # brightness of the flame, from its outside to its inside
FULL = 100  # px per metre, at which the sizes below are meant
OUTLINE, LINE, JOINT, THRUSTER = 2, 1, 6, 8  # px: outline; half a radius line; radius of a joint; half a thruster


def draw(state, size: Size, scale: int) -> jax.Array:
    """The picture of a `kage.kinetix.task.State`, (5 scale, 5 scale, 3) u8, rows from the top on. scale: px per m."""
    side, sim = round(SIDE * scale), state.sim
    across = (jnp.arange(side) + 0.5) / scale
    at = jnp.stack(jnp.broadcast_arrays(across, across[::-1, None]))  # (2, H, W) m, y upwards
    outline = OUTLINE * scale // FULL / scale

    def inside(distance):
        """How much of each pixel lies within: distances (H, W) in m, below 0 inside."""
        return jnp.clip(0.5 - distance * scale, 0, 1)[..., None]

    def paint(canvas, distance, colour):
        return canvas + (jnp.asarray(colour, jnp.float32) - canvas) * inside(distance)

    def local(position, rotation):
        """Pixels in the frame of a body, x and y, (H, W) m each."""
        x, y = at[0] - position[0], at[1] - position[1]
        cos, sin = jnp.cos(rotation), jnp.sin(rotation)
        return cos * x + sin * y, cos * y - sin * x

    def colour_of(role, inverse_mass):
        colours = jnp.array([[table[role] for role in range(4)] for table in (FREE, FIXED)], jnp.float32)
        return colours[(inverse_mass == 0).astype(int), role]

    def polygon(canvas, body):
        shape, role = body
        x, y = local(shape.position, shape.rotation)
        corner, number = shape.vertices, jnp.arange(len(shape.vertices))
        edge = corner[jnp.where(number + 1 < shape.n_vertices, number + 1, 0)] - corner
        length = jnp.maximum(jnp.linalg.norm(edge, axis=1), 1e-6)
        normal = jnp.stack([-edge[:, 1], edge[:, 0]], axis=1) / length[:, None]
        offset = x[..., None] * normal[:, 0] + y[..., None] * normal[:, 1] - (corner * normal).sum(axis=1)
        distance = jnp.where(number < shape.n_vertices, offset, -jnp.inf).max(axis=-1)
        painted = paint(paint(canvas, distance, BLACK), distance + outline, colour_of(role, shape.inverse_mass))
        return jnp.where(shape.active, painted, canvas), None

    def circle(canvas, body):
        shape, role = body
        x, y = local(shape.position, shape.rotation)
        distance = jnp.hypot(x, y) - shape.radius
        painted = paint(paint(canvas, distance, BLACK), distance + outline, colour_of(role, shape.inverse_mass))
        line = jnp.maximum(jnp.abs(x) - LINE / min(scale, FULL), jnp.maximum(-y, distance))
        return jnp.where(shape.active, paint(painted, line, BLACK), canvas), None

    def joint(canvas, body):
        joint, place, binding = body
        x, y = local(place, 0.0)
        radius = max(JOINT / FULL, 1 / scale)
        distance = jnp.where(joint.is_fixed_joint, jnp.maximum(jnp.abs(x), jnp.abs(y)), jnp.hypot(x, y)) - radius
        powered = joint.motor_on & ~joint.is_fixed_joint
        colour = jnp.where(powered, jnp.array(BINDINGS)[binding], jnp.array(WHITE))
        painted = paint(paint(canvas, distance, BLACK), distance + 1 / scale, colour)
        return jnp.where(joint.active, painted, canvas), None

    def thruster(canvas, body):
        thruster, angle, binding = body
        x, y = local(thruster.global_position, angle)  # x points where the force does
        half = THRUSTER / FULL
        colour = jnp.array(BINDINGS, jnp.float32)[binding] / 255
        painted = canvas
        for share, tone in zip((1.0, 0.7, 0.4), FLAME):  # a triangle that ends behind
            flame = jnp.maximum(x, jnp.abs(y) - share * half * (1 + x / (share * half)) * 0.6)
            painted = paint(painted, flame, tone * colour)
        nozzle = jnp.maximum(jnp.maximum(-x, x - half), jnp.abs(y) - half * (0.8 - 0.4 * x / half))
        painted = paint(paint(painted, nozzle, BLACK), nozzle + 1 / scale, NOZZLE)
        return jnp.where(thruster.active, painted, canvas), None

    P = size.polygons
    seen = jnp.array([0, *range(STATIC, P)])
    positions, rotations = (jnp.concatenate([getattr(part, name) for part in (sim.polygon, sim.circle)])
                            for name in ("position", "rotation"))  # fmt: skip

    def at_anchor(index, anchor):
        cos, sin = jnp.cos(rotations[index]), jnp.sin(rotations[index])
        return positions[index] + jnp.array([[cos, -sin], [sin, cos]]) @ anchor

    angles = sim.thruster.rotation + rotations[sim.thruster.object_index]
    canvas = jnp.full((side, side, 3), 255.0)
    for painter, bodies in (
        (polygon, (jax.tree.map(lambda x: x[seen], sim.polygon), state.role[seen])),
        (circle, (sim.circle, state.role[P:])),
        (joint, (sim.joint, jax.vmap(at_anchor)(sim.joint.a_index, sim.joint.a_relative_pos), state.motor_binding)),
        (thruster, (sim.thruster, angles, state.thruster_binding)),
    ):  # fmt: skip
        canvas, _ = jax.lax.scan(painter, canvas, bodies)
    return jnp.round(canvas).astype(jnp.uint8)
