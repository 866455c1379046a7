"""What trainings cost, in time and disk, from what earlier runs measured."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kage.family import Case
from kage.launch.plan import Training, unmeasured
from kage.runs.run import EVAL, read_rows, read_status

RUNS = "*/runs/*/seed=*/status.json"  # below a folder of results
LATEST = 200  # only so many of the newest runs are read for measured costs


@dataclass(frozen=True)
class Cost:
    """Seconds and bytes of one seed, as an earlier run measured them."""

    step: float  # seconds per environment step
    look: float  # seconds per look measured
    state: int | None  # bytes of a saved state, None if the run did not record them
    policy: int | None  # bytes of the policy in it
    folder: Path  # of the experiment that has this run: <outputs>/<experiment>


def costs_of(trainings: Sequence[Training]) -> dict[tuple[str, str], Cost | None]:
    """(outputs, cost id) of every training -> its measured cost, None if no run is known that has one."""
    wanted: dict[str, set[str]] = {}
    for training in trainings:
        wanted.setdefault(training.cell.outputs, set()).add(training.cell.recipe.cost_id)
    known = {outputs: measured_costs(Path(outputs), ids) for outputs, ids in wanted.items()}
    return {(outputs, cost_id): known[outputs].get(cost_id) for outputs, ids in wanted.items() for cost_id in ids}


def measured_costs(outputs: Path, wanted: set[str]) -> dict[str, Cost]:
    """The newest measured cost of each wanted cost id: from this folder of results, else from the folders beside it."""
    costs = newest_costs(outputs.glob(RUNS), wanted)
    if missing := wanted - costs.keys():
        costs |= newest_costs(outputs.resolve().parent.glob(f"*/{RUNS}"), missing)
    return costs


def newest_costs(found: Iterable[Path], wanted: set[str]) -> dict[str, Cost]:
    """The costs of the wanted cost ids, from the newest of these status.json files."""
    costs: dict[str, Cost] = {}
    for path in sorted(found, key=lambda path: -path.stat().st_mtime)[:LATEST]:
        run = read_status(path.parent)
        steps, looks, seeds, cost_id = map(run.get, ("steps_trained", "looks_measured", "block", "cost_id"))
        if steps and looks and cost_id in wanted - costs.keys():
            of_step, of_look = run["train_seconds"] / steps, run["eval_seconds"] / looks / len(seeds)
            sizes = run.get("state_bytes"), run.get("policy_bytes")
            costs[cost_id] = Cost(of_step, of_look, *sizes, path.parents[3])
    return costs


def remaining(training: Training, states: dict[int, str], cost: Cost | None) -> float | None:
    """Seconds of work left, None if the cost is unknown."""
    left = [seed for seed, now in states.items() if now != "done"]
    if not left:
        return 0.0
    if cost is None:
        return None
    cell, seconds = training.cell, 0.0
    total, width = cell.recipe.steps, distinct(training.cases)
    for seed in left:
        folder = training.run_folder(seed)
        status, missing = read_status(folder), unmeasured(folder, training.cases, cell.budget.eval_episodes)
        step, evaluated = status["step"], {row["step"] for row in read_rows(folder / EVAL)}
        if status["state"] == "done" and -1 in missing:  # no policies were kept: it is trained again
            step, evaluated, missing = 0, set(), {}
        looks = (cell.evaluations - len(evaluated)) * width
        looks += sum(len({(case.id, number) for case, number in lacking}) for at, lacking in missing.items() if at >= 0)
        seconds += max(0, total - step) * cost.step + looks * cost.look
    return seconds


def distinct(looks: Iterable[Case]) -> int:
    """How many looks have to be measured. Looks that differ only in their names are measured once."""
    return len({look.id for look in looks})


def saved_bytes(training: Training, cost: Cost | None) -> int | None:
    """Bytes that the states and kept policies of all seeds need, None if their sizes are unknown."""
    if cost is None or cost.state is None or cost.policy is None:
        return None
    kept = training.cell.evaluations if training.cell.budget.keep_checkpoints else 0
    return len(training.seeds) * (cost.state + kept * cost.policy)


def known_sum(values: Iterable[float | None]) -> float | None:
    """The sum, None if a value is unknown."""
    values = list(values)
    return None if None in values else sum(values)
