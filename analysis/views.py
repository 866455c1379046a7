"""Every table of a report as it is shown, in order."""

import dataclasses
from collections.abc import Iterator, Mapping

import pandas as pd

from kage.analysis.formats import View, file_name
from kage.analysis.methods import PRIVILEGED
from kage.analysis.metrics import PLATFORMER, Family
from kage.analysis.pairing import COMPETENT
from kage.analysis.power import ALPHA, GAP, POWER
from kage.analysis.tables import (
    beside_view,
    changes_view,
    early_view,
    full,
    improvements_view,
    interactions_view,
    means_view,
    method_pairs_view,
    methods_view,
    named,
    overview,
    profiles_view,
    responses_view,
    scores_view,
    seeds_needed_view,
)


def views(frames: Mapping[str, pd.DataFrame], family: Family = PLATFORMER) -> Iterator[View]:
    """Every table as it is shown, what the family leads with first; those named ..._full are for files."""
    parts = [score_views, gap_views] if family.leads == "scores" else [gap_views, score_views]
    for part in parts:
        yield from part(frames, family)
    yield from method_views(frames, family)
    yield from planning_views(frames, family)
    for what in ("suite", "pair"):
        if f"paper_{what}s" in frames:
            yield beside_view(frames[f"paper_{what}s"], f"paper_{what}s", f"{what}s beside the paper's", what)


def score_views(frames: Mapping[str, pd.DataFrame], family: Family) -> Iterator[View]:
    """The tables of scores."""
    pair = family.word("pair")
    if "scores_suites" in frames:
        title = f"scores of suites: mean of the {pair}s' means ± SEM over seeds"
        yield scores_view(frames["scores_suites"], "scores_suites", title, "suite", family)
    if "scores" in frames:
        table = named(frames["scores"])
        table = table.assign(name=table.name + (" " + table.dose).where(table.dose != "", ""))
        yield scores_view(table, "scores", f"scores of {pair}s: mean ± SEM over seeds", "name", family)


def gap_views(frames: Mapping[str, pd.DataFrame], family: Family) -> Iterator[View]:
    """The tables of gaps."""
    pair = family.word("pair")
    if "suites" in frames:
        title = f"suites: mean of the {pair}s' means ± SEM over {pair}s"
        yield overview(frames["suites"], "suites", title, "suite", family)
        yield full(frames["suites"], "suites_full", title, "suite", family)
    if "pairs" in frames:
        pairs, title = named(frames["pairs"]), f"{pair}s: mean ± SEM over seeds"
        yield overview(pairs, "pairs", title, "name", family)
        yield full(pairs, "pairs_full", title, "name", family)
        if (changes := changes_view(pairs, "changes", f"what the {pair}s change", family)).rows:
            yield changes
    if "doses" in frames:
        for study, doses in frames["doses"].groupby("study", sort=False):
            several = doses.pair.nunique() > 1
            doses = doses.assign(dose=doses.pair + ": " + doses.dose) if several else doses
            file = f"doses_{file_name(study)}"
            yield overview(doses, file, f"study {study}: mean ± SEM over seeds", "dose", family)
    if "responses" in frames:
        yield responses_view(frames["responses"], "responses", f"dose-response of {family.telling.prose}", family)
    if "interactions" in frames:
        title = f"interactions: loss of {family.telling.prose} under two changes at once, in percent"
        yield interactions_view(frames["interactions"], "interactions", title, family)


def planning_views(frames: Mapping[str, pd.DataFrame], family: Family) -> Iterator[View]:
    """The tables that help to plan experiments, for files and the page."""
    prose = family.telling.prose
    if "seeds_needed" in frames:
        title = f"seeds that a gap of {100 * GAP:.0f} points of {prose} needs (power {POWER:g}, level {ALPHA:g})"
        view = seeds_needed_view(frames["seeds_needed"], "seeds_needed", title, family)
        yield dataclasses.replace(view, quiet=True)
    if "early" in frames:
        title = f"what early agreement tells of the gap of {prose} at the end of training"
        yield dataclasses.replace(early_view(frames["early"], "early", title, family), quiet=True)


def method_views(frames: Mapping[str, pd.DataFrame], family: Family) -> Iterator[View]:
    """The tables that compare methods."""
    pair = family.word("pair")
    if "methods" in frames:
        table, title = frames["methods"], f"methods x suites: {family.telling.prose}, mean of the {pair}s' means"
        privileged = table.track == PRIVILEGED
        if not privileged.all():
            yield methods_view(table[~privileged], "methods", title, family)
        if privileged.any():
            title = f"privileged methods, which are given what the others must find out: {family.telling.prose}"
            yield methods_view(table[privileged], "methods_privileged", title, family)
    if "methods_equal" in frames:
        level = f"{family.telling.prose} of {COMPETENT:g} on the training look"
        title = f"methods where a run first reached a {level}, without runs that never did"
        yield methods_view(frames["methods_equal"], "methods_equal", title, family)
    if "method_pairs" in frames:
        title = f"gaps of methods beside the reference's, {pair} by {pair}: {family.telling.prose}"
        view = method_pairs_view(named(frames["method_pairs"]), "method_pairs", title, family)
        yield dataclasses.replace(view, quiet=True)
    if "robust_means" in frames and frames["robust_means"].eval_low.notna().any():
        title = f"interquartile mean of all runs x {pair}s, with 95 % intervals (Student's t over seeds)"
        yield means_view(frames["robust_means"], "robust_means", title, family)
    if "profiles" in frames:
        title = f"performance profile: share of runs x {pair}s with more than a threshold of {family.telling.prose}"
        yield dataclasses.replace(profiles_view(frames["profiles"], "profiles", title, family), quiet=True)
    if "improvements" in frames:
        title = f"probability that first beats second under the shift, mean over {pair}s, with 95 % intervals"
        yield improvements_view(frames["improvements"], "improvements", title, family)
