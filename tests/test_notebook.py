"""The notebook runs from top to bottom, offline, and is kept without results."""

import json
import re
import socket

import matplotlib
import pytest
from commands import ROOT

NOTEBOOK = ROOT / "docs" / "tour.ipynb"
CELLS = json.loads(NOTEBOOK.read_text())["cells"]
TINY = "# @package _global_\ndefaults: [smoke]\nbudget: {name: tiny, total_steps: 96, agreement_episodes: 0}\n"
CODE = ["".join(cell["source"]) for cell in CELLS if cell["cell_type"] == "code"]


def test_it_is_kept_without_results_and_its_links_exist():
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in CELLS)
    for target in re.findall(r"\]\((?!http|#)([^)#]+)", "".join(sum((cell["source"] for cell in CELLS), []))):
        assert (NOTEBOOK.parent / target).exists(), target


@pytest.mark.thorough
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*non-interactive")
def test_it_runs_from_top_to_bottom_without_a_network(tmp_path, monkeypatch):
    def refuse(*arguments):
        raise AssertionError("the notebook asked for a network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "budget").mkdir()
    (tmp_path / "budget" / "tiny.yaml").write_text(TINY)
    monkeypatch.setenv("KAGE_CONF", str(tmp_path))
    matplotlib.use("Agg")
    names: dict = {}
    assert sum('BUDGET = "quick"' in cell for cell in CODE) == 1
    for cell in CODE:
        exec(cell.replace('BUDGET = "quick"', 'BUDGET = "tiny"'), names)
    assert set(names["success"].pair) == {"background_2", "layout_1"}
    assert sorted(names["doses"].dose.unique()) == [0.1, 0.2, 0.4]
    assert len(names["doses"]) == 6  # 3 doses of 2 seeds
