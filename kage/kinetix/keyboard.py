"""The keys by which people play a level, see `kage.keyboard`: two for each motor input, one for each thruster input."""

import jax
import numpy as np

from kage.kinetix.sizes import BINDINGS
from kage.kinetix.task import SUBSTEPS, KinetixTask, State

# Of each motor input: its colour in pictures, the key that runs it forwards, which turns a wheel to the left, and the
# key that runs it backwards. Of each thruster input: its colour and its key.
MOTORS = (("yellow", "left", "right"), ("magenta", "up", "down"), ("cyan", "a", "d"), ("orange", "w", "s"))
THRUSTERS = (("yellow", "space"), ("magenta", "return"))
ORDER = [*(key for _, *both in MOTORS for key in both), *(key for _, key in THRUSTERS)]  # key i sets bit i
KEYS = {key: 1 << bit for bit, key in enumerate(ORDER)}
RATE = 60 // SUBSTEPS
DETAIL = 25  # px per m at scale 1

MOTOR_WORDS = [f"{forwards}, {backwards}: {colour} motors" for colour, forwards, backwards in MOTORS]
THRUSTER_WORDS = [f"{key}: {colour} thrusters" for colour, key in THRUSTERS]
HELP = "; ".join([*MOTOR_WORDS, *THRUSTER_WORDS])


def action(bits: int, task: KinetixTask) -> np.ndarray:
    """The action of the keys that are down. Both keys of a motor stop it. Where one thing at a time can be done, the
    first in the order of `HELP` is done."""
    motors, thrusters = BINDINGS
    down = [bits >> bit & 1 for bit in range(len(ORDER))]
    turns = [(0, 1, 2, 0)[down[2 * i] + 2 * down[2 * i + 1]] for i in range(motors)]
    pushes = down[2 * motors :]
    if task.controls == "multi_discrete":
        return np.array([*turns, *pushes], np.int32)
    single = [2 * i + (turn == 1) for i, turn in enumerate(turns) if turn]
    single += [2 * motors + 1 + i for i, push in enumerate(pushes) if push]
    return np.array(single[:1] or task.actions.idle, np.int32)


def view(task: KinetixTask, state: State, scale: int) -> jax.Array:
    """The picture of a state, (125 scale, 125 scale, 3) u8."""
    return task.draw(state, DETAIL * scale)


def used(state: State) -> str:
    """The keys of the motors and thrusters that a level has."""
    joint, thruster = state.sim.joint, state.sim.thruster
    runs = np.asarray(joint.active & joint.motor_on & ~joint.is_fixed_joint & ~state.motor_auto)
    motors = {*np.asarray(state.motor_binding)[runs].tolist()}
    thrusters = {*np.asarray(state.thruster_binding)[np.asarray(thruster.active)].tolist()}
    return "; ".join([MOTOR_WORDS[i] for i in sorted(motors)] + [THRUSTER_WORDS[i] for i in sorted(thrusters)])
