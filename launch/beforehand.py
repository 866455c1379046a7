"""Before anything starts: refuse what cannot run, and name what nobody would want."""

from collections.abc import Sequence
from pathlib import Path

from kage.console import counted, duration
from kage.launch.compose import cells
from kage.launch.costs import costs_of, known_sum, remaining
from kage.launch.plan import Training, plan, training_state
from kage.launch.trackers import need_trackers
from kage.params import ConfigError
from kage.runs.run import read_status

FOR_A_GPU = "paper"  # the budget that a CPU needs days for
CPU_SPEED = 300.0  # its environment steps/s on two cores, see docs/benchmarks.md
LONG = 3600.0  # s; a shorter training is done on a CPU without asking


def checked(overrides: Sequence[str]) -> list[Training]:
    """The trainings that the arguments of `kage run` ask for. ConfigError for everything that would fail later.

    Looks with files of the user are built, which starts JAX. Others cannot fail.
    """
    trainings = plan(cells(overrides))
    for training in trainings:
        need_trackers(training.cell.tracker)
    clusters = {training.cell.cluster.name: training.cell.cluster for training in trainings}
    if "slurm" in clusters:
        if len(clusters) > 1:
            raise ConfigError("cluster=slurm cannot be mixed with other clusters in one command")
        from kage.launch.slurm import parameters

        for cluster in {repr(training.cell.cluster): training.cell.cluster for training in trainings}.values():
            parameters(cluster, Path("jobs"), Path("code"))
    build_tasks(trainings, only_own_files=True)
    return trainings


def build_tasks(trainings: Sequence[Training], only_own_files: bool = False) -> None:
    """Build the task of every look once, so that a look that cannot be drawn is refused before anything is written."""
    for training in trainings:
        for case in training.cases:
            if not only_own_files or case.world.has_own_files:
                training.cell.recipe.family.task(case.world)


def doubts(trainings: Sequence[Training], on_cpu: bool | None, looks: bool = True) -> str:
    """Why these trainings are probably not what was meant, and what they would take. Empty if there is no doubt, or if
    all of them are trained already.

    on_cpu: True if JAX finds nothing but a CPU here, None if that is not known. looks: evaluation looks are expected.
    """
    states = {training.folder: {seed: training_state(training, seed) for seed in training.seeds}
              for training in trainings}  # fmt: skip
    begin = [one for one in trainings if {*states[one.folder].values()} - {"done", "to measure"}]
    reasons = []
    if looks and begin and all(len(training.cases) == 1 for training in begin):
        reasons.append("nothing is evaluated but the training look itself: choose pair=<name>, see kage list, or "
                       "change the evaluation look with eval.<group>.<key>=<value>")  # fmt: skip
    heavy = [one for one in begin if one.cell.budget.name == FOR_A_GPU and one.cell.cluster.name != "slurm"]
    if heavy and on_cpu is not False:
        costs = costs_of(heavy)
        seconds = known_sum(remaining(one, states[one.folder], costs[one.cell.outputs, one.cell.recipe.cost_id])
                            for one in heavy)  # fmt: skip
        speed = "the speed of earlier runs"
        if seconds is None:
            seconds, speed = steps_left(heavy) / CPU_SPEED, f"{CPU_SPEED:.0f} steps/s, the speed of two cores"
        if seconds > LONG:
            where = "JAX finds only a CPU here, which" if on_cpu else "a CPU"
            reasons.append(f"{where} takes about {duration(seconds)} for this at {speed}: budget={FOR_A_GPU} is for a "
                           "GPU, choose budget=quick, which takes minutes, or cluster=slurm")  # fmt: skip
    return f"{size(begin)}; {'; '.join(reasons)}" if reasons else ""


def steps_left(trainings: Sequence[Training]) -> int:
    """Environment steps that all seeds together still have to do."""
    return sum(max(0, training.cell.recipe.steps - read_status(training.run_folder(seed))["step"])
               for training in trainings for seed in training.seeds)  # fmt: skip


def size(trainings: Sequence[Training]) -> str:
    """How much there is to train, in words: 7 trainings, 70 runs of 25,000,000 steps."""
    steps = sorted({training.cell.recipe.steps for training in trainings})
    each = f"{steps[0]:,}" + (f" to {steps[-1]:,}" if len(steps) > 1 else "")
    runs = sum(len(training.seeds) for training in trainings)
    return f"{counted(len(trainings), 'training')}, {counted(runs, 'run')} of {each} steps"
