"""kage leaderboard: methods x suites of several packs or results folders, as one HTML file."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.markup import escape

from kage.analysis.board import boards
from kage.analysis.formats import Cell, View, print_view
from kage.analysis.methods import chosen
from kage.analysis.page.build import template
from kage.analysis.page.provenance import provenance
from kage.analysis.page.remarks import remarks
from kage.analysis.report import Measured, measured, read, report_of
from kage.console import say
from kage.runs import files
from kage.runs.packs import Sources, opened
from kage.runs.run import RunError

LINE = ("training", "agent", "budget", "seeds", "states", "steps", "commits", "device")  # of `provenance`
COMPARED = ("methods", "methods_privileged")  # the tables of a report that have differences with intervals


def write_leaderboard(
    given: Sequence[Path], to: Path, console: Console, at: str = "max", reference: str | None = None
) -> None:
    """Print the leaderboard of folders and packs and write it as a page.

    `at`, `reference`: as for `kage.analysis.report.print_report`. RunError if nothing was measured on a pair of a
    suite, if sources contradict each other, or if no method is called like the reference.
    """
    with opened(given) as sources:
        rows, faults = read(sources, console)
        try:
            found = [measured(own, at, mix=False) for _, own in rows.groupby("family", observed=True)]
            methods = sorted({name for one in found for name in one.methods})
            chosen(methods, reference)
            families = [family for one in found for family in [ranked(one, reference)] if family]
        except ValueError as error:
            raise RunError(str(error)) from None
        if not families:
            raise RunError(f"no pair of a suite was measured in {', '.join(map(str, given))}, so there is nothing to "
                           "rank: kage run suite=... measures suites")  # fmt: skip
        for view in (view for family in families for view in family["views"]):
            print_view(view, console)
        families[0]["warnings"] = [*(f"left out {fault}" for fault in faults), *families[0]["warnings"]]
        page = template("leaderboard.html").render(
            families=families, methods=methods, sources=[path.resolve().name for path in given],
            provenance=origins(rows, sources),
        )  # fmt: skip
    files.write(to, page.encode())
    say(console, f"page: {escape(str(to))}")


def ranked(found: Measured, reference: str | None) -> dict | None:
    """What the page has of one family; None if nothing was measured on a pair of a suite."""
    report = report_of(found, mix=False, paper=False, over_training=False, reference=reference)
    views = list(boards(report.seeds, report.family))
    compared = [view for view in report.views if view.name in COMPARED]
    told = [*report.warnings, *report.notes, *remarks(report.seeds, report.family)]
    return {"name": report.family.name, "views": [*views, *compared], "warnings": told} if views else None


def origins(rows: pd.DataFrame, sources: Sources) -> View:
    """Every training with the source it comes from."""
    lines, left = [], set(rows.run.cat.categories)
    for given, folder in zip(sources.given, sources.folders):
        inside = {run for run in left if Path(run).is_relative_to(folder.resolve())}
        left -= inside  # a folder that lies in another source is told once
        for it in provenance(rows[rows.run.isin(inside)]).trainings:
            told = it | {"steps": f"{it['steps']:,}"}
            lines.append((Cell(given.resolve().name), *(Cell(str(told[name])) for name in LINE)))
    headers = ("source", "training", "method", *LINE[2:])
    return View("provenance", "trainings: what they were made with", headers, tuple(lines), left=len(headers))
