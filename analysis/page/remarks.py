"""What a reader must know before trusting a number: seeds and pairs that are missing, seeds that learnt nothing."""

from collections.abc import Iterator

import pandas as pd

from analysis.gaps import FEWEST, benchmark
from analysis.paper import published
from kage.folders import ranges


def remarks(seeds: pd.DataFrame) -> Iterator[str]:
    """Of everything that was measured. In: `analysis.pairing.paired`."""
    gone: dict[tuple, list[str]] = {}
    for (agent, budget, _), its in seeds.groupby(["agent", "budget", "code"], sort=False):
        everyone = set(its.seed)
        for (pair, dose), part in its.groupby(["pair", "dose"], sort=False):
            if missing := everyone - set(part.seed):
                gone.setdefault((agent, ranges(missing)), []).append(f"{pair} {dose}".strip())
        yield from not_measured(agent, its)
        if len(everyone) < FEWEST:
            yield f"{agent}, {budget}: {len(everyone)} seed{'s' * (len(everyone) > 1)}; intervals need {FEWEST}"
    for (agent, missing), names in gone.items():
        yield f"seeds {missing} of {agent} are missing for {', '.join(names)}"
    runs = seeds.drop_duplicates("run")
    for (agent, training), its in runs.groupby(["agent", "training_id"], sort=False):
        dull = its[its.competent == 0]
        if len(dull):
            yield (f"seeds {ranges(dull.seed)} of {agent} on training look {training} never learnt the task: "
                   "columns named competent leave them out")  # fmt: skip


def partly_measured(rows: pd.DataFrame) -> Iterator[str]:
    """Looks that were not measured at every evaluation of their training. In: tidy rows of `analysis.collect`."""
    its = rows.groupby("run", observed=True).step.agg(last="max", evaluations="nunique")
    looks = rows[rows.split == "eval"].groupby(["run", "training", "seed", "pair", "dose", "look"], observed=True).step
    found = looks.agg(end="max", measured="nunique").reset_index().join(its, on="run")
    found["every"] = found.end == found["last"]
    for (training, every), part in found[found.measured < found.evaluations].groupby(["training", "every"]):
        names = dict.fromkeys(f"{pair} {dose}".strip() for pair, dose in zip(part.pair, part.dose))
        which = "every" if every else "the last"
        yield (f"not measured at {which} evaluation of {training}, seeds {ranges(part.seed)}: {', '.join(names)}; "
               "compared over the evaluations that both looks have")  # fmt: skip


def not_measured(agent: str, seeds: pd.DataFrame) -> Iterator[str]:
    """Pairs of the benchmark's suites that are absent from the suites' means."""
    names = published("pair")[["pair"]].drop_duplicates()["pair"]
    for suite, its in benchmark(seeds).groupby("suite", sort=False):
        all_of = [name for name in names if name.rpartition("_")[0] == suite]
        absent = [name for name in all_of if name not in set(its.pair)]
        if absent and len(absent) < len(all_of):
            yield f"suite {suite} of {agent} is a mean of {len(all_of) - len(absent)} of its {len(all_of)} pairs: " \
                  f"{', '.join(absent)} {'is' if len(absent) == 1 else 'are'} not measured"  # fmt: skip


def of_pair(n: int, competent: object, seeds: int) -> Iterator[str]:
    """Of one line of the pairs table: its runs, how many are competent, and the seeds of its agent."""
    if n < seeds:
        yield f"{seeds - n} of {seeds} seeds missing"
    if not pd.isna(competent) and competent < n:
        yield f"{n - competent} of {n} seeds incompetent"
