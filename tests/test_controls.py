"""Controls that every comparison of methods wants beside it: training on the evaluation look, and equal compute."""

import pytest
import yaml
from rich.console import Console

from kage.launch.block import Block, Stop
from kage.launch.compose import cells
from kage.launch.measure import requested
from kage.launch.plan import plan
from kage.params import ConfigError


def test_a_control_trains_on_the_evaluation_look_of_every_pair_and_is_measured_there():
    """Under the pair's own names, and under a name of its own among methods."""
    plain, control = cells(["suite=all"]), cells(["suite=all", "train.look=eval"])
    for one, other in zip(plain, control, strict=True):
        train, shifted = other.cases
        assert shifted == one.cases[1] and train.world == shifted.world == other.world
        assert (train.id, train.split, train.change) == (shifted.id, "train", "train")
        assert (one.label, other.label) == ("ppo", "ppo-on_eval") and one.training_id != other.training_id


def test_a_control_shares_no_folder_with_a_training_that_is_called_otherwise():
    (control,), (direct,) = cells(["pair=background_2", "train.look=eval"]), cells(["background=purple"])
    assert control.recipe.id == direct.recipe.id == direct.training_id != control.training_id
    assert control.name == "on_eval_of_background_2-black-teal_circle-paper"


def test_what_a_control_is_measured_on_is_known_from_its_folder(tmp_path):
    (training,) = plan(cells(["pair=filters_4", "train.look=eval", f"outputs={tmp_path}"]))
    described = Block(training, [0], Console(), Stop()).describe()
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(described))
    found = requested(tmp_path, training.cell.recipe)
    assert [case.names for case in found.cases] == [case.names for case in training.cases] and not found.gone
    assert described["label"] == "ppo-on_eval" and found.cases[1].change == "filters.hue_shift 0 -> 180"


def test_there_is_no_control_without_an_evaluation_look():
    with pytest.raises(ConfigError, match="train.look='eval' is not allowed: there is no evaluation look"):
        cells(["train.look=eval"])


def test_a_method_that_is_given_more_compute_is_one_of_the_same_budget():
    """A grid over it makes methods side by side, not doses."""
    found = {cell.label: cell for cell in cells(["pair=background_2", "budget=quick", "agent.longer=1,1.8"])}
    plain, longer = found["ppo"], found["ppo-x1.8"]
    assert plain.training_id == cells(["pair=background_2", "budget=quick"])[0].training_id != longer.training_id
    batch = plain.recipe.agent.batch
    assert longer.recipe.steps == int(1.8 * plain.recipe.steps) // batch * batch
    assert longer.budget == plain.budget and longer.cases == plain.cases and not longer.shift.study
