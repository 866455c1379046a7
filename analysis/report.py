"""kage report: all that was measured below some folders, as tables on the console and in files."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.markup import escape

from kage.analysis.collect import collect
from kage.analysis.compare import improvements, robust_means
from kage.analysis.early import early
from kage.analysis.episodes import uneven
from kage.analysis.equal import at_equal_success
from kage.analysis.formats import View, markdown, print_view
from kage.analysis.gaps import ambiguous, benchmark, gaps, suite_gaps, suite_seeds
from kage.analysis.interactions import interactions
from kage.analysis.latex import WIDTH, latex
from kage.analysis.methods import chosen, method_pairs, methods
from kage.analysis.metrics import PLATFORMER, Family, family_of
from kage.analysis.only import headers_asked, only_looks, with_columns
from kage.analysis.page.provenance import Provenance, provenance
from kage.analysis.page.remarks import partly_measured
from kage.analysis.pairing import COMPETENT, KEY, curves, joined, paired, were_joined
from kage.analysis.paper import beside, departures
from kage.analysis.power import seeds_needed
from kage.analysis.profiles import profiles
from kage.analysis.responses import responses
from kage.analysis.scores import scores, suite_scores
from kage.analysis.select import categories, once, plain, rule_text
from kage.analysis.tables import SIGN, named
from kage.analysis.trainings import training_names, with_names
from kage.analysis.tuned import in_words, tuned
from kage.analysis.views import views
from kage.console import say
from kage.runs import files
from kage.runs.packs import Sources, opened
from kage.runs.run import RunError

PAGE, FIGURES = "index.html", "figures"
WRITTEN = ".written"  # names of the files that the report beside it consists of, one per line


def print_report(
    given: Sequence[Path], console: Console, at: str = "max", mix: bool = False, paper: bool = False,
    to: Path | None = None, reference: str | None = None, pairs: Sequence[str] = (), suites: Sequence[str] = (),
    columns: Sequence[str] = (), width: float = WIDTH,
) -> None:  # fmt: skip
    """Print the tables of everything in folders and packs and write them, with more, to the folder `to` if given.

    `at`: a rule of `kage.analysis.select.RULES`; `mix`: average over budgets, code versions and trainings; `paper`: set
    the published numbers beside ours; `reference`: the method that others are compared with, see
    `kage.analysis.methods`; `pairs`, `suites`, `columns`: only these, see `kage.analysis.only`; the page and CSV files
    have all columns; `width`: of the text that LaTeX tables and figures stand in, in inches. Every family of worlds has
    tables of its own, in a folder of its own if there are several.
    What cannot be read and what is not finished is named. RunError if there is nothing to show, if the folders
    contradict each other, or if nothing is called like the reference, a pair, a suite or a column.
    """
    with opened(given) as sources:
        reports, faults = reports_of(sources, console, at, mix, paper, to is not None, reference, pairs, suites)
        try:
            asked = headers_asked([view for one in reports for view in one.views], columns)
        except ValueError as error:
            raise RunError(str(error)) from None
        name = ", ".join(folder.resolve().name for folder in sources.folders)
        if len(reports) == 1:
            show(reports[0], console, to, name, faults, asked, width)
            return
        if to:
            forget(to, [])
        for report in reports:
            say(console, f"\n[bold]family {escape(report.family.name)}[/]")
            show(report, console, to and to / report.family.name, f"{name}: {report.family.name}", faults, asked, width)


def as_json(
    given: Sequence[Path], at: str = "max", mix: bool = False, paper: bool = False, reference: str | None = None,
    pairs: Sequence[str] = (), suites: Sequence[str] = (),
) -> str:  # fmt: skip
    """Every table of everything in folders and packs, for programs; nothing is written.

    The arguments and errors are those of `print_report`. Out: left_out, and for each family its name, rule, tables
    (name -> rows, with the columns of the CSV files, null for what is not known), warnings and notes.
    """
    with opened(given) as sources:
        reports, faults = reports_of(sources, Console(quiet=True), at, mix, paper, True, reference, pairs, suites)
    families = [
        {"family": one.family.name, "rule": at, "warnings": one.warnings, "notes": one.notes,
         "tables": {name: json.loads(frame.to_json(orient="records")) for name, frame in one.frames.items()}}
        for one in reports
    ]  # fmt: skip
    return json.dumps({"left_out": faults, "families": families}, indent=1)


def reports_of(
    sources: Sources, console: Console, at: str, mix: bool, paper: bool, over_training: bool, reference: str | None,
    pairs: Sequence[str], suites: Sequence[str],
) -> tuple[list[Report], list[str]]:  # fmt: skip
    """The report of each family, and what was left out. `over_training`: with the tables of learning curves and of
    trainings. RunError as `print_report`."""
    rows, faults = read(sources, console)
    try:
        rows = only_looks(rows, pairs, suites)
        families = [measured(own, at, mix) for _, own in rows.groupby("family", observed=True)]
        chosen(sorted({name for one in families for name in one.methods}), reference)
        return [report_of(one, mix, paper, over_training, reference) for one in families], faults
    except ValueError as error:
        raise RunError(str(error)) from None


def read(sources: Sources, console: Console) -> tuple[pd.DataFrame, list[str]]:
    """Tidy rows of everything below the sources, and what was left out, which is printed too. RunError if there are no
    rows."""
    rows, faults = collect(sources.folders)
    faults = list(map(sources.told, faults))
    for fault in faults:
        say(console, f"[red]left out[/] {escape(fault)}")
    if rows.empty:
        raise RunError(f"no evaluations below {', '.join(map(str, sources.given))}")
    return rows, faults


@dataclass(frozen=True)
class Measured:
    """All that was measured in one family: tidy rows of `kage.analysis.collect`, and `kage.analysis.pairing.paired` of
    them."""

    family: Family
    rows: pd.DataFrame
    seeds: pd.DataFrame

    @property
    def methods(self) -> list[str]:
        """What the methods are called."""
        return list(self.seeds.agent.unique())


@dataclass(frozen=True)
class Report(Measured):
    """And all that is said of it."""

    frames: dict[str, pd.DataFrame]  # tables by name
    views: list[View]
    warnings: list[str]
    notes: list[str]
    origin: Provenance  # of the runs; empty unless it is asked for with the curves


def measured(rows: pd.DataFrame, at: str, mix: bool) -> Measured:
    """What the tidy rows of one family hold. ValueError as `paired`, or if their families cannot be understood."""
    rows = once(categories(rows.reset_index(drop=True)))
    family = family_of(rows.described.cat.categories)
    return Measured(family, rows, paired(rows, at, mix, family))


def report_of(found: Measured, mix: bool, paper: bool, over_training: bool, reference: str | None) -> Report:
    """Every table. A reference that the family does not have is left to families that have it; the paper's numbers are
    the platformer's."""
    family, rows, seeds = found.family, found.rows, found.seeds
    paper &= family.name == PLATFORMER.name
    frames = tables(seeds, mix, paper, family, reference if reference in found.methods else None)
    if "methods" in frames and family.telling.share:
        reached = at_equal_success(rows, mix=mix, family=family)
        equal = methods(reached, reference if reference in set(reached.agent) else None, mix, family)
        frames |= {"methods_equal": equal} if len(equal) else {}
    if len(joint := interactions(rows, seeds, family)):
        frames["interactions"] = joint
    if over_training:
        frames["curves"] = curves(rows, mix, family)
        if len(foretold := early(frames["curves"], family)):
            frames["early"] = foretold
    origin = provenance(rows) if over_training else Provenance()
    frames |= {"trainings": pd.DataFrame(origin.trainings)} if origin.trainings else {}
    names = training_names(rows)
    called = {name: with_names(frame, names) for name, frame in frames.items()}
    if len(trials := tuned(rows)):
        frames["trials"] = trials
    everywhere = [line for line in (uneven(seeds), in_words(trials)) if line]
    shown = [dataclasses.replace(it, notes=(*it.notes, *everywhere)) if it.name != "changes" else it
             for it in views(called, family)]  # fmt: skip
    told = [*warnings(with_names(seeds, names), mix), *everywhere]
    return Report(family, rows, seeds, frames, shown, told,
                  list(notes(rows, seeds, paper, family)), origin)  # fmt: skip


def show(
    report: Report, console: Console, to: Path | None, name: str, faults: Sequence[str], asked: set[str] | None,
    width: float,
) -> None:  # fmt: skip
    """Print the tables of one family, and write them if there is a folder for them."""
    seeds, family, written = report.seeds, report.family, []
    if seeds.empty:
        say(console, "only training looks were measured: choose a pair, or set eval.<group>.<key>=<value>")
    else:
        what = "generalisation gap Δ, mean ± SEM" if family.leads == "gaps" else "scores, mean ± SEM"
        say(console, f"{what}; {setting(seeds, family)}\n{SIGN}")
        if family.telling.share and family.leads == "gaps":
            prose = family.telling.prose
            say(console, f"competent: seeds with a {prose} of at least {COMPETENT} on the training look")
        shown = list(with_columns(report.views, asked))
        for view in shown:
            if view.name == "changes":
                say(console, f"\n[bold]{view.title}[/]")
                for pair, change in view.rows:
                    say(console, f"  {escape(pair.text)}: {escape(change.text)}")
            elif printed(view, family):
                print_view(view, console)
        if to:
            written = write(to, report.frames, captioned(shown, seeds, family), width)
            say(console, f"tables: {escape(str(to))} (csv, md, tex)")
    if to:
        from kage.analysis.figures import draw  # these imports start matplotlib and JAX: only when a page is made
        from kage.analysis.page.build import build

        written += [f"{FIGURES}/{file}" for file in draw(to / FIGURES, report.frames, report.rows, family, width)]
        remarks = [*(f"left out {fault}" for fault in faults), *report.warnings, *report.notes]
        page = build(name, report.rows, seeds, report.frames, report.views, report.origin, remarks, written, family)
        files.write(to / PAGE, page.encode())
        forget(to, [*written, PAGE])
        say(console, f"figures: {escape(str(to / FIGURES))} (pdf, png)\npage: {escape(str(to / PAGE))}")
    for line in report.warnings:
        say(console, f"[yellow]warning[/] {escape(line)}")
    for line in report.notes:
        say(console, escape(line))


def printed(view: View, family: Family) -> bool:
    """Is a view for the console, too? Full tables are for files, and so are scores where gaps lead."""
    full = view.name.endswith("_full") or view.name.startswith("scores") and family.leads == "gaps"
    return not (view.quiet or full)


def tables(
    seeds: pd.DataFrame, mix: bool, paper: bool, family: Family = PLATFORMER, reference: str | None = None,
) -> dict[str, pd.DataFrame]:  # fmt: skip
    """Every table of the seeds by name, empty ones left out."""
    table = gaps(seeds, family)
    found = {
        "suites": suite_gaps(seeds, mix, family), "pairs": table[table.study == ""], "doses": table[table.study != ""],
        "changes": table.loc[table.study == "", ["suite", "pair", "look"]].drop_duplicates(),
        "responses": responses(seeds, family),
        "scores": scores(seeds, family), "scores_suites": suite_scores(seeds, mix, family),
        "methods": methods(seeds, reference, mix, family),
        "method_pairs": method_pairs(seeds, reference, mix, family),
        "seeds_needed": seeds_needed(seeds, mix, family), "profiles": profiles(seeds, mix, family),
        "robust_means": robust_means(seeds, mix, family), "improvements": improvements(seeds, mix),
    }  # fmt: skip
    if paper:
        clear = named(benchmark(found["pairs"]))
        found["paper_suites"] = beside(found["suites"], "suite")
        found["paper_pairs"] = beside(clear[clear.name == clear.pair].drop(columns="name"), "pair")
    return {name: frame for name, frame in found.items() if len(frame)}


def captioned(shown: Sequence[View], seeds: pd.DataFrame, family: Family) -> list[View]:
    """Views whose titles say what stands around tables elsewhere: how many seeds, which rule and which budget."""
    about = f"{counted(seeds)}; {setting(seeds, family)}"
    return [dataclasses.replace(view, title=f"{view.title}; {about}") for view in shown]


def write(folder: Path, frames: dict[str, pd.DataFrame], shown: Sequence[View], width: float = WIDTH) -> list[str]:
    """Every table as CSV in full precision, every view as Markdown and LaTeX; returns the names of the files.

    RunError if they cannot be written.
    """
    content = {f"{name}.csv": frame.to_csv(index=False) for name, frame in frames.items()}
    content |= {f"{view.name}.md": markdown(view) for view in shown}
    content |= {f"{view.name}.tex": latex(view, width) for view in shown}
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


def counted(seeds: pd.DataFrame) -> str:
    """How many seeds looks were measured with."""
    numbers = seeds.groupby(KEY, observed=True, sort=False).run.nunique()
    low, high = int(numbers.min()), int(numbers.max())
    return f"n = {low} seed{'s' * (low > 1)}" if low == high else f"n = {low} to {high} seeds"


def setting(seeds: pd.DataFrame, family: Family) -> str:
    """Rule and budget of the tables."""
    budgets = sorted(seeds.budget.unique())
    return f"{rule_text(seeds.rule.iloc[0], family)}; budget {', '.join(budgets)}"


def warnings(seeds: pd.DataFrame, mix: bool) -> Iterator[str]:
    """What is kept apart, what is averaged with `mix`, and which suites cannot be summed up."""
    def line(what: str, names: str) -> str:
        return f"averaged over {what}: {names}" if mix else f"{what} are kept apart, --mix averages them: {names}"

    kinds, said = plain(seeds[KEY].drop_duplicates()), set()
    for column, what, whose in (("budget", "budgets", []), ("code", "code versions", ["agent"]),
                                ("world", "versions of the world", [])):  # fmt: skip
        names = kinds[[*whose, column]].drop_duplicates()  # every method has code of its own
        several = names[names.duplicated(whose, keep=False)] if whose else names
        several = several if len(several) > 1 else names[were_joined(names[column])]
        if len(several) and joined(several[column]) not in said:  # old folders have one code, of method and world
            said.add(joined(several[column]))
            yield line(what, joined(several[column]))
    alike = [name for name in KEY if name != "training_id"]
    trainings = kinds.groupby(alike, sort=False).training_id.agg(joined).reset_index()
    trainings = trainings[were_joined(trainings.training_id)].drop_duplicates(["pair", "dose"])
    if len(trainings):
        names = (f"{it.pair}{it.dose and f' {it.dose}'} ({it.training_id})" for it in trainings.itertuples())
        yield line("trainings", ", ".join(names))
    for suite, unclear in ambiguous(suite_seeds(seeds, mix)).groupby("suite"):
        pairs = ", ".join(dict.fromkeys(unclear.pair))
        yield f"suite {suite} has no row: {pairs} has more than one, which of them counts is not known"


def notes(rows: pd.DataFrame, seeds: pd.DataFrame, paper: bool, family: Family = PLATFORMER) -> Iterator[str]:
    """What a reader must know about the numbers: other budgets and rules than the paper's, looks measured in part, runs
    not finished."""
    if family.name == PLATFORMER.name:
        for budget in sorted(set(rows.budget.unique()) - {"paper"}):
            yield f"budget {budget} is not the paper's protocol: conf/budget/{budget}.yaml says what differs"
        for differs in sorted({*map(departures, rows.settings[rows.budget == "paper"].unique())} - {""}):
            yield f"budget paper is not the paper's protocol here: {differs}"
    if paper and set(seeds.rule.unique()) - {"max"}:
        yield "the paper's numbers are the maximum over training, --at max"
    yield from partly_measured(rows)
    runs = rows.drop_duplicates("run")
    for run in runs[runs.state != "done"].itertuples():
        yield f"not finished: {run.training} seed {run.seed} ({run.state})"
