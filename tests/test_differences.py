"""kage compare: differences of two folders are those of the same seeds on the same looks."""

import numpy as np
import pytest
import scipy.stats
import yaml
from synthetic import SMALL, write_results

from kage.analysis.collect import collect
from kage.analysis.differences import differences, differing, looks_alone, with_looks
from kage.analysis.pairing import paired
from kage.launch.cli import main


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A: seeds 0 to 3 of ppo; B: seeds 1 to 4 of another method, on one look less and with another learning rate."""
    root = tmp_path_factory.mktemp("two")
    a = write_results(root / "a", SMALL, seeds=range(4), evaluations=2)
    (name, (train, looks)), *_ = SMALL.items()
    fewer = {name: (train, {key: look for key, look in looks.items() if key[1] != "layout_1"})}
    b = write_results(root / "b", fewer, range(1, 5), ["method1"], 2)
    for path in b.glob("runs/*/seed=*/config.yaml"):
        config = yaml.safe_load(path.read_text())
        config["agent"]["learning_rate"] = 0.01
        path.write_text(yaml.safe_dump(config))
    return a, b


def seeds(folder):
    rows = collect([folder])[0]
    return with_looks(paired(rows), rows.astype(dict.fromkeys(rows.select_dtypes("category").columns, "str")))


def test_differences_are_paired_by_seed_and_look(folders):
    one, other = map(seeds, folders)
    table = differences(one, other, "success_rate").set_index(["pair", "dose"])
    assert set(table.n) == {3} and not {"layout_1"} & set(table.index.get_level_values("pair"))
    of = [frame[(frame.metric == "success_rate") & (frame.pair == "background_2")].set_index("seed")["eval"] for frame in (one, other)]
    values = [of[1][seed] - of[0][seed] for seed in (1, 2, 3)]
    row = table.loc["background_2", ""]
    assert row.difference == pytest.approx(np.mean(values)) and [row.low, row.high] == pytest.approx(scipy.stats.ttest_1samp(values, 0).confidence_interval())
    same = differences(one, one, "success_rate")
    assert set(same.difference) == {0.0} and set(same.n) == {4} and len(same) == 8


def test_two_seeds_have_no_interval(folders):
    one, other = map(seeds, folders)
    table = differences(one[one.seed < 3], other, "success_rate")
    assert set(table.n) == {2} and table.low.isna().all()


def test_trainings_on_other_looks_are_compared_where_none_begins_alike(folders):
    one, other = map(seeds, folders)
    assert differences(one, other.assign(begins="elsewhere"), "success_rate").n.eq(3).all()


def test_looks_and_settings_that_only_one_has_are_named(folders, capsys):
    one, other = map(seeds, folders)
    assert looks_alone(one, other) == ["layout_1"] and looks_alone(other, one) == []
    assert differing({"a": {"1"}, "b": {"2"}}, {"a": {"1"}, "b": {"3", "2"}, "c": {"4"}}) == [("b", "2", "2 | 3"), ("c", "-", "4")]
    assert main(["compare", *map(str, folders)]) == 0
    out = capsys.readouterr().out
    assert "agent.learning_rate" in out and "0.01" in out and "only A was measured on layout_1" in out and "seeds 1-4" in out
    assert "background.mode" not in out
    assert main(["compare", str(folders[0]), str(folders[0])]) == 0
    assert "no setting differs" in capsys.readouterr().out
    assert main(["compare", str(folders[0]), str(folders[0] / "report")]) == 2
