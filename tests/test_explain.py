"""Why a policy breaks: hybrids end in the two looks, shares add up to the loss, read-outs and accounts are right by hand."""

import dataclasses
import json
from functools import partial
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import yaml
from conftest import T1, t1

from kage.analysis.explained import pair_views, read_explained, summary, summed
from kage.explain import explanation
from kage.explain.hybrids import _measured as play_hybrid
from kage.explain.hybrids import play_all
from kage.explain.readouts import Products, in_order, moments, products, read_out, similarity
from kage.explain.shapley import shapley, subsets
from kage.first_person.family import FirstPerson, FirstPersonWorld
from kage.first_person.family import TaskConfig as FirstPersonTaskConfig
from kage.launch.cli import main
from kage.launch.compose import cells
from kage.look.hybrid import LUMA, Hybrid, by_brightness
from kage.platformer import anatomy, env
from kage.platformer.config import from_dict
from kage.platformer.family import Platformer, PlatformerWorld, TaskConfig
from kage.runs.run import pack

# --- shares ---


def test_shares_by_hand():
    """A pair of gloves: b and c have a right one each, a has the left one."""
    parts = ("a", "b", "c")
    worth = {it: float("a" in it and len(it) > 1) for it in subsets(parts)}
    assert shapley(parts, worth) == pytest.approx({"a": 2 / 3, "b": 1 / 6, "c": 1 / 6})


def test_shares_add_up_to_the_difference_and_a_part_that_never_matters_has_none():
    parts, random = ("a", "b", "c", "d"), np.random.default_rng(0)
    drawn = {it: random.random() for it in subsets(parts[:3])}
    values = {it: drawn[tuple(part for part in it if part != "d")] for it in subsets(parts)}
    shares = shapley(parts, values)
    assert sum(shares.values()) == pytest.approx(values[parts] - values[()])
    assert shares["d"] == pytest.approx(0)


def test_hybrids_whose_episodes_must_be_the_same_are_not_played_again():
    """Frames differ in b always, and in c only where b is replaced; replacing b and c matters."""
    played = []

    def play(subset):
        played.append(subset)
        own = {"a": 0.0, "b": 1.0, "c": float("b" in subset)}
        return {"success": 0.5 * ("b" in subset) + 0.25 * ({"b", "c"} <= set(subset))} | {
            f"differs {i}": own[part] for i, part in enumerate("abc")}  # fmt: skip

    values = play_all("abc", play, "success", known={("a", "b", "c"): 0.75})
    assert values == {it: 0.5 * ("b" in it) + 0.25 * ({"b", "c"} <= set(it)) for it in subsets("abc")}
    assert played == [(), ("b",), ("b", "c")]


# --- read-outs ---


def layer(train, shifted, fit) -> Products:
    return Products(*map(np.asarray, products(*map(jnp.asarray, (train, shifted)), jnp.asarray(fit))))


def test_a_read_out_finds_what_a_layer_holds_and_misses_what_the_look_took():
    random = np.random.default_rng(0)
    x, fit = random.normal(size=(300, 5)).astype(np.float32), np.arange(300) % 2 == 0
    taken = x * np.array([0, 1, 1, 1, 1], np.float32)
    both = layer(x, taken, fit)
    assert read_out(both, x[:, 0], fit) == pytest.approx((1, 0), abs=0.05)
    assert read_out(both, x[:, 1], fit) == pytest.approx((1, 1), abs=1e-3)
    assert read_out(both, random.normal(size=300), fit)[0] < 0.05
    assert np.isnan(read_out(both, np.ones(300), fit)).all()
    # A constant that is added moves what is read by one constant: R^2 by hand.
    moved, (one, other) = 0.5, read_out(layer(x, x + np.eye(5, dtype=np.float32)[0] * 0.5, fit), x[:, 0], fit)
    assert other == pytest.approx(1 - moved**2 / x[~fit, 0].var(), abs=0.02) and one > 0.99


def test_similarity_is_blind_to_rotation_and_scale_and_sees_everything_else():
    random, fit = np.random.default_rng(1), np.arange(200) % 2 == 0
    x, other = random.normal(size=(2, 200, 6)).astype(np.float32)
    turn, _ = np.linalg.qr(random.normal(size=(6, 6)))
    assert similarity(layer(x, (3 * x @ turn + 7).astype(np.float32), fit)) == pytest.approx(1, abs=1e-4)
    assert similarity(layer(x, other, fit)) < 0.2


# --- hybrids ---



def platformer(shifted, stack=1):
    task, plain = TaskConfig(pool=4, stack=stack), t1(episode_length=24)
    return Platformer().explained(PlatformerWorld(plain, task), PlatformerWorld(from_dict(shifted, plain), task))


def first_person():
    family, task = FirstPerson(), FirstPersonTaskConfig()
    one, other = (family.configured({"layout": {"layout_colors": [it]}}) for it in ("red", "cyan"))
    return family.explained(FirstPersonWorld(one, task), FirstPersonWorld(other, task))


def test_a_pixel_is_owned_by_the_foremost_layer_that_either_look_shows_there():
    def look(**masks):
        return SimpleNamespace(params=None, env=SimpleNamespace(masks=lambda *_: SimpleNamespace(**masks)))

    def line(text):
        return jnp.array([[it == "x" for it in text]])

    one = look(agent=line("x...."), npc=line(".x..."), ground=line("...x."))
    other = look(agent=line(".x..."), npc=line("..x.."), ground=line("xxx.."))
    state = SimpleNamespace(train=None, shifted=None)
    owner = Hybrid(one, other, None, None, ("agent", "npc", "ground")).owner(state)
    assert owner.tolist() == [[0, 0, 1, 2, 3]]


@pytest.mark.parametrize("make, owners", [
    (lambda: platformer({"npc": {"enabled": True, "sprite_path": "assets/sprites/skeleton"}}), "agent npc ground background"),
    (lambda: platformer({"distractors": {"enabled": True}}), "agent ground distractor background"),
    (first_person, "goal npc wall distractor background"),
], ids=["npc", "distractors", "first_person"])  # fmt: skip
def test_owners_are_layers_that_one_of_the_looks_has_and_their_masks_are_known(make, owners):
    twins = make()
    assert twins.splits["owner"] == tuple(it for it in owners.split() if make is not first_person or it in twins.splits["owner"])

    def seen(key):
        level = jax.tree.map(lambda x: x[0], twins.train.sample_levels(key, 1))
        both = [look.reset(key, level)[0] for look in twins.looks]
        events = twins.anatomy.events(both[0], both[0], twins.train.params)
        return twins.picture(twins.choice("owner", []), *both), twins.numbers(both[0]), events

    picture, *told = jax.eval_shape(seen, jax.random.key(0))
    assert picture.shape == (128, 128, 3)
    assert set(told[1]) == set(twins.anatomy.EVENTS)
    assert all(it.shape == () and it.dtype == jnp.float32 for it in jax.tree.leaves(told))


def test_luma_of_a_hybrid_is_that_of_the_look_it_is_replaced_by():
    difference = jnp.array([[[30]], [[-20]], [[10]]], jnp.int16)
    first, rest = by_brightness(difference, 2)
    assert (first == round(0.299 * 30 - 0.587 * 20 + 0.114 * 10)).all()
    assert abs(np.dot(LUMA, np.asarray(rest)[:, 0, 0])) < 1


def test_a_stack_holds_hybrids_and_states_are_those_within():
    twins = platformer({"background": {"mode": "color", "color_names": ["purple"]}}, stack=2)
    task = twins.hybrid(twins.choice("owner", ["background"]))
    assert task.size == 2 and twins.looks[0].size == 2 and twins.accounted()[0].size == 2

    def states(key):
        level = jax.tree.map(lambda x: x[0], task.sample_levels(key, 1))
        both = [look.reset(key, level)[0] for look in twins.looks]
        return task.reset(key, level)[1], twins.numbers(both[0]), twins.picture(twins.choice("detail", []), *both)

    obs, numbers, picture = jax.eval_shape(states, jax.random.key(0))
    assert obs.shape == (6, 32, 32) and picture.shape == (128, 128, 3) and "grounded" in numbers


# --- accounts ---


@pytest.mark.parametrize("action", [2, 6], ids=["right", "right and jump"])
def test_every_step_without_progress_is_lost_somewhere_and_every_step_up_is_counted(action):
    params = env.build(from_dict(T1))
    states, accounts = scripted(jax.random.split(jax.random.key(2), 16), params, action)
    accounts = {name: np.asarray(it).sum(1) for name, it in accounts.items()}
    far = np.asarray(states.latent.x_max)
    advanced = (np.diff(far, axis=1) > 0).sum(1)
    lost = sum(accounts[f"lost, {kind}"] for kind in anatomy.KINDS)
    np.testing.assert_array_equal(lost + advanced, STEPS)
    heights, physics = np.asarray(states.latent.heights[:, 0], int), params.physics
    for i in range(16):
        first, last = ((int(x) + physics.half_width + 1) // physics.run_width for x in (far[i, 0], far[i, -1]))
        assert accounts["steps up"][i] == (np.diff(heights[i])[first:last] > 0).sum()
    stopped = sum(accounts[f"jump {how}"] for how in ("missing", "too late", "too early"))
    assert (stopped <= accounts["steps up"]).all()
    if action == 2:  # who never jumps stands before the first step up for good, or has fallen to it
        np.testing.assert_array_equal(stopped, accounts["steps up"])
        assert accounts["jump too late"].sum() == 0 and accounts["jump missing"].sum() > 8
        assert accounts["steps up"].sum() > 8 and (accounts["steps up"] <= 1).all()
    else:
        assert accounts["jump missing"].sum() == 0


STEPS = 200


@jax.jit
@partial(jax.vmap, in_axes=(0, None, None))
def scripted(key, params, action):
    """States (STEPS + 1, ...) of an episode with one action, and accounts of its steps."""

    def step(state, _):
        after, _ = env.step(state, action, params)
        return after, (after, anatomy.events(state, after, params))

    begin = env.reset(key, params)
    _, (states, accounts) = jax.lax.scan(step, begin, None, STEPS)
    return jax.tree.map(lambda a, b: jnp.concatenate([a[None], b]), begin, states), accounts


def test_numbers_of_a_state_by_hand():
    params = env.build(from_dict(T1))
    state = jax.jit(env.reset)(jax.random.key(0), params)
    at = state.latent.x + params.physics.half_width  # 68 to 99, the stair 2 or 3
    stair = int(at) // 25
    heights = jnp.full_like(state.latent.heights, 10).at[stair + 2 :].set(4)
    numbers = jax.jit(lambda heights: anatomy.numbers(state.replace(latent=state.latent.replace(heights=heights)), params))
    told = numbers(heights)
    assert float(told["height of the next step"]) == -12 and float(told["distance of the next step"]) == 25 * (stair + 2) - int(at)
    flat = numbers(jnp.full_like(heights, 10))
    assert float(flat["height of the next step"]) == 0 and float(flat["distance of the next step"]) == anatomy.SIGHT


# --- the command ---


@pytest.fixture(scope="module")
def explained(tmp_path_factory):
    """Two seeds of a run that keep policies with opinions, explained by the command."""
    root = tmp_path_factory.mktemp("explained") / "demo"
    (cell,) = cells(["pair=background_2", "eval.layout.layout_colors=[red]", "eval.character.shape_colors=[orange]", "budget=smoke"])
    recipe, method = cell.recipe, cell.recipe.method()
    looks = [case.names | {"pair": case.pair and "background_2", "change": recipe.family.changes(cell.world, case)} for case in cell.cases]
    config = recipe.to_dict() | {"training_id": recipe.id, "family": "kage", "budget": dataclasses.asdict(cell.budget), "looks": looks}
    begin = jax.jit(lambda key: method.policy(method.init(key)))
    for seed in (0, 1):
        policy = begin(jax.random.key(seed))
        policy = {"params": policy["params"] | {"Dense_0": jax.tree.map(lambda x: 300 * x, policy["params"]["Dense_0"])}}
        folder = root / "runs" / "t-1" / f"seed={seed}"
        (folder / "checkpoints").mkdir(parents=True)
        (folder / "config.yaml").write_text(yaml.safe_dump(config))
        (folder / "checkpoints" / "step=288.msgpack").write_bytes(pack(288, policy))
    assert main(["explain", str(root), "--episodes", "4"]) == 0
    return root, cell, method, policy


def test_with_nothing_replaced_it_is_the_evaluation_look_and_with_everything_the_training_look_bit_by_bit(explained):
    _, cell, *_ = explained
    twins = cell.recipe.family.explained(cell.world, cell.cases[1].world)
    tasks = twins.train, twins.shifted
    begin, render = jax.jit(lambda key, params: env.reset(key, params)), jax.jit(env.render)
    states = [begin(jax.random.key(7), task.params) for task in tasks]
    train, shifted = (np.asarray(jnp.moveaxis(render(it, task.params), 0, -1)) for it, task in zip(states, tasks))
    differs = (train != shifted).any(-1)
    for split, parts in twins.splits.items():
        show = lambda *names, split=split: np.asarray(explanation._picture(twins, twins.choice(split, names), *states))  # noqa: E731
        np.testing.assert_array_equal(show(), shifted, err_msg=split)
        np.testing.assert_array_equal(show(*parts), train, err_msg=split)
        changed = {it: (show(it) != shifted).any(-1) for it in parts}
        assert all(it.any() for it in changed.values())
        if split == "owner":  # each pixel of the difference has one owner
            np.testing.assert_array_equal(sum(it.astype(int) for it in changed.values()), differs)
            owned = [env.masks(it, task.params) for it, task in zip(states, tasks)]
            np.testing.assert_array_equal(changed["agent"], (owned[0].agent | owned[1].agent) & differs)


def test_the_ends_of_hybrids_play_the_episodes_of_an_evaluation(explained):
    """Hybrids with nothing and with everything replaced, and the accounts of both looks within their time limit, are
    two programs that play the same episodes."""
    root, cell, *_ = explained
    twins = cell.recipe.family.explained(cell.world, cell.cases[1].world)
    rows, _ = read_explained([root / "explain"])
    for seed, own in rows.groupby("seed"):
        values = own.set_index(["question", "what", "part", "on"]).value
        for split, parts in twins.splits.items():
            for on, names in (("eval", ()), ("train", parts)):
                assert values["pixels", split, "+".join(names), "hybrid"] == values["fails", "limit 1", "", on], (seed, split, on)
    assert (rows[rows.what == "limit 1"].value % 1 > 0).any()  # so that not all of this is about 0 or 1


def test_the_table_and_the_page_say_what_was_found(explained):
    root, *_ = explained
    rows, pictures = read_explained([root / "explain"])
    assert set(rows.seed) == {0, 1} and set(rows.question) == {"pixels", "knows", "fails"}
    table = summed(rows)
    (line,) = summary(table).rows
    assert line[0].text == "background_2" and line[1].text == "2"
    shares = rows[(rows.on == "share") & (rows.what == "owner")].groupby("seed").value.sum()
    loss = {seed: own.set_index("on").value for seed, own in rows[rows.what == "limit 1"].groupby("seed")}
    assert all(shares[seed] == pytest.approx(loss[seed]["train"] - loss[seed]["eval"]) for seed in (0, 1))
    assert [view.name for view in pair_views(table)] == ["pixels", "knows", "fails"]
    page = (root / "explain" / "index.html").read_text()
    ((which, shown),) = pictures.items()
    assert which[:2] == ("t-1", "background_2") and page.count("data:image/webp") == len(shown) == 2 + 3 + 2 + 2
    assert list(dict.fromkeys(rows[rows.question == "knows"].what)) == ["pixels", "Conv_0", "Conv_1", "Dense_0", "embedding"]
    assert "lost, high step up" in page and (root / "explain" / "explain.md").exists()


def test_what_is_done_is_not_done_again_unless_it_is_another_question(explained, capsys, monkeypatch):
    root, *_ = explained
    asked = []
    nothing = explanation.Explanation([explanation.Row("pixels", "owner", "", "hybrid", 0.0)], {})
    monkeypatch.setattr(explanation, "explain", lambda *given: asked.append(given[4]) or nothing)
    before = {path: path.read_bytes() for path in (root / "explain" / "answers").iterdir()}
    assert main(["explain", str(root), "--episodes", "4"]) == 0
    assert capsys.readouterr().out.count("done before") == 2 and not asked
    path, content = next(iter(before.items()))
    path.write_text(json.dumps(json.loads(content) | {"about": {}}))
    assert main(["explain", str(root), "--episodes", "4", "--pairs", "back*", "--to", str(root / "explain")]) == 0
    assert asked == [4]
    path.write_text("{")
    assert main(["explain", str(root), "--episodes", "4"]) == 1 and f"{path.name} is damaged" in capsys.readouterr().err
    path.write_bytes(content)


@pytest.mark.parametrize("arguments, words", [
    (["--pairs", "background_3"], "--pairs 'background_3' is not allowed: there are background_2; nearest valid: background_2"),
    (["--episodes", "0"], "--episodes=0 is not allowed: at least 1"),
])  # fmt: skip
def test_wrong_words_are_refused(arguments, words, explained, capsys):
    assert main(["explain", str(explained[0]), *arguments]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("overrides, words", [
    (["pair=background_2", "agent=random"], "agent=random has learnt nothing"),
    (["task=kinetix"], "task=kinetix has no looks, so there is nothing to explain"),
])  # fmt: skip
def test_what_has_no_pixels_or_has_learnt_nothing_is_left_out_with_one_line(overrides, words, tmp_path, capsys):
    (cell, *_) = cells([*overrides, "budget=smoke"])
    (tmp_path / "t" / "seed=0").mkdir(parents=True)
    config = cell.recipe.to_dict() | {"family": cell.recipe.family.name, "budget": dataclasses.asdict(cell.budget), "looks": []}
    (tmp_path / "t" / "seed=0" / "config.yaml").write_text(yaml.safe_dump(config))
    assert main(["explain", str(tmp_path)]) == 1
    told = capsys.readouterr()
    assert f"left out t seed 0: {words}" in told.out and "can be explained" in told.err


def test_memories_stacks_and_other_encoders_are_read_too():
    """As shapes, which compiles nothing."""
    (cell,) = cells(["pair=background_2", "budget=smoke", "task.pool=2", "memory=gru", "task.stack=3", "encoder=impala"])
    twins, method = cell.recipe.family.explained(cell.world, cell.cases[1].world), cell.recipe.method()
    params = jax.eval_shape(lambda key: method.policy(method.init(key)), jax.random.key(0))
    found = jax.eval_shape(partial(moments, method.actor), twins, params, jax.random.key(0))
    first, *parts, embedding, memory = [name for name, _ in in_order(found)]
    assert (first, embedding, memory) == ("pixels", "embedding", "memory") and len(parts) > 2
    assert {it.shape for it in jax.tree.leaves(found.layers)} == {(32 * 24, 32 * 24)}
    hybrid = partial(play_hybrid, method.actor, 4, twins, twins.choice("owner", ()))
    assert {"success_rate", "differs 0"} <= set(jax.eval_shape(hybrid, params, jax.random.key(0)))
