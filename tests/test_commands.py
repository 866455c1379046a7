"""What people type: commands that help, refuse in time, say what happens, and are quiet when nobody reads."""

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from debian import lacking
from rich.console import Console
from runs import kage
from synthetic import SMALL, write_results

from kage.console import WIDE, console
from kage.family import title
from kage.launch import beforehand
from kage.launch.beforehand import doubts
from kage.launch.block import Block, Stop
from kage.launch.cli import VERBS, main
from kage.launch.completion import SHELLS, candidates
from kage.launch.compose import cells
from kage.launch.experiment import OURS, PLAIN
from kage.launch.pace import Pace
from kage.launch.parameters import every_group
from kage.launch.plan import plan
from kage.launch.start import FLAGS
from kage.look.configuration import flatten
from kage.runs.folders import LOG
from kage.runs.run import Run

RUN = ["pair=background_2", "budget=smoke"]


@pytest.fixture(autouse=True)
def no_width(monkeypatch):
    """The tests' own terminal limits no line."""
    monkeypatch.delenv("COLUMNS", raising=False)


def said(capsys, *arguments: str, code: int = 0) -> str:
    """What a command prints, if it ends with the code."""
    assert main(list(arguments)) == code
    return "".join(capsys.readouterr())


def test_the_version_is_that_of_the_package_and_python_m_is_the_command():
    told = [subprocess.run([sys.executable, "-m", "kage", flag], capture_output=True, text=True) for flag in ("--version", "staus")]
    assert told[0].stdout == "kage 0.1.0\n" and told[0].returncode == 0
    assert told[1].stderr.endswith("did you mean kage status?\n") and told[1].returncode == 2


@pytest.mark.parametrize("command", [["params"], ["list"], ["--help"], ["run", "--help"], ["run", "--cfg", "job"]], ids=" ".join)
def test_a_closed_pipe_is_no_error(command):
    process = kage(*command)
    process.stdout.close()
    assert (process.wait(), process.stderr.read()) == (0, "")


def test_help_of_run_explains_before_it_lists():
    prose = kage("run", "--help").communicate()[0].partition("== Configuration groups ==")[0]
    assert all(word in prose for word in ("eval.", "range(", "glob(", "experiment=", "budget=quick", "KAGE_CONF", *FLAGS))


# --- parameters ---


def test_every_parameter_is_explained():
    rows = [row for _, _, rows in every_group() for row in rows]
    names = [row[0] for row in rows]
    assert {*flatten(cells([])[0].world.env), *PLAIN} <= set(names)
    assert {name.partition(".")[0] for name in names} >= {*OURS, "agent", "encoder", "task"}
    assert all(allowed and doc for _, _, allowed, _, doc in rows)


def test_one_parameter_a_group_and_a_wrong_name(capsys):
    line = said(capsys, "params", "eval.filters.hue_shift")
    assert all(word in line for word in ("filters.hue_shift", "-180 .. 180", "degrees", "hue of HSV")) and "brightness" not in line
    assert "agent.learning_rate" in (text := said(capsys, "params", "agent")) and "filters.hue_shift" not in text
    assert "nearest valid: filters\n" in said(capsys, "params", "fliters", code=2)


# --- completion ---


@pytest.mark.parametrize("words, found", [
    (["pl"], {"plan", "play"}), ([""], {*VERBS, "--help", "--version"}), (["run", "--d"], {"--dry-run"}), (["status", "--j"], {"--json"}),
    (["run", "pai"], {"pair="}), (["run", "pair=agent_1,agent_2,layout"], {"pair=agent_1,agent_2,layout_1"}),
    (["plan", "eval.filters.br"], {"eval.filters.brightness="}), (["run", "tracker.wandb="], {"tracker.wandb=true", "tracker.wandb=false"}),
    (["run", "background.mode=no"], {"background.mode=noise"}), (["params", "filters.gam"], {"filters.gamma"}), (["status", "out"], set()),
    (["completion", ""], set(SHELLS)),
])  # fmt: skip
def test_words_are_completed(words, found):
    assert set(candidates(words)) == found


COMPLETE = {"bash": 'eval "$(kage completion bash)"; COMP_LINE="kage run pair=lay"; COMP_POINT=${#COMP_LINE}; _kage; echo "$COMPREPLY"',
            "fish": 'kage completion fish | source; complete -C "kage run pair=lay"'}  # fmt: skip


@pytest.mark.parametrize("shell", COMPLETE)
def test_a_shell_completes_with_the_lines_it_is_given(shell, tmp_path):
    if reason := lacking([shell], [shell]):
        pytest.skip(reason)
    (tmp_path / "kage").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m kage "$@"\n')
    (tmp_path / "kage").chmod(0o755)
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    done = subprocess.run([shell, "-c", COMPLETE[shell]], env=environment, capture_output=True, text=True)
    assert done.stdout.split()[-1].removeprefix("pair=") == "layout_1", done.stderr


# --- option files of one's own ---


@pytest.mark.parametrize("way", ["variable", "override"])
def test_option_files_of_ones_own_are_found_by_globs_lists_and_help(way, tmp_path, monkeypatch, capsys):
    for name, text in (("pair/dusk_1", "shift: {suite: dusk, pair: dusk_1}\neval: {filters: {brightness: -0.5}}"), ("suite/dusk", "sweep: [pair=glob(dusk_*)]")):
        (tmp_path / name).parent.mkdir()
        (tmp_path / f"{name}.yaml").write_text(f"# @package _global_\n{text}\n")
    given = []
    if way == "variable":
        monkeypatch.setenv("KAGE_CONF", f"{tmp_path}{os.pathsep}")
    else:
        given = [f"hydra.searchpath=[{tmp_path}]"]
    for chosen in ("pair=glob(dusk*)", "suite=dusk"):
        (cell,) = cells([chosen, *given])
        assert cell.shifted.env.filters.brightness == -0.5 and cell.members == ("dusk_1",)
    assert "dusk_1" in said(capsys, "list", *given)
    assert "dusk_1" in kage("run", "--help", *given).communicate()[0]


def test_a_folder_of_option_files_that_is_not_there_is_refused(monkeypatch, capsys):
    monkeypatch.setenv("KAGE_CONF", "/nowhere")
    assert "KAGE_CONF='/nowhere' is not allowed: a folder that exists" in said(capsys, "plan", code=2)


# --- before anything starts ---


@pytest.mark.parametrize("arguments, words", [
    (["background.mode=image", "background.image_path=gone.png"], "background.image_path='gone.png'"),
    (["background.mode=image", "background.image_path=text.png"], "readable pictures"),
    (["cluster=slurm", "cluster.options=['a b=c']"], "cluster.options='a b=c'"),
    (["cluster=slurm", "cluster.options={constraint:a100}"], "cluster.options='{constraint:a100}' is not allowed: a list, [a, b]"),
    (["cluster=slurm,local", "agent=ppo,random"], "give one value"),
    (["pair=agent_1"], "pair=background_2 and pair=agent_1 are not allowed together: one of them would be ignored; for a grid over both give pair=background_2,agent_1"),
    (["seed=1", "seed=2"], "seed=1,2"),
])  # fmt: skip
def test_plan_and_a_dry_run_refuse_what_run_refuses(arguments, words, outputs, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("text.png").write_text("no picture")
    told = {said(capsys, *command, *RUN, *arguments, f"outputs={outputs}", code=2).partition(": ")[2]
            for command in (["run"], ["plan"], ["run", "--dry-run"])}  # fmt: skip
    assert len(told) == 1 and words in told.pop()
    assert not outputs.exists()


def test_a_training_without_a_shift_starts_only_if_that_is_said(outputs, capsys, monkeypatch):
    started = []
    monkeypatch.setattr("kage.launch.local.run_all", lambda trainings, *_: started.append(trainings) or 130)
    command = ["filters.brightness=0.5", "budget=smoke", f"outputs={outputs}"]
    for verb, code in (("run", 2), ("plan", 0)):
        assert "1 training, 1 run of 288 steps; nothing is evaluated but the training look itself" in said(capsys, verb, *command, code=code)
    assert main(["run", *command, "--yes"]) == 130 and len(started) == 1
    assert main(["run", *RUN, f"outputs={outputs}"]) == 130 and len(started) == 2


def test_the_papers_protocol_on_a_cpu_is_asked_about_with_its_hours(outputs, capsys):
    command = ["pair=background_2", "seed=range(2)", f"outputs={outputs}"]
    assert "JAX finds only a CPU here, which takes about 46.3 h" in (told := said(capsys, "run", *command, code=2))
    assert "choose budget=quick" in told and "--yes" in told and told.count("\n") == 1
    assert "a CPU takes about 46.3 h" in said(capsys, "plan", *command)
    trainings = plan(cells(command))
    assert not doubts(trainings, on_cpu=False)
    for other in ("budget=quick", "budget.total_steps=100000", "cluster=slurm"):
        assert not doubts(plan(cells([*command, other])), on_cpu=True), other


def test_measured_hours_stand_in_place_of_usual_ones_and_what_is_done_is_not_asked_about(outputs, monkeypatch):
    (training,) = plan(cells([f"outputs={outputs}"]))
    monkeypatch.setattr(beforehand, "remaining", lambda *_: 7200 * 5)
    assert "takes about 10.0 h for this at the speed of earlier runs" in doubts([training], on_cpu=True)
    with Run(training.run_folder(0)) as run:
        run.status("done", training.cell.recipe.steps)
    assert not doubts([training], on_cpu=True)


def test_a_dry_run_lists_the_jobs(outputs, capsys):
    command = ["run", "suite=layout,filters", "seed=range(3)", "plan.seeds_per_job=2", "cluster.trainings_per_job=3", "budget=smoke", "cluster=slurm", f"outputs={outputs}"]
    (training, *_) = plan(cells(command[1:]))
    with Run(training.run_folder(0)) as run:
        run.status("done", 288)
        measured = {"metric": "success_rate", "value": 0.5, "episodes": training.cell.budget.eval_episodes}
        run.log("eval.jsonl", [{"step": 0} | case.names | measured for case in training.cases])
    out = said(capsys, *command, "--dry-run")
    assert "default: 1 runs are done, 0 are queued or running, 5 to submit" in out
    rows = re.findall(r"^ *(\d*) +(\w\S+-smoke-\w+) +([\d-]+) +(unknown) *$", out, re.M)
    assert [(index, name.partition("-smoke")[0], seeds) for index, name, seeds, _ in rows] == [
        ("0", "black-teal_circle", "1-2"), ("", "image_1-skeleton", "0-1"), ("", "image_1-skeleton", "2")]  # fmt: skip
    assert "array 1: 1 job, each with 1 GPU, 4 cores, at most 240 min" in out and "last job: writes" in out
    assert "hours of all jobs together: unknown" in out and out.count("#!/bin/bash") == 2


# --- while it runs ---


def test_lines_are_whole_where_no_terminal_limits_them(monkeypatch, capsys):
    assert console().width == WIDE
    (line,) = (line for line in said(capsys, "plan", "suite=all").splitlines() if "image_1-skeleton" in line)
    assert "filters 1 2 3 4 5 6 7 8 9" in line
    monkeypatch.setenv("COLUMNS", "50")
    assert console().width == 50


def test_looks_are_called_by_what_tells_them_apart():
    def titles(*overrides):
        return [title(case, training.cell.world) for training in plan(cells(list(overrides))) for case in training.cases]

    assert titles("pair=layout_1,agent_1") == ["train", "layout_1", "agent_1"]
    assert titles("eval.filters.brightness=0,0.5") == ["train", "filters.brightness=0", "filters.brightness=0.5"]
    assert titles("pair=layout_1", "eval.filters.gamma=1,2", "eval.filters.contrast=3,4")[1:] == [
        f"layout_1 filters.gamma={gamma} filters.contrast={contrast}" for gamma in (1, 2) for contrast in (3, 4)]  # fmt: skip
    assert titles("shift.study=dusk", "eval.filters.gamma=1,2", "eval.filters.contrast=3,4")[1:] == ["dusk=1 x 3", "dusk=1 x 4", "dusk=2 x 3", "dusk=2 x 4"]
    assert titles("eval.filters.gamma=2", "eval.filters.contrast=3") == ["train", "filters.contrast=3 filters.gamma=2"]


def test_the_time_left_holds_updates_and_evaluations_and_no_compiling():
    """10 updates of 96 steps, an evaluation every 2: after 4 of them, half a second each, 3 evaluations of 4 s remain."""
    pace = Pace(updates=10, steps=96, eval_every=2)
    pace.evaluated(100)
    pace.trained(100, 2)
    assert pace.text(2) == ""
    pace.trained(1, 2)
    assert pace.text(4) == "192 steps/s, at least 3 s left"
    pace.evaluated(4)
    pace.evaluated(5)
    assert pace.text(4) == "192 steps/s, 15 s left"


def test_a_terminal_shows_it_beside_a_bar(outputs):
    (training,) = plan(cells([*RUN, "seed=range(2)", "budget.total_steps=480", f"outputs={outputs}"]))
    screen = io.StringIO()
    block = Block(training, [0, 1], Console(file=screen, force_terminal=True, width=100), Stop(), "1 of 1")
    with block.progress() as show:
        block.update, block.pace.seconds, block.pace.done = 4, 1.0, 2
        show({})
    assert "compiling the training" in screen.getvalue() and " 40 % " in screen.getvalue() and "192 steps/s" in screen.getvalue()


# --- afterwards ---


@pytest.fixture
def experiment(tmp_path, monkeypatch) -> Path:
    """An experiment of two seeds below outputs/ of the current folder."""
    monkeypatch.chdir(tmp_path)
    return write_results(Path("outputs/mine"), SMALL, seeds=range(2), evaluations=2)


def test_notes_are_kept_and_shown_with_the_state(experiment, capsys):
    assert "no notes" in said(capsys, "note", str(experiment))
    said(capsys, "note", str(experiment), "first", "try")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d first try\n\d{4}-\d\d-\d\d longer\n", said(capsys, "note", str(experiment), "longer"))
    assert "first try" in said(capsys, "status", str(experiment))
    assert "is not an experiment's folder" in said(capsys, "note", "outputs", code=2)


def test_only_what_is_named_is_removed_and_only_if_that_is_said(experiment, capsys, monkeypatch):
    (training,) = experiment.glob("runs/*")
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    assert "nothing was removed" in said(capsys, "rm", "mine", code=1) and len(list(training.glob("seed=*"))) == 2
    with Run(training / "seed=0"):
        assert "running, so nothing was removed" in said(capsys, "rm", "mine", "--yes", code=1)
    (experiment / "mine.txt").touch()
    said(capsys, "note", str(experiment), "x")
    said(capsys, "rm", str(training / "seed=1"), "--yes")
    assert [path.name for path in training.glob("seed=*")] == ["seed=0"] and (experiment / "notes.txt").exists()
    said(capsys, "rm", "mine", "--yes")
    assert [path.name for path in experiment.iterdir()] == ["mine.txt"]


def test_logs_of_runs_without_slurm_are_shown(experiment, capsys):
    (training,) = experiment.glob("runs/*")
    assert "has no logs" in said(capsys, "logs", "mine", code=1)
    (training / LOG).write_text("2026-01-01 00:00:00 step 0\n")
    for more in ([], ["-f"]):
        assert said(capsys, "logs", "mine", *more).endswith(f"{LOG} <==\n2026-01-01 00:00:00 step 0\n")
