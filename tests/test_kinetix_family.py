"""The family kinetix: which levels are measured, under which names, and how a command goes through."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("jax2d", reason="the extra kinetix is not installed: pip install 'kage-lab[kinetix]'")

from kage import ConfigError
from kage.family import Names
from kage.kinetix import level_names, load_level, stack_levels
from kage.kinetix.family import EvalConfig, Kinetix, KinetixWorld, TaskConfig, suites
from kage.kinetix.files import save_levels
from kage.launch.compose import cells
from kage.launch.measure import requested
from kage.runs.run import EVAL, read_rows

FAMILY, WORLD = Kinetix(), KinetixWorld(TaskConfig(size="m"))


def asked(levels, **more):
    return FAMILY.cases(WORLD, {"levels": levels, **more}, Names())


def test_suites_hold_all_levels_and_are_played_at_their_largest_size():
    assert {name: len(suites()[name]) for name in ("s", "m", "l", "all")} == {"s": 10, "m": 24, "l": 40, "all": 74}
    assert sum(len(levels) for name, levels in suites().items() if name not in "sml" and name != "all") == 74
    train, *cases = asked(["s", "m", "l"])
    assert train.level is None and train.world == WORLD and [case.pair for case in cases] == [*level_names()]
    assert all(case.world.task.size == case.suite == case.pair[0] for case in cases)
    for levels, size in ((["all"], "l"), (["mjc"], "l"), (["arm"], "m"), (["s/h2_one_wheel_car"], "s")):
        assert {case.world.task.size for case in asked(levels)[1:]} == {size}
        assert FAMILY.level(asked(levels)[1]).size.name == size
    assert {case.world.task.size for case in asked(["s"], size="m")[1:]} == {"m"}
    assert len({case.id for case in asked(["s", "m", "all", "random"])}) == 1 + 10 + 24 + 74


def test_each_case_is_found_again_from_what_a_run_keeps(tmp_path):
    """Also random levels, which are the training case under another name."""
    cases = asked(["arm", "m/arm_up", "random", "s"], size="l")
    recipe = cells(["task=kinetix", "task.size=m", "agent=noop"])[0].recipe
    looks = [case.names | {"change": FAMILY.changes(WORLD, case)} for case in cases]
    (tmp_path / "config.yaml").write_text(json.dumps({"looks": looks}))
    assert requested(tmp_path, recipe).cases == cases and not requested(tmp_path, recipe).gone


def test_the_file_of_the_task_asks_for_all_suites():
    (cell,) = cells(["task=kinetix", "agent=noop"])
    assert len(cell.cases) == 75 and cell.recipe.family.name == "kinetix" and cell.recipe.world.sees == "entities"
    (cell,) = cells(["task=kinetix", "agent=noop", "eval.levels=[random,arm]", "task.size=l"])
    assert [case.suite for case in cell.cases] == [None, "random", *["arm"] * 4]


@pytest.mark.parametrize("overrides, words", [
    (["eval.levels=[s/h2_one_wheel_cat]"], "eval.levels='s/h2_one_wheel_cat' is not allowed: one of s, m, l, all"),
    (["eval.levels=[s/h2_one_wheel_cat]"], "nearest valid: s/h2_one_wheel_car"),
    (["eval.levels=[l/rail]", "eval.size=m"], "eval.size='m' is not allowed: the level l/rail needs size l; nearest valid: l"),
    (["eval.levels=s"], "nearest valid: [s]"),
    (["eval.sizes=l"], "nearest valid: eval.size"),
    (["task.size=x"], "task.size='x' is not allowed: one of s, m, l"),
    (["curriculum.vary={filters.brightness:[0,1]}"], "levels of task=kinetix draw no parameters"),
    (["encoder=cnn"], "it takes pixels, and task=kinetix shows entities; nearest valid: entities"),
    (["task.pool=2"], "task=kinetix has no such key"),
])  # fmt: skip
def test_what_does_not_fit_is_one_clear_line(overrides, words):
    with pytest.raises(ConfigError) as error:
        cells(["task=kinetix", *overrides])
    assert words in str(error.value) and "\n" not in str(error.value)


def test_keys_of_one_family_are_unknown_to_another():
    with pytest.raises(ConfigError, match="no such key"):
        cells(["eval.levels=[s]"])
    assert {*EvalConfig.__dataclass_fields__} == {*FAMILY.eval_keys}


@pytest.mark.thorough
@pytest.mark.slow
def test_a_run_and_a_report(tmp_path):
    """Doing nothing solves none of these levels, of which one is in a file of the user's."""
    save_levels(tmp_path / "mine.npz", stack_levels([load_level("s/h2_one_wheel_car")]))
    environment = os.environ | {"XLA_FLAGS": "--xla_backend_optimization_level=0"}

    def kage(*arguments):
        done = subprocess.run([sys.executable, "-m", "kage", *arguments], cwd=tmp_path, text=True, env=environment,
                              capture_output=True, check=False)  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    out = kage("run", "task=kinetix", "task.size=s", "agent=noop", "budget=smoke", "experiment=kinetix",
               "eval.levels=[s/h0_weak_thrust,mine.npz]")  # fmt: skip
    assert "mine.npz/0 0.00" in out
    (folder,) = tmp_path.glob("outputs/kinetix/runs/*/seed=0")
    rows = {(row["pair"], row["metric"]): row["value"] for row in read_rows(folder / EVAL)}
    assert rows["mine.npz/0", "success_rate"] == 0 == rows["s/h0_weak_thrust", "success_rate"]
    assert len(rows) == 6 and np.isfinite([*rows.values()]).all()
    assert "level" in kage("report", "outputs/kinetix")
    assert "mine.npz/0" in (tmp_path / "outputs/kinetix/report/scores.csv").read_text()
