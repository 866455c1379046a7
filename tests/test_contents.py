"""Pictures are known by what they show: in ids, in plans, and when a training begins that was planned before."""

import dataclasses
import shutil

import pytest
import yaml
from PIL import Image
from rich.console import Console

from kage.launch.block import Block, Stop
from kage.launch.compose import cells
from kage.launch.measure import requested
from kage.launch.plan import plan
from kage.look import files
from kage.params import ConfigError
from kage.platformer.family import Platformer
from kage.recipe import Recipe
from kage.runs.run import read_status

IMAGE = "background.mode=image"


def picture(path, shade):
    """A small picture of one shade."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 8), (shade, 0, 0)).save(path)


@pytest.fixture
def folder(tmp_path):
    """Two pictures and two skins of one frame each."""
    for number in (1, 2):
        picture(tmp_path / "here/own" / f"{number}.png", number)
        picture(tmp_path / "here/skins" / f"skin-{number}" / "0.png", 10 * number)
    return tmp_path / "here"


def ids(*overrides):
    """The ids of training and evaluation look that a command asks for."""
    (cell,) = cells([*overrides, "eval.filters.brightness=0.5"])
    return cell.training_id, cell.cases[-1].id


KEYS = {
    "pictures": lambda at: (IMAGE, f"background.image_dir={at / 'own'}"),
    "listed pictures": lambda at: (IMAGE, f"background.image_paths=[{at / 'own/1.png'},{at / 'own/2.png'}]"),
    "one picture": lambda at: (IMAGE, f"background.image_path={at / 'own/1.png'}"),
    "skins": lambda at: ("character=all_skins", f"character.sprite_dir={at / 'skins'}"),
    "one skin": lambda at: ("npc=world_all", f"npc.sprite_path={at / 'skins/skin-1'}"),
    "sticky skins": lambda at: ("npc=sticky_all", f"npc.sticky_sprite_dir={at / 'skins'}"),
}  # fmt: skip


@pytest.mark.parametrize("key", KEYS)
def test_the_same_files_elsewhere_are_the_same_training_and_a_replaced_one_is_another(folder, key):
    before = ids(*KEYS[key](folder))
    shutil.move(folder, moved := folder.with_name("moved"))
    assert ids(*KEYS[key](moved)) == before
    picture(moved / ("own/1.png" if "picture" in key else "skins/skin-1/0.png"), 99)
    after = ids(*KEYS[key](moved))
    assert all(one != other for one, other in zip(before, after, strict=True))


def test_names_count_only_as_far_as_they_give_the_order(folder):
    own = folder / "own"
    command = KEYS["pictures"](folder)
    before = ids(*command)
    (own / "2.png").rename(own / "10.png")
    assert ids(*command) == before
    (own / "10.png").rename(own / "0.png")
    assert ids(*command) != before


def test_assets_keep_the_ids_they_had_by_path_and_changed_assets_do_not(tmp_path, monkeypatch):
    asset = files.HOME / "assets/backgrounds/bg-1.png"
    copy = shutil.copy(asset, tmp_path / "mine.png")
    by_path = Platformer().world({"env": cells(["background=image_1"])[0].world.to_dict()["env"]}).spoken()
    assert cells(["background=image_1"])[0].world.spoken() == by_path
    assert ids("background=image_1", f"background.image_paths=[{copy}]") == ids("background=image_1")
    before = ids("background=image_1")
    picture(tmp_path / "assets/backgrounds/bg-1.png", 7)
    monkeypatch.setattr(files, "HOME", tmp_path)
    assert ids("background=image_1") != before


def test_files_that_nothing_shows_are_not_looked_at():
    values = {"background": {"mode": "black", "image_dir": "/no/such/folder"}, "npc": {"enabled": False}}
    assert set(Platformer().world(values).files) == {"character.sprite_dir"}


def test_a_command_looks_at_each_folder_once(folder, monkeypatch):
    looked = []
    once = files.picture_files
    monkeypatch.setattr(files, "picture_files", lambda *key: looked.append(key) or once(*key))
    assert len(cells([*KEYS["pictures"](folder), "eval.filters.brightness=0.1,0.2,0.3"])) == 3
    assert len(looked) == 1


def test_the_configuration_of_a_run_holds_the_contents(folder):
    (cell,) = cells(KEYS["pictures"](folder))
    config = yaml.safe_load(yaml.safe_dump(cell.recipe.to_dict() | {"budget": dataclasses.asdict(cell.budget)}))
    assert list(config["files"]) == ["background.image_dir"]
    picture(folder / "own" / "3.png", 3)
    assert Recipe.from_dict(config).id == cell.training_id != cells(KEYS["pictures"](folder))[0].training_id


@pytest.mark.parametrize("key", ["", "eval."])
def test_a_training_that_finds_other_files_than_were_planned_refuses(folder, key):
    command = [key + part for part in KEYS["pictures"](folder)]
    (training,) = plan(cells([*command, "budget=smoke", f"outputs={folder / 'outputs'}"]))
    picture(folder / "own" / "2.png", 50)
    with pytest.raises(ConfigError, match="background.image_dir='.*own': these files were replaced, added or removed"):
        Block(training, [0], Console(quiet=True), Stop()).run()
    assert read_status(training.run_folder(0))["state"] == "failed"
    shutil.rmtree(folder / "own")
    with pytest.raises(ConfigError, match="background.image_dir='.*own' is not allowed: a folder of pictures"):
        Block(training, [0], Console(quiet=True), Stop()).run()


def test_what_was_measured_on_replaced_pictures_is_kept_and_not_continued(folder):
    command = [f"eval.{part}" for part in KEYS["pictures"](folder)]
    (training,) = plan(cells([*command, f"outputs={folder / 'outputs'}"]))
    run = training.run_folder(0)
    run.mkdir(parents=True)
    block = Block(training, [0], Console(quiet=True), Stop())
    (run / "config.yaml").write_text(yaml.safe_dump(block.describe()))
    recipe, shifted = training.cell.recipe, training.cases[-1]
    assert [case.id for case in requested(run, recipe).cases] == [case.id for case in training.cases]
    picture(folder / "own" / "2.png", 50)
    found = requested(run, recipe)
    assert [case.split for case in found.cases] == ["train"] and [look["look_id"] for look in found.gone] == [shifted.id]
    (again,) = plan(cells([*command, f"outputs={folder / 'outputs'}"]))
    block = Block(again, [0], Console(quiet=True), Stop())
    block.training = block.with_earlier_requests()
    looks = [look["look_id"] for look in block.describe()["looks"]]
    assert looks == [*(case.id for case in again.cases), shifted.id] and again.cases[-1].id != shifted.id
