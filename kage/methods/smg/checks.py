"""Are the parts of smg what they should be? Checks of a trained learner; truths come from the simulator.

Thresholds are proposals. n: moments.
"""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jax.flatten_util import ravel_pytree

from kage.augment import textures
from kage.augment.augmentation import shares
from kage.checks import Check
from kage.methods.ppo import PPO, ppo_loss
from kage.methods.rollout import Batch, Learner, advantages, collect
from kage.methods.smg import losses, views
from kage.methods.smg.moments import Moments, moments
from kage.methods.smg.networks import Decoder, held
from kage.methods.smg.separation import encoder_of
from kage.networks.actor_critic import embed
from kage.task import Task

HELD = 64  # pictures of which training has none
NEAR = 0.2  # a colour this close in every channel is the same
ENVS, COUNT = 16, 16
PARTS = {"policies": "con_policy", "values": "con_value"}  # of consistency -> the key of its weight


def checks(
    method: PPO, learner: Learner, updates: int, others: Sequence[tuple[str, Task]], steps: int,
) -> Iterator[Check]:  # fmt: skip
    """The checks A to G, those of decisions first. others: name and task of evaluation looks; steps: of the fit of
    check A, 0: without it."""
    added, key = method.auxiliary, jax.random.key(0xC4EC)
    every = max(1, ((method.task.horizon or 1) - 1) // (2 * COUNT))
    record = jax.jit(lambda task, params: moments(method.actor, task, params, key, ENVS, every, COUNT))
    seen, state = record(method.task, learner.params), learner.auxiliary
    found = decisions(method, learner, seen, key)
    yield Check("F", "decisions on frames and on their views", found, None)
    if method.net.memory is None:
        found = gradients(method, learner, updates)
        yield Check("G", "gradients on the encoder", found, found["consistency"] < 10 * found["PPO"])
    if not added.config.separates:
        return
    foreign, picture = pasted(seen, key)
    if steps:
        found = capacity(added, seen, state["made"], steps)
        yield Check("A", f"a decoder alone draws agent and ground after {steps} steps", found,
                    found["agent"] > 0.85 and found["ground within 1 px"] > 0.85)  # fmt: skip
    front, back = jax.jit(added.see_front), jax.jit(added.see_back)
    on = overlap(front(learner.params, state["models"], seen.obs).mask, seen)
    yield Check("B", "the mask covers agent and ground", on,
                on["recall agent"] > 0.8 and on["recall ground"] > 0.5 and on["IoU"] > 0.4
                and not alarms(on, added.config.rho))  # fmt: skip
    off = overlap(front(learner.params, state["models"], foreign).mask, seen)
    yield Check("B2", "and does so before pictures that training has not", off, 0 < 0.8 * on["IoU"] <= off["IoU"])
    found = behind(back(learner.params, state["models"], foreign), picture, seen)
    yield Check("C", "the background has no foreground", found,
                found["error inside"] < found["outside"] + 0.1 and found["agent shows"] < 0.5)  # fmt: skip
    for name, task in others:
        there = record(task, learner.params)
        seeing = overlap(front(learner.params, state["models"], there.obs).mask, there)
        yield Check("D", f"the mask on {name}", seeing | {"IoU less": on["IoU"] - seeing["IoU"]}, None)
    if added.config.act:
        found = told(added, learner, seen, key)
        yield Check("E", "actions are told before pictures that change", found, found["swapped"] > found["majority"])


def pasted(seen: Moments, key: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The moments with pictures that training has not behind the true foreground, and these pictures, u8."""
    made = jax.jit(lambda key: textures.table(key, HELD, seen.obs.shape[-2:]))(jax.random.fold_in(key, 1))
    picture = views.pictures(key, made, seen.obs)
    return views.attribution(seen.truth[:, None].astype(jnp.float32), seen.obs, picture), picture


def widened(truth: jax.Array) -> jax.Array:
    """Masks (n, H, W) bool with the eight neighbours of each of their pixels."""
    for axis in (1, 2):
        rest = [(0, 0)] * 3
        rest[axis] = (1, 1)
        padded, size = jnp.pad(truth, rest), truth.shape[axis]
        truth = sum(jax.lax.dynamic_slice_in_dim(padded, i, size, axis).astype(jnp.int32) for i in range(3)) > 0
    return truth


def overlap(mask: jax.Array, seen: Moments) -> dict[str, float]:
    """How a mask (n, 1, H, W) agrees with the truth, which is widened by 1 px for IoU and precision."""
    marked, near = mask[:, 0] > 0.5, widened(seen.truth)
    both = (marked & near).sum()
    ratio = lambda a, b: float(a / jnp.maximum(b, 1))  # noqa: E731
    return {
        "IoU": ratio(both, (marked | near).sum()), "precision": ratio(both, marked.sum()),
        "recall agent": ratio((marked & seen.agent).sum(), seen.agent.sum()),
        "recall ground": ratio((marked & seen.ground).sum(), seen.ground.sum()),
        "mean": float(mask.mean()), "deviation": float(mask.std()),
    }  # fmt: skip


def alarms(found: dict[str, float], rho: float) -> bool:
    """True if a mask has collapsed: it is nearly nowhere, nearly everywhere, or the same everywhere."""
    return not 0.2 * rho <= found["mean"] <= 3 * rho or found["deviation"] < 0.05


def behind(back: jax.Array, picture: jax.Array, seen: Moments) -> dict[str, float]:
    """The mean error of a background, where the true foreground covers the picture and elsewhere; and the share of the
    agent's pixels in which the background is nearer to the agent's colour than to the picture. picture: u8."""
    error, from_frame = (abs(back - shares(other)).mean(axis=1) for other in (picture, seen.obs))
    truth, agent = seen.truth, seen.agent
    return {"error inside": float((error * truth).sum() / truth.sum()),
            "outside": float((error * ~truth).sum() / (~truth).sum()),
            "agent shows": float(((from_frame < error) & agent).sum() / agent.sum())}  # fmt: skip


def capacity(added: Any, seen: Moments, made: Any, steps: int) -> dict[str, float]:
    """Shares of the agent's and the ground's pixels that a new encoder and decoder draw, on moments that they did not
    learn from: a quarter of them. Squared error, batches of 64, no mask, no PPO."""
    encoder, latent = added.net.encoder, added.config.latent
    module, _ = added.decoders(seen.obs.shape[1:])
    module = Decoder(module.size, (0.0,) * 3, module.cell)
    fit, test = slice(len(seen.obs) // 4, None), slice(0, len(seen.obs) // 4)
    optimizer = optax.adam(added.config.aux_learning_rate)
    draw = lambda params, obs: module.apply(params[1], held(encoder, params[0], obs, latent))  # noqa: E731

    @jax.jit
    def learn(key):
        one = seen.obs[:1]
        params = [encoder.init(key, one)]
        params = (params[0], module.init(key, held(encoder, params[0], one, latent)))

        def step(carry, key):
            params, rest = carry
            obs = jax.random.choice(key, seen.obs[fit], (64,))
            gradient = jax.grad(lambda params: losses.square(draw(params, obs) - shares(obs)).mean())(params)
            updates, rest = optimizer.update(gradient, rest, params)
            return (optax.apply_updates(params, updates), rest), None

        (params, _), _ = jax.lax.scan(step, (params, optimizer.init(params)), jax.random.split(key, steps))
        return draw(params, seen.obs[test])

    right = (abs(learn(jax.random.key(1)) - shares(seen.obs[test])) < NEAR).all(axis=1)
    agent, ground = seen.agent[test], seen.ground[test]
    return {"agent": float((right & agent).sum() / agent.sum()), "ground": float((right & ground).sum() / ground.sum()),
            "ground within 1 px": float((widened(right & ground) & ground).sum() / ground.sum())}  # fmt: skip


def told(added: Any, learner: Learner, seen: Moments, key: jax.Array) -> dict[str, float | str]:
    """How often inverse dynamics is right about the bits of actions, on frames and on attribution views, and how often
    the more frequent value is: the mean over bits, and bit by bit, the lowest first.

    A bit counts only in the moments that it decided. A jump that is asked for in the air, say, cannot be seen.
    """
    models, bits = learner.auxiliary["models"], losses.bits_of(seen.action, added.task.actions.nvec)

    def mean(of):
        return (of * seen.decided).sum(axis=0) / jnp.maximum(seen.decided.sum(axis=0), 1)

    def right(obs, following):
        both = jnp.concatenate([embed(added.net, learner.params, x) for x in (obs, following)], axis=-1)
        return mean((added.inverse.apply(models["inverse"], both) > 0) == bits)

    def swapped(obs, key):
        kept = added.kept(learner.params, models, obs)
        return views.attribution(kept, obs, views.pictures(key, learner.auxiliary["made"], obs))

    share = mean(bits)
    one, other = jax.random.split(key)
    found = {"clean": right(seen.obs, seen.following),
             "swapped": right(swapped(seen.obs, one), swapped(seen.following, other)),
             "majority": jnp.maximum(share, 1 - share)}  # fmt: skip
    each = {f"{name} by bit": " ".join(f"{value:.2f}" for value in values) for name, values in found.items()}
    return {name: float(values.mean()) for name, values in found.items()} | each


def decisions(method: PPO, learner: Learner, seen: Moments, key: jax.Array) -> dict[str, float]:
    """How much the policy differs between frames and their views: KL, and how often the same draw picks one action."""
    truth = seen.truth[:, None].astype(jnp.float32)
    changed = method.auxiliary.seen_anew(learner.params, learner.auxiliary, key, seen.obs, truth.__getitem__)
    first, memory = jnp.ones(len(seen.obs), bool), method.actor.start(len(seen.obs))
    one, other = (method.net.apply(learner.params, obs, memory, first)[0] for obs in (seen.obs, changed))
    same = (one.sample(key) == other.sample(key)).all(axis=-1)
    return {"KL": float(one.kl(other).mean()), "agreement": float(same.mean())}


def parts_of_consistency(added: Any) -> dict[str, Any]:
    """`Separation`s that compare policies alone, and values alone, each if it has a weight."""
    found = {}
    for name, weight in PARTS.items():
        silent = {other: 0.0 for other in PARTS.values() if other != weight}
        if getattr(added.config, weight):
            config = dataclasses.replace(added.config, **silent)
            found[f"consistency of {name}"] = dataclasses.replace(added, config=config)
    return found


def gradients(method: PPO, learner: Learner, updates: int) -> dict[str, float]:
    """Norms of the gradients of the losses on the encoder, of consistency as a whole and by part, on a minibatch of the
    learner's next rollout, and the cosines between PPO's and the others'."""
    config, added = method.config, method.auxiliary

    @jax.jit
    def found(learner):
        after, rollout, _ = collect(method, learner, jnp.int32(0) + updates * config.num_steps)
        _, last, _ = method.net.apply(learner.params, after.obs, after.memory, after.first)
        flat = Batch(rollout.obs, rollout.action, rollout.log_prob, rollout.value, *advantages(config, rollout, last))
        flat = jax.tree.map(lambda x: x.reshape(config.batch, *x.shape[2:]), flat)
        which = jax.random.permutation(learner.key, config.batch)[: config.batch // config.minibatches]
        batch = jax.tree.map(lambda x: x[which], flat._replace(at=jnp.arange(config.batch)))
        state, key = learner.auxiliary, learner.key

        def models(params):
            parts = added.parts(params, state["models"], added.samples(batch, rollout), state["made"], key)
            return sum(added.weights(state["steps"])[name] * part for name, part in parts.items())

        terms = {"PPO": lambda params: ppo_loss(config, method.net, params, batch)[0]}
        if added.config.separates:
            terms["models"] = models
        parts = parts_of_consistency(added) if added.config.consistent else {}
        for name, part in parts.items():
            terms[name] = lambda params, part=part: part.loss(params, state, batch, rollout, key)[0]
        flat_gradient = {name: ravel_pytree(encoder_of(jax.grad(term)(learner.params)))[0]
                         for name, term in terms.items()}  # fmt: skip
        if parts:
            flat_gradient["consistency"] = sum(flat_gradient[name] for name in parts)
        norms = {name: jnp.linalg.norm(x) for name, x in flat_gradient.items()}
        cosines = {f"cosine of {name}": flat_gradient["PPO"] @ x / jnp.maximum(norms["PPO"] * norms[name], 1e-12)
                   for name, x in flat_gradient.items() if name != "PPO"}  # fmt: skip
        return norms | cosines

    return {"consistency": 0.0} | jax.tree.map(float, found(learner))
