"""Analysis: selection, pairing and gap tables against values worked out by hand, and what is never averaged."""

import json
import math
from statistics import mean, stdev

import numpy as np
import pandas as pd
import pytest
from measurements import TRAIN, measured, shifted, table

from kage.analysis.compare import improvements, robust_means
from kage.analysis.estimates import holm
from kage.analysis.gaps import ambiguous, gaps, suite_gaps, suite_seeds
from kage.analysis.pairing import curves, natural, paired
from kage.analysis.select import RULES, once, select
from kage.analysis.series import Series
from kage.analysis.statistics import iqm, probability_of_improvement

# Values at steps 0, 100, 200 of seeds 0, 1, 2: the best is never the last of all seeds.
DISTANCE = {"": [(10, 90, 100), (20, 200, 150), (30, 100, 60)], "filters_1": [(5, 40, 20), (50, 30, 10), (9, 60, 30)],
            "agent_2": [(10, 80, 80), (0, 120, 180), (70, 90, 100)]}  # fmt: skip
RETURN = {"": [(-9, -5, -7), (-8, -4, -2), (-7, -3, -6)], "filters_1": [(-9, -8, -9), (-8, -9, -9), (-9, -8, -7)],
          "agent_2": [(-9, -1, -2), (-8, -2, -3), (-9, -3, -1)]}  # fmt: skip
SUCCESS = {"": [(0, 0.5, 0.4), (0, 1, 1), (0, 0.1, 0.2)], "filters_1": [(0, 0.1, 0.3), (0, 0.8, 0.2), (0, 0, 0.1)],
           "agent_2": [(0, 0.4, 0.2), (0, 0.9, 1), (0.3, 0, 0.2)]}  # fmt: skip
KL = {"filters_1": [(9, 3, 1), (9, 5, 2), (9, 7, 3)]}
ALL = {"distance": DISTANCE, "return": RETURN, "success_rate": SUCCESS, "kl": KL}
BEST = (1, 2, 2)  # evaluations that train_best chooses: success .5 > .4; 1 = 1, return -2 > -4; .2 > .1
PICK = {"max": lambda values, seed: max(values), "last": lambda values, seed: values[-1],
        "train_best": lambda values, seed: values[BEST[seed]]}  # fmt: skip


def two_pairs(metrics=tuple(ALL), **run):
    return pd.DataFrame([row for metric in metrics for pair, seeds in ALL[metric].items() for seed, values in enumerate(seeds)
                         for row in measured(shifted(pair) if pair else TRAIN, seed, metric, values, **run)])  # fmt: skip


def line(table, pair, metric):
    rows = table[(table.pair == pair) & (table.metric == metric)]
    assert len(rows) == 1
    return rows.iloc[0]


def test_gaps_equal_a_table_computed_by_hand():
    found = gaps(paired(two_pairs(["distance", "return"]), "max"))
    assert list(zip(found.pair, found.metric)) == [
        ("agent_2", "distance"), ("agent_2", "return"), ("filters_1", "distance"), ("filters_1", "return")]  # fmt: skip
    row = line(found, "filters_1", "distance")  # seeds: train 100, 200, 100, eval 40, 50, 60
    assert (row.n, row["eval"], row.rule) == (3, 50, "max") and row.train == pytest.approx(400 / 3)
    assert row.train_sem == pytest.approx(100 / 3) and row.eval_sem == pytest.approx(10 / math.sqrt(3))
    assert row.gap == pytest.approx(62.5)  # of the means; the mean of the seeds' gaps would be 58.3
    row = line(found, "agent_2", "return")  # train -5, -2, -3, eval -1, -2, -1
    assert row.gap == pytest.approx(4 / 3 - 10 / 3)  # negative: the shift is better
    last = gaps(paired(two_pairs(["distance"]), "last"))
    row = line(last, "filters_1", "distance")  # train 100, 150, 60, eval 20, 10, 30
    assert row.gap == pytest.approx(100 * (310 - 60) / 310)
    assert line(last, "agent_2", "distance").gap == pytest.approx(100 * (310 - 360) / 310)  # negative: better


@pytest.mark.parametrize("at", RULES)
def test_every_cell_follows_from_the_seeds(at):
    found = gaps(paired(two_pairs(), at))
    learnt = [seed for seed, values in enumerate(SUCCESS[""]) if PICK[at](values, seed) >= 0.5]
    assert learnt == {"max": [0, 1], "last": [1], "train_best": [0, 1]}[at]
    for metric in ("distance", "return", "success_rate"):
        train = [PICK[at](steps, seed) for seed, steps in enumerate(ALL[metric][""])]
        for pair in ("filters_1", "agent_2"):
            shift = [PICK[at](steps, seed) for seed, steps in enumerate(ALL[metric][pair])]

            def gap(seeds, train=train, shift=shift, metric=metric):
                a, b = mean(train[i] for i in seeds), mean(shift[i] for i in seeds)
                return a - b if metric == "return" else 100 * (a - b) / a

            row = line(found, pair, metric)
            expected = [3, len(learnt), mean(train), stdev(train) / 3**0.5, mean(shift), stdev(shift) / 3**0.5, gap(range(3)),
                        mean(train[i] for i in learnt), mean(shift[i] for i in learnt), gap(learnt)]
            names = ["n", "competent", "train", "train_sem", "eval", "eval_sem", "gap", "train_competent", "eval_competent",
                     "gap_competent"]
            assert row.episodes == "128"
            np.testing.assert_allclose(list(row[names]), expected)
            assert row.gap_low <= row.gap <= row.gap_high


@pytest.mark.parametrize("at, expected", [("max", 2), ("last", 2), ("train_best", 8 / 3)])
def test_agreement_and_kl_have_no_gap_and_no_best(at, expected):
    """Their maximum over training is that of the untrained policy: the rule max takes the last."""
    row = line(gaps(paired(two_pairs(), at)), "filters_1", "kl")  # last 1, 2, 3; at the best evaluation 3, 2, 3
    assert row["eval"] == pytest.approx(expected) and row.n == 3
    assert row[["train", "gap", "gap_low", "gap_high", "gap_competent"]].isna().all()


def test_train_best_is_chosen_on_the_training_look_alone():
    rows = two_pairs()
    worse = rows.assign(value=np.where(rows.split == "eval", -rows.value, rows.value))
    first, second = (paired(each, "train_best") for each in (rows, worse))
    pd.testing.assert_series_equal(first.train, second.train)
    pd.testing.assert_series_equal(first["eval"], -second["eval"])


def test_equal_success_and_return_fall_to_the_earliest():
    rows = [row for metric, values in (("success_rate", (0, 1, 1)), ("return", (9, 5, 5)), ("distance", (1, 2, 3)))
            for look in (TRAIN, shifted("agent_1")) for row in measured(look, 0, metric, values)]  # fmt: skip
    assert line(paired(pd.DataFrame(rows), "train_best"), "agent_1", "distance")["eval"] == 2


def test_a_look_without_the_best_evaluation_is_refused_and_not_replaced():
    rows = two_pairs()
    without = rows[~((rows.pair == "agent_2") & (rows.seed == 1) & (rows.step == 200) & (rows.metric == "distance"))]
    with pytest.raises(ValueError, match="seed=1: agent_2 distance was not measured at the run's best step"):
        select(without, "train_best")
    assert len(select(without, "max")) == len(select(rows, "max"))


def test_train_best_needs_its_metrics():
    with pytest.raises(ValueError, match="needs success_rate and return on the training look: .*seed=0"):
        select(two_pairs(["distance", "success_rate"]), "train_best")


@pytest.mark.parametrize("at", RULES)
def test_the_order_of_rows_and_their_labels_do_not_matter(at):
    rows = two_pairs()
    expected = gaps(paired(rows, at))
    for seed in range(3):
        pd.testing.assert_frame_equal(gaps(paired(rows.sample(frac=1, random_state=seed), at)), expected)
    pd.testing.assert_frame_equal(gaps(paired(rows.set_index(np.zeros(len(rows), int)), at)), expected)


def test_steps_are_ordered_as_numbers_and_each_run_keeps_its_own_training_value():
    rows = pd.DataFrame(measured(TRAIN, 0, "progress", range(12)) + measured(shifted("a_1"), 0, "progress", range(12))
                        + measured(TRAIN, 0, "progress", [5], training_id="b")
                        + measured(shifted("a_1"), 0, "progress", [1], training_id="b"))  # fmt: skip
    chosen = paired(rows, "last").set_index("training_id")
    assert dict(chosen.train) == {"id": 11, "b": 5} and dict(chosen["eval"]) == {"id": 11, "b": 1}


@pytest.mark.parametrize("at, train, shift", [("max", 100, 40), ("last", 60, 40)])
def test_a_look_asked_for_later_is_compared_over_the_evaluations_it_shares(at, train, shift):
    """Neither the maximum over more evaluations nor another last one makes a gap."""
    late, full = shifted("a_1"), shifted("b_1")
    rows = pd.DataFrame(measured(TRAIN, 0, "distance", [900, 100, 60, 70]) + measured(full, 0, "distance", [900, 9, 9, 30]) +
                        [row for row in measured(late, 0, "distance", [0, 30, 40, 0]) if row["step"] in (100, 200)])  # fmt: skip
    row = line(paired(rows, at), "a_1", "distance")
    assert (row.train, row["eval"]) == (train, shift)
    row = line(paired(rows, at), "b_1", "distance")
    assert (row.train, row["eval"]) == {"max": (900, 900), "last": (70, 30)}[at]


def test_few_seeds_have_no_interval_and_a_single_one_has_no_sem():
    rows = two_pairs()
    found = gaps(paired(rows[rows.seed == 1]))
    assert (found.n == 1).all() and found.train_sem.isna().all() and found.eval_sem.isna().all()
    assert line(found, "filters_1", "distance").gap == 75
    less = gaps(paired(rows[(rows.seed < 2) | (rows.pair != "agent_2")]))
    few, enough = line(less, "agent_2", "distance"), line(less, "filters_1", "distance")
    assert (few.n, enough.n) == (2, 3) and few.train == 150  # of the two seeds that were measured on both looks
    assert math.isnan(few.gap_low) and not math.isnan(enough.gap_low) and not math.isnan(few.train_sem)


@pytest.mark.parametrize("train", [0, -0.25])
def test_a_percentage_of_nothing_or_less_is_empty_and_neither_infinite_nor_a_gain(train):
    found = gaps(paired(table(seeds=[{"": train, "a_1": -3.25}])))
    assert found[["gap", "gap_competent"]].isna().all(axis=None) and found.competent[0] == 0
    found = gaps(paired(table("return", seeds=[{"": train, "a_1": -3.25}])))
    assert found.gap.tolist() == [train + 3.25]


def test_seeds_whose_success_was_not_measured_are_neither_competent_nor_not():
    found = gaps(paired(two_pairs(["distance"])))
    assert found.competent.isna().all() and found.gap_competent.isna().all() and found.gap.notna().all()


def test_a_run_without_its_training_look_is_refused():
    rows = two_pairs()
    with pytest.raises(ValueError, match="seed=2 has no measurement of distance on its training look at step 0"):
        paired(rows[(rows.split == "eval") | (rows.seed != 2)])


def test_a_run_with_two_training_looks_is_refused():
    rows = pd.concat([two_pairs(), table(seeds=[{"": 1}]).assign(look="other")])
    with pytest.raises(ValueError, match="seed=0 was measured on several training looks"):
        paired(rows)


def test_a_measurement_with_two_results_is_refused():
    rows = two_pairs()
    with pytest.raises(ValueError, match=f"{rows.run[4]}/eval.jsonl: .* at step .* measured twice"):
        paired(pd.concat([rows, rows.iloc[[4]].assign(value=3.0)]))


def test_a_repeated_line_says_nothing_new():
    rows = two_pairs()
    repeated = pd.concat([rows, rows.assign(look_id="older")], ignore_index=True)
    pd.testing.assert_frame_equal(once(repeated), rows)
    for at in RULES:
        pd.testing.assert_frame_equal(paired(repeated, at), paired(rows, at))


def test_a_seed_in_two_folders_is_refused():
    rows = two_pairs()
    with pytest.raises(ValueError, match="seed 1 of training id stands in two folders.*/copy and"):
        paired(pd.concat([rows, rows[rows.seed == 1].assign(run="/copy")]))


def test_an_unknown_selection_is_refused():
    with pytest.raises(ValueError, match="max, last, train_best"):
        select(two_pairs(), "best")


@pytest.mark.parametrize("at", RULES)
def test_training_looks_alone_give_empty_tables(at):
    rows = two_pairs()
    seeds = paired(rows[rows.split == "train"], at)
    assert seeds.empty and gaps(seeds).empty and suite_gaps(seeds).empty
    assert list(gaps(seeds).columns) == list(gaps(paired(rows, at)).columns)
    assert robust_means(seeds).empty and improvements(seeds).empty


# Suites


SEEDS = [{"": 1.0, "agent_1": 0.8, "agent_2": 0.5}, {"": 0.8, "agent_1": 0.4, "agent_2": 0.1}]


def test_a_suite_is_the_mean_of_its_pairs_means():
    rows = pd.concat([table(seeds=SEEDS), table(seeds=[{"": 0.6, "agent_3": 0.0}], training_id="other")])
    (row,) = suite_gaps(paired(rows)).itertuples()
    train, shift = [0.9, 0.9, 0.6], [0.6, 0.3, 0.0]  # of each pair
    assert (row.suite, row.pairs, row.n, row.competent) == ("agent", 3, 3, 3)  # two runs share two pairs
    assert row.train == pytest.approx(0.8) and row.eval == pytest.approx(0.3)
    assert row.train_sem == pytest.approx(stdev(train) / 3**0.5) and row.eval_sem == pytest.approx(stdev(shift) / 3**0.5)
    assert row.gap == pytest.approx(100 * 0.5 / 0.8)  # the mean of the pairs' gaps would be 66.7


def test_pairs_that_share_their_trainings_do_not_narrow_the_interval():
    """Four looks on which the same seeds do the same are one measurement; four trainings of their own are four."""
    values = [{"": 1.0} | {f"agent_{i}": x for i in range(4)} for x in (0.1, 0.3, 0.7, 0.9, 0.2)]
    shared = suite_gaps(paired(table(seeds=values))).iloc[0]
    alone = pd.concat([table(seeds=[{"": seed[""], name: seed[name]} for seed in values], training_id=name)
                       for name in values[0] if name])  # fmt: skip
    apart = suite_gaps(paired(alone)).iloc[0]
    pair = gaps(paired(table(seeds=values))).iloc[0]
    assert shared.gap == pytest.approx(apart.gap) == pytest.approx(pair.gap)
    assert shared.gap_high - shared.gap_low == pytest.approx(pair.gap_high - pair.gap_low)
    assert apart.gap_high - apart.gap_low < 0.7 * (pair.gap_high - pair.gap_low)


def test_p_values_are_corrected_for_the_pairs_of_one_agent_and_metric():
    values = [{"": 1.0, "a_1": 0.9 + x, "a_2": 0.2 + x, "a_3": 0.5 + 4 * x} for x in (-0.05, 0, 0.06)]
    both = pd.concat([table(seeds=values), table(seeds=values, agent="drac")])
    found = gaps(paired(both))
    for _, own in found.groupby("agent"):
        np.testing.assert_allclose(own.gap_holm, holm(own.gap_p))
    assert (found.gap_holm >= found.gap_p).all() and (found.gap_p > 0).all()
    assert suite_gaps(paired(both)).gap_holm.tolist() == suite_gaps(paired(both)).gap_p.tolist()  # of one suite each


def test_nobody_loses_more_than_all():
    (row,) = gaps(paired(table(seeds=[{"": 1.0, "a_1": x} for x in (0.0, 0.0, 0.3)]))).itertuples()
    assert row.gap == pytest.approx(90) and row.gap_high == 100 and row.gap_low < 50


def test_a_suite_of_one_pair_has_no_spread_over_pairs():
    (row,) = suite_gaps(paired(table(seeds=[{"": 1, "layout_1": 0.5}, {"": 1, "layout_1": 0.3}]))).itertuples()
    assert row.pairs == 1 and math.isnan(row.train_sem) and row.gap == pytest.approx(60)


def test_competent_seeds_of_a_suite():
    rows = table(seeds=[{"": 1, "agent_1": 0.5, "agent_2": 0.1}, {"": 0.2, "agent_1": 0.2, "agent_2": 0.2}])
    (row,) = suite_gaps(paired(rows)).itertuples()
    assert (row.n, row.competent) == (2, 1) and row.gap_competent == pytest.approx(70)


def test_the_same_seeds_of_two_trainings_are_four_runs():
    rows = pd.concat([table(seeds=SEEDS), table(seeds=[{"": 1, "agent_3": 1}, {"": 0, "agent_3": 0}], training_id="other")])
    assert suite_gaps(paired(rows))[["pairs", "n", "competent"]].values.tolist() == [[3, 4, 3]]
    (means,) = robust_means(paired(rows)).itertuples()
    assert (means.pairs, means.n) == (3, 4)


def test_what_is_no_suite_has_no_row():
    looks = [shifted("x_1", suite="custom"), shifted("radial", dose="0.5"), shifted("released_distractors_6", suite="released")]
    rows = [row for look in [TRAIN, *looks] for row in measured(look, 0, "success_rate", [1])]
    seeds = paired(pd.DataFrame(rows))
    assert suite_gaps(seeds).empty and robust_means(seeds).empty and len(gaps(seeds)) == 3


def test_a_pair_with_two_looks_gives_its_suite_no_row():
    """Which of them the suite means is not known."""
    looks = [shifted("agent_1"), shifted("agent_1", look="other", look_id="other"), shifted("agent_2"), shifted("filters_1")]
    seeds = paired(pd.DataFrame([row for look in [TRAIN, *looks] for row in measured(look, 0, "success_rate", [1])]))
    assert list(suite_gaps(seeds).suite) == ["filters"] and robust_means(seeds).empty
    assert list(ambiguous(suite_seeds(seeds, mix=False)).pair) == ["agent_1"]


# What is never averaged unasked


@pytest.mark.parametrize("column, label", [("budget", "paper + quick"), ("code", "c1 + unknown"), ("world", "unknown + w1"), ("training_id", "id + other")])
def test_variants_are_averaged_only_when_asked(column, label):
    value = {"budget": "quick", "code": "", "world": "", "training_id": "other"}[column]
    rows = pd.concat([table(seeds=SEEDS), table(seeds=[{"": 0.6, "agent_1": 0.0, "agent_2": 0.6}], **{column: value})])
    apart = gaps(paired(rows))
    assert len(apart) == 4 and set(apart[column]) == {"", value, "paper", "c1", "w1", "id"} & {*rows[column]}
    assert sorted(apart[apart.pair == "agent_1"].train) == pytest.approx([0.6, 0.9])
    together = gaps(paired(rows, mix=True))
    assert len(together) == 2 and set(together[column]) == {label} and set(together.n) == {3}
    assert together.train.tolist() == pytest.approx([0.8, 0.8])
    suites = suite_gaps(paired(rows))
    assert len(suites) == (0 if column == "training_id" else 2)  # two trainings of a pair: no mean over pairs
    (suite,) = suite_gaps(paired(rows, mix=True), mix=True).itertuples()
    assert suite.n == 3 and suite.pairs == 2 and suite.train == pytest.approx(0.8)


def test_mixed_pairs_name_what_is_in_them_and_their_suite_names_all():
    rows = pd.concat([table(seeds=[{"": 1, "agent_1": 1}]), table(seeds=[{"": 1, "agent_1": 0, "agent_2": 0}], code="c2")])
    seeds = paired(rows, mix=True)
    assert dict(zip(seeds.pair, seeds.code)) == {"agent_1": "c1 + c2", "agent_2": "c2"}
    assert suite_gaps(seeds, mix=True).code.tolist() == ["c1 + c2"]
    assert robust_means(seeds, mix=True).code.tolist() == ["c1 + c2"]


def test_other_settings_under_the_same_names_are_no_further_seeds():
    """Nor are two pairs of them a suite; agent and budget are called by what differs, everywhere alike."""
    def run(value, pair, training_id, **settings):
        told = json.dumps({"agent.gamma": "0.9", "task.pool": "2"} | settings)
        return table(seeds=[{"": 1, pair: value}], training_id=training_id, settings=told)

    plain = run(0.1, "agent_1", "a")
    others = [run(0.2, "agent_2", "b", **{"agent.gamma": "0.5"}), run(0.3, "agent_3", "c", **{"task.pool": "4"}),
              run(0.4, "agent_4", "d"), run(0.5, "agent_5", "e").assign(settings="{}")]  # fmt: skip
    rows = pd.concat([plain, *others])
    who = {("ppo gamma=0.9", "paper task.pool=2"): [0.1, 0.4], ("ppo gamma=0.5", "paper task.pool=2"): [0.2],
           ("ppo gamma=0.9", "paper task.pool=4"): [0.3], ("ppo", "paper"): [0.5]}  # fmt: skip
    for found in (suite_gaps(paired(rows)), robust_means(paired(rows))):
        assert {(row.agent, row.budget): row.eval for row in found.itertuples()} == {
            names: pytest.approx(mean(values)) for names, values in who.items()}  # fmt: skip
    assert set(zip(curves(rows).agent, curves(rows).budget)) == set(who)
    assert set(paired(rows, mix=True).agent) == {"ppo gamma=0.9", "ppo gamma=0.5", "ppo"}
    assert set(suite_gaps(paired(pd.concat([plain, others[2]]))).agent) == {"ppo"}  # nothing differs


def test_what_a_study_sweeps_is_no_other_agent_and_what_it_does_not_is():
    def dose(name, gamma, training_id):
        run = {"training_id": training_id, "settings": json.dumps({"agent.gamma": gamma})}
        return [*measured(TRAIN, 0, "distance", [9], **run), *measured(shifted("gamma", name), 0, "distance", [3], **run)]

    sweep = [row for name in ("0.1", "0.2") for row in dose(name, name, name)]
    assert set(gaps(paired(pd.DataFrame(sweep))).agent) == {"ppo"}
    again = gaps(paired(pd.DataFrame(sweep + dose("0.1", "0.7", "again"))))
    assert list(zip(again.agent, again.dose)) == [("ppo", "0.2"), ("ppo gamma=0.1", "0.1"), ("ppo gamma=0.7", "0.1")]


# Agents side by side


def agents(first, second, **run):
    return pd.concat([table(seeds=first, agent="drac"), table(seeds=second, agent="ppo", **run)])


def test_agents_are_compared_on_the_pairs_they_share():
    first = [{"": 1, "agent_1": 0.9, "agent_2": 0.5, "filters_1": 0.1}, {"": 1, "agent_1": 0.7, "agent_2": 0.5, "filters_1": 0.2}]
    (row,) = improvements(paired(agents(first, SEEDS))).itertuples()
    assert (row.first, row.second, row.pairs) == ("drac", "ppo", 2)
    doses = [agents([{"": 1}], [{"": 1}])] + [pd.DataFrame(measured(shifted("light", "1"), 0, "success_rate", [1], agent=name))
                                              for name in ("drac", "ppo")]  # fmt: skip
    assert improvements(paired(pd.concat(doses))).empty  # a dose is no pair
    pairs = [np.array([0.9, 0.7]), np.array([0.5, 0.5])], [np.array([0.8, 0.4]), np.array([0.5, 0.1])]
    assert row.probability == pytest.approx(probability_of_improvement(*pairs)) == pytest.approx(0.75)
    assert math.isnan(row.low)


def test_comparisons_have_intervals_from_three_seeds_on():
    (row,) = improvements(paired(agents([{"": 1, "a_1": x} for x in (0.1, 0.5, 0.9)], [{"": 1, "a_1": x} for x in (0, 0.4, 0.5)])))\
        .itertuples()
    assert row.low < row.probability < row.high


@pytest.mark.parametrize("run", [{"budget": "quick"}, {"world": "w2"}])
def test_agents_of_other_budgets_or_worlds_are_not_compared_unasked(run):
    rows = agents(SEEDS, SEEDS, **run)
    assert improvements(paired(rows)).empty
    assert improvements(paired(rows, mix=True), mix=True).probability.tolist() == [0.5]


def test_every_method_has_code_of_its_own_and_two_codes_of_one_method_stay_apart():
    rows = agents(SEEDS, SEEDS, code="c2")
    (row,) = improvements(paired(rows)).itertuples()
    assert (row.first, row.first_code, row.second, row.second_code, row.probability) == ("drac", "c1", "ppo", "c2", 0.5)
    again = pd.concat([rows, table(seeds=[{"": 1, "agent_1": 0.0, "agent_2": 0.0}], agent="ppo", code="c3")])
    found = improvements(paired(again)).set_index("second_code").probability
    assert dict(found) == {"c2": 0.5, "c3": 1} and set(robust_means(paired(again)).code) == {"c1", "c2", "c3"}


def test_metrics_that_order_all_runs_alike_are_compared_once_and_others_anew():
    """distance orders the runs as success does, return the other way round."""
    rows = agents([{"": 1, "a_1": x} for x in (0.1, 0.5, 0.9)], [{"": 1, "a_1": x} for x in (0, 0.4, 0.5)])
    others = [rows.assign(metric="distance", value=490 * rows.value), rows.assign(metric="return", value=-rows.value)]
    found = improvements(paired(pd.concat([rows, *others]))).set_index("metric")[["probability", "low", "high"]]
    assert found.loc["distance"].tolist() == found.loc["success_rate"].tolist()
    assert found.probability["return"] == pytest.approx(1 - found.probability["distance"])
    assert found.low["return"] == pytest.approx(1 - found.high["distance"])


def test_robust_means_pool_runs_and_pairs():
    seeds = [{"": 1 - i / 10, "agent_1": i / 10, "filters_1": i**2 / 20} for i in range(4)]
    (row,) = robust_means(paired(table(seeds=seeds))).itertuples()
    strata = [np.arange(4) / 10, np.arange(4) ** 2 / 20]
    assert (row.pairs, row.n) == (2, 4) and row.eval == pytest.approx(iqm(strata))
    assert row.eval_low < row.eval < row.eval_high


def test_the_same_runs_on_several_pairs_narrow_no_interval_of_an_agent():
    values = [{"": x} | {f"agent_{i}": x for i in range(4)} for x in (0.1, 0.3, 0.7, 0.9, 0.2)]

    def width(rows):
        (row,) = robust_means(paired(rows)).itertuples()
        return row.eval_high - row.eval_low

    one = width(table(seeds=[{"": seed[""], "agent_0": seed["agent_0"]} for seed in values]))
    apart = pd.concat([table(seeds=[{"": seed[""], pair: seed[pair]} for seed in values], training_id=pair)
                       for pair in values[0] if pair])  # fmt: skip
    assert width(table(seeds=values)) == pytest.approx(one, rel=0.1) and width(apart) < 0.7 * one


def test_a_pair_with_two_looks_is_no_part_of_a_comparison():
    looks = [TRAIN, shifted("agent_1"), shifted("agent_1", look="other", look_id="other"), shifted("agent_2")]
    rows = pd.DataFrame([row for agent, better in (("drac", 1), ("ppo", 0)) for look in looks
                         for row in measured(look, 0, "success_rate", [better if look["pair"] == "agent_1" else 0.5], agent=agent)])
    (row,) = improvements(paired(rows)).itertuples()
    assert (row.pairs, row.probability) == (1, 0.5)


# Curves and doses


def test_a_series_has_the_mean_and_sem_of_the_runs_that_were_measured():
    values = np.array([[1, 2, np.nan], [2, 4, 7], [6, 9, np.nan]])
    series = Series(np.arange(3), values)
    np.testing.assert_allclose(series.mean, [3, 5, 7])
    np.testing.assert_allclose(series.sem, [stdev((1, 2, 6)) / 3**0.5, stdev((2, 4, 9)) / 3**0.5, np.nan])


def test_curves_are_means_at_every_step():
    found = curves(two_pairs())
    point = line(found[found.step == 100], "filters_1", "distance")
    assert (point.n, point.train, point["eval"]) == (3, 130, pytest.approx(130 / 3))
    assert point.eval_sem == pytest.approx(stdev((40, 30, 60)) / 3**0.5)
    assert len(found) == 3 * (2 * 3 + 1)
    assert list(found[(found.pair == "agent_2") & (found.metric == "return")].step) == [0, 100, 200]
    both = pd.concat([two_pairs(), two_pairs(code="c2")])
    assert set(curves(both).n) == {3} and set(curves(both, mix=True).n) == {6}


@pytest.mark.parametrize("doses, ordered", [
    (["1", "0", "0.25", "11", "2"], ["0", "0.25", "1", "2", "11"]),
    (["[red,green]", "[black]", "[red,green,blue]", "[blue]"], ["[black]", "[blue]", "[red,green]", "[red,green,blue]"]),
    (["none", "little", "much"], ["none", "little", "much"]),
])  # fmt: skip
def test_doses_stand_in_their_order(doses, ordered):
    looks = [TRAIN, *(shifted("light", dose=dose) for dose in doses)]
    rows = pd.DataFrame([row for look in looks for row in measured(look, 0, "success_rate", [1])])
    assert gaps(paired(rows)).dose.tolist() == ordered == curves(rows).dose.tolist()


def test_pairs_stand_in_the_order_of_their_numbers():
    assert sorted(["b_10", "b_9", "a_2", "b_1"], key=natural) == ["a_2", "b_1", "b_9", "b_10"]
    seeds = paired(table(seeds=[{"": 1} | {f"background_{i}": 1 for i in (10, 2, 1)}]))
    assert seeds.pair.tolist() == ["background_1", "background_2", "background_10"]
