"""kage search: trials are trainings of kage run, shared and continued, and tables say how many there were.

Trainings are replaced by run folders whose success follows from the learning rate: it is best at 1e-3.
"""

import json
import math
import shlex
import shutil

import pandas as pd
import pytest
from synthetic import write_run

from kage.analysis.tuned import in_words, tuned
from kage.launch import search
from kage.launch.block import Block, Stop
from kage.launch.cli import main
from kage.launch.plan import training_state
from kage.runs.run import Run
from kage.runs.trials import note_trials, read_trials

RATE = "agent.learning_rate=tag(log,interval(1e-5,1e-1))"
RECORD = {"attempts": [{"code": {"world": "w", "method": "m"}}]}


def success(training) -> float:
    """What a training scores on its training look; half of it under a shift."""
    return 1 - abs(math.log10(training.cell.recipe.agent.learning_rate) + 3) / 4


def pretend(training, score=success) -> None:
    """The run folders of a finished training."""
    import yaml

    text = yaml.safe_dump(Block(training, training.seeds, None, Stop()).describe())
    for seed in training.seeds:
        rows = [case.names | {"step": 0, "metric": metric, "value": value * (1 if case.split == "train" else 0.5), "episodes": 4}
                for case in training.cases for metric, value in {"success_rate": score(training), "return": 1.0}.items()]  # fmt: skip
        status = {"state": "done", "step": 288, "total": 288, "block": list(training.seeds), "heartbeat": 0.0, "host": "", "pid": 1}
        shutil.rmtree(training.run_folder(seed), ignore_errors=True)  # what an earlier attempt left
        write_run(training.run_folder(seed), text, RECORD, status, rows)


@pytest.fixture
def trained(monkeypatch):
    """The trainings that were done, in order, in place of real ones."""
    done = []

    def train(trainings, console, fail_fast=False):
        for training in trainings:
            if training_state(training, training.seeds[0]) != "done":
                pretend(training)
                done.append(training)
        return 0

    monkeypatch.setattr(search, "train", train)
    return done


def searched(outputs, *arguments, experiment="tune"):
    """kage search, with few steps. Returns the exit code."""
    return main(["search", "budget=smoke", f"outputs={outputs}", f"experiment={experiment}", *arguments])


def rates(trainings) -> list[float]:
    return [training.cell.recipe.agent.learning_rate for training in trainings]


def test_a_search_finds_what_is_good_and_a_repeated_one_costs_nothing(outputs, trained, capsys):
    assert searched(outputs, RATE, "--trials", "12") == 0
    assert len(trained) == 12 and 1e-5 <= min(rates(trained)) and max(rates(trained)) <= 1e-1
    best = max(map(success, trained))
    assert best > 0.9
    told = capsys.readouterr().out
    assert f"success rate {best:.3f}" in told and "12 trials of 12 done" in told
    assert searched(outputs, RATE, "--trials", "12", "cluster=debug") == 0
    assert len(trained) == 12
    assert searched(outputs, RATE, "--trials", "13") == 0
    assert len(trained) == 13


def test_a_stopped_search_continues_with_the_same_trials(outputs, tmp_path, trained):
    assert searched(outputs, RATE, "--trials", "11") == 0
    other = tmp_path / "other"
    for count in (5, 11):
        assert searched(other, RATE, "--trials", str(count)) == 0
    assert rates(trained[:11]) == rates(trained[11:])


def test_what_failed_is_tried_again_by_the_next_command_and_only_once(outputs, trained, monkeypatch):
    working, broken = search.train, []

    def train(trainings, console, fail_fast=False):
        broken.extend(trainings)
        for training in trainings:
            with Run(training.run_folder(0)) as run:
                run.status("failed", 5)
        return 1

    monkeypatch.setattr(search, "train", train)
    assert searched(outputs, RATE, "--trials", "2") == 0 and len(broken) == 2
    monkeypatch.setattr(search, "train", working)
    assert searched(outputs, RATE, "--trials", "2") == 0
    assert rates(trained) == rates(broken)


def test_two_searches_at_once_are_refused(outputs, trained, monkeypatch, capsys):
    working = search.train

    def train(trainings, console, fail_fast=False):
        assert searched(outputs, RATE, "--trials", "1") == 1
        return working(trainings, console)

    monkeypatch.setattr(search, "train", train)
    assert searched(outputs, RATE, "--trials", "1") == 0
    assert "another kage search works on it" in capsys.readouterr().err


def test_trials_are_trainings_that_other_commands_share(outputs, trained, capsys):
    assert searched(outputs, "encoder.dense=8,16", "--trials", "6") == 0
    assert len(trained) == 2  # six trials of two settings
    text = capsys.readouterr().out
    (line,) = (line for line in text.splitlines() if line.strip().startswith("kage run"))
    arguments = shlex.split(line)[2:]
    assert "tuned.trials=6" in arguments and "tuned.on=train" in arguments and "seed=range(1,6)" in arguments
    assert main(["plan", "budget=smoke", f"outputs={outputs}", "experiment=tune", "encoder.dense=8,16", "--json"]) == 0
    assert {entry["state"] for entry in json.loads(capsys.readouterr().out)["trainings"]} == {"done"}


def test_settings_that_do_not_fit_together_are_failed_trials(outputs, trained, capsys):
    assert searched(outputs, "agent.num_envs=2,3", "agent.minibatches=2,3", "agent.num_steps=12,13", "--trials", "6") == 0
    assert "failed" in capsys.readouterr().out
    assert all(training.cell.recipe.agent.batch % training.cell.recipe.agent.minibatches == 0 for training in trained)


def test_on_slurm_a_number_of_trials_is_submitted_and_asked_for_later(outputs, monkeypatch, capsys):
    submitted = []
    monkeypatch.setattr(search, "train", lambda trainings, console: submitted.append(trainings))
    for done in (0, 2, 4):
        for training in [one for group in submitted for one in group][: done and 2]:
            if training_state(training, 0) != "done":
                pretend(training)
        assert searched(outputs, RATE, "cluster=slurm", "--parallel", "2", "--trials", "4") == 0
        assert "goes on with the results when these jobs have ended" in capsys.readouterr().out
    folders = [[training.folder for training in group] for group in submitted]
    assert list(map(len, folders)) == [2, 2, 2] and folders[1] == folders[2] and not {*folders[0]} & {*folders[1]}


@pytest.mark.parametrize("objective, words", [("train", "judged on the training look"), ("eval", "judged on EVALUATION looks")])
def test_tables_say_how_many_trials_and_by_what_they_were_judged(objective, words, outputs, trained, capsys):
    assert searched(outputs, RATE, "pair=layout_1", "--trials", "3", "--objective", objective) == 0
    value = max(map(success, trained)) * (1 if objective == "train" else 0.5)
    assert f"{value:.3f}" in capsys.readouterr().out
    assert main(["report", str(outputs / "tune")]) == 0
    assert f"trials of settings: ppo 3, {words}" in capsys.readouterr().out
    report = outputs / "tune" / "report"
    for file in [*report.glob("*.md"), report / "index.html"]:
        assert file.name == "changes.md" or f"ppo 3, {words}" in file.read_text(), file
    assert pd.read_csv(report / "trials.csv").to_dict("records") == [{"agent": "ppo", "trials": 3, "tuned_on": objective}]


def test_methods_without_trials_are_named_beside_those_with():
    rows = pd.DataFrame({"agent": ["ppo", "ppo", "random"], "trials": [3, 20, 0], "tuned_on": ["train", "eval", ""]})
    assert in_words(tuned(rows)) == "trials of settings: ppo 20, judged on EVALUATION looks, which are unseen no more; random 0"
    assert in_words(tuned(rows[2:])) == ""


def test_a_note_of_trials_grows_and_a_mark_stays(tmp_path):
    assert read_trials(tmp_path) == (0, "")
    for number, on, noted in ((5, "train", (5, "train")), (9, "eval", (9, "eval")), (3, "train", (9, "eval"))):
        note_trials(tmp_path, number, on)
        assert read_trials(tmp_path) == noted


@pytest.mark.parametrize("arguments, words", [
    ([], ["nothing is searched", "interval(1e-4,1e-2)"]),
    (["agent.learning_rate=interval(1e-2,1e-4)"], ["agent.learning_rate", "begins below its end"]),
    (["agent.learning_rate=tag(log,interval(0,1))"], ["begins above 0"]),
    (["agent.learning_rate=interval(-1,1)"], ["agent.learning_rate=-1.0 is not allowed"]),
    (["agent.epochs=interval(1,2.5)"], ["agent.epochs", "whole numbers"]),
    (["agent.truncation=interval(1,2)"], ["agent.truncation", "choices a,b"]),
    (["agent.learning_rte=interval(1,2)"], ["learning_rte", "nearest valid: agent.learning_rate"]),
    (["filters.brightness=interval(0,1)"], ["filters.brightness", "a setting of the method"]),
    (["agent=ppo,random"], ["agent='ppo,random'", "one method"]),
    ([RATE, "tuned.trials=3"], ["tuned.trials=3"]),
    ([RATE, "--objective", "eval"], ["--objective eval needs evaluation looks"]),
    ([RATE, "--trials", "0"], ["--trials=0 is not allowed"]),
    ([RATE, "--parallel", "2"], ["--parallel=2", "cluster=slurm"]),
])  # fmt: skip
def test_what_cannot_be_searched_is_refused_in_one_line(arguments, words, outputs, trained, capsys):
    assert searched(outputs, *arguments) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and not outputs.exists()
    for word in words:
        assert word in told


def test_a_missing_extra_is_one_line(outputs, monkeypatch, capsys):
    monkeypatch.setitem(__import__("sys").modules, "optuna", None)
    assert searched(outputs, RATE) == 2
    assert capsys.readouterr().err.strip().endswith("pip install 'kage-lab[search]'")
