"""What makes a training the same training: the recipe's id, its label, and the code that it runs."""

import ast
import dataclasses
import textwrap
from pathlib import Path

import pytest

from kage import registry
from kage.identity import costly, digest, spoken
from kage.launch import sources
from kage.launch.compose import cells
from kage.params import ConfigError, group, param
from kage.recipe import Recipe


@group("first")
class First:
    """A section as it was in the first version."""

    name: str = param("a", "which", among=("a", "b"))
    speed: float = param(1.0, "how fast", cost=False)


@group("first")
class Later:
    """The same section with fields that were added later."""

    name: str = param("a", "which", among=("a", "b"))
    speed: float = param(1.0, "how fast", cost=False)
    stack: int = param(4, "a field whose default is not its neutral value", low=1, neutral=1)
    doses: list[float] = param([], "a list", neutral=[])


@group("")
class Nested:
    """A group within a group."""

    later: Later = dataclasses.field(default_factory=Later)
    length: int = param(3, "a number", low=1)


def recipe(*overrides) -> Recipe:
    return cells(["pair=background_2", *overrides])[0].recipe


def test_a_field_added_later_is_no_part_of_ids_at_its_neutral_value_whatever_its_default():
    assert spoken(Later(stack=1)) == spoken(First()) == {"name": "a", "speed": 1.0}
    assert spoken(Later()) == {"name": "a", "speed": 1.0, "stack": 4}
    assert spoken(Later(stack=1, doses=[0.5]))["doses"] == [0.5]
    assert spoken(Nested(later=Later(stack=1))) == {"later": spoken(First()), "length": 3}
    assert digest({"a": 1, "b": [2]}) == digest({"b": [2], "a": 1}) != digest({"a": 1, "b": [3]})


def test_speeds_carry_over_between_values_that_cost_nothing():
    assert costly(First(speed=2.0)) == costly(First()) == {"name": "a"}
    base = recipe().cost_id
    assert recipe("agent.gamma=0.5", "background=purple", "budget.total_steps=99999").cost_id == base
    others = ["agent.num_envs=64", "encoder=cnn_small", "task.pool=2", "H=64"]
    found = [recipe(*([other] if other != "H=64" else ["H=64", "layout.height_px=64"])).cost_id for other in others]
    assert len({base, *found}) == 1 + len(others)


def test_the_id_is_of_all_that_can_change_the_policy_and_of_nothing_else():
    base = recipe().id
    same = ["memory=none", "curriculum=random", "eval.filters.brightness=0.5", "budget.eval_every=7", "outputs=x"]
    other = ["agent.gamma=0.5", "encoder=cnn_small", "encoder.dense=256", "background=purple", "budget.total_steps=99999", "agent=random"]
    assert {recipe(one).id for one in same} == {base}
    assert len({base, *(recipe(one).id for one in other)}) == 1 + len(other)


def test_sections_that_a_method_does_not_use_are_no_part_of_its_id():
    """An agent that learns nothing is the same under every budget that does not change the world."""
    one = recipe("agent=random")
    assert set(one.spoken()) == {"env", "task", "agent"} and one.spoken()["agent"] == {"name": "random"}
    assert one.updates == one.steps == 0
    assert recipe("agent=random", "budget.total_steps=12345").id == one.id != recipe("agent=noop").id


def test_the_label_names_whatever_is_not_usual(monkeypatch):
    assert [recipe(*it).label for it in ([], ["agent=noop"], ["encoder=cnn_small"])] == ["ppo", "noop", "ppo"]

    @group("encoder")
    class Wide(type(recipe().encoder)):
        """Another encoder."""

        name: str = param("wide", "the encoder", among=("wide",))

    assert dataclasses.replace(recipe(), encoder=Wide()).label == "ppo-wide"
    assert recipe("agent=drac").label == "drac-overlay" and recipe("agent=rad", "augment=shift").label == "rad-shift"


def test_an_augmentation_is_part_of_what_is_trained_only_with_methods_that_augment():
    """So it changes no id of PPO, and none of the method's other trainings."""
    plain, drac, other = recipe(), recipe("agent=drac"), recipe("agent=drac", "augment=shift")
    assert "augment" not in plain.spoken() and "augment" not in plain.to_dict() and drac.id != other.id != plain.id
    written = drac.to_dict() | {"budget": {"total_steps": drac.total_steps}}
    assert Recipe.from_dict(written).id == drac.id


def test_a_recipe_survives_the_configuration_of_a_run():
    for made in (recipe(), recipe("agent=random"), recipe("encoder.dense=64", "task.pool=2", "budget=quick")):
        written = made.to_dict() | {"budget": {"total_steps": made.total_steps}}
        again = Recipe.from_dict(written)
        assert again.id == made.id and again.world == made.world and again.to_dict() == made.to_dict()


DR = "curriculum.vary={filters.brightness: [-0.5, 0.5]}"


def test_what_training_knows_is_derived_from_its_parts():
    """agnostic: the same for every shift; informed: something was chosen; and tables read it from config.yaml."""
    tracks = {recipe(*one).track for one in ([], ["agent=random"], ["agent=drac"], ["agent=ucb_drac"], ["agent=netrand"])}
    assert tracks == {"agnostic"}
    assert recipe("agent=drac", "augment.weight=0.9").track == recipe(DR).track == "informed"


def test_levels_that_draw_parameters_make_another_training_with_a_name_of_its_own():
    plain, varied = recipe(), recipe(DR)
    assert varied.id != plain.id and varied.label == "ppo-dr" and varied.spoken()["curriculum"] == {"vary": varied.vary}
    assert set(varied.task().vary) == {"filters.brightness"} and varied.task().params.look.filters is not None
    written = varied.to_dict() | {"budget": {"total_steps": varied.total_steps}}
    assert Recipe.from_dict(written).id == varied.id


@pytest.mark.parametrize("pair, vary, words", [
    ("filters_1", "{filters.brightness: [-0.5, 1]}", "it can draw the evaluation look, filters.brightness 0 -> 1"),
    ("filters_1", "{filters.brightness: [-0.5, 0.93]}", "or one close to it"),
    ("filters_1", "{filters.brightness: [0, 1], filters.contrast: [0.5, 1.5]}", "it can draw"),
    ("background_2", "{filters.brigtness: [0, 1]}", "nearest valid: filters.brightness"),
    ("background_2", "{filters.brightness: [1, 0]}", r"nearest valid: \[0.0, 1.0\]"),
    ("background_2", "{filters.brightness: [0, 9]}", "curriculum.vary: filters.brightness=9.0 is not allowed"),
    ("background_2", "3", "a mapping"), ("background_2", "{filters.brightness: 1}", "a list, each a number"),
])  # fmt: skip
def test_levels_may_not_draw_what_is_evaluated_nor_what_cannot_vary(pair, vary, words):
    with pytest.raises(ConfigError, match=words):
        cells([f"pair={pair}", f"curriculum.vary={vary}"])


def test_levels_may_draw_other_values_or_what_the_command_allows():
    for allowed in ("{filters.brightness: [-0.5, 0.5]}", "{filters.contrast: [0.5, 1.5]}",
                    "{filters.brightness: [0, 1], filters.contrast: [2, 3]}"):  # fmt: skip
        cells(["pair=filters_1", f"curriculum.vary={allowed}"])
    (one,) = cells(["pair=filters_1", "curriculum.vary={filters.brightness: [0, 1]}", "plan.covered=true"])
    assert one.recipe.track == "informed"


def closure(roots) -> set[str]:
    """Every module that `sources.digest` looks at."""
    seen, waiting = set(), list(roots)
    while waiting:
        module = waiting.pop()
        if module not in seen and (path := sources.source(module)):
            seen.add(module)
            waiting += [name for name in sources.imported(module, path) if name.startswith("kage")]
    return seen


def test_the_code_of_a_world_and_of_a_method_are_told_apart():
    world = closure([*sources.WORLD, "kage.platformer.task"])
    method = closure(type(option).__module__ for option in recipe().used.values())
    assert {"kage.evaluate", "kage.platformer.latent", "kage.look.filters.noise", "kage.look.hashing"} <= world
    assert not {name for name in world if name.startswith(("kage.methods", "kage.curricula"))}
    assert {"kage.methods.ppo", "kage.methods.rollout", "kage.networks.convolution", "kage.curricula.random"} <= method
    assert not {name for name in method if name.startswith(("kage.platformer", "kage.look", "kage.methods.untrained"))}


def test_the_code_changes_with_a_file_that_is_run_and_with_no_other(monkeypatch):
    before, honest = sources.code_of(recipe()), sources.source

    def edited(*changed, line="EDITED = 1"):
        """The digests after these modules were changed."""
        with monkeypatch.context() as patch:
            patch.setattr(sources, "source", lambda module: Edited(honest(module), line) if module in changed else honest(module))
            return sources.code_of(recipe())

    class Edited:
        """A file with one more line."""

        def __init__(self, path, line):
            self.path, self.line = path, line

        def __getattr__(self, name):
            return getattr(self.path, name)

        def read_text(self):
            return f"{self.path.read_text()}\n{self.line}"

    assert edited("kage.methods.rollout", "kage.platformer.latent", line="# explained") == before
    assert edited() == edited("kage.methods.untrained", "kage.launch.cli", "kage.runs.run", "kage.platformer.certify") == before
    assert edited("kage.methods.rollout")["world"] == before["world"] != edited("kage.platformer.latent")["world"]
    assert edited("kage.methods.rollout")["method"] != before["method"] == edited("kage.look.filters.noise")["method"]


def test_comments_docstrings_and_blank_lines_are_no_code():
    text = '''
    """A file.

    Of two paragraphs.
    """
    # first

    class Part:
        """é"""; size = "é"  # px

        def level(self):
            """Kept as it is."""
            return """
    # .  #

     #  .
    """  # with its blank line
    '''
    bare = ["class Part:", "    ; size = \"é\"", "    def level(self):", '        return """', "# .  #", "", " #  .", '"""']
    assert sources.uncommented(textwrap.dedent(text)).splitlines() == bare
    for path in (Path(sources.__file__), Path(registry.__file__)):
        ast.parse(sources.uncommented(path.read_text()))
    assert sources.uncommented('x = "\f"\n\f\ny = "\u2028"  # z\n').split("\n") == ['x = "\f"', 'y = "\u2028"']
    assert sources.uncommented("x = 1\n") != sources.uncommented("x = 2\n")


def test_names_are_found_in_their_folders_and_what_is_not_there_is_refused():
    first, *others = registry.names("agent")
    assert first == "ppo" and {"drac", "random", "noop"} <= set(others) and registry.names("encoder")[0] == "cnn"
    with pytest.raises(ConfigError, match="agent.name='pop' is not allowed: one of ppo, .*, noop; nearest valid: ppo"):
        registry.find("agent", "pop")
    with pytest.raises(ConfigError, match="memory.name=None is not allowed"):
        registry.find("memory", None)
