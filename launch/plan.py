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

Wanted = tuple[Case, int]  # a case, and the number of episodes to measure it on
# Sections that say how a training is done, not what it trains.
SETTINGS = ("budget", "cluster", "plan", "tracker", "tuned")


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


def unmeasured(folder: Path, cases: Sequence[Case], episodes: int) -> dict[int, list[Wanted]]:
    """What a run still has to measure: evaluation step -> cases without a row at that step, on so many episodes.

    A case is listed under those of the run's evaluation steps whose policy was kept. If none was kept and the case was
    never measured, the case is listed under step -1: then the run has to be trained again. Compared values have equal
    numbers of episodes, so the training case is listed again with every number that another case has, and it has not.
    """
    seen: dict[int, dict[tuple, set[int]]] = {}  # step -> key of a case -> the numbers of episodes it was measured on
    rows = read_rows(folder / EVAL)
    scores = {row["metric"] for row in rows if row["split"] == "train"}  # agreement has a number of its own
    for row in rows:
        if row["metric"] in scores:
            seen.setdefault(row["step"], {}).setdefault(measured_key(row), set()).add(row["episodes"])
    kept = checkpoints(folder)
    missing: dict[int, list[Wanted]] = {}
    for case in cases:
        steps = [step for step, found in seen.items() if case.key not in found]
        measurable = [step for step in steps if step in kept]
        for step in measurable or ([-1] if len(steps) == len(seen) else []):
            missing.setdefault(step, []).append((case, episodes))
    for step in kept.keys() & seen.keys():
        numbers = set().union(*seen[step].values(), {episodes} if step in missing else ())
        for case in (case for case in cases if case.split == "train" and case.key in seen[step]):
            again = [(case, number) for number in sorted(numbers - seen[step][case.key])]
            if again:
                missing[step] = again + missing.get(step, [])
    return missing


def training_state(training: Training, seed: int, jobs: Jobs | None = None) -> str:
    """One of `kage.launch.state.STATES`, for one seed of a training."""
    folder = training.run_folder(seed)
    now = state(folder, jobs)
    if now == "done" and unmeasured(folder, training.cases, training.cell.budget.eval_episodes):
        return "to measure"
    return now


def blocks(training: Training) -> list[tuple[int, ...]]:
    """Seeds to train together, at most `plan.seeds_per_job`: those that were together before, those that are done and
    kept no state, as after `kage merge`, and all new ones."""
    together: dict[tuple, list[int]] = {}
    for seed in training.seeds:
        folder = training.run_folder(seed)
        status = read_status(folder)
        kept = (folder / STATE).exists()
        key = tuple(status.get("block", ())) if kept else ("done",) if status["state"] == "done" else ()
        together.setdefault(key, []).append(seed)
    size = training.cell.plan.seeds_per_job or len(training.seeds)
    return [tuple(seeds[i : i + size]) for seeds in together.values() for i in range(0, len(seeds), size)]
