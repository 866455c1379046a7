"""The run folder: whole files whatever kills the writer, one writer, clear words when the disk refuses."""

import json
import os
import resource
import signal
import subprocess
import sys
import textwrap
import threading

import numpy as np
import pytest

from kage.runs import files
from kage.runs import run as run_module
from kage.runs.run import (
    EVAL,
    NEXT_STATE,
    STATE,
    TRAIN,
    Run,
    RunError,
    read_rows,
    read_status,
    restore_together,
    save_together,
    unpack,
)

LIKE = {"w": np.zeros(3, np.float32)}


def state(value):
    return {"w": np.full(3, value, np.float32)}


@pytest.fixture
def runs(tmp_path):
    made = [Run(tmp_path / f"seed={i}").__enter__() for i in range(2)]
    yield made
    for run in made:
        run.__exit__()


def test_rows_come_back_and_an_unfinished_last_line_is_dropped(runs):
    runs[0].log(TRAIN, [{"step": 1}, {"step": 2}])
    path = runs[0].folder / TRAIN
    with path.open("ab") as file:
        file.write(b'{"step": 3, "va')
    assert read_rows(path) == [{"step": 1}, {"step": 2}]
    runs[0].log(TRAIN, [{"step": 3}])
    assert path.read_bytes() == b'{"step":1}\n{"step":2}\n{"step":3}\n'


def test_a_damaged_line_is_named(runs):
    path = runs[0].folder / TRAIN
    path.write_text('{"step": 1}\n{"st\x00ep"\n{"step": 3}\n')
    with pytest.raises(RunError, match="train.jsonl, line 2"):
        read_rows(path)


def test_rewind_forgets_what_will_be_logged_again(runs):
    for name in (TRAIN, EVAL):
        runs[0].log(name, [{"step": step} for step in (0, 10, 20, 30)])
    runs[0].rewind(10)
    assert [row["step"] for row in read_rows(runs[0].folder / EVAL)] == [0, 10]


def test_states_round_trip(runs):
    assert restore_together(runs, LIKE) is None
    save_together(runs, 5, [state(1), state(2)])
    step, (a, b) = restore_together(runs, LIKE)
    assert step == 5
    np.testing.assert_array_equal([a["w"], b["w"]], [state(1)["w"], state(2)["w"]])


@pytest.mark.parametrize("killed_at", range(4))
def test_a_save_killed_anywhere_resumes_all_seeds_at_one_step(runs, killed_at, monkeypatch):
    """Four renames make a save of two seeds: two of the temporary files, two of the states."""
    save_together(runs, 5, [state(5), state(5)])
    replace, count = os.replace, iter(range(9))

    def dying(source, target):
        if next(count) == killed_at:
            raise KeyboardInterrupt
        replace(source, target)

    monkeypatch.setattr(os, "replace", dying)
    with pytest.raises(KeyboardInterrupt):
        save_together(runs, 6, [state(6), state(6)])
    monkeypatch.undo()
    (runs[0].folder / f"{NEXT_STATE}.0a1b.tmp").touch()
    step, states = restore_together(runs, LIKE)
    assert step == (6 if killed_at == 3 else 5)
    for restored in states:
        np.testing.assert_array_equal(restored["w"], state(step)["w"])
    assert not any(list(run.folder.glob("*.next*")) for run in runs)


def test_a_damaged_state_is_refused_and_results_stay(runs):
    runs[0].log(EVAL, [{"step": 0}])
    save_together(runs, 5, [state(1), state(2)])
    path = runs[0].folder / STATE
    for damage in (lambda b: b[:-7], lambda b: b[:-20] + bytes([b[-20] ^ 1]) + b[-19:], lambda b: b"", lambda b: b"\xc1" * 40):
        whole = path.read_bytes()
        path.write_bytes(damage(whole))
        with pytest.raises(RunError, match="state.msgpack is damaged.*Move it away"):
            restore_together(runs, LIKE)
        path.write_bytes(whole)
    assert unpack(path)[0] == 5
    assert read_rows(runs[0].folder / EVAL) == [{"step": 0}]


HOLDER = """
    import sys, time
    from pathlib import Path
    from kage.runs.run import Run
    with Run(Path(sys.argv[1])):
        print("held", flush=True)
        time.sleep(60)
"""


def test_a_second_writer_is_refused_by_host_and_pid_until_the_first_is_gone(tmp_path):
    holder = subprocess.Popen([sys.executable, "-c", textwrap.dedent(HOLDER), tmp_path / "seed=0"], stdout=subprocess.PIPE)
    try:
        holder.stdout.readline()
        with pytest.raises(RunError, match=f"in use by host .*, pid {holder.pid}"), Run(tmp_path / "seed=0"):
            pass
    finally:
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
    with Run(tmp_path / "seed=0"):
        pass


def test_a_full_disk_is_told_and_earlier_rows_stay(runs):
    """/dev/full refuses every write like a full disk."""
    runs[0].log(EVAL, [{"step": 0}])
    (runs[0].folder / TRAIN).symlink_to("/dev/full")
    with pytest.raises(RunError, match="train.jsonl: No space left on device; everything saved before is intact"):
        runs[0].log(TRAIN, [{"step": 1}])
    assert read_rows(runs[0].folder / EVAL) == [{"step": 0}]


def test_a_disk_that_fills_up_within_rows_leaves_none_of_them(runs):
    """The limit on a file's size cuts the write as a full disk does: one row of three fits, and half of another."""
    runs[0].log(EVAL, [{"step": 0}])
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (28, before[1]))
    try:
        with pytest.raises(RunError, match="eval.jsonl: File too large"):
            runs[0].log(EVAL, [{"step": 1}, {"step": 2}, {"step": 3}])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (runs[0].folder / EVAL).read_bytes() == b'{"step":0}\n'


def test_a_disk_that_fills_up_during_a_save_keeps_the_old_state(runs, monkeypatch):
    save_together(runs, 5, [state(5), state(5)])

    def full(fd):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(run_module.os, "fsync", full)
    with pytest.raises(RunError, match="No space left on device"):
        save_together(runs, 6, [state(6), state(6)])
    monkeypatch.undo()
    assert restore_together(runs, LIKE)[0] == 5
    assert not list(runs[0].folder.glob("*.tmp"))


def test_a_folder_that_cannot_be_written_is_told():
    with pytest.raises(RunError, match="cannot write /proc/kage"), Run(run_module.Path("/proc/kage/seed=0")):
        pass


def test_status_is_whole_json(runs):
    runs[0].status("running", 7, total=10)
    content = json.loads((runs[0].folder / "status.json").read_text())
    assert (content["state"], content["step"], content["pid"]) == ("running", 7, os.getpid())


@pytest.mark.parametrize("text", ["", "{}", "[]", "7", '{"state": "done"}', '{"state": "done", "step": null}', '{"state": 1, "step": 1}'])
def test_a_status_that_does_not_tell_is_none(tmp_path, text):
    (tmp_path / "status.json").write_text(text)
    assert read_status(tmp_path) == {"state": "new", "step": 0}


def test_writers_of_one_file_do_not_meet(tmp_path):
    path, faults = tmp_path / "file", []
    contents = [bytes([letter]) * 2**18 for letter in b"abcd"]

    def keep_replacing(content):
        try:
            for _ in range(20):
                files.replace(path, content)
                assert path.read_bytes() in contents
        except (OSError, AssertionError) as error:
            faults.append(repr(error)[:200])

    writers = [threading.Thread(target=keep_replacing, args=(content,)) for content in contents]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert not faults and [left.name for left in tmp_path.iterdir()] == ["file"]


def test_a_replaced_file_is_as_readable_as_any(tmp_path):
    files.replace(tmp_path / "ours", b"")
    (tmp_path / "usual").touch()
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "usual").stat().st_mode
