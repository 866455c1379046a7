"""Fit the models of agent=smg to frames of a scripted policy, without reinforcement learning, and check the mask.

    python docs/smg_fit.py [OVERRIDES] [--steps N] [--batch N] [--picture FILE]

OVERRIDES are those of `kage run`, on budget=quick: `background=image_1 character=skeleton agent.rho=0.1`. It prints the
checks B, B2 and C of `kage check` after every hundred steps. Frames that are checked are not learnt from. FILE shows
what the models draw in the end.
"""

import argparse
import time
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp

from kage.launch.compilations import keep_compilations
from kage.launch.compose import cells
from kage.launch.model_sheets import sheet_of_rows
from kage.methods.projection import with_encoder
from kage.methods.smg.checks import behind, overlap, pasted
from kage.methods.smg.moments import moments
from kage.methods.smg.separation import Samples
from kage.methods.smg.sheets import ENVS, drawn, pictures
from kage.networks.policy import Policy

RUNS = jnp.log(jnp.array([0.14, 1e-9, 0.56, 1e-9, 0.06, 1e-9, 0.24, 1e-9]))  # right in 80 % of steps, jump in 30 %
EVERY = 100  # steps between two rows


class Scripted:
    """A policy that runs right and jumps by chance."""

    def start(self, n: int) -> Any:
        """No memory."""
        return ()

    def act(self, params, obs, memory, first, key):
        """The same probabilities everywhere."""
        return Policy((jnp.broadcast_to(RUNS, (len(obs), 8)),)), memory


def main() -> None:
    """Record, fit, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("overrides", nargs="*")
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--picture", type=Path)
    options = parser.parse_intermixed_args()
    keep_compilations()
    (cell,) = cells(["budget=quick", "agent=smg", *options.overrides])
    method, key = cell.recipe.method(), jax.random.key(0)
    added = method.auxiliary
    seen = jax.jit(lambda key: moments(Scripted(), method.task, None, key, 64, 4, 50))(key)
    test, fit = (jax.tree.map(lambda x, part=part: x[part], seen) for part in (slice(0, 256), slice(256, None)))
    foreign, picture = pasted(test, jax.random.key(1))
    first = jnp.ones(1, bool)

    @jax.jit
    def begin(key):
        params = method.net.init(key, seen.obs[:1], method.actor.start(1), first)
        return params, added.init(jax.random.fold_in(key, 1), params, seen.obs[:1])

    @jax.jit
    def learn(params, state, key):
        def step(carry, key):
            params, state = carry
            at = jax.random.randint(key, (options.batch,), 0, len(fit.obs))
            share = fit.truth[at].mean((1, 2)) if added.config.true_share else None
            part = Samples(fit.obs[at], fit.action[at], fit.following[at], jnp.ones(options.batch, bool), None, share)
            encoder, changed = added.improve(params, state, key, part, state["made"])
            return (with_encoder(params, encoder), state | changed), None

        return jax.lax.scan(step, (params, state), jax.random.split(key, EVERY))[0]

    front, back = jax.jit(added.see_front), jax.jit(added.see_back)
    params, state = begin(jax.random.key(2))
    for done in range(EVERY, options.steps + 1, EVERY):
        began = time.process_time()
        params, state = learn(params, state, jax.random.fold_in(key, done))
        jax.block_until_ready(params)
        spent = time.process_time() - began
        rows = {"clean": test.obs, "held out": foreign}
        text = [f"{name}: " + ", ".join(f"{what} {value:.2f}" for what, value in overlap(
            front(params, state["models"], obs).mask, test).items()) for name, obs in rows.items()]  # fmt: skip
        text += [", ".join(f"{what} {value:.2f}" for what, value in behind(
            back(params, state["models"], foreign), picture, test).items())]  # fmt: skip
        print(f"{done:5}  {'; '.join(text)}; {1000 * spent / EVERY:.0f} ms of CPU a step", flush=True)
    if options.picture:
        some = jax.tree.map(lambda x: x[:: len(x) // ENVS][:ENVS], test)
        rows = pictures(jax.jit(lambda: drawn(added, params, state, some, key))())
        sheet_of_rows(f"fitted to frames for {options.steps} steps", rows).save(options.picture)


if __name__ == "__main__":
    main()
