"""Levels in files of the user's own are measured and trained on as those of the package, and known by what they hold."""

import json
import shutil

import jax
import numpy as np
import pytest
import yaml
from refusals import refused

pytest.importorskip("jax2d", reason="the extra kinetix is not installed: pip install 'kage-lab[kinetix]'")

from test_light import PERFORM, imported

from kage import ConfigError
from kage.kinetix import load_level, stack_levels
from kage.kinetix.files import save_levels
from kage.launch.compose import cells
from kage.launch.measure import requested
from kage.recipe import Recipe

FIRST, SECOND, THIRD = "s/h2_one_wheel_car", "m/arm_up", "s/h6_unicycle_right"


def save(path, *names, size):
    path.parent.mkdir(parents=True, exist_ok=True)
    save_levels(path, stack_levels([load_level(name, size) for name in names]))
    return path


@pytest.fixture
def mine(tmp_path):
    """A file of size m with two levels, of which the first needs size s and the second size m."""
    return save(tmp_path / "here" / "mine.npz", FIRST, SECOND, size="m")


def cell(*overrides):
    (found,) = cells(["task=kinetix", "task.size=m", "budget=smoke", *overrides])
    return found


def trained(*names):
    """The recipe of a training on levels of a list."""
    return cell("curriculum=fixed", f"curriculum.levels=[{','.join(map(str, names))}]", "eval.levels=[]").recipe


def equal(one, other):
    jax.tree.map(np.testing.assert_array_equal, one, other)


def test_all_levels_of_a_file_are_measured_or_one_of_them(mine):
    found = cell("agent=noop", f"eval.levels=[arm,{mine},{mine}/1]")
    family, cases = found.recipe.family, found.cases[5:]
    assert [(case.suite, case.pair, case.world.task.size) for case in cases] == [("mine.npz", f"mine.npz/{i}", "m") for i in (0, 1)]
    for case, name in zip(cases, (FIRST, SECOND)):
        equal(family.level(case), load_level(name, "m"))
    (*_, case) = cell("agent=noop", f"eval.levels=[{mine}/0]", "eval.size=s").cases
    equal(family.level(case), load_level(FIRST))


def test_a_training_plays_levels_of_files_beside_names_and_suites(mine):
    recipe = trained(mine, "arm", THIRD)
    assert recipe.label == "ppo-fixed7" and recipe.track == "informed"
    levels = stack_levels([load_level(name, "m") for name in (FIRST, SECOND, "m/arm_hard", "m/arm_left", "m/arm_right", "m/arm_up", THIRD)])
    curriculum = recipe.curriculum.build(None, levels=recipe.levels())
    equal(jax.jit(curriculum.init)(jax.random.key(0)), levels)
    assert trained("arm").id == trained("m/arm_hard", "m/arm_left", "m/arm_right", "m/arm_up").id


def test_ids_know_what_a_file_holds_and_not_where_it_is(mine):
    def ids(path):
        return trained(path).id, cell("agent=noop", f"eval.levels=[{path}]").cases[-1].id

    before = ids(mine)
    moved = shutil.copytree(mine.parent, mine.parent.with_name("there")) / "other.npz"
    (moved.parent / "mine.npz").rename(moved)
    assert ids(moved) == before and trained(f"{moved}/0", f"{moved}/1").id == before[0] != trained(f"{moved}/1").id
    save(mine, THIRD, SECOND, size="m")
    assert not {*ids(mine)} & {*before}


def test_a_run_knows_its_file_and_refuses_another_one(mine, tmp_path):
    found = cell("curriculum=fixed", f"curriculum.levels=[{mine}/0]", f"eval.levels=[{mine}/1,{SECOND}]")
    recipe, family = found.recipe, found.recipe.family
    looks = [case.names | {"change": family.changes(found.world, case)} for case in found.cases]
    config = recipe.to_dict() | {"budget": {"total_steps": recipe.total_steps}, "looks": looks}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(json.loads(json.dumps(config))))
    assert requested(tmp_path, recipe).cases == [*found.cases]
    again = Recipe.from_dict(yaml.safe_load((tmp_path / "config.yaml").read_text()))
    assert again.id == recipe.id and again.world == recipe.world
    equal(again.levels(), recipe.levels())
    save(mine, THIRD, SECOND, size="m")
    assert [look["pair"] for look in requested(tmp_path, recipe).gone] == ["mine.npz/1"]
    for _ in range(2):
        for use in (again.world.refuse_other_files, found.cases[0].world.refuse_other_files, again.levels):
            with pytest.raises(ConfigError, match="mine.npz: this file of levels was replaced or removed since"):
                use()
        mine.unlink(missing_ok=True)
    assert Recipe.from_dict(yaml.safe_load((tmp_path / "config.yaml").read_text())).id == recipe.id


@pytest.mark.parametrize("overrides, words", [
    (["eval.levels=[HERE/mina.npz]"], ["eval.levels=", "a file of levels that exists; nearest valid: HERE/mine.npz"]),
    (["eval.levels=[HERE/mine.npz/2]"], ["a level of the file, 0 .. 1; nearest valid: HERE/mine.npz/1"]),
    (["eval.levels=[HERE/mine.npz]", "eval.size=s"], ["eval.size='s' is not allowed: the level mine.npz/1 needs size m; nearest valid: m"]),
    (["eval.levels=[HERE/other.npz]"], ["eval.levels: HERE/other.npz holds no array circle_radius, which should be (1, 2) float32"]),
    (["eval.levels=[HERE/none.npz]"], ["eval.levels: HERE/none.npz holds no level"]),
    (["eval.levels=[HERE/mine.npz,HERE/below/mine.npz]"], ["files of different names", "another one is called mine.npz"]),
    (["eval.levels=[HERE/mine.npy]"], ["the name of a level, or a file of levels, *.npz"]),
    (["curriculum=fixed", "curriculum.levels=[HERE/mine.npz]", "task.size=s"],
     ["curriculum.levels=", "levels that task.size=s holds, and mine.npz/1 needs size m"]),
    (["curriculum=fixed", "curriculum.levels=[HERE/mine]"], ["curriculum.levels=", "the name of a level, as s/h0"]),
    (["curriculum=fixed", "curriculum.levels=[m]", "task.size=s"], ["task.size=s holds, and m/", "needs size m"]),
])  # fmt: skip
def test_what_is_wrong_is_one_line(overrides, words, mine):
    here = mine.parent
    with np.load(save(here / "below" / "mine.npz", FIRST, size="s")) as file:
        arrays = dict(file)
    np.savez(here / "none.npz", **{key: value[:0] for key, value in arrays.items()})
    arrays.pop("circle_radius")
    np.savez(here / "other.npz", **arrays)
    replaced = [[text.replace("HERE", str(here)) for text in texts] for texts in (overrides, words)]
    refused(["task=kinetix", *replaced[0]], replaced[1])


def test_composing_reads_a_file_without_jax(mine):
    found = imported(PERFORM, f"plan task=kinetix budget=smoke agent=noop eval.levels=[{mine}]")
    assert "numpy" in found and "jax" not in found
