"""One self-contained HTML file from the tables of a report: no server, no request, no framework."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2
import pandas as pd

from kage.analysis.colours import colour
from kage.analysis.dosed import parameters, unordered
from kage.analysis.explained import FOLDER, read_explained
from kage.analysis.formats import View, file_name
from kage.analysis.interactions import maps as maps_of_interactions
from kage.analysis.metrics import EVAL_ONLY, PLATFORMER, Family
from kage.analysis.page import svg
from kage.analysis.page.interactions import joint_map
from kage.analysis.page.methods import learning, maps, profile_chart
from kage.analysis.page.provenance import Provenance
from kage.analysis.page.remarks import of_pair, remarks
from kage.analysis.page.summary import bars, ranks, scale, sentences
from kage.analysis.page.tables import gaps_first, side_by_side
from kage.analysis.page.why import section
from kage.analysis.pairing import KEY
from kage.analysis.select import rule_text
from kage.analysis.series import WHERE, Curves
from kage.analysis.tables import SIGN, method_names, named, number, plus_minus, span, varying
from kage.analysis.trainings import training_names, with_names
from kage.params import value_text

if TYPE_CHECKING:
    from kage.analysis.page.looks import Looks

HERE = Path(__file__).parent


def build(
    name: str, rows: pd.DataFrame, seeds: pd.DataFrame, frames: dict[str, pd.DataFrame], views: Sequence[View],
    origin: Provenance, warnings: Sequence[str], files: Sequence[str], family: Family = PLATFORMER,
) -> str:  # fmt: skip
    """The page as text.

    In: what it is called; tidy rows of `kage.analysis.collect`; `kage.analysis.pairing.paired`; the tables by name and
    as shown, see `kage.analysis.report`; where they come from; what to warn of; files beside the page to point to; the
    family of all of this.
    """
    shown, looks, curves = {view.name: view for view in views}, pictures_of(family), Curves(rows)
    pairs = named(frames["pairs"]) if "pairs" in frames else pd.DataFrame(columns=["name", *KEY, "metric"])
    chart = bars(frames.get("suites", pairs.iloc[:0]), pairs, family)
    scores = frames.get("scores_suites") if family.leads == "scores" else None
    told = sentences(chart, family) if scores is None else ranks(scores, family)
    details = list(pair_details(pairs, seeds, curves, looks, family))
    called = with_names(seeds, training_names(rows))
    return template("page.html").render(
        name=name, rule=rule_text(seeds.rule.iloc[0], family) if len(seeds) else "", family=family,
        budgets=sorted(rows.budget.unique()), agents=sorted(rows.agent.unique()), counts=counts(rows, pairs),
        measured=len(seeds) > 0, sentences=list(told) if len(seeds) else [], chart=chart,
        axis=scale(chart), warnings=[*warnings, *remarks(called, family)], details=details,
        views=shown | {it: gaps_first(shown[it]) for it in ("suites", "pairs") if it in shown},
        suites=sorted({detail["suite"] for detail in details}),
        of_studies=[shown[it] for it in ("responses", "interactions") if it in shown],
        studies=list(studies(frames, shown, looks, rows, seeds, family)),
        scores=[shown[it] for it in ("scores_suites", "scores") if it in shown and family.leads == "scores"],
        profile=profile_chart(frames["profiles"], family) if "profiles" in frames else None,
        planning=[shown[it] for it in ("seeds_needed", "early") if it in shown],
        methods=method_tables(pairs, shown, family),
        maps=list(maps(frames["methods"], family)) if "methods" in frames else [],
        learning=learning(rows, curves, family),
        why=why(rows), trainings=list(trainings(rows, curves, looks, family)), faint=svg.FAINT,
        paper=[shown[it] for it in ("paper_suites", "paper_pairs") if it in shown],
        provenance=origin, files=sorted(files),
        faults=list(dict.fromkeys(looks.faults)), pictures=looks.pictures,
        sign=SIGN,
    )  # fmt: skip


def template(name: str) -> jinja2.Template:
    """A page's template, with the style and the script that all pages have."""
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(HERE), autoescape=True, trim_blocks=True,
                                     lstrip_blocks=True, undefined=jinja2.StrictUndefined)  # fmt: skip
    environment.filters |= {"place": place, "value": value_text, "number": number}
    environment.globals |= {"style": (HERE / "style.css").read_text(), "script": (HERE / "script.js").read_text()}
    return environment.get_template(name)


class NoPictures:
    """In place of `Looks`, for a family whose worlds are not drawn here."""

    pictures: dict[str, str] = {}
    faults: list[str] = []

    def of(self, run: Path, key: tuple[str, ...]) -> None:
        """No picture of a look."""

    def trained(self, run: Path) -> None:
        """No picture of a training look."""


def pictures_of(family: Family) -> Looks | NoPictures:
    """What draws the looks of a family. Only the platformer's are drawn, which starts JAX."""
    if family.name != PLATFORMER.name:
        return NoPictures()
    from kage.analysis.page.looks import Looks

    return Looks()


def method_tables(pairs: pd.DataFrame, shown: dict[str, View], family: Family) -> list[View]:
    """The tables that compare methods; none for a single method."""
    summed = [shown.get("methods"), shown.get("methods_privileged"), shown.get("methods_equal")]
    by_pair = [side_by_side(pairs, family), shown.get("method_pairs")]
    return [view for view in (*summed, *by_pair, shown.get("improvements")) if view]


def why(rows: pd.DataFrame) -> dict | None:
    """What was explained of these runs; None if nothing was."""
    found, pictures = read_explained(sorted({Path(run).parents[2] / FOLDER for run in rows.run.unique()}))
    return section(found[found.training.isin(rows.training.unique())], pictures)


def place(value: float, axis: dict) -> str:
    """Where a value stands on the summary's axis, in percent of its width."""
    return f"{100 * (value - axis['low']) / (axis['high'] - axis['low']):.2f}"


def counts(rows: pd.DataFrame, pairs: pd.DataFrame) -> dict[str, int]:
    """How much there is."""
    return {"pairs": len(pairs[["name"]].drop_duplicates()), "runs": rows.run.nunique(),
            "seeds": rows.seed.nunique(), "evaluations": len(rows[["run", "step"]].drop_duplicates())}  # fmt: skip


def trainings(rows: pd.DataFrame, curves: Curves, looks: Looks, family: Family) -> Iterator[dict]:
    """Every training: its look, and its learning curves on it."""
    train = rows[rows.split == "train"]
    for (training, _), own in train.groupby(["training", "training_id"], observed=True, sort=True):
        runs, metrics = own.run.unique().tolist(), family.in_order(own.metric.unique())
        yield {
            "name": training, "seeds": own.seed.nunique(), "look": looks.trained(Path(runs[0])),
            "charts": [svg.curves(family.metric(name), curves.trained(runs, name), None) for name in metrics],
        }  # fmt: skip


def pair_details(
    pairs: pd.DataFrame, seeds: pd.DataFrame, curves: Curves, looks: Looks, family: Family,
) -> Iterator[dict]:  # fmt: skip
    """What each line of the pairs table opens to, in its order."""
    most = seeds.groupby("agent", observed=True).seed.nunique() if len(seeds) else {}
    runs_of = runs_by_key(seeds)
    names = method_names(pairs, varying(pairs))
    line = list(pairs.columns[: pairs.columns.get_loc("metric")])
    for place, (_, group) in enumerate(pairs.groupby(line, sort=False)):
        first = group.iloc[0]
        runs = runs_of[tuple(first[KEY])]
        look = tuple(first[column] for column in WHERE[1:])
        yield {
            "id": f"pair{place}", "name": first["name"], "who": names[group.index[0]], "suite": first.suite,
            "colour": colour(first.suite, family.suites), "text": first.look, "seeds": int(first.n),
            "look": looks.of(Path(runs[0]), look), "competence": competence(first.n, first.competent, family),
            "remarks": list(of_pair(first.n, first.competent, most[first.agent], first.agent)),
            "numbers": [metric_line(row, family) for row in group.to_dict("records")],
            "charts": [svg.curves(family.metric(it), *(curves.of(runs, ("eval", *look), it, which)
                                                       for which in ("train", "value")))
                       for it in family.with_gap(group.metric)],
        }  # fmt: skip


def runs_by_key(seeds: pd.DataFrame) -> dict[tuple, list[str]]:
    """The runs of each row of the gap tables, by `KEY`."""
    groups = seeds[[*KEY, "run"]].drop_duplicates().groupby(KEY, sort=False, observed=True).run
    return {key: runs.tolist() for key, runs in groups} if len(seeds) else {}


def competence(n: int, competent: object, family: Family) -> str:
    """How many seeds learnt their task."""
    if pd.isna(competent):
        return f"{n} seeds" + (", success not measured" if family.telling.share else "")
    return f"{competent} of {n} seeds competent"


def metric_line(row: dict, family: Family) -> dict[str, str]:
    """One metric of a pair as text."""
    metric, alone = family.metric(row["metric"]), row["metric"] in EVAL_ONLY
    return {
        "metric": metric.title, "train": "" if alone else plus_minus(row["train"], row["train_sem"]),
        "eval": plus_minus(row["eval"], row["eval_sem"]),
        "gap": "" if alone else with_unit(number(row["gap"]), metric.gap_unit), "interval": "" if alone else span(row),
        "competent": "" if alone else with_unit(number(row["gap_competent"]), metric.gap_unit),
    }  # fmt: skip


def with_unit(text: str, unit: str) -> str:
    """A number with its unit, nothing without one."""
    return text if text == "-" else text + unit


def studies(
    frames: dict[str, pd.DataFrame], shown: dict[str, View], looks: Looks, rows: pd.DataFrame, seeds: pd.DataFrame,
    family: Family,
) -> Iterator[dict]:  # fmt: skip
    """Every dose-response study: charts of each metric, pictures of each dose, its table, maps of interactions."""
    if "doses" not in frames:
        return
    runs, dosed, joint = runs_by_key(seeds), parameters(rows, family), []
    if "interactions" in frames:
        table = frames["interactions"]
        who = varying(table.drop(columns="training_id"))
        joint = list(maps_of_interactions(table.assign(method=method_names(table, who))))
    for study, table in frames["doses"].groupby("study", sort=False):
        groups, names = [], method_names(table, varying(table))
        for _, own in table.groupby(["agent", "budget", "world", "code", "pair"], sort=False):
            one_look = own[own.metric == own.metric.iloc[0]]
            doses = one_look.dose.tolist()
            charts = []
            for name in family.with_gap(own.metric) if not unordered(doses) else ():
                part = own[own.metric == name]
                points = {split: (part[split].to_numpy(float), part[f"{split}_sem"].to_numpy(float))
                          for split in ("train", "eval")}  # fmt: skip
                charts.append(svg.doses(family.metric(name), doses, points, dosed[study]))
            pictures = [(row["dose"], looks.of(Path(runs[tuple(row[column] for column in KEY)][0]),
                                               tuple(row[column] for column in WHERE[1:])))
                        for row in one_look.to_dict("records")]  # fmt: skip
            groups.append({"who": names[own.index[0]], "charts": charts, "pictures": pictures,
                           "numbered": max(map(len, doses)) > svg.BRIEF})  # fmt: skip
        yield {"name": study, "groups": groups, "view": gaps_first(shown[f"doses_{file_name(study)}"]),
               "joint": [joint_map(who, own) for whose, who, own in joint if whose == study]}  # fmt: skip
