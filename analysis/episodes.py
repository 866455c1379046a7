"""On how many episodes values were measured: values that are compared should have equal numbers of them."""

from collections.abc import Iterable

import pandas as pd

from kage.analysis.metrics import EVAL_ONLY
from kage.analysis.select import plain


def in_words(train: Iterable[int], shifted: Iterable[int]) -> str:
    """The numbers of episodes behind values on both looks: 128; or 64 train, 16 eval, where they differ. A value that
    stands alone has 0 on the training look."""
    first, second = (" + ".join(map(str, sorted(set(map(int, numbers))))) for numbers in (train, shifted))
    return second if first in ("0", second) else f"{first} train, {second} eval"


def uneven(seeds: pd.DataFrame) -> str:
    """A line that says which looks were measured on which numbers of episodes; "" where all have the same number.

    In: `kage.analysis.pairing.paired`.
    """
    values = seeds[~seeds.metric.isin(EVAL_ONLY)]
    looks = plain(values[["pair", "study", "dose", "look", "train_episodes", "eval_episodes"]].drop_duplicates())
    found: dict[str, dict[str, None]] = {}
    for (pair, study, dose, look), own in looks.groupby(["pair", "study", "dose", "look"], sort=False):
        name = f"{study} {dose}" if study else look if pair == "custom" else pair
        found.setdefault(in_words(own.train_episodes, own.eval_episodes), {})[name] = None
    if len(found) < 2 and "train" not in next(iter(found), ""):
        return ""
    parts = "; ".join(f"{numbers} for {', '.join(names)}" for numbers, names in found.items())
    return f"evaluations have different numbers of episodes: {parts}"
