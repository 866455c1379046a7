"""Group cells into trainings: each recipe is trained once per seed, and all its cases are measured on these policies.

What is done and what is missing is read from the run folders only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from kage.family import Case, measured_key
from kage.launch.experiment import Cell
from kage.launch.queue import Jobs
from kage.launch.state import state
from kage.params import fault
from kage.runs.run import EVAL, STATE, checkpoints, read_rows, read_status

SETTINGS = ("budget", "cluster", "plan", "tracker")  # sections that say how a training is done, not what it trains


@dataclass(frozen=True)
class Training:
    """One recipe with the seeds and the cases that are asked for."""

    cell: Cell  # one of its cells: all agree in what is trained
    seeds: tuple[int, ...]
    cases: tuple[Case, ...]  # the training case first
    suites: Mapping[str, Sequence[str]]  # suite -> its pairs, for the suites that are asked for

    @property
    def folder(self) -> Path:
        """The folder of its runs. An existing folder with the same id is used, whatever its name is."""
        runs = Path(self.cell.outputs) / self.cell.experiment / "runs"
        known = sorted(runs.glob(f"*-{self.cell.training_id}"))
        return known[0] if known else runs / f"{self.cell.name}-{self.cell.training_id}"

    def run_folder(self, seed: int) -> Path:
        """The folder of one seed."""
        return self.folder / f"seed={seed}"


def plan(cells: Sequence[Cell]) -> list[Training]:
    """Group cells by training identity, in order of first appearance. ConfigError if cells of one training have
    different `settings`."""
    grouped: dict[tuple, list[Cell]] = {}
    for cell in cells:
        grouped.setdefault((cell.outputs, cell.experiment, cell.training_id), []).append(cell)
    trainings = []
    for members in grouped.values():
        one, *others = map(settings, members)
        for other in others:
            for key in one:
                if one[key] != other[key]:
                    raise fault(key, other[key], f"the same training is asked for with {one[key]!r}; give one value, "
                                                 "or each its own experiment=")  # fmt: skip
        cases = {case.key: case for cell in members for case in cell.cases}
        suites = {cell.shift.suite: cell.members for cell in members if cell.members}
        seeds = tuple(sorted({cell.seed for cell in members}))
        trainings.append(Training(members[0], seeds, tuple(cases.values()), suites))
    return trainings


def settings(cell: Cell) -> dict[str, object]:
    """Dotted key -> value, for all keys that say how a cell's training is done, not what it trains."""
    sections = {section: asdict(getattr(cell, section)) for section in SETTINGS}
    dotted = {f"{section}.{name}": value for section, values in sections.items() for name, value in values.items()}
    return dotted | {"train.deterministic": cell.deterministic}


def unmeasured(folder: Path, cases: Sequence[Case]) -> dict[int, list[Case]]:
    """What a run still has to measure: evaluation step -> cases without a row at that step.

    A case is listed under those of the run's evaluation steps whose policy was kept. If none was kept and the case was
    never measured, the case is listed under step -1: then the run has to be trained again.
    """
    seen: dict[int, set] = {}
    for row in read_rows(folder / EVAL):
        seen.setdefault(row["step"], set()).add(measured_key(row))
    kept = checkpoints(folder)
    missing: dict[int, list[Case]] = {}
    for case in cases:
        steps = [step for step, keys in seen.items() if case.key not in keys]
        measurable = [step for step in steps if step in kept]
        for step in measurable or ([-1] if len(steps) == len(seen) else []):
            missing.setdefault(step, []).append(case)
    return missing


def training_state(training: Training, seed: int, jobs: Jobs | None = None) -> str:
    """One of `kage.launch.state.STATES`, for one seed of a training."""
    folder = training.run_folder(seed)
    now = state(folder, jobs)
    return "to measure" if now == "done" and unmeasured(folder, training.cases) else now


def blocks(training: Training) -> list[tuple[int, ...]]:
    """Seeds to train together, at most `plan.seeds_per_job`: those that were together before, and all new ones."""
    together: dict[tuple, list[int]] = {}
    for seed in training.seeds:
        folder = training.run_folder(seed)
        key = tuple(read_status(folder).get("block", ())) if (folder / STATE).exists() else ()
        together.setdefault(key, []).append(seed)
    size = training.cell.plan.seeds_per_job or len(training.seeds)
    return [tuple(seeds[i : i + size]) for seeds in together.values() for i in range(0, len(seeds), size)]
