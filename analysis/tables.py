"""Gap tables on the console and as CSV."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from analysis.collect import collect
from analysis.gaps import KEY, gaps
from kage.run import RunError

TITLES = {"distance": "distance (px)", "progress": "progress", "success_rate": "success rate", "return": "return"}
RULES = {"max": "maximum over training (the paper's rule)", "last": "last evaluation"}


def print_gaps(folders: Sequence[Path], console: Console, at: str, csv: Path | None = None) -> None:
    """Print the gap table of everything below the folders, and write it to `csv` if given.

    RunError if there is nothing to show; unreadable folders and unfinished runs are named below the table.
    """
    rows, faults = collect(folders)
    for fault in faults:
        console.print(f"[red]unreadable[/] {escape(fault)}", highlight=False, soft_wrap=True)
    if rows.empty:
        raise RunError(f"no evaluations below {', '.join(map(str, folders))}")
    table = gaps(rows, at)
    if table.empty:
        console.print("only training looks were measured: choose a pair, or set eval.<group>.<key>=<value>")
    else:
        console.print(f"generalisation gap, mean ± SEM over n seeds, {RULES[at]}")
        for title, view in rich_tables(table):
            console.print(f"\n{title}", highlight=False, soft_wrap=True)
            console.print(view)
    for line in notes(rows):
        console.print(line, highlight=False, soft_wrap=True)
    if csv is not None:
        try:
            table.to_csv(csv, index=False)
        except OSError as error:
            raise RunError(f"cannot write {csv}: {error.strerror}") from None
        console.print(f"table: {csv}", highlight=False, soft_wrap=True)


def notes(rows: pd.DataFrame) -> list[str]:
    """What a reader must know about the numbers: budgets other than the paper's, runs that are not finished."""
    lines = []
    for budget in sorted(set(rows.budget) - {"paper"}):
        lines.append(f"budget {budget} is not the paper's protocol: conf/budget/{budget}.yaml says what differs")
    runs = rows.drop_duplicates(["training", "seed"])
    for run in runs[runs.state != "done"].itertuples():
        lines.append(f"not finished: {run.training} seed {run.seed} ({run.state})")
    return lines


def rich_tables(table: pd.DataFrame) -> Iterator[tuple[str, Table]]:
    """One console table per pair, under a line that says what changed."""
    for (_, _, budget, _, pair, look), rows in table.groupby(KEY, sort=False):
        view = Table()
        view.add_column("metric")
        for name in ("n", "train", "eval", "gap"):
            view.add_column(name, justify="right", no_wrap=True)
        for row in rows.itertuples():
            gap = "-" if pd.isna(row.gap) else f"{round(row.gap, 1) + 0:.1f}" + ("" if row.metric == "return" else " %")
            train, shifted = plus_minus(row.train, row.train_sem), plus_minus(row.eval, row.eval_sem)
            view.add_row(TITLES.get(row.metric, row.metric), str(row.n), train, shifted, gap)
        yield f"[bold]{pair}[/] ({budget}): {escape(look)}", view


def plus_minus(mean: float, sem: float) -> str:
    """Mean with its SEM, without one for a single seed."""
    digits = 2 if abs(mean) < 10 else 1
    return f"{mean:.{digits}f}" + ("" if pd.isna(sem) else f" ± {sem:.{digits}f}")
