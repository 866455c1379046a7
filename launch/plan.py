"""Cells become trainings: each recipe is trained once per seed, and all that it is measured on shares the policies.

What is done and what is missing is read from the run folders alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from kage.family import Case, measured_key
from kage.launch.experiment import Cell
from kage.launch.queue import Jobs
from kage.launch.state import state as run_state
from kage.params import fault
from kage.runs.run import EVAL, STATE, checkpoints, read_rows, read_status

SETTINGS = ("budget", "cluster", "plan", "tracker")  # sections that say how a training is done, whatever it trains


@dataclass(frozen=True)
class Training:
    """One recipe with the seeds and the cases that are asked of it."""

    cell: Cell  # any of its cells: they agree in all that is trained
    seeds: tuple[int, ...]
    cases: tuple[Case, ...]  # the training case first
    suites: Mapping[str, Sequence[str]]  # suite -> the pairs that it has, for those that are asked for

    @property
    def folder(self) -> Path:
        """The folder of its runs; an existing one with the same identity is used whatever its name."""
        runs = Path(self.cell.outputs) / self.cell.experiment / "runs"
        known = sorted(runs.glob(f"*-{self.cell.training_id}"))
        return known[0] if known else runs / f"{self.cell.name}-{self.cell.training_id}"

    def run_folder(self, seed: int) -> Path:
        """The folder of one seed."""
        return self.folder / f"seed={seed}"


def plan(cells: Sequence[Cell]) -> list[Training]:
    """Group cells by training identity, in order of first appearance. ConfigError if cells of one training differ in
    how it is done."""
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
    """By dotted key, how a cell's training is done, whatever it trains."""
    sections = {section: asdict(getattr(cell, section)) for section in SETTINGS}
    dotted = {f"{section}.{name}": value for section, values in sections.items() for name, value in values.items()}
    return dotted | {"train.deterministic": cell.deterministic}


def unmeasured(folder: Path, cases: Sequence[Case]) -> dict[int, list[Case]]:
    """What a run has still to measure: evaluation step -> cases without a row there.

    Steps are those at which the run evaluated its policies and, for cases asked for since, can still do so: the
    policy was kept. A case that was never measured and cannot be is listed under step -1: it has to be trained for.
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


def state(training: Training, seed: int, jobs: Jobs | None = None) -> str:
    """One of `kage.launch.state.STATES`, for one seed of a training."""
    folder = training.run_folder(seed)
    now = run_state(folder, jobs)
    return "to measure" if now == "done" and unmeasured(folder, training.cases) else now


def blocks(training: Training) -> list[tuple[int, ...]]:
    """Seeds to train together: those that were, and all fresh ones, at most `plan.seeds_per_job` of them."""
    together: dict[tuple, list[int]] = {}
    for seed in training.seeds:
        folder = training.run_folder(seed)
        key = tuple(read_status(folder).get("block", ())) if (folder / STATE).exists() else ()
        together.setdefault(key, []).append(seed)
    size = training.cell.plan.seeds_per_job or len(training.seeds)
    return [tuple(seeds[i : i + size]) for seeds in together.values() for i in range(0, len(seeds), size)]
