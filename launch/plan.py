"""Cells become trainings: each training look is trained once per seed, all its evaluation looks share the policies."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from launch.experiment import Cell, Look


@dataclass(frozen=True)
class Training:
    """One training look with the seeds and the evaluation looks that are asked of it."""

    cell: Cell  # any of its cells: they agree in all that is trained
    seeds: tuple[int, ...]
    looks: tuple[Look, ...]  # the training look first

    @property
    def folder(self) -> Path:
        """The folder of its runs; an existing one with the same identity is used whatever its name."""
        runs = Path(self.cell.outputs) / self.cell.experiment / "runs"
        known = sorted(runs.glob(f"*-{self.cell.training_id}"))
        return known[0] if known else runs / f"{self.cell.name}-{self.cell.training_id}"


def plan(cells: Sequence[Cell]) -> list[Training]:
    """Group cells by training identity, in order of first appearance."""
    grouped: dict[tuple, list[Cell]] = {}
    for cell in cells:
        grouped.setdefault((cell.outputs, cell.experiment, cell.training_id), []).append(cell)
    trainings = []
    for members in grouped.values():
        looks = {(look.split, look.suite, look.pair, look.id): look for cell in members for look in cell.looks()}
        trainings.append(Training(members[0], tuple(sorted({cell.seed for cell in members})), tuple(looks.values())))
    return trainings
