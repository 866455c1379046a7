"""What tables show: frames with one row per metric become views with one line per pair, suite or dose."""

from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from kage.analysis.formats import Cell, View
from kage.analysis.metrics import COMPARISONS, EVAL_ONLY, PERCENT, PLATFORMER, Family, Metric
from kage.analysis.pairing import KEY

SHORT = {"training_id": "training", "n": "seeds", "name": "pair"}
SIGN = "Δ: what is lost under the shift, Δ % in percent of the value on the training look; below 0 it is gained"
HOLM = "p\nHolm"
Column = tuple[str, Callable[[dict[str, dict]], Cell]]  # header, and the cell of a line from its rows by metric


def overview(table: pd.DataFrame, name: str, title: str, line: str, family: Family = PLATFORMER) -> View:
    """Competent seeds, the telling metric on both looks and all gaps: the paper's Table 2.

    In: `gaps` or `suite_gaps`; `line`: the column that names a line.
    """
    main, *others = unlike(table, family.with_gap(table.metric), family, "gap")
    columns = [mean_column(main, "train", family), mean_column(main, "eval", family), gap_column(table, main, family)]
    if table[table.metric == main].gap_low.notna().any():
        header = f"{family.metric(main).short} Δ\n95 % interval"
        columns.append((header, lambda rows: Cell(span(rows[main]))))
        columns.append((HOLM, lambda rows: Cell(probability(rows[main]["gap_holm"]))))
    if some_incompetent(table):
        columns.append(gap_column(table, main, family, "gap_competent"))
    columns += [gap_column(table, metric, family) for metric in others]
    unchanged = f"the shift does not change {family.metric(main).short}"
    names = f"{family.word('pair' if line == 'name' else line)}s"
    notes = [corrected(unchanged, names)] if HOLM in dict(columns) else []
    return gap_view(table, name, title, line, columns, family, notes)


def full(table: pd.DataFrame, name: str, title: str, line: str, family: Family = PLATFORMER) -> View:
    """The means of all metrics on both looks and all gaps: the paper's Table 3, of suites its Table 1."""
    metrics = [metric for metric in family.in_order(table.metric) if metric not in EVAL_ONLY]
    columns = [mean_column(metric, split, family) for split in ("train", "eval") for metric in metrics]
    gaps = ("gap", "gap_competent") if some_incompetent(table) else ("gap",)
    columns += [gap_column(table, metric, family, which) for which in gaps
                for metric in unlike(table, metrics, family, which)]  # fmt: skip
    return gap_view(table, name, title, line, columns, family)


def some_incompetent(table: pd.DataFrame) -> bool:
    """Did a seed not learn its task? Else the columns of competent seeds repeat those of all."""
    return bool((table.competent < table.n).any())


def unlike(table: pd.DataFrame, metrics: Sequence[str], family: Family, column: str) -> list[str]:
    """Metrics without those that have the same values in a column as the metric that they repeat.

    What is measured is rounded to 32 bits, so gaps in percent that should be equal differ from the fifth decimal on.
    """
    values = {metric: table[table.metric == metric][column].to_numpy(float) for metric in metrics}

    def repeated(metric: str) -> bool:
        one, other = values[metric], values.get(family.metric(metric).repeats)
        if other is None or one.shape != other.shape:
            return False
        return np.allclose(one, other, rtol=0, atol=1e-3, equal_nan=True)

    return [metric for metric in metrics if not repeated(metric)]


def gap_view(
    table: pd.DataFrame, name: str, title: str, line: str, columns: Sequence[Column], family: Family,
    notes: Sequence[str] = (),
) -> View:  # fmt: skip
    """What gap tables share: names, counts, the columns given, agreement and KL where they were measured."""
    main = next(iter(family.with_gap(table.metric)), None)

    def competent(rows: dict) -> Cell:
        return Cell(f"{shared(rows, 'competent')} of {shared(rows, 'n')}")

    counts = [*([count_column("pairs", family)] if "pairs" in table else []), ("competent", competent)]
    if table[~table.metric.isin(EVAL_ONLY)].episodes.nunique() > 1:
        counts.append(("episodes", lambda rows: Cell(rows[main]["episodes"])))
    last = [mean_column(it.name, "eval", family, it.short) for it in COMPARISONS if it.name in set(table.metric)]
    return lines(table, name, title, [*varying(table), line], [*counts, *columns, *last], family,
                 notes=notes)  # fmt: skip


def corrected(what: str, names: str) -> str:
    """What a column of corrected p values says. names: what is tested as often as there are lines."""
    return f"p Holm: p value of the hypothesis that {what}, corrected for the number of {names} of one agent (Holm)"


def scores_view(table: pd.DataFrame, name: str, title: str, line: str, family: Family = PLATFORMER) -> View:
    """`kage.analysis.scores`, a line per case or suite, the telling metric with its interval first."""
    main, *others = family.with_gap(table.metric)
    columns = [count_column("n", family), plain_mean_column(main, family)]
    if table[table.metric == main].low.notna().any():
        columns.append(("95 %\ninterval", lambda rows: Cell(between(rows[main], 2))))
    columns += [plain_mean_column(metric, family) for metric in others]
    counts = [count_column("pairs", family)] if "pairs" in table else []
    return lines(table, name, title, [*varying(table), line], [*counts, *columns], family)


def means_view(table: pd.DataFrame, name: str, title: str, family: Family = PLATFORMER) -> View:
    """`kage.analysis.compare.robust_means`, a line per agent."""
    columns = [estimate_column(f"{family.metric(it).short}\n{split}", it, split, f"{split}_low", f"{split}_high")
               for it in family.with_gap(table.metric) for split in ("train", "eval")]  # fmt: skip
    counts = [count_column("pairs", family), count_column("n", family)]
    return lines(table, name, title, varying(table) or ["agent"], [*counts, *columns], family)


def improvements_view(table: pd.DataFrame, name: str, title: str, family: Family = PLATFORMER) -> View:
    """`kage.analysis.compare.improvements`, a line per two agents; with their code where an agent has several."""
    columns = [estimate_column(family.metric(metric).short, metric, "probability", "low", "high")
               for metric in unlike(table, family.with_gap(table.metric), family, "probability")]  # fmt: skip
    who = []
    for side in ("first", "second"):
        codes = table.groupby(["budget", "world", side])[f"{side}_code"].nunique()
        who += [side, f"{side}_code"] if (codes > 1).any() else [side]
    return lines(table, name, title, [*varying(table), *who], [count_column("pairs", family), *columns], family)


def methods_view(table: pd.DataFrame, name: str, title: str, family: Family = PLATFORMER) -> View:
    """`kage.analysis.methods.methods`, a line per suite and method: success on both looks, loss, difference, cost."""
    main = family.telling
    digits = 2 if main.share else 1
    reference = ", ".join(table.reference.dropna().unique())

    def value(column: str) -> Callable[[dict], Cell]:
        return lambda rows: Cell(number(rows[main.name][column], digits))

    def difference(digits: int, front: str = "") -> Callable[[dict], Cell]:
        def cell(rows: dict) -> Cell:
            row = rows[main.name]
            around = around_difference(row, digits, front)
            return Cell("reference" if row["agent"] == row["reference"] else around)

        return cell

    columns = [count_column("pairs", family), count_column("n", family), (f"{main.short}\ntrain", value("train")),
               (f"{main.short}\neval", value("eval")), (f"{main.short}\nlost", value("loss")),
               gap_column(table, main.name, family), ("difference\neval", difference(digits)),
               (f"difference\n{gap_sign(main)}", difference(1, "gap_")),
               ("cost of\na step", lambda rows: Cell(number(rows[main.name]["cost"], 2)))]  # fmt: skip
    if table.multiply_adds.notna().any():
        adds = lambda rows: Cell(number(rows[main.name]["multiply_adds"] / 1e6, 1))  # noqa: E731
        columns.append(("million\nmultiply-adds", adds))
    front = [column for column in varying(table) if column != "agent"]
    front += ["track"] if table.track.nunique() > 1 else []
    pair = family.word("pair")
    notes = [f"difference: to {reference}, seed by seed, with its 95 % interval (Student's t within {pair}s); "
             f"of {gap_sign(main)}, below 0 is better",
             f"cost of a step: training time per environment step in units of {reference}'s, on the same device"]
    if table.multiply_adds.notna().any():
        notes.append("multiply-adds: of training per environment step, from shapes; of branches, the dearest counts")
    if not reference:
        notes = ["no differences: no method that others could be compared with has one code here"]
    return lines(table, name, title, [*front, "suite", "agent"], columns, family, notes=notes)


def method_pairs_view(table: pd.DataFrame, name: str, title: str, family: Family = PLATFORMER) -> View:
    """`kage.analysis.methods.method_pairs`, a line per method and pair."""
    main = family.telling

    def value(column: str) -> Callable[[dict], Cell]:
        return lambda rows: Cell(number(rows[main.name][column]))

    sign, reference = gap_sign(main), ", ".join(table.reference.unique())
    columns = [("seeds", lambda rows: Cell(str(shared(rows, "paired")))), (f"{main.short}\n{sign}", value("gap")),
               (f"{reference}\n{sign}", value("reference_gap")),
               (f"difference\n{sign}", lambda rows: Cell(around_difference(rows[main.name], 1))),
               (HOLM, lambda rows: Cell(probability(rows[main.name]["holm"])))]  # fmt: skip
    front = [column for column in varying(table) if column != "agent"]
    notes = [f"difference: to {reference}, below 0 the method loses less; of the seeds that both have, with its 95 % "
             "interval (Student's t)", corrected("both lose the same", f"{family.word('pair')}s")]
    return lines(table, name, title, [*front, "agent", "name"], columns, family, notes=notes)


def profiles_view(table: pd.DataFrame, name: str, title: str, family: Family = PLATFORMER) -> View:
    """`kage.analysis.profiles`, a line per agent, a column for some thresholds."""
    def above(threshold: float) -> Column:
        def cell(rows: dict) -> Cell:
            row = rows[threshold]
            return Cell(f"{number(row['eval'], 2)} [{number(row['eval_low'], 2)}, {number(row['eval_high'], 2)}]")

        return f"above\n{threshold:g}", cell

    counts = [count_column("pairs", family), count_column("n", family)]
    notes = ["95 % intervals: Student's t over seeds; too narrow within 0.1 of 0 and of 1, where few runs decide"]
    columns = [*counts, *map(above, (0.0, 0.25, 0.5, 0.75, 0.9))]
    return lines(table, name, title, varying(table) or ["agent"], columns, family, "threshold", notes)


def seeds_needed_view(table: pd.DataFrame, name: str, title: str, family: Family = PLATFORMER) -> View:
    """`kage.analysis.power.seeds_needed`, a line per suite."""
    main, pair = family.telling.name, family.word("pair")

    def scatter(what: str) -> Column:
        return f"{what}\nsd", lambda rows: Cell(number(rows[main][f"{what}_sd"], 3))

    def needs(what: str) -> Column:
        return f"{what}\nneeds", lambda rows: Cell(str(rows[main][f"{what}_needs"]))

    columns = [count_column("pairs", family), count_column("n", family), scatter("pair"), needs("pair"),
               scatter("suite"), needs("suite")]  # fmt: skip
    columns = [(header.replace("pair\n", f"{pair}\n"), cell) for header, cell in columns]
    notes = [f"{pair}: a single one of the suite; suite: the mean of its {pair}s; sd: standard deviation of the gap, "
             "train - eval, over seeds, which a few seeds give only roughly"]  # fmt: skip
    return lines(table, name, title, [*varying(table), "suite"], columns, family, notes=notes)


def early_view(table: pd.DataFrame, name: str, title: str, family: Family = PLATFORMER) -> View:
    """`kage.analysis.early`, a line per agent, predictor and time."""
    main, pair = family.telling, family.word("pair")

    def value(rows: dict) -> Cell:
        return Cell(number(rows[main.name]["correlation"], 2, "+"))

    columns = [count_column("pairs", family), ("correlation", value),
               ("95 %\ninterval", lambda rows: Cell(between(rows[main.name], 2)))]  # fmt: skip
    table = table.assign(after=[f"{100 * share:.0f} %" for share in table.after])
    notes = [f"Spearman's, over {pair}s, each the mean of its seeds; after: share of the training, read at the first "
             "evaluation from then on",
             f"gap: {main.short}, train - eval; at the end of training: of the last evaluation; {pair}s of one "
             "training look share policies"]  # fmt: skip
    return lines(table, name, title, [*varying(table), "predictor", "after"], columns, family, notes=notes)


def responses_view(table: pd.DataFrame, name: str, title: str, family: Family = PLATFORMER) -> View:
    """`kage.analysis.responses`, a line per study and method."""
    main = family.telling

    def value(column: str, write: Callable[[float], str]) -> Callable[[dict], Cell]:
        def cell(rows: dict) -> Cell:
            row = rows[main.name]
            low, high = row[f"{column}_low"], row[f"{column}_high"]
            return Cell(write(row[column]) + ("" if pd.isna(low) else f" [{write(low)}, {write(high)}]"))

        return cell

    columns = [count_column("n", family), count_column("doses", family), ("half dose", value("half", dose)),
               ("area", value("area", lambda x: number(x, 2 if main.share else 1)))]  # fmt: skip
    both = table.groupby(["study", "pair"]).side.transform("nunique") > 1
    names = table.study + (", " + table.pair).where(~table.pair.isin(["custom", *table.study]), "")
    names += (", " + table.side + " doses").where(both, "")
    notes = [f"half dose: where {main.short} has fallen to half of that on the training look; above, below: beyond the "
             "doses that were measured",
             f"area: mean of {main.short} over the range of the doses, the area under the curve; intervals: 95 %"]
    if both.any():
        notes.append("larger, smaller doses: than the best one")
    return lines(table.assign(study=names), name, title, [*varying(table), "study"], columns, family, notes=notes)


def interactions_view(table: pd.DataFrame, name: str, title: str, family: Family = PLATFORMER) -> View:
    """`kage.analysis.interactions`, a line per two changes."""
    main = family.telling
    sign = gap_sign(main)
    if not table.duplicated(["agent", "budget", "world", "code", "study", "first", "second"]).any():
        table = table.drop(columns="training_id")

    def gap(column: str) -> Callable[[dict], Cell]:
        return lambda rows: Cell(number(rows[main.name][column]))

    columns = [count_column("n", family), (f"first\n{sign}", gap("first_gap")), (f"second\n{sign}", gap("second_gap")),
               (f"expected\n{sign}", gap("expected")), (f"joint\n{sign}", gap("joint")),
               ("joint -\nexpected", lambda rows: Cell(around_difference(rows[main.name], 1))),
               (HOLM, lambda rows: Cell(probability(rows[main.name]["holm"])))]  # fmt: skip
    front = [*varying(table), *(["study"] if table.study.nunique() > 1 else [])]
    notes = [f"expected: the joint loss of changes that act independently, where the shares of {main.short} that each "
             "leaves are multiplied",
             "joint - expected: above 0 both together cost more; 95 % interval, Student's t over seeds",
             corrected("both act independently", "joint changes")]  # fmt: skip
    table = table.assign(changes=table["first"] + " + " + table["second"])
    return lines(table, name, title, [*front, "changes"], columns, family, notes=notes)


def beside_view(table: pd.DataFrame, name: str, title: str, line: str, family: Family = PLATFORMER) -> View:
    """`kage.analysis.paper.beside`, a line per name and metric: our number, the paper's and the difference, three
    times."""
    columns = [count_column("n", family)]
    for value in ("train", "eval", "gap"):
        columns += [
            (f"{value}\nours", lambda rows, v=value: Cell(plus_minus(rows[v]["ours"], rows[v]["ours_sem"]))),
            (f"{value}\npaper", lambda rows, v=value: Cell(plus_minus(rows[v]["paper"], rows[v]["paper_sem"])
                                                           + "*" * bool(rows[v]["note"]))),
            (f"{value}\ndifference", lambda rows, v=value: Cell(distance(rows[v]))),
        ]  # fmt: skip
    notes = ["in: at most the combined SEM apart, the root of the sum of both squares; out: further apart",
             "gaps of returns have no sign here, because the paper prints none"]  # fmt: skip
    table = table.assign(metric=table.metric.map(lambda metric: family.metric(metric).short))
    notes += [f"* {it[line]} {it['metric']}: {it['note']}" for it in table[table.note != ""].to_dict("records")]
    return lines(table, name, title, [*varying(table), line, "metric"], columns, family, "value", notes)


def changes_view(table: pd.DataFrame, name: str, title: str, family: Family = PLATFORMER) -> View:
    """What each look changes, where its name does not say it. In: `named`."""
    looks = table[table["name"] != table.look].drop_duplicates(["name", "look"])
    rows = tuple((Cell(pair), Cell(look)) for pair, look in zip(looks["name"], looks.look))
    return View(name, title, (family.word("pair"), "change"), rows, left=2)


def lines(
    table: pd.DataFrame, name: str, title: str, names: Sequence[str], columns: Sequence[Column], family: Family,
    by: str = "metric", notes: Sequence[str] = (),
) -> View:  # fmt: skip
    """A view with one line per group of the columns before `by`, whose rows it spans; what is missing is NaN."""
    texts = []
    for _, group in table.groupby(list(table.columns[: table.columns.get_loc(by)]), sort=False):
        rows = defaultdict(lambda: defaultdict(lambda: np.nan), {row[by]: row for row in group.to_dict("records")})
        front = (Cell(str(shared(rows, column)) or "unknown") for column in names)
        texts.append((*front, *(cell(rows) for _, cell in columns)))
    headers = (*(short(column, family) for column in names), *(header for header, _ in columns))
    return View(name, title, headers, tuple(texts), len(names), tuple(notes))


def named(table: pd.DataFrame) -> pd.DataFrame:
    """A gap table with a first column `name`: its pair, or the change itself where a pair has none or several."""
    looks = table.drop_duplicates(["pair", "look"]).pair.value_counts()
    clear = (table.pair != "custom") & (table.pair.map(looks) == 1)
    names = table.pair.where(clear, table.look)
    return table.assign(name=names)[["name", *table.columns]]


def varying(table: pd.DataFrame) -> list[str]:
    """The columns that tell lines apart beside their names. Every method has code of its own: the code is named only
    where one method has several."""
    columns = ("agent", "budget", "world", "code")
    several = {column: column in table and table[column].nunique() > 1 for column in columns}
    several["world"] &= "code" not in table or bool((table.world != table.code).any())  # old folders have one for both
    shown = [column for column in ("agent", "budget", "world") if several[column]]
    if several["code"] and table.groupby([*shown, "rule"]).code.nunique().gt(1).any():
        shown.append("code")
    same = [column for column in (*KEY, "metric", "value") if column in table and column != "training_id"]
    return shown + ["training_id"] * bool("training_id" in table and table.duplicated(same).any())


def method_names(table: pd.DataFrame, who: Sequence[str]) -> pd.Series:
    """The columns `who` joined, one name for each row: ppo quick."""
    return table[list(who)].agg(" ".join, axis=1) if who and len(table) else pd.Series("", table.index)


def count_column(column: str, family: Family) -> Column:
    """A whole number that the rows of a line share."""
    return short(column, family), lambda rows: Cell(str(shared(rows, column)))


def mean_column(metric: str, split: str, family: Family, header: str = "") -> Column:
    """Mean ± SEM of a metric on the train or eval look."""
    def cell(rows):
        return Cell(plus_minus(rows[metric][split], rows[metric][f"{split}_sem"]))

    return header or f"{family.metric(metric).short}\n{split}", cell


def plain_mean_column(metric: str, family: Family) -> Column:
    """Mean ± SEM of a metric that a line has one value of."""
    return family.metric(metric).short, lambda rows: Cell(plus_minus(rows[metric]["mean"], rows[metric]["sem"]))


def gap_column(table: pd.DataFrame, metric: str, family: Family, which: str = "gap") -> Column:
    """A gap; its shade is the share of the train value that is lost, of differences the share of the largest."""
    percent, name = family.metric(metric).gap == PERCENT, family.metric(metric).short
    whole = 100.0 if percent else table[table.metric == metric][which].max() or 1.0

    def cell(rows):
        gap = rows[metric][which]
        return Cell(number(gap), None if pd.isna(gap) else float(np.clip(gap / whole, 0, 1)))

    sign = gap_sign(family.metric(metric))
    return (f"{name}\n{sign}" if which == "gap" else f"competent\n{name} {sign}"), cell


def gap_sign(metric: Metric) -> str:
    """A gap in headers."""
    return "Δ %" if metric.gap == PERCENT else "Δ"


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


def short(column: str, family: Family) -> str:
    """How headers call a column."""
    if column == "pairs":
        return f"{family.word('pair')}s"
    return family.word(SHORT.get(column, column)).replace("_", " ")


def number(value: float, digits: int = 1, sign: str = "") -> str:
    """A number, never -0.0; - for nothing. `sign`: + for one in front of what is not negative."""
    return "-" if pd.isna(value) else f"{round(value, digits) + 0:{sign}.{digits}f}"


def lost(gap: float, unit: str) -> str:
    """A gap in words: 3.2 % lost, 3.2 % gained."""
    return f"{number(abs(gap))}{unit} {'gained' if round(gap, 1) < 0 else 'lost'}"


def plus_minus(mean: float, sem: float) -> str:
    """Mean with its SEM, without one for a single value; - for nothing."""
    digits = 2 if abs(mean) < 10 else 1
    return number(mean, digits) + ("" if pd.isna(sem) else f" ± {number(sem, digits)}")


def between(row: dict, digits: int) -> str:
    """The interval low to high."""
    return "-" if pd.isna(row["low"]) else f"[{number(row['low'], digits)}, {number(row['high'], digits)}]"


def around_difference(row: dict, digits: int, front: str = "") -> str:
    """A difference with its interval; `front`: what the names of its columns begin with."""
    bounds = {end: row[f"{front}{end}"] for end in ("low", "high")}
    around = "" if pd.isna(bounds["low"]) else f" {between(bounds, digits)}"
    return number(row[f"{front}difference"], digits, "+") + around


def dose(value: float) -> str:
    """A dose; what lies beyond all doses in words."""
    return f"{value:.3g}" if np.isfinite(value) else "above" if value > 0 else "below" if value < 0 else "-"


def probability(value: float) -> str:
    """A p value; - for nothing."""
    return "<0.001" if value < 0.001 else number(value, 3)


def span(row: dict) -> str:
    """The interval of a gap."""
    return "-" if pd.isna(row["gap_low"]) else f"[{number(row['gap_low'])}, {number(row['gap_high'])}]"


def distance(row: dict) -> str:
    """The difference to the paper, and whether it is within the combined SEM where there is one."""
    digits = 2 if abs(row["paper"]) < 10 and row["value"] != "gap" else 1
    judged = "" if pd.isna(row["within"]) else " in" if row["within"] else " out"
    return number(row["difference"], digits, "+") + judged
