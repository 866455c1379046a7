"""Run folders become one tidy table, and what cannot be read is named."""

import json
from pathlib import Path

import pandas as pd
import pytest
import yaml
from measurements import CONFIG, shifted, write_run
from synthetic import SMALL, T1, write_puzzles, write_results

from kage.analysis.collect import COLUMNS, collect, settings
from kage.analysis.gaps import gaps
from kage.analysis.pairing import paired
from kage.analysis.trainings import training_names, with_names
from kage.launch.cli import main
from kage.launch.status import read_runs
from kage.platformer.config import from_dict
from kage.runs.folders import run_folders
from kage.runs.run import EVAL

CHOICE = {"training_id": "x2", "agent": {"name": "drac"}, "budget": {"name": "quick"}}


def check_dtypes(rows):
    assert list(rows.columns) == list(COLUMNS)
    assert {name: str(kind) for name, kind in rows.dtypes.items()} == COLUMNS
    assert all(rows[name].cat.categories.dtype == pd.Index([""], dtype="str").dtype
               and list(rows[name].cat.categories) == sorted(set(rows[name]))
               for name, kind in COLUMNS.items() if kind == "category")  # fmt: skip


def test_run_folders_become_one_tidy_table(outputs):
    for seed in (0, 1):
        write_run(outputs / "alpha", seed, values=(10, 20 + seed))
    write_run(outputs / "deeper" / "beta", state="running", config=CHOICE)
    rows, faults = collect([outputs])
    assert faults == [] and len(rows) == 3 * 8
    check_dtypes(rows)
    assert rows.groupby(["training", "seed", "state"], observed=True).size().to_dict() == {
        ("alpha", 0, "done"): 8, ("alpha", 1, "done"): 8, ("beta", 0, "running"): 8}  # fmt: skip
    ids = rows.drop_duplicates("run").set_index("training")[["training_id", "agent", "budget"]]
    assert ids.loc["beta"].tolist() == ["x2", "drac", "quick"] and ids.iloc[0].tolist() == ["x1", "ppo", "debug"]
    train = rows[rows.split == "train"]
    assert set(train.pair) == set(train.suite) == set(train.study) == {""}
    distance = train[(train.step == 100) & (train.metric == "distance")]
    assert sorted(distance.value) == [20, 20, 21] and set(train.episodes) == {128}
    table = gaps(paired(rows))
    assert table.gap.tolist() == [50] * 4 and sorted(table.n) == [1, 1, 2, 2]


def test_sweeps_over_settings_of_an_earlier_version_are_no_studies(outputs):
    looks = {("layout", "layout_1", study, dose): from_dict({"layout": {"layout_colors": ["red"]}}, T1)
             for study, dose in (("training agent.gamma", "0.9"), ("training agent.gamma x filters.gamma", "0.9 x 2"))}  # fmt: skip
    rows, faults = collect([write_results(outputs, {"t": (T1, looks)}, seeds=[0])])
    places = rows[rows.split == "eval"][["pair", "study", "dose", "track"]].drop_duplicates().astype(str).values.tolist()
    assert not faults and places == [["layout_1", "", "", "agnostic"], ["layout_1", "filters.gamma", "2", "agnostic"]]
    assert main(["report", str(outputs)]) == 0 and "no picture" not in (outputs / "report" / "index.html").read_text()


def naive(root):
    """The same table, a row at a time."""
    rows = []
    for path in sorted(root.rglob(EVAL)):
        config = yaml.safe_load((path.parent / "config.yaml").read_text())
        for line in path.read_text().splitlines():
            attempt = json.loads((path.parent / "record.json").read_text())["attempts"][0]
            status = json.loads((path.parent / "status.json").read_text())
            rows.append({
                "run": str(path.parent), "training": path.parent.parent.name, "training_id": config["training_id"],
                "family": "kage", "described": "", "agent": config["agent"]["name"], "budget": config["budget"]["name"],
                "world": attempt.get("code", ""), "code": attempt.get("code", ""), "settings": json.dumps(settings(config)),
                "device": attempt.get("device", ""), "seconds_per_step": float("nan"), "multiply_adds": float("nan"), "seed": int(path.parent.name[5:]),
                "state": status["state"], "track": "agnostic", "trials": 0, "tuned_on": "",
            } | json.loads(line))
    return pd.DataFrame(rows).fillna({name: "" for name, kind in COLUMNS.items() if kind == "category"})[list(COLUMNS)]


def test_it_equals_a_table_read_row_by_row(outputs):
    for i in range(12):
        looks = [shifted(f"filters_{i % 4}"), shifted("light", dose=f"{i / 4}")]
        write_run(outputs / f"t{i % 3}", seed=i, values=range(i + 1), state=("done", "failed")[i % 2], looks=looks,
                  config=(CONFIG, CHOICE)[i % 2], record={"code": f"c{i % 5}"})  # fmt: skip
    rows, faults = collect([outputs])
    text = {name: "str" for name, kind in COLUMNS.items() if kind == "category"}
    key = ["run", "step", "pair", "dose", "metric"]
    ours, theirs = (each.astype(text).sort_values(key, ignore_index=True) for each in (rows, naive(outputs)))
    assert faults == [] and len(rows) == sum((i + 1) * 3 * 2 for i in range(12))
    pd.testing.assert_frame_equal(ours, theirs, check_dtype=False)


def test_an_empty_folder_gives_an_empty_table_of_the_same_columns(outputs):
    outputs.mkdir()
    rows, faults = collect([outputs])
    assert rows.empty and faults == []
    check_dtypes(rows)


def test_roots_may_overlap_and_may_be_runs_and_a_missing_one_is_named(outputs):
    folder = write_run(outputs / "alpha")
    write_run(outputs / "beta")
    assert run_folders([outputs, outputs / "alpha", folder]) == ([folder, outputs / "beta" / "seed=0"], [])
    rows, faults = collect([folder, outputs / "gamma"])
    assert set(rows.training) == {"alpha"} and len(rows) == 8
    assert faults == [f"{outputs / 'gamma'}: no such folder"]


def test_links_are_followed_and_every_folder_is_entered_once(outputs, tmp_path):
    real, other = write_run(outputs / "alpha"), tmp_path / "other"
    (other / "again").mkdir(parents=True)
    (other / "link").symlink_to(outputs)
    (other / "again" / "round").symlink_to(other)
    (outputs / "beta").symlink_to(outputs / "alpha")
    assert run_folders([other]) == ([other / "link" / "alpha" / "seed=0"], [])
    assert run_folders([outputs, other]) == ([real], [])
    (other / "seed=3").symlink_to(real)
    assert run_folders([other / "link", other]) == ([real], [])
    rows, faults = collect([other])
    assert len(rows) == 8 and faults == []
    assert [run.step for run in read_runs(other)[0]] == [100]


def test_what_was_replaced_is_no_run(outputs):
    folder = write_run(outputs / "alpha")
    folder.rename(folder.with_name("replaced-seed=0-1"))
    assert run_folders([outputs]) == ([], [])


def test_a_training_is_named_alike_however_its_root_is_written(outputs, monkeypatch):
    write_run(outputs / "alpha")
    monkeypatch.chdir(outputs / "alpha")
    assert [set(collect([Path(root)])[0].training) for root in (".", "seed=0")] == [{"alpha"}, {"alpha"}]


def test_a_half_written_last_line_is_dropped(outputs):
    folder = write_run(outputs / "alpha")
    with open(folder / EVAL, "ab") as file:
        file.write(b'{"step":200,"split":"tr')
    rows, faults = collect([outputs])
    assert len(rows) == 8 and faults == []


def test_rows_from_before_there_were_studies_have_none(outputs):
    folder = write_run(outputs / "alpha")
    old = [{k: v for k, v in json.loads(line).items() if k not in ("study", "dose")}
           for line in (folder / EVAL).read_text().splitlines()]  # fmt: skip
    (folder / EVAL).write_text("".join(json.dumps(row) + "\n" for row in old))
    rows, faults = collect([outputs])
    assert len(rows) == 8 and faults == [] and set(rows.study) == set(rows.dose) == {""}


@pytest.mark.parametrize("record, code", [
    ({"code": "abc", "commit": "0123456789abcdef", "diff": "+"}, "abc"),
    ({"commit": "0123456789abcdef", "diff": ""}, "0123456789"),
    ({"commit": "0123456789abcdef", "diff": "+"}, "0123456789-dirty"),
    ({"commit": None, "diff": None}, ""),
])  # fmt: skip
def test_a_run_names_the_code_that_began_it(outputs, record, code):
    folder = write_run(outputs / "alpha", record=record)
    assert set(collect([outputs])[0].code) == {code}
    attempts = json.loads((folder / "record.json").read_text())["attempts"]
    (folder / "record.json").write_text(json.dumps({"attempts": [*attempts, {"code": "later"}]}))
    assert set(collect([outputs])[0].code) == {code}
    (folder / "record.json").unlink()
    assert set(collect([outputs])[0].code) == {""}


def test_what_config_and_record_name_has_columns(outputs):
    write_results(outputs / "kage", SMALL, seeds=range(2), agents=("oracle-mask",))
    write_puzzles(outputs / "puzzles", agents=("ppo", "random"))
    rows, faults = collect([outputs])
    assert faults == [] and set(rows.family) == {"kage", "puzzles"}
    check_dtypes(rows)
    (oracle,) = rows[rows.agent == "oracle-mask"].drop_duplicates(["world", "code", "device", "track"]).itertuples()
    assert (oracle.world, oracle.device, oracle.track, oracle.family) == ("c0de000000", "synthetic: none", "privileged", "kage")
    assert oracle.code not in ("", oracle.world) and rows[rows.agent == "ppo"].code.nunique() == 1
    seconds = rows.groupby("agent", observed=True).seconds_per_step.first()
    assert seconds["oracle-mask"] == pytest.approx(3600 / (2 * 4 * 50 * 16384)) and pd.isna(seconds["random"])
    assert set(rows[rows.agent == "random"].step) == {0}


def test_the_track_of_each_look_is_its_own(outputs):
    looks = [{"split": "eval", "suite": "filters", "pair": f"filters_{i}", "study": None, "dose": None, "look": f"to filters_{i}",
              "track": track} for i, track in enumerate(("agnostic", "informed"))]  # fmt: skip
    write_run(outputs / "alpha", config=CONFIG | {"looks": looks}, looks=[shifted("filters_0", dose=""), shifted("filters_1", dose="")])
    rows, _ = collect([outputs])
    assert rows.groupby("pair", observed=True).track.agg(set).to_dict() == {
        "": {"agnostic"}, "filters_0": {"agnostic"}, "filters_1": {"informed"}}  # fmt: skip


def test_old_folders_are_the_platformers_and_read_as_new_ones_do(outputs):
    """Their code is that of world and method alike, and the encoder's keys were the agent's."""
    new, old = (collect([write_results(outputs / name, SMALL, seeds=[0], old=name == "old")])[0] for name in ("new", "old"))
    assert set(old.family) == {"kage"} and set(old.described) == {""} and set(old.world) == set(old.code) == {"c0de000000"}
    assert set(old.agent) == set(new.agent) == {"ppo"} and set(old.track) == set(new.track) == {"agnostic"}
    (first,), (second,) = ({*map(json.dumps, map(json.loads, each.settings.unique()))} for each in (old, new))
    old_settings, new_settings = json.loads(first), json.loads(second)
    assert old_settings.items() <= new_settings.items()
    assert set(new_settings) - set(old_settings) == {"memory.name", "curriculum.name"}
    pd.testing.assert_series_equal(old.value, new.value)


def test_runs_that_differ_in_their_encoder_alone_are_told_apart(outputs):
    """By the settings that differ, as those of the agent; labels that differ add nothing to that."""
    for seed, (dense, label) in enumerate(((64, "ppo"), (512, "ppo"), (512, "ppo-gru"))):
        config = CONFIG | {"training_id": f"x{seed}", "label": label, "encoder": {"name": "cnn", "dense": dense}, "memory": {"name": label[4:]}}
        write_run(outputs / f"t{seed}", config=config)
    assert set(paired(collect([outputs])[0]).agent) == {"ppo encoder.dense=64", "ppo encoder.dense=512", "ppo-gru"}
    for path in outputs.rglob("config.yaml"):
        path.write_text(path.read_text().replace("ppo-gru", "ppo").replace("name: gru", "name: lstm"))
    assert {"ppo encoder.dense=512 memory=lstm", "ppo encoder.dense=512 memory="} <= set(paired(collect([outputs])[0]).agent)


def one_row(**changes):
    row = {"step": 1, "value": 1.0, "episodes": 8, "split": "train", "metric": "distance", "look": "train"}
    return lambda folder: (folder / EVAL).write_text(json.dumps(row | changes) + "\n")


DAMAGE = {
    "a line of the evaluations": lambda folder: (folder / EVAL).write_text('{"step": 1}\nnonsense\n{"step": 2}\n'),
    "yaml": lambda folder: (folder / "config.yaml").write_text("a: [1,\nb: }"),
    "an empty config": lambda folder: (folder / "config.yaml").write_text(""),
    "no config": lambda folder: (folder / "config.yaml").unlink(),
    "a config without its agent": lambda folder: (folder / "config.yaml").write_text("training_id: x\n"),
    "an id that is no text": lambda folder: (folder / "config.yaml").write_text(
        "training_id: 7\nagent: {name: ppo}\nbudget: {name: quick}\n"),
    "binary": lambda folder: (folder / "config.yaml").write_bytes(b"\xff\xfe\x00"),
    "a record that is none": lambda folder: (folder / "record.json").write_text('{"attempts": []}'),
    "a code without its parts": lambda folder: (folder / "record.json").write_text('{"attempts": [{"code": {"world": "w"}}]}'),
    "a family without metrics": lambda folder: (folder / "config.yaml").write_text(
        "training_id: x\nagent: {name: ppo}\nbudget: {name: quick}\nfamily: odd\nmetrics: []\n"),
    "a record that is broken": lambda folder: (folder / "record.json").write_text("{"),
    "the folder's name": lambda folder: folder.rename(folder.with_name("seed=two")),
    "no evaluations": lambda folder: (folder / EVAL).unlink(),
    "a row that is no row": lambda folder: (folder / EVAL).write_text("7\n"),
    "a row without its step": one_row(step=None),
    "a step that is none": one_row(step=True),
    "a row without a number": one_row(value="much"),
    "a value that is not finite": one_row(value=float("nan")),
    "a name that is a number": one_row(pair=7),
    "a name that is a list": one_row(look=["a"]),
}  # fmt: skip


@pytest.mark.parametrize("what", DAMAGE)
def test_a_damaged_folder_is_named_and_the_others_are_kept(outputs, what):
    write_run(outputs / "alpha")
    broken = write_run(outputs / "broken")
    DAMAGE[what](broken)
    rows, faults = collect([outputs])
    assert set(rows.training) == {"alpha"} and len(rows) == 8
    assert len(faults) == 1 and str(broken.parent) in faults[0] and "\n" not in faults[0]
    assert set(rows.metric.cat.categories) == {"distance", "success_rate"}  # nothing of it is left behind


def test_of_a_look_whose_files_were_replaced_the_newest_counts(outputs):
    """The older one is left out by name; a look of other names stays, whatever became of its files."""
    new, old, other = (shifted("mine_1", look="background black -> all of pics", look_id=key) for key in ("n", "o", "x"))
    other |= {"pair": "mine_2"}
    looks = [{"split": "train", "look": "train", "look_id": "t"}, new, other, old]
    write_run(outputs / "alpha", looks=[old, other, new], config=CONFIG | {"files": {}, "looks": looks})
    rows, faults = collect([outputs])
    assert set(rows.look_id) == {"t", "n", "x"}
    (fault,) = faults
    assert fault.endswith("seed=0: background black -> all of pics, measured on files that were replaced since")


def test_trainings_are_called_by_their_folders():
    rows = pd.DataFrame({"training": ["red-quick-a1", "red-quick-b2", "blue-quick-c3", "elsewhere"], "training_id": ["a1", "b2", "c3", "d4"]})
    names = training_names(rows)
    assert names == {"a1": "red-quick-a1", "b2": "red-quick-b2", "c3": "blue-quick", "d4": "d4"}
    table = with_names(pd.DataFrame({"training_id": ["c3 + d4", "a1"], "n": [1, 2]}), names)
    assert table.training_id.tolist() == ["blue-quick + d4", "red-quick-a1"]
