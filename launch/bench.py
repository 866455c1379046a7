"""Measured speed: environment steps with and without frames, and PPO. Every frame is written and carried on.

A row is warmed up first, then timed several times; median, slowest and fastest are printed. Frames pass through the
loop's carry and a few of their pixels are read, so that no compiler can leave the drawing out.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import jax
import jax.numpy as jnp
from rich.console import Console
from rich.table import Table

from kage import env
from kage.config import Config
from kage.params import fault
from kage.tasks import kage_task
from kage.train import Trainer
from launch.compose import cells, refuse
from launch.film import write
from launch.record import record

T6 = ["background=image_1", "character=skeleton"]
ALL_FILTERS = [f"filters.{change}" for change in (
    "brightness=0.1", "contrast=1.2", "gamma=1.1", "saturation=0.8", "hue_shift=30", "color_temp=0.3",
    "color_jitter_std=0.1", "gaussian_noise_std=10", "poisson_noise_scale=0.1", "blur_sigma=1", "sharpen_amount=0.5",
    "pixelate_factor=2", "vignette_strength=1", "radial_light_strength=0.3", "pop_filter_list=[vintage]")]
LOOKS = {
    "easy (T1): black, teal circle": [],
    "noise background, teal circle": ["background=noise"],
    "T6: picture, skeleton sprite": T6,
    "T6 + hue filter": [*T6, "filters=hue_180"],
    "T6 + gaussian noise": [*T6, "filters=gaussian_noise"],
    "T6 + four lights": [*T6, "effects=lights"],
    "T6 + 20 world NPCs of 27 skins": [*T6, "npc=world_all", "npc.min_npc_count=20"],
    "everything on": [
        "background=all_images", "character=all_skins", "npc=world_all", "npc.min_npc_count=20",
        "npc.sticky_enabled=true", "npc.min_sticky_count=5", "distractors=mixed", "distractors.count=10",
        "effects=lights", "effects.point_light_count=5", *ALL_FILTERS],
}
TRAININGS = {
    "quick budget, 2 seeds together": (["budget=quick"], 2, 1),
    "quick budget, 1 seed": (["budget=quick"], 1, 1),
    "paper's network, 16 envs x 32 steps, 1 seed": (["budget=paper", "agent.num_envs=16", "agent.num_steps=32"], 1, 1),
}  # fmt: skip


def main(arguments: list[str]) -> int:
    """kage bench env|train."""
    parser = argparse.ArgumentParser(prog="kage bench", description="measured steps per second on this machine")
    parser.add_argument("what", choices=["env", "train"])
    parser.add_argument("--envs", type=int, default=256, help="for env: environments stepped together, %(default)s")
    parser.add_argument("--repeats", type=int, default=5, help="timed repetitions of a row, %(default)s")
    parser.add_argument("--json", type=Path, help="also write the rows there")
    options = parser.parse_args(arguments)
    for name in ("envs", "repeats"):
        if getattr(options, name) < 1:
            raise fault(f"--{name}", getattr(options, name), "at least 1")
    if options.what == "env":
        rows = bench_env(options.envs, options.repeats)
    else:
        refuse(parser, options, ("--envs",), "it is for env; a training has its own number of environments")
        rows = bench_train(options.repeats)
    about = record()
    table = Table(title=f"steps/s on {about['device']}, jax {about['versions']['jax']}, {about['time'][:10]}")
    for name in ("what", "median", "slowest", "fastest", "compile"):
        table.add_column(name, justify="left" if name == "what" else "right", no_wrap=name != "what")
    for row in rows:
        speeds = (f"{row[name]:,.0f}" for name in ("median", "slowest", "fastest"))
        table.add_row(row["what"], *speeds, f"{row['first_call_s']:.1f} s")
    Console().print(table)
    if options.json:
        write(options.json, json.dumps({"record": about, "rows": rows}, indent=1).encode())
    return 0


def timed(what: str, steps: int, call: Callable[[], object], repeats: int) -> dict:
    """Steps/s of a call that does `steps` steps."""
    times = []
    for _ in range(repeats + 1):
        begin = time.perf_counter()
        jax.block_until_ready(call())
        times.append(time.perf_counter() - begin)
    first, *times = times
    return {"what": what, "median": steps / statistics.median(times), "slowest": steps / max(times),
            "fastest": steps / min(times), "first_call_s": first}  # fmt: skip


def bench_env(environments: int, repeats: int) -> list[dict]:
    """Latent steps alone, then steps with frames under several looks."""
    looks = {name: cells(overrides)[0].train for name, overrides in LOOKS.items()}
    first = next(iter(looks.values()))
    rows = [rollout("latent only, no frames", first, environments, 2000, False, repeats)]
    return rows + [rollout(name, config, environments, 50, True, repeats) for name, config in looks.items()]


def rollout(what: str, config: Config, environments: int, length: int, frames: bool, repeats: int) -> dict:
    """Random actions in so many environments for `length` steps."""
    params = env.build(config)
    states = jax.jit(jax.vmap(env.reset, (0, None)))(jax.random.split(jax.random.key(0), environments), params)
    draw = jax.vmap(env.render, (0, None))

    @jax.jit
    def run(states, params):
        def act(carry, key):
            states, _, total = carry
            action = jax.random.bits(key, (environments,), jnp.uint8).astype(jnp.int32) % env.NUM_ACTIONS
            states, reward = jax.vmap(env.step, (0, 0, None))(states, action, params)
            frame = draw(states, params) if frames else jnp.zeros((environments, 1, 1, 1), jnp.uint8)
            return (states, frame, total + reward.sum() + frame[:, 0, 0, 0].sum()), None

        start = draw(states, params) if frames else jnp.zeros((environments, 1, 1, 1), jnp.uint8)
        return jax.lax.scan(act, (states, start, jnp.float32(0)), jax.random.split(jax.random.key(1), length))[0]

    return timed(what, environments * length, lambda: run(states, params), repeats)


def bench_train(repeats: int) -> list[dict]:
    """Environment steps/s of PPO, rollouts and learning, all seeds together."""
    rows = []
    for what, (overrides, seeds, updates) in TRAININGS.items():
        (cell,) = cells(overrides)
        trainer = Trainer(cell.agent, kage_task(cell.train, cell.task.pool), range(seeds))
        learners = trainer.init()
        done = 0

        def call():
            nonlocal learners, done
            learners, metrics = trainer.advance(learners, done, updates)  # noqa: B023
            done += updates  # noqa: B023
            return metrics

        rows.append(timed(what, updates * cell.agent.batch * seeds, call, repeats))
    return rows
