"""Results folders of trainings that never happened: learning curves drawn from a formula, for tests of the report.

Many of them, to measure how reports scale: python tests/synthetic.py DIR --agents 20 --seeds 500 --evaluations 1
"""

import argparse
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import yaml

from kage.family import Case, in_words
from kage.identity import digest
from kage.look.configuration import difference, to_dict
from kage.platformer.config import Config, from_dict
from kage.platformer.family import Platformer, PlatformerWorld, TaskConfig
from kage.runs.run import EVAL, TRAIN, to_lines

BATCH = 16_384
KAGE = {
    "family": "kage", "leads": "gaps", "words": {"pair": "pair"},
    "metrics": [
        {"name": "success_rate", "unit": "share of episodes", "gap": "percent", "share": True},
        {"name": "distance", "unit": "px", "gap": "percent", "share": False},
        {"name": "progress", "unit": "share of the level", "gap": "percent", "share": True},
        {"name": "return", "unit": "reward per episode", "gap": "difference", "share": False},
    ],
    "suites": {"agent": ["agent_2"], "background": ["background_2", "background_3"], "filters": ["filters_1"],
               "layout": ["layout_1"]},
}  # fmt: skip
PUZZLES = {  # a family with levels in place of looks, and without success_rate
    "family": "puzzles", "leads": "scores", "words": {"pair": "level"},
    "metrics": [
        {"name": "solved", "unit": "share of episodes", "gap": "percent", "share": True},
        {"name": "steps", "unit": "steps per episode", "gap": "difference", "share": False},
    ],
    "suites": {"small": ["s_1", "s_2"], "large": ["l_1", "l_2", "l_3"]},
}  # fmt: skip
AGENT = {
    "num_envs": 128, "num_steps": 128, "minibatches": 8, "epochs": 3, "learning_rate": 5e-4, "gamma": 0.999,
    "gae_lambda": 0.95, "clip": 0.2, "value_clip": 0.2, "entropy_weight": 0.01, "value_weight": 0.5,
    "max_gradient_norm": 0.5, "adam_eps": 1e-5, "reward_scale": 1.0, "truncation": "terminal",
}  # fmt: skip
ENCODER = {"name": "cnn", "channels": [32, 64, 64], "kernels": [8, 4, 3], "strides": [4, 2, 1], "dense": 512}
BUDGET = {"total_steps": 25_000_000, "eval_every": 50, "eval_episodes": 128}
IDLE = ("noop", "random")  # agents that learn nothing: one evaluation, at step 0


def write_results(
    root: Path, trainings: Mapping[str, tuple[Config, Mapping[tuple, Config]]], seeds: Sequence[int] = range(3),
    agents: Sequence[str] = ("ppo",), evaluations: int = 5, budget: str = "paper", state: str = "done", old: bool = False,
) -> Path:  # fmt: skip
    """Write run folders of the platformer below `root`.

    The second of `trainings[name]` holds evaluation looks by (suite, pair, study, dose). The later an evaluation look
    stands in its training, the harder it is; every seventh seed never learns. `old`: as folders were written before
    they named their family, label, metrics and encoder.
    """
    for agent in agents:
        for name, (train, looks) in trainings.items():
            identity = digest({"agent": agent, "env": to_dict(train), "steps": evaluations, "budget": budget})
            named = [names(None) | {"look": "train", "look_id": digest(to_dict(train)), "change": {}}]
            named += [names(key) | {"look": in_words(difference(train, look)), "look_id": digest(to_dict(look)),
                                    "change": changes(train, look)} for key, look in looks.items()]  # fmt: skip
            config = configuration(KAGE, identity, root.name, agent, to_dict(train), named, budget, old)
            write_training(root / "runs" / f"{name}-{identity}", config, seeds, evaluations, state, platformer, old)
    return root


def write_puzzles(root: Path, seeds: Sequence[int] = range(3), agents: Sequence[str] = ("ppo", *IDLE)) -> Path:
    """Write run folders of the family `PUZZLES` below `root`: trainings measured on its five levels."""
    for agent in agents:
        identity = digest({"agent": agent, "family": "puzzles"})
        levels = [names(None) | {"look": "train", "look_id": digest("train"), "change": {}}]
        levels += [names((suite, level, "", "")) | {"look": level, "look_id": digest(level), "change": {}}
                   for suite, members in PUZZLES["suites"].items() for level in members]  # fmt: skip
        config = configuration(PUZZLES, identity, root.name, agent, {"size": 5}, levels, "long", old=False)
        write_training(root / "runs" / f"puzzles-{identity}", config, seeds, 5, "done", puzzle, old=False)
    return root


def configuration(family, identity, experiment, agent, env, looks, budget, old) -> dict:
    """The content of config.yaml, the same for all seeds of a training."""
    front = {"training_id": identity, "experiment": experiment}
    back = {"task": {"name": family["family"], "pool": 1}, "budget": {"name": budget} | BUDGET}
    if old:
        return front | {"env": env, "agent": {"name": agent} | AGENT | sizes()} | back | {"looks": looks}
    looks = [look | {"track": "privileged" if agent.startswith("oracle") else "agnostic"} for look in looks]
    sections = {"agent": {"name": agent} | AGENT, "encoder": ENCODER, "memory": {"name": "none"}, "curriculum": {"name": "random"}}
    return front | family | {"label": agent, "env": env} | sections | back | {"looks": looks}


def sizes() -> dict:
    """The encoder's keys, which were the agent's."""
    return {key: value for key, value in ENCODER.items() if key != "name"}


def write_training(folder, config, seeds, evaluations, state, values, old) -> None:
    """The run folders of a training; `values` is the family's formula, see `platformer`."""
    agent, looks, seeds = config["agent"]["name"], config["looks"], list(seeds)
    evaluations = 1 if agent in IDLE else evaluations
    text = yaml.safe_dump(config, sort_keys=False)
    code = "c0de000000" if old else {"world": "c0de000000", "method": digest(agent)}
    record = {"attempts": [{
        "time": "2026-01-01T00:00:00+0000", "host": "synthetic", "python": "3.12.0",
        "command": ["kage", "run", f"agent={agent}", f"seed=range({len(seeds)})"], "seeds": seeds,
        "versions": {"kage-lab": "0.1.0", "jax": "0.9"}, "device": "synthetic: none", "code": code,
        "commit": "0123456789abcdef", "diff": "",
    }]}  # fmt: skip
    steps = [0 if agent in IDLE else 50 * BATCH * i for i in range(evaluations)]
    trained = {} if agent in IDLE else {"steps_trained": len(seeds) * max(steps[-1], BATCH), "train_seconds": 3600.0}
    spent = {"train_seconds": 0.0, "steps_trained": 0, "eval_seconds": 1800.0} | trained
    status = {"state": state, "step": steps[-1], "total": steps[-1], "block": seeds, "heartbeat": 0.0, "host": "synthetic", "pid": 1}
    places = ["split", "suite", "pair", "study", "dose", "look", "look_id"]
    for seed in seeds:
        rng = np.random.default_rng([seed, int(config["training_id"], 16) % 2**32])
        learnt = 0.02 if seed % 7 == 6 else rng.uniform(0.85, 1)
        luck = rng.normal(0, 0.12, len(looks))
        lines = []
        for i, step in enumerate(steps):
            grown = learnt / (1 + np.exp(4 - 10 * (i / (evaluations - 1) if evaluations > 1 else 1.0)))
            grown = 0.02 * learnt if agent in IDLE else grown
            for place, look in enumerate(looks):
                hard = min(max(place / len(looks) * (0.6 if agent == "drq" else 1) + luck[place], 0.0), 1.0)
                left = 1 if place == 0 else 1 - hard
                success = min(max(grown * left + rng.normal(0, 0.04), 0.0), 1.0)
                front = {"step": step} | {name: look[name] for name in places}
                lines += [front | {"metric": metric, "value": float(value), "episodes": 128}
                          for metric, value in values(grown, left, success, place > 0).items()]  # fmt: skip
        write_run(folder / f"seed={seed}", text, record, status | spent, lines)


def platformer(grown: float, left: float, success: float, shifted: bool) -> dict[str, float]:
    """Values of one evaluation by metric: how much is learnt, how much of that the look leaves, and the success."""
    progress = 0.3 * grown + 0.7 * success
    found = {"distance": 490 * progress, "progress": progress, "return": 900 * progress - 950, "success_rate": success}
    return found | ({"agreement": 0.4 + 0.6 * left, "kl": 1.5 * (1 - left)} if shifted else {})


def puzzle(grown: float, left: float, success: float, shifted: bool) -> dict[str, float]:
    """As `platformer`, for levels that are solved in more or fewer steps."""
    return {"solved": success, "steps": 200 - 150 * success}


def write_run(folder: Path, config: str, record: dict, status: dict, rows: Iterable[dict]) -> None:
    """One run folder."""
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text(config)
    (folder / "record.json").write_text(json.dumps(record))
    (folder / "status.json").write_text(json.dumps(status))
    (folder / EVAL).write_bytes(to_lines(rows))
    (folder / TRAIN).write_bytes(b"")
    (folder / "lock").write_bytes(b"")


def changes(train: Config, look: Config) -> dict:
    """The overlay that makes a look of the training look."""
    shifted = Case("", PlatformerWorld(look, TaskConfig()), None, "eval")
    return Platformer().changes(PlatformerWorld(train, TaskConfig()), shifted)


def names(key: tuple | None) -> dict[str, str | None]:
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
    from kage.launch.compose import cells

    trainings = {}
    for cell in cells(["pair=glob(*)"]) + cells(["study=radial_light"]) + cells(["study=background_colors"]):
        if cell.shift.suite != "released":
            shift = cell.shift
            name = "-".join(cell.name.split("-")[:2]) + "-paper"
            looks = trainings.setdefault(cell.training_id, (name, cell.world.env, {}))[2]
            looks[shift.suite, shift.pair, shift.study, shift.dose] = cell.shifted.env
    return {name: (train, looks) for name, train, looks in trainings.values()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="write results of trainings that never happened, on eight looks each")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--agents", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=500)
    parser.add_argument("--evaluations", type=int, default=1)
    parser.add_argument("--old", action="store_true", help="folders as they were before they named their family")
    options = parser.parse_args()
    methods = ["ppo", *(f"method{place}" for place in range(1, options.agents))]
    write_results(options.folder, SMALL, range(options.seeds), methods, options.evaluations, old=options.old)
