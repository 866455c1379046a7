"""Does agreement early in training predict the gap at its end? Correlation over pairs."""

import numpy as np
import pandas as pd
from scipy.special import ndtri
from scipy.stats import rankdata

from kage.analysis.gaps import benchmark
from kage.analysis.metrics import PLATFORMER, Family
from kage.analysis.pairing import KEY
from kage.analysis.statistics import LEVEL

WHO = ["agent", "budget", "world", "code"]
AFTER = (0.25, 0.5)  # shares of the training
FEWEST = 5  # pairs for a correlation
COLUMNS = ("predictor", "after", "metric", "pairs", "correlation", "low", "high")


def early(curves: pd.DataFrame, family: Family = PLATFORMER) -> pd.DataFrame:
    """Spearman's correlation of what is known early with the gap at the end of training, over an agent's pairs.

    In: `kage.analysis.pairing.curves`. Out: rule (last), one row per `WHO`, predictor and time, `COLUMNS`: predictor,
    agreement or the gap itself; after, the share of the training at which it is read, at the first evaluation from
    then on; the telling metric, of which the gap is taken, train - eval; pairs; correlation, low, high (95 %). Empty
    where agreement was not measured, or of fewer than `FEWEST` pairs before the end of training.
    """
    curves = benchmark(curves)
    gap = curves[curves.metric == family.telling.name].assign(value=lambda it: it.train - it["eval"])
    agreement = curves[curves.metric == "agreement"].assign(value=lambda it: it["eval"])
    rows = []
    for share in AFTER if len(agreement) else ():
        for predictor, known in (("agreement", agreement), ("gap", gap)):
            pairs = both(known, gap, share)
            for who, own in pairs.groupby(WHO, sort=False):
                if len(own) >= FEWEST:
                    values = correlation(own.early.to_numpy(), own.late.to_numpy())
                    told = (predictor, share, family.telling.name, len(own), *values)
                    rows.append({"rule": "last"} | dict(zip(WHO, who)) | dict(zip(COLUMNS, told)))
    return pd.DataFrame(rows, columns=["rule", *WHO, *COLUMNS])


def both(known: pd.DataFrame, gap: pd.DataFrame, share: float) -> pd.DataFrame:
    """Columns early and late, a row for each pair: what was known at a share of the training, the gap at its end."""
    last = gap.loc[gap.groupby(KEY, sort=False).step.idxmax()].set_index(KEY)
    last = last[["step", "value"]].rename(columns={"step": "end", "value": "late"})
    there = known.rename(columns={"value": "early"}).join(last, on=KEY, how="inner")
    there = there[(there.step >= share * there.end) & (there.step < there.end)]
    return there.loc[there.groupby(KEY, sort=False).step.idxmin()].dropna(subset=["early", "late"])


def correlation(x: np.ndarray, y: np.ndarray) -> tuple[float, float, float]:
    """Spearman's correlation with its interval, from the standard error of its Fisher transform, root of
    (1 + r² / 2) / (n - 3) (Bonett & Wright 2000, "Sample size requirements for estimating Pearson, Kendall and Spearman
    correlations"). The same order on both sides, r = 1, is taken to be as certain as two neighbours exchanged. NaN
    where one side does not vary.

    In: two arrays [n].
    """
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return np.nan, np.nan, np.nan
    r = float(np.corrcoef(rankdata(x), rankdata(y))[0, 1])
    most = 1 - 12 / (len(x) * (len(x) ** 2 - 1))
    middle = np.arctanh(np.clip(r, -most, most))
    around = ndtri((1 + LEVEL) / 2) * np.sqrt((1 + r**2 / 2) / (len(x) - 3))
    low, high = np.tanh([middle - around, middle + around])
    return r, float(min(low, r)), float(max(high, r))
