"""Do frames fit the network? Arithmetic, so that a plan can tell without JAX."""

from kage.frames import smallest_side
from kage.params import fault
from launch.experiment import Cell


def check_frames(cell: Cell) -> None:
    """ConfigError if the frames that the agent sees are too small for its convolutions."""
    agent, pool, (height, width) = cell.agent, cell.task.pool, (cell.train.H, cell.train.W)
    need, side = smallest_side(agent.kernels, agent.strides), min(height, width)
    if side // pool < need:
        seen = f"H={height} W={width} task.pool={pool} gives {height // pool} x {width // pool}"
        raise fault("agent.kernels", agent.kernels,
                    f"with agent.strides={agent.strides} they need frames of at least {need} x {need} px, {seen}",
                    f"task.pool={side // need}" if side >= need else f"H and W of at least {need}")  # fmt: skip
