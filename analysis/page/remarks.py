"""What a reader must know before trusting a number: seeds and pairs that are missing, seeds that learnt nothing."""

from collections.abc import Iterator

import pandas as pd

from kage.analysis.compare import WHO
from kage.analysis.gaps import FEWEST, benchmark
from kage.analysis.methods import IDLE
from kage.analysis.metrics import PLATFORMER, Family
from kage.analysis.paper import published
from kage.analysis.select import plain
from kage.runs.folders import ranges


def remarks(seeds: pd.DataFrame, family: Family = PLATFORMER) -> Iterator[str]:
    """Of everything that was measured. In: `kage.analysis.pairing.paired`."""
    gone: dict[tuple, list[str]] = {}
    looks = plain(seeds[[*WHO, "suite", "study", "pair", "dose", "seed"]].drop_duplicates())
    for (agent, budget, *_), own in looks.groupby(WHO, sort=False):
        everyone = set(own.seed)
        for (pair, dose), part in own.groupby(["pair", "dose"], sort=False):
            if missing := everyone - set(part.seed):
                gone.setdefault((agent, ranges(missing)), []).append(f"{pair} {dose}".strip())
        yield from not_measured(agent, own, family)
        if len(everyone) < FEWEST:
            yield f"{agent}, {budget}: {len(everyone)} seed{'s' * (len(everyone) > 1)}; intervals need {FEWEST}"
    for (agent, missing), names in gone.items():
        yield f"seeds {missing} of {agent} are missing for {', '.join(names)}"
    runs = plain(seeds.drop_duplicates("run")[["agent", "training_id", "seed", "competent"]])
    for (agent, training), own in runs[~runs.agent.isin(IDLE)].groupby(["agent", "training_id"], sort=False):
        dull = own[own.competent == 0]
        if len(dull):
            yield (f"seeds {ranges(dull.seed)} of {agent} on training look {training} never learnt the task: "
                   "columns named competent leave them out")  # fmt: skip


def partly_measured(rows: pd.DataFrame) -> Iterator[str]:
    """Looks that were not measured at every evaluation of their training. In: tidy rows of `kage.analysis.collect`."""
    moments = rows[["run", "step"]].drop_duplicates()
    evaluations = moments.groupby("run", observed=True).step.agg(last="max", evaluations="size")
    names = ["run", "training", "seed", "pair", "dose", "look"]
    looks = rows.loc[rows.split == "eval", [*names, "step"]].drop_duplicates()
    found = looks.groupby(names, observed=True).step.agg(end="max", measured="size").reset_index()
    found = plain(found.join(evaluations, on="run").query("measured < evaluations"))
    found["every"] = found.end == found["last"]
    for (training, every), part in found.groupby(["training", "every"]):
        names = dict.fromkeys(f"{pair} {dose}".strip() for pair, dose in zip(part.pair, part.dose))
        which = "every" if every else "the last"
        yield (f"not measured at {which} evaluation of {training}, seeds {ranges(part.seed)}: {', '.join(names)}; "
               "compared over the evaluations that both looks have")  # fmt: skip


def not_measured(agent: str, seeds: pd.DataFrame, family: Family) -> Iterator[str]:
    """Pairs of the family's suites that are absent from the suites' means."""
    for suite, own in benchmark(seeds).groupby("suite", sort=False):
        members = family.suites.get(suite, of_paper(suite) if family.name == PLATFORMER.name else ())
        absent = [name for name in members if name not in set(own.pair)]
        if absent and len(absent) < len(members):
            yield f"suite {suite} of {agent} is a mean of {len(members) - len(absent)} of its {len(members)} pairs: " \
                  f"{', '.join(absent)} {'is' if len(absent) == 1 else 'are'} not measured"  # fmt: skip


def of_paper(suite: str) -> list[str]:
    """The members of a suite as the paper lists them, for folders that do not name them."""
    return [name for name in published("pair").pair.unique() if name.rpartition("_")[0] == suite]


def of_pair(n: int, competent: object, seeds: int, agent: str) -> Iterator[str]:
    """Of one line of the pairs table: its runs, how many are competent, and the seeds of its agent."""
    if n < seeds:
        yield f"{seeds - n} of {seeds} seeds missing"
    if not pd.isna(competent) and competent < n and agent not in IDLE:
        yield f"{n - competent} of {n} seeds incompetent"
