"""What tables show: frames with one row per metric become views with one line per pair, suite or dose."""

from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from analysis.formats import Cell, View
from analysis.pairing import KEY, metrics_of
from analysis.select import EVAL_ONLY

SHORT = {"success_rate": "success", "kl": "KL", "training_id": "training", "n": "seeds", "name": "pair"}
Column = tuple[str, Callable[[dict[str, dict]], Cell]]  # header, and the cell of a line from its rows by metric


def overview(table: pd.DataFrame, name: str, title: str, line: str) -> View:
    """Competent seeds, success on both looks and all gaps: the paper's Table 2.

    In: `gaps` or `suite_gaps`; `line`: the column that names a line.
    """
    main, *others = success_first(table)
    columns = [mean_column(main, "train"), mean_column(main, "eval"), gap_column(table, main)]
    if table[table.metric == main].gap_low.notna().any():
        columns.append(("95 %\ninterval", lambda rows: Cell(span(rows[main]))))
    columns.append(gap_column(table, main, "gap_competent"))
    columns += [gap_column(table, metric) for metric in others]
    return gap_view(table, name, title, line, columns)


def full(table: pd.DataFrame, name: str, title: str, line: str) -> View:
    """The means of all metrics on both looks and all gaps: the paper's Table 3, of suites its Table 1."""
    metrics = [metric for metric in metrics_of(table) if metric not in EVAL_ONLY]
    columns = [mean_column(metric, split) for split in ("train", "eval") for metric in metrics]
    columns += [gap_column(table, metric, which) for which in ("gap", "gap_competent") for metric in metrics]
    return gap_view(table, name, title, line, columns)


def gap_view(table: pd.DataFrame, name: str, title: str, line: str, columns: Sequence[Column]) -> View:
    """What gap tables share: names, counts, the columns given, agreement and KL where they were measured."""
    counts = [count_column("pairs")] if "pairs" in table else []
    counts.append(("competent", lambda rows: Cell("{} of {}".format(*(shared(rows, it) for it in ("competent", "n"))))))
    last = [mean_column(metric, "eval", short(metric)) for metric in EVAL_ONLY if metric in set(table.metric)]
    return lines(table, name, title, [*varying(table), line], [*counts, *columns, *last])


def means_view(table: pd.DataFrame, name: str, title: str) -> View:
    """`analysis.compare.robust_means`, a line per agent."""
    columns = [estimate_column(f"{short(metric)}\n{split}", metric, split, f"{split}_low", f"{split}_high")
               for metric in success_first(table) for split in ("train", "eval")]  # fmt: skip
    return lines(table, name, title, varying(table) or ["agent"], [count_column("pairs"), count_column("n"), *columns])


def improvements_view(table: pd.DataFrame, name: str, title: str) -> View:
    """`analysis.compare.improvements`, a line per two agents."""
    columns = [estimate_column(short(metric), metric, "probability", "low", "high") for metric in success_first(table)]
    return lines(table, name, title, [*varying(table), "first", "second"], [count_column("pairs"), *columns])


def beside_view(table: pd.DataFrame, name: str, title: str, line: str) -> View:
    """`analysis.paper.beside`, a line per name and metric: our number, the paper's and the difference, three times."""
    columns = [count_column("n")]
    for value in ("train", "eval", "gap"):
        columns += [
            (f"{value}\nours", lambda rows, v=value: Cell(plus_minus(rows[v]["ours"], rows[v]["ours_sem"]))),
            (f"{value}\npaper", lambda rows, v=value: Cell(plus_minus(rows[v]["paper"], rows[v]["paper_sem"])
                                                           + "*" * bool(rows[v]["note"]))),
            (f"{value}\ndifference", lambda rows, v=value: Cell(distance(rows[v]))),
        ]  # fmt: skip
    notes = ["in: at most the combined SEM apart, the root of the sum of both squares; out: further apart"]
    notes += [f"* {it[line]} {short(it['metric'])}: {it['note']}" for it in table[table.note != ""].to_dict("records")]
    table = table.assign(metric=table.metric.map(short))
    return lines(table, name, title, [*varying(table), line, "metric"], columns, "value", notes)


def changes_view(table: pd.DataFrame, name: str, title: str) -> View:
    """What each look changes, where its name does not say it. In: `named`."""
    looks = table[table["name"] != table.look].drop_duplicates(["name", "look"])
    rows = tuple((Cell(pair), Cell(look)) for pair, look in zip(looks["name"], looks.look))
    return View(name, title, ("pair", "change"), rows, left=2)


def lines(
    table: pd.DataFrame, name: str, title: str, names: Sequence[str], columns: Sequence[Column],
    by: str = "metric", notes: Sequence[str] = (),
) -> View:  # fmt: skip
    """A view with one line per group of the columns before `by`, whose rows it spans; what is missing is NaN."""
    texts = []
    for _, group in table.groupby(list(table.columns[: table.columns.get_loc(by)]), sort=False):
        rows = defaultdict(lambda: defaultdict(lambda: np.nan), {row[by]: row for row in group.to_dict("records")})
        front = (Cell(str(shared(rows, column)) or "unknown") for column in names)
        texts.append((*front, *(cell(rows) for _, cell in columns)))
    headers = (*map(short, names), *(header for header, _ in columns))
    return View(name, title, headers, tuple(texts), len(names), tuple(notes))


def named(table: pd.DataFrame) -> pd.DataFrame:
    """A gap table with a first column `name`: its pair, or the change itself where a pair has none or several."""
    looks = table.drop_duplicates(["pair", "look"]).pair.value_counts()
    clear = (table.pair != "custom") & (table.pair.map(looks) == 1)
    names = table.pair.where(clear, table.look)
    return table.assign(name=names)[["name", *table.columns]]


def success_first(table: pd.DataFrame) -> list[str]:
    """The metrics that have a gap, the telling one first: narrow terminals show only the first columns."""
    metrics = [metric for metric in metrics_of(table) if metric not in EVAL_ONLY]
    return sorted(metrics, key=lambda metric: metric != "success_rate")


def varying(table: pd.DataFrame) -> list[str]:
    """The columns that tell lines apart beside their names."""
    shown = [column for column in ("agent", "budget", "code") if column in table and table[column].nunique() > 1]
    same = [column for column in (*KEY, "metric", "value") if column in table and column != "training_id"]
    return shown + ["training_id"] * bool("training_id" in table and table.duplicated(same).any())


def count_column(column: str) -> Column:
    """A whole number that the rows of a line share."""
    return short(column), lambda rows: Cell(str(shared(rows, column)))


def mean_column(metric: str, split: str, header: str = "") -> Column:
    """Mean ± SEM of a metric on the train or eval look."""
    def cell(rows):
        return Cell(plus_minus(rows[metric][split], rows[metric][f"{split}_sem"]))

    return header or f"{short(metric)}\n{split}", cell


def gap_column(table: pd.DataFrame, metric: str, which: str = "gap") -> Column:
    """A gap; its shade is the share of the train value that is lost, of returns the share of the largest gap."""
    whole = 100.0 if metric != "return" else table[table.metric == metric][which].max() or 1.0

    def cell(rows):
        gap = rows[metric][which]
        return Cell(number(gap), None if pd.isna(gap) else float(np.clip(gap / whole, 0, 1)))

    sign = "Δ" if metric == "return" else "Δ %"
    return (f"{short(metric)}\n{sign}" if which == "gap" else f"competent\n{short(metric)} {sign}"), cell


def estimate_column(header: str, metric: str, value: str, low: str, high: str) -> Column:
    """A value between 0 and 1 with its interval."""
    def cell(rows):
        row = rows[metric]
        around = "" if pd.isna(row[low]) else f" [{number(row[low], 2)}, {number(row[high], 2)}]"
        return Cell(number(row[value], 2) + around)

    return header, cell


def shared(rows: dict[str, dict], column: str) -> object:
    """What all rows of a line have in a column, ? if it is not known."""
    value = next(iter(rows.values()))[column]
    return "?" if pd.isna(value) else value


def short(name: str) -> str:
    """How headers call a metric or column."""
    return SHORT.get(name, name)


def number(value: float, digits: int = 1, sign: str = "") -> str:
    """A number, never -0.0; - for nothing. `sign`: + for one in front of what is not negative."""
    return "-" if pd.isna(value) else f"{round(value, digits) + 0:{sign}.{digits}f}"


def plus_minus(mean: float, sem: float) -> str:
    """Mean with its SEM, without one for a single value; - for nothing."""
    digits = 2 if abs(mean) < 10 else 1
    return number(mean, digits) + ("" if pd.isna(sem) else f" ± {number(sem, digits)}")


def span(row: dict) -> str:
    """The interval of a gap."""
    return "-" if pd.isna(row["gap_low"]) else f"[{number(row['gap_low'])}, {number(row['gap_high'])}]"


def distance(row: dict) -> str:
    """The difference to the paper, and whether it is within the combined SEM where there is one."""
    digits = 2 if abs(row["paper"]) < 10 and row["value"] != "gap" else 1
    judged = "" if pd.isna(row["within"]) else " in" if row["within"] else " out"
    return number(row["difference"], digits, "+") + judged
