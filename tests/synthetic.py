"""Results folders of trainings that never happened: learning curves drawn from a formula, for tests of the report."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import yaml

from kage.config import Config, difference, from_dict, to_dict
from kage.family import Case, in_words
from kage.identity import digest
from kage.methods.config import PPOConfig
from kage.platformer.family import Platformer, PlatformerWorld, TaskConfig
from kage.run import EVAL, TRAIN, to_lines
from launch.experiment import BudgetConfig

BATCH = 16_384


def write_results(
    root: Path, trainings: Mapping[str, tuple[Config, Mapping[tuple, Config]]], seeds: Sequence[int] = range(3),
    agents: Sequence[str] = ("ppo",), evaluations: int = 5, budget: str = "paper", state: str = "done",
) -> Path:  # fmt: skip
    """Write run folders below `root`; the second of `trainings[name]` holds evaluation looks by (suite, pair, study,
    dose). The harder an evaluation look, the later it stands in its training; every seventh seed never learns."""
    for agent in agents:
        for name, (train, looks) in trainings.items():
            identity = digest({"agent": agent, "env": to_dict(train), "steps": evaluations, "budget": budget})
            for seed in seeds:
                folder = root / "runs" / f"{name}-{identity}" / f"seed={seed}"
                write_run(folder, identity, agent, train, looks, seed, list(seeds), evaluations, budget, state)
    return root


def write_run(folder, identity, agent, train, looks, seed, block, evaluations, budget, state) -> None:
    """One run folder."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng([seed, int(identity, 16) % 2**32])
    steps = [50 * BATCH * i for i in range(evaluations)]
    learnt = 0.02 if seed % 7 == 6 else rng.uniform(0.85, 1)
    told_looks = [row(None) | {"change": {}, "look": "train", "look_id": digest(to_dict(train))}]
    told_looks += [row(key) | {"change": changes(train, look), "look": in_words(difference(train, look)),
                               "look_id": digest(to_dict(look))} for key, look in looks.items()]  # fmt: skip
    luck = rng.normal(0, 0.12, len(told_looks))
    lines = []
    for i, step in enumerate(steps):
        grown = learnt / (1 + np.exp(4 - 10 * i / max(1, evaluations - 1)))
        for place, look in enumerate(told_looks):
            hard = float(np.clip(place / len(told_looks) * (0.6 if agent == "drq" else 1) + luck[place], 0, 1))
            left = 1 if place == 0 else 1 - hard
            success = float(np.clip(grown * left + rng.normal(0, 0.04), 0, 1))
            progress = 0.3 * grown + 0.7 * success
            values = {"distance": 490 * progress, "progress": progress, "return": 900 * progress - 950,
                      "success_rate": success}  # fmt: skip
            if place:
                values |= {"agreement": 0.4 + 0.6 * left, "kl": 1.5 * (1 - left)}
            names = {name: value for name, value in look.items() if name != "change"}
            lines += [{"step": step, **names, "metric": metric, "value": value, "episodes": 128}
                      for metric, value in values.items()]  # fmt: skip
    config = {
        "training_id": identity, "experiment": folder.parents[2].name, "env": to_dict(train),
        "agent": dataclasses.asdict(PPOConfig(truncation="terminal")) | {"name": agent}, "task": dataclasses.asdict(TaskConfig()),
        "budget": dataclasses.asdict(BudgetConfig(name=budget)), "looks": told_looks,
    }  # fmt: skip
    attempt = {
        "time": "2026-01-01T00:00:00+0000", "host": "synthetic", "python": "3.12.0",
        "command": ["kage", "run", f"agent={agent}", f"seed=range({len(block)})"], "seeds": block,
        "versions": {"kage-bench": "0.1.0", "jax": "0.9"}, "device": "synthetic: none", "code": "c0de000000",
        "commit": "0123456789abcdef", "diff": "",
    }  # fmt: skip
    status = {"state": state, "step": steps[-1], "total": steps[-1], "block": block, "train_seconds": 3600.0,
              "eval_seconds": 1800.0, "heartbeat": 0.0, "host": "synthetic", "pid": 1}  # fmt: skip
    (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    (folder / "record.json").write_text(json.dumps({"attempts": [attempt]}))
    (folder / "status.json").write_text(json.dumps(status))
    (folder / EVAL).write_bytes(to_lines(lines))
    (folder / TRAIN).write_bytes(b"")


def changes(train: Config, look: Config) -> dict:
    """The overlay that makes a look of the training look."""
    shifted = Case("", PlatformerWorld(look, TaskConfig()), None, "eval")
    return Platformer().changes(PlatformerWorld(train, TaskConfig()), shifted)


def row(key: tuple | None) -> dict[str, str | None]:
    """The names of a look in eval.jsonl and config.yaml."""
    suite, pair, study, dose = key or (None, None, None, None)
    return {"split": "eval" if key else "train", "suite": suite, "pair": pair, "study": study, "dose": dose}


T1 = from_dict({
    "background": {"mode": "black"}, "npc": {"enabled": False}, "distractors": {"enabled": False},
    "character": {"use_shape": True, "shape_types": ["circle"], "shape_colors": ["teal"], "shape_rotate": False},
    "layout": {"layout_colors": ["cyan"]},
})  # fmt: skip
PAIRS = {
    ("agent", "agent_2", "", ""): {"character": {"shape_colors": ["pink"]}},
    ("background", "background_2", "", ""): {"background": {"mode": "color", "color_names": ["purple"]}},
    ("background", "background_3", "", ""): {"background": {"mode": "color", "color_names": ["lime", "indigo"]}},
    ("filters", "filters_1", "", ""): {"filters": {"brightness": 1.0}},
    ("layout", "layout_1", "", ""): {"layout": {"layout_colors": ["red"]}},
}
DOSES = {("study", "dimming", "dimming", f"{dose:g}"): {"filters": {"brightness": -dose}} for dose in (0.25, 0.5, 0.75)}
SMALL = {"black-teal_circle-paper": (T1, {key: from_dict(change, T1) for key, change in (PAIRS | DOSES).items()})}


def benchmark_looks() -> dict[str, tuple[Config, dict[tuple, Config]]]:
    """The benchmark's 34 pairs by training look, and two studies: `write_results` at full size."""
    from launch.compose import cells

    trainings = {}
    for cell in cells(["pair=glob(*)"]) + cells(["study=radial_light"]) + cells(["study=background_colors"]):
        if cell.shift.suite != "released":
            shift = cell.shift
            name = "-".join(cell.name.split("-")[:2]) + "-paper"
            looks = trainings.setdefault(cell.training_id, (name, cell.world.env, {}))[2]
            looks[shift.suite, shift.pair, shift.study, shift.dose] = cell.shifted.env
    return {name: (train, looks) for name, train, looks in trainings.values()}
