"""The command: train once, resume to the same numbers, refuse a second writer, tell what went wrong."""

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import jax
import pandas as pd
import pytest
from runs import kage, numbers, seeds

from kage import run
from kage.analysis.collect import collect
from kage.launch.cli import main
from kage.launch.compilations import keep_compilations
from kage.launch.compose import cells
from kage.launch.local import Block
from kage.launch.plan import blocks, plan, training_state, unmeasured
from kage.runs.run import EVAL, STATE, TRAIN, Run, RunError, read_rows, read_status, to_lines, unpack

# Agreement would be a quarter of each run; test_trackers has it.
SMOKE = ["pair=background_2,layout_1", "seed=range(2)", "budget=smoke", "budget.agreement_episodes=0", "budget.total_steps=480"]


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory) -> Path:
    """A run that nobody disturbed."""
    outputs = tmp_path_factory.mktemp("unbroken")
    assert main(["run", *SMOKE, f"outputs={outputs}"]) == 0
    return outputs


def test_a_run_leaves_what_the_folder_promises(unbroken):
    assert [folder.name for folder in seeds(unbroken)] == ["seed=0", "seed=1"]
    for folder in seeds(unbroken):
        for name in ("config.yaml", "record.json", "train.jsonl", "eval.jsonl", "state.msgpack", "status.json"):
            assert (folder / name).stat().st_size > 0, name
        assert read_status(folder)["state"] == "done"
        (attempt,) = json.loads((folder / "record.json").read_text())["attempts"]
        assert {"commit", "diff", "versions", "device", "command", "time"} <= set(attempt)
        assert Path(attempt["command"][0]).name == attempt["command"][0]
        frame = pd.read_json(folder / EVAL, lines=True)
        # Steps 0, every 2 updates of 48 steps, and the end; four metrics on three looks.
        assert sorted(frame.step.unique()) == [0, 96, 192, 288, 384, 480]
        assert len(frame) == 6 * 3 * 4
        assert sorted(frame[frame.split == "eval"].pair.unique()) == ["background_2", "layout_1"]


def test_what_was_said_is_in_the_log_and_python_gets_the_rows(unbroken):
    """Also what starts, where it is kept, and that it compiles; `kage.run` finds it done."""
    (log,) = unbroken.glob("default/runs/*/log.txt")
    lines = [line[20:] for line in log.read_text().splitlines()]
    assert lines[0].startswith("training 1 of 1: black-teal_circle-budget.total_steps=480-smoke, seeds 0-1, 480 steps each, 3 looks; in ")
    assert [line.split("  ")[0] for line in lines[1:5]] == ["compiling the evaluation", "step", "compiling the training", "step"]
    assert "train " in lines[2] and "background_2 " in lines[2] and "layout_1 " in lines[2]
    pd.testing.assert_frame_equal(run([*SMOKE, f"outputs={unbroken}"]), collect([unbroken])[0])


def test_seeds_are_kept_apart(unbroken):
    a, b = (read_rows(folder / TRAIN) for folder in seeds(unbroken))
    assert [row["step"] for row in a] == [row["step"] for row in b]
    assert a[-1]["entropy"] != b[-1]["entropy"]


def test_repeating_a_finished_command_costs_nothing(unbroken, capsys):
    before = {path: path.stat().st_mtime_ns for path in unbroken.rglob("*") if path.is_file() and path.name != "lock"}
    assert main(["run", *SMOKE, f"outputs={unbroken}"]) == 0
    assert "done" in capsys.readouterr().out
    assert main(["run", *SMOKE, "budget.eval_episodes=64", f"outputs={unbroken}"]) == 0
    assert "were evaluated with 4 episodes; budget.eval_episodes=64 is for what is measured from now on" in capsys.readouterr().out
    assert all(path.stat().st_mtime_ns == time_ for path, time_ in before.items())


def test_killed_at_any_moment_the_same_command_ends_with_the_same_numbers(unbroken, outputs):
    """kill -9 while it trains, twice; then to the end. Parameters, optimiser and rows are compared bit for bit."""
    command = ["run", *SMOKE, f"outputs={outputs}"]
    for step in (96, 288):
        process = kage(*command)
        deadline = time.time() + 120
        while time.time() < deadline and process.poll() is None:
            if (folders := seeds(outputs)) and read_status(folders[0])["step"] >= step:
                break
            time.sleep(0.005)
        assert process.poll() is None, process.stderr.read()
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert read_status(seeds(outputs)[0])["state"] != "done"
    assert main(command) == 0
    assert numbers(outputs) == numbers(unbroken)


def test_a_signal_saves_and_the_same_command_continues(unbroken, outputs):
    command = ["run", *SMOKE, f"outputs={outputs}"]
    process = kage(*command)
    while not ((folders := seeds(outputs)) and read_status(folders[0])["step"] >= 96):
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.005)
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=60)
    if process.returncode == 130:  # else it had finished before the signal came
        assert "the same command continues" in out
        assert read_status(seeds(outputs)[0])["state"] == "saved"
    assert main(command) == 0
    assert numbers(outputs) == numbers(unbroken)


def test_a_second_process_is_refused_with_the_firsts_pid(outputs, capsys):
    command = ["run", *SMOKE[:4], "budget.total_steps=4800000", f"outputs={outputs}"]
    first = kage(*command)
    try:
        while not ((folders := seeds(outputs)) and read_status(folders[0])["step"] > 0):
            assert first.poll() is None, first.stderr.read()
            time.sleep(0.01)
        first.send_signal(signal.SIGSTOP)  # the run is the first's all the same
        assert main(command) == 1
        assert f"pid {first.pid}" in " ".join(capsys.readouterr().out.split())
        assert first.poll() is None
    finally:
        first.kill()
        first.communicate()


def test_a_new_look_on_a_finished_run_is_measured_from_its_policies(unbroken, outputs, capsys):
    assert main(["run", "pair=background_2", *SMOKE[1:], f"outputs={outputs}"]) == 0
    before = {folder.name: unpack(folder / STATE) for folder in seeds(outputs)}
    assert main(["run", *SMOKE, f"outputs={outputs}"]) == 0
    key = ["seed", "pair", "step", "metric"]
    ours, theirs = (collect([root])[0].sort_values(key)[[*key, "value"]].reset_index(drop=True) for root in (outputs, unbroken))
    pd.testing.assert_frame_equal(ours, theirs)
    assert before == {folder.name: unpack(folder / STATE) for folder in seeds(outputs)}


def test_a_look_is_completed_for_each_seed_as_far_as_its_policies_are_kept(unbroken, outputs, monkeypatch):
    """A look is not measured yet, a policy is lost; the disk fills up between the rows of two seeds."""
    shutil.copytree(unbroken, outputs)
    for folder in seeds(outputs):
        rows = [row for row in read_rows(folder / EVAL) if row["pair"] != "background_2"]
        (folder / EVAL).write_bytes(to_lines(rows))
    (seeds(outputs)[1] / "checkpoints" / "step=96.msgpack").unlink()

    def full(run, name, rows):
        if run.folder.name == "seed=1":
            raise RunError("cannot write: the disk is full")
        log(run, name, rows)

    log = Run.log
    with monkeypatch.context() as patch:
        patch.setattr(Run, "log", full)
        assert main(["run", *SMOKE, f"outputs={outputs}"]) == 1
    assert [read_status(folder)["state"] for folder in seeds(outputs)] == ["done", "done"]
    assert main(["run", *SMOKE, f"outputs={outputs}"]) == 0
    found, told = ([sorted(map(json.dumps, read_rows(folder / EVAL))) for folder in seeds(root)] for root in (outputs, unbroken))
    lost = [line for line in told[1] if '"step": 96,' in line and '"background_2"' in line]
    assert found == [told[0], [line for line in told[1] if line not in lost]] and len(lost) == 4


@pytest.mark.parametrize("before", ["done", "failed"])
def test_without_kept_policies_it_is_trained_again_and_nothing_is_lost(outputs, capsys, monkeypatch, before):
    """The first command is asked to stop in its last chunk; the second finds it done, or given up after its last save."""
    command = [*SMOKE[1:4], "budget.keep_checkpoints=false", "budget.total_steps=96"]
    log = Block.log

    def stop_in_the_last_chunk(block, *metrics):
        log(block, *metrics)
        if block.update == block.updates:
            signal.raise_signal(signal.SIGTERM)

    with monkeypatch.context() as patch:
        patch.setattr(Block, "log", stop_in_the_last_chunk)
        assert main(["run", "pair=background_2", *command, f"outputs={outputs / 'a'}"]) == 130
    for folder in seeds(outputs / "a"):
        assert (status := read_status(folder))["state"] == "done"
        (folder / "status.json").write_text(json.dumps(status | {"state": before}))
    first = [read_rows(folder / EVAL) for folder in seeds(outputs / "a")]
    assert main(["run", "pair=layout_1", *command, f"outputs={outputs / 'a'}"]) == 0
    assert "kept no policies, so they are trained again to measure layout_1" in " ".join(capsys.readouterr().out.split())
    assert [read_rows(folder / EVAL) for folder in sorted(outputs.glob("a/default/runs/*/replaced-seed=*"))] == first
    assert main(["run", "pair=background_2,layout_1", *command, f"outputs={outputs / 'b'}"]) == 0
    assert numbers(outputs / "a") == numbers(outputs / "b")


@pytest.mark.thorough
def test_a_look_that_joins_halfway_is_measured_at_every_evaluation(unbroken, outputs):
    """The run is cut short after its first save; the longer command asks for one pair more."""
    process = kage("run", "pair=background_2", *SMOKE[1:], f"outputs={outputs}")
    while not ((folders := seeds(outputs)) and read_status(folders[0])["step"] >= 96):
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.005)
    process.kill()
    process.communicate()
    assert main(["run", *SMOKE, f"outputs={outputs}"]) == 0
    key = ["seed", "pair", "step", "metric"]
    ours, theirs = (collect([root])[0].sort_values(key)[[*key, "value"]].reset_index(drop=True) for root in (outputs, unbroken))
    pd.testing.assert_frame_equal(ours, theirs)


def test_seeds_that_were_trained_together_continue_together(outputs):
    (training,) = plan(cells([*SMOKE[:1], "seed=range(5)", f"outputs={outputs}"]))
    for seed, block in ((0, [0, 3]), (1, [1]), (3, [0, 3])):
        with Run(training.run_folder(seed)) as run:
            run.status("saved", 96, block=block)
            (run.folder / STATE).touch()
    assert blocks(training) == [(0, 3), (1,), (2, 4)]


def test_what_is_done_and_kept_no_state_is_not_trained_again_with_new_seeds(unbroken, outputs):
    """As after `kage merge`, since packs hold no states."""
    shutil.copytree(unbroken, outputs)
    for folder in seeds(outputs):
        (folder / STATE).unlink()
        shutil.rmtree(folder / "checkpoints")
    (training,) = plan(cells([*SMOKE[:1], *SMOKE[2:], "seed=range(4)", f"outputs={outputs}"]))
    assert blocks(training) == [(0, 1), (2, 3)]
    assert [training_state(training, seed) for seed in training.seeds] == ["done", "done", "to do", "to do"]


def test_a_look_is_trained_for_only_where_nothing_of_it_is_known(tmp_path):
    train, known, new = plan(cells(SMOKE[:1]))[0].cases
    with Run(tmp_path) as run:
        run.log(EVAL, [{"step": step, "metric": "return", "episodes": 8} | look.names
                       for step in (0, 96) for look in ([train] if step else [train, known])])  # fmt: skip
    assert unmeasured(tmp_path, [train, known, new], 8) == {-1: [(new, 8)]}
    with Run(tmp_path) as run:
        run.checkpoint(96, {})
    assert unmeasured(tmp_path, [train, known, new], 8) == {96: [(known, 8), (new, 8)]}


def test_a_training_look_is_measured_again_on_the_episodes_of_looks_asked_for_later(tmp_path):
    """Also beside looks of an earlier version, which did not do so; never where nothing lacks, or no policy was kept."""
    train, known, new = plan(cells(SMOKE[:1]))[0].cases
    with Run(tmp_path) as run:
        run.log(EVAL, [{"step": step, "metric": "return", "episodes": 8} | look.names for step in (0, 96) for look in (train, known)])
        run.log(EVAL, [{"step": 0, "metric": "agreement", "episodes": 3} | known.names])
        run.checkpoint(96, {})
    assert unmeasured(tmp_path, [train, known], 4) == {}
    assert unmeasured(tmp_path, [train, known, new], 4) == {96: [(train, 4), (new, 4)]}
    with Run(tmp_path) as run:
        run.log(EVAL, [{"step": 96, "metric": "return", "episodes": 4} | new.names])
    assert unmeasured(tmp_path, [train, known, new], 64) == {96: [(train, 4)]}


@pytest.mark.thorough
def test_a_dose_equal_to_the_training_look_has_no_gap_however_many_episodes_it_has(outputs, capsys):
    command = ["run", *SMOKE[1:4], "budget.total_steps=48", "budget.keep_checkpoints=true", f"outputs={outputs}"]
    assert main([*command, "pair=layout_1", "budget.eval_episodes=6"]) == 0
    assert main([*command, "eval.filters.brightness=0,1", "budget.eval_episodes=3"]) == 0
    rows = pd.read_json(seeds(outputs)[0] / EVAL, lines=True, dtype={"dose": str})
    rows = rows[rows.metric == "distance"].set_index(["step", "dose", "episodes"])["value"]
    assert {number for *_, number in rows.index} == {3, 6}
    assert main(["report", str(outputs / "default")]) == 0
    table = pd.read_csv(outputs / "default" / "report" / "doses.csv")
    dose = table[(table.dose == 0) & table.metric.isin(["distance", "return"])]
    assert (dose.train == dose["eval"]).all() and (dose.episodes == 3).all()
    told = "evaluations have different numbers of episodes: 3 for filters.brightness 0, filters.brightness 1; 6 for layout_1"
    assert told in capsys.readouterr().out


def test_a_damaged_state_fails_in_words_and_results_stay(outputs, capsys):
    command = ["run", *SMOKE[:4], "budget.total_steps=96", f"outputs={outputs}"]
    assert main(command) == 0
    folder = seeds(outputs)[0]
    rows = read_rows(folder / EVAL)
    (folder / STATE).write_bytes(b"rubbish")
    (folder / "status.json").unlink()
    assert main(command) == 1
    assert "is damaged and cannot be continued from" in " ".join(capsys.readouterr().out.split())
    assert read_rows(folder / EVAL) == rows
    assert read_status(folder)["state"] == "failed"


def test_nothing_is_written_for_a_wrong_command(outputs, capsys):
    for arguments, word in ((["filters.brigtness=1"], "nearest valid: filters.brightness"), (["pair=agent_99"], "agent_1")):
        assert main(["run", *arguments, f"outputs={outputs}"]) == 2
        error = capsys.readouterr().err
        assert word in error and error.count("\n") == 1
    assert not outputs.exists()


@pytest.mark.parametrize("arguments, words", [
    (["task.pool=8"], ["encoder.kernels=[8, 4, 3]", "H=128 W=128 task.pool=8 gives 16 x 16", "nearest valid: task.pool=3"]),
    (["H=32", "W=32", "layout.height_px=32"], ["at least 36 x 36 px", "nearest valid: H and W of at least 36"]),
    (["encoder.kernels=[8,4,30]", "cluster=slurm"], ["encoder.kernels=[8, 4, 30]", "at least 252 x 252 px"]),
])  # fmt: skip
def test_frames_too_small_for_the_network_are_told_before_anything_is_written(outputs, capsys, arguments, words):
    for verb in ("plan", "run"):
        assert main([verb, *arguments, f"outputs={outputs}"]) == 2
        error = capsys.readouterr().err
        assert all(word in error for word in words) and error.count("\n") == 1
    assert main(["plan", "task.pool=3", f"outputs={outputs}"]) == 0
    assert not outputs.exists()


def can_mount() -> str:
    """Empty if a small disk can be mounted here, else the reason."""
    probe = subprocess.run(["unshare", "--mount", "true"], capture_output=True, text=True)
    return "" if os.geteuid() == 0 and probe.returncode == 0 else f"a small disk cannot be mounted: {probe.stderr or 'not root'}"


@pytest.mark.skipif(bool(can_mount()), reason=can_mount())
def test_a_full_disk_is_told_and_the_run_continues_when_there_is_room(unbroken, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=160k", "none", disk], check=True)
    try:
        command = ["run", *SMOKE, f"outputs={disk}"]
        process = kage(*command)
        out, err = process.communicate(timeout=120)
        assert process.returncode == 1, out + err
        assert "No space left on device" in out + err
        assert "Traceback" not in out + err
        subprocess.run(["mount", "-o", "remount,size=20m", disk], check=True)
        assert main(command) == 0
        assert numbers(disk) == numbers(unbroken)
    finally:
        subprocess.run(["umount", disk], check=True)


def test_an_unwritable_results_folder_is_told(capsys):
    assert main(["run", *SMOKE, "outputs=/proc/kage"]) == 1
    assert "cannot write /proc/kage" in " ".join(capsys.readouterr().out.split())


def test_without_a_home_no_compilations_are_kept_and_a_line_says_so(monkeypatch, capsys):
    """As in a container whose user is a number: no HOME, no entry in passwd. Also with a home that cannot be written."""
    monkeypatch.delenv("JAX_COMPILATION_CACHE_DIR")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr("pwd.getpwuid", lambda uid: {}[uid])
    with pytest.raises(RuntimeError):
        Path.home()
    for home, words in ((None, "there is no home"), ("/proc", "/proc/.cache")):
        if home:
            monkeypatch.setenv("HOME", home)
        keep_compilations()
        told = capsys.readouterr().err
        assert words in told and told.count("\n") == 1 and "JAX_COMPILATION_CACHE_DIR can name a folder" in told


@pytest.mark.usefixtures("without_figures")
def test_report_prints_and_writes_the_table(unbroken, tmp_path, capsys):
    for at, words in (("max", "maximum over training"), ("last", "last evaluation"), ("train_best", "best success rate")):
        assert main(["report", str(unbroken), "--at", at]) == 0
        out = " ".join(capsys.readouterr().out.split())
        assert words in out and "background_2: background black -> purple" in out and "smoke.yaml says what differs" in out
        table = pd.read_csv(unbroken / "report" / "pairs.csv")
        assert len(table) == 2 * 4 and set(table.n) == {2} and set(table.rule) == {at}
        code = table.code.astype(str).unique()
        assert len(code) == 1 and len(code[0]) == 10
    assert main(["report", str(tmp_path / "nothing")]) == 2


@pytest.mark.parametrize("flags, words", [
    (["--help"], ["background", "budget", "quick"]),
    (["--cfg", "job", "pair=background_2"], ["mode: black", "color_names"]),
    (["--multirun", "--cfg", "job", "pair=background_2"], ["mode: black", "color_names"]),
])  # fmt: skip
def test_hydras_own_flags_work(flags, words):
    process = kage("run", *flags)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert all(word in out for word in words)


def test_an_unknown_flag_is_told_with_the_nearest(outputs, capsys):
    for flag, near in (("--dryrun", "--dry-run"), ("--fail_fast", "--fail-fast")):
        assert main(["run", flag, f"outputs={outputs}"]) == 2
        error = capsys.readouterr().err
        assert f"{flag} is not allowed" in error and f"nearest valid: {near}\n" in error
    assert not outputs.exists()


def test_help_names_every_command(capsys):
    assert main([]) == 0
    out = capsys.readouterr().out
    assert "kage run" in out and "kage report" in out
    assert main(["runn"]) == 2
    assert capsys.readouterr().err.endswith("; did you mean kage run?\n")


@pytest.mark.thorough
def test_determinism_is_asked_of_the_compiler_and_is_the_same_training(unbroken, tmp_path, monkeypatch):
    asked, jit = [], jax.jit
    monkeypatch.setattr(jax, "jit", lambda *args, **more: asked.append(more.get("compiler_options")) or jit(*args, **more))
    assert main(["run", *SMOKE, "train.deterministic=true", f"outputs={tmp_path}"]) == 0
    assert asked.count({"xla_gpu_deterministic_ops": True}) == 3
    assert numbers(tmp_path) == numbers(unbroken)  # a CPU has nothing else, and the folders have the same names
