"""What a run's folder and SLURM's word make of its state, and how seeds become jobs; without a SLURM."""

import dataclasses
import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import jax.numpy as jnp
import pytest
from rich.console import Console

from kage.launch import local, worker
from kage.launch.cli import main
from kage.launch.compose import cells
from kage.launch.local import Stop, run_block
from kage.launch.plan import blocks, plan
from kage.launch.queue import Jobs, seconds
from kage.launch.sbatch import variables
from kage.launch.slurm import imports, light, parameters, without
from kage.launch.snapshot import snapshot
from kage.launch.state import BEGIN, claim, mark_cancelled, state
from kage.launch.status import agreed, costs_of, read_runs, show
from kage.runs.folders import ranges
from kage.runs.run import LOCK, SILENCE, TRAIN, InUse, Run, RunError, save_together

JOB = "7_0"
GONE = Jobs({}, {}, {})
WAITING = Jobs({JOB: "Priority"}, {}, {})
STARTING = Jobs({}, {JOB: BEGIN / 2}, {})
HANGING = Jobs({}, {JOB: BEGIN * 2}, {})
CANCELLED = Jobs({}, {}, {JOB: "CANCELLED"})


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "training-0" / "seed=0"


@pytest.mark.parametrize("told, claimed, jobs, expected", [
    (None, None, None, "to do"),
    (None, "after", None, "queued"), (None, "after", WAITING, "queued"), (None, "after", STARTING, "queued"),
    (None, "after", GONE, "lost"), (None, "after", CANCELLED, "cancelled"), (None, "after", HANGING, "lost"),
    ("running", None, None, "lost"), ("running", "before", None, "lost"), ("running", "before", GONE, "lost"),
    ("running", "before", HANGING, "lost"), ("running", "before", CANCELLED, "cancelled"),
    ("running", "before", WAITING, "queued"), ("running", "after", None, "queued"),
    ("saving", "before", GONE, "lost"),
    ("saved", None, None, "stopped"), ("saved", "before", GONE, "stopped"), ("saved", "before", WAITING, "queued"),
    ("done", "before", None, "done"), ("done", "before", GONE, "done"), ("done", "after", WAITING, "queued"),
    ("done", "before", CANCELLED, "done"), ("done", "before", STARTING, "done"),
    ("failed", None, None, "failed"), ("failed", "before", GONE, "failed"), ("failed", "before", STARTING, "failed"),
    ("failed", "after", WAITING, "queued"), ("failed", "after", STARTING, "queued"), ("failed", "after", GONE, "failed"),
])  # fmt: skip
def test_a_state_follows_from_folder_and_queue(folder, told, claimed, jobs, expected):
    """claimed: whether the job took the run before or after the run told something."""
    if claimed == "before":
        claim(folder, JOB, folder)
    if told:
        with Run(folder) as run:
            run.status(told, 5)
    if claimed == "after":
        claim(folder, JOB, folder)
    assert state(folder, jobs) == expected


def test_a_cancelled_job_is_told_where_slurm_is_not(folder):
    claim(folder, JOB, folder)
    mark_cancelled(folder)
    assert state(folder) == "cancelled"


def test_a_writer_is_seen_and_keeps_giving_signs_of_life(folder, monkeypatch):
    monkeypatch.setattr("kage.runs.run.HEARTBEAT", 0.01)
    with Run(folder) as run:
        run.status("running", 5)
        os.utime(folder / LOCK, (0, 0))
        until = time.monotonic() + 30
        while (folder / LOCK).stat().st_mtime == 0:
            assert time.monotonic() < until
            time.sleep(0.01)
        assert state(folder) == "running"
    assert state(folder) == "lost"


def test_a_writer_on_another_node_counts_while_it_gives_signs_of_life(folder):
    """Locks may not reach over nodes, so the lock's holder is told by its words alone."""
    folder.mkdir(parents=True)
    (folder / LOCK).write_text(json.dumps({"host": "elsewhere", "pid": 1}))
    assert state(folder) == "running"
    with pytest.raises(InUse, match="in use by host elsewhere, pid 1") as caught, Run(folder):
        pass
    assert caught.value.elsewhere
    os.utime(folder / LOCK, (0, 0))
    assert state(folder) == "to do"
    with Run(folder):
        assert state(folder) == "running"


@pytest.mark.parametrize("ahead", [-3600, 3600])
def test_clocks_of_nodes_may_differ(folder, monkeypatch, ahead):
    """Signs of life are judged by the clock that stamps files, claims by their numbers."""
    claim(folder, JOB, folder)
    folder.joinpath(LOCK).write_text(json.dumps({"host": "elsewhere", "pid": 1}))
    clock = time.time
    monkeypatch.setattr(time, "time", lambda: clock() + ahead)
    assert state(folder) == "running"
    os.utime(folder / LOCK, (clock() - 2 * SILENCE,) * 2)
    with Run(folder) as run:  # the other one is gone, and this one goes by the wrong clock
        run.status("saved", 5, claim=1)
    monkeypatch.undo()
    assert state(folder) == "stopped"
    claim(folder, JOB, folder)
    assert state(folder) == "queued"


def test_a_suspended_writer_whose_place_is_taken_writes_nothing_more(folder):
    with Run(folder) as run:
        run.status("running", 5)
        run.log(TRAIN, [{"step": 5}])
        other = json.dumps({"host": "elsewhere", "pid": 1})
        (folder / LOCK).write_text(other)  # as a job on another node does after SILENCE
        before = {path: path.read_bytes() for path in folder.iterdir()}
        for write in (lambda: run.log(TRAIN, [{"step": 6}]), lambda: run.status("running", 6), lambda: run.checkpoint(6, {}),
                      lambda: save_together([run], 6, [{}])):  # fmt: skip
            with pytest.raises(RunError, match="was taken over by host elsewhere, pid 1"):
                write()
        assert {path: path.read_bytes() for path in folder.iterdir()} == before
    assert (folder / LOCK).read_text() == other  # and the other one keeps the folder


def test_what_runs_used_is_told(folder):
    with Run(folder) as run:
        run.status("done", 5, host_bytes=3 * 2**30, device_bytes=2**30, train_seconds=30, wall_seconds=40)
    (found,) = read_runs(folder)[0]
    assert found.learning == 0.75
    assert costs_of([found]) == ("at most 3.0 GB of main memory; at most 1.0 GB of memory of a device; 75 % of the time went into "
                                 "training, the rest into compiling, measuring and saving")  # fmt: skip
    assert costs_of([dataclasses.replace(found, host_bytes=None, device_bytes=None, learning=None)]) == ""


def test_a_job_that_is_short_of_memory_gets_twice_as_much_and_only_twice(folder, tmp_path, monkeypatch, capsys):
    calls = []

    def answer(command, **_):
        calls.append(command)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(worker.subprocess, "run", answer)
    monkeypatch.setattr(worker.signal, "signal", lambda *_: None)
    monkeypatch.setattr(worker, "load", lambda path: worker.Share(None, ()))
    monkeypatch.setattr(worker.Share, "folders", [folder])
    for name, value in {"SLURM_JOB_ID": "7", "SLURM_MEM_PER_CPU": "256", "SLURM_CPUS_ON_NODE": "4"}.items():
        monkeypatch.setenv(name, value)
    assert worker.memory_of_job() == 2**30
    job = worker.Job((tmp_path / "0.pickle",))
    for _ in range(worker.DOUBLINGS):
        with pytest.raises(SystemExit):
            job.requeue_with_more_memory(2**30)
    assert calls == [["scontrol", "requeue", "7"], ["scontrol", "update", "JobId=7", "MinMemoryCPU=512"]] * 2
    assert state(folder) == "queued" and "queues again with twice as much" in capsys.readouterr().out
    job.requeue_with_more_memory(2**30)
    assert len(calls) == 4 and "1.00 GB, and the job has 1.00 GB, after 2 doublings: set cluster.memory" in capsys.readouterr().out
    assert worker.peak_memory(os.getpid()) > 2**20 and worker.peak_memory(2**22 + 1) == 0


@pytest.fixture
def training(outputs):
    (found,) = plan(cells(["pair=background_2", "budget=smoke", "seed=range(7)", f"outputs={outputs}"]))
    return found


def test_seeds_per_job_bounds_a_block(training):
    assert blocks(training) == [tuple(range(7))]
    bounded = dataclasses.replace(training.cell, plan=dataclasses.replace(training.cell.plan, seeds_per_job=3))
    assert blocks(dataclasses.replace(training, cell=bounded)) == [(0, 1, 2), (3, 4, 5), (6,)]


def test_seeds_that_memory_does_not_hold_together_are_trained_in_halves(training, monkeypatch):
    tried = []

    class Small:
        def __init__(self, training, seeds, console, stop, number):
            self.seeds = seeds

        def run(self):
            tried.append(self.seeds)
            if len(self.seeds) > 2:
                jnp.zeros(2**50, jnp.uint8)  # JAX's own error: no machine has a pebibyte

    monkeypatch.setattr(local, "Block", Small)
    run_block(training, range(7), Console(quiet=True), Stop())
    assert [list(seeds) for seeds in tried if len(seeds) <= 2] == [[0], [1, 2], [3, 4], [5, 6]]


def test_other_errors_are_not_taken_for_lack_of_memory(training, monkeypatch):
    class Broken(local.Block):
        def run(self):
            raise RuntimeError("no")

    monkeypatch.setattr(local, "Block", Broken)
    with pytest.raises(RuntimeError, match="no"):
        run_block(training, range(7), Console(quiet=True), Stop())


def test_a_batch_file_asks_for_what_was_chosen_and_nothing_else(outputs, capsys):
    arguments = ["pair=background_2", "budget=smoke", "cluster=slurm", f"outputs={outputs}"]
    assert main(["run", *arguments, "--dry-run"]) == 0
    usual = {line for line in capsys.readouterr().out.splitlines() if line.startswith("#SBATCH")}
    assert not any(word in line for line in usual for word in ("partition", "account", "qos", "mem", "wckey"))
    chosen = ["partition=gpu", "account=me", "qos=long", "memory=1.5", "gpus=2", "time=77", "warning=60",
              "options=['constraint=a100',exclusive]", "setup=[module load cuda]", "python=python3.12"]  # fmt: skip
    assert main(["run", *arguments, *(f"cluster.{one}" for one in chosen), "--dry-run"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for line in ("--partition=gpu", "--account=me", "--qos=long", "--mem=1536M", "--gpus-per-node=2", "--time=77",
                 "--signal=USR2@60", "--constraint=a100", "--exclusive"):  # fmt: skip
        assert f"#SBATCH {line}" in lines
    assert "module load cuda" in lines and any("python3.12 -u -m submitit" in line for line in lines)
    assert not outputs.exists()


@pytest.mark.parametrize("arguments, words", [
    (["cluster=slurm", "cluster.gpus=0"], "cluster.gpus=0 is not allowed"),
    (["cluster=slurm", "cluster.options=['a b=c']", "--dry-run"], "an option of sbatch: name=value, or name alone"),
    (["cluster=slurm", "cluster.time=5", "cluster.warning=600", "--dry-run"], "cluster.warning=600 is not allowed: shorter"),
    (["cluster.options=[array]"], "cluster.options='array' is not allowed: cluster.parallel sets array"),
    (["cluster.options=['signal=B:TERM@9']"], "cluster.warning sets signal"),
    (["cluster.options=['--sig=USR1']"], "cluster.warning sets signal"),
    (["cluster.options=['output=/dev/null']"], "kage sets output itself, in order to follow and to continue the jobs"),
    (["cluster.options=[no_requeue]"], "kage sets no-requeue itself"),
    (["cluster.options=['time=1']"], "cluster.time sets time"),
    (["cluster.options=['mem=1G']", "cluster.memory=2"], "cluster.memory sets mem, unless it is null"),
    (["cluster.options=['constraint=a','constraint=b']"], "constraint once"),
    (["cluster.options=['comment=a\nb']"], "an option of sbatch: name=value, or name alone"),
    (["cluster.partition='a\nb'"], "cluster.partition='a\\nb' is not allowed: one line of text"),
    (["cluster=slrum"], "nearest valid: cluster=slurm"),
    (["--dry-run"], "--dry-run shows the batch files of cluster=slurm"),
])  # fmt: skip
def test_wrong_cluster_options_are_told_and_nothing_is_written(outputs, capsys, arguments, words):
    assert main(["run", "pair=background_2", "budget=smoke", f"outputs={outputs}", *arguments]) == 2
    assert words in capsys.readouterr().err
    assert not outputs.exists()


def test_the_last_job_is_short_and_small_whatever_the_others_are():
    resources = "cluster.options=['gpus=a100:1',exclusive,'mem=1G','cpus-per-task=9','nodelist=n']"
    (cell,) = cells(["cluster=slurm", "cluster.time=600", "cluster.warning=3600", "cluster.cpus=null", resources])
    assert (light(cell.cluster).time, light(cell.cluster).added) == (30, {"nodelist": "n"})


def test_variables_of_the_shell_do_not_override_a_batch_file(monkeypatch):
    """sbatch reads them before the lines of the file."""
    found = variables("#SBATCH --time=9\n#SBATCH --array=0-1\n#SBATCH --open-mode=append\n#SBATCH --mem=1\necho --qos")
    assert found == {"SBATCH_TIMELIMIT", "SBATCH_ARRAY_INX", "SBATCH_OPEN_MODE", "SBATCH_MEM_PER_NODE", "SBATCH_NO_REQUEUE", "SBATCH_WAIT"}
    monkeypatch.setenv("SBATCH_WAIT", "1")
    with without(found):
        assert "SBATCH_WAIT" not in os.environ
    assert os.environ["SBATCH_WAIT"] == "1"


@pytest.mark.parametrize("name", ["plain", "c10:30", "a b'\"$HOME#:"])
def test_a_job_imports_the_copy_of_the_code_whatever_its_path(tmp_path, monkeypatch, name):
    for place, text in ((tmp_path / name, "copy"), (tmp_path / "cwd", "cwd"), (tmp_path / "before", "before")):
        place.mkdir()
        (place / "whose.py").write_text(f"print({text!r})")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "before"))
    left = set(Path("/tmp").glob("kage.*"))
    script = "\n".join([*imports(tmp_path / name), f"{sys.executable} -c 'import whose'"])
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path / "cwd", capture_output=True, text=True)
    assert done.stdout == "copy\n", done.stderr
    assert set(Path("/tmp").glob("kage.*")) <= left


def test_without_slurm_the_way_out_is_told(outputs, capsys, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert main(["run", "pair=background_2", "budget=smoke", "cluster=slurm", f"outputs={outputs}"]) == 1
    assert "cluster=local runs here" in capsys.readouterr().err
    assert not outputs.exists()


def test_equal_code_has_one_copy(tmp_path):
    first = snapshot(tmp_path)
    assert (first / "kage" / "train.py").exists() and (first / "conf" / "config.yaml").exists()
    assert snapshot(tmp_path) == first and len(list(tmp_path.iterdir())) == 1
    assert not list(first.rglob("__pycache__"))


@pytest.mark.parametrize("verb", ["status", "logs", "report"])
def test_a_name_that_no_file_can_have_is_no_folder(verb, capsys):
    assert main([verb, "x" * 300]) != 0
    assert capsys.readouterr().err.count("\n") == 1


def test_status_exit_codes_and_json(folder, capsys):
    with Run(folder) as run:
        run.status("done", 10, total=10)
    assert main(["status", str(folder.parent), "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert (told["training"], told["seed"], told["state"], told["step"]) == ("training-0", 0, "done", 10)
    with Run(folder.with_name("seed=1")) as run:
        run.status("failed", 5, total=10, traceback="Traceback\n  line\nValueError: what happened\n")
    assert main(["status", str(folder.parent)]) == 1
    out = capsys.readouterr().out
    assert "ValueError: what happened" in out and "1 done, 1 failed" in out and "50 %" in out
    assert main(["status", str(folder / "nothing")]) == 2


def test_a_folder_called_like_a_run_is_named_and_the_others_are_shown(outputs, capsys, monkeypatch):
    with Run(outputs / "black-ab" / "seed=0") as run:
        claim(run.folder, JOB, outputs / "log")
        run.status("done", 10, total=10)
    stray = outputs / "black-ab" / "seed=1.bak"
    stray.mkdir()
    monkeypatch.chdir(outputs.parent)
    for command in (["status", "outputs"], ["status", "outputs", "--json"], ["logs", "black"]):
        assert main(command) == 0
        out, err = capsys.readouterr()
        assert "black" in out + str(command) and err == f"left out {stray}: the folder's name is not seed=<whole number>\n"
    assert main(["status", str(stray)]) == 1
    assert "no runs below" in capsys.readouterr().err


def test_the_time_left_follows_from_the_pace_so_far_and_ends_with_the_run(folder):
    with Run(folder) as run:
        run.status("running", 25, total=100, train_seconds=30.0, eval_seconds=20.0)
        ((report,), _) = read_runs(folder)
        assert report.left == 150
        run.status("running", 0, total=100)
        assert read_runs(folder)[0][0].left is None
    assert read_runs(folder)[0][0].left is None  # lost


def test_trainings_of_one_name_are_told_apart(folder, capsys):
    for name in ("black-ab", "black-cd", "purple-ef"):
        with Run(folder.parent.with_name(name) / "seed=0") as run:
            run.status("done", 10, total=10)
    show(read_runs(folder.parent.parent)[0], Console(width=100))
    out = capsys.readouterr().out
    assert "black-ab" in out and "black-cd" in out and "purple" in out and "purple-ef" not in out


@pytest.mark.parametrize("answer, expected", [("y\n", True), ("Yes\n", True), ("no\n", False), ("\n", False), ("", False)])
def test_only_yes_is_yes(monkeypatch, answer, expected):
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    assert agreed("cancel these? [y/N] ") is expected


def test_watching_ends_with_what_is_alive_or_by_interrupt(folder, monkeypatch, capsys):
    def interrupted(seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr("kage.launch.status.time.sleep", interrupted)
    with Run(folder) as run:
        run.status("running", 5, total=10)
        assert main(["status", str(folder), "--watch"]) == 130
        run.status("done", 10, total=10)
    assert main(["status", str(folder), "--watch"]) == 0
    assert "1 done" in capsys.readouterr().out


def test_fail_fast_stops_at_the_first_failure(outputs, capsys, monkeypatch):
    class Broken(local.Block):
        def run(self):
            raise RuntimeError("no")

    monkeypatch.setattr(local, "Block", Broken)
    command = ["run", "pair=background_2,filters_1", "budget=smoke", f"outputs={outputs}"]
    for flags, failures in ((["--fail-fast"], 1), ([], 2)):
        assert main([*command, *flags]) == 1
        assert capsys.readouterr().out.count("failed") == failures
    with pytest.raises(RuntimeError, match="no"):
        main([*command, "cluster=debug"])


def test_seconds_and_spans():
    assert (seconds("0:05"), seconds("01:02:03"), seconds("2-00:00:01"), seconds("INVALID")) == (5, 3723, 172801, 0)
    assert ranges([0, 1, 2, 5, 7, 8], " ") == "0-2 5 7-8"


def test_parameters_name_the_experiment(tmp_path):
    (cell,) = cells(["pair=background_2", "cluster=slurm"])
    assert parameters(cell.cluster, tmp_path / "mine" / ".jobs" / "now", tmp_path)["job_name"] == "kage-mine"
