"""Contact sheets of worlds whose cases are levels: the start of every level of a suite."""

import io
from pathlib import Path

from kage.family import Case
from kage.launch.captions import contact_sheet
from kage.launch.experiment import Cell
from kage.params import ConfigError
from kage.runs.files import write


def write_sheets(folder: Path, cell: Cell) -> list[Path]:
    """Write a sheet of each suite that a cell is measured on, and return the files."""
    suites: dict[str, list[Case]] = {}
    for case in cell.cases:
        if case.split == "eval":
            suites.setdefault(case.suite, []).append(case)
    if not suites:
        raise ConfigError("there are no levels to show: name some with eval.levels=[...]")
    for suite, cases in suites.items():
        frames = {case.pair: cell.recipe.family.picture(case) for case in cases}
        data = io.BytesIO()
        contact_sheet(f"suite {suite}", frames).save(data, "PNG", optimize=True)
        write(folder / f"{suite}.png", data.getvalue())
    return [folder / f"{suite}.png" for suite in suites]
