"""PPO: its formulas agree with NumPy, its rollouts with the task, and it learns values that are known."""

import dataclasses
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from probes import Choice, Clock, Cue, Endless, Late, Lengths, One, Parts, PartsEncoder

from kage.curricula.random import RandomLevels
from kage.evaluate import evaluate
from kage.methods import ppo
from kage.methods.auxiliary import Auxiliary
from kage.methods.config import PPOConfig
from kage.methods.ppo import PPO, ppo_loss
from kage.methods.rollout import Batch, Rollout, advantages, collect
from kage.networks.actor_critic import ActorCritic
from kage.networks.vector import VectorEncoder

SMALL = PPOConfig(
    num_envs=16, num_steps=8, minibatches=2, epochs=2, learning_rate=1e-2, gamma=0.9, gae_lambda=0.9, value_clip=100.0,
    max_gradient_norm=10.0, entropy_weight=0.0,
)  # fmt: skip
VECTOR = VectorEncoder(16)


def make(task, encoder=VECTOR, seed=0, auxiliary=None, **changes):
    """PPO on a probe, and a learner at step 0."""
    config = dataclasses.replace(SMALL, **changes)
    net = ActorCritic(encoder, task.actions)
    method = PPO(config, task, net, RandomLevels(task), auxiliary or Auxiliary())
    return method, jax.jit(method.init)(jax.random.key(seed))


def train(task, encoder=VECTOR, updates=150, **changes):
    """A function from observations to policy and values after training, and the metrics of the last update."""
    method, learner = make(task, encoder, **changes)
    learner, metrics = jax.jit(partial(jax.lax.scan, method.update))(learner, jnp.arange(updates))
    look = jax.jit(method.net.apply)
    return lambda obs: look(learner.params, obs)[:2], jax.tree.map(lambda x: float(x[-1]), metrics)


def gae_by_loops(reward, value, final_value, terminated, done, last_value, gamma, lam):
    """Each advantage as its own sum over what follows, until the episode ends."""
    steps, envs = reward.shape
    advantage = np.zeros((steps, envs))
    for n in range(envs):
        for t in range(steps):
            weight = 1.0
            for k in range(t, steps):
                after = value[k + 1, n] if k + 1 < steps else last_value[n]
                after = final_value[k, n] if done[k, n] else after
                after = 0.0 if terminated[k, n] else after
                advantage[t, n] += weight * (reward[k, n] + gamma * after - value[k, n])
                if done[k, n]:
                    break
                weight *= gamma * lam
    return advantage


@pytest.mark.parametrize(("gamma", "lam"), [(0.99, 0.95), (0.9, 0.0), (0.8, 1.0), (1.0, 1.0), (0.0, 0.5)])
def test_advantages_equal_plain_loops(gamma, lam):
    config = dataclasses.replace(SMALL, gamma=gamma, gae_lambda=lam)
    estimate = jax.jit(partial(advantages, config))
    for seed in range(3):
        rng = np.random.default_rng(seed)
        reward, value, final_value = rng.normal(size=(3, 9, 6)).astype(np.float32)
        terminated = rng.random((9, 6)) < 0.15
        done = terminated | (rng.random((9, 6)) < 0.15)
        last_value = rng.normal(size=6).astype(np.float32)
        rollout = Rollout(None, None, None, value, reward, terminated, done, np.where(done, final_value, 0))
        advantage, target = estimate(rollout, last_value)
        expected = gae_by_loops(reward, value, final_value, terminated, done, last_value, gamma, lam)
        np.testing.assert_allclose(advantage, expected, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(target, expected + value, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("terminated", "targets"), [(False, [2.5, 3, 5]), (True, [1.5, 1, 5])])
def test_a_truncated_episode_is_worth_what_it_ended_with_and_a_terminated_one_nothing(terminated, targets):
    # gamma 1/2, lambda 1, reward 1 everywhere; an episode ends with the second step, where V was 4; at the end V is 8.
    # By hand: 1 + 8/2 = 5; truncated 1 + 4/2 = 3 or terminated 1; 1 + 3/2 = 2.5 or 1 + 1/2 = 1.5.
    column = lambda *values: np.array(values)[:, None]  # noqa: E731
    rollout = Rollout(None, None, None, column(10.0, 20.0, 30.0), column(1.0, 1.0, 1.0),
                      column(False, terminated, False), column(False, True, False), column(0.0, 4.0, 0.0))  # fmt: skip
    config = dataclasses.replace(SMALL, gamma=0.5, gae_lambda=1.0)
    _, target = advantages(config, rollout, np.array([8.0], np.float32))
    np.testing.assert_allclose(target[:, 0], targets)


def clocked(task=Clock(), **changes):  # noqa: B008, it is frozen
    """A rollout of 7 steps in 4 environments of `Clock`: network, learner, the one after, rollout, metrics."""
    method, learner = make(task, num_envs=4, num_steps=7, minibatches=1, **changes)
    after, rollout, metrics = jax.jit(partial(collect, method))(learner, jnp.int32(0))
    return method.net, learner, after, jax.tree.map(np.asarray, rollout), metrics


@pytest.mark.parametrize("horizon", [3, None])
def test_rollouts_show_whole_episodes_one_after_the_other(horizon):
    _, _, after, rollout, metrics = clocked(Clock(horizon=horizon))
    number, time = rollout.obs[..., 0], rollout.obs[..., 1]
    np.testing.assert_array_equal(time, np.tile([[0], [1], [2]] * 2 + [[0]], (1, 4)))
    np.testing.assert_array_equal(rollout.reward, np.tile([[1], [2], [3]] * 2 + [[1]], (1, 4)))
    np.testing.assert_array_equal(rollout.done, np.tile([[False], [False], [True]] * 2 + [[False]], (1, 4)))
    for n in range(4):
        assert [len(set(number[a:b, n])) for a, b in ((0, 3), (3, 6), (6, 7))] == [1, 1, 1]
    assert len(set(number.ravel())) == 12  # every episode is a new one
    np.testing.assert_array_equal(after.obs, np.stack([number[-1], np.ones(4)], axis=-1))
    assert float(metrics["time"]) == 3  # of episodes that ended, not of the one under way


@pytest.mark.parametrize(("horizon", "resets"), [(3, 2), (None, 7)])
def test_environments_are_reset_once_per_episode_where_all_episodes_are_equally_long(horizon, resets):
    heard = []
    task = Clock(log=lambda number: heard.append(float(number)), horizon=horizon)
    clocked(task)
    jax.effects_barrier()
    assert len(heard) == 4 * (1 + resets)  # 4 environments, begun once


def test_the_final_value_is_that_of_the_last_observation_before_the_reset():
    net, learner, _, rollout, _ = clocked()
    ended = np.stack([rollout.obs[2, :, 0], np.full(4, 3)], axis=-1)
    expected = jax.jit(net.apply)(learner.params, ended)[1]
    np.testing.assert_allclose(rollout.final_value[2], expected, rtol=1e-6)
    assert np.all(abs(rollout.final_value[2] - rollout.value[3]) > 1e-3)
    assert not np.any(rollout.final_value[~rollout.done])


def test_a_time_limit_ends_an_episode_only_where_it_counts_as_an_end():
    for truncation, ends in (("bootstrap", False), ("terminal", True)):
        _, _, _, rollout, _ = clocked(truncation=truncation)
        np.testing.assert_array_equal(rollout.terminated, rollout.done & ends)
        assert rollout.done.sum() == 8


def test_episodes_go_on_from_one_rollout_to_the_next():
    task = Clock()
    method, learner = make(task, num_envs=2, num_steps=4, minibatches=1)
    step = jax.jit(partial(collect, method))
    times = []
    for start in (0, 4, 8):
        learner, rollout, _ = step(learner, jnp.int32(start))
        times += rollout.obs[:, 0, 1].tolist()
    assert times == [0, 1, 2] * 4


def test_updates_count_the_steps_after_which_an_episode_ends():
    method, learner = make(Clock(), num_steps=2)
    update = jax.jit(method.update)
    for index in range(4):
        learner, _ = update(learner, jnp.int32(index))
        assert set(learner.obs[:, 1].tolist()) == {2 * (index + 1) % 3}


def test_recorded_log_probs_and_values_are_those_of_the_acting_policy():
    net, learner, _, rollout, _ = clocked()
    policy, value, _ = jax.jit(net.apply)(learner.params, rollout.obs.reshape(-1, 2))
    np.testing.assert_allclose(rollout.value.ravel(), value, rtol=1e-5, atol=1e-6)
    log_prob = policy.log_prob(rollout.action.reshape(-1, 1))
    np.testing.assert_allclose(rollout.log_prob.ravel(), log_prob, rtol=1e-5, atol=1e-6)


def test_reward_scale_reaches_the_learner_and_no_report():
    method, learner = make(One(), reward_scale=0.25)
    _, rollout, episodes = jax.jit(partial(collect, method))(learner, jnp.int32(0))
    np.testing.assert_array_equal(rollout.reward, np.full((8, 16), 0.25))
    _, metrics = jax.jit(method.update)(learner, jnp.int32(0))
    assert float(metrics["reward"]) == float(metrics["earned"]) == float(episodes["earned"]) == 1


def test_the_learning_rate_grows_and_falls_as_said():
    method, learner = make(One(), learning_rate_warmup=2 * SMALL.batch, learning_rate_decay=4 * SMALL.batch)
    steps = SMALL.epochs * SMALL.minibatches
    found = [ppo.learning_rate(method.config)(jnp.int32(steps * update + step)) for update in range(6) for step in (0, steps - 1)]
    expected = np.repeat([0.5, 0.75, 0.5, 0.25, 0, 0], 2)
    np.testing.assert_allclose(found, SMALL.learning_rate * expected, rtol=1e-6)
    longer = ppo.learning_rate(dataclasses.replace(method.config, longer=2.0))
    assert longer(jnp.int32(6 * steps)) == pytest.approx(SMALL.learning_rate / 4)
    moves, update = [], jax.jit(method.update)
    for index in range(5):
        before, (learner, _) = learner.params, update(learner, index)
        moves.append(any((one != other).any() for one, other in zip(*map(jax.tree.leaves, (before, learner.params)))))
    assert moves == [True] * 4 + [False] and ppo.learning_rate(SMALL) == SMALL.learning_rate


def loss_by_numpy(config, log_prob, entropy, value, batch):
    ratio = np.exp(log_prob - batch.log_prob)
    advantage = (batch.advantage - batch.advantage.mean()) / batch.advantage.std()
    policy_terms, value_terms = [], []
    for r, a, v, old, target in zip(ratio, advantage, value, batch.value, batch.target, strict=True):
        bounded = min(max(r, 1 - config.clip), 1 + config.clip)
        policy_terms.append(min(r * a, bounded * a))
        near = old + min(max(v - old, -config.value_clip), config.value_clip)
        value_terms.append(max((v - target) ** 2, (near - target) ** 2) / 2)
    parts = {
        "policy_loss": -np.mean(policy_terms), "value_loss": np.mean(value_terms), "entropy": np.mean(entropy),
        "approx_kl": np.mean(ratio - 1 - np.log(ratio)), "clip_fraction": np.mean(abs(ratio - 1) > config.clip),
    }  # fmt: skip
    total = parts["policy_loss"] + config.value_weight * parts["value_loss"] - config.entropy_weight * parts["entropy"]
    return total, parts


def some_batch(config, net, params, size=24):
    """Samples of which some are clipped, and their log-probabilities, entropies and values under `params`."""
    rng = np.random.default_rng(0)
    obs = rng.normal(size=(size, 3)).astype(np.float32)
    action = np.stack([rng.integers(0, n, size) for n in net.actions.nvec], axis=-1)

    @jax.jit
    def told(params):
        policy, value, _ = net.apply(params, obs)
        return policy.log_prob(action), policy.entropy(), value

    log_prob, entropy, value = map(np.asarray, told(params))
    old = value + rng.normal(scale=2 * config.value_clip, size=size).astype(np.float32)
    advantage, target = rng.normal(1, 3, (2, size)).astype(np.float32)
    before = log_prob + rng.normal(scale=0.3, size=size).astype(np.float32)
    return Batch(obs, action, before, old, advantage, target), (log_prob, entropy, value)


def test_the_loss_equals_numpy():
    config = PPOConfig(clip=0.2, value_clip=0.5, entropy_weight=0.03, value_weight=0.7)
    net = ActorCritic(VECTOR, Parts.actions)
    params = jax.jit(net.init)(jax.random.key(0), np.zeros((1, 3), np.float32))
    batch, now = some_batch(config, net, params)
    total, parts = jax.jit(partial(ppo_loss, config, net))(params, batch)
    expected, expected_parts = loss_by_numpy(config, *now, batch)
    assert 0.2 < expected_parts["clip_fraction"] < 0.8
    np.testing.assert_allclose(total, expected, rtol=1e-4)
    assert set(parts) == set(expected_parts)
    for name, value in parts.items():
        np.testing.assert_allclose(value, expected_parts[name], rtol=1e-3, atol=1e-5, err_msg=name)


def test_the_loss_falls_on_a_fixed_batch():
    config = dataclasses.replace(SMALL, value_clip=0.2)
    net = ActorCritic(VECTOR, Parts.actions)
    params = jax.jit(net.init)(jax.random.key(0), np.zeros((1, 3), np.float32))
    batch, _ = some_batch(config, net, params)
    optimizer = optimizer_of(config)

    def descend(carry, _):
        params, state = carry
        (value, _), grads = jax.value_and_grad(partial(ppo_loss, config, net), has_aux=True)(params, batch)
        updates, state = optimizer.update(grads, state, params)
        return (optax.apply_updates(params, updates), state), value

    _, losses = jax.jit(lambda p: jax.lax.scan(descend, (p, optimizer.init(p)), length=60))(params)
    assert losses[-1] < losses[0] - 0.2 * abs(losses[0])


def optimizer_of(config):
    """The optimiser of a configuration, which no task, network or curriculum changes."""
    return PPO(config, None, None, None, None).optimizer


def differ(a, b, by=0.0):
    return any(np.any(abs(x - y) > by) for x, y in zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True))


def test_one_epoch_of_one_minibatch_is_one_step_on_the_whole_rollout():
    method, learner = make(Cue(), epochs=1, minibatches=1)

    @jax.jit
    def both(learner):
        learner, rollout, _ = collect(method, learner, jnp.int32(0))
        advantage, target = advantages(method.config, rollout, method.net.apply(learner.params, learner.obs)[1])
        batch = Batch(rollout.obs, rollout.action, rollout.log_prob, rollout.value, advantage, target)
        flat = jax.tree.map(lambda x: x.reshape(-1, *x.shape[2:]), batch)
        grads = jax.grad(lambda p: ppo_loss(method.config, method.net, p, flat)[0])(learner.params)
        updates, _ = method.optimizer.update(grads, learner.optimizer_state, learner.params)
        return method.improve(learner, rollout)[0].params, optax.apply_updates(learner.params, updates)

    improved, stepped = both(learner)
    jax.tree.map(partial(np.testing.assert_allclose, rtol=1e-3, atol=1e-4), improved, stepped)
    assert differ(improved, learner.params, by=1e-3)


def test_every_epoch_sees_every_sample_once_in_an_order_of_its_own(monkeypatch):
    method, learner = make(Late(), num_envs=4, num_steps=6, minibatches=4, epochs=3)
    seen, loss = [], ppo_loss

    def watched(config, net, params, batch):
        jax.debug.callback(lambda part: seen.append(np.asarray(part)), batch.value, ordered=True)
        return loss(config, net, params, batch)

    rollout = jax.jit(partial(collect, method))(learner, jnp.int32(0))[1]
    rollout = rollout._replace(value=jnp.arange(24.0).reshape(6, 4))  # who is who
    monkeypatch.setattr(ppo, "ppo_loss", watched)
    jax.block_until_ready(jax.jit(method.improve)(learner, rollout))
    jax.effects_barrier()
    epochs = np.reshape(seen, (3, 24))
    assert len(set(epochs[0].tolist())) == 24
    for a, b in ((0, 1), (0, 2), (1, 2)):
        assert (epochs[a] != epochs[b]).any() and (np.sort(epochs[a]) == np.sort(epochs[b])).all()


def test_the_optimizer_is_adam_behind_a_bound_on_the_norm():
    """Its first step by hand: -lr g / (|g| + eps), g scaled down to the norm."""
    config = PPOConfig(learning_rate=0.5, adam_eps=1.0, max_gradient_norm=5.0)
    params = jnp.zeros(2)
    optimizer = optimizer_of(config)
    first = jax.jit(lambda gradient: optimizer.update(gradient, optimizer.init(params), params)[0])
    for gradient in ([3.0, -4.0], [30.0, -40.0]):
        np.testing.assert_allclose(first(jnp.array(gradient)), [-0.5 * 3 / 4, 0.5 * 4 / 5], rtol=1e-5)


@pytest.mark.parametrize("name", ["entropy", "reward"])
def test_a_task_may_not_call_a_metric_like_one_of_ours(name):
    class Clash(One):
        def step(self, state, action):
            state, step = super().step(state, action)
            return state, step._replace(metrics={name: jnp.float32(7)})

    method, learner = make(Clash())
    with pytest.raises(ValueError, match=f"called {name}, as one of PPO's own"):
        jax.eval_shape(method.update, learner, 0)


def test_an_update_is_a_function_of_its_key():
    method, learner = make(Choice())
    update = jax.jit(method.update)
    runs = [update(learner.replace(key=jax.random.key(seed)), jnp.int32(0))[0].params for seed in (1, 1, 2)]
    jax.tree.map(np.testing.assert_array_equal, runs[0], runs[1])
    assert differ(runs[1], runs[2])


def test_probe_one_step_is_worth_its_reward():
    look, _ = train(One())
    np.testing.assert_allclose(look(np.ones((1, 1), np.float32))[1], 1, atol=0.03)


def test_probe_the_value_depends_on_the_observation():
    look, metrics = train(Cue())
    np.testing.assert_allclose(look(np.array([[-1.0], [1.0]], np.float32))[1], [-1, 1], atol=0.15)
    assert abs(metrics["reward"]) < 0.5  # both cues are drawn


def test_probe_a_late_reward_is_discounted():
    look, _ = train(Late(), updates=300, gamma=0.7, learning_rate=3e-3)
    np.testing.assert_allclose(look(np.eye(2, dtype=np.float32))[1], [0.7, 1], atol=0.06)


def test_probe_the_policy_picks_what_pays():
    look, metrics = train(Choice())
    policy, value = look(np.array([[-1.0], [1.0]], np.float32))
    best = np.exp(policy.log_prob(jnp.array([[0], [1]])))
    assert np.all(best > 0.9) and metrics["reward"] > 0.85
    np.testing.assert_allclose(value, [1, 1], atol=0.15)


def test_probe_a_clock_is_no_end_when_bootstrapping():
    worth = {}
    for truncation in ("bootstrap", "terminal"):
        look, _ = train(Endless(), updates=300, truncation=truncation, gae_lambda=1.0)
        worth[truncation] = float(look(np.ones((1, 1), np.float32))[1][0])
    assert abs(worth["bootstrap"] - 1 / (1 - 0.9)) < 0.5
    # As an end: the mean over the 4 steps of what is left, (1 + 1.9 + 2.71 + 3.439) / 4.
    assert abs(worth["terminal"] - 2.26225) < 0.2


def test_probe_episodes_of_different_lengths():
    look, metrics = train(Lengths())
    np.testing.assert_allclose(look(np.eye(4, dtype=np.float32)[1:])[1], [1, 1.9, 2.71], atol=0.08)
    assert metrics["ended"] == 1 and 1.6 < metrics["length"] < 2.4


def test_probe_an_action_of_two_parts_and_an_observation_of_any_structure():
    task = Parts()
    look, metrics = train(task, PartsEncoder())
    cues = jnp.array([[i, j] for i in range(3) for j in range(2)])
    policy, _ = look(jax.vmap(task.observe)(cues))
    assert np.all(np.exp(policy.log_prob(cues)) > 0.8) and metrics["reward"] > 0.85


def test_evaluation_takes_a_metric_when_its_episode_ends():
    task, episodes = Lengths(), 300
    method, learner = make(task)
    measure = jax.jit(lambda key: evaluate(method.actor, task, learner.params, key, episodes))
    first, again, other = (jax.tree.map(float, measure(jax.random.key(seed))) for seed in (0, 0, 1))
    assert first["ended"] == 1
    drawn = task.sample_levels(jax.random.split(jax.random.key(0))[1], episodes)
    assert first["length"] == pytest.approx(float(drawn.mean()), rel=1e-6)
    assert first == again != other


def test_evaluation_acts_by_the_policy():
    method, learner = make(Choice())
    sure = jax.tree.map(np.zeros_like, learner.params)
    sure["params"]["Dense_0"]["bias"][:] = [0, 100]  # always action 1, which pays for half of the cues
    sure["params"]["encoder"]["Dense_0"]["kernel"][0, :2] = [100, -100]
    blind = float(evaluate(method.actor, Choice(), sure, jax.random.key(0), 200)["earned"])
    sure["params"]["Dense_0"]["kernel"][:2] = [[-1, 1], [2, -2]]
    assert 0.35 < blind < 0.65
    assert float(evaluate(method.actor, Choice(), sure, jax.random.key(0), 200)["earned"]) == 1
