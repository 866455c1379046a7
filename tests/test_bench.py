"""What `kage bench` prints is what was measured: every row, in steps per second, of work that was done."""

import json
import os
import re
import subprocess
import time
from types import SimpleNamespace
from unittest import mock

import jax
import pytest

from kage.launch import bench
from kage.launch.cli import main


def test_speed_is_steps_over_time_without_the_first_call(monkeypatch):
    now, calls = iter([0, 100, 100, 102, 110, 114, 120, 121]), []
    monkeypatch.setattr(bench.time, "perf_counter", lambda: next(now))
    row = bench.timed("what", 8, lambda: calls.append(0), repeats=3)
    assert row == {"what": "what", "median": 4, "slowest": 2, "fastest": 8, "first_call_s": 100}
    assert len(calls) == 4


def rows(capsys, path, *arguments):
    """The rows of a benchmark as written, having checked that they are printed."""
    with mock.patch.dict(os.environ, COLUMNS="80"):
        assert main(["bench", *arguments, "--json", str(path)]) == 0
    printed = capsys.readouterr()
    out, begun = " ".join(printed.out.split()), {re.sub(r", \d x$", "", line) for line in printed.err.splitlines()}
    written = json.loads(path.read_text())
    assert written["record"]["device"].startswith(("cpu", "gpu"))
    _, columns = bench.TABLES[arguments[0]]
    for row in written["rows"]:
        assert row["what"] in out and all(format(row[name], form) in out for name, form in columns.items() if name in row)
        assert "first_call_s" not in row or {f"compiling {row['what']}", f"timing {row['what']}"} <= begun
    return written["rows"]


def test_environment_rows_are_printed_and_their_steps_and_frames_are_made(monkeypatch, tmp_path, capsys):
    honest, done = bench.timed, []

    def seen(what, steps, call, repeats):
        done.append((steps, call()))
        return honest(what, steps, call, repeats)

    monkeypatch.setattr(bench, "timed", seen)
    monkeypatch.setattr(bench, "LOOKS", {"noise": ["background=noise"]})
    found = rows(capsys, tmp_path / "env.json", "env", "--envs", "3", "--repeats", "2")
    assert [row["what"] for row in found] == ["latent only, no frames", "first person, no frames", "plain fill of frames",
                                            "noise"]  # fmt: skip
    for row in found:
        assert 0 < row["slowest"] <= row["median"] <= row["fastest"] and row["first_call_s"] > 0 and row["envs"] == 3
    for steps, (states, _, total) in done:
        assert states.latent.t.shape == (3,) and states.latent.t.sum() == steps and total != 0
    (_, (_, none, _)), (_, (_, others, _)), (_, (_, filled, _)), (_, (_, frames, _)) = done
    assert none.max() == others.max() == 0 and found[-1]["relative"] == 1 and filled.shape == frames.shape == (3, 3, 128, 128)
    assert filled.min() == filled.max() == 50
    assert all(len(set(frame.ravel().tolist())) > 200 for frame in frames)


@pytest.mark.thorough
def test_bytes_of_an_environment_do_not_depend_on_their_number(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(bench, "LOOKS", {"easy": []})
    few, many = rows(capsys, tmp_path / "memory.json", "memory", "--envs", "2", "8")
    assert (few["envs"], many["envs"]) == (2, 8) and few["frame"] == many["frame"] == 3 * 128 * 128
    assert 50 < few["state"] == many["state"] < 512 and many["working"] > 0


@pytest.mark.thorough
def test_kept_programs_are_not_compiled_again(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(bench, "COMPILED", ("smoke", ["budget=smoke"]))
    found = {row["what"]: row["median"] for row in rows(capsys, tmp_path / "compile.json", "compile", "--repeats", "1")}
    programs = ("start", "training", "evaluation")
    assert list(found) == [f"{name}, {which}" for which in ("cold", "kept") for name in (*programs, "all three")]
    for which in ("cold", "kept"):
        assert found[f"all three, {which}"] == pytest.approx(sum(found[f"{name}, {which}"] for name in programs))
    assert found["all three, kept"] < found["all three, cold"]


def test_commands_are_timed_in_processes_of_their_own(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(bench, "COMMANDS", {"plan": ["plan", "pair=agent_1"]})
    (row,) = rows(capsys, tmp_path / "commands.json", "commands", "--repeats", "2")
    assert row["what"] == "plan" and 0.05 < row["fastest"] <= row["median"] <= row["slowest"]
    with pytest.raises(subprocess.CalledProcessError):
        bench.cpu_seconds(["plan", "pair=agent_99"])


def test_training_rows_are_printed_and_train(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(bench, "TRAININGS", {"smoke": (["budget=smoke", "task=state"], 1, 1)})
    row, measuring = rows(capsys, tmp_path / "train.json", "train", "--repeats", "2")
    assert (row["what"], measuring["what"]) == ("smoke", "measuring: smoke") and "relative" not in row


@pytest.mark.thorough
def test_methods_are_measured_in_turn_and_beside_the_first(tmp_path, capsys):
    ppo, rad = rows(capsys, tmp_path / "train.json", "train", "agent=ppo,rad", "budget=smoke", "--repeats", "2")
    assert (ppo["what"], ppo["relative"], rad["what"]) == ("ppo", 1, "rad-jitter")
    assert rad["relative"] == pytest.approx(rad["median"] / ppo["median"])
    assert rad["multiply_adds"] == ppo["multiply_adds"] > 1000  # jitter has no matrix products
    found = rows(capsys, tmp_path / "train.json", "train", "task.pool=2,4", "budget=smoke", "--repeats", "1")
    assert len({row["what"] for row in found}) == 2  # PPO twice


@pytest.mark.parametrize("arguments, words", [
    (["env", "--envs", "0"], "--envs=0 is not allowed: at least 1"), (["env", "--repeats", "0"], "--repeats=0"),
    (["env", "--envs", "8", "0"], "--envs=0"), (["train", "--envs", "8"], "it is for env"), (["commands", "--envs", "8"], "it is for env"),
    (["memory", "--repeats", "9"], "bytes are counted once"), (["env", "agent=drac"], "overrides are for kage bench train"),
])  # fmt: skip
def test_what_is_wrong_is_one_line(arguments, words, capsys):
    assert main(["bench", *arguments]) == 2
    assert words in capsys.readouterr().err


def test_levels_are_timed_beside_the_loop_of_their_physics_package(tmp_path, capsys, monkeypatch):
    """The programs of Kinetix compile for minutes: something else is timed in their place, and nothing is compiled."""
    pytest.importorskip("jax2d", reason="the extra kinetix is not installed: pip install 'kage-lab[kinetix]'")
    from kage.kinetix import loops

    honest = loops.loops

    def others(task, environments):
        monkeypatch.setattr(jax, "jit", lambda program: lambda task, key, levels: (SimpleNamespace(sim=None), None))
        named = [*honest(task, environments)]
        monkeypatch.undo()
        yield from ((what, count, lambda count=count: time.sleep(count / 1e6)) for what, count, _ in named)

    monkeypatch.setattr(loops, "loops", others)
    found = rows(capsys, tmp_path / "env.json", "env", "task=kinetix", "--envs", "30", "--repeats", "2")
    assert [row["what"] for row in found] == [f"size s: {what}" for what in (
        "jax2d's own loop", "steps, unobserved", "steps", "random levels/s", "filtered levels/s")]  # fmt: skip
    assert all(row["envs"] == 30 and row["median"] < 1e6 for row in found) and found[0]["relative"] == 1
    assert found[3]["relative"] == found[3]["median"] / found[0]["median"]
