"""Measured costs on this machine: steps per second with and without frames, PPO, compilation, memory, commands.

Each row is warmed up, then measured several times; median, slowest and fastest are printed. The loop carries the frames
along and reads a few of their pixels. Without this the compiler could remove the drawing.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from kage.console import console, say
from kage.launch.answers import COMMANDS, cpu_seconds
from kage.launch.compose import cells, refuse
from kage.launch.footprint import bytes_per_environment, compilations
from kage.launch.record import record
from kage.materialise import materialise
from kage.params import fault
from kage.recipe import Recipe
from kage.runs.files import write
from kage.train import Trainer

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
    "T6 + blur": [*T6, "filters.blur_sigma=1"],
    "T6 + four lights": [*T6, "effects=lights"],
    "T6 + 20 world NPCs of 27 skins": [*T6, "npc=world_all", "npc.min_npc_count=20"],
    "everything on": [
        "background=all_images", "character=all_skins", "npc=world_all", "npc.min_npc_count=20",
        "npc.sticky_enabled=true", "npc.min_sticky_count=5", "distractors=mixed", "distractors.count=10",
        "effects=lights", "effects.point_light_count=5", *ALL_FILTERS],
    "first person, T1": ["task=first_person"],
    "first person, T6": ["task=first_person", *T6],
    "first person, T6 + 8 NPCs": ["task=first_person", *T6, "npc=world_all", "npc.min_npc_count=8",
                                  "npc.max_npc_count=8"],
    "first person, picture walls": ["task=first_person", "layout.wall_texture=picture",
                                    "layout.wall_image_path=assets/backgrounds/bg-1.png"],
}
LATENT = {"latent only, no frames": [], "first person, no frames": ["task=first_person"]}
TRAININGS = {
    "quick budget, 2 seeds together": (["budget=quick"], 2, 1),
    "quick budget, 1 seed": (["budget=quick"], 1, 1),
    "paper's network, 16 envs x 32 steps, 1 seed": (["budget=paper", "agent.num_envs=16", "agent.num_steps=32"], 1, 1),
}  # fmt: skip
ON_A_GPU = {f"paper's protocol, seeds together: {n}": (["budget=paper"], n, 1) for n in (1, 2, 5, 10)}
COMPILED = "T6 under the paper's protocol", [*T6, "budget=paper"]

# What is measured -> the unit, and the columns of the printed table: the key of a row, and its format.
SPREAD = ("median", "slowest", "fastest")
SPEED = {name: ",.0f" for name in SPREAD} | {"first_call_s": ".1f"}
TABLES = {
    "env": ("steps/s", {"envs": ",d"} | SPEED | {"relative": ".2f"}),
    "train": ("steps/s", SPEED | {"relative": ".2f", "multiply_adds": ",.0f"}),
    "compile": (f"seconds to compile {COMPILED[0]}", {name: ".1f" for name in SPREAD}),
    "memory": ("bytes of each environment", {"envs": ",d", "state": ",.0f", "frame": ",.0f", "working": ",.0f"}),
    "commands": ("CPU seconds of a command", {name: ".2f" for name in SPREAD}),
}


def main(arguments: list[str]) -> int:
    """kage bench env|train|compile|memory|commands."""
    parser = argparse.ArgumentParser(prog="kage bench", description="measured costs on this machine")
    parser.add_argument("what", choices=TABLES)
    parser.add_argument("overrides", nargs="*", metavar="OVERRIDE",
                        help="for train: recipes to compare with the first one, say agent=ppo,drac; budget=quick; "
                        "for env: worlds of levels, say task=kinetix task.size=s,m,l, which compile for minutes")
    parser.add_argument("--envs", type=int, nargs="+", default=[256],
                        help="for env and memory: environments stepped together, 256")  # fmt: skip
    parser.add_argument("--repeats", type=int, default=5, help="timed repetitions of a row, %(default)s")
    parser.add_argument("--json", type=Path, help="also write the rows there")
    options = parser.parse_intermixed_args(arguments)
    worlds = worlds_of_levels(options.overrides) if options.overrides and options.what == "env" else []
    if options.overrides and options.what != "train" and not worlds:
        raise fault("kage bench", options.overrides[0], "overrides are for kage bench train, and for kage bench env "
                    "where task has levels and no looks")  # fmt: skip
    for name, least in (("envs", min(options.envs)), ("repeats", options.repeats)):
        if least < 1:
            raise fault(f"--{name}", least, "at least 1")
    if worlds:
        rows = [row for count in options.envs for loops in worlds
                for row in bench_levels(loops, count, options.repeats)]  # fmt: skip
    elif options.what == "env":
        rows = [row for count in options.envs for row in bench_env(count, options.repeats)]
    elif options.what == "memory":
        refuse(parser, options, ("--repeats",), "bytes are counted once")
        rows = [row for count in options.envs for row in bench_memory(count)]
    else:
        refuse(parser, options, ("--envs",), "it is for env and memory; a training has its own number of environments")
        trainings = partial(bench_methods, options.overrides) if options.overrides else bench_train
        bench = {"train": trainings, "compile": bench_compile, "commands": bench_commands}[options.what]
        rows = bench(options.repeats)
    about = record()
    unit, columns = TABLES[options.what]
    columns = {name: form for name, form in columns.items() if all(name in row for row in rows)}
    where = f"{unit} on {about['device']}, jax {about['versions']['jax']}, {about['time'][:10]}"
    if "envs" in columns and len(options.envs) == 1:  # in the title, not a column: rows fit into 80 characters
        where += f", {options.envs[0]:,d} environments"
        columns = {name: form for name, form in columns.items() if name != "envs"}
    table = Table(title=where, box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("what")
    for name in columns:
        table.add_column(name.replace("_call_s", ", s"), justify="right", no_wrap=True)
    for row in rows:
        table.add_row(row["what"], *(format(row[name], form) for name, form in columns.items()))
    console().print(table)
    if options.json:
        write(options.json, json.dumps({"record": about, "rows": rows}, indent=1).encode())
    return 0


def timed(what: str, steps: int, call: Callable[[], object], repeats: int) -> dict:
    """A row with the steps/s of a call that does `steps` steps. The first call, which compiles, is shown apart."""
    times = []
    for turn in range(repeats + 1):
        announce(what, turn, repeats)
        begin = time.perf_counter()
        jax.block_until_ready(call())
        times.append(time.perf_counter() - begin)
    return spread_of_speed(what, steps, times)


def announce(what: str, turn: int, repeats: int) -> None:
    """Say on stderr what begins: some programs compile for minutes, and the table comes when all is measured."""
    if turn == 0:
        say(Console(stderr=True), f"compiling {what}", markup=False)
    elif turn == 1:
        say(Console(stderr=True), f"timing {what}, {repeats} x", markup=False)


def spread_of_speed(what: str, steps: int, times: Sequence[float]) -> dict:
    """A row with the steps/s of calls that took these seconds; the first one, which compiled, is shown apart."""
    first, *times = times
    return {"what": what, "median": steps / statistics.median(times), "slowest": steps / max(times),
            "fastest": steps / min(times), "first_call_s": first}  # fmt: skip


def bench_env(environments: int, repeats: int) -> list[dict]:
    """Measure latent steps without frames, frames filled with one value, and frames drawn under several looks; all are
    also told relative to the first look."""
    first, *_ = LOOKS.values()
    kinds = [(what, overrides, nothing, 2000) for what, overrides in LATENT.items()]
    kinds += [("plain fill of frames", first, fill, 50)]
    kinds += [(what, overrides, drawn, 50) for what, overrides in LOOKS.items()]
    rows = []
    for what, overrides, draw, length in kinds:
        (cell,) = cells(overrides)
        run, states, params = rollout(cell.recipe.family.env, cell.world.env, environments, draw, length)
        call = partial(run, states, params)
        rows.append({"envs": environments} | timed(what, environments * length, call, repeats))
    usual = rows[len(LATENT) + 1]["median"]
    return [row | {"relative": row["median"] / usual} for row in rows]


def worlds_of_levels(overrides: Sequence[str]) -> list[Callable[[int], Iterable]]:
    """Of each world that has something to time besides looks, a function from a number of environments to that."""
    found = []
    for cell in cells(overrides):
        if hasattr(cell.recipe.family, "loops") and (cell.world, cell.recipe.family) not in found:
            found.append((cell.world, cell.recipe.family))
    return [partial(family.loops.loops, family.task(world)) for world, family in found]


def bench_levels(loops: Callable[[int], Iterable], environments: int, repeats: int) -> list[dict]:
    """Measure what a world of levels has to time, all told relative to the first of it."""
    rows = [{"envs": environments} | timed(what, count, call, repeats) for what, count, call in loops(environments)]
    return [row | {"relative": row["median"] / rows[0]["median"]} for row in rows]


def bench_memory(environments: int) -> list[dict]:
    """Bytes of each environment under several looks."""
    rows = []
    for what, overrides in LOOKS.items():
        (cell,) = cells(overrides)
        run, states, params = rollout(cell.recipe.family.env, cell.world.env, environments, drawn, 50)
        rows.append({"envs": environments, "what": what} | bytes_per_environment(run, states, params))
    return rows


def rollout(
    env: ModuleType, config: Any, environments: int, draw: Callable, length: int
) -> tuple[Callable, Any, Any]:
    """A compiled function that plays random actions in all environments for `length` steps, and its arguments.

    env: the functions of a world: `build`, `reset`, `step`, `render`; draw: (env, states, params) -> frames.
    """
    params = env.build(config)
    states = jax.jit(jax.vmap(env.reset, (0, None)))(jax.random.split(jax.random.key(0), environments), params)

    @jax.jit
    def run(states, params):
        def act(carry, key):
            states, _, total = carry
            action = jax.random.bits(key, (environments,), jnp.uint8).astype(jnp.int32) % env.NUM_ACTIONS
            states, reward = jax.vmap(env.step, (0, 0, None))(states, action, params)
            # Write the whole frame, as for an agent. Otherwise XLA draws parts of it again to read single pixels.
            frame = materialise(draw(env, states, params))
            return (states, frame, total + reward.sum() + frame[:, 0, 0, 0].sum()), None

        start = states, draw(env, states, params), jnp.float32(0)
        return jax.lax.scan(act, start, jax.random.split(jax.random.key(1), length))[0]

    return run, states, params


def drawn(env, states, params) -> jax.Array:
    """What the agents see."""
    return jax.vmap(env.render, (0, None))(states, params)


def nothing(env, states, params) -> jax.Array:
    """No frames: one zero for each environment."""
    return jnp.zeros((len(states.latent.t), 1, 1, 1), jnp.uint8)


def fill(env, states, params) -> jax.Array:
    """Frames filled with one value that changes every step: they show the least that writing frames costs."""
    frames = jax.eval_shape(partial(drawn, env), states, params)
    return jnp.broadcast_to(states.latent.t[:, None, None, None].astype(frames.dtype), frames.shape)


def bench_train(repeats: int) -> list[dict]:
    """Environment steps/s of PPO, with rollouts and learning, summed over the seeds; for the first training also of
    measuring these seeds on a look."""
    rows = []
    for what, (overrides, seeds, updates) in (TRAININGS if jax.default_backend() == "cpu" else ON_A_GPU).items():
        (cell,) = cells(overrides)
        trainer = Trainer(cell.recipe.method(), range(seeds))
        learners = trainer.init()
        done = 0

        def call():
            nonlocal learners, done
            learners, metrics = trainer.advance(learners, done, updates)  # noqa: B023
            done += updates  # noqa: B023
            return metrics

        rows.append(timed(what, updates * cell.recipe.agent.batch * seeds, call, repeats))
        if len(rows) == 1:
            params, episodes = trainer.policies(learners), cell.budget.eval_episodes
            measure = partial(trainer.evaluate, params, [(trainer.task, None)], 0, episodes)
            rows.append(timed(f"measuring: {what}", seeds * episodes * trainer.task.horizon, measure, repeats))
    return rows


def bench_methods(overrides: Sequence[str], repeats: int) -> list[dict]:
    """Environment steps/s of one seed of each recipe, relative to the first, and its multiply-adds per step, under the
    quick budget unless another is given."""
    usual = [] if any(override.startswith("budget=") for override in overrides) else ["budget=quick"]
    trainings = {cell.training_id: cell for cell in cells([*usual, *overrides])}.values()
    told = [training.recipe.label for training in trainings]
    if len(set(told)) < len(told):  # a label says nothing of the task
        shared = set.intersection(*(set(training.words) for training in trainings))
        told = [" ".join([label, *(word for word in training.words if word not in shared)])
                for label, training in zip(told, trainings, strict=True)]  # fmt: skip
    return in_turn(list(zip(told, (training.recipe for training in trainings), strict=True)), repeats)


def in_turn(named: Sequence[tuple[str, Recipe]], repeats: int) -> list[dict]:
    """Rows of recipes with their names, relative to the first. They are timed in turn, since other work on the machine
    then slows all of them."""
    trainers = [Trainer(recipe.method(), [0]) for _, recipe in named]
    learners = [trainer.init() for trainer in trainers]
    times: list[list[float]] = [[] for _ in trainers]
    for turn in range(repeats + 1):
        for i, trainer in enumerate(trainers):
            announce(named[i][0], turn, repeats)
            begin = time.perf_counter()
            learners[i], _ = trainer.advance(learners[i], turn, 1)
            times[i].append(time.perf_counter() - begin)
    rows = [spread_of_speed(what, recipe.agent.batch, own) for (what, recipe), own in zip(named, times, strict=True)]
    adds = [trainer.multiply_adds(1) / recipe.agent.batch for (_, recipe), trainer in zip(named, trainers, strict=True)]
    return [row | {"relative": row["median"] / rows[0]["median"], "multiply_adds": own}
            for row, own in zip(rows, adds, strict=True)]  # fmt: skip


def bench_compile(repeats: int) -> list[dict]:
    """Seconds to compile each program of a training, and their sum."""
    return [spread(what, times) for what, times in compilations(COMPILED[1], repeats).items()]


def bench_commands(repeats: int) -> list[dict]:
    """CPU seconds that each command takes to answer."""
    return [spread(what, [cpu_seconds(command) for _ in range(repeats)]) for what, command in COMMANDS.items()]


def spread(what: str, seconds: list[float]) -> dict:
    """A row of measured seconds."""
    return {"what": what, "median": statistics.median(seconds), "slowest": max(seconds), "fastest": min(seconds)}
