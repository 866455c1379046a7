"""What must not change unseen: ids, first losses, report tables. Run `python tests/freeze.py` to write them again.

A changed file is a decision, which the commit explains: a changed id trains again, a changed loss is another learner.
"""

import csv
import io
import json
import tempfile
from pathlib import Path

from synthetic import SMALL, write_results

from kage.analysis.collect import collect
from kage.analysis.pairing import paired
from kage.analysis.report import tables
from kage.launch.compose import cells
from kage.train import Trainer

HERE = Path(__file__).parent
IDENTITY = HERE / "identity.csv"
LOSSES = HERE / "golden" / "losses.json"
TABLES = HERE / "golden" / "tables"
BUDGETS = ("paper", "quick", "smoke")


def identity() -> str:
    """The ids of every shipped pair under every budget, as CSV."""
    rows = []
    for budget in BUDGETS:
        for cell in cells(["pair=glob(*)", f"budget={budget}"]):
            train, shifted = cell.cases
            rows.append((cell.shift.pair, budget, cell.recipe.label, cell.training_id, train.id, shifted.id))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("pair", "budget", "agent", "training_id", "train_look_id", "eval_look_id"))
    writer.writerows(sorted(rows))
    return text.getvalue()


def losses() -> dict[str, list[list[float]]]:
    """Every metric of three updates of PPO on T1 under the smoke budget, by seed and update."""
    (cell,) = cells(["budget=smoke"])
    trainer = Trainer(cell.recipe.method(), [0, 1])
    _, metrics = trainer.advance(trainer.init(), 0, 3)
    return {name: values.tolist() for name, values in sorted(metrics.items())}


def report_tables() -> dict[str, str]:
    """The tables of synthetic results of two agents, in folders as the first version wrote them, as CSV by name."""
    with tempfile.TemporaryDirectory() as folder:
        rows, _ = collect([write_results(Path(folder), SMALL, agents=("ppo", "drq"), old=True)])
        return {name: frame.to_csv(index=False) for name, frame in tables(paired(rows), mix=False, paper=True).items()}


if __name__ == "__main__":
    IDENTITY.write_text(identity())
    LOSSES.write_text(json.dumps(losses(), indent=1) + "\n")
    TABLES.mkdir(exist_ok=True)
    for name, text in report_tables().items():
        (TABLES / f"{name}.csv").write_text(text)
