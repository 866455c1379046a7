"""Half doses, areas and interactions: values worked out by hand, coverage by simulation, run folders of studies."""

import math

import numpy as np
import pandas as pd
import pytest
from measurements import CONFIG, TRAIN, measured, shifted, write_run

from kage.analysis.collect import collect
from kage.analysis.heat import heat_maps
from kage.analysis.interactions import compared, interactions, joints
from kage.analysis.metrics import PLATFORMER
from kage.analysis.page.interactions import joint_map
from kage.analysis.pairing import paired
from kage.analysis.responses import half, halves, responses
from kage.analysis.samples import Sample
from kage.analysis.views import views

AT = np.array([0.0, 1, 2, 4])


def curve(doses, *seeds, train=1.0):
    """The rows of `responses` of a study: values under the shift by dose, seed by seed."""
    rows = [row for seed, values in enumerate(seeds) for look, value in ((TRAIN, train), *((shifted("s", dose), values[place]) for place, dose in enumerate(doses)))
            for row in measured(look, seed, "success_rate", [value])]  # fmt: skip
    return responses(paired(pd.DataFrame(rows)))


def test_half_dose_and_area_by_hand():
    (row,) = curve(["0", "1", "2", "4"], (1, 0.8, 0.3, 0.1), (0.8, 0.8, 0.5, 0.1)).itertuples()
    assert (row.n, row.doses) == (2, 4) and math.isnan(row.half_low) and math.isnan(row.area_low)
    assert row.half == pytest.approx(1 + 0.3 / 0.4)  # the mean falls from 0.8 to 0.4, half is 0.5
    assert row.area == pytest.approx((0.85 + 0.6 + 2 * 0.25) / 4)


def test_doses_that_are_no_numbers_count_one_two_three():
    (row,) = curve(["[a]", "[a,b]", "[a,b,c]"], (1, 0.6, 0.2)).itertuples()
    assert row.half == pytest.approx(2.25) and row.area == pytest.approx(0.6)


@pytest.mark.parametrize("values, expected", [
    ((1, 0.9, 0.8, 0.7), [math.inf]),  # never: above all doses
    ((0.4, 0.3, 0.2, 0.1), [-math.inf]),  # already at the first
    ((0.1, 0.4, 0.7, 0.9), [2 - 2 / 3]),  # from strong to weak
    ((0.2, 1, 0.9, 0.1), [2 + 2 * 0.4 / 0.8, 0.375]),  # both sides of the best
    ((0.8, 1, 0.6, 0.2), [2.5]),  # one side alone falls so far
])  # fmt: skip
def test_half_is_sought_from_the_best_dose(values, expected):
    found = list(halves(AT, np.array([values]) - 0.5))
    assert [dose for _, dose, *_ in found] == pytest.approx(expected)


def test_an_interval_lies_on_the_other_side_too_and_may_reach_beyond_the_doses():
    seeds = np.array([(1, 0.8, 0.35, 0.1), (0.9, 0.7, 0.4, 0.1), (0.9, 0.8, 0.3, 0.2)]) - 0.5
    ((_, dose, low, high),) = halves(AT, seeds)
    ((side, mirrored, lower, upper),) = halves(-AT[::-1], seeds[:, ::-1])
    assert side == "smaller" and 1 < low < dose < high < 2 and (mirrored, lower, upper) == pytest.approx((-dose, -high, -low))
    spread = seeds + np.array([[-0.5], [0], [0.5]])
    assert half(AT, spread)[1:] == (-math.inf, math.inf)


@pytest.mark.parametrize("n", [3, 5, 10])
def test_the_interval_of_a_half_dose_holds_it_as_often_as_it_says(n):
    """Seeds differ in how much they bear and in every value; the mean of all seeds crosses half at 1.5."""
    rng, hits, trials = np.random.default_rng(n), 0, 1_500
    mean = np.array([0.5, 0.25, -0.25, -0.4])
    for _ in range(trials):
        above = mean + rng.normal(0, 0.06, (n, 1)) + rng.normal(0, 0.03, (n, 4))
        _, low, high = half(AT, above)
        hits += low <= 1.5 <= high
    assert 0.93 <= hits / trials <= 0.97


def test_studies_of_few_doses_or_several_parameters_have_no_half_dose():
    assert curve(["0", "1"], (1, 0.2)).empty and curve(["0 x 1", "0 x 2", "1 x 2"], (1, 0.2, 0.1)).empty


# Interactions


def sample(train, shifted):
    train, shifted = np.broadcast_arrays(train, shifted)
    n = len(shifted)
    return Sample(np.stack([train, shifted]).astype(float), np.arange(n), np.arange(n), np.zeros((2, n), int), np.ones(n))


def test_a_joint_gap_is_compared_with_the_product_of_what_is_left():
    found = compared(sample(0.8, [0.4, 0.4]), sample(0.8, [0.6, 0.6]), sample(0.8, [0.2, 0.2]))
    assert (found["first_gap"], found["second_gap"]) == pytest.approx((50, 25)) and found["n"] == 2
    assert (found["expected"], found["joint"], found["difference"]) == pytest.approx((62.5, 75, 12.5))
    assert math.isnan(found["low"]) and math.isnan(found["p"])
    assert math.isnan(compared(sample(0, [0.1] * 3), sample(1, [0.1] * 3), sample(1, [0.1] * 3))["difference"])


@pytest.mark.parametrize("n", [3, 5, 10])
def test_the_interval_of_an_interaction_holds_it_as_often_as_it_says(n):
    rng, hits, trials = np.random.default_rng(n), 0, 3_000
    for _ in range(trials):
        train = rng.beta(18, 2, n)
        kept = [train * rng.beta(mean * 12, (1 - mean) * 12, n) for mean in (0.5, 0.6, 0.4)]
        found = compared(*(sample(train, values) for values in kept))
        hits += found["low"] <= 100 * (0.5 * 0.6 - 0.4) <= found["high"]
    assert 0.93 <= hits / trials <= 0.97


def test_a_map_has_a_field_for_every_two_changes_and_the_tables_numbers():
    rows = [{"study": "s", "method": "", "first": a, "second": b, "first_gap": 10.0, "second_gap": 20.0, "expected": 28.0, "joint": 28.0 + more,
             "difference": more, "low": more - 1, "high": more + 1, "holm": 0.01, "n": 5} for a, b, more in (("a", "b", 30.0), ("a", "c", -3.0), ("b", "c", 0.0))]
    found = joint_map("", pd.DataFrame(rows))
    assert found["seconds"] == [("b", "20.0"), ("c", "20.0")] and [line["name"] for line in found["lines"]] == ["a", "b"]
    (ab, ac), (nothing, bc) = (line["fields"] for line in found["lines"])
    assert nothing is None and ab["over"] and not ac["over"] and (ab["shade"], ac["shade"], bc["shade"]) == ("1.00", "0.10", "0.00")
    assert (ab["joint"], ab["expected"]) == ("58.0", "28.0") and "+30.0 [29.0, 31.0], 5 seeds" in ab["words"]
    ((name, figure),) = heat_maps(pd.DataFrame(rows), PLATFORMER, 4.8)
    assert name == "interactions_s" and {"58.0*", "25.0*", "28.0*", "(28.0)"} == {text.get_text() for text in figure.axes[0].texts}
    assert [tick.get_text() for tick in figure.axes[0].get_yticklabels()] == ["a\n10.0 %", "b\n20.0 %"]


def test_joint_looks_are_those_whose_change_is_that_of_two_others():
    kinds = {"0 x 0": {}, "1 x 0": {"a": "1"}, "2 x 0": {"a": "2"}, "0 x 1": {"b": "1"}, "1 x 1": {"a": "1", "b": "1"}, "2 x 1": {"a": "2", "b": "1"}}
    assert list(joints(kinds)) == [("1 x 0", "0 x 1", "1 x 1"), ("2 x 0", "0 x 1", "2 x 1")]
    three = {"a": {"a": "1"}, "b": {"b": "1"}, "c": {"c": "1"}, "a + b": {"a": "1", "b": "1"}, "all": {"a": "1", "b": "1", "c": "1"}}
    assert list(joints(three)) == [("a", "b", "a + b")]  # all three are no two changes
    assert not list(joints({"x": {}, "y": {"a": "1"}, "1 x 1": {"a": "1", "b": "1"}}))


def test_a_grid_of_two_axes_shows_its_interactions(outputs):
    """What a look changes is read from config.yaml; the neutral doses of a grid are found by it."""
    doses = {"0 x 1": {}, "0.5 x 1": {"filters": {"brightness": 0.5}}, "0 x 2": {"filters": {"contrast": 2.0}},
             "0.5 x 2": {"filters": {"brightness": 0.5, "contrast": 2.0}}}  # fmt: skip
    looks = [shifted("grid", dose) for dose in doses]
    told = [{"study": "grid", "dose": dose, "change": change} for dose, change in doses.items()]
    for seed in range(3):
        write_run(outputs / "alpha", seed, looks=looks, config=CONFIG | {"looks": told})
    rows, _ = collect([outputs])
    (row,) = interactions(rows, paired(rows)).itertuples()
    assert (row.first, row.second, row.n) == ("filters.brightness=0.5", "filters.contrast=2.0", 3)
    assert (row.first_gap, row.second_gap, row.joint, row.expected) == pytest.approx((50, 50, 50, 75))
    assert (row.difference, row.low, row.high, row.holm) == pytest.approx((-25, -25, -25, 0))
    (line,) = (view for view in views({"interactions": interactions(rows, paired(rows))}) if view.name == "interactions")
    assert [cell.text for cell in line.rows[0]][0] == "filters.brightness=0.5 + filters.contrast=2.0"
    assert [cell.text for cell in line.rows[0]][-4:] == ["75.0", "50.0", "-25.0 [-25.0, -25.0]", "<0.001"]
