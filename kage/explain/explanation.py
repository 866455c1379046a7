"""An explanation: the answers to all questions about one policy and one evaluation look, as rows."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import jax
import numpy as np

from kage.evaluate import evaluate
from kage.explain.hybrids import play_all, player
from kage.explain.readouts import in_order, known, moments, similarity
from kage.explain.shapley import Subset, shapley
from kage.explain.twins import Twins
from kage.method import Actor

PIXELS, KNOWS, FAILS = "pixels", "knows", "fails"  # the questions
HYBRID, SHARE, TRAIN, EVAL, SIMILARITY = "hybrid", "share", "train", "eval", "similarity"  # what a value is of


class Row(NamedTuple):
    """One number.

        question  what         part                    on            value
        pixels    a split      the parts replaced      hybrid        the telling metric
        pixels    a split      a part                  share         its Shapley value
        knows     a layer      a number of the state   train, eval   R^2 of its read-out
        knows     a layer                              similarity    CKA of both looks
        fails     an account                           train, eval   mean over episodes
    """

    question: str
    what: str
    part: str
    on: str
    value: float


class Explanation(NamedTuple):
    """Rows, and pictures (H, W, 3) u8: of both looks, and of the evaluation look with each part replaced alone."""

    rows: list[Row]
    pictures: dict[str, np.ndarray]


def explain(
    actor: Actor, twins: Twins, params: Any, key: jax.Array, episodes: int, told: Callable[[str], Any],
) -> Explanation:  # fmt: skip
    """Why a policy of a network breaks. key: that of an evaluation, whose levels and draws are then the same; told:
    hears what is computed next."""
    rows = list(which_pixels(actor, twins, params, key, episodes, told))
    told("what it no longer knows")
    found = _moments(actor, twins, params, key)
    rows += [Row(KNOWS, layer, number, on, value)
             for (layer, number), both in known(found).items() for on, value in zip((TRAIN, EVAL), both)]  # fmt: skip
    rows += [Row(KNOWS, layer, "", SIMILARITY, similarity(it)) for layer, it in in_order(found)]
    told("where it fails")
    for on, task in zip((TRAIN, EVAL), twins.accounted()):
        accounts = jax.device_get(_account(actor, episodes, task, params, key))
        rows += [Row(FAILS, name, "", on, float(accounts[name])) for name in twins.accounts]
    return Explanation(rows, pictures(twins, found.example))


def which_pixels(
    actor: Actor, twins: Twins, params: Any, key: jax.Array, episodes: int, told: Callable[[str], Any],
) -> Iterator[Row]:  # fmt: skip
    """The hybrids of every split. The two looks themselves are played once."""
    ends: dict[bool, float] = {}
    for split, parts in twins.splits.items():
        whole = {False: (), True: tuple(parts)}
        play = player(actor, twins, split, params, key, episodes)

        def played(subset: Subset, play=play, split=split):
            told(f"{split}: {' and '.join(subset) or 'nothing'} replaced")
            return play(subset)

        known_ends = {whole[end]: value for end, value in ends.items()}
        values = play_all(parts, played, twins.telling, known_ends)
        ends = {end: values[subset] for end, subset in whole.items()}
        yield from (Row(PIXELS, split, "+".join(subset), HYBRID, value) for subset, value in values.items())
        yield from (Row(PIXELS, split, part, SHARE, value) for part, value in shapley(parts, values).items())


def pictures(twins: Twins, example: tuple[Any, Any]) -> dict[str, np.ndarray]:
    """One state as both looks and as hybrids."""
    found = {}
    for split, parts in twins.splits.items():
        chosen = {TRAIN: parts, EVAL: ()} | {f"{split}: {part}": (part,) for part in parts}
        for name, subset in chosen.items():
            if name not in found:
                found[name] = np.asarray(_picture(twins, twins.choice(split, subset), *example))
    return found


_moments = jax.jit(moments, static_argnums=0)
_account = jax.jit(lambda actor, episodes, task, params, key: evaluate(actor, task, params, key, episodes),
                   static_argnums=(0, 1))  # fmt: skip
_picture = jax.jit(lambda twins, choice, one, other: twins.picture(choice, one, other))
