"""Which axes break the agent, in words and as one chart; or, where scores lead, what methods score."""

import itertools
import math
from collections import defaultdict
from collections.abc import Iterator, Sequence

import pandas as pd

from kage.analysis.colours import colour
from kage.analysis.methods import IDLE
from kage.analysis.metrics import PERCENT, PLATFORMER, Family
from kage.analysis.pairing import COMPETENT
from kage.analysis.tables import lost, method_names, number, varying

SEVERITY = ((50, "Breaks {}"), (20, "Hurts {}"), (5, "Costs {} a little"))  # percent lost, at least
UNCERTAIN = "No certain loss for {}"  # the interval holds 0
HARMLESS = "Costs {} next to nothing"
HELPFUL = "Helps {}"
UNKNOWN = f"Not known for {{}}, whose {{metric}} on the training look is below {COMPETENT:g}"


def bars(suites: pd.DataFrame, pairs: pd.DataFrame, family: Family = PLATFORMER) -> list[dict]:
    """The chart: a line per suite, or per pair where there are no suites, the largest loss of the telling metric first.
    Empty where that has no gap in percent, and where scores lead: cases are no shifts of the training then. Methods
    that learn nothing have no line: what they lose is chance.

    In: `kage.analysis.gaps.suite_gaps`, and `named` pairs of `kage.analysis.gaps.gaps`. Out per line: name, who, suite,
    colour, gap, low, high (percent, low and high None without an interval), train, eval, runs, pairs (gaps of the
    suite's pairs), numbers as they are in the tables.
    """
    main = family.telling
    if main.gap != PERCENT or family.leads == "scores":
        return []
    table, line = (suites, "suite") if len(suites) else (pairs, "name")
    table = table[(table.metric == main.name) & ~table.agent.isin(IDLE)]
    names = method_names(table, [column for column in varying(table) if column != line])
    own = ["agent", "budget", "world", "code", "suite"]
    gaps_of = dict(list(pairs[pairs.metric == main.name].groupby(own, sort=False).gap)) if len(pairs) else {}
    lines = []
    for who, row in zip(names, table.to_dict("records")):
        gaps = gaps_of[tuple(row[column] for column in own)].dropna().tolist() if line == "suite" else []
        lines.append({
            "name": row[line], "who": who, "suite": row["suite"], "colour": colour(row["suite"], family.suites),
            "gap": row["gap"], "low": known(row["gap_low"]), "high": known(row["gap_high"]), "train": row["train"],
            "eval": row["eval"], "runs": row["n"], "pairs": gaps,
        })  # fmt: skip
    worst = defaultdict(lambda: -math.inf)
    for one in lines:
        worst[one["name"]] = max(worst[one["name"]], -math.inf if pd.isna(one["gap"]) else one["gap"])
    return sorted(lines, key=lambda one: (-worst[one["name"]], one["name"]))  # stable: methods keep their order


def known(value: float) -> float | None:
    """None instead of NaN."""
    return None if pd.isna(value) else float(value)


def sentences(lines: Sequence[dict], family: Family = PLATFORMER) -> Iterator[tuple[str, str]]:
    """The chart in words, method by method: what shifts do to it, and which."""
    metric = family.telling.short
    if not lines:
        yield "Not known", f"{metric} was not measured under any shift"
    for who in dict.fromkeys(line["who"] for line in lines):
        by_word: dict[str, list[str]] = {}
        for line in (one for one in lines if one["who"] == who):
            learnt = known(line["gap"]) is not None and (not family.telling.share or line["train"] >= COMPETENT)
            word = severity(line["gap"], line["low"], line["high"]) if learnt else UNKNOWN
            by_word.setdefault(word, []).append(in_words(line, metric))
        for word, parts in by_word.items():
            yield word.format(who or "the agent", metric=metric), "; ".join(parts)


def ranks(scores: pd.DataFrame, family: Family) -> Iterator[tuple[str, str]]:
    """What methods score on each suite by the telling metric, best first. In: `kage.analysis.scores.suite_scores`."""
    table = scores[scores.metric == family.telling.name]
    table = table.assign(who=method_names(table, [column for column in varying(table) if column != "suite"]))
    for suite, own in table.groupby("suite", observed=True, sort=False):
        told = own.sort_values("mean", ascending=False, kind="stable")
        parts = (f"{who or 'the agent'} {mean:.2f}" for who, mean in zip(told.who, told["mean"]))
        yield f"{family.telling.short} on {suite}".capitalize(), ", ".join(parts)


def severity(gap: float, low: float | None, high: float | None) -> str:
    """A loss in words; `low` and `high`: its interval, if it has one."""
    if gap <= -SEVERITY[-1][0] and (high is None or high < 0):
        return HELPFUL
    if gap >= SEVERITY[-1][0] and low is not None and low <= 0:
        return UNCERTAIN
    return next((word for least, word in SEVERITY if gap >= least), HARMLESS)


def in_words(line: dict, metric: str) -> str:
    """One line of the chart in words."""
    change = f"{line['name']} ({metric} {line['train']:.2f} → {line['eval']:.2f}"
    if known(line["gap"]) is None:
        return f"{change})"
    around = "" if line["low"] is None else f", 95 % interval {number(line['low'])} to {number(line['high'])}"
    return f"{change}, {lost(line['gap'], ' %')}{around})"


def scale(lines: Sequence[dict]) -> dict:
    """The chart's axis in percent, wide enough for every mark, and its ticks, nine at most."""
    marks = [value for line in lines for value in (line["gap"], line["low"], line["high"], *line["pairs"])]
    marks = [value for value in marks if known(value) is not None]
    low, high = min([0, *marks]), max([100, *marks])
    steps = itertools.chain([25], (k * 10**n for n in itertools.count(2) for k in (1, 2, 5)))
    first, last, step = next((first, last, step) for step in steps
                             if (last := math.ceil(high / step)) - (first := math.floor(low / step)) <= 8)  # fmt: skip
    return {"low": step * first, "high": step * last, "ticks": [step * k for k in range(first, last + 1)]}
