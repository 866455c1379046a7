"""Configuration: what is right composes, what is wrong is one line that says how to correct it."""

import csv
import dataclasses
import os
import shlex
from pathlib import Path

import pytest
import yaml
from conftest import T1
from PIL import Image
from refusals import refused

from kage import conf
from kage.certificate import axis_of
from kage.family import measured_key, study_of
from kage.launch.compose import cells, composition
from kage.launch.plan import plan
from kage.look.config import BackgroundConfig, FiltersConfig
from kage.look.configuration import difference, flatten, to_dict
from kage.methods.config import PPOConfig
from kage.params import NO_NEUTRAL, ConfigError, value_text
from kage.platformer.config import GROUPS, Config, from_dict, load_config_from_yaml

PARAMETERS = list(csv.DictReader((Path(__file__).parent / "parameters.csv").open()))
ALTERNATIVES = {"background.image_paths", "background.image_path", "character.sprite_paths", "character.sprite_path",
                "npc.sprite_paths", "npc.sprite_path", "npc.sticky_sprite_dirs", "npc.sticky_sprite_path"}  # fmt: skip


def parse_default(text: str):
    text = text.split(" (")[0]
    return text if "/" in text else yaml.safe_load(text)


def test_the_93_parameters_have_their_defaults():
    ours = flatten(Config())
    assert len(PARAMETERS) == 93
    later = {f"{key}.{field.name}" for key, cls in GROUPS.items() for field in dataclasses.fields(cls)
             if field.metadata["spec"].neutral is not NO_NEUTRAL}  # fmt: skip
    assert set(ours) - {row["parameter"] for row in PARAMETERS} - later == ALTERNATIVES
    for row in PARAMETERS:
        default = parse_default(row["default"])
        assert ours[row["parameter"]] == default, row["parameter"]
        assert type(ours[row["parameter"]]) is (float if row["type"] == "float" else type(default)), row["parameter"]


def test_every_parameter_is_documented_at_its_field():
    for cls in GROUPS.values():
        for field in dataclasses.fields(cls):
            assert len(field.metadata["spec"].doc) > 8, f"{cls.KEY}.{field.name}"


def test_round_trip_through_a_mapping_and_yaml(tmp_path):
    config = from_dict({"filters": {"brightness": 0.5}, "layout": {"layout_colors": ["red", "blue"]}}, from_dict(T1))
    assert from_dict(to_dict(config)) == config
    path = tmp_path / "look.yaml"
    path.write_text(yaml.safe_dump(to_dict(config)))
    assert load_config_from_yaml(path) == config


def test_a_sparse_yaml_keeps_the_defaults(tmp_path):
    path = tmp_path / "sparse.yaml"
    path.write_text("background: {mode: noise}\nH: 128\n")
    assert difference(Config(), load_config_from_yaml(path)) == {"background.mode": ("image", "noise")}
    path.write_text("")
    assert load_config_from_yaml(path) == Config()


# (keys in a mapping, the override that says the same, what the one-line message must name)
WRONG = [
    ({"filters": {"brigtness": 1}}, "filters.brigtness=1", ["filters.brigtness", "1", "brightness, contrast", "nearest valid: filters.brightness"]),
    ({"filters": {"brightness": 3.0}}, "filters.brightness=3.0", ["filters.brightness=3.0", "-1 .. 1", "nearest valid: 1.0"]),
    ({"filters": {"brightness": "high"}}, "filters.brightness=high", ["filters.brightness='high'", "a number", "-1 .. 1"]),
    ({"background": {"color_names": ["purpel"]}}, "background.color_names=[purpel]", ["background.color_names='purpel'", "lime", "nearest valid: purple"]),
    ({"background": {"color_names": []}}, "background.color_names=[]", ["background.color_names=[]", "non-empty"]),
    ({"background": {"mode": "colour"}}, "background.mode=colour", ["background.mode='colour'", "black, image, noise, color", "nearest valid: color"]),
    ({"character": {"shape_types": ["cirle"]}}, "character.shape_types=[cirle]", ["character.shape_types='cirle'", "nearest valid: circle"]),
    ({"filters": {"pop_filter_list": ["vintge"]}}, "filters.pop_filter_list=[vintge]", ["filters.pop_filter_list='vintge'", "nearest valid: vintage"]),
    ({"character": {"use_sprites": True}}, "character.use_sprites=true", ["exactly one of character.use_sprites and character.use_shape"]),
    ({"background": {"image_path": "a.png", "image_paths": ["b.png"]}}, "background.image_path=a.png background.image_paths=[b.png]", ["background.image_path", "exclusive with background.image_path"]),
    ({"layout": {"min_step_height": 18}}, "layout.min_step_height=18", ["layout.min_step_height=18", "at most layout.max_step_height", "17"]),
    ({"layout": {"length": 100}}, "layout.length=100", ["layout.length=100", "at least W", "128"]),
    ({"layout": {"height_px": 64}}, "layout.height_px=64", ["layout.height_px=64", "equal to H", "128"]),
    ({"H": 16}, "H=16", ["H=16", "at least 32"]),
    ({"physics": {"gravity": 0.0}}, "physics.gravity=0.0", ["physics.gravity=0.0", "0.1 .. 1", "nearest valid: 0.1"]),
    ({"physics": {"move_speed": 1.5}}, "physics.move_speed=1.5", ["physics.move_speed", "1.5", "a whole number"]),
    ({"fliters": {"brightness": 1}}, "fliters.brightness=1", ["fliters", "nearest valid: filters"]),
    ({"effects": {"point_light_enabled": "maybe"}}, "effects.point_light_enabled=maybe", ["effects.point_light_enabled", "true or false"]),
]  # fmt: skip


def from_yaml(values, path):
    path.write_text(yaml.safe_dump({**T1, **{k: T1.get(k, {}) | v if isinstance(v, dict) else v for k, v in values.items()}}))
    return load_config_from_yaml(path)


@pytest.mark.parametrize("values, overrides, words", WRONG, ids=[w[1] for w in WRONG])
def test_a_wrong_value_is_one_clear_line_everywhere(values, overrides, words, tmp_path):
    python, file, command = (lambda: from_dict(values, from_dict(T1)), lambda: from_yaml(values, tmp_path / "wrong.yaml"),
                             lambda: cells(overrides.split(" ")))  # fmt: skip
    for attempt in (python, file, command):
        with pytest.raises(ConfigError) as caught:
            attempt()
        assert "\n" not in str(caught.value)
        for word in words:
            assert word in str(caught.value)


def test_the_constructor_refuses_as_well():
    with pytest.raises(ConfigError, match="nearest valid: filters.brightness"):
        FiltersConfig(brigtness=1.0)
    with pytest.raises(ConfigError, match="-1 .. 1"):
        FiltersConfig(brightness=2.0)
    with pytest.raises(ConfigError, match="finite"):
        FiltersConfig(contrast=float("nan"))
    with pytest.raises(ConfigError, match="a list, each text$"):  # an empty list would be refused as well
        BackgroundConfig(color_names="")
    with pytest.raises(ConfigError, match="divisor"):
        PPOConfig(minibatches=7)


@pytest.fixture
def folder(tmp_path):
    """A folder of option files, as `kage run` finds it."""

    def filled(**files: str) -> str:
        for name, text in files.items():
            path = tmp_path / f"{name.replace('__', '/')}.yaml"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        return f"hydra.searchpath=[{tmp_path}]"

    return filled


GLOBAL = "# @package _global_\n"


@pytest.mark.parametrize("arguments, words", [
    (["pair=backgrond_2"], ["pair='backgrond_2'", "nearest valid: pair=background_2"]),
    (["background=blak"], ["background='blak'", "nearest valid: background=black"]),
    (["eval.filters.brigtness=1"], ["eval.filters.brigtness", "nearest valid: eval.filters.brightness"]),
    (["eval.filters.brightness=7"], ["filters.brightness=7", "-1 .. 1"]),
    (["eval=3"], ["3", "mapping"]),
    (["seed=x"], ["seed='x'", "whole number"]),
    (["agent.gama=1"], ["agent.gama", "nearest valid: agent.gamma"]),
    (["budget=quik"], ["budget='quik'", "nearest valid: budget=quick"]),
    (["a b"], ["'a b'", "not an override"]),
    (["pair=glob(nothing_*)"], ["matches nothing"]),
    (["hydra.searchpath=[/nowhere]"], ["hydra.searchpath='/nowhere'", "a folder that exists"]),
    (["hydra.searchpath=/nowhere"], ["a list of folders", "nearest valid: [/nowhere]"]),
    (["pair=[agent_1,agent_2]"], ["pair=['agent_1', 'agent_2'] is not allowed: one of agent_1"]),
    (["background=null"], ["background=None is not allowed: one of all_images"]),
    (["tracker=[wandb,tensorbord]"], ["tracker='tensorbord'", "nearest valid: tracker=tensorboard"]),
    (["tracker=null"], ["tracker=None is not allowed: one of tensorboard, wandb, or a list of them, [] for none"]),
    (["~seed"], ["'~seed' is not allowed", "seed=<value>"]),
    (["~agent"], ["'~agent' is not allowed", "agent=<value>"]),
    (["~outputs"], ["'~outputs' is not allowed", "outputs=<value>"]),
    (["pair=background_2", "~eval.background.color_names"], ["'~eval.background.color_names' is not allowed: nothing can be deleted"]),
    (["seed=range(0,3,0)"], ["seed='range(0,3,0)'", "a range whose step is not 0"]),
    (["eval.filters.brightness=range(0,1,0)"], ["eval.filters.brightness='range(0,1,0)'", "a range whose step is not 0"]),
    (["eval.filters.brightness=range(0,1,0.0)"], ["a range whose step is not 0"]),
    (["zip(filters.brightness=0,0.5,1; eval.filters.brightness=1,0)"], ["zip takes lists of one length, but filters.brightness has 3 and eval.filters.brightness has 2"]),
    (["zip(filters.brightness=0,1; eval.filters.contrast=2)"], ["filters.brightness has 2 and eval.filters.contrast has 1"]),
    (["zip(filters.brightness=0,1, eval.filters.brightness=1,0)"], ["at least two overrides, with ; between them: zip(filters.brightness=0,1; eval."]),
    (["pairs(filters.brightness=0.5)"], ["at least two overrides, with ; between them: pairs("]),
    (["zip(filters.brigtness=0,1; eval.filters.brightness=1,0)"], ["filters.brigtness='0,1'", "nearest valid: filters.brightness"]),
    (["zip(filters.brightness=0,5; eval.filters.contrast=2,3)"], ["filters.brightness=5 is not allowed: -1 .. 1"]),
    (["zip(filters.brightness=0,1; eval.filters.contrast=2,3)", "filters.brightness=1"], ["filters.brightness=0,1 and filters.brightness=1 are not allowed together"]),
    (["zip(filters.brightness=0,1; seed=0,1)"], ["seed goes with everything, give seed= beside zip"]),
    (["pairs(agent.gamma=0.9; eval.filters.brightness=0.5)"], ["pairs takes changes of the world, give agent.gamma= beside pairs"]),
    (["pairs(eval.filters.brightness=0.5; pair=background_2)"], ["pairs takes changes of the world, give pair= beside pairs"]),
    (['sweep=["pair=agent_1"]'], ['sweep=', 'is not allowed: a list in the file of a suite or study']),
    (["hydra.jbo.name=x"], ["hydra.jbo.name='x'", "only hydra.searchpath"]),
    (["hydra.searchpth=[x]"], ["nearest valid: hydra.searchpath"]),
    (["pair=range(1,3)"], ["pair='1' is not allowed: one of agent_1"]),
    (["experiment=null"], ["experiment=None is not allowed: a name"]),
    (["experiment="], ["experiment='' is not allowed: a name"]),
    (["experiment=../../x"], ["experiment='../../x'", "a folder below outputs", "nearest valid: x"]),
    (["experiment=/x"], ["experiment='/x'", "a folder below outputs"]),
    (["experiment=."], ["experiment='.'", "a folder below outputs"]),
    (["outputs=null"], ["outputs=None is not allowed: a folder"]),
    (["outputs=[a]"], ["outputs=['a'] is not allowed: a folder"]),
    (["tracker=wandb,tensorboard"], ["tracker='wandb,tensorboard'", "nearest valid: tracker=[tensorboard,wandb]"]),
    (["background_2"], ["'background_2' is not an override: key=value is expected; nearest valid: pair=background_2"]),
    (["filters.brightness=é"], ["filters.brightness='é' is not allowed: a value"]),
    (["filters.brightness=[0.1"], ["filters.brightness='[0.1' is not allowed: a value"]),
    (["filters.brightness=half(1)"], ["'filters.brightness=half(1)' is not an override: ", "half"]),
    (["experimnt=é"], ["experimnt='é'", "nearest valid: experiment"]),
    (["eval.filters.brightness=${filters.brigtness}"], ["eval.filters.brightness='${filters.brigtness}'", "there is no filters.brigtness; nearest valid: ${filters.brightness}"]),
    (["filters.brightness=${eval.filters.brightness}", "eval.filters.brightness=${filters.brightness}"], ["filters.brightness='${eval.filters.brightness}'", "ecursive"]),
    (["outputs=${oc.env:KAGE_NOWHERE}"], ["outputs='${oc.env:KAGE_NOWHERE}'", "'KAGE_NOWHERE' not found"]),
    (["experiment=50%"], ["experiment='50%' is not allowed: a name without %", "nearest valid: 50_"]),
    (["experiment=a\\b"], ["a name without \\"]),
    (["experiment='a\nb'"], ["experiment='a\\nb' is not allowed: text of characters that can be printed"]),
    (["outputs='a\udcff'"], ["text of characters that can be printed"]),
    (["experiment='a/seed=1'"], ["a name that does not begin with seed="]),
    ([f"experiment={'x' * 300}"], ["names of at most 255 bytes, but one has 300"]),
    ([f"outputs='{200 * 'ä'}/a'"], ["outputs=", "names of at most 255 bytes, but one has 400"]),
    ([f"experiment={'/'.join(20 * ['x' * 200])}"], ["a folder whose path has at most", "bytes, but it has 4"]),
    (["outputs='~nobody-of-this-name/x'"], ["there is no such home", "nearest valid: ./~nobody-of-this-name/x"]),
    (["cluster.time=04:00:00"], ["a whole number in min, at least 1; nearest valid: 240"]),
    (["cluster.warning=1-00:00:01"], ["a whole number in s, at least 1; nearest valid: 86401"]),
    (["cluster.time=10:30"], ["a whole number in min, at least 1"]),
    (["outputs='50%'", "cluster=slurm"], ["outputs='50%'", "SLURM rewrites"]),
])  # fmt: skip
def test_a_wrong_command_line_is_one_clear_line(arguments, words):
    refused(arguments, words)


@pytest.mark.parametrize("text", ["naïve", "a=b", "it's", 'say "x"', "a#b", "run(1)", "ä b", "{x}", "x~y", "<>&;!^`", "c:é"])
def test_text_that_needs_quotes_is_told_how_to_quote_it(text):
    with pytest.raises(ConfigError, match="stands in quotes, inside those of the shell; nearest valid: ") as refusal:
        cells([f"experiment={text}"])
    (cell,) = cells(shlex.split(str(refusal.value).partition("; nearest valid: ")[2]))  # what a shell makes of it
    assert cell.experiment == text


def test_parts_of_lists_and_choices_are_quoted_one_by_one():
    refused(["background.image_paths=[ä.png,b.png]"], ["""nearest valid: 'background.image_paths=["ä.png",b.png]'"""])
    refused(["background.image_path=a.png,~/b.png"], ["""nearest valid: 'background.image_path=a.png,"~/b.png"'"""])


def test_a_home_is_a_home_in_quotes_too(monkeypatch):
    monkeypatch.setenv("HOME", "/home/of-mine")
    assert cells(["outputs='~/results'"])[0].outputs == "/home/of-mine/results"
    assert cells(["outputs='./~'", "experiment='~'"])[0].outputs == "./~"


def test_names_of_trainings_are_short_enough_for_every_file_that_has_them(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pictures = [f"{name * 100}/{'p' * 200}.png" for name in ("a", "ä")]
    for path, color in zip(pictures, ("red", "blue"), strict=True):
        Path(path).parent.mkdir()
        Image.new("RGB", (2, 2), color).save(path)
    quoted = ",".join(f"'{name}'" for name in pictures)
    trainings = plan(cells([f"background.image_path={quoted}", "background.mode=image", f"outputs={tmp_path}"]))
    assert len({training.folder for training in trainings}) == 2
    for training in trainings:
        assert len(os.fsencode(training.folder.name)) <= 143  # what some file systems allow
        training.folder.mkdir(parents=True)


@pytest.mark.parametrize("name, text, words", [
    ("cluster/mine", "defaults: [slurm]\ntime: 4:00:00", ["cluster/mine: cluster.time='4:00:00'", "in min", "nearest valid: 240"]),
    ("pair/mine", GLOBAL + "eval: {filters: {brightness: 1}", ["not YAML", "mine.yaml", "line 2"]),
    ("pair/mine", "eval: {filters: {brightness: 1}}", ["pair='mine' is not allowed: the first line", "'# @package _global_'"]),
    ("suite/mine", "sweep: ['pair=agent_1']", ["suite='mine' is not allowed: the first line", "'# @package _global_'"]),
    ("suite/mine", GLOBAL + "pair: agent_1", ["suite/mine: pair is not allowed: files name it in their sweep list"]),
    ("pair/mine", GLOBAL + "evl: {filters: {brightness: 1}}", ["pair/mine: evl is not allowed", "eval, experiment", "nearest valid: eval"]),
    ("pair/mine", GLOBAL + "eval: [filters]", ["pair/mine: a list is not allowed: the file and its eval"]),
    ("pair/mine", GLOBAL + "- eval", ["pair/mine: a list is not allowed"]),
    ("pair/mine", GLOBAL + "defaults: {background: black}", ["defaults must be a list"]),
    ("background/mine", "- black", ["background/mine: background=['black'] is not allowed: a mapping with keys of background"]),
    ("agent/mine", "gama: 1", ["agent/mine: agent.gama=1 is not allowed", "nearest valid: agent.gamma"]),
    ("agent/mine", "gamma: high", ["agent/mine: agent.gamma='high' is not allowed: a number, 0 .. 1"]),
    ("budget/mine", GLOBAL + "defaults: [quick]\ntask: {pool: 9}", ["budget/mine: task.pool=9 is not allowed", "nearest valid: 8"]),
    ("filters/mine", "brightness: 2", ["filters/mine: filters.brightness=2 is not allowed", "-1 .. 1"]),
    ("pair/mine", GLOBAL + "eval: {filters: {brigtness: 1}}", ["pair/mine: eval: filters.brigtness=1", "nearest valid: filters.brightness"]),
    ("cluster/mine", "defaults: [slum]", ["cluster='slum' is not allowed", "nearest valid: cluster=slurm"]),
    ("cluster/mine", "defaults: [slurm]\npartitoin: gpu", ["cluster/mine: cluster.partitoin", "nearest valid: cluster.partition"]),
    ("pair/mine", GLOBAL + "defaults: [override /backgruond: black]\neval: {}", ["pair/mine", "backgruond"]),
])  # fmt: skip
def test_a_wrong_file_is_one_clear_line(folder, name, text, words):
    refused([name.replace("/", "="), folder(**{name.replace("/", "__"): text})], words)


def options():
    with composition() as tree:
        return [(group, option) for group in tree.groups if group != "hydra" for option in tree.options(group)]


@pytest.mark.parametrize("group, option", options())
def test_every_option_of_every_group_composes(group, option):
    # What is seen has to suit an encoder; augment=none is for agents that augment nothing.
    other = {"mlp": ["task.observe=state"], "paired_dr": ["agent.vary={filters.brightness: [0, 0.5]}"],
             "entities": ["task=kinetix"], "entity_mlp": ["task=kinetix"],
             "first_person_quick": ["task=first_person"]}.get(option, [])  # fmt: skip
    other += ["agent=drac"] * (group == "augment")
    for cell in cells([f"{group}={option}", *other] if (group, option) != ("augment", "none") else []):
        assert cell.recipe.family.world(cell.world.to_dict()) == cell.world


@pytest.mark.parametrize("path", sorted((Path(conf.__file__).parent / "pair").glob("*.yaml")), ids=lambda p: p.stem)
def test_a_pair_changes_only_its_declared_axis(path):
    # Hydra ignores the package line anywhere but first.
    assert path.read_text().startswith("# @package _global_\n")
    (cell,) = cells([f"pair={path.stem}"])
    assert cell.shift.pair == path.stem
    changed = difference(cell.world.env, cell.shifted.env)
    assert changed
    axis = axis_of(cell.shift.suite, GROUPS) if cell.shift.suite != "released" else ("character", "distractors")
    assert {key.split(".")[0] for key in changed} <= set(axis), changed


def test_options_compose_freely_and_later_ones_win():
    (cell,) = cells(["background=purple", "character=pink_line", "filters=hue_180", "layout=red", "filters.hue_shift=90"])
    look = cell.world.env
    assert (look.background.mode, look.character.shape_types, look.filters.hue_shift) == ("color", ["line"], 90.0)


def test_option_files_may_lie_in_a_folder_of_ones_own(tmp_path):
    for name, text in (("cluster/mine", "defaults: [slurm]\npartition: gpu"), ("pair/dim", "# @package _global_\neval: {filters: {brightness: -0.5}}"),
                       ("suite/ours", "# @package _global_\nsweep: ['pair=dim,background_2']")):  # fmt: skip
        (tmp_path / name).parent.mkdir()
        (tmp_path / f"{name}.yaml").write_text(text)
    found = cells(["suite=ours", "cluster=mine", f"hydra.searchpath=[{tmp_path}]"])
    assert [len(difference(cell.world.env, cell.shifted.env)) for cell in found] == [1, 2]
    assert {(cell.cluster.name, cell.cluster.partition, cell.cluster.gpus) for cell in found} == {("slurm", "gpu", 1)}


def doses(*overrides):
    return [(cell.shift.study, cell.shift.dose) for cell in cells(overrides)]


def test_axes_of_a_zip_go_in_step_and_combine_with_others():
    """Its points are those that single commands name, in order."""
    swapped = cells(["zip(filters.brightness=0,1; eval.filters.brightness=1,0)"])
    alone = [cells([f"filters.brightness={train}", f"eval.filters.brightness={shifted}"])[0] for train, shifted in ((0, 1), (1, 0))]
    assert [(cell.training_id, cell.cases[-1].id) for cell in swapped] == [(cell.training_id, cell.cases[-1].id) for cell in alone]
    assert doses("zip(filters.brightness=0,1; eval.filters.brightness=1,0)") == [("training filters.brightness x filters.brightness", dose) for dose in ("0 x 1", "1 x 0")]
    grid = cells(["zip(eval.background.color_names=[red],[blue,lime]; eval.background.mode=color,color)", "eval.filters.gamma=1,2", "seed=range(2)"])
    assert len(grid) == 8 and len({cell.cases[-1].id for cell in grid}) == 4
    settings = cells(["zip(agent.gamma=0.9,0.99; agent.learning_rate=1e-3,1e-4)", "pair=background_2"])
    assert [(cell.recipe.agent.gamma, cell.recipe.agent.learning_rate, cell.shift.study) for cell in settings] == [(0.9, 1e-3, ""), (0.99, 1e-4, "")]


def test_pairs_are_each_change_alone_and_each_two_together():
    found = doses("pairs(eval.filters.brightness=0.5,1; eval.filters.contrast=2; eval.background={mode: color, color_names: [red]})")
    assert {study for study, _ in found} == {"pairs(filters.brightness; filters.contrast; background)"}
    assert [dose for _, dose in found] == [
        "filters.brightness=0.5", "filters.brightness=1", "filters.contrast", "background",
        "filters.brightness=0.5 + filters.contrast", "filters.brightness=1 + filters.contrast",
        "filters.brightness=0.5 + background", "filters.brightness=1 + background", "filters.contrast + background"]  # fmt: skip


def test_a_sweep_over_settings_is_no_study_and_one_over_looks_is():
    found = cells(["pair=background_2", "agent.gamma=0.9,0.99", "budget.total_steps=960,1920", "encoder.dense=8,16", "budget=smoke"])
    assert {dataclasses.astuple(cell.shift) for cell in found} == {("background", "background_2", "", "")}
    assert len({cell.training_id for cell in found}) == 8
    (alone,) = cells(["pair=background_2", "agent.gamma=0.9", "budget.total_steps=960", "encoder.dense=8", "budget=smoke"])
    assert (found[0].training_id, found[0].cases) == (alone.training_id, alone.cases)
    mixed = cells(["agent.gamma=0.9,0.99", "eval.filters.gamma=1,2", "physics.gravity=0.5,1"])
    assert {(cell.shift.study, cell.shift.dose) for cell in mixed} == {
        ("filters.gamma x training physics.gravity", f"{a} x {b}") for a in (1, 2) for b in ("0.5", "1")}


def test_sweeps_over_settings_from_before_are_known_as_what_they_are():
    (_, case) = cells(["pair=background_2", "agent.gamma=0.9"])[0].cases
    for study, dose in (("training agent.gamma", "0.9"), ("training agent.gamma x training budget.total_steps", "0.9 x 64")):
        assert measured_key(case.names | {"study": study, "dose": dose}) == case.key
    assert study_of("filters.gamma x training agent.gamma", "2 x 0.9") == ("filters.gamma", "2")
    for kept in (("training physics.gravity", "0.5"), ("radial_light", "0.5"), ("light", "a x b"), ("", "")):
        assert study_of(*kept) == kept


def test_a_sweep_list_may_hold_seeds_which_the_command_line_replaces(folder):
    mine = ["suite=mine", folder(suite__mine=GLOBAL + "sweep: ['pair=filters_1,effects_1', 'seed=range(3)']")]
    for arguments, seeds in ((mine, [0, 1, 2]), ([*mine, "seed=7"], [7]), ([*mine, "seed=1,5"], [1, 5])):
        found = cells(arguments)
        assert [(cell.shift.pair, cell.seed) for cell in found] == [(p, s) for p in ("filters_1", "effects_1") for s in seeds]
        assert {(cell.shift.study, cell.shift.dose) for cell in found} == {("", "")}


@pytest.mark.parametrize("listed, words", [
    ("['suite=filters,effects']", ["suite='filters,effects'", "no suite or study in a sweep list", "pair=glob(filters_*)"]),
    ("[study=radial_light]", ["study='radial_light'", "no suite or study in a sweep list"]),
    ("[pair: filters_1]", ["sweep=[{'pair': 'filters_1'}]", "a list of overrides, each in quotes"]),
    ("pair=glob(filters_*)", ["a list of overrides", "nearest valid: ['pair=glob(filters_*)']"]),
    ("[pair=filtrs_1]", ["pair='filtrs_1'", "nearest valid: pair=filters_1"]),
])  # fmt: skip
def test_a_wrong_sweep_list_is_one_clear_line(folder, listed, words):
    refused(["suite=mine", folder(suite__mine=f"{GLOBAL}sweep: {listed}")], words)


def test_a_grid_trains_once_for_all_evaluation_looks():
    (training,) = plan(cells(["pair=background_2,layout_1", "seed=range(3)"]))
    assert training.seeds == (0, 1, 2)
    assert [look.pair for look in training.cases] == [None, "background_2", "layout_1"]
    (training,) = plan(cells(["eval.filters.brightness=0.25,0.5,1"]))
    assert len(training.cases) == 4
    trainings = plan(cells(["filters.brightness=0,0.5", "seed=0,1"]))
    assert len(trainings) == 2


@pytest.mark.parametrize("swept, words", [
    ("budget.eval_episodes=4,64", "budget.eval_episodes=64 is not allowed: the same training is asked for with 4"),
    ("cluster=slurm,local", "cluster.name='local' is not allowed: the same training is asked for with 'slurm'"),
    ("plan.seeds_per_job=1,2", "plan.seeds_per_job=2"),
    ("train.deterministic=false,true", "train.deterministic=True"),
])  # fmt: skip
def test_a_training_is_done_in_one_way(swept, words):
    with pytest.raises(ConfigError, match=words):
        plan(cells(["pair=background_2", swept]))


def test_a_value_has_one_identity_however_it_is_written():
    for text in ("1", "1.0", "1e0"):
        (pair,) = cells(["pair=filters_1", f"eval.filters.brightness={text}"])
        assert pair.cases[1].id == cells(["pair=filters_1"])[0].cases[1].id
    look = from_dict({"filters": {"brightness": 1}, "layout": {"layout_colors": ("red",)}})
    assert (repr(look.filters.brightness), look.layout.layout_colors) == ("1.0", ["red"])


def test_values_that_differ_read_differently():
    for pair in ((0.1234567, 0.1234568), (1e7 + 1, 1e7), (0.3, 0.1 + 0.2)):
        assert len(set(map(value_text, pair))) == 2
    assert value_text([0.5, 1.0, 2e7, 3]) == "[0.5, 1, 2e+07, 3]"


def test_training_identity_holds_what_can_change_the_policy_and_nothing_else():
    def identity(*arguments):
        return cells(list(arguments))[0].training_id

    base = identity("pair=background_2")
    same = ["pair=layout_1", "seed=5", "outputs=elsewhere", "budget.eval_every=7", "budget.save_seconds=1", "experiment=x"]
    other = ["physics.gravity=0.5", "background=purple", "agent.gamma=0.9", "budget.total_steps=1000", "task.pool=2",
             "jump_penalty=1", "layout=red"]  # fmt: skip
    assert all(identity(argument) == base for argument in same)
    assert len({identity(argument) for argument in other} | {base}) == len(other) + 1


def test_paper_budget_is_the_papers_table_4():
    (cell,) = cells(["budget=paper"])
    agent, budget = cell.recipe.agent, cell.budget
    assert (agent.num_envs, agent.num_steps, agent.minibatches, agent.epochs) == (128, 128, 8, 3)
    assert (agent.learning_rate, agent.gamma, agent.gae_lambda, agent.clip, agent.value_clip) == (5e-4, 0.999, 0.95, 0.2, 0.2)
    assert (agent.entropy_weight, agent.value_weight, agent.max_gradient_norm, agent.adam_eps) == (0.01, 0.5, 0.5, 1e-5)
    assert (agent.truncation, agent.reward_scale, cell.world.task.pool) == ("terminal", 1.0, 1)
    assert (budget.total_steps, budget.eval_every * agent.batch, budget.eval_episodes) == (25_000_000, 819_200, 128)
