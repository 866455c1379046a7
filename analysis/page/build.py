"""One self-contained HTML file from the tables of a report: no server, no request, no framework."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import jinja2
import pandas as pd

from analysis.colours import colour
from analysis.formats import View
from analysis.page import svg
from analysis.page.looks import Looks
from analysis.page.methods import side_by_side
from analysis.page.provenance import provenance
from analysis.page.remarks import of_pair, remarks
from analysis.page.summary import bars, scale, sentences
from analysis.pairing import KEY, METRICS
from analysis.select import EVAL_ONLY, RULES
from analysis.series import WHERE, Curves, title
from analysis.tables import named, number, plus_minus, span, success_first, varying
from kage.params import value_text

HERE = Path(__file__).parent


def build(
    name: str, rows: pd.DataFrame, seeds: pd.DataFrame, frames: dict[str, pd.DataFrame], views: Sequence[View],
    warnings: Sequence[str], files: Sequence[str],
) -> str:  # fmt: skip
    """The page as text.

    In: what it is called; tidy rows of `analysis.collect`; `analysis.pairing.paired`; the tables by name and as shown,
    see `analysis.report`; what to warn of; files beside the page to point to.
    """
    shown, looks, curves = {view.name: view for view in views}, Looks(), Curves(rows)
    pairs = named(frames["pairs"]) if "pairs" in frames else pd.DataFrame(columns=["name", *KEY, "metric"])
    chart = bars(frames.get("suites", pairs.iloc[:0]), pairs)
    details = list(pair_details(pairs, seeds, curves, looks))
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(HERE), autoescape=True, trim_blocks=True,
                                     lstrip_blocks=True, undefined=jinja2.StrictUndefined)  # fmt: skip
    environment.filters |= {"place": place, "value": value_text, "number": number}
    return environment.get_template("page.html").render(
        name=name, rule=RULES[seeds.rule.iloc[0]] if len(seeds) else "", budgets=sorted(set(rows.budget)),
        agents=sorted(set(rows.agent)), counts=counts(rows, pairs), measured=len(seeds) > 0,
        sentences=list(sentences(chart)) if len(seeds) else [], chart=chart, axis=scale(chart),
        warnings=[*warnings, *remarks(seeds)], views=shown, details=details,
        suites=sorted({detail["suite"] for detail in details}), studies=list(studies(frames, shown, looks, seeds)),
        methods=[view for view in (side_by_side(pairs), shown.get("improvements")) if view],
        trainings=list(trainings(rows, curves, looks)),
        paper=[shown[it] for it in ("paper_suites", "paper_pairs") if it in shown],
        provenance=provenance(rows), files=sorted(files),
        faults=list(dict.fromkeys(looks.faults)), pictures=looks.pictures,
        style=(HERE / "style.css").read_text(), script=(HERE / "script.js").read_text(),
    )  # fmt: skip


def place(value: float, axis: dict) -> str:
    """Where a value stands on the summary's axis, in percent of its width."""
    return f"{100 * (value - axis['low']) / (axis['high'] - axis['low']):.2f}"


def counts(rows: pd.DataFrame, pairs: pd.DataFrame) -> dict[str, int]:
    """How much there is."""
    return {"pairs": len(pairs[["name"]].drop_duplicates()), "runs": rows.run.nunique(),
            "seeds": rows.seed.nunique(), "evaluations": len(rows[["run", "step"]].drop_duplicates())}  # fmt: skip


def trainings(rows: pd.DataFrame, curves: Curves, looks: Looks) -> Iterator[dict]:
    """Every training: its look, and its learning curves on it."""
    train = rows[rows.split == "train"]
    for (training, _), its in train.groupby(["training", "training_id"], observed=True, sort=True):
        runs, metrics = its.run.unique().tolist(), [name for name in METRICS if name in set(its.metric)]
        yield {
            "name": training, "seeds": its.seed.nunique(), "look": looks.trained(Path(runs[0])),
            "charts": [svg.curves(title(metric), metric, curves.trained(runs, metric), None) for metric in metrics],
        }  # fmt: skip


def pair_details(pairs: pd.DataFrame, seeds: pd.DataFrame, curves: Curves, looks: Looks) -> Iterator[dict]:
    """What each line of the pairs table opens to, in its order."""
    most = seeds.groupby("agent").seed.nunique() if len(seeds) else {}
    runs_of = dict(list(seeds.groupby(KEY, sort=False).run)) if len(seeds) else {}
    who = varying(pairs)
    line = list(pairs.columns[: pairs.columns.get_loc("metric")])
    for place, (_, group) in enumerate(pairs.groupby(line, sort=False)):
        first = group.iloc[0]
        runs = list(dict.fromkeys(runs_of[tuple(first[KEY])]))
        key = tuple(first[column] for column in WHERE[1:])
        yield {
            "id": f"pair{place}", "name": first["name"], "suite": first.suite, "colour": colour(first.suite),
            "who": " ".join(str(first[column]) for column in who), "text": first.look,
            "look": looks.of(Path(runs[0]), key), "competence": competence(first.n, first.competent),
            "remarks": list(of_pair(first.n, first.competent, most[first.agent])),
            "numbers": [metric_line(row) for row in group.to_dict("records")],
            "charts": [svg.curves(title(it), it, curves.trained(runs, it), curves.of(runs, ("eval", *key), it))
                       for it in success_first(group)],
        }  # fmt: skip


def competence(n: int, competent: object) -> str:
    """How many seeds learnt their task."""
    return f"{n} seeds, success not measured" if pd.isna(competent) else f"{competent} of {n} seeds competent"


def metric_line(row: dict) -> dict[str, str]:
    """One metric of a pair as text."""
    alone = row["metric"] in EVAL_ONLY
    unit = "" if row["metric"] == "return" else " %"
    return {
        "metric": title(row["metric"]), "train": "" if alone else plus_minus(row["train"], row["train_sem"]),
        "eval": plus_minus(row["eval"], row["eval_sem"]),
        "gap": "" if alone else with_unit(number(row["gap"]), unit), "interval": "" if alone else span(row),
        "competent": "" if alone else with_unit(number(row["gap_competent"]), unit),
    }  # fmt: skip


def with_unit(text: str, unit: str) -> str:
    """A number with its unit, nothing without one."""
    return text if text == "-" else text + unit


def studies(
    frames: dict[str, pd.DataFrame], shown: dict[str, View], looks: Looks, seeds: pd.DataFrame,
) -> Iterator[dict]:  # fmt: skip
    """Every dose-response study: charts of each metric, pictures of each dose, its table."""
    if "doses" not in frames:
        return
    runs = seeds.drop_duplicates(KEY).set_index(KEY).run
    for study, table in frames["doses"].groupby("study", sort=False):
        groups, who = [], varying(table)
        for _, its in table.groupby(["agent", "budget", "code", "pair"], sort=False):
            one_look = its[its.metric == its.metric.iloc[0]]
            names = one_look.dose.tolist()
            charts = []
            for metric in success_first(its):
                part = its[its.metric == metric]
                points = {split: (part[split].to_numpy(float), part[f"{split}_sem"].to_numpy(float))
                          for split in ("train", "eval")}  # fmt: skip
                charts.append(svg.doses(title(metric), metric, names, points))
            pictures = [(row["dose"], looks.of(Path(runs[tuple(row[column] for column in KEY)]),
                                               tuple(row[column] for column in WHERE[1:])))
                        for row in one_look.to_dict("records")]  # fmt: skip
            groups.append({"who": " ".join(str(its.iloc[0][column]) for column in who), "charts": charts,
                           "pictures": pictures, "numbered": max(map(len, names)) > svg.BRIEF})  # fmt: skip
        yield {"name": study, "groups": groups, "view": shown["doses_" + re.sub(r"[^\w.-]+", "_", study)]}


