"""Tables in LaTeX: what is escaped, what is folded and continued, and that a compiler takes all of them."""

import re
import shutil
import string
import subprocess

import pytest
from debian import lacking
from synthetic import DOSES, PAIRS, T1, write_results
from test_tables import VIEW

from kage.analysis.collect import collect
from kage.analysis.formats import Cell, View
from kage.analysis.latex import latex, latex_text
from kage.analysis.report import captioned, measured, report_of, write
from kage.launch.compose import cells
from kage.platformer.config import from_dict

ODD = (string.punctuation, "[a]", "*b", "été ß ł naïve", "日本 🙂", "<<--''``?`", "e\u0301", "averylongname" * 4)
DOCUMENT = r"""\documentclass{article}
\usepackage{booktabs}
\usepackage[table]{xcolor}
\usepackage{graphicx}
\begin{document}
%s
\end{document}
"""


def test_a_table():
    text = latex(VIEW)
    body = [line.strip() for line in text.splitlines()]
    assert r"\begin{tabular}{@{}lrr@{}}" in body and r"\caption{title of 5 \%}" in body and r"\label{tab:a-b}" in body
    assert [line for line in body if line.endswith(r"\\") and "&" in line] == [
        r"& x &  \\", r"pair & train & $\Delta$ \% \\", r"a\_1 & 0.50 $\pm$ 0.10 & \cellcolor{red!99!green!30}99.0 \\",
        r"b\textbar{}2 & $-$1.00 & \cellcolor{red!0!green!30}$-$3.0 \\"]  # fmt: skip
    assert [line for line in body if line.endswith("rule")] == [r"\toprule", r"\midrule", r"\bottomrule"]
    assert text.count("{") == text.count("}")


@pytest.mark.parametrize("text, expected", [
    (r"50% of $1 & #2_x {a} ~^ \b", r"50\% of \$1 \& \#2\_x \{a\} \textasciitilde{}\textasciicircum{} \textbackslash{}b"),
    ("brightness 0 -> -0.5", r"brightness 0 $\rightarrow$ $-$0.5"),
    ("[-3.1, 2.0]", "[$-$3.1, 2.0]"), ("quick-0a", "quick-0a"), ("a < b|c", r"a \textless{} b\textbar{}c"),
    ("a--b''c`", r"a-{}-b'{}'c\`{}"), ("é e\u0301 ü ß Δ", r"\'{e} \'{e} \"{u} \ss{} $\Delta$"), ("日\n\x07", "U+65E5  "),
])  # fmt: skip
def test_what_latex_would_misread_is_escaped(text, expected):
    assert latex_text(text) == expected


@pytest.mark.parametrize("name", ["[black]", "*", "[a] & b"])
def test_no_first_cell_is_read_as_an_argument_of_the_line_before(name):
    view = View("v", "t", ("[head]", "x"), ((Cell(name), Cell("1")), (Cell(name), Cell("2"))), notes=(name, name))
    assert not re.search(r"(\\\\|rule)\s*[\[*]", latex(view))


def test_what_is_wider_than_the_text_or_longer_than_a_page_is_continued():
    view = View("v", "t", ("name", *(f"column {i}" for i in range(20))), ((Cell("a"), *[Cell("0.50 ± 0.10")] * 20),) * 50)
    text = latex(view)
    parts = text.split(r"\begin{table}")[1:]
    assert len(parts) > 4 and f"t (2 of {len(parts)})" in parts[1] and r"\label{tab:v-2}" in parts[1]
    assert sorted(int(it) for it in re.findall(r"column (\d+)", text)) == sorted([*range(20)] * 2)
    assert all(part.count("\n  a &") <= 45 for part in parts) and len(latex(view, 20.0).split(r"\begin{table}")) == 3


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """The tables of all shipped studies and some pairs, whose names, like an agent's and the budget's, hold everything."""
    looks = {}
    for study in ("background_colors", "radial_light", "same_agent_distractors", "training_colors", "interactions"):
        for cell in cells([f"study={study}"]):
            shift = cell.shift
            looks.setdefault(cell.training_id, (cell.world.env, {}))[1][shift.suite, shift.pair, shift.study, shift.dose] = cell.shifted.env
    odd = {("filters", name, "", ""): from_dict(change, T1) for name, change in zip(ODD, (*PAIRS.values(), *PAIRS.values()))}
    odd |= {(suite, pair, f"{string.punctuation} {study}", dose): from_dict(change, T1) for (suite, pair, study, dose), change in DOSES.items()}
    odd["custom", "custom", "", ""] = from_dict({"filters": {"brightness": 1.0}, "layout": {"layout_colors": ["red"]}}, T1)
    trainings = {"odd": (from_dict({"layout": {"layout_colors": ["orange"]}}, T1), odd)} | {f"t{i}": training for i, training in enumerate(looks.values())}
    root = tmp_path_factory.mktemp("latex")
    write_results(root, trainings, agents=("ppo", string.punctuation), evaluations=2, budget=string.printable.strip())
    found = report_of(measured(collect([root])[0], "max", mix=False), mix=False, paper=True, over_training=False, reference=None)
    write(root / "report", found.frames, captioned(found.views, found.seeds, found.family))
    return root / "report"


def test_all_tables_of_all_shipped_studies_compile_and_fit(tables, tmp_path):
    if reason := lacking(["pdflatex"], ["texlive-latex-base", "texlive-latex-recommended"]):
        pytest.skip(reason)
    found = sorted(tables.glob("*.tex"))
    assert len(found) >= 12
    for path in found:
        shutil.copy(path, tmp_path)
    (tmp_path / "all.tex").write_text(DOCUMENT % "\n".join(rf"\input{{{path.name}}}\clearpage" for path in found))
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, stdin=subprocess.DEVNULL, timeout=100)
    log = (tmp_path / "all.log").read_text(errors="replace")
    assert done.returncode == 0, re.findall(r"(?m)^!.*(?:\n.*){6}", log)
    assert not re.findall(r"Overfull \\hbox.*|.*Float too large.*|Missing character.*", log)
