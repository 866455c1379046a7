"""Do two changes of a look act independently? What they cost together, beside what they would cost if they did."""

from collections.abc import Iterator, Mapping
from itertools import combinations

import numpy as np
import pandas as pd

from kage.analysis.dosed import changes
from kage.analysis.estimates import estimate, holm
from kage.analysis.gaps import FEWEST
from kage.analysis.metrics import PERCENT, PLATFORMER, Family
from kage.analysis.responses import at_all_doses
from kage.analysis.samples import Sample, samples

KEY = ["rule", "agent", "budget", "world", "code", "study", "pair", "training_id"]
COLUMNS = ("first", "second", "metric", "n", "first_gap", "second_gap", "expected", "joint", "difference", "low",
           "high", "p", "holm")  # fmt: skip


def interactions(rows: pd.DataFrame, seeds: pd.DataFrame, family: Family = PLATFORMER) -> pd.DataFrame:
    """Every look of a study that makes two changes at once, each of which was measured alone too.

    In: tidy rows of `kage.analysis.collect`, and `kage.analysis.pairing.paired` of them. Out: one row per `KEY` and two
    changes, and `COLUMNS`: what each change is; the telling metric; seeds that all three looks have; the gap of each
    alone, in percent; the joint gap that is expected if they act independently, so that the shares which they leave are
    multiplied (Bliss 1939): 100 (1 - (1 - a / 100) (1 - b / 100)); the joint gap that was measured; their difference,
    above 0 if both together cost more than expected; low, high (95 %), p (of no difference) and p corrected for all
    rows of a study and agent (Holm), all empty below `FEWEST` seeds.
    """
    metric, found = family.telling, []
    known = changes(rows) if metric.gap == PERCENT else {}
    seeds = seeds[(seeds.study != "") & (seeds.metric == metric.name)]
    for names, looks in samples(seeds, KEY, ["dose"]).items():
        kinds = known.get((names[KEY.index("study")], names[KEY.index("training_id")]), {})
        for first, second, joint in joints({dose: kinds.get(dose, {}) for dose, in looks}):
            if three := at_all_doses([looks[dose,] for dose in (first, second, joint)]):
                told = [label(dose, kinds[dose]) for dose in (first, second)]
                found.append(dict(zip(KEY, names)) | dict(zip(COLUMNS, (*told, metric.name))) | compared(*three))
    table = pd.DataFrame(found, columns=[*KEY, *COLUMNS])
    together = [name for name in KEY if name not in ("pair", "training_id")]
    return table.assign(holm=table.groupby(together, sort=False).p.transform(holm)) if len(table) else table


def joints(kinds: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, str, str]]:
    """The doses of two changes alone and of both together. In: dose -> parameter that it changes -> value."""
    by_change = {frozenset(change.items()): dose for dose, change in kinds.items() if change}
    alone = {change: dose for change, dose in by_change.items()
             if not any(one < change and change - one in by_change for one in by_change)}  # fmt: skip
    for (first, one), (second, other) in combinations(alone.items(), 2):
        if not {key for key, _ in first} & {key for key, _ in second} and first | second in by_change:
            yield one, other, by_change[first | second]


def label(dose: str, change: Mapping[str, str]) -> str:
    """A change in few words: the dose's own name, or of a grid the parameters that it changes."""
    return dose if " x " not in dose else " ".join(f"{key}={value}" for key, value in change.items())


def compared(first: Sample, second: Sample, joint: Sample) -> dict[str, float]:
    """The gaps of two changes and of both together [percent], of the same seeds in the same order."""
    values = np.concatenate([one.values for one in (first, second, joint)])
    train, left = (values[place::2].mean(axis=-1) for place in (0, 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        a, b, both = shares = np.where(train > 0, left / train, np.nan)
        by_share = np.array([-b, -a, 1.0])  # the derivative of both - a b
        slopes = np.stack([-by_share * shares / train, by_share / train], axis=-1).ravel()
    it = estimate(-100 * (both - a * b), -100 * slopes, [values])
    low, high, p = (*it.interval(), it.p) if first.n >= FEWEST else (np.nan,) * 3
    return {"n": first.n, "first_gap": 100 * (1 - a), "second_gap": 100 * (1 - b), "expected": 100 * (1 - a * b),
            "joint": 100 * (1 - both), "difference": it.value, "low": low, "high": high, "p": p}  # fmt: skip


def maps(table: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """The map of every study and method: study, method, its rows.

    In: `interactions` with a column method.
    """
    for (study, method), own in table.groupby(["study", "method"], sort=False):
        yield study, method, own.drop_duplicates(["first", "second"])
