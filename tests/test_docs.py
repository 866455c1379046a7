"""What README and docs say can be typed, can be typed; what they generate is what the code says."""

import dataclasses
import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from commands import ROOT, perform, perform_page, shell_lines
from conftest import thorough

from kage.launch.compose import cells, one_world
from kage.params import ConfigError
from kage.platformer.config import GROUPS

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
WALKED = ROOT / "docs" / "extending.md"  # its files are written and its changes made, in a copy
FIRST_HOUR = ROOT / "docs" / "first-hour.md"  # it does what the README does, and longer
OFTEN = [page for page in PAGES if page not in (WALKED, FIRST_HOUR)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Where a reader stands, and is at home: with the files that pages read, and the cluster guide's."""
    folder = tmp_path_factory.mktemp("reader")
    for name in ("tests", "docs"):
        (folder / name).symlink_to(ROOT / name)
    own = folder / "kage" / "cluster" / "mine.yaml"
    own.parent.mkdir(parents=True)
    own.write_text(re.search(r"`conf/cluster/mine.yaml`.*?```yaml\n(.*?)```", (ROOT / "docs/cluster.md").read_text(), re.S)[1])
    return folder


def test_there_is_something_to_check():
    assert sum(len(shell_lines(page.read_text())) for page in PAGES) > 40


@pytest.mark.slow
@pytest.mark.parametrize("page", [*OFTEN, *thorough(FIRST_HOUR)], ids=lambda page: page.name)
def test_every_command_and_every_python_block_works(page, folder, monkeypatch):
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(folder))
    perform_page(page)


@pytest.mark.thorough
@pytest.mark.slow
def test_the_walk_through_is_exact(tmp_path):
    checkout = tmp_path / "checkout"
    for name in ("kage", "launch", "analysis", "conf"):
        shutil.copytree(ROOT / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
    (checkout / "assets").symlink_to(ROOT / "assets")
    follow(WALKED.read_text(), checkout)
    environment = os.environ | {"PYTHONPATH": f"{checkout}{os.pathsep}{ROOT / 'tests'}"}
    done = subprocess.run([sys.executable, "-m", "commands", WALKED], cwd=tmp_path, env=environment, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert "night_1" in done.stdout and "modest" in done.stdout


def follow(text: str, checkout: Path) -> None:
    """Write the files that a page shows below their names, and make its changes to those that exist."""
    for name, kind, block in re.findall(r"^`([\w/.]+)`:\n\n```(yaml|python|diff)\n(.*?)```", text, re.S | re.M):
        path = checkout / name
        if kind != "diff":
            assert not path.exists(), f"{name} is there already"
            path.write_text(block)
            continue
        for hunk in block.split("@@\n"):
            lines = [(line[:1] or " ", line[1:]) for line in hunk.splitlines()]
            before, after = ("".join(f"{rest}\n" for sign, rest in lines if sign != other) for other in "+-")
            assert path.read_text().count(before) == 1, f"{name} does not hold, once:\n{before}"
            path.write_text(path.read_text().replace(before, after))


def test_a_command_without_a_rule_is_not_passed_over():
    for line in ("kage dance", "pip install kage", "git clone x"):
        with pytest.raises(AssertionError, match="no rule"):
            perform(line, "")
    with pytest.raises((AssertionError, ConfigError)):
        perform("kage run filters.brigtness=1", "")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_pictures_exist(page):
    for target in re.findall(r"\]\((?!http|#)([^)#]+)", page.read_text()):
        assert (page.parent / target).exists(), target


def test_the_reference_of_parameters_is_up_to_date():
    text = runpy.run_path(str(ROOT / "docs" / "reference.py"))["text"]()
    assert text == (ROOT / "docs" / "parameters.md").read_text(), "run python docs/reference.py"


def test_every_parameter_of_the_groups_has_its_pictures(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "docs")
    strips = runpy.run_path(str(ROOT / "docs" / "strips.py"))["STRIPS"]
    assert {key: list(group) for key, group in strips.items()} == {
        key: [field.name for field in dataclasses.fields(cls)] for key, cls in GROUPS.items()
    }  # fmt: skip


def test_the_picture_of_training_looks_shows_those_of_the_benchmark():
    looks = runpy.run_path(str(ROOT / "docs" / "looks.py"))["LOOKS"]
    assert [text[:2] for text in looks] == [f"T{i}" for i in range(1, 8)]
    assert {one_world(options)[1].look_id for options in looks.values()} == {cell.world.look_id for cell in cells(["suite=all"])}
