"""The family `first_person`: every pair keeps its name, what the world lacks is refused, certificates hold."""

import json

import pytest
from conftest import optimised
from PIL import Image

from kage import registry
from kage.certificate import axis_of, compare
from kage.first_person import certify
from kage.first_person.config import load_config_from_yaml
from kage.first_person.latent import FORWARD, LEFT, RIGHT
from kage.launch.cli import main
from kage.launch.compose import cells, one_world
from kage.launch.episode import Episode, Stage
from kage.launch.play import press
from kage.look.configuration import difference
from kage.params import ConfigError
from kage.train import Trainer

SMALL = ["task=first_person", "layout.size=5", "H=36", "W=36", "episode_length=32"]


def test_every_pair_keeps_its_name_and_changes_a_look_alone():
    found = cells(["task=first_person", "suite=all"])
    assert len({cell.shift.pair for cell in found}) == len(found) == 34
    assert {cell.shift.pair for cell in found} == {cell.shift.pair for cell in cells(["suite=all"])}
    for cell in found:
        assert cell.recipe.family.name == "first_person" and cell.shifted is not None
        assert cell.recipe.family.twins(cell.world, cell.shifted), cell.shift.pair
        assert cell.recipe.family.world(cell.world.to_dict()) == cell.world


def test_keys_that_both_worlds_have_keep_the_defaults_of_each():
    (here,), (there,) = cells(["task=first_person"]), cells([])
    assert (here.world.env.episode_length, here.world.env.timestep_penalty) == (250, 0.01)
    assert (there.world.env.episode_length, there.world.env.timestep_penalty) == (500, 0.1)
    (given,) = cells(["task=first_person", "episode_length=500"])
    assert given.world.env.episode_length == 500
    (quick,) = cells(["task=first_person", "budget=first_person_quick"])
    assert quick.world.env.layout.size == 7 and quick.world.shape() == (3, 64, 64)
    (npcs,) = cells(["task=first_person", "pair=distractors_1"])
    assert npcs.shifted.env.npc.max_npc_count == 8


@pytest.mark.parametrize("overrides, words", [
    (["task=first_person", "layout=flat"], "layout/flat: layout.pix_per_unit=0 is not allowed: no such key"),
    (["task=first_person", "physics=low_gravity"], "physics/low_gravity: physics.gravity=0.4 is not allowed: no such key"),
    (["task=first_person", "jump_penalty=1"], "task=first_person has no jump_penalty"),
    (["layout.size=9"], "layout.size=9 is not allowed: no such key"),
    (["goal_reward=2"], "task=kage has no goal_reward"),
    (["task=first_person", "eval.H=64"], "policies see frames of the training look's size"),
    (["task=first_person", "curriculum.vary={physics.move_speed: [1, 2]}"], "physics.move_speed"),
])  # fmt: skip
def test_what_a_world_lacks_is_refused(overrides, words):
    with pytest.raises(ConfigError) as refused:
        cells(overrides)
    assert words in str(refused.value)


def test_a_pair_changes_only_what_its_suite_is_about():
    """Stepping all of them is `kage certify task=first_person suite=all`."""
    for cell in cells(["task=first_person", "suite=all"]):
        axis = axis_of(cell.shift.suite, cell.recipe.family.sections)
        changed = cell.world.difference(cell.shifted)
        assert axis and changed and {key.partition(".")[0] for key in changed} <= set(axis), cell.shift.pair


def test_pictures_on_walls_are_part_of_ids_only_where_they_are_shown():
    """A key of pictures is another training with the texture that shows them, and is refused with any other."""
    def one(*overrides):
        return cells(["task=first_person", *overrides])[0]

    assert "wall_image_dir" not in one().world.spoken()["env"]["layout"]
    shown = one("layout.wall_texture=picture")
    assert shown.world.spoken()["env"]["layout"]["wall_image_dir"] and shown.training_id != one().training_id
    path = "layout.wall_image_path=assets/backgrounds/bg-1.png"
    assert one("layout.wall_texture=picture", path).training_id != shown.training_id
    (cell,) = cells(["task=first_person", f"eval.{path}", "eval.layout.wall_texture=picture"])
    assert cell.cases[1].change == "walls bricks -> bg-1.png"
    with pytest.raises(ConfigError, match="layout.wall_texture"):
        one(path)


def test_a_person_walks_by_arrow_keys_and_sees_the_map_that_agents_never_see():
    family, world = one_world(SMALL)
    stage = Stage(family, world.env)
    held: set[str] = set()
    actions = [press(held, turn, family.people.KEYS)[0] for turn in (
        [("up", True)], [("right", True)], [("up", False)], [("right", False), ("a", True)])]  # fmt: skip
    assert actions == [FORWARD, FORWARD | RIGHT, FORWARD | RIGHT, LEFT | RIGHT]  # what goes up in a turn still counts in it
    episode = Episode(stage, 3)
    start = episode.state.latent
    for action in actions:
        episode.act(action)
    assert episode.state.latent.heading == (start.heading + 16) % 256 and episode.state.latent.x != start.x
    shown = stage.draw(episode.state)
    assert shown.shape == (36, 72, 3) and world.shape() == (3, 36, 36)
    assert list(episode.measures) == ["distance", "progress", "success", "return"]
    while not episode.over:
        episode.act(stage.scripted(episode.state))
    assert episode.measures["distance"] > 1 and len(episode.actions) == 32


def test_films_sheets_and_exports_are_of_the_world_that_is_asked_for(tmp_path, capsys):
    film, look = tmp_path / "both.gif", tmp_path / "look.yaml"
    assert main(["gallery", str(film), *SMALL, "pair=layout_1", "--both", "--steps", "3"]) == 0
    with Image.open(film) as picture:
        assert picture.size == (2 * (2 * 72) + 8, picture.size[1]) and picture.n_frames == 2
    assert main(["gallery", str(tmp_path), *SMALL, "--only", "^layout_colors"]) == 0
    with Image.open(tmp_path / "layout_colors.png") as picture:
        assert picture.size[0] == 4 + 8 * (36 + 4)
    assert main(["export", *SMALL, "pair=layout_1", "--eval", "--to", str(look)]) == 0
    (cell,) = cells([*SMALL, "pair=layout_1"])
    assert load_config_from_yaml(look) == cell.shifted.env
    assert main(["export", "task=kinetix", "--to", str(look)]) == 2
    assert "task=kinetix has levels and no looks" in capsys.readouterr().err


def test_a_pair_certifies_and_a_change_of_the_task_is_caught():
    (cell,) = cells([*SMALL, "pair=layout_1"])
    family = cell.recipe.family
    certificate = family.certify(*cell.cases, episodes=6)
    assert certificate.ok, certificate.violations
    assert certificate.pixels_differing > 0.2 and certificate.steps == 32
    one, other = (certify.record(world.env, 6) for world in (cell.world, cell.shifted))
    assert one.latent["goals"][-1, 2::3].sum() > 0  # the walker of every third episode reaches goals
    (changed,) = cells([*SMALL, "physics.move_speed=100"])
    caught = compare(other, certify.record(changed.world.env, 6), difference(cell.world.env, changed.world.env), None)
    assert caught.physics == ("move_speed",) and {"x", "reward", "observed state"} <= caught.diverged.keys()


@pytest.mark.thorough
def test_a_control_is_trained_measured_and_reported(outputs, capsys):
    """From the numbers behind the picture, so that nothing is drawn; and repeated, so that nothing is left to do."""
    command = ["run", *SMALL[:2], "task.observe=state", "encoder=mlp", "budget=smoke", "pair=background_2",
               "budget.agreement_episodes=0", f"outputs={outputs}"]  # fmt: skip
    assert main(command) == 0
    assert "background_2" in capsys.readouterr().out
    (folder,) = (path.parent for path in outputs.rglob("eval.jsonl"))
    lines = (folder / "eval.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    names = {metric.name for metric in registry.family("first_person").metrics}
    assert names <= {row["metric"] for row in rows}
    train, shifted = ([row["value"] for row in rows if row["split"] == split and row["metric"] == "return"]
                      for split in ("train", "eval"))  # fmt: skip
    assert len(train) > 1 and train == shifted  # no look can change what is observed
    assert main(command) == 0
    assert (folder / "eval.jsonl").read_text().splitlines() == lines


@pytest.mark.thorough
@optimised
def test_ppo_learns_to_find_goals_in_a_small_room():
    """Five seeds, 0 to 4, had a success rate of 1.00 after as many steps."""
    small = ["layout.size=5", "H=32", "W=32", "task.pool=1", "budget.total_steps=98304"]
    (cell,) = cells(["task=first_person", "budget=first_person_quick", "background=black", "character=teal_circle", *small])
    trainer = Trainer(cell.recipe.method(), seeds=[0])
    learners, _ = trainer.advance(trainer.init(), 0, cell.recipe.updates)
    (found,) = trainer.evaluate(trainer.policies(learners), [(trainer.task, None)], step=0, episodes=64)
    assert found["success_rate"] > 0.9
