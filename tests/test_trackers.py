"""Trackers hold what the run folders hold, every step once, whatever was killed; and no run ends of them."""

import itertools
import json
import os
import pickle
import signal
import struct
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from runs import numbers, seeds
from tensorboardX.proto.event_pb2 import Event, SessionLog
from wandb.proto.wandb_internal_pb2 import Record
from wandb_server import server

from kage.launch import trackers
from kage.launch.cli import main
from kage.launch.compose import cells
from kage.launch.local import blocks
from kage.launch.plan import plan
from kage.launch.trackers import Told, look_name
from kage.launch.worker import SAVED, Share
from kage.runs.run import EVAL, TRAIN, Run, read_rows, read_status

PAIRS = "pair=background_2,layout_1"
SMOKE = ["seed=range(2)", "budget=smoke", "budget.total_steps=480"]
BOTH = "tracker=[tensorboard,wandb]"


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "offline")


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory) -> Path:
    """A tracked run that nobody disturbed."""
    outputs = tmp_path_factory.mktemp("unbroken")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WANDB_MODE", "offline")
        assert main(["run", PAIRS, *SMOKE, BOTH, f"outputs={outputs}"]) == 0
    return outputs


def tensorboard(folder: Path) -> list[tuple[int, str, float]]:
    """Every scalar of a run folder's only event file, as TensorBoard shows it: (step, name, value)."""
    (path,) = (folder / "tensorboard").iterdir()
    data, found = path.read_bytes(), []
    while data:
        (length,) = struct.unpack("<Q", data[:8])
        event = Event.FromString(data[12 : 12 + length])
        if event.session_log.status == SessionLog.START:
            found = [one for one in found if one[0] < event.step]
        found += [(event.step, value.tag, value.simple_value) for value in event.summary.value]
        data = data[16 + length :]
    return found


def wandb_records(folder: Path) -> list[Record]:
    """The records of a run folder's only offline run: a log of LevelDB's format in blocks of 32 KiB."""
    (path,) = folder.glob("wandb/offline-run-*/*.wandb")
    data, place, records, parts = path.read_bytes(), 7, [], b""
    while place < len(data):
        if 32768 - place % 32768 < 7:
            place += 32768 - place % 32768
            continue
        length, kind = struct.unpack("<HB", data[place + 4 : place + 7])
        parts += data[place + 7 : place + 7 + length]
        if kind in (1, 4):  # whole, or the last part
            records.append(Record.FromString(parts))
            parts = b""
        place += 7 + length
    return records


def wandb(folder: Path) -> list[tuple[int, str, float]]:
    """Every number that was logged, with the environment step of its row."""
    found = []
    for record in wandb_records(folder):
        row = {item.key or "/".join(item.nested_key): json.loads(item.value_json) for item in record.history.item}
        found += [(row["step"], name, value) for name, value in row.items() if name != "step" and name[0] != "_"]
    return found


def told(folder: Path) -> list[tuple[int, str, float]]:
    """What the files of a run folder say, under the names that trackers should use."""
    found = [(row["step"], f"train/{name}", value) for row in read_rows(folder / TRAIN)
             for name, value in row.items() if name != "step" and value is not None]  # fmt: skip
    return found + [(row["step"], f"eval/{row['pair'] or 'train'}/{row['metric']}", row["value"]) for row in read_rows(folder / EVAL)]


def same(ours: list, expected: list) -> bool:
    """Equal but for their order and the precision of 32 bits."""
    return sorted(ours) == sorted(expected) or sorted((s, n, struct.pack("f", v)) for s, n, v in ours) == sorted(
        (s, n, struct.pack("f", v)) for s, n, v in expected)  # fmt: skip


def test_trackers_hold_every_row_of_every_seed_at_its_environment_step(unbroken):
    for folder in seeds(unbroken):
        assert {"train/entropy", "train/steps_per_second", "eval/train/return", "eval/layout_1/kl"} <= {name for _, name, _ in told(folder)}
        assert same(tensorboard(folder), told(folder))
        assert sorted(wandb(folder)) == sorted(told(folder))


def test_weights_and_biases_knows_what_the_run_is(unbroken):
    folder = seeds(unbroken)[1]
    (run,) = (record.run for record in wandb_records(folder) if record.HasField("run"))
    assert run.run_id == (folder / trackers.ID).read_text() and (run.project, run.run_group) == ("kage", folder.parent.name)
    config = {item.key: json.loads(item.value_json) for item in run.config.update}
    assert config["seed"] == 1 and config["env"]["background"]["mode"] == "black" and folder.parent.name.endswith(config["training_id"])
    assert len({(one / trackers.ID).read_text() for one in seeds(unbroken)}) == 2


def job(training, path, number):
    """The process of a SLURM job."""
    share = Share(training, *blocks(training))
    path.write_bytes(pickle.dumps(share))
    environment = os.environ | {"SLURM_JOB_ID": "7", "SLURM_RESTART_COUNT": str(number)}
    environment.pop("WANDB_SERVICE", None)  # else it talks to the server that serves the process of the tests
    return share, subprocess.Popen([sys.executable, "-m", "kage.launch.worker", path], env=environment)


@pytest.mark.thorough
def test_killed_and_queued_again_a_job_ends_with_what_an_unbroken_run_tells(unbroken, outputs, tmp_path):
    """kill -9, a warning to save, then to the end."""
    (training,) = plan(cells([PAIRS, *SMOKE, BOTH, f"outputs={outputs}"]))
    ids = set()
    for number, (sent, step, codes) in enumerate([(signal.SIGKILL, 96, [-9]), (signal.SIGTERM, 288, [SAVED, 0]), (None, 0, [0])]):
        share, process = job(training, tmp_path / "share.pickle", number)
        while read_status(share.folders[0])["step"] < step:
            assert process.poll() is None
            time.sleep(0.005)
        if sent:
            process.send_signal(sent)
        assert process.wait(timeout=200) in codes
        ids |= {path.read_text() for path in outputs.rglob(trackers.ID)}
    assert len(ids) == 2 and numbers(outputs) == numbers(unbroken)
    for ours, theirs in zip(seeds(outputs), seeds(unbroken), strict=True):
        for read in (tensorboard, wandb):
            assert same(read(ours), told(ours))
            timeless = (sorted(one for one in read(folder) if one[1] != "train/steps_per_second") for folder in (ours, theirs))
            assert next(timeless) == next(timeless)


@pytest.mark.thorough
def test_looks_that_are_measured_late_are_told_at_their_steps(outputs):
    smoke = ["budget=smoke", f"outputs={outputs}"]
    assert main(["run", "pair=background_2", *smoke]) == 0
    assert main(["run", PAIRS, *smoke, BOTH]) == 0
    (folder,) = seeds(outputs)
    late = {step for step, name, _ in wandb(folder) if name.startswith("eval/layout_1/")}
    assert late == {step for step, name, _ in wandb(folder) if name.startswith("eval/background_2/")} == {0, 96, 192, 288}
    assert same(tensorboard(folder), told(folder)) and same(wandb(folder), told(folder))


def test_a_tracker_that_fails_is_one_line_and_the_run_goes_on(outputs, capsys, monkeypatch):
    count = itertools.count()

    def break_down(self, *_):
        if next(count) == 3:
            raise ConnectionError("the network\nis down")

    monkeypatch.setattr(trackers.WandB, "log", break_down)
    assert main(["run", "budget=smoke", BOTH, "--yes", f"outputs={outputs}"]) == 0
    out = capsys.readouterr().out
    assert out.count("nothing more is sent to wandb: ConnectionError: the network is down; the run goes on") == 1 and next(count) == 4
    (folder,) = seeds(outputs)
    assert read_status(folder)["state"] == "done" and same(tensorboard(folder), told(folder))


def test_a_tracker_that_cannot_be_opened_is_one_line_too(outputs, capsys, monkeypatch):
    def refuse(**_):
        raise RuntimeError("no answer")

    monkeypatch.setattr("wandb.init", refuse)
    assert main(["run", "budget=smoke", "seed=range(2)", "tracker=wandb", "--yes", f"outputs={outputs}"]) == 0
    assert capsys.readouterr().out.count("nothing more is sent to wandb: RuntimeError: no answer") == 1
    assert all(read_status(folder)["state"] == "done" for folder in seeds(outputs))


@pytest.mark.parametrize("place", ["local", "slurm"])
@pytest.mark.parametrize("name, module", [("tensorboard", "tensorboardX"), ("wandb", "wandb")])
def test_a_tracker_that_is_not_installed_is_refused_before_anything_is_written(name, module, place, outputs, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, module, None)
    for verb in ("run", "plan"):
        assert main([verb, "budget=smoke", f"tracker={name}", f"cluster={place}", f"outputs={outputs}"]) == 2
        assert capsys.readouterr().err == f"kage {verb}: {module} is not installed, it comes with the extra trackers: pip install 'kage-lab[trackers]'\n"
    assert not outputs.exists()


def test_runs_without_trackers_import_none():
    code = "import sys; import kage.launch.local, kage.launch.trackers; assert not {'wandb', 'tensorboardX'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_trackers_change_no_identity():
    (bare,), (tracked,) = cells(["budget=smoke"]), cells(["budget=smoke", BOTH])
    assert (tracked.tracker.tensorboard, tracked.tracker.wandb) == (True, True) != (bare.tracker.tensorboard, bare.tracker.wandb)
    assert (bare.training_id, bare.recipe.cost_id, bare.name) == (tracked.training_id, tracked.recipe.cost_id, tracked.name)


class Keeper:
    """A tracker that keeps what it is told."""

    def __init__(self):
        self.logs = []

    def log(self, *log):
        self.logs.append(log)


def test_files_are_told_in_the_order_in_which_they_were_written(tmp_path):
    def look(step, pair):
        return {"step": step, "split": "eval", "pair": pair, "study": "", "dose": "", "look_id": pair, "metric": "kl", "value": step, "episodes": 8}

    keeper = Keeper()
    with Run(tmp_path) as run:
        run.log(EVAL, [look(0, "a")])
        for step in (10, 20):
            run.log(TRAIN, [{"step": step, "entropy": 1.0, "success_rate": None}])
        run.log(EVAL, [look(20, "a")])
        run.log(EVAL, [look(0, "b")])  # asked for later
        run.log(TRAIN, [{"step": 30, "entropy": 2.0}])
    Told(tmp_path, keeper).log(TRAIN, [{"step": 40}])
    assert keeper.logs == [(0, 0, {"eval/a/kl": 0}), (1, 10, {"train/entropy": 1}), (2, 20, {"train/entropy": 1}), (3, 20, {"eval/a/kl": 20}),
                           (4, 0, {"eval/b/kl": 0}), (5, 30, {"train/entropy": 2}), (6, 40, {})]  # fmt: skip


ONLINE = """
    import os, sys
    from pathlib import Path
    from kage.runs.run import TRAIN, Run
    from kage.launch import trackers
    trackers.WAIT = 8
    trackers.KINDS = {"wandb": trackers.WandB}
    folder, step, after = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    told = trackers.Trackers(trackers.TrackerConfig(wandb=True), {folder: {}}, print)
    row = {"step": step, "entropy": step / 10}
    Run(folder).log(TRAIN, [row])
    told.log(folder, TRAIN, [row])
    if after == "killed":
        os.kill(os.getpid(), 9)
    print("ready", flush=True)
    input()
    told.close()
"""


def test_online_one_run_goes_on_where_the_server_is_and_ends_without_it(tmp_path, capfd):
    """A stand-in for the server. The second process is killed before it sends anything; the last one loses the server."""
    folder = tmp_path / "training" / "seed=0"
    folder.mkdir(parents=True)

    def told(step, after="closed"):
        process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(ONLINE), folder, str(step), after], env=environment,
                                   text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
        return process if process.stdout.readline() == "ready\n" else process.wait()

    with server() as (address, rows):
        environment = os.environ | {"WANDB_MODE": "online", "WANDB_BASE_URL": address, "WANDB_API_KEY": "a" * 40}
        environment.pop("WANDB_SERVICE", None)
        told(10).communicate("\n")
        assert told(20, "killed") == -signal.SIGKILL
        told(30).communicate("\n")
        ((name, lines),) = rows.items()
        assert name == (folder / trackers.ID).read_text()
        seen = [(row["_step"], row["step"], row["train/entropy"]) for row in map(json.loads, lines)]
        assert seen == [(0, 10, 1.0), (1, 20, 2.0), (2, 30, 3.0)]
        assert "Tried to log" not in capfd.readouterr().err  # what W&B says of rows that it has
        last = told(40)
    begin = time.monotonic()
    out, _ = last.communicate("\n")
    assert "nothing more is sent to wandb: TimeoutError" in out and last.returncode == 0 and time.monotonic() - begin < 60


@pytest.mark.parametrize("pair, study, dose, name", [
    ("filters_1", None, None, "filters_1"), ("radial_light", "radial_light", "0.25", "radial_light/0.25"),
    ("custom", "filters.hue_shift", "-45", "filters.hue_shift/-45"), ("filters_1", "filters.gamma x filters.blur_sigma", "1 x [2,3]", "filters_1/filters.gamma_x_filters.blur_sigma/1_x_2_3"),
    ("custom", "", "", "filters.gamma_1_-_2"),
])  # fmt: skip
def test_looks_are_called_by_pair_study_and_dose_or_by_what_they_change(pair, study, dose, name):
    assert look_name({"split": "eval", "pair": pair, "study": study, "dose": dose, "look": "filters.gamma 1 -> 2"}) == name


def test_two_looks_of_one_pair_are_told_apart(tmp_path):
    rows = [{"step": 0, "split": "eval", "pair": "agent_1", "study": "", "dose": "", "look_id": one, "metric": "kl", "value": 1, "episodes": 8} for one in "ab"]
    keeper = Keeper()
    Told(tmp_path, keeper).log(EVAL, rows)
    assert [list(values) for _, _, values in keeper.logs] == [["eval/agent_1/kl", "eval/agent_1-b/kl"]]


def test_a_look_measured_again_on_other_episodes_is_told_beside_the_first(tmp_path):
    rows = [{"step": step, "split": "train", "look_id": "t", "metric": "return", "value": n, "episodes": n} for step, n in ((0, 8), (5, 4), (0, 4))]
    keeper = Keeper()
    Told(tmp_path, keeper).log(EVAL, rows)
    assert [list(values) for _, _, values in keeper.logs] == [["eval/train/return", "eval/train-4_episodes/return"]]
