"""`kage check`: the checks that a method has of its own trainings, on the folder of a run."""

import re

import pytest
from runs import seeds
from synthetic import SMALL, write_results

from kage.launch.cli import main
from kage.runs.run import STATE


@pytest.mark.thorough
def test_every_check_is_printed_and_the_exit_code_says_whether_all_passed(outputs, capsys):
    assert main(["run", "agent=smg", "budget=smoke", "pair=background_2", f"outputs={outputs}"]) == 0
    capsys.readouterr()
    code = main(["check", str(outputs), "--steps", "2"])
    lines = re.findall(r"^  (\w\d?) +(pass|fail|report) +\S.*: \S", capsys.readouterr().out, re.M)
    assert sorted({letter[0] for letter, _ in lines}) == list("ABCDEFGHIJ")
    assert code == ("fail" in {word for _, word in lines})
    (folder,) = seeds(outputs)
    (folder / STATE).unlink()
    assert main(["check", str(outputs)]) == 1 and f"{STATE} is missing" in capsys.readouterr().err


def test_a_folder_without_such_a_method_is_refused(tmp_path, capsys):
    assert main(["check", str(write_results(tmp_path, SMALL, seeds=range(1)))]) == 2
    assert "no run of a method with checks of its own, such as agent=smg" in capsys.readouterr().err
