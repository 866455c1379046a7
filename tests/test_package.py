"""A package of one's own: its world, agent, encoder and augmentation go through every command, with nothing changed here."""

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
import runs
import yaml

from kage.runs.run import EVAL, TRAIN, read_rows, read_status

HERE = Path(__file__).parent
AUGMENTED = ["task=lamp", "pair=dim_1", "agent=drac", "augment=flicker", "experiment=lamp"]
RUN = ["task=lamp", "pair=dim_1", "agent=ppo,modest,random", "seed=range(2)", "experiment=lamp"]


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """A folder with the package of tests/package, installed."""
    site = tmp_path_factory.mktemp("lamp") / "site"
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--no-deps", "--target", site, HERE / "package"], check=True)
    return site


# What the process of the tests runs: commands, one line of JSON each, answered by a line with exit status and output.
SERVE = """
import contextlib, io, json, sys
from kage.launch.cli import main

for line in sys.stdin:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(json.loads(line))
    print(json.dumps([code, out.getvalue(), err.getvalue()]), flush=True)
"""


@pytest.fixture(scope="module")
def kage(installed, tmp_path_factory):
    """The command where the package is installed, in a folder of its own. `kage.start` begins a process; all others are
    performed by one, since starting takes longer than most of them."""
    folder = tmp_path_factory.mktemp("reader")
    path = os.pathsep.join([str(installed), *filter(None, [os.environ.get("PYTHONPATH")])])
    options = {"cwd": folder, "env": os.environ | {"PYTHONPATH": path}}

    def run(*arguments) -> str:
        server.stdin.write(json.dumps(arguments) + "\n")
        server.stdin.flush()
        run.code, out, run.err = json.loads(server.stdout.readline())
        return out

    run.start, run.folder = partial(runs.kage, **options), folder
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", SERVE], text=True, **pipes, **options) as server:
        yield run
        server.stdin.close()


@pytest.fixture(scope="module")
def results(kage) -> Path:
    """Its results folder, after all has run."""
    out = kage("run", *RUN)
    assert kage.code == 0, kage.err + out
    out = kage("run", *AUGMENTED)
    assert kage.code == 0, kage.err + out
    return kage.folder / "outputs" / "lamp"


def folders(results: Path) -> dict[str, Path]:
    """The run folder of seed 0 by the method's label."""
    found = {}
    for path in sorted(results.glob("runs/*/seed=0")):
        found[yaml.safe_load((path / "config.yaml").read_text())["label"]] = path
    return found


def test_it_is_trained_measured_and_described(results):
    found = folders(results)
    assert set(found) == {"ppo", "modest", "random", "drac-flicker"}
    config = yaml.safe_load((found["modest"] / "config.yaml").read_text())
    assert config["family"] == "lamp" and config["agent"]["weight"] == 0.1 and config["encoder"]["name"] == "flat"
    assert config["suites"] == {"dim": ["dim_1"]} and config["metrics"][0]["name"] == "right"
    record = json.loads((found["modest"] / "record.json").read_text())["attempts"][0]
    assert record["versions"]["kage-lamp"] == "1.0"
    last = {label: read_rows(path / EVAL)[-4:] for label, path in found.items()}
    values = {label: {row["metric"]: row["value"] for row in rows if row["split"] == "eval"} for label, rows in last.items()}
    assert values["ppo"].keys() == {"right", "agreement", "kl"} and values["random"]["agreement"] == 1
    train = {label: [row["value"] for row in read_rows(path / EVAL) if row["split"] == "train"] for label, path in found.items()}
    assert train["ppo"][-1] > 0.9 and len(train["ppo"]) == 5 and len(train["random"]) == 1 and train["random"][0] < 0.75
    augmented = yaml.safe_load((found["drac-flicker"] / "config.yaml").read_text())
    assert augmented["augment"] == {"name": "flicker", "least": 0.01}
    assert train["drac-flicker"] != train["ppo"] and train["drac-flicker"][-1] > 0.8
    assert "size" in read_rows(found["modest"] / TRAIN)[0] and "size" not in read_rows(found["ppo"] / TRAIN)[0]


def test_code_of_world_and_method_are_told_apart(results):
    codes = {label: json.loads((path / "record.json").read_text())["attempts"][0]["code"] for label, path in folders(results).items()}
    assert len({code["world"] for code in codes.values()}) == 1
    assert len({code["method"] for code in codes.values()}) == 4


def test_plan_status_and_a_repeated_run_know_it(kage, results):
    plan = json.loads(kage("plan", *RUN, "--json"))
    assert {entry["state"] for entry in plan["trainings"]} == {"done"} and plan["seconds"] == 0
    assert {entry["agent"] for entry in plan["trainings"]} == {"ppo", "modest", "random"}
    assert plan["trainings"][0]["evaluation_looks"][0]["change"] == {"lamp.glow": [1.0, 0.01]}
    status = json.loads(kage("status", "outputs/lamp", "--json"))
    assert [run["state"] for run in status] == ["done"] * 7 and kage.code == 0
    before = {path: path.read_bytes() for path in results.rglob("eval.jsonl")}
    again = kage("run", *RUN)
    assert kage.code == 0 and not [line for line in again.splitlines() if line.startswith("step ")]
    assert {path: path.read_bytes() for path in results.rglob("eval.jsonl")} == before


def test_the_report_calls_things_as_the_family_does(kage, results):
    out = kage("report", "outputs/lamp")
    assert kage.code == 0, kage.err
    assert "right" in out and "lamp" in out and "modest" in out and "drac-flicker" in out and "random" in out and "success" not in out
    assert (results / "report" / "index.html").exists() and (results / "report" / "scores.csv").exists()


@pytest.mark.thorough
@pytest.mark.slow
def test_a_killed_run_continues_with_the_same_numbers(kage, results):
    """Also what the agent keeps beside PPO."""
    long = ["task=lamp", "pair=dim_1", "agent=modest", "seed=range(2)", "budget.total_steps=6400"]
    assert kage("run", *long, "experiment=unbroken") and kage.code == 0
    process = kage.start("run", *long, "experiment=killed")
    pattern = "outputs/killed/runs/*/seed=0"
    for _ in range(1200):
        (folder,) = list(kage.folder.glob(pattern)) or [None]
        if folder and 0 < read_status(folder)["step"] < 6400:
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert 0 < read_status(folder)["step"] < 6400
    assert kage("run", *long, "experiment=killed") and kage.code == 0
    rows = [[{key: value for key, value in row.items() if key != "steps_per_second"}
             for name in (TRAIN, EVAL) for row in read_rows(next(kage.folder.glob(f"outputs/{which}/runs/*/seed=1")) / name)]
            for which in ("unbroken", "killed")]  # fmt: skip
    assert rows[0] == rows[1] and len(rows[0]) > 40


@pytest.mark.parametrize("arguments, words", [
    (["task=lamp", "filters.brightness=1"], "filters.brightness='1' is not allowed: task=lamp has no filters, it reads lamp"),
    (["task=lamp", "encoder=cnn"], "encoder='cnn' is not allowed: it takes pixels, and task=lamp shows vector; nearest valid: flat"),
    (["agent=ppo", "agent.weight=1"], "agent.weight='1' is not allowed: agent=ppo has no such key"),
    (["task=lamp", "agent=rad"], "augment='jitter' is not allowed: agent=rad augments the vector of task=lamp: flicker; nearest valid: flicker"),
    (["agent=rad", "augment=flicker"], "augment='flicker' is not allowed: agent=rad augments the pixels of task=kage: "),
    (["task=lamp", "agent=random", "encoder.width=4"], "encoder.width='4' is not allowed: agent=random uses no encoder"),
    (["task=lamp", "lamp.glow=2"], "lamp.glow=2 is not allowed: 0 .. 1; nearest valid: 1.0"),
    (["task=lamp", "task.pool=2"], "task.pool='2' is not allowed: task=lamp has no such key, its keys are name"),
    (["lamp.glow=0.5"], "lamp.glow='0.5' is not allowed: task=kage has no lamp"),
    (["task=lamp", "pair=background_2"], "eval: a lamp has no background"),
])  # fmt: skip
def test_what_does_not_fit_together_is_one_clear_line(kage, arguments, words):
    kage("plan", *arguments)
    assert kage.code == 2 and words in kage.err and kage.err.count("\n") == 1, kage.err
