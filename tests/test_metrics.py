"""Metrics and families: what config.yaml says of them, and what old folders are taken for."""

import json

import pytest
from synthetic import KAGE, PUZZLES

from kage.analysis.colours import OTHER, SUITES, colour
from kage.analysis.metrics import EVAL_ONLY, PLATFORMER, described, family_of
from kage.analysis.select import rule_text


def test_a_family_is_what_its_config_says():
    puzzles = family_of([described(PUZZLES)])
    assert (puzzles.name, puzzles.leads, puzzles.telling.name, puzzles.word("pair")) == ("puzzles", "scores", "solved", "level")
    assert puzzles.metric("steps").gap_of(3, 10) == -7 and puzzles.metric("solved").gap_of(0.5, 0.25) == 50
    assert puzzles.metric("steps").title == "steps (steps per episode)" and puzzles.suites["small"] == ("s_1", "s_2")
    assert "solved" in rule_text("train_best", puzzles) and "success rate" in rule_text("train_best")


def test_a_config_that_says_nothing_is_the_platformers():
    """The families of old and new folders are one, and agree on every metric."""
    assert described({"agent": {"name": "ppo"}}) == "" and family_of([""]) is not None
    old, new = family_of([""]), family_of([described(KAGE)])
    assert old.name == new.name == "kage" and old.metrics == new.metrics == PLATFORMER.metrics
    both = family_of(["", described(KAGE)])
    assert both.metrics == old.metrics and both.suites == {suite: tuple(members) for suite, members in new.suites.items()}


def test_a_later_description_adds_what_earlier_ones_lack():
    newer = PUZZLES | {"metrics": [*PUZZLES["metrics"], {"name": "fuel", "unit": "l", "gap": "difference", "share": False}],
                       "suites": {"small": ["s_1", "s_3"], "huge": ["h_1"]}}  # fmt: skip
    found = family_of([described(PUZZLES), described(newer)])
    assert [metric.name for metric in found.metrics] == ["solved", "steps", "fuel"]
    assert found.suites["small"] == ("s_1", "s_2", "s_3") and set(found.suites) == {"small", "large", "huge"}
    with pytest.raises(ValueError, match="several families: kage, puzzles"):
        family_of([described(PUZZLES), ""])


@pytest.mark.parametrize("change, words", [({"metrics": []}, "no metrics"),
                                           ({"metrics": [{"name": "a", "gap": "ratio", "share": True}]}, "gap 'ratio'")])
def test_a_description_that_cannot_be_understood_is_refused(change, words):
    with pytest.raises(ValueError, match=words):
        family_of([described(PUZZLES | change)])


def test_the_order_of_metrics():
    """The paper's table order, whatever stands first in a config; then the family's own; comparisons last."""
    kage = family_of([described(KAGE)])
    assert kage.in_order(["kl", "return", "zeal", "success_rate", "agreement", "distance", "progress"]) == [
        "distance", "progress", "success_rate", "return", "zeal", *EVAL_ONLY]  # fmt: skip
    assert kage.with_gap(["kl", "return", "success_rate", "distance"]) == ["success_rate", "distance", "return"]
    assert family_of([described(PUZZLES)]).with_gap(["steps", "solved"]) == ["solved", "steps"]


def test_a_description_survives_its_text():
    text = described(PUZZLES | {"agent": {"name": "ppo"}})
    assert set(json.loads(text)) == {"family", "leads", "words", "metrics", "suites"}


def test_every_suite_of_a_family_has_a_colour_of_its_own():
    suites = [*SUITES, *(f"suite_{i}" for i in range(12))]
    found = [colour(suite, suites) for suite in suites]
    assert len(set(found)) == len(found) and OTHER not in found
    channels = [[int(text[i : i + 2], 16) for i in (1, 3, 5)] for text in found[len(SUITES) : len(SUITES) + 6]]
    apart = [sum(abs(x - y) for x, y in zip(a, b)) for i, a in enumerate(channels) for b in channels[:i]]
    assert min(apart) > 40


def test_a_suites_colour_does_not_depend_on_what_else_there_is():
    assert colour("s", ["s", "m"]) == colour("s", ["agent", "s", "m", "l"]) and colour("filters") == SUITES["filters"]
    assert colour("unheard") == colour("unheard") not in (OTHER, colour("of"))
    assert colour("custom") == colour("") == OTHER
