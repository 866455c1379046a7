"""Which pixels break a policy: its success on every hybrid of two looks.

Hybrids are played on the same levels, with the same draws of actions. If no frame of a hybrid's episodes differed in a
part, the hybrid in which this part is replaced too has the same episodes, and is not played again.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax

from kage.evaluate import evaluate
from kage.explain.shapley import Subset, subsets
from kage.explain.twins import Twins
from kage.method import Actor

Play = Callable[[Subset], Mapping[str, Any]]  # the parts that are replaced -> metrics, () f32 each


def player(actor: Actor, twins: Twins, split: str, params: Any, key: jax.Array, episodes: int) -> Play:
    """What plays the hybrids of a split. All hybrids of all splits are one compiled program."""

    def played(subset: Subset) -> Mapping[str, Any]:
        return jax.device_get(_measure(actor, episodes, twins, twins.choice(split, subset), params, key))

    return played


def _measured(actor, episodes, twins, choice, params, key):
    return evaluate(actor, twins.hybrid(choice), params, key, episodes)


_measure = jax.jit(_measured, static_argnums=(0, 1))


def play_all(parts: Sequence[str], play: Play, telling: str, known: Mapping[Subset, float] = {}) -> dict[Subset, float]:
    """The telling metric of every hybrid. known: those that need not be played, such as the two looks themselves."""
    values: dict[Subset, float] = {}
    same: dict[Subset, Mapping[str, Any]] = {}  # metrics of a hybrid that has the same episodes
    for subset in subsets(parts):
        told = same.get(subset)
        if told is None and subset in known:
            values[subset] = known[subset]
            continue
        told = play(subset) if told is None else told
        values[subset] = float(told[telling])
        for i, part in enumerate(parts):
            if part not in subset and not told[f"differs {i}"]:
                same[tuple(it for it in parts if it in subset or it == part)] = told
    return values
