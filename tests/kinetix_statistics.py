"""Statistics of random levels, named as in tests/golden/kinetix/generator.csv, and how far they are from those there.

    python tests/kinetix_statistics.py s m l     compares each size with as many levels as the reference has: minutes
"""

import csv
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from kage.kinetix import KinetixTask
from kage.kinetix.filter import solve_themselves
from kage.kinetix.generate import random_levels
from kage.kinetix.level import BLUE, GREEN, RED

GOLDEN = Path(__file__).parent / "golden" / "kinetix" / "generator.csv"
LIMIT = 4.5  # combined standard errors
EPISODES = {"s": (4096, 2048), "m": (1024, 512), "l": (256, 128)}  # levels, and how many of them are played


def reference(size: str) -> dict[str, tuple[float, float]]:
    """Mean and standard error of each statistic of the reference."""
    with open(GOLDEN) as file:
        return {row["statistic"]: (float(row["mean"]), float(row["se"]))
                for row in csv.DictReader(file) if row["size"] == size and row["mean"]}  # fmt: skip


def describe(levels) -> dict[str, np.ndarray]:
    """The values of each statistic that a level itself tells: one for each level, shape, joint or thruster."""
    level = jax.tree.map(np.asarray, levels)
    polygon, circle, joint, thruster, P = level.polygon, level.circle, level.joint, level.thruster, level.size.polygons
    both = {name: np.concatenate([getattr(polygon, name), getattr(circle, name)], axis=1)
            for name in ("role", "active", "position", "rotation", "inverse_mass")}  # fmt: skip
    free = both["active"] & (np.arange(level.size.shapes) >= 4)
    boxes, fixed = polygon.active & (np.arange(P) >= 4), free & (both["inverse_mass"] == 0)
    half = np.abs(polygon.vertices[boxes]).max(axis=1)
    found = {
        "polygons": boxes.sum(1), "circles": circle.active.sum(1), "joints": joint.active.sum(1),
        "thrusters": thruster.active.sum(1), "shapes": free.sum(1), "fixed_shapes": fixed.sum(1),
        "fixed_joints": (joint.active & joint.is_fixed_joint).sum(1),
        "revolute_joints": (joint.active & ~joint.is_fixed_joint).sum(1), "motors": (joint.active & joint.motor_on).sum(1),
        "limited_joints": (joint.active & joint.motor_has_joint_limits).sum(1),
        "no_control": ~(joint.active & joint.motor_on).any(1) & ~thruster.active.any(1),
        "half_width": half[:, 0], "half_height": half[:, 1], "long_side": half.max(1), "short_side": half.min(1),
        "triangle": polygon.n_vertices[boxes] == 3, "radius": circle.radius[circle.active],
        "sin_rotation": np.sin(both["rotation"][free]),
    }  # fmt: skip
    for axis, name in enumerate("xy"):
        found |= {name: both["position"][free][:, axis], f"{name}_squared": both["position"][free][:, axis] ** 2}
    of_role = {}
    for role, name in enumerate(("plain", "green", "blue", "red")):
        found |= {f"floor_{name}": both["role"][:, 0] == role, f"shapes_{name}": (free & (both["role"] == role)).sum(1)}
        of_role[role] = free & (both["role"] == role)
    for role, name in ((GREEN, "green"), (BLUE, "blue"), (RED, "red")):
        _, index = np.nonzero(of_role[role])
        place = both["position"][of_role[role]]
        found |= {f"{name}_is_circle": index >= P, f"{name}_is_fixed": fixed[of_role[role]],
                  f"{name}_x": place[:, 0], f"{name}_y": place[:, 1]}  # fmt: skip
    pair = of_role[GREEN].any(1) & of_role[BLUE].any(1)
    green, blue = (both["position"][pair][of_role[role][pair], 0] for role in (GREEN, BLUE))
    found |= {"green_left_of_blue": green < blue, "green_blue_dx": np.abs(green - blue)}

    ends = np.stack([joint.a_index, joint.b_index], axis=2)[joint.active]
    anchors = np.stack([joint.a_relative_pos, joint.b_relative_pos], axis=2)[joint.active]
    at = np.nonzero(joint.active)[0]
    wheel, turns = (ends >= P).any(1), ~joint.is_fixed_joint[joint.active]
    limited = joint.active & joint.motor_has_joint_limits
    found |= {
        "wheel_joints": ((np.stack([joint.a_index, joint.b_index], axis=2) >= P).any(2) & joint.active).sum(1),
        "motor_speed": joint.motor_speed[joint.active][turns],
        "motor_power_wheel": joint.motor_power[joint.active][turns & wheel],
        "motor_power_rectangles": joint.motor_power[joint.active][turns & ~wheel],
        "limit_min": joint.min_rotation[limited], "limit_max": joint.max_rotation[limited],
        "joint_arm": np.linalg.norm(anchors[(ends < P) & (ends >= 4)], axis=1),
        "joint_on_fixed_shape": (both["inverse_mass"][at[:, None], ends] == 0).any(1),
        "joint_on_world": (ends < 4).any(1),
        "motor_binding": joint.binding[joint.active & joint.motor_on],
    }  # fmt: skip
    at, index = np.nonzero(thruster.active)[0], thruster.object_index[thruster.active]
    place, angle = thruster.relative_position[thruster.active], thruster.rotation[thruster.active]
    arm = np.linalg.norm(place, axis=1)
    outward = (place[:, 0] * np.cos(angle) + place[:, 1] * np.sin(angle)) / np.maximum(arm, 1e-9)
    return found | {
        "thruster_power_by_mass": thruster.power[thruster.active] * both["inverse_mass"][at, index],
        "thruster_aligned": np.abs(outward) > 1 - 1e-4, "thruster_outward": outward > 0, "thruster_arm": arm,
        "thruster_on_circle": index >= P, "thruster_on_plain": both["role"][at, index] == 0,
        "thruster_binding": thruster.binding[thruster.active],
    }  # fmt: skip


def entangled(obs) -> dict[str, np.ndarray]:
    """What the observations of levels after one step tell of contacts and of bodies of several shapes."""
    masks = np.asarray(obs.attention_mask)
    free = np.arange(masks.shape[-1]) >= 4
    among = free[:, None] & free
    return {"overlaps": (masks[:, 3] & ~masks[:, 1]).sum((1, 2)), "same_body_pairs": (masks[:, 1] & among).sum((1, 2))}


def ends(steps, prefix: str) -> dict[str, np.ndarray]:
    """Length and outcome of first episodes, of `Step`s (levels, 256)."""
    first = np.asarray(steps.terminated | steps.truncated).argmax(1)
    solved = np.asarray(steps.metrics["success_rate"])[np.arange(len(first)), first]
    return {f"{prefix}_length": first + 1, f"{prefix}_solved": solved}


def distances(size: str, found: dict[str, np.ndarray]) -> dict[str, float]:
    """How many combined standard errors each statistic lies from the reference's."""
    far, wanted = {}, reference(size)
    for name, values in found.items():
        if name in wanted and len(values) > 1:
            values, (mean, se) = np.asarray(values, float), wanted[name]
            error = np.hypot(se, values.std(ddof=1) / len(values) ** 0.5)
            far[name] = abs(values.mean() - mean) / error if error > 1e-9 else 1e9 * (abs(values.mean() - mean) > 1e-4)
    return far


def compare(size: str) -> dict[str, float]:
    """`distances` of all statistics, with levels and episodes as many as the reference has."""
    n, plays = EPISODES[size]
    levels, task = random_levels(jax.random.key(0), size, n), KinetixTask(size)
    found = describe(levels)
    actions = np.random.default_rng(0).integers(0, task.actions.nvec, (n, 256, 6))

    def act(state, action):
        state, step = task.step(state, action)
        return state, step._replace(obs=())

    def play(level, actions):
        return jax.lax.scan(act, task.reset(None, level)[0], actions)[1]

    run = jax.jit(jax.vmap(play))
    some = jax.tree.map(lambda x: x[:plays], levels)
    idle = run(some, jnp.zeros((plays, 256, 6), jnp.int32))
    found |= ends(idle, "noop") | {"noop_solved_64": solve_themselves(task, some)}
    found |= ends(run(some, jnp.asarray(actions[:plays])), "random")
    first = jax.jit(jax.vmap(lambda level: task.step(task.reset(None, level)[0], jnp.zeros(6, jnp.int32))[1].obs))
    return distances(size, found | entangled(first(levels)))


if __name__ == "__main__":
    for size in sys.argv[1:]:
        far = compare(size)
        missing = reference(size).keys() - far.keys()
        print(f"{size}: {len(far)} statistics, farthest:", {k: round(far[k], 2) for k in sorted(far, key=far.get)[-6:]},
              "not compared:", sorted(missing) or "none", "all within" if max(far.values()) <= LIMIT else "NOT WITHIN")  # fmt: skip
