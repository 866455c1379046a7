"""Analysis: gap tables computed by hand, and run folders read whole or reported."""

import math
from pathlib import Path
from statistics import mean, stdev

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from analysis.collect import COLUMNS, collect, run_folders
from analysis.gaps import gaps, paired, select
from analysis.tables import print_gaps
from kage.run import EVAL, Run, RunError

TRAIN = {"split": "train", "suite": "", "pair": "", "look": "train", "look_id": "t"}


def shifted(pair):
    return {"split": "eval", "suite": pair.split("/")[0], "pair": pair, "look": pair, "look_id": pair}


def measured(look, seed, metric, values, **changes):
    """One row per step (0, 100, ...) of one run on one look."""
    base = {"training": "a", "training_id": "id", "agent": "ppo", "budget": "paper", "seed": seed, "state": "done"}
    return [base | look | {"step": 100 * i, "metric": metric, "value": float(value), "episodes": 128} | changes
            for i, value in enumerate(values)]  # fmt: skip


# Values at steps 0, 100, 200 of seeds 0, 1, 2: the best is never the last of all seeds.
DISTANCE = {"": [(10, 90, 100), (20, 200, 150), (30, 100, 60)], "filters/1": [(5, 40, 20), (50, 30, 10), (9, 60, 30)],
            "agent/2": [(10, 80, 80), (0, 120, 180), (70, 90, 100)]}  # fmt: skip
RETURN = {"": [(-9, -5, -7), (-8, -4, -2), (-7, -3, -6)], "filters/1": [(-9, -8, -9), (-8, -9, -9), (-9, -8, -7)],
          "agent/2": [(-9, -1, -2), (-8, -2, -3), (-9, -3, -1)]}  # fmt: skip
PICK = {"max": max, "last": lambda values: values[-1]}


def two_pairs():
    rows = []
    for metric, table in (("distance", DISTANCE), ("return", RETURN)):
        for pair, seeds in table.items():
            for seed, values in enumerate(seeds):
                rows += measured(shifted(pair) if pair else TRAIN, seed, metric, values)
    return pd.DataFrame(rows)


def line(table, pair, metric):
    rows = table[(table.pair == pair) & (table.metric == metric)]
    assert len(rows) == 1
    return rows.iloc[0]


def test_gaps_equal_a_table_computed_by_hand():
    table = gaps(two_pairs(), "max")
    assert list(zip(table.pair, table.metric, strict=True)) == [
        ("agent/2", "distance"), ("agent/2", "return"), ("filters/1", "distance"), ("filters/1", "return")]  # fmt: skip
    row = line(table, "filters/1", "distance")  # seeds: train 100, 200, 100, eval 40, 50, 60
    assert (row.n, row["eval"]) == (3, 50) and row.train == pytest.approx(400 / 3)
    assert row.train_sem == pytest.approx(100 / 3) and row.eval_sem == pytest.approx(10 / math.sqrt(3))
    assert row.gap == pytest.approx(62.5)  # of the means; the mean of the seeds' gaps would be 58.3
    row = line(table, "agent/2", "return")  # train -5, -2, -3, eval -1, -2, -1
    assert row.gap == pytest.approx(10 / 3 - 4 / 3)  # a difference without sign, although the shift is better
    last = gaps(two_pairs(), "last")
    row = line(last, "filters/1", "distance")  # train 100, 150, 60, eval 20, 10, 30
    assert row.gap == pytest.approx(100 * (310 - 60) / 310)
    assert line(last, "agent/2", "distance").gap == pytest.approx(100 * (310 - 360) / 310)  # negative: better


@pytest.mark.parametrize("at", ["max", "last"])
def test_every_cell_follows_from_the_seeds(at):
    table = gaps(two_pairs(), at)
    for metric, values in (("distance", DISTANCE), ("return", RETURN)):
        train = [PICK[at](steps) for steps in values[""]]
        for pair in ("filters/1", "agent/2"):
            shift = [PICK[at](steps) for steps in values[pair]]
            row = line(table, pair, metric)
            difference = mean(train) - mean(shift)
            gap = abs(difference) if metric == "return" else 100 * difference / mean(train)
            expected = [3, mean(train), stdev(train) / 3**0.5, mean(shift), stdev(shift) / 3**0.5, gap]
            np.testing.assert_allclose(list(row[["n", "train", "train_sem", "eval", "eval_sem", "gap"]]), expected)


@pytest.mark.parametrize("at", ["max", "last"])
def test_the_order_of_rows_does_not_matter(at):
    rows = two_pairs()
    for seed in range(3):
        shuffled = rows.sample(frac=1, random_state=seed)
        pd.testing.assert_frame_equal(gaps(shuffled, at), gaps(rows, at))


def test_steps_are_ordered_as_numbers_and_each_run_keeps_its_own_training_value():
    rows = pd.DataFrame(measured(TRAIN, 0, "progress", range(12)) + measured(shifted("a/1"), 0, "progress", range(12))
                        + measured(TRAIN, 0, "progress", [5], training="b")
                        + measured(shifted("a/1"), 0, "progress", [1], training="b"))  # fmt: skip
    chosen = paired(rows, "last").set_index("training")
    assert dict(chosen.train) == {"a": 11, "b": 5} and dict(chosen["eval"]) == {"a": 11, "b": 1}


def test_a_single_seed_has_no_sem_and_is_counted():
    rows = two_pairs()
    table = gaps(rows[rows.seed == 1])
    assert (table.n == 1).all() and table.train_sem.isna().all() and table.eval_sem.isna().all()
    assert line(table, "filters/1", "distance").gap == 75
    less = gaps(rows[(rows.seed < 2) | (rows.pair != "agent/2")])
    assert (line(less, "agent/2", "distance").n, line(less, "filters/1", "distance").n) == (2, 3)
    assert line(less, "agent/2", "distance").train == 150  # of the two seeds that were measured on both looks


def test_a_percentage_of_nothing_is_empty_and_not_infinite():
    rows = pd.DataFrame(measured(TRAIN, 0, "success_rate", [0]) + measured(shifted("a/1"), 0, "success_rate", [0.5]))
    assert gaps(rows).gap.isna().all()


def test_a_run_without_its_training_look_is_refused():
    rows = two_pairs()
    with pytest.raises(ValueError, match="a seed 2 has no measurement on its training look"):
        gaps(rows[(rows.split == "eval") | (rows.seed != 2)])


def test_a_repeated_measurement_is_refused():
    rows = two_pairs()
    again = rows.iloc[[4]].assign(value=3.0)
    with pytest.raises(ValueError, match="measured twice"):
        gaps(pd.concat([rows, again]))
    with pytest.raises(ValueError, match="measured twice"):  # also while a run goes on
        gaps(pd.concat([rows, again.assign(state="running")]))


def test_an_unknown_selection_is_refused():
    with pytest.raises(ValueError, match="max, last"):
        select(two_pairs(), "best")


def test_training_looks_alone_give_an_empty_table():
    rows = two_pairs()
    assert gaps(rows[rows.split == "train"]).empty


CONFIG = {"training_id": "x1", "agent": {"name": "ppo"}, "budget": {"name": "debug"}, "env": {"seed": 0}}


def write_run(folder, seed=0, state="done", values=(10, 20)):
    """A run folder as trainings leave them; one training look, one pair, one metric."""
    keys = ("step", *TRAIN, "metric", "value", "episodes")
    rows = [row for look, factor in ((TRAIN | {"suite": None, "pair": None}, 1), (shifted("filters/1"), 0.5))
            for row in measured(look, seed, "distance", [factor * value for value in values])]  # fmt: skip
    with Run(folder / f"seed={seed}") as run:
        run.describe(CONFIG, {"host": "here"})
        run.log(EVAL, [{key: row[key] for key in keys} for row in rows])
        run.status(state, step=100)
    return run.folder


def dtype(kind):
    return pd.Series([], dtype=kind).dtype


def test_run_folders_become_one_tidy_table(outputs):
    for seed in (0, 1):
        write_run(outputs / "alpha", seed, values=(10, 20 + seed))
    write_run(outputs / "deeper" / "beta", state="running")
    rows, faults = collect([outputs])
    assert faults == [] and len(rows) == 3 * 4
    assert rows.dtypes.to_dict() == {name: dtype(kind) for name, kind in COLUMNS.items()}
    assert list(rows.columns) == list(COLUMNS)
    assert rows.groupby(["training", "seed", "state"]).size().to_dict() == {
        ("alpha", 0, "done"): 4, ("alpha", 1, "done"): 4, ("beta", 0, "running"): 4}  # fmt: skip
    assert set(rows.training_id) == {"x1"} and set(rows.agent) == {"ppo"} and set(rows.budget) == {"debug"}
    train = rows[rows.split == "train"]
    assert set(train.pair) == set(train.suite) == {""}
    assert sorted(train[train.step == 100].value) == [20, 20, 21] and set(train.episodes) == {128}
    table = gaps(rows)
    assert list(table.gap) == [50, 50] and list(table.n) == [2, 1]


def test_an_empty_folder_gives_an_empty_table_of_the_same_columns(outputs):
    rows, faults = collect([outputs])
    assert rows.empty and faults == []
    assert rows.dtypes.to_dict() == {name: dtype(kind) for name, kind in COLUMNS.items()}


def test_roots_may_overlap_and_may_be_runs(outputs):
    folder = write_run(outputs / "alpha")
    write_run(outputs / "beta")
    assert run_folders([outputs, outputs / "alpha", folder]) == [folder, outputs / "beta" / "seed=0"]
    rows, _ = collect([folder])
    assert set(rows.training) == {"alpha"} and len(rows) == 4


def test_a_training_is_named_alike_however_its_root_is_written(outputs, monkeypatch):
    write_run(outputs / "alpha")
    monkeypatch.chdir(outputs / "alpha")
    assert [set(collect([Path(root)])[0].training) for root in (".", "seed=0")] == [{"alpha"}, {"alpha"}]


def test_a_half_written_last_line_is_dropped(outputs):
    folder = write_run(outputs / "alpha")
    with open(folder / EVAL, "ab") as file:
        file.write(b'{"step":200,"split":"tr')
    rows, faults = collect([outputs])
    assert len(rows) == 4 and faults == []


DAMAGE = {
    "a line of the evaluations": lambda folder: (folder / EVAL).write_text('{"step": 1}\nnonsense\n{"step": 2}\n'),
    "yaml": lambda folder: (folder / "config.yaml").write_text("a: [1,\nb: }"),
    "an empty config": lambda folder: (folder / "config.yaml").write_text(""),
    "a config without its agent": lambda folder: (folder / "config.yaml").write_text("training_id: x\n"),
    "binary": lambda folder: (folder / "config.yaml").write_bytes(b"\xff\xfe\x00"),
    "a status that is no status": lambda folder: (folder / "status.json").write_text("[]"),
    "a row that is no row": lambda folder: (folder / EVAL).write_text("7\n"),
    "the folder's name": lambda folder: folder.rename(folder.with_name("seed=two")),
}
DAMAGED_VALUES = {
    "a row without its step": '{"value": 1.0, "episodes": 8}\n',
    "a row without a number": '{"step": 1, "value": "much", "episodes": 8}\n',
}


@pytest.mark.parametrize("what", [*DAMAGE, *DAMAGED_VALUES])
def test_a_damaged_folder_is_named_and_the_others_are_kept(outputs, what):
    write_run(outputs / "alpha")
    broken = write_run(outputs / "broken")
    if what in DAMAGE:
        DAMAGE[what](broken)
    else:
        (broken / EVAL).write_text(DAMAGED_VALUES[what])
    rows, faults = collect([outputs])
    assert set(rows.training) == {"alpha"} and len(rows) == 4
    assert len(faults) == 1 and str(broken.parent) in faults[0]


def test_the_report_shows_what_is_missing_and_writes_the_table(outputs):
    write_run(outputs / "alpha", state="failed")
    broken = write_run(outputs / "broken")
    (broken / "config.yaml").write_text("")
    console = Console(record=True, width=200, file=open("/dev/null", "w"))  # noqa: SIM115
    print_gaps([outputs], console, "max", outputs / "table.csv")
    text = console.export_text()
    assert "50.0 %" in text and "not finished: alpha seed 0 (failed)" in text
    assert f"unreadable {broken}" in text and "budget debug is not the paper's protocol" in text
    assert pd.read_csv(outputs / "table.csv").gap.tolist() == [50]


def test_the_report_survives_what_a_damaged_file_contains(outputs):
    write_run(outputs / "alpha")
    (write_run(outputs / "broken") / "config.yaml").write_text("a: [1,\n[/red]: }")
    print_gaps([outputs], Console(quiet=True), "max")


def test_a_report_of_nothing_says_so(outputs):
    with pytest.raises(RunError, match="no evaluations below"):
        print_gaps([outputs], Console(quiet=True), "max")
