"""Costs of programs besides their running time: seconds to compile them, and bytes of each environment."""

import multiprocessing
import tempfile
import time
from collections.abc import Callable
from typing import Any

import jax

from kage.launch.compose import cells
from kage.train import Trainer

SEEDS = [0, 1]


def compilations(overrides: list[str], repeats: int) -> dict[str, list[float]]:
    """Seconds to compile the programs of a training: first with an empty cache, then with the cache that this filled.

    Each measurement runs in a process of its own. Returns name of the program -> one number per repetition.
    """
    times: dict[str, list[float]] = {}
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as cache:
            for which in ("cold", "kept"):
                with multiprocessing.get_context("spawn").Pool(1) as process:
                    found = process.apply(compile_seconds, (overrides, cache))
                for name, seconds in (found | {"all three": sum(found.values())}).items():
                    times.setdefault(f"{name}, {which}", []).append(seconds)
    return times


def compile_seconds(overrides: list[str], cache: str) -> dict[str, float]:
    """Seconds to trace and compile each program of a training; the folder `cache` may hold them compiled."""
    jax.config.update("jax_compilation_cache_dir", cache)
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
    (cell,) = cells(overrides)
    trainer = Trainer(cell.recipe.method(), SEEDS)
    seconds = {}
    for name, lower in trainer.lowered(cell.budget.log_every, cell.budget.eval_episodes).items():
        begin = time.perf_counter()
        lower().compile()
        seconds[name] = time.perf_counter() - begin
    return seconds


def bytes_per_environment(run: Callable, states: Any, params: Any) -> dict[str, float]:
    """Bytes of one environment: state, frame, and the memory that the compiled `run` needs besides its results."""
    compiled = run.lower(states, params).compile()
    _, frames, _ = jax.eval_shape(run, states, params)
    total = {"state": sum(x.nbytes for x in jax.tree.leaves(states)), "frame": frames.size,
             "working": compiled.memory_analysis().temp_size_in_bytes}  # fmt: skip
    return {name: value / len(frames) for name, value in total.items()}
