"""Shapley values of a game with few players: how much each part adds, averaged over all orders of adding them."""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence

Subset = tuple[str, ...]  # in the order of the parts


def subsets(parts: Sequence[str]) -> Iterator[Subset]:
    """All subsets, small ones first."""
    for size in range(len(parts) + 1):
        yield from itertools.combinations(parts, size)


def shapley(parts: Sequence[str], values: Mapping[Subset, float]) -> dict[str, float]:
    """The share of each part in the difference between the values of all parts and of none (Shapley 1953).

    values: of every subset of the parts. Shares add up to the difference; a part that never matters has 0.
    """
    shares, count = dict.fromkeys(parts, 0.0), len(parts)
    for chosen in subsets(parts):
        for part in set(parts) - set(chosen):
            more = tuple(it for it in parts if it in chosen or it == part)
            weight = 1 / (count * math.comb(count - 1, len(chosen)))
            shares[part] += weight * (values[more] - values[chosen])
    return shares
