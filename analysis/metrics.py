"""What a family of worlds measures and what tables call it: the one place that knows metrics.

A run's config.yaml describes its family. Folders from before config.yaml did so are the platformer's.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

PERCENT, DIFFERENCE, NONE = "percent", "difference", "none"  # how a gap is taken; NONE: there is none
PROSE = {"agreement": "counterfactual agreement", "kl": "KL between the looks"}
SHORT = {"success_rate": "success", "kl": "KL"}
TIE_BREAK = "return"  # decides between evaluations that are equal in the telling metric
PAPER_ORDER = ("distance", "progress", "success_rate", "return")  # of the paper's tables


@dataclass(frozen=True)
class Metric:
    """One thing that is measured of a policy."""

    name: str
    unit: str = ""
    gap: str = PERCENT  # PERCENT of the train value, DIFFERENCE of both, or NONE
    share: bool = False  # is it a share, in 0..1?
    repeats: str = ""  # the metric of which it is a multiple: their gaps in percent are the same

    @property
    def prose(self) -> str:
        """The name in sentences."""
        return PROSE.get(self.name, self.name.replace("_", " "))

    @property
    def title(self) -> str:
        """The name in sentences, with the unit."""
        return f"{self.prose} ({self.unit})" if self.unit else self.prose

    @property
    def short(self) -> str:
        """The name in headers of tables."""
        return SHORT.get(self.name, self.name)

    @property
    def gap_unit(self) -> str:
        """What follows a gap's number."""
        return " %" if self.gap == PERCENT else ""

    def gap_of(self, train: np.ndarray, shifted: np.ndarray) -> np.ndarray:
        """Gap of means, train - eval: as it is, or in percent of the train mean (NaN where that is not above 0: there
        is nothing to lose a share of). What is lost is above 0, what is gained below."""
        difference = np.subtract(train, shifted)
        if self.gap == DIFFERENCE:
            return difference
        return 100 * np.divide(difference, train, out=np.full(np.shape(difference), np.nan), where=np.greater(train, 0))

    def gap_slopes(self, train: float, shifted: float) -> np.ndarray:
        """The derivative [2] of `gap_of` by both means; NaN where there is no gap."""
        if self.gap == DIFFERENCE:
            return np.array([1.0, -1.0])
        return 100 * np.array([shifted / train, -1.0]) / train if train > 0 else np.full(2, np.nan)


# Comparisons of a policy's decisions under two looks: they have no train value, no gap and no best.
COMPARISONS = (Metric("agreement", "share of decisions", NONE, True), Metric("kl", "nats", NONE))
EVAL_ONLY = tuple(metric.name for metric in COMPARISONS)


@dataclass(frozen=True)
class Family:
    """A kind of world, as its tables need to know it."""

    name: str
    metrics: tuple[Metric, ...]  # the telling one first
    leads: str = "gaps"  # or "scores": the table that comes first
    words: Mapping[str, str] = field(default_factory=dict)  # column -> what tables call it: {"pair": "level"}
    suites: Mapping[str, Sequence[str]] = field(default_factory=dict)  # the members of each shipped suite

    @property
    def telling(self) -> Metric:
        """The metric by which the family judges a policy."""
        return self.metrics[0]

    def metric(self, name: str) -> Metric:
        """A metric by its name; one that the family does not describe has no unit, and a gap in percent."""
        return next((metric for metric in (*self.metrics, *COMPARISONS) if metric.name == name), Metric(name))

    def in_order(self, names: Iterable[str]) -> list[str]:
        """Metrics in the order of tables: those of the paper as it prints them, then the family's others in its order,
        then unknown ones by name, then comparisons."""
        present = set(names)
        own = [metric.name for metric in self.metrics if metric.name not in PAPER_ORDER]
        other = sorted(present - {*PAPER_ORDER, *own, *EVAL_ONLY})
        return [name for name in (*PAPER_ORDER, *own, *other, *EVAL_ONLY) if name in present]

    def with_gap(self, names: Iterable[str]) -> list[str]:
        """The metrics that have a gap, the telling one first: narrow terminals show only the first columns."""
        found = [name for name in self.in_order(names) if name not in EVAL_ONLY]
        return sorted(found, key=lambda name: name != self.telling.name)

    def word(self, column: str) -> str:
        """What the family's tables call a column."""
        return self.words.get(column, column)


PLATFORMER = Family(
    "kage",
    (Metric("success_rate", "share of episodes", PERCENT, True), Metric("distance", "px", PERCENT),
     Metric("progress", "share of the distance to success", PERCENT, repeats="distance"),
     Metric("return", "reward per episode", DIFFERENCE)),
)  # fmt: skip
DESCRIBED = ("family", "leads", "words", "metrics", "suites")  # the keys of config.yaml that describe a family


def described(config: Mapping) -> str:
    """What a run's config.yaml says of its family, as JSON; "" where it says nothing."""
    return json.dumps({key: config[key] for key in DESCRIBED if key in config}) if "family" in config else ""


def family_of(descriptions: Iterable[str]) -> Family:
    """The family of `described` texts; where they differ, a later one adds what the earlier ones lack.

    Raises ValueError if they are of several families, or a description cannot be understood.
    """
    found: list[Family] = [family(text) for text in descriptions]
    if len({one.name for one in found}) > 1:
        raise ValueError(f"several families: {', '.join(sorted({one.name for one in found}))}")
    metrics, words, suites = {}, {}, {}
    for one in found:
        metrics |= {metric.name: metric for metric in one.metrics if metric.name not in metrics}
        words = {**one.words, **words}
        for suite, members in one.suites.items():
            suites[suite] = tuple(dict.fromkeys([*suites.get(suite, ()), *members]))
    return Family(found[0].name, tuple(metrics.values()), found[0].leads, words, suites)


def family(text: str) -> Family:
    """The family of one `described` text; "" is the platformer. Its own metrics are those above: folders of an earlier
    version call progress a share of the level."""
    if not text:
        return PLATFORMER
    content = json.loads(text)
    if not re.fullmatch(r"\w[\w.-]*", content["family"]):
        raise ValueError(f"family {content['family']!r} is no name: letters, digits and _ . - in it")
    own = {metric.name: metric for metric in PLATFORMER.metrics} if content["family"] == PLATFORMER.name else {}
    metrics = tuple(own.get(it["name"]) or Metric(it["name"], it.get("unit", ""), it["gap"], bool(it["share"]),
                                                  it.get("repeats", "")) for it in content["metrics"])  # fmt: skip
    for metric in metrics:
        if metric.gap not in (PERCENT, DIFFERENCE):
            raise ValueError(f"metric {metric.name} has gap {metric.gap!r}: {PERCENT} or {DIFFERENCE}")
    if not metrics:
        raise ValueError(f"family {content['family']} names no metrics")
    words, suites = content.get("words") or {}, content.get("suites") or {}
    return Family(content["family"], metrics, content.get("leads", "gaps"), words, suites)
