"""kage report: all that was measured below some folders, as tables on the console and in files."""

import dataclasses
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.markup import escape

from analysis.collect import collect
from analysis.compare import improvements, robust_means
from analysis.formats import View, latex, markdown, print_view, say
from analysis.gaps import ambiguous, benchmark, gaps, suite_gaps, suite_seeds
from analysis.page.remarks import partly_measured
from analysis.pairing import COMPETENT, KEY, curves, joined, paired
from analysis.paper import beside, departures
from analysis.select import RULES, once
from analysis.tables import beside_view, changes_view, full, improvements_view, means_view, named, overview
from kage import files
from kage.run import RunError

PAGE, FIGURES = "index.html", "figures"
WRITTEN = ".written"  # names of the files that the report beside it consists of, one per line


def print_report(
    folders: Sequence[Path], console: Console, at: str = "max", mix: bool = False, paper: bool = False,
    to: Path | None = None,
) -> None:  # fmt: skip
    """Print the gap tables of everything below the folders and write them, with more, to the folder `to` if given.

    `at`: a rule of `analysis.select.RULES`; `mix`: average over budgets, code versions and trainings; `paper`: set the
    published numbers beside ours. What cannot be read and what is not finished is named. RunError if there is nothing
    to show, or if the folders contradict each other.
    """
    rows, faults = collect(folders)
    for fault in faults:
        say(console, f"[red]left out[/] {escape(fault)}")
    if rows.empty:
        raise RunError(f"no evaluations below {', '.join(map(str, folders))}")
    try:
        rows = once(rows)
        seeds = paired(rows, at, mix)
        frames = tables(seeds, mix, paper) | ({"curves": curves(rows, mix)} if to else {})
    except ValueError as error:
        raise RunError(str(error)) from None
    shown, written = list(views(frames)), []
    warned, noted = list(warnings(seeds, mix)), list(notes(rows, seeds, paper))
    if seeds.empty:
        say(console, "only training looks were measured: choose a pair, or set eval.<group>.<key>=<value>")
    else:
        say(console, f"generalisation gap Δ, mean ± SEM; {setting(seeds)}")
        say(console, f"competent: seeds with a success rate of at least {COMPETENT} on the training look")
        for view in shown:
            if view.name == "changes":
                say(console, f"\n[bold]{view.title}[/]")
                for name, change in view.rows:
                    say(console, f"  {escape(name.text)}: {escape(change.text)}")
            elif not view.name.endswith("_full"):
                print_view(view, console)
        if to:
            titled = [dataclasses.replace(view, title=f"{view.title}; {setting(seeds)}") for view in shown]
            written = write(to, frames, titled)
            say(console, f"tables: {escape(str(to))} (csv, md, tex)")
    if to:
        from analysis.figures import draw  # these imports start matplotlib and JAX: only when a page is made
        from analysis.page.build import build

        written += [f"{FIGURES}/{name}" for name in draw(to / FIGURES, frames)]
        told = [*(f"left out {fault}" for fault in faults), *warned, *noted]
        name = ", ".join(folder.resolve().name for folder in folders)
        files.write(to / PAGE, build(name, rows, seeds, frames, shown, told, written).encode())
        forget(to, [*written, PAGE])
        say(console, f"figures: {escape(str(to / FIGURES))} (pdf, png)\npage: {escape(str(to / PAGE))}")
    for line in warned:
        say(console, f"[yellow]warning[/] {escape(line)}")
    for line in noted:
        say(console, escape(line))


def tables(seeds: pd.DataFrame, mix: bool, paper: bool) -> dict[str, pd.DataFrame]:
    """Every table of the seeds by name, empty ones left out."""
    table = gaps(seeds)
    found = {
        "suites": suite_gaps(seeds, mix), "pairs": table[table.study == ""], "doses": table[table.study != ""],
        "robust_means": robust_means(seeds, mix), "improvements": improvements(seeds, mix),
    }  # fmt: skip
    if paper:
        clear = named(benchmark(found["pairs"]))
        found["paper_suites"] = beside(found["suites"], "suite")
        found["paper_pairs"] = beside(clear[clear.name == clear.pair].drop(columns="name"), "pair")
    return {name: frame for name, frame in found.items() if len(frame)}


def views(frames: dict[str, pd.DataFrame]) -> Iterator[View]:
    """Every table as it is shown; those named ..._full are for files."""
    if "suites" in frames:
        title = "suites: mean of the pairs' means ± SEM over pairs"
        yield overview(frames["suites"], "suites", title, "suite")
        yield full(frames["suites"], "suites_full", title, "suite")
    if "pairs" in frames:
        pairs, title = named(frames["pairs"]), "pairs: mean ± SEM over seeds"
        yield overview(pairs, "pairs", title, "name")
        yield full(pairs, "pairs_full", title, "name")
        if (changes := changes_view(pairs, "changes", "what the pairs change")).rows:
            yield changes
    if "doses" in frames:
        for study, doses in frames["doses"].groupby("study", sort=False):
            several = doses.pair.nunique() > 1
            doses = doses.assign(dose=doses.pair + ": " + doses.dose) if several else doses
            file = "doses_" + re.sub(r"[^\w.-]+", "_", study)
            yield overview(doses, file, f"study {study}: mean ± SEM over seeds", "dose")
    if "robust_means" in frames and frames["robust_means"].eval_low.notna().any():
        title = "interquartile mean of all runs x pairs, with 95 % intervals (stratified bootstrap of seeds)"
        yield means_view(frames["robust_means"], "robust_means", title)
    if "improvements" in frames:
        title = "probability that first beats second under the shift, mean over pairs, with 95 % intervals"
        yield improvements_view(frames["improvements"], "improvements", title)
    for what in ("suite", "pair"):
        if f"paper_{what}s" in frames:
            yield beside_view(frames[f"paper_{what}s"], f"paper_{what}s", f"{what}s beside the paper's", what)


def write(folder: Path, frames: dict[str, pd.DataFrame], shown: Sequence[View]) -> list[str]:
    """Every table as CSV in full precision, every view as Markdown and LaTeX; returns the names of the files.

    RunError if they cannot be written.
    """
    content = {f"{name}.csv": frame.to_csv(index=False) for name, frame in frames.items()}
    content |= {f"{view.name}.md": markdown(view) for view in shown}
    content |= {f"{view.name}.tex": latex(view) for view in shown}
    for name, text in content.items():
        files.write(folder / name, text.encode())
    return list(content)


def forget(folder: Path, written: Sequence[str]) -> None:
    """Remove what an earlier report wrote into the folder and this one did not; other files stay."""
    past, places = folder / WRITTEN, (Path(), Path(FIGURES))
    names = past.read_text(errors="replace").splitlines() if past.exists() else []
    for name in set(names) - set(written):
        if Path(name).parent in places:
            (folder / name).unlink(missing_ok=True)
    files.write(past, "".join(f"{name}\n" for name in written).encode())


def setting(seeds: pd.DataFrame) -> str:
    """Rule and budget of the tables."""
    budgets = sorted(set(seeds.budget))
    return f"{RULES[seeds.rule.iloc[0]]}; budget {', '.join(budgets)}"


def warnings(seeds: pd.DataFrame, mix: bool) -> Iterator[str]:
    """What is kept apart, what is averaged with `mix`, and which suites cannot be summed up."""
    def told(what: str, names: str) -> str:
        return f"averaged over {what}: {names}" if mix else f"{what} are kept apart, --mix averages them: {names}"

    for column, what in (("budget", "budgets"), ("code", "code versions")):
        names = set(seeds[column])
        if len(names) > 1 or any(" + " in name for name in names):
            yield told(what, joined(names))
    alike = [name for name in KEY if name != "training_id"]
    trainings = seeds.groupby(alike, sort=False).training_id.agg(joined).reset_index()
    trainings = trainings[trainings.training_id.str.contains(" + ", regex=False)].drop_duplicates(["pair", "dose"])
    if len(trainings):
        names = (f"{it.pair}{it.dose and f' {it.dose}'} ({it.training_id})" for it in trainings.itertuples())
        yield told("trainings", ", ".join(names))
    for suite, unclear in ambiguous(suite_seeds(seeds, mix)).groupby("suite"):
        pairs = ", ".join(dict.fromkeys(unclear.pair))
        yield f"suite {suite} has no row: {pairs} has more than one, which of them counts is not known"


def notes(rows: pd.DataFrame, seeds: pd.DataFrame, paper: bool) -> Iterator[str]:
    """What a reader must know about the numbers: other budgets and rules than the paper's, looks measured in part, runs
    not finished."""
    for budget in sorted(set(rows.budget) - {"paper"}):
        yield f"budget {budget} is not the paper's protocol: conf/budget/{budget}.yaml says what differs"
    for told in sorted({*map(departures, set(rows.settings[rows.budget == "paper"]))} - {""}):
        yield f"budget paper is not the paper's protocol here: {told}"
    if paper and set(seeds.rule) - {"max"}:
        yield "the paper's numbers are the maximum over training, --at max"
    yield from partly_measured(rows)
    runs = rows.drop_duplicates("run")
    for run in runs[runs.state != "done"].itertuples():
        yield f"not finished: {run.training} seed {run.seed} ({run.state})"
