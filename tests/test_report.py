"""kage report's page and figures: the numbers of the tables, nothing from elsewhere, whatever is missing."""

import base64
import io
import json
import re
import shutil
import subprocess
import sys
import time
from html.parser import HTMLParser

import jax
import matplotlib
import numpy as np
import pandas as pd
import pytest
import yaml
from PIL import Image
from synthetic import DOSES, PAIRS, SMALL, T1, benchmark_looks, write_puzzles, write_results

from kage.analysis import figures
from kage.analysis.collect import collect
from kage.analysis.colours import METHODS, OTHER, SUITES, colour
from kage.analysis.dosed import parameters
from kage.analysis.metrics import PLATFORMER
from kage.analysis.page import svg
from kage.analysis.page.summary import scale, severity
from kage.analysis.paper import published
from kage.analysis.report import measured, report_of
from kage.analysis.tables import lost
from kage.launch.cli import main
from kage.launch.compose import cells
from kage.platformer import env
from kage.platformer.config import from_dict
from kage.platformer.pictures import STEPS, picture
from kage.runs.folders import ranges
from kage.runs.run import EVAL, read_rows, to_lines

VOID = {"meta", "link", "br", "img", "input"}
ONE = {"black-teal_circle-paper": (T1, {key: from_dict(PAIRS[key], T1) for key in list(PAIRS)[:2]})}


class Page(HTMLParser):
    """Elements of a page in order, and the text of every table cell."""

    def __init__(self, text):
        super().__init__()
        self.open, self.elements, self.tables, self.inside, self.faults = [], [], {}, [], []
        self.feed(text)
        self.close()
        self.faults += [f"<{tag}> is never closed" for tag, _ in self.open]

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.elements.append((tag, attrs))
        if tag == "table":
            self.inside.append(self.tables.setdefault(attrs.get("id"), []))
        if tag == "tr":
            self.line = []
            self.inside[-1].append((attrs, self.line))
        if tag in ("td", "th"):
            self.line.append("")
        if tag not in VOID:
            self.open.append((tag, attrs))

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.open or self.open[-1][0] != tag:
            self.faults.append(f"</{tag}> closes {self.open[-1:]}")
        else:
            self.open.pop()
        if tag == "table":
            self.inside.pop()

    def handle_data(self, data):
        if any(tag in ("td", "th") for tag, _ in self.open[-4:]) and self.line:
            self.line[-1] += data

    def rows(self, table):
        """Cells by header, of the rows that are always shown."""
        (_, head), *body = self.tables[table]
        return [dict(zip(head, cells, strict=True)) for attrs, cells in body if attrs.get("class") != "detail" and len(cells) == len(head)]


def report(root, *flags):
    """The page of a folder, read from disk, and the folder of the report."""
    assert main(["report", str(root), *flags]) == 0
    return (root / "report" / "index.html").read_text(), root / "report"


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A report of one method with pairs of four suites and a study."""
    return report(write_results(tmp_path_factory.mktemp("small"), SMALL))


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """A report of two methods, one of whose seeds never learns, beside the paper's numbers."""
    root = write_results(tmp_path_factory.mktemp("two"), ONE, seeds=range(5, 8), agents=("ppo", "drq"))
    return report(root, "--paper")


@pytest.mark.parametrize("which", ["small", "two"])
def test_the_page_is_well_formed_and_its_parts_are_named(which, request):
    text, _ = request.getfixturevalue(which)
    page = Page(text)
    assert page.faults == []
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    for tag, attrs in page.elements:
        if tag == "th":
            assert attrs.get("scope") in ("col", "row")
        if tag == "img":
            assert attrs["alt"]
        if tag == "svg":
            assert attrs["role"] == "img" and attrs["aria-label"]
        for name in ("aria-controls", "aria-labelledby"):
            assert attrs.get(name, ids[0]) in ids
        if attrs.get("href", "").startswith("#"):
            assert attrs["href"][1:] in ids
    assert [tag for tag, _ in page.elements].count("h1") == 1


@pytest.mark.parametrize("which", ["small", "two"])
def test_the_page_needs_nothing_but_itself(which, request):
    text, folder = request.getfixturevalue(which)
    assert not re.search(r"https?:|//\w|@import|url\(", text.replace("// ", ""))
    page = Page(text)
    (policy,) = [attrs["content"] for tag, attrs in page.elements if attrs.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    for tag, attrs in page.elements:
        assert "src" not in attrs  # pictures are set by the script, from the page itself
        if tag == "link":
            assert attrs["href"] == "data:,"
        if tag == "a" and not attrs["href"].startswith("#"):
            assert (folder / attrs["href"]).exists()


def number(text):
    return float(re.match(r"-?[\d.]+", text).group())


@pytest.mark.parametrize("table, csv, name", [("suites-table", "suites.csv", "suite"), ("pairs-table", "pairs.csv", "pair")])
@pytest.mark.parametrize("which", ["small", "two"])
def test_the_numbers_of_the_page_are_those_of_the_csv(table, csv, name, which, request):
    text, folder = request.getfixturevalue(which)
    shown = {(row.get("agent", "ppo"), row[name].strip(" !")): row for row in Page(text).rows(table)}
    frame = pd.read_csv(folder / csv)
    lines = frame[frame.metric == "success_rate"]
    assert len(shown) == len(lines) > 0
    for it in lines.itertuples():
        row = shown[it.agent, getattr(it, name)]
        assert number(row["successtrain"]) == pytest.approx(it.train, abs=0.0051)
        assert number(row["successeval"]) == pytest.approx(it.eval, abs=0.0051)
        assert number(row["successΔ %"]) == pytest.approx(it.gap, abs=0.051)
        assert row["competent"] == f"{it.competent} of {it.n}"
        others = frame[(frame.agent == it.agent) & (frame[name] == getattr(it, name))].set_index("metric")
        assert number(row["returnΔ"]) == pytest.approx(others.gap["return"], abs=0.051)
        assert number(row["agreement"]) == pytest.approx(others["eval"]["agreement"], abs=0.0051)


def test_the_chart_and_the_words_tell_the_suites_worst_first(small):
    text, folder = small
    frame = pd.read_csv(folder / "suites.csv")
    frame = frame[frame.metric == "success_rate"].sort_values("gap", ascending=False)
    marks = [float(it) for it in re.findall(r'class="mean" style="left:([\d.]+)%', text)]
    low, *_, high = (float(it) for it in re.findall(r'<span style="left:[\d.]+%">(-?\d+)</span>', text))
    assert marks == pytest.approx([100 * (gap - low) / (high - low) for gap in frame.gap], abs=0.006)
    for it in frame.itertuples():
        assert f"{it.suite} (success {it.train:.2f} → {it.eval:.2f}, {it.gap:.1f} % lost, 95 % interval" in text


@pytest.mark.parametrize("gap, low, high, word", [
    (90, 80, 99, "Breaks"), (49, 3, 60, "Hurts"), (49, -3, 60, "No certain loss"), (49, None, None, "Hurts"), (6, 1, 9, "a little"),
    (1, -9, 9, "next to nothing"), (-20, -30, 3, "next to nothing"), (-20, -30, -3, "Helps"), (-20, None, None, "Helps"),
])  # fmt: skip
def test_a_loss_or_a_gain_in_words(gap, low, high, word):
    assert word in severity(gap, low, high)
    assert lost(gap, " %") == (f"{gap}.0 % lost" if gap > 0 else "20.0 % gained")


def points(path):
    """The lines of an SVG path."""
    lines = []
    for part in path.split("M")[1:]:
        numbers = [int(it) for it in re.findall(r"-?\d+", part)]
        lines.append(np.cumsum(np.array(numbers).reshape(-1, 2), axis=0))
    return lines


def test_learning_curves_hold_every_seed_and_their_mean(small):
    text, folder = small
    its = re.search(r'<tr id="pair0".*?</tr>\n', text, re.S).group()
    chart = re.search(r'<svg[^>]*aria-label="success rate.*?</svg>', its, re.S).group()
    for kind, split, pair in (("train", "train", None), ("eval", "eval", "agent_2")):
        values = [[row["value"] for row in read_rows(run / EVAL) if row["metric"] == "success_rate" and row["split"] == split and row["pair"] == pair]
                  for run in sorted(folder.parent.glob("runs/*/seed=*"))]  # fmt: skip
        y = svg.Axis(0.0, 1.0, svg.HEIGHT - svg.BOTTOM, svg.TOP)
        seeds = points(re.search(rf'class="seeds {kind}" d="([^"]*)"', chart).group(1))
        (mean,) = points(re.search(rf'class="mean {kind}" d="([^"]*)"', chart).group(1))
        np.testing.assert_allclose(sorted(line[:, 1].tolist() for line in seeds), sorted(y(np.array(v)).tolist() for v in values), atol=0.51)
        np.testing.assert_allclose(mean[:, 1], y(np.mean(values, axis=0)), atol=0.51)


def test_rows_open_to_pictures_changes_numbers_and_four_curves(small):
    text, folder = small
    frame = pd.read_csv(folder / "pairs.csv").set_index(["pair", "metric"])
    pictures = json.loads(re.search(r'id="pictures">(.*?)</script>', text, re.S).group(1))
    for place, (suite, pair, *_) in enumerate(PAIRS):
        its = re.search(rf'<tr id="pair{place}".*?</div>\n</td></tr>', text, re.S).group()
        assert its.count("<svg") == 4 and "counterfactual agreement" in its and "3 of 3 seeds competent" in its
        for metric, name in (("success_rate", "success rate (share of episodes)"), ("return", "return (reward per episode)")):
            told = re.search(re.escape(name) + "</th>" + 3 * "<td>([^<]*)</td>", its).groups()
            expected = frame.loc[(pair, metric), ["train", "eval", "gap"]].tolist()
            np.testing.assert_allclose([number(it) for it in told], expected, atol=0.051)
        train, shifted = re.findall(r'data-look="(\w+)"', its)
        assert pictures[train] != pictures[shifted]
        group, values = next(iter(PAIRS[suite, pair, "", ""].items()))
        assert all(f"{group}.{key}" in its for key in values)
    assert len(pictures) == 1 + len(PAIRS) + len(DOSES)  # the training look once
    image = Image.open(io.BytesIO(base64.b64decode(pictures[train].partition(",")[2])))
    assert image.size == (T1.W, T1.H)
    np.testing.assert_array_equal(np.asarray(image.convert("RGB")), picture(T1))


def test_pictures_are_the_environments():
    """Also of layers that move by themselves."""
    config = from_dict({"filters": {"brightness": -0.5}, "distractors": {"enabled": True, "count": 3}}, T1)
    params = env.build(config)
    step, render = jax.jit(env.step), jax.jit(env.render)
    state = jax.jit(env.reset)(jax.random.key(0), params)
    for t in range(STEPS):
        state, _ = step(state, jax.numpy.int32(6 if t % 12 < 2 else 2), params)
    np.testing.assert_array_equal(picture(config), np.moveaxis(np.asarray(render(state, params)), 0, -1))


def test_doses_are_drawn_and_listed(small):
    text, folder = small
    frame = pd.read_csv(folder / "doses.csv")
    its = frame[frame.metric == "success_rate"]
    told = ", ".join(f"{dose:g}: {svg.number(value)}" for dose, value in zip(its.dose, its["eval"]))
    assert f"success rate (share of episodes) by dose; {told}" in text
    assert [row["dose"] for row in Page(text).rows("study-1")] == [f"{dose:g}" for dose in its.dose]


def test_methods_stand_side_by_side_and_beside_the_paper(two):
    text, folder = two
    page, frame = Page(text), pd.read_csv(folder / "pairs.csv")
    frame = frame[frame.metric == "success_rate"].set_index(["agent", "pair"])
    for row in page.rows("method-side_by_side"):
        for agent in ("ppo", "drq"):
            assert number(row[f"{agent}success Δ %"]) == pytest.approx(frame.gap[agent, row["pair"]], abs=0.051)
    assert page.rows("method-improvements")
    paper = published("pair").set_index(["pair", "metric"])
    shown = [row for row in page.rows("table-paper_pairs") if row["metric"] == "success"]
    assert len(shown) == 4
    for row in shown:
        assert number(row["trainpaper"]) == pytest.approx(paper.train[row["pair"], "success_rate"], abs=0.0051)


def test_incompetent_seeds_are_named_where_they_matter(two):
    text, _ = two
    assert "seeds 6 of ppo on training look" in text and "never learnt the task" in text
    assert text.count("1 of 3 seeds incompetent</p>") == 4  # in every row: two pairs, two methods


def test_provenance_is_on_the_page(two):
    text, _ = two
    for word in ("kage run agent=drq &#39;seed=range(3)&#39;", "0123456789", "c0de000000", "synthetic: none", "jax 0.9", "5-7"):
        assert word in text, word
    assert "3.0 hours of training" in text  # an hour and a half per block of seeds that were trained together


def test_figures_are_pdf_and_png(small):
    text, folder = small
    names = {f"curves_{suite}" for suite in ("agent", "background", "filters", "layout")} | {"success", "doses_dimming", "profiles"}
    assert "filters.brightness</text>" in text  # what the study's doses are doses of
    assert {path.name for path in (folder / "figures").iterdir()} == {f"{name}.{kind}" for name in names for kind in ("pdf", "png")}
    for name in names:
        assert (folder / "figures" / f"{name}.pdf").read_bytes().startswith(b"%PDF")
        image = Image.open(folder / "figures" / f"{name}.png")
        assert min(image.size) > 200 and len(image.convert("RGB").getcolors(1 << 24)) > 20
        assert f'href="figures/{name}.pdf"' in text


def drawn(root, agents, width, **options):
    """Every figure of synthetic results by name."""
    found = measured(collect([write_results(root, SMALL, agents=agents, **options)])[0], "max", mix=False)
    said = report_of(found, mix=False, paper=False, over_training=True, reference=None)
    with matplotlib.rc_context(figures.STYLE):
        return dict(figures.figures(said.frames, said.rows, said.family, width)), said.frames


def test_figures_of_several_methods_tell_them_apart(outputs):
    found, frames = drawn(outputs, ("ppo", "drq", "random"), 4.77)
    gaps = frames["pairs"][frames["pairs"].metric == "success_rate"].set_index(["agent", "pair"]).gap
    panels = [ax.get_title(loc="left").split("\n") for ax in found["success"].axes]
    assert [panel[1] for panel in panels] == [lost(gaps[agent, panels[i][0]], " %") for agent in ("ppo", "drq", "random") for i in range(3)]
    curves = found["curves_background"].axes[1]
    assert len({line.get_color() for line in curves.lines if line.get_linestyle() == "--"}) == 3
    tints = {line.get_color() for line in curves.lines if line.get_linestyle() == "-"}
    assert len(tints) == 3 and tints <= {*METHODS}
    table = frames["methods"].set_index(["agent", "suite"])
    marks = {(line.get_color(), round(float(line.get_xdata()[0]), 9)) for line in found["differences"].axes[0].lines if line.get_marker() == "o"}
    assert marks == {(METHODS[place], round(table.difference[agent, suite], 9)) for place, agent in ((1, "drq"), (2, "random"))
                     for suite in ("agent", "background", "filters", "layout")}  # fmt: skip
    under = {round(float(y), 9) for line in found["methods"].axes[0].lines if line.get_fillstyle() == "full" for y in line.get_ydata()}
    assert {round(value, 9) for value in table["eval"]} <= under


def test_figures_are_as_wide_as_the_text_and_shares_go_from_0_to_1(outputs):
    for width in (3.25, 4.77):
        found, _ = drawn(outputs / str(width), ("ppo", "$_[odd]"), width)
        assert {figure.get_figwidth() for figure in found.values()} == {width}
        (axis,) = {ax.yaxis for ax in found["curves_background"].axes if ax.get_title(loc="left") == "success rate"}
        assert [label.get_text() for label in axis.get_ticklabels()] == ["0", "", "0.5", "", "1.0"]
        for figure in found.values():
            figures.FigureCanvasAgg(figure).draw()
            assert all(text.get_fontsize() >= 6.5 for text in figure.findobj(matplotlib.text.Text) if text.get_text())
    assert found["doses_dimming"]._supxlabel.get_text() == "filters.brightness"


def test_doses_are_named_with_their_units_in_evaluation_and_training(outputs):
    trainings = {}
    for cell in cells(["eval.filters.hue_shift=0,90"]) + cells(["study=training_colors"]):
        shift = cell.shift
        looks = trainings.setdefault(cell.training_id, (cell.world.env, {}))[1]
        looks[shift.suite, shift.pair, shift.study, shift.dose] = cell.shifted.env
    rows, _ = collect([write_results(outputs, {f"t{i}": it for i, it in enumerate(trainings.values())}, seeds=[0])])
    assert parameters(rows, PLATFORMER) == {"filters.hue_shift": "filters.hue_shift (degrees)",
                                            "training_colors": "training background.color_names"}  # fmt: skip


@pytest.mark.usefixtures("without_figures")
def test_a_report_may_be_of_several_folders_and_of_a_part_of_them(outputs, capsys):
    for name, agent in (("a", "ppo"), ("b", "drq")):
        write_results(outputs / name, SMALL, seeds=[0, 1], agents=(agent,))
    both = ["report", str(outputs / "a"), str(outputs / "b")]
    assert main(both) == 2 and "needs --to DIR, the folder to write it to" in capsys.readouterr().err
    assert main([*both, "--to", str(outputs / "c"), "--pairs", "background_*,layout_1", "--columns", "success gap,agreement", "--width", "3.3"]) == 0
    text = capsys.readouterr().out
    pairs = pd.read_csv(outputs / "c" / "pairs.csv")
    assert set(pairs.agent) == {"ppo", "drq"} and set(pairs.pair) == {"background_2", "background_3", "layout_1"}
    header = (outputs / "c" / "pairs.md").read_text().splitlines()[2]
    assert header == "| agent | pair | success Δ % | agreement |" and "study dimming" not in text and "distance" not in text.split("methods x")[0]
    assert "n = 2 seeds; maximum over training of each metric (the paper's rule); budget paper" in (outputs / "c" / "pairs.tex").read_text()
    assert main(["report", str(outputs / "a"), "--suites", "layout", "--to", str(outputs / "d")]) == 0
    assert set(pd.read_csv(outputs / "d" / "pairs.csv").pair) == {"layout_1"}
    capsys.readouterr()
    for flag, value, words in (("--pairs", "backgrund_2", "nearest valid: background_2"), ("--columns", "sucess", "nearest valid: success"),
                               ("--suites", "filter", "nearest valid: filters")):  # fmt: skip
        assert main([*both, "--to", str(outputs / "e"), flag, value]) == 1
        error = capsys.readouterr().err
        assert f"{flag} '{value}' is not allowed" in error and words in error and not (outputs / "e").exists()


@pytest.mark.usefixtures("without_figures")
def test_programs_get_every_table_as_json_and_nothing_is_written(outputs, capsys):
    write_results(outputs / "a", SMALL, seeds=range(2), agents=("ppo", "drq"))
    (outputs / "a" / "runs" / "rest").mkdir()
    assert main(["report", str(outputs / "a"), "--at", "last"]) == 0
    capsys.readouterr()
    (outputs / "a" / "report").rename(outputs / "written")
    assert main(["report", str(outputs / "a"), "--at", "last", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    (family,) = told["families"]
    assert family["family"] == "kage" and family["rule"] == "last" and not (outputs / "a" / "report").exists()
    assert set(family["tables"]) == {path.stem for path in (outputs / "written").glob("*.csv")}
    for name, table in family["tables"].items():
        csv = pd.read_csv(outputs / "written" / f"{name}.csv", keep_default_na=False, na_values=[""])
        assert list(pd.DataFrame(table)) == list(csv) and len(table) == len(csv), name


def test_suites_have_colours_of_their_own():
    suites = set(published("suite").suite)
    assert len({colour(suite) for suite in suites}) == len(suites) == len(SUITES) and OTHER not in SUITES.values()


@pytest.fixture(scope="module")
def puzzles(tmp_path_factory):
    """A report of a family that has levels in place of looks and knows no success rate, beside what learns nothing."""
    return report(write_puzzles(tmp_path_factory.mktemp("puzzles")))


def test_a_family_that_leads_with_scores_has_them_first(puzzles):
    text, folder = puzzles
    page = Page(text)
    assert page.faults == [] and "success" not in re.sub(r"<style>.*?</style>|<script>.*?</script>", "", text, flags=re.S)
    places = [text.index(f'<section id="{name}"') for name in ("scores", "suites", "pairs", "methods")]
    assert places == sorted(places) and "<h2 id=\"pairs-title\">Levels</h2>" in text
    frame = pd.read_csv(folder / "scores.csv")
    solved = frame[frame.metric == "solved"].set_index(["agent", "pair"])
    shown = page.rows("table-scores")
    assert len(shown) == len(solved) == 15 and {row["level"] for row in shown} == set(solved.index.get_level_values("pair"))
    for row in shown:
        it = solved.loc[row["agent"], row["level"]]
        assert number(row["solved"]) == pytest.approx(it["mean"], abs=0.0051)
        assert row["95 %interval"] == f"[{it.low + 0:.2f}, {it.high + 0:.2f}]"
    for name in ("scores", "scores_suites", "methods"):
        assert all((folder / f"{name}.{kind}").exists() for kind in ("csv", "md", "tex"))


@pytest.mark.usefixtures("without_figures")
def test_what_learns_nothing_is_an_ordinary_row_and_no_fault(puzzles, outputs, capsys):
    text, folder = puzzles
    for name in ("scores", "pairs", "suites", "methods", "curves"):
        assert {"random", "noop"} <= set(pd.read_csv(folder / f"{name}.csv").agent)
    assert "never learnt" not in text and "incompetent" not in text
    summary = lambda page: re.search(r'<section id="summary".*?</section>', page, re.S).group()  # noqa: E731
    assert "Solved on small:</strong> ppo 0.61, noop 0.04, random 0.02" in summary(text)
    for at in ("last", "train_best"):
        page, _ = report(write_results(outputs / at, SMALL, agents=("ppo", "random")), "--at", at)
        assert "ppo" in summary(page) or "the agent" in summary(page)
        assert "random" not in summary(page)  # by chance it loses anything between nothing and all
        found = pd.read_csv(outputs / at / "report" / "suites.csv").set_index(["agent", "metric"])
        assert (found.competent["random", "success_rate"] == 0).all() and (found.n["random", "success_rate"] == 3).all()


@pytest.mark.usefixtures("without_figures")
def test_families_have_tables_of_their_own(outputs, capsys):
    write_results(outputs / "kage", ONE)
    report(outputs)
    assert (outputs / "report" / "pairs.csv").exists()
    write_puzzles(outputs / "puzzles")
    assert main(["report", str(outputs), "--reference", "random", "--paper"]) == 0
    folders = [outputs / "report" / name for name in ("kage", "puzzles")]
    first, second = (set(pd.read_csv(folder / "pairs.csv").metric) for folder in folders)
    assert "solved" not in first and second == {"solved", "steps"} and not (outputs / "report" / "pairs.csv").exists()
    assert (folders[0] / "paper_pairs.csv").exists() and not (folders[1] / "paper_pairs.csv").exists()
    assert set(pd.read_csv(folders[1] / "methods.csv").reference) == {"random"}  # kage has no random, and needs none
    text = capsys.readouterr().out
    assert text.count("family kage") == text.count("family puzzles") == 1 and "levels: mean" in text


@pytest.mark.usefixtures("without_figures")
def test_an_unknown_reference_is_one_clear_line(outputs, capsys):
    write_results(outputs, ONE, agents=("ppo", "drac"))
    assert main(["report", str(outputs), "--reference", "drq"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line == "kage report: --reference 'drq' is not allowed: the methods are drac, ppo; nearest valid: drac"
    text, folder = report(outputs, "--reference", "drac")
    rows = Page(text).rows("method-methods")
    assert {row["differenceeval"] for row in rows if row["agent"] == "drac"} == {"reference"}
    frame = pd.read_csv(folder / "methods.csv").set_index(["agent", "suite"])
    for row in rows:
        assert number(row["successeval"]) == pytest.approx(frame["eval"][row["agent"], row["suite"]], abs=0.0051)


@pytest.mark.usefixtures("without_figures")
def test_the_members_of_a_suite_are_those_its_config_names(outputs):
    """One of two is missing here; the paper's suite has more. Old folders are held against the paper's."""
    config = {"agent": ["agent_2", "agent_77"], "background": ["background_2"]}
    for old, words in ((False, "a mean of 1 of its 2 pairs: agent_77 is not measured"), (True, "a mean of 1 of its 5 pairs: agent_1, agent_3")):
        root = write_results(outputs / str(old), ONE, old=old)
        for path in root.rglob("config.yaml"):
            content = yaml.safe_load(path.read_text())
            path.write_text(yaml.safe_dump(content if old else content | {"suites": config}, sort_keys=False))
        text, _ = report(root)
        assert f"suite agent of ppo is {words}" in text
        assert ("suite background of ppo is a mean of" in text) == old


@pytest.mark.usefixtures("without_figures")
def test_many_seeds_do_not_make_the_page_large(outputs):
    """Charts hold the mean of all seeds, and as many single ones as can be seen; the legend says so."""
    text, _ = report(write_results(outputs, ONE, seeds=range(60), evaluations=3))
    chart = re.search(r'<svg[^>]*aria-label="success rate.*?</svg>', text, re.S).group()
    assert len(points(re.search(r'class="seeds train" d="([^"]*)"', chart).group(1))) == svg.FAINT == 50
    assert "50 of 60 seeds are drawn" in text


# Seconds of processor time and the most memory (kB) of a command. What wait4 says of memory begins with the parent's.
MEASURED = """
import re, sys, time
from pathlib import Path
from kage.launch.cli import main
code = main(sys.argv[1:])
print(time.process_time(), re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1], file=sys.stderr)
sys.exit(code)
"""


@pytest.mark.thorough
@pytest.mark.slow
def test_many_runs_are_reported_in_time_and_memory(tmp_path):
    """20 agents, 100 seeds, 8 looks, one evaluation; processor time, in a process of its own. Of 10,000 runs, five times
    as many, a report may take 60 s and 2 GB, and their status 3 s (docs/benchmarks.md)."""
    write_results(tmp_path, SMALL, range(100), ["ppo", *(f"method{place}" for place in range(1, 20))], 1)
    spent, most = {}, {}
    for verb in ("status", "report"):
        done = subprocess.run([sys.executable, "-c", MEASURED, verb, tmp_path], capture_output=True, text=True, check=True)
        spent[verb], most[verb] = map(float, done.stderr.splitlines()[-1].split())
    assert spent["status"] < 3 and spent["report"] < 30 and most["report"] < 1e6
    assert len(pd.read_csv(tmp_path / "report" / "pairs.csv")) == 20 * 5 * 6
    assert (tmp_path / "report" / "index.html").stat().st_size < 10e6


@pytest.mark.usefixtures("without_figures")
def test_a_single_seed_has_no_intervals_and_the_page_says_so(outputs):
    text, _ = report(write_results(outputs, ONE, seeds=[0]))
    assert "1 seed; intervals need 3" in text and 'class="interval"' not in text
    assert "absent with fewer than three seeds" in text and Page(text).faults == []


@pytest.mark.usefixtures("without_figures")
def test_half_of_the_runs_missing_is_said_and_the_rest_is_shown(outputs):
    trains = {"a": T1, "b": from_dict({"layout": {"layout_colors": ["red"]}}, T1)}
    looks = {name: {key: from_dict(PAIRS[key], trains[name])} for name, key in zip("ab", PAIRS)}
    write_results(outputs, {name: (trains[name], looks[name]) for name in "ab"}, seeds=range(4))
    for seed in (1, 2, 3):
        (gone,) = outputs.glob(f"runs/b-*/seed={seed}")
        shutil.rmtree(gone)
    text, _ = report(outputs)
    assert "seeds 1-3 of ppo are missing for background_2" in text and "3 of 4 seeds missing" in text
    assert [row["competent"] for row in Page(text).rows("pairs-table")] == ["4 of 4", "1 of 1"]


@pytest.mark.parametrize("place, words", [(-1, "the last"), (0, "every")])
@pytest.mark.usefixtures("without_figures")
def test_a_look_without_some_evaluation_is_named(outputs, capsys, place, words):
    write_results(outputs, ONE, seeds=range(2))
    (path,) = outputs.glob("runs/*/seed=1/eval.jsonl")
    rows = read_rows(path)
    pair, step = rows[-1]["pair"], rows[place]["step"]
    path.write_bytes(to_lines(row for row in rows if (row["step"], row["pair"]) != (step, pair)))
    text, _ = report(outputs)
    remark = rf"not measured at {words} evaluation of black-teal_circle-paper-\w+, seeds 1: {pair}; compared over"
    for where in (text, capsys.readouterr().out):
        assert len(re.findall(remark, where)) == where.count("not measured at") == 1


@pytest.mark.usefixtures("without_figures")
def test_mixed_budgets_and_unfinished_runs_are_said(outputs):
    write_results(outputs / "x", ONE, budget="<i>odd</i>", state="failed")
    write_results(outputs / "y", ONE, seeds=range(2))
    text, _ = report(outputs)
    assert "budgets are kept apart" in text and "not finished" in text
    assert "<i>odd" not in text and "&lt;i&gt;odd" in text and Page(text).faults == []


def test_training_looks_alone_give_a_page_that_says_so(outputs):
    text, folder = report(write_results(outputs, {"t": (T1, {})}))
    assert "Only training looks were measured" in text and text.count("<svg") == 4
    assert Page(text).faults == [] and not list((folder / "figures").glob("*"))


@pytest.mark.usefixtures("without_figures")
def test_looks_that_cannot_be_drawn_are_named(outputs):
    write_results(outputs, ONE, seeds=[0])
    for path in outputs.glob("runs/*/seed=*/config.yaml"):
        path.write_text(path.read_text().replace("mode: black", "mode: plaid"))
    text, _ = report(outputs)
    assert "no picture of agent_2: background.mode=&#39;plaid&#39; is not allowed" in text


def test_pages_of_what_can_be_drawn_name_no_faults(small, two):
    assert all("no picture" not in text for text, _ in (small, two))


def test_nothing_measured_is_an_error_and_leaves_no_page(outputs, capsys):
    outputs.mkdir()
    assert main(["report", str(outputs)]) == 1
    assert "no evaluations below" in capsys.readouterr().err and not (outputs / "report").exists()


def test_a_page_that_cannot_be_written_is_told(outputs, capsys):
    write_results(outputs, ONE, seeds=[0])
    (outputs / "report").write_text("in the way")
    assert main(["report", str(outputs)]) == 1
    assert "cannot write" in capsys.readouterr().err


def test_files_of_an_earlier_report_do_not_stay_beside_a_later_one(outputs):
    write_results(outputs, SMALL, seeds=[0])
    _, folder = report(outputs, "--paper")
    for name in ("notes.md", "doses_mine.csv", "figures/mine.png"):
        (folder / name).write_text("a reader's own")
    before = {path.relative_to(folder) for path in folder.rglob("*")}
    for run in outputs.rglob("seed=0"):  # as if only one training had ever been there
        if "black-teal_circle" not in run.parent.name:
            shutil.rmtree(run)
    report(outputs)
    after = {path.relative_to(folder) for path in folder.rglob("*")}
    gone = {str(path) for path in before - after}
    assert {"paper_pairs.csv", "paper_pairs.md", "paper_pairs.tex", "paper_suites.csv"} <= gone
    assert all((folder / name).exists() for name in ("notes.md", "doses_mine.csv", "figures/mine.png", "pairs.csv", "index.html"))
    assert all(path.is_dir() or path.name in ("notes.md", "doses_mine.csv", "mine.png", ".written") or
               str(path.relative_to(folder)) in (folder / ".written").read_text().split("\n") for path in folder.rglob("*"))  # fmt: skip


def test_other_commands_start_without_the_pages_libraries():
    code = "import sys; from kage.launch.cli import main; main(['list', '--help'])"
    code = f"try:\n {code}\nexcept SystemExit: pass\nassert not {{'matplotlib', 'jinja2'}} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=120)


@pytest.mark.parametrize("numbers, text", [([3, 0, 1, 2, 7], "0-3, 7"), ([4], "4"), ([], "")])
def test_ranges(numbers, text):
    assert ranges(numbers) == text


@pytest.mark.parametrize("low, high", [(0, 1), (-950.3, -20), (0, 3.3e-3), (-541.9, -541.2), (0, 25e6)])
def test_ticks_are_few_round_and_told_apart(low, high):
    axis = svg.Axis(low, high, 0, 100)
    labels = [axis.label(tick) for tick in axis.ticks]
    assert 2 <= len(labels) <= 6 and len(set(labels)) == len(labels)
    for tick, label in zip(axis.ticks, labels):
        assert low - 1e-9 <= tick <= high + 1e-9 and float(label.replace(",", "")) == pytest.approx(tick)


@pytest.mark.thorough
@pytest.mark.slow
def test_the_whole_benchmark_fits_into_a_minute_and_ten_megabytes(tmp_path):
    """34 pairs and two studies, 10 seeds, 2 methods, 32 evaluations; processor time, so that a busy machine passes."""
    write_results(tmp_path, benchmark_looks(), range(10), ("ppo", "drq"), 32)
    begin = time.process_time()
    text, _ = report(tmp_path, "--paper")
    assert time.process_time() - begin < 60
    assert len(text.encode()) < 10e6 and len(Page(text).rows("pairs-table")) == 68


@pytest.mark.parametrize("gap", [-12626.4, -640.0, -101.0, -100.0, 0.0, 99.0, 380.0])
def test_the_axis_of_losses_holds_every_mark_and_zero_and_has_few_ticks(gap):
    axis = scale([{"gap": gap, "low": None, "high": float("nan"), "pairs": [50.0]}])
    assert axis["low"] <= min(gap, 0) and max(gap, 100) <= axis["high"] and {0, axis["low"], axis["high"]} <= {*axis["ticks"]}
    assert 3 <= len(axis["ticks"]) <= 9 and len({b - a for a, b in zip(axis["ticks"], axis["ticks"][1:])}) == 1
