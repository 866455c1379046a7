"""Tables on the console and in files, the paper's numbers, and kage report."""

import csv
import dataclasses
import io
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from measurements import CONFIG, TRAIN, measured, shifted, table, write_run
from rich.console import Console

from kage.analysis.collect import settings
from kage.analysis.episodes import uneven
from kage.analysis.formats import Cell, View, file_name, markdown, print_view
from kage.analysis.gaps import gaps, suite_gaps
from kage.analysis.metrics import PAPER_ORDER, PLATFORMER, family
from kage.analysis.only import with_columns
from kage.analysis.pairing import curves, paired
from kage.analysis.paper import MISPRINTS, PROTOCOL, as_printed, beside, departures, published
from kage.analysis.report import print_report
from kage.analysis.tables import distance, full, named, number, overview, plus_minus
from kage.launch.cli import main
from kage.launch.compose import cells
from kage.platformer.family import Platformer
from kage.runs.run import RunError

ROOT = Path(__file__).parent.parent


def described(cell):
    """The sections of a cell's config.yaml."""
    return cell.recipe.to_dict() | {"budget": dataclasses.asdict(cell.budget)}


def printed(show, width=None):
    """What a pipe, or a terminal of a width, gets."""
    out = io.StringIO()
    show(Console(file=out, width=width or 80, force_terminal=width is not None, color_system=None))
    return out.getvalue()


def report(outputs, **options):
    return printed(lambda console: print_report([outputs], console, **options))


# The paper


def test_the_published_pairs_are_ours():
    assert set(published("pair").pair) == {path.stem for path in (ROOT / "conf" / "pair").glob("*.yaml")
                                           if not path.stem.startswith("released")}  # fmt: skip
    assert len(published("pair")) == 34 * 4 and len(published("suite")) == 6 * 4


def test_the_default_budget_is_the_papers_protocol_on_all_pairs_and_others_are_told():
    def told(*overrides):
        found = {json.dumps(settings(described(cell))) for cell in cells(overrides)}
        return {departures(text) for text in found}

    (paper,) = {json.dumps(settings(described(cell))) for cell in cells(["pair=glob(*)"])}
    # What the paper does not speak of.
    nothing = {"curriculum.name": "random", "curriculum.vary": "{}", "memory.name": "none", "agent.longer": "1.0", "agent.piece": "null",
               "agent.hidden": "[]", "curriculum.pool": "0",
               "task.observe": "pixels", "task.stack": "1"}  # fmt: skip
    assert json.loads(paper) == PROTOCOL | nothing and departures(paper) == ""
    assert told("budget.log_every=9", "budget.keep_checkpoints=true", "cluster=slurm", "background=purple") == {""}
    assert told("agent.learning_rate_decay=9") == {"agent.learning_rate_decay=9 (paper 0)"}
    assert told("agent.num_envs=2", "episode_length=20", "budget.total_steps=64", "physics.gravity=0.5") == {
        "agent.num_envs=2 (paper 128), budget.total_steps=64 (paper 25000000), physics.gravity=0.5 (paper 0.75), "
        "episode_length=20 (paper 500)"}  # fmt: skip


def gap_of(metric):
    return lambda train, shifted: as_printed(metric, PLATFORMER.metric(metric).gap_of(train, shifted))


def rounding(metric):
    """Half of the last printed digit of a metric's mean."""
    return 0.05 if metric in ("distance", "return") else 0.005


@pytest.mark.parametrize("what", ["pair", "suite"])
def test_printed_gaps_follow_from_printed_means_but_for_the_misprints(what):
    contradicted = set()
    for row in published(what).to_dict("records"):
        half = rounding(row["metric"])
        corners = [gap_of(row["metric"])(row["train"] + a, row["eval"] + b) for a in (-half, half) for b in (-half, half)]
        if not min(corners) - 0.16 <= row["gap"] <= max(corners) + 0.16:  # gaps are rounded too, some of them twice
            contradicted.add((row[what], row["metric"]))
            assert gap_of(row["metric"])(row["train"], row["eval"]) == pytest.approx(MISPRINTS[row[what], row["metric"]])
    assert contradicted == {name for name in MISPRINTS if name[0] in set(published(what)[what])}


def test_the_papers_suites_are_means_over_its_pairs():
    """By our own table: each pair's printed mean as the only seed."""
    pairs = published("pair")
    rows = []
    for i, (pair, values) in enumerate(pairs.groupby("pair", sort=False)):
        for value in values.itertuples():
            rows += measured(TRAIN, 0, value.metric, [value.train], training_id=str(i))
            rows += measured(shifted(pair), 0, value.metric, [value.eval], training_id=str(i))
    ours = beside(suite_gaps(paired(pd.DataFrame(rows))), "suite").query("value != 'gap'")
    assert len(ours) == 6 * 4 * 2
    for row in ours.to_dict("records"):
        assert abs(row["difference"]) <= 2.5 * rounding(row["metric"]), row
        if row["suite"] != "layout":  # one pair
            assert abs(row["ours_sem"] - row["paper_sem"]) <= 2.5 * rounding(row["metric"]), row


@pytest.mark.parametrize("difference, text", [(-0.004, "+0.00"), (-0.006, "-0.01"), (0.2, "+0.20"), (float("nan"), "-")])
def test_differences_to_the_paper_have_a_sign_where_they_are_something(difference, text):
    assert distance({"paper": 0.5, "value": "train", "within": pd.NA, "difference": difference}) == text


def beside_ours(shift=0.0):
    """The paper's agent_1 measured with two seeds whose mean is `shift` from the paper's and whose SEM is 0.03."""
    seeds = [{"": 0.7 + shift + x, "agent_1": 0.49 + x} for x in (-0.03, 0.03)]
    return beside(gaps(paired(table(seeds=seeds))), "pair").set_index("value")


def test_ours_and_the_papers_stand_side_by_side():
    found = beside_ours()
    assert found.difference[["train", "eval"]].tolist() == pytest.approx([0, 0])
    assert found.within.tolist() == [True, True, pd.NA]
    assert found.ours["gap"] == pytest.approx(30) and found.paper["gap"] == 50
    assert "own means give 30.0" in found.note["gap"] and not found.note["train"]
    combined = np.hypot(0.03, 0.15)
    assert beside_ours(0.99 * combined).within["train"] and not beside_ours(1.01 * combined).within["train"]
    assert beside_ours(-1.01 * combined).difference["train"] == pytest.approx(-1.01 * combined)


def test_names_that_the_paper_does_not_have_stand_beside_nothing():
    assert beside(gaps(paired(table(seeds=[{"": 1, "mine_1": 1}]))), "pair").empty


# Formats

VIEW = View("a_b", "title of 5 %", ("pair", "x\ntrain", "Δ %"), (
    (Cell("a_1"), Cell("0.50 ± 0.10"), Cell("99.0", 0.99)), (Cell("b|2"), Cell("-1.00"), Cell("-3.0", 0.0)),
), notes=("a note",))  # fmt: skip


def test_markdown():
    title, empty, *lines, _, note = markdown(VIEW).splitlines()
    assert (title, empty, note.strip()) == ("title of 5 %", "", "a note")
    assert lines == ["| pair | x train | Δ % |", "| --- | ---: | ---: |", "| a_1 | 0.50 ± 0.10 | 99.0 |",
                     r"| b\|2 | -1.00 | -3.0 |"]  # fmt: skip


def test_a_narrow_terminal_shows_whole_numbers_and_names_what_is_missing():
    text = printed(lambda console: print_view(VIEW, console), width=24)
    assert "0.50 ± 0.10" in text and "…" not in text and "99.0" not in text
    assert "too wide for this terminal: Δ %" in text
    wide = printed(lambda console: print_view(VIEW, console), width=60)
    assert "99.0" in wide and "too wide" not in wide


def test_what_is_no_terminal_gets_every_column_on_one_line():
    view = View("v", "t", tuple(f"column {i}" for i in range(30)), ((Cell("a name"), *[Cell("0.50 ± 0.10")] * 29),))
    (line,) = [line for line in printed(lambda console: print_view(view, console)).splitlines() if "a name" in line]
    assert line.count("0.50 ± 0.10") == 29


@pytest.mark.parametrize("value, text", [(-0.04, "0.0"), (12.34, "12.3"), (float("nan"), "-")])
def test_numbers(value, text):
    assert number(value) == text


@pytest.mark.parametrize("mean, sem, text", [
    (-0.004, float("nan"), "0.00"), (495.62, 1.44, "495.6 ± 1.4"), (0.912, 0.046, "0.91 ± 0.05"), (0.912, float("nan"), "0.91"), (float("nan"), float("nan"), "-"),
])  # fmt: skip
def test_means(mean, sem, text):
    assert plus_minus(mean, sem) == text


# Views


def one_agent(seeds=2, **run):
    values = {"success_rate": (1.0, 0.25), "distance": (400.0, 300.0), "return": (-10.0, -60.0), "progress": (0.8, 0.6)}
    rows = [row for seed in range(seeds) for metric, (train, shift) in values.items()
            for look, value in ((TRAIN, train), (shifted("filters_1"), shift), (shifted("filters_2"), train))
            for row in measured(look, seed, metric, [value], **run)]  # fmt: skip
    return pd.DataFrame(rows)


def texts(view):
    return [dict(zip(view.headers, (cell.text for cell in row), strict=True)) for row in view.rows]


def test_a_line_per_pair_with_every_gap():
    first, second = texts(overview(named(gaps(paired(one_agent()))), "pairs", "", "name"))
    assert first == {
        "pair": "filters_1", "competent": "2 of 2", "success\ntrain": "1.00 ± 0.00", "success\neval": "0.25 ± 0.00",
        "success\nΔ %": "75.0", "distance\nΔ %": "25.0", "return\nΔ": "50.0"}  # fmt: skip
    assert second["pair"] == "filters_2" and second["success\nΔ %"] == second["return\nΔ"] == "0.0"


def test_the_full_table_holds_all_means_and_gaps():
    first, _ = texts(full(named(gaps(paired(one_agent()))), "pairs_full", "", "name"))
    for metric in ("success", "distance", "progress", "return"):
        assert {f"{metric}\ntrain", f"{metric}\neval"} <= set(first)
        assert sum(metric in header and "Δ" in header for header in first) == (metric != "progress")
    (suite,) = texts(full(suite_gaps(paired(one_agent())), "suites_full", "", "suite"))
    assert suite["pairs"] == "2" and suite["competent"] == "2 of 2" and suite["return\neval"] == "-35.0 ± 25.0"


def test_no_column_stands_twice():
    """Progress is a multiple of the distance, and competent seeds are all seeds: until they differ."""
    rows = one_agent()
    def headers(rows):
        return set(texts(overview(named(gaps(paired(rows))), "pairs", "", "name"))[0])

    once = headers(rows)
    assert "distance\nΔ %" in once and not {"progress\nΔ %", "competent\nsuccess Δ %"} & once
    rounded = rows.assign(value=rows.value.where(rows.metric != "progress", (rows.value * (1 + 1e-7 * (rows.index % 3)))))
    assert headers(rounded) == once
    other = rows.assign(value=rows.value.where((rows.metric != "progress") | (rows.pair != "filters_1"), 0.1))
    assert headers(other) - once == {"progress\nΔ %"}
    dull = rows.assign(value=rows.value.where((rows.metric != "success_rate") | (rows.seed != 1), 0.1))
    assert headers(dull) - once == {"competent\nsuccess Δ %"}


def test_progress_may_exceed_1_and_is_no_share_in_folders_of_an_earlier_version_either():
    old = {"family": "kage", "metrics": [{"name": "progress", "unit": "share of the level", "gap": "percent", "share": True}]}
    for metric in (PLATFORMER.metric("progress"), family(json.dumps(old)).metric("progress")):
        assert metric.title == "progress (share of the distance to success)" and not metric.share
    ours = {metric.name: dataclasses.asdict(metric) for metric in Platformer.metrics}
    assert ours == {metric.name: dataclasses.asdict(metric) for metric in PLATFORMER.metrics}


def test_a_gain_never_looks_like_a_loss():
    rows = one_agent()
    better = rows.assign(value=rows.value + np.where((rows.pair == "filters_1") & (rows.metric == "return"), 90.0, 0.0))
    first, _ = texts(overview(named(gaps(paired(better))), "pairs", "", "name"))
    assert first["return\nΔ"] == "-40.0"


def test_tables_say_where_numbers_of_episodes_differ():
    rows = one_agent()
    fewer = rows.assign(episodes=np.where(rows.pair == "filters_1", 16, 64))
    both = pd.concat([fewer, fewer[fewer.split == "train"].assign(episodes=16, value=fewer.value / 2)], ignore_index=True)
    first, second = texts(overview(named(gaps(paired(both))), "pairs", "", "name"))
    assert (first["episodes"], second["episodes"]) == ("16", "64")
    assert (first["success\ntrain"], second["success\ntrain"]) == ("0.50 ± 0.00", "1.00 ± 0.00")
    assert uneven(paired(both)) == "evaluations have different numbers of episodes: 16 for filters_1; 64 for filters_2"
    lacking, _ = texts(overview(named(gaps(paired(fewer))), "pairs", "", "name"))
    assert lacking["episodes"] == "64 train, 16 eval" and lacking["success\ntrain"] == "1.00 ± 0.00"
    assert "episodes" not in texts(overview(named(gaps(paired(rows))), "pairs", "", "name"))[0] and not uneven(paired(rows))
    assert [list(curves(table)[curves(table).pair == "filters_1"].train) for table in (both, fewer)] == [
        pytest.approx([200, 0.4, 0.5, -5]), pytest.approx([400, 0.8, 1, -10])]


def test_gaps_are_shaded_by_size():
    view = overview(named(gaps(paired(one_agent()))), "pairs", "", "name")
    shades = [{header: cell.shade for header, cell in zip(view.headers, row)} for row in view.rows]
    assert shades[0]["success\nΔ %"] == 0.75 and shades[0]["return\nΔ"] == 1 and shades[1]["return\nΔ"] == 0
    assert shades[0]["success\neval"] is None


@pytest.mark.parametrize("column, header", [("agent", "agent"), ("budget", "budget"), ("code", "code"), ("training_id", "training")])
def test_columns_that_tell_lines_apart_appear_where_they_do(column, header):
    rows = pd.concat([one_agent(), one_agent(**{column: "other"})])
    lines = texts(overview(named(gaps(paired(rows))), "pairs", "", "name"))
    assert {line[header] for line in lines} == {"other", rows[column].iloc[0]} and len(lines) == 4
    assert set(lines[0]) - set(texts(overview(named(gaps(paired(one_agent()))), "pairs", "", "name"))[0]) == {header}


def test_a_look_without_a_name_of_its_own_is_named_by_its_change():
    looks = [shifted("custom", suite="custom", look="filters.gamma 1 -> 2"), shifted("filters_1"),
             shifted("layout_1"), shifted("layout_1", look="layout.x 1 -> 2", look_id="2")]  # fmt: skip
    rows = pd.DataFrame([row for look in [TRAIN, *looks] for row in measured(look, 0, "success_rate", [1])])
    assert sorted(named(gaps(paired(rows))).name) == ["filters.gamma 1 -> 2", "filters_1", "layout.x 1 -> 2", "to layout_1"]


def test_intervals_and_decisions_have_columns_where_they_were_measured():
    kl = [row for seed in range(3) for row in measured(shifted("filters_1"), seed, "kl", [0.5])]
    first, second = texts(overview(named(gaps(paired(pd.concat([one_agent(3), pd.DataFrame(kl)])))), "pairs", "", "name"))
    assert first["success Δ\n95 % interval"] == "[75.0, 75.0]" and (first["KL"], second["KL"]) == ("0.50 ± 0.00", "-")


def test_notes_about_columns_that_are_left_out_go_with_them():
    notes = ("p Holm: corrected", "difference: to ppo", "all 3 seeds: say little")
    view = View("one", "", ("agent", "success\nΔ %", "p\nHolm", "difference\neval"), ((Cell("ppo"),) * 4,), notes=notes)
    for asked, left in ((None, notes), ({"success gap %"}, notes[2:]), ({"p holm"}, (notes[0], notes[2])), ({"difference eval"}, notes[1:])):
        assert [it.notes for it in with_columns([view], asked)] == [left]


# kage report


def test_the_report_prints_and_writes_every_table(outputs, capsys):
    for seed in range(3):
        looks = [shifted("filters_1"), shifted("layout_1"), *(shifted("light", dose=dose) for dose in ("0", "0.5"))]
        write_run(outputs / "alpha", seed, looks=looks)
    assert main(["report", str(outputs)]) == 0
    text = capsys.readouterr().out
    assert "maximum over training" in text and "budget debug is not the paper's protocol" in text
    assert re.search(r"│ filters_1 +│ +3 of 3 │ 1.00 ± 0.00 │ 0.50 ± 0.00 │ +50.0 │ +\[50.0, 50.0\] │", text)
    assert "study light" in text and "filters_1: to filters_1" in text
    folder = outputs / "report"
    assert {path.name for path in folder.iterdir()} - {"index.html", "figures", ".written"} == {
        *(f"{name}.csv" for name in ("suites", "pairs", "doses", "scores", "scores_suites", "robust_means", "curves", "profiles", "seeds_needed", "changes", "trainings")),
        *(f"{name}.{kind}" for kind in ("md", "tex") for name in (
            "suites", "suites_full", "pairs", "pairs_full", "changes", "doses_light", "scores", "scores_suites", "robust_means", "profiles", "seeds_needed"))}  # fmt: skip
    assert (folder / "pairs.md").read_text().startswith("pairs: mean ± SEM over seeds; n = 3 seeds; maximum over training")
    assert pd.read_csv(folder / "doses.csv").dose.tolist() == [0, 0, 0.5, 0.5]
    assert pd.read_csv(folder / "pairs.csv").pair.unique().tolist() == ["filters_1", "layout_1"]


OF_ANOTHER = {"methods_privileged": "methods"}  # shown of a part of the rows


def test_every_table_that_is_shown_is_a_csv_file_too(outputs):
    """Tidy: names of columns above numbers, not text for readers."""
    for agent, values in (("ppo", (10, 18)), ("drac", (10, 20))):
        looks = [shifted("filters_1"), shifted("layout_1"), *(shifted("light", dose=dose) for dose in ("0", "0.5", "1"))]
        for seed in range(3):
            config = CONFIG | {"training_id": agent, "agent": {"name": agent}}
            write_run(outputs / agent, seed, values=values, looks=looks, config=config)
    report(outputs, to=outputs / "report", paper=True)
    shown = {path.stem for path in (outputs / "report").glob("*.md")}
    assert len(shown) > 12
    for name in shown:
        table = "doses" if name.startswith("doses_") else OF_ANOTHER.get(name, name.removesuffix("_full"))
        frame = pd.read_csv(outputs / "report" / f"{table}.csv")
        assert len(frame) and not frame.columns.str.contains("\n|Unnamed").any(), name
    trainings = pd.read_csv(outputs / "report" / "trainings.csv")
    assert sorted(trainings.agent) == ["drac", "ppo"] and trainings.steps.tolist() == [100, 100]


def test_looks_named_by_their_change_have_no_list_of_changes(outputs):
    write_run(outputs / "alpha", looks=[shifted("custom", suite="custom", look="filters.gamma 1 -> 2")])
    text = report(outputs, to=outputs / "report")
    assert "filters.gamma 1 -> 2" in text and "what the pairs change" not in text
    assert not (outputs / "report" / "changes.md").exists()


def test_csv_files_keep_every_digit(outputs):
    third = 1 / 3
    for seed in range(3):
        write_run(outputs / "alpha", seed, values=(third, seed + third))
    report(outputs, to=outputs / "report")
    with open(outputs / "report" / "pairs.csv") as file:
        found = {row["metric"]: row["train"] for row in csv.DictReader(file)}
    assert float(found["distance"]) == np.mean([third, 1 + third, 2 + third])


@pytest.mark.parametrize("at, gap", [("max", 50), ("last", 50)])
def test_every_table_names_its_rule(outputs, at, gap):
    write_run(outputs / "alpha", values=(20, 10))
    text = report(outputs, at=at, to=outputs / "report")
    rule = {"max": "maximum over training", "last": "last evaluation"}[at]
    assert rule in text and rule in (outputs / "report" / "pairs.tex").read_text()
    found = pd.read_csv(outputs / "report" / "pairs.csv")
    assert set(found.rule) == {at} and found.train.tolist() == [{"max": 20, "last": 10}[at], {"max": 1, "last": 0.5}[at]]


def test_the_report_shows_what_is_missing(outputs):
    write_run(outputs / "alpha", state="failed")
    broken = write_run(outputs / "broken")
    (broken / "config.yaml").write_text("a: [1,\n[/red]: }")
    text = report(outputs)
    assert "not finished: alpha seed 0 (failed)" in text and f"left out {broken}: config.yaml is damaged" in text
    assert "1 of 1" in text and not (outputs / "report").exists()


@pytest.mark.parametrize("record, config, words", [
    ({"code": "c2"}, CONFIG, "code versions are kept apart, --mix averages them: c1 + c2"),
    ({"code": "c1"}, CONFIG | {"budget": {"name": "quick"}}, "budgets are kept apart, --mix averages them: debug + quick"),
    ({"code": "c1"}, CONFIG | {"training_id": "x2"}, "trainings are kept apart, --mix averages them: filters_1 (x1 + x2)"),
])  # fmt: skip
def test_the_report_says_what_it_keeps_apart_and_what_it_averages(outputs, record, config, words):
    write_run(outputs / "alpha", record={"code": "c1"})
    write_run(outputs / "beta", seed=1, record=record, config=config)
    apart, mixed = report(outputs), report(outputs, mix=True)
    assert f"warning {words}" in apart and apart.count("│ 1 of 1 │") + apart.count("│    1 of 1 │") >= 2
    assert words.replace("are kept apart, --mix averages them", "").split()[0] in mixed and "averaged over" in mixed
    assert "2 of 2" in mixed and "2 of 2" not in apart


def test_a_suite_without_a_row_is_told(outputs):
    write_run(outputs / "alpha", looks=[shifted("filters_1"), shifted("filters_1", look="more", look_id="2")])
    assert "suite filters has no row: filters_1 has more than one" in report(outputs)


def test_agents_that_share_pairs_are_compared(outputs):
    for name, values in (("ppo", (10, 18)), ("drac", (10, 20))):
        for seed in range(3):
            write_run(outputs / name, seed, values=values, config=CONFIG | {"training_id": name, "agent": {"name": name}})
    text = report(outputs)
    assert "probability that first beats second" in text and re.search(r"drac +│ ppo +│ +1 │ 1.00 \[1.00, 1.00\]", text)
    assert "interquartile mean" in text and text.count("│ filters_1 ") == 2


def test_the_papers_numbers_stand_beside_ours(outputs):
    for seed in range(2):
        write_run(outputs / "alpha", seed, values=(0, 14 + seed / 10), pair="agent_1")
    text = report(outputs, at="last", paper=True, to=outputs / "report")
    line = next(line for line in text.splitlines() if "│ agent_1 │ success" in line)
    assert [cell.strip() for cell in line.split("│")[3:-1]] == [
        "2", "0.70 ± 0.00", "0.70 ± 0.15", "+0.00 in", "0.35 ± 0.00", "0.49 ± 0.11", "-0.14 out", "50.0", "50.0*", "+0.0"]  # fmt: skip
    assert "* agent_1 success: misprinted: the paper's own means give 30.0" in text
    assert "the paper's numbers are the maximum over training" in text
    assert (outputs / "report" / "paper_pairs.csv").exists() and (outputs / "report" / "paper_suites.tex").exists()
    assert set(pd.read_csv(outputs / "report" / "paper_pairs.csv").metric) <= set(PAPER_ORDER)


def test_the_name_of_the_papers_budget_alone_is_not_its_protocol(outputs):
    config = CONFIG | {"budget": {"name": "paper", "total_steps": 64}}
    write_run(outputs / "alpha", pair="agent_1", config=config)
    assert "budget paper is not the paper's protocol here: budget.total_steps=64 (paper 25000000)" in report(outputs)
    write_run(outputs / "beta", pair="agent_2", config=config | {"training_id": "x2", "budget": {"name": "paper"}})
    assert report(outputs).count("protocol") == 1


def test_a_report_of_nothing_says_so(outputs):
    with pytest.raises(RunError, match="no evaluations below"):
        report(outputs)
    assert main(["report", str(outputs)]) == 2


def test_a_training_without_pairs_says_so(outputs):
    write_run(outputs / "alpha", looks=[])
    assert "only training looks were measured" in report(outputs, to=outputs / "report")


def test_contradicting_folders_are_refused_in_words(outputs, capsys):
    write_run(outputs / "alpha")
    write_run(outputs / "copy")
    assert main(["report", str(outputs)]) == 1
    assert "seed 0 of training x1 stands in two folders" in capsys.readouterr().err


def test_an_unwritable_folder_is_told(outputs):
    write_run(outputs / "alpha")
    with pytest.raises(RunError, match="cannot write /proc/report"):
        report(outputs, to=Path("/proc/report"))


def test_names_of_files_are_short_enough_and_differ():
    names = ["a/b c", *(f"{'filters.ä x ' * 40}{i}" for i in range(3))]
    found = list(map(file_name, names))
    assert found[0] == "a_b_c" and len(set(found)) == 4
    assert all(len(name.encode()) <= 100 and "/" not in name for name in found)
