"""What the README says can be typed, can be typed."""

import re
import shlex
from pathlib import Path

import pytest

from kage.params import ConfigError
from launch.cli import main
from launch.compose import cells

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text()
SHELL = [line.split(" #")[0].strip() for block in re.findall(r"```shell\n(.*?)```", TEXT, re.S) for line in block.splitlines()]
RUNS = [shlex.split(line)[2:] for line in SHELL if line.startswith("kage run")]


def test_there_are_commands_to_check():
    assert len(RUNS) >= 3 and any(line.startswith("make demo") for line in SHELL)


@pytest.mark.parametrize("arguments", RUNS, ids=" ".join)
def test_its_run_commands_compose_or_fail_as_printed(arguments):
    try:
        assert cells([argument for argument in arguments if not argument.startswith("--")])
    except ConfigError as error:
        assert f"kage run: {error}" in TEXT


def test_its_report_command_works_on_what_its_run_command_leaves(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["run", *RUNS[0], "budget=smoke"]) == 0
    (report,) = [shlex.split(line)[1:] for line in SHELL if line.startswith("kage report")]
    assert main(report) == 0
    assert {"pairs.csv", "pairs.md", "pairs.tex", "suites.csv"} <= {path.name for path in Path("outputs/demo/report").iterdir()}


def test_its_python_runs(monkeypatch):
    monkeypatch.chdir(ROOT)
    (code,) = [block for block in re.findall(r"```python\n(.*?)```", TEXT, re.S) if "KAGE_Env" in block]
    names = {}
    exec(code, names)
    assert names["obs"].shape == (64, 128, 128, 3)


def test_its_links_and_pictures_exist():
    for target in re.findall(r"\]\((?!http)([^)]+)\)", TEXT):
        assert (ROOT / target).exists(), target
