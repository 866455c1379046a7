"""Networks over entities: equal to the written forward passes, blind to order and to rows that are not in use."""

import dataclasses
from dataclasses import dataclass
from functools import cache, partial
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from entity_levels import golden, observed
from probes import Probe, State, outcome
from test_ppo import SMALL

from kage import registry
from kage.curricula.random import RandomLevels
from kage.launch.compose import cells
from kage.methods.auxiliary import Auxiliary
from kage.methods.ppo import PPO, samples_of
from kage.methods.rollout import collect
from kage.methods.untrained import FixedActor
from kage.networks.actor_critic import ActorCritic, embed
from kage.networks.cost import parameters
from kage.networks.entity_sums import EntitySums
from kage.networks.recurrent import GRU
from kage.params import ConfigError
from kage.task import ActionSpec

ACTIONS = ActionSpec((3, 3, 3, 3, 2, 2))
ENCODERS = ("entities", "entity_mlp")
GATE = {"given": ("Wr", "Wz", "Wg"), "own": ("Ur", "Uz"), "reset": ("Ug",)}  # matrices that are products of one input
HEADS = {"policy": "Dense_0", "value": "Dense_1"}


@cache
def network(name):
    """A network, and its first parameters; of the sums any parameters, because drawing orthogonal ones takes long."""
    net = ActorCritic(registry.find("encoder", name)().build(), ACTIONS, hidden=(128,) * 5)
    if name == "entities":
        return net, jax.jit(net.init)(jax.random.key(0), observed("l/rail"))
    return net, any_weights(jax.eval_shape(net.init, jax.random.key(0), observed("l/rail")), 0.1)


def any_weights(like, scale):
    """Parameters of the shapes of `like`."""
    rng = np.random.default_rng(0)
    return jax.tree.map(lambda x: rng.normal(scale=scale, size=x.shape).astype(x.dtype), like)


def written_parameters() -> dict[str, np.ndarray]:
    """The arrays of the goldens by name, filled as their README says."""
    arrays, network = {}, golden("network")
    for number, (name, sizes) in enumerate(zip(network["name"], network["shape"], strict=True)):
        shape = tuple(map(int, sizes.split(",")))
        u = np.random.RandomState(number).uniform(-1, 1, shape)
        inputs = int(np.prod(shape[:-1])) if name.endswith("attention/out/kernel") else shape[0]
        scale = name.split("/")[-1] == "scale"
        plain = len(shape) == 1 or name.endswith("/bias")
        arrays[str(name)] = np.float32(1 + 0.1 * u if scale else 0.1 * u if plain else u * np.sqrt(3 / inputs))
    return arrays


def as_ours(arrays: dict[str, np.ndarray]) -> dict:
    """The same parameters as the network here names them."""
    ours: dict = {"encoder": {}}
    for name, value in arrays.items():
        *path, last = name.split("/")
        if path[-1].startswith("gate"):
            continue
        if path[0] != "encoder" and not path[0].startswith("layer"):
            ours.setdefault(HEADS.get(path[0], path[0]), {})[last] = value
            continue
        place = ours["encoder"]
        for part in path[1:] if path[0] == "encoder" else path:
            place = place.setdefault(part, {})
        place[last] = value
    for layer in ("layer0", "layer1"):
        for gate in ("gate1", "gate2"):
            of = lambda name, at=f"{layer}/{gate}": arrays[f"{at}/{name}"]  # noqa: E731
            joined = {ours: {"kernel": np.concatenate([of(name) for name in names], axis=1)} for ours, names in GATE.items()}
            ours["encoder"][layer][gate] = joined | {"keep": of("b")}
    return {"params": ours}


def test_the_transformer_has_the_size_of_the_paper_whatever_the_level():
    net, params = network("entities")
    small = jax.eval_shape(net.init, jax.random.key(0), observed("s/h5_rotate_fall"))
    assert parameters(params) == parameters(small) == sum(x.size for x in written_parameters().values()) == 786_369


@pytest.mark.parametrize("levels", [("s/h2_one_wheel_car", "s/h5_rotate_fall"), ("m/arm_left", "m/h12_thrustfall_left"),
                                    ("l/grasp_easy", "l/rail")])  # fmt: skip
def test_with_given_weights_decisions_and_values_are_those_that_were_written(levels):
    net, params = network("entities")
    given, written = as_ours(written_parameters()), golden("network")
    assert jax.tree.map(np.shape, given) == jax.tree.map(np.shape, params)
    policy, value, _ = jax.jit(net.apply)(given, observed(*levels))
    log_probs = np.concatenate([jax.nn.log_softmax(part) for part in policy.logits], axis=-1)
    for found, name in ((log_probs, "log_probs"), (value, "value")):
        expected = np.concatenate([written[f"{level}/{name}"] for level in levels])
        np.testing.assert_allclose(found, expected, atol=1e-4, rtol=0, err_msg=name)


def test_weights_begin_as_the_paper_has_them():
    """Orthogonal in encoders and heads, with their scales; the transformer's own as Flax draws them."""
    params = network("entities")[1]["params"]
    scales = {"encoder/polygon": 2**0.5, "encoder/thruster": 2**0.5, "actor4": 2**0.5, "critic0": 2**0.5, "Dense_0": 0.01, "Dense_1": 1.0}
    for path, scale in scales.items():
        layer = params
        for name in path.split("/"):
            layer = layer[name]
        np.testing.assert_allclose(np.linalg.svd(layer["kernel"], compute_uv=False), scale, rtol=1e-4)
        assert not layer["bias"].any()
    layer = params["encoder"]["layer1"]
    for kernel, inputs in ((layer["joint"]["kernel"], 384), (layer["gate2"]["given"]["kernel"], 128)):
        assert kernel.std() == pytest.approx(inputs**-0.5, rel=0.05)
    assert not layer["gate1"]["keep"].any()


def spoilt(obs, rng):
    """The same observation with anything in rows that are not in use."""
    fields = obs._asdict()
    for kind in ("polygon", "circle", "joint", "thruster"):
        used = fields[f"{kind}_mask"]
        fields[f"{kind}s"] = np.where(used[..., None], fields[f"{kind}s"], np.nan)
        if f"{kind}_indexes" in fields:
            indexes = fields[f"{kind}_indexes"]
            shape = used.reshape(*used.shape, *[1] * (indexes.ndim - 2))
            fields[f"{kind}_indexes"] = np.where(shape, indexes, rng.integers(-40, 40, indexes.shape)).astype(np.int32)
    active = np.concatenate([obs.polygon_mask, obs.circle_mask], axis=1)
    both = active[:, None, :, None] & active[:, None, None, :]
    fields["attention_mask"] = np.where(both, obs.attention_mask, rng.random(obs.attention_mask.shape) < 0.5)
    return type(obs)(**fields)


@pytest.mark.parametrize("name", ENCODERS)
def test_rows_that_are_not_in_use_may_hold_anything(name):
    """Bit by bit, and in gradients, which go through the same rows in both networks."""
    net, params = network(name)
    obs = observed("l/rail")
    other = spoilt(obs, np.random.default_rng(0))
    assert np.isnan(other.polygons).any() and (other.joint_indexes != obs.joint_indexes).any()
    found = partial(embed, net)
    if name == "entities":
        found = jax.value_and_grad(lambda params, obs: (embed(net, params, obs) ** 2).sum())
    found = jax.jit(found)
    jax.tree.map(np.testing.assert_array_equal, found(params, obs), found(params, other))


def reordered(obs, polygons, circles, joints):
    """The same observation with its rows in another order; row i was row polygons[i], ... before."""
    fields = obs._asdict()
    shapes = np.concatenate([polygons, len(polygons) + circles])
    place = np.argsort(shapes)  # where each shape is now
    for kind, order in (("polygon", polygons), ("circle", circles), ("joint", joints)):
        for field in (f"{kind}s", f"{kind}_mask"):
            fields[field] = fields[field][:, order]
    fields["joint_indexes"] = place[obs.joint_indexes[:, joints]].astype(np.int32)
    fields["thruster_indexes"] = place[obs.thruster_indexes].astype(np.int32)
    fields["attention_mask"] = obs.attention_mask[:, :, shapes][..., shapes]
    return type(obs)(**fields)


@pytest.mark.parametrize("name", ENCODERS)
def test_the_order_of_entities_says_nothing(name):
    """Two polygons, then all rows: the embedding stays. Without moving what joints and masks say of them it would not."""
    net, params = network(name)
    obs, apply, rng = observed("l/grasp_easy"), jax.jit(partial(embed, net)), np.random.default_rng(0)
    rows = [np.arange(x.shape[1]) for x in (obs.polygons, obs.circles, obs.joints)]
    swapped = rows[0].copy()
    one, other = np.flatnonzero(obs.polygon_mask[0])[-2:]
    swapped[[one, other]] = swapped[[other, one]]
    expected = apply(params, obs)
    for orders in ((swapped, *rows[1:]), [rng.permutation(row) for row in rows]):
        np.testing.assert_allclose(apply(params, reordered(obs, *orders)), expected, rtol=1e-4, atol=1e-5)
    half = obs._replace(polygons=obs.polygons[:, swapped])
    assert (abs(apply(params, half) - expected) > 1e-4).any() == (name == "entities")


@pytest.mark.parametrize("name", ENCODERS)
def test_each_sample_has_an_embedding_of_its_own(name):
    net, params = network(name)
    obs, apply = observed("l/rail"), jax.jit(partial(embed, net))
    found = apply(params, obs)
    assert found.dtype == np.float32 and found.shape == (4, 128 if name == "entities" else 256)
    np.testing.assert_allclose(apply(params, type(obs)(*(x[::-1] for x in obs))), found[::-1], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("field", ["joint_indexes", "thruster_indexes", "attention_mask", "joints", "thrusters", "circles"])
def test_the_transformer_reads_every_field(field):
    net, params = network("entities")
    obs, apply = observed("l/rail"), jax.jit(partial(embed, net))
    value = getattr(obs, field)
    other = 1 - value if value.dtype != bool else np.broadcast_to(np.eye(value.shape[-1], dtype=bool), value.shape)
    used = obs.thruster_mask.any() if "thruster" in field else True
    assert (abs(apply(params, obs._replace(**{field: jnp.abs(other)})) - apply(params, obs)) > 1e-5).any() == used


def test_an_encoder_that_cannot_see_what_is_shown_is_refused():
    for given, words in ((["encoder=entities"], "it takes entities, and task=kage shows pixels; nearest valid: cnn"),
                         (["task=kinetix", "encoder=cnn"], "it takes pixels, and task=kinetix shows entities; nearest valid: entities")):  # fmt: skip
        with pytest.raises(ConfigError, match=f"encoder='{given[-1][8:]}' is not allowed: {words}"):
            cells(given)


@pytest.mark.parametrize("key, words", [("heads", "encoder.heads=6 is not allowed: a multiple of 4; nearest valid: 8"),
                                        ("inner", "encoder.inner=6 is not allowed: a multiple of encoder.heads; nearest valid: 8")])  # fmt: skip
def test_heads_that_cannot_share_the_masks_are_refused(key, words):
    with pytest.raises(ConfigError, match=words):
        registry.find("encoder", "entities")(**{key: 6})


def test_hidden_layers_of_heads_are_part_of_the_id_and_none_is_the_network_of_before():
    plain, deep = (cells([*more, "budget=smoke"])[0].recipe for more in ([], ["agent.hidden=[16,8]"]))
    assert plain.id == cells(["agent.hidden=[]", "budget=smoke"])[0].recipe.id != deep.id
    heads = {name: set(jax.eval_shape(made.method().init, jax.random.key(0)).params["params"]) - {"encoder"}
             for name, made in (("plain", plain), ("deep", deep))}  # fmt: skip
    assert heads["plain"] == {"Dense_0", "Dense_1"}
    assert heads["deep"] - heads["plain"] == {"actor0", "actor1", "critic0", "critic1"}


@dataclass(frozen=True)
class Shown(Probe):
    """Shows the written observation number `level`, for level + 1 steps; every right part of an action pays 1/6."""

    sees: ClassVar = "entities"
    actions: ClassVar = ACTIONS
    horizon: ClassVar = None

    def sample_level(self, key):
        return jax.random.randint(key, (), 0, 4)

    def reset(self, key, level):
        return State(jnp.int32(0), level), self.observe(level)

    def observe(self, level):
        return jax.tree.map(lambda x: jnp.asarray(x)[level], observed("s/h5_rotate_fall"))

    def step(self, state, action):
        t, reward = state.t + 1, (action == state.cue % jnp.array(ACTIONS.nvec)).mean()
        end = t > state.cue
        return state._replace(t=t), outcome(self.observe(state.cue), reward, truncated=end, right=reward)


def test_entities_and_actions_of_many_parts_go_through_rollouts_memory_and_pieces():
    """Before any gradient learning sees what acting saw, across ends of episodes: a log-probability is the sum over the
    six parts, and what an episode ended with is valued where the time limit is none of the task's."""
    task, config = Shown(), dataclasses.replace(SMALL, num_envs=4, num_steps=8, piece=4)
    net = ActorCritic(EntitySums(12, 8, 8), ACTIONS, GRU(4), hidden=(8,))
    method = PPO(config, task, net, RandomLevels(task), Auxiliary())
    learner = jax.jit(method.init)(jax.random.key(0), any_weights(jax.eval_shape(method.init, jax.random.key(0)).params, 0.02))
    after, rollout, _ = jax.jit(partial(collect, method))(learner, jnp.int32(0))
    at = np.asarray(samples_of(jnp.arange(8), 4, 4))
    flat = jax.tree.map(lambda x: np.asarray(x).reshape(32, *x.shape[2:]), rollout)
    seen = jax.tree.map(lambda x: x[at], flat.obs)

    @jax.jit
    def told(params, *given):
        policy, value, _ = net.apply(params, *given)
        return list(map(jax.nn.log_softmax, policy.logits)), value, policy.entropy()

    logits, value, entropy = told(learner.params, seen, flat.memory[at[:8]], flat.first[at])
    by_part = [np.asarray(part)[np.arange(32), flat.action[at, i]] for i, part in enumerate(logits)]
    np.testing.assert_allclose(sum(by_part), flat.log_prob[at], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(value, flat.value[at], rtol=1e-4, atol=1e-5)
    assert rollout.action.shape == (8, 4, 6) and len(by_part) == 6 and rollout.first.sum() > 8
    np.testing.assert_array_equal(rollout.final_value != 0, rollout.done)
    assert (abs(entropy - np.log(3**4 * 2**2)) < 0.01).all()  # of a policy that has not learnt
    learner, _ = jax.eval_shape(method.improve, after, rollout)
    assert jax.tree.map(jnp.shape, learner.params) == jax.tree.map(jnp.shape, after.params)


def test_agents_that_do_not_learn_have_six_parts_too():
    first, key = jnp.ones(500, bool), jax.random.key(0)
    even, still = (FixedActor(name, ACTIONS).act((), None, (), first, key)[0] for name in ("random", "noop"))
    np.testing.assert_allclose(even.log_prob(even.sample(key)), -np.log(3**4 * 2**2), rtol=1e-5)
    assert [len(set(column)) for column in even.sample(key).T.tolist()] == list(ACTIONS.nvec)
    assert not still.sample(key).any() and (still.entropy() == 0).all()


def test_the_budget_of_kinetix_is_the_papers():
    agent = cells(["task=kinetix"])[0].recipe.agent
    assert (agent.num_envs, agent.num_steps, agent.piece, agent.batch // agent.piece // agent.minibatches) == (2048, 256, 256, 64)
    assert agent.heads == (128,) * 5 and agent.truncation == "terminal"
    assert (agent.learning_rate, agent.gamma, agent.gae_lambda, agent.clip, agent.value_clip) == (5e-5, 0.995, 0.9, 0.2, 0.2)
    assert (agent.epochs, agent.max_gradient_norm, agent.value_weight, agent.entropy_weight) == (8, 1.0, 0.5, 0.01)
