"""Scores and methods x suites, against values worked out by hand."""

import math
from pathlib import Path
from statistics import mean, stdev

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from measurements import TRAIN, measured, shifted, table
from synthetic import PUZZLES

from kage.analysis import report as reports
from kage.analysis.collect import collect
from kage.analysis.equal import at_equal_success
from kage.analysis.figures import figures
from kage.analysis.methods import gap_difference, method_pairs, methods
from kage.analysis.metrics import PLATFORMER, described, family_of
from kage.analysis.page.methods import maps
from kage.analysis.pairing import paired
from kage.analysis.samples import Sample
from kage.analysis.scores import scores, suite_scores
from kage.runs.packs import opened

PPO = [{"": 1.0, "agent_1": 0.8, "agent_2": 0.5}, {"": 0.8, "agent_1": 0.4, "agent_2": 0.1}, {"": 0.9, "agent_1": 0.6, "agent_2": 0.0}]
DRAC = [{"": 0.9, "agent_1": 0.9, "agent_2": 0.7}, {"": 0.9, "agent_1": 0.7, "agent_2": 0.1}, {"": 0.6, "agent_1": 0.6, "agent_2": 0.4}]


def both(**run):
    """Two methods, each with code of its own."""
    return pd.concat([table(seeds=PPO), table(seeds=DRAC, **({"agent": "drac", "code": "c2"} | run))])


def student(values):
    """The 95 % interval of the mean of a few values."""
    return pytest.approx(scipy.stats.ttest_1samp(values, 0).confidence_interval())


def by_agent(found):
    return found.set_index("agent")


# Scores


def test_scores_of_cases_are_means_over_seeds():
    found = scores(paired(table(seeds=PPO))).set_index("pair")
    values = [0.8, 0.4, 0.6]
    low, high = scipy.stats.ttest_1samp(values, 0).confidence_interval()
    row = found.loc["agent_1"]
    assert (row.n, row["mean"], row["sem"]) == (3, pytest.approx(0.6), pytest.approx(stdev(values) / 3**0.5))
    assert (row.low, row.high) == pytest.approx((low, min(high, 1)))  # a share is at most 1
    assert scores(paired(table(seeds=PPO[:2])))[["low", "high"]].isna().all(axis=None)


def test_a_suite_counts_every_run_once_and_its_error_is_over_runs():
    """Each seed's mean over both cases is one value; cases are no replications."""
    (row,) = suite_scores(paired(table(seeds=PPO))).itertuples()
    each = [mean((seed["agent_1"], seed["agent_2"])) for seed in PPO]
    assert (row.pairs, row.n, row.mean, row.sem) == (2, 3, pytest.approx(mean(each)), pytest.approx(stdev(each) / 3**0.5))
    assert row.high == pytest.approx(student(each).expected[1]) and row.low == 0
    alone = pd.concat([table(seeds=[{"": 1, pair: seed[pair]} for seed in PPO], training_id=pair) for pair in ("agent_1", "agent_2")])
    (apart,) = suite_scores(paired(alone)).itertuples()  # of trainings of their own: six runs
    errors = [stdev(seed[pair] for seed in PPO) / 3**0.5 / 2 for pair in ("agent_1", "agent_2")]
    assert (apart.n, apart.mean, apart.sem) == (6, row.mean, pytest.approx(math.hypot(*errors)))


def test_a_single_run_has_a_score_without_spread():
    (row,) = suite_scores(paired(table(seeds=PPO[:1]))).itertuples()
    assert row.mean == 0.65 and math.isnan(row.sem) and math.isnan(row.low)


# Methods


def test_methods_stand_on_both_looks_beside_the_reference():
    found = by_agent(methods(paired(both())))
    assert list(found.index) == ["ppo", "drac"] and set(found.suite) == {"agent"}
    row = found.loc["drac"]
    train, shift = mean(seed[""] for seed in DRAC), mean(seed[pair] for seed in DRAC for pair in ("agent_1", "agent_2"))
    assert row[["pairs", "n", "shared", "paired"]].tolist() == [2, 3, 2, 3] and row.reference == "ppo"
    assert row[["train", "eval", "loss", "gap"]].tolist() == pytest.approx([train, shift, train - shift, 100 * (train - shift) / train])
    each = [mean(b[pair] - a[pair] for pair in ("agent_1", "agent_2")) for a, b in zip(PPO, DRAC)]
    assert row.difference == pytest.approx(mean(each)) and (row.low, row.high) == student(each)
    assert found.loc["ppo"][["difference", "low", "high", "gap_difference", "gap_low", "gap_high"]].tolist() == [0] * 6
    own = [100 * (np.subtract(train, shift)) / train for train, shift in ((0.9, 0.4), (0.8, mean(seed[pair] for seed in DRAC for pair in ("agent_1", "agent_2"))))]
    assert row.gap_difference == pytest.approx(own[1] - own[0]) and row.gap_low < row.gap_difference < row.gap_high


def test_differences_are_paired_by_seed():
    """A method that is better by the same amount on every seed has a difference without width, however seeds differ."""
    better = [{pair: value + (0.1 if pair else 0) for pair, value in seed.items()} for seed in PPO]
    rows = pd.concat([table(seeds=PPO), table(seeds=better, agent="drac")])
    row = by_agent(methods(paired(rows))).loc["drac"]
    assert [row.difference, row.low, row.high] == pytest.approx([0.1] * 3)
    fewer = rows[(rows.agent == "ppo") | (rows.seed > 0)]  # seeds are matched by number, not by place
    row = by_agent(methods(paired(fewer))).loc["drac"]
    assert row.difference == pytest.approx(0.1) and row.paired == 2 and math.isnan(row.low)


def test_gaps_are_compared_pair_by_pair_and_corrected_for_the_number_of_pairs():
    found = method_pairs(paired(both())).set_index("pair")
    assert set(found.agent) == {"drac"} and set(found.paired) == {3} and found.reference_gap["agent_1"] == pytest.approx(100 / 3)
    assert found.gap["agent_1"] == pytest.approx(100 * (0.8 - 2.2 / 3) / 0.8)
    np.testing.assert_allclose(found.difference, found.gap - found.reference_gap)
    first, second = sorted(found.p)
    assert sorted(found.holm) == pytest.approx([2 * first, max(2 * first, second)])
    assert ((found.low < found.difference) & (found.difference < found.high)).all()
    few = method_pairs(paired(both()[lambda rows: rows.seed < 2]))
    assert len(few) == 2 and few[["low", "high", "p", "holm"]].isna().all(axis=None)
    assert method_pairs(paired(table(seeds=PPO))).empty and method_pairs(paired(table(seeds=PPO)).iloc[:0]).empty


def test_a_gap_that_differs_by_the_same_share_on_every_seed_differs_for_certain():
    """Both methods lose a fixed share of what they have on the training look, which differs from seed to seed."""
    rows = pd.concat([table(seeds=[{"": x, "agent_1": kept * x} for x in (0.9, 0.6, 0.8)], agent=name) for name, kept in (("ppo", 0.3), ("drac", 0.7))])
    (row,) = method_pairs(paired(rows)).itertuples()
    assert (row.gap, row.reference_gap, row.low, row.high) == pytest.approx((30, 70, -40, -40)) and row.p == row.holm == 0


@pytest.mark.parametrize("n", [3, 5, 10])
def test_the_interval_of_a_difference_of_gaps_holds_it_as_often_as_it_says(n):
    """Two methods whose seeds share their luck on the training look; the true gaps are 60 and 40 percent."""
    rng, hits, trials, empty = np.random.default_rng(n), 0, 3_000, np.zeros((2, n))
    for _ in range(trials):
        train = rng.beta(18, 2, n)
        pairs = [np.stack([own, own * rng.beta(a, b, n)]) for own, a, b in ((train, 4, 6), (train * rng.beta(30, 2, n), 6, 4))]
        low, high = gap_difference([tuple(Sample(x, np.arange(n), np.arange(n), empty, empty[0]) for x in pairs)], PLATFORMER.telling).interval()
        hits += low <= 60 - 40 <= high
    assert 0.93 <= hits / trials <= 0.97


def test_only_pairs_that_both_have_are_compared():
    rows = both()
    row = by_agent(methods(paired(rows[(rows.agent == "ppo") | (rows.pair != "agent_2")]))).loc["drac"]
    assert (row.pairs, row.shared) == (1, 1) and row.difference == pytest.approx(mean(b["agent_1"] - a["agent_1"] for a, b in zip(PPO, DRAC)))


@pytest.mark.parametrize("run", [{"budget": "quick"}, {"world": "w2"}])
def test_methods_of_other_budgets_or_worlds_have_no_difference_unasked(run):
    found = by_agent(methods(paired(both(**run))))
    assert math.isnan(found.difference["drac"]) and found.difference["ppo"] == 0
    assert by_agent(methods(paired(both(**run), mix=True), mix=True)).difference["drac"] == pytest.approx(1 / 6)


def test_a_reference_with_several_codes_is_none():
    rows = pd.concat([both(), table(seeds=PPO, code="c9")])
    assert methods(paired(rows)).difference.isna().all()


def test_the_reference_is_ppo_else_the_first_that_learns_unless_another_is_asked_for():
    names = ("drac", "noop", "sac")
    rows = pd.concat([table(seeds=PPO, agent=name) for name in names])
    assert set(methods(paired(rows)).reference) == {"drac"}
    assert set(methods(paired(pd.concat([rows, table(seeds=PPO)]))).reference) == {"ppo"}
    assert set(methods(paired(rows), "sac").reference) == {"sac"}
    with pytest.raises(ValueError, match="'sca' is not allowed: the methods are drac, noop, sac; nearest valid: sac"):
        methods(paired(rows), "sca")
    assert methods(paired(table(seeds=PPO))).empty and methods(paired(table(seeds=PPO)).iloc[:0]).empty


def test_the_cost_of_a_step_is_compared_on_one_device_alone():
    def cost(**run):
        return by_agent(methods(paired(both(**run)))).cost

    assert cost(seconds_per_step=0.0025).tolist() == pytest.approx([1, 2.5])
    assert math.isnan(cost(device="gpu")["drac"]) and cost(device="gpu")["ppo"] == 1
    assert math.isnan(cost(seconds_per_step=float("nan"))["drac"])
    assert by_agent(methods(paired(both(device="").assign(device="")))).cost.isna().all()


def test_multiply_adds_are_means_of_runs_whatever_the_device():
    rows = pd.concat([table(seeds=PPO, device="gpu"), table(seeds=DRAC, agent="drac", multiply_adds=5e6)])
    assert by_agent(methods(paired(rows))).multiply_adds.to_dict() == {"ppo": 2e6, "drac": 5e6}


def curves(agent, train, shifted, code="c1"):
    """One run whose success was measured three times on both looks."""
    return [row for look, values in ((TRAIN, train), (shifted_look, shifted)) for row in measured(look, 0, "success_rate", values, agent=agent, code=code)]


shifted_look = shifted("agent_1")


def test_methods_at_equal_success_are_read_where_they_first_reach_it():
    rows = curves("ppo", [0.1, 0.3, 0.9], [0.0, 0.2, 0.8]) + curves("drac", [0.5, 0.2, 0.8], [0.4, 0.6, 0.7], code="c2")
    rows += curves("slow", [0.1, 0.2, 0.4], [0.1, 0.2, 0.4], code="c3")
    found = at_equal_success(pd.DataFrame(rows)).set_index("agent")
    assert found["eval"].to_dict() == pytest.approx({"ppo": 0.2 + 0.6 / 3, "drac": 0.4})  # a third of the way; at once
    assert set(found.train) == {0.5} and set(found.columns) | {"agent"} == set(paired(pd.DataFrame(rows)).columns)
    table = by_agent(methods(at_equal_success(pd.DataFrame(rows))))
    assert table.difference["drac"] == pytest.approx(0.0) and table.n.to_dict() == {"ppo": 1, "drac": 1}


def test_a_map_has_a_field_for_every_method_and_suite():
    alone = table(seeds=[{"": 0.5, "filters_1": 0.5}] * 3, agent="a-oracle", track="privileged")
    (found,) = maps(methods(paired(pd.concat([both(), alone]))), PLATFORMER)
    ppo, drac, oracle = found["lines"]
    assert found["suites"] == ["agent", "filters"] and oracle["fields"][0] is ppo["fields"][1] is None
    assert [line["privileged"] for line in found["lines"]] == [False, False, True]
    assert ppo["fields"][0] | {"words": ""} == {"value": "0.40", "train": "0.90", "shade": "0.40", "words": ""}
    assert oracle["fields"][1]["shade"] == "0.50"
    words = drac["fields"][0]["words"]
    assert words.startswith("drac on agent: 0.57 under the shift, 0.80 on the training look, 3 runs; difference to ppo +0.17, 95 % interval [")
    assert "difference" not in ppo["fields"][0]["words"]


def test_privileged_methods_stand_last_in_a_block_of_their_own():
    found = methods(paired(pd.concat([both(), table(seeds=DRAC, agent="a-oracle", track="privileged")])))
    assert found.agent.tolist() == ["ppo", "drac", "a-oracle"] and found.track.tolist()[-1] == "privileged"


def test_the_telling_metric_of_a_family_is_what_methods_are_judged_by():
    family = family_of([described(PUZZLES)])
    rows = [row for agent, better in (("ppo", 0), ("gru", 0.1)) for seed in range(3) for metric, scale in (("solved", 1), ("steps", 100))
            for look, value in ((TRAIN, 0.9), (shifted("small_1"), 0.2 + better))
            for row in measured(look, seed, metric, [scale * value], agent=agent)]  # fmt: skip
    seeds = paired(pd.DataFrame(rows), family=family)
    found = by_agent(methods(seeds, family=family))
    assert set(found.metric) == {"solved"} and found.difference["gru"] == pytest.approx(0.1)
    assert set(seeds.competent) == {1} and np.isclose(found.gap["ppo"], 100 * 0.7 / 0.9)


def test_methods_of_two_versions_of_the_world_are_drawn_together_where_versions_are_averaged():
    """The archive of docs/methods.md holds such methods. Every method has a mark under the shift in every suite."""
    with opened([Path(__file__).parent.parent / "docs" / "methods.zip"]) as sources:
        rows, _ = collect(sources.folders)
    report = reports.report_of(reports.measured(rows, at="last", mix=True), mix=True, paper=False, over_training=True, reference="ppo")
    assert report.frames["methods"].world.str.contains(" + ", regex=False).any()
    drawn = dict(figures(report.frames, report.rows, report.family, 5.5))
    marks = [line for line in drawn["methods"].axes[0].lines if line.get_fillstyle() == "none"]
    assert len(marks) == rows.agent.nunique() and all(len(line.get_xdata()) == 4 for line in marks)
