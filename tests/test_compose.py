"""Option files laid together by us and by Hydra are the same; what Hydra shows people stays what it was."""

import itertools
import random

import pytest
from PIL import Image
from runs import kage

from kage.launch.compose import cells, composition, spelled
from kage.launch.compose.files import Unusual, merge, with_value
from kage.launch.compose.tree import composed_by_hydra
from kage.params import ConfigError

GLOBAL = "# @package _global_\n"
VALUES = ["filters.brightness=0.5", "filters={brightness: 0.5}", "background.color_names=[red,lime]", "agent={gamma: 0.5}", "agent.gamma=1",
          "++encoder.dense=8", "+filters={contrast: 2}", "encoder.channels=[8,8,8]", "H=64", "shift.pair=mine", "experiment=x", "cluster.partition=null",
          "cluster.setup=['module load x']", "outputs=elsewhere", "filters.gamma=${jump_penalty}", spelled("cluster.account=1.10"), "tracker.wandb=true", "budget.total_steps=5", "jump_penalty=0.25"]  # fmt: skip


def both(overrides, tree):
    """What we and Hydra make of overrides: values, and the option of each group."""
    ours, theirs = tree.composed(tuple(overrides)), composed_by_hydra(tuple(overrides), tree)
    assert ours.parts, f"{overrides} was left to Hydra"
    choices = {group: option for group, option in theirs.choices.items() if not group.startswith("hydra/")}
    return (ours.values, ours.choices), (theirs.values, choices)


@pytest.mark.thorough
def test_every_option_composes_as_hydra_composes_it():
    """Options of several groups at a time, in as many commands as the largest group has options."""
    with composition() as tree:
        groups = {group: tree.options(group) for group in tree.groups if group != "hydra"}
        for row in itertools.zip_longest(*groups.values()):
            command = [f"{group}={option}" for group, option in zip(groups, row, strict=True) if option]
            ours, theirs = both(command, tree)
            assert ours == theirs, command


@pytest.mark.parametrize("seed", range(15))
def test_random_choices_and_values_compose_as_hydra_composes_them(seed):
    rng = random.Random(seed)
    with composition() as tree:
        groups = [group for group in tree.groups if group != "hydra"]
        chosen = [f"{group}={rng.choice(tree.options(group))}" for group in rng.sample(groups, rng.randint(0, 6))]
        if rng.random() < 0.3:
            chosen = [one for one in chosen if not one.startswith("tracker=")] + ["tracker=[wandb,tensorboard]"]
        ours, theirs = both(rng.sample([*chosen, *rng.sample(VALUES, rng.randint(0, 5))], k=len(chosen)) + rng.sample(VALUES, 2), tree)
        assert ours == theirs


@pytest.mark.parametrize("files, overrides", [
    ({"agent/deep": "defaults: [ppo]\ngamma: 0.5"}, ["agent=deep", "budget=quick"]),
    ({"agent/first": "defaults: [_self_, ppo]\ngamma: 0.5"}, ["agent=first"]),
    ({"agent/bare": "gamma: 0.5"}, ["agent=bare"]),
    ({"budget/mine": GLOBAL + "defaults: [quick, override /filters: dark]\ntask: {pool: 3}"}, ["budget=mine"]),
    ({"pair/mine": GLOBAL + "defaults: [filters_1, override /background: red]\njump_penalty: 0"}, ["pair=mine"]),
    ({"pair/mine": GLOBAL + "defaults: [override /background: red]\neval: {}"}, ["pair=mine", "background=blue"]),
    ({"pair/mine": GLOBAL + "defaults: [{/filters@eval.filters: bright}]"}, ["pair=mine"]),
    ({"background/empty": ""}, ["background=empty"]),
])  # fmt: skip
def test_files_of_ones_own_compose_as_hydra_composes_them(tmp_path, files, overrides):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / f"{name}.yaml").write_text(text)
    with composition([str(tmp_path)]) as tree:
        ours, theirs = both(overrides, tree)
        assert ours == theirs


@pytest.mark.parametrize("text, overrides, found", [
    ("# @package _global_.filters\ncontrast: 3.0", ["filters=mine"], ("filters.contrast", 3.0)),
    ("contrast: ${jump_penalty}", ["filters=mine"], ("filters.contrast", 10.0)),
    ("contrast: ${jump_penalty}", ["filters=mine", "jump_penalty=2.0"], ("filters.contrast", 2.0)),
    ("contrast: 3.0", ["filters=mine", "filters.gamma=${filters.contrast}", "filters.contrast=1.5"], ("filters.gamma", 1.5)),
    ("contrast: 3.0", ["background=red_green_blue", "background.color_names.0=lime"], ("background.color_names", ["lime", "green", "blue"])),
])  # fmt: skip
def test_unusual_forms_work(tmp_path, text, overrides, found):
    """Other packages and indices, which are left to Hydra, and interpolations in values and in option files."""
    (tmp_path / "filters").mkdir()
    (tmp_path / "filters" / "mine.yaml").write_text(text)
    (cell,) = cells([*overrides, f"hydra.searchpath=[{tmp_path}]"])
    key, value = found
    section, name = key.split(".")
    assert getattr(getattr(cell.world.env, section), name) == value


def test_a_folder_of_options_may_be_a_package(tmp_path, monkeypatch):
    (tmp_path / "our_options" / "filters").mkdir(parents=True)
    (tmp_path / "our_options" / "__init__.py").touch()
    (tmp_path / "our_options" / "filters" / "mine.yaml").write_text("contrast: 3.0")
    monkeypatch.syspath_prepend(tmp_path)
    (cell,) = cells(["filters=mine", "hydra.searchpath=[pkg://our_options]"])
    assert cell.world.env.filters.contrast == 3


def test_what_is_laid_over_changes_nothing_below():
    below = {"a": {"b": 1, "c": [1]}, "d": None}
    assert merge(below, {"a": {"b": 2}}, struct=True) == {"a": {"b": 2, "c": [1]}, "d": None}
    assert with_value(below, ["d", "e"], 1, add=True) == {"a": {"b": 1, "c": [1]}, "d": {"e": 1}}
    assert below == {"a": {"b": 1, "c": [1]}, "d": None}
    for above in ({"a": {"x": 1}}, {"a": [1]}, {"a": {"c": {"x": 1}}}):
        with pytest.raises(Unusual):
            merge(below, above, struct=True)


@pytest.mark.parametrize("text", ["1234", "1.10", "7e45", "1_000", "1e3", "+5", "inf", "0.50"])
def test_text_that_looks_like_a_number_stays_as_it_was_written(tmp_path, monkeypatch, text):
    """On the command line, in lists, choices and mappings, and in option files."""
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (2, 2)).save(text, "PNG")
    (tmp_path / "cluster").mkdir()
    (tmp_path / "cluster" / f"{text}.yaml").write_text(f"defaults: [slurm]\naccount: {text}\nsetup: [a, {text}]")
    (typed,) = cells([f"experiment={text}", f"outputs={text}", f"cluster.setup=[a,{text}]", "background.mode=image",
                     f"eval={{background: {{image_path: {text}}}}}"])
    assert (typed.experiment, typed.outputs, typed.cluster.setup) == (text, text, ["a", text])
    assert typed.shifted.env.background.image_path == text
    assert [cell.experiment for cell in cells([f"experiment=x,{text}"])] == ["x", text]
    assert [cell.experiment for cell in cells([f"experiment=choice({text},x)"])] == [text, "x"]
    (read,) = cells([f"cluster={text}", f"hydra.searchpath=[{tmp_path}]"])
    assert (read.cluster.account, read.cluster.setup) == (text, ["a", text])


def test_where_hydra_reads_a_file_a_number_for_text_has_to_stand_in_quotes(tmp_path):
    """Hydra keeps the number and not its text."""
    for name, text in (("filters/odd", "# @package _global_.filters\ncontrast: 3.0"), ("cluster/mine", "defaults: [slurm]\naccount: 1.10")):
        (tmp_path / name).parent.mkdir()
        (tmp_path / f"{name}.yaml").write_text(text)
    with pytest.raises(ConfigError, match="cluster.account=1.1 is not allowed: text: in its option file, .* in quotes"):
        cells(["filters=odd", "cluster=mine", f"hydra.searchpath=[{tmp_path}]"])


@pytest.mark.parametrize("overrides, found", [
    (["filters.brightness=0.1,0.2", "eval.filters.brightness=${filters.brightness}", "eval.filters.contrast=2"], [(0.1, 0.1), (0.2, 0.2)]),
    (["eval.filters={brightness: 0.4}", "filters.brightness=${eval.filters.brightness}", "eval.filters.contrast=2"], [(0.4, 0.4)]),
    (["filters.brightness=0.1,0.2", "study=mine"], [(0.1, 0.1), (0.2, 0.2)]),
    (["filters.brightness=0.3", "pair=mine"], [(0.3, 0.3)]),
])  # fmt: skip
def test_interpolations_see_the_whole_command_on_both_sides_of_eval(tmp_path, overrides, found):
    for name, text in (("study/mine", "sweep: ['eval.filters.contrast=2', 'eval.filters.brightness=${filters.brightness}']"),
                       ("pair/mine", "eval: {filters: {contrast: 2, brightness: '${filters.brightness}'}}")):  # fmt: skip
        (tmp_path / name).parent.mkdir()
        (tmp_path / f"{name}.yaml").write_text(GLOBAL + text)
    composed = cells([*overrides, f"hydra.searchpath=[{tmp_path}]"])
    assert [(cell.world.env.filters.brightness, cell.shifted.env.filters.brightness) for cell in composed] == found


def test_an_environment_variable_may_stand_in_a_path_of_the_evaluation_look(tmp_path, monkeypatch):
    folder = tmp_path / "pictures: 1=1"
    folder.mkdir()
    for name, color in (("a", "red"), ("b", "blue")):
        Image.new("RGB", (2, 2), color).save(folder / f"{name}.png")
    monkeypatch.setenv("KAGE_PICTURES", str(folder))
    (cell,) = cells(["background.mode=image", "background.image_path=${oc.env:KAGE_PICTURES}/a.png",
                     "eval.background.image_path=${oc.env:KAGE_PICTURES}/b.png"])  # fmt: skip
    assert cell.world.env.background.image_path == f"{folder}/a.png"
    assert cell.shifted.env.background.image_path == f"{folder}/b.png"


def test_nothing_but_numbers_for_text_is_converted():
    (cell,) = cells(["cluster.account=${seed}", "shift.dose=0.5", "cluster.qos=null"])
    assert (cell.cluster.account, cell.cluster.qos, cell.shift.dose) == ("0", None, "0.5")
    for wrong in ("filters.brightness='0.5'", "train.deterministic=1", "encoder.dense=8.0"):
        with pytest.raises(ConfigError, match="is not allowed"):
            cells([wrong])


def test_a_folders_name_holds_what_is_not_usual():
    def name(*overrides):
        return cells(list(overrides))[0].name

    assert name() == name("layout=cyan", "npc=none", "agent=ppo", "cluster=slurm", "tracker=wandb") == "black-teal_circle-paper"
    assert name("layout=red", "budget=quick", "filters=dark") == "black-teal_circle-dark-red-quick"
    assert name("filters.contrast=2,3", "pair=background_2") == "black-teal_circle-filters.contrast=2-paper"


@pytest.mark.parametrize("command, name", [
    ("background.mode=image background.image_dir=assets/backgrounds", "background.image_dir=backgrounds-teal_circle-paper"),
    ("pair=filters_1 background.image_paths=[assets/backgrounds/bg-2.png]", "background.image_paths=bg-2.png-skeleton-paper"),
    ("character=pink_circle character.shape_rotate=true", "black-character.shape_types=circle-character.shape_colors=pink-character.shape_rotate=true-paper"),
    ("background=image_1 background.parallax_factor=0 budget=quick", "image_1-background.parallax_factor=0-teal_circle-quick"),
    ("study=training_colors", "background.color_names=red-teal_circle-paper"),
    ("agent.learning_rate=1e-3 jump_penalty=3 task.pool=2", "black-teal_circle-agent.learning_rate=0.001-task.pool=2-jump_penalty=3-paper"),
    ("budget=quick encoder.dense=32 budget.eval_every=8 budget.total_steps=9000", "black-teal_circle-encoder.dense=32-budget.total_steps=9000-quick"),
    ("pair=agent_2 plan.share=false", "black-teal_circle-agent_2-paper"),
    ("filters.brightness=0.1 filters.contrast=2 filters.gamma=2 filters.saturation=2 filters.hue_shift=2 seed=3",
     "black-teal_circle-filters.brightness=0.1-filters.contrast=2-filters.gamma=2-filters.saturation=2-+1-paper"),
])  # fmt: skip
def test_a_name_says_what_was_trained(command, name):
    assert cells(command.split())[0].name == name


def shown(*arguments) -> tuple[int, str, str]:
    """What `kage run` with a flag of Hydra's prints."""
    process = kage("run", *arguments)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


@pytest.mark.parametrize("flag", [["--help"], ["--cfg", "job"]])
def test_people_are_not_shown_the_schema(flag):
    """And every value with its default, also of the sections whose option says what they hold."""
    code, out, _ = shown(*flag)
    assert code == 0 and "schema" not in out
    for words in ("learning_rate: 0.0005", "pool: 1", "partition: null", "brightness: 0.0", "name: ppo"):
        assert words in out


def test_hydra_too_refuses_a_key_that_a_section_does_not_have():
    code, _, err = shown("--cfg", "job", "budget.weight=1")
    assert code == 1 and "budget.weight" in err
