"""Packs hold what a folder holds, are safe to read, and several sources are one folder or none."""

import importlib
import io
import json
import shutil
import stat
import subprocess
import sys
import zipfile

import pandas as pd
import pytest
from rich.console import Console
from synthetic import SMALL, write_puzzles, write_results

from kage.analysis.board import boards
from kage.analysis.collect import collect
from kage.analysis.croissant import COLUMNS
from kage.analysis.metrics import described, family
from kage.analysis.pairing import paired
from kage.analysis.report import print_report
from kage.analysis.select import plain
from kage.launch.cli import main
from kage.runs.packs import MEMBER, opened
from kage.runs.run import EVAL, RunError, read_rows, to_lines

RUN = "runs/black-teal_circle-paper-0123456789/seed=0/"


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Two results folders, of ppo and drq, and a pack of each."""
    root = tmp_path_factory.mktemp("results")
    for name, agent in (("one", "ppo"), ("two", "drq")):
        write_results(root / name, SMALL, range(3), [agent], evaluations=2)
        assert main(["pack", str(root / name), str(root / f"{name}.zip")]) == 0
    return root


def run_of(folder, seed=0):
    (found,) = folder.glob(f"runs/*/seed={seed}")
    return found


def told(sources, **options):
    """What a report of the sources prints."""
    console = Console(file=io.StringIO(), width=200)
    print_report(sources, console, **options)
    return console.file.getvalue()


def numbers(sources):
    """All that was measured below folders and packs, without the places of the runs."""
    with opened(sources) as found:
        rows, faults = collect(found.folders)
    assert not faults
    rows = plain(rows.drop(columns="run"))
    return rows.sort_values(list(rows.columns)).reset_index(drop=True)


# Packs


def test_a_pack_holds_all_that_was_measured(results):
    pd.testing.assert_frame_equal(numbers([results / "one.zip"]), numbers([results / "one"]))


def test_a_report_of_packs_and_folders_mixed_is_that_of_the_folders(results):
    assert told([results / "one.zip", results / "two"]) == told([results / "one", results / "two"])


def test_a_pack_has_its_own_report_and_comparison(results, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("kage.analysis.report.show", lambda report, console, to, name, *_: print(f"{name}: {to}"))
    shutil.copy(results / "one.zip", tmp_path)
    assert main(["report", str(tmp_path / "one.zip")]) == 0
    assert capsys.readouterr().out == f"one: {tmp_path / 'one-report'}\n"
    assert main(["compare", str(tmp_path / "one.zip"), str(results / "one")]) == 0
    assert f"A: {tmp_path / 'one.zip'}, 1 training, seeds 0-2" in capsys.readouterr().out


def test_equal_results_make_equal_packs_and_states_stay_at_home(results, tmp_path):
    (run_of(results / "one") / "state.msgpack").write_bytes(b"large")
    assert main(["pack", str(results / "one"), str(tmp_path / "again.zip"), "--creator", "A. Person"]) == 0
    assert main(["pack", str(results / "one"), str(tmp_path / "one.zip")]) == 0
    assert (tmp_path / "one.zip").read_bytes() == (results / "one.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "again.zip") as pack:
        assert all(MEMBER.fullmatch(name) for name in pack.namelist()) and not any("state" in name for name in pack.namelist())
        assert json.loads(pack.read("croissant.json"))["creator"]["name"] == "A. Person"


def test_policies_are_packed_on_request(results, tmp_path, capsys):
    folder = shutil.copytree(results / "one", tmp_path / "one")
    assert main(["pack", str(folder), str(tmp_path / "a.zip"), "--policies"]) == 1
    assert "keeps no policies" in capsys.readouterr().err and not (tmp_path / "a.zip").exists()
    kept = run_of(folder) / "checkpoints" / "step=5.msgpack"
    kept.parent.mkdir()
    kept.write_bytes(b"policy")
    sizes = {}
    for flags in ([], ["--policies"]):
        assert main(["pack", str(folder), str(tmp_path / "a.zip"), *flags]) == 0
        with opened([tmp_path / "a.zip"]) as found:
            sizes[bool(flags)] = [path.read_bytes() for path in found.folders[0].rglob("*.msgpack")]
    assert sizes == {False: [], True: [b"policy"]}


def test_metadata_describe_the_table(results):
    with zipfile.ZipFile(results / "one.zip") as pack:
        metadata, table = json.loads(pack.read("croissant.json")), pd.read_csv(pack.open("rows.csv"))
    (rows,) = metadata["recordSet"]
    assert [field["source"]["extract"]["column"] for field in rows["field"]] == list(table.columns) == list(COLUMNS)
    kinds = {field["name"]: field["dataType"] for field in rows["field"]}
    assert {name for name, kind in kinds.items() if kind != "sc:Text"} == {"seed", "step", "value", "episodes"}
    assert len(table) == len(numbers([results / "one"])) and set(table.run.str.match(RUN[:5] + r"[^/]+/seed=\d$")) == {True}


# The validator, and what it imports that no other test needs.
VALIDATOR = ("mlcroissant", "jsonpath-rw", "ply", "decorator", "rdflib", "networkx")


@pytest.fixture(scope="module")
def mlcroissant(tmp_path_factory):
    """The validator of Croissant metadata, installed for this file."""
    site = tmp_path_factory.mktemp("validator")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", site, *VALIDATOR]
    done = subprocess.run(pip, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"mlcroissant could not be installed: {done.stderr.strip().splitlines()[-1]}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [*sys.path, str(site)])
        yield importlib.import_module("mlcroissant")


def test_metadata_are_valid_croissant(results, tmp_path, mlcroissant):
    with zipfile.ZipFile(results / "one.zip") as pack:
        pack.extractall(tmp_path)
    found = mlcroissant.Dataset(jsonld=str(tmp_path / "croissant.json"))
    assert not found.metadata.ctx.issues.errors
    values = [record["rows/value"] for record in found.records("rows")]
    assert values == pd.read_csv(tmp_path / "rows.csv").value.tolist()


@pytest.mark.parametrize("name, kind", [
    ("../evil.txt", 0), ("/tmp/evil.txt", 0), ("runs/../../evil/seed=0/eval.jsonl", 0), ("runs/../seed=0/eval.jsonl", 0),
    ("runs\\a\\seed=0\\eval.jsonl", 0), ("C:/evil.txt", 0), (RUN + "../eval.jsonl", 0), (RUN + "evil.py", 0),
    (RUN, 0), (RUN + EVAL, stat.S_IFLNK), (RUN + "checkpoints/step=1.msgpack/x", 0), ("runs/a/b/seed=0/eval.jsonl", 0),
])  # fmt: skip
def test_what_no_pack_has_is_not_taken_out_of_one(tmp_path, name, kind, capsys):
    member = zipfile.ZipInfo(name)
    member.external_attr = (kind | 0o777) << 16
    (tmp_path / "inner").mkdir()
    path = tmp_path / "inner" / "evil.zip"
    with zipfile.ZipFile(path, "w") as pack:
        pack.writestr(member, "/etc/passwd")
    before = set(tmp_path.rglob("*"))
    assert main(["report", str(path)]) == 1
    assert "which kage pack does not write" in capsys.readouterr().err
    assert set(tmp_path.rglob("*")) == before


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("damage, words", [
    (lambda path, data: path.write_bytes(b"no zip"), "is damaged, or no zip file"),
    (lambda path, data: path.write_bytes(data[: len(data) // 2]), "is damaged, or no zip file"),
    (lambda path, data: path.write_bytes(data[:3000] + bytes([data[3000] ^ 255]) + data[3001:]), "is damaged, or no zip file"),
    (lambda path, data: zipfile.ZipFile(path, "w").close(), "no evaluations below"),
])  # fmt: skip
def test_a_damaged_pack_is_refused_in_one_line(results, tmp_path, damage, words):
    path = tmp_path / "a.zip"
    damage(path, (results / "one.zip").read_bytes())
    with pytest.raises(RunError, match=words) as caught:
        told([path])
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_pack_with_two_files_of_one_name_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as pack:
        pack.writestr(RUN + EVAL, "a")
        pack.writestr(RUN + EVAL, "b")
    with pytest.raises(RunError, match="several files of one name"):
        told([tmp_path / "a.zip"])


@pytest.mark.parametrize("name", ["..", "../up", "/abs", "a/b", ""])
def test_a_family_cannot_name_another_folder_for_its_report(name):
    with pytest.raises(ValueError, match="is no name"):
        family(described({"family": name, "metrics": [{"name": "solved", "gap": "percent", "share": True}]}))


def test_messages_name_packs_and_not_where_they_were_unpacked(results, tmp_path):
    with pytest.raises(RunError, match=f"{results}/one.zip/runs/.* and {results}/one/runs/"):
        told([results / "one.zip", results / "one"])
    folder = shutil.copytree(results / "one", tmp_path / "one")
    (run_of(folder) / EVAL).write_text("no row\n")
    with zipfile.ZipFile(tmp_path / "one.zip", "w") as pack:
        for path in folder.rglob("*.*l*"):
            pack.write(path, path.relative_to(folder))
    assert f"left out {tmp_path}/one.zip/runs/" in told([tmp_path / "one.zip"])


@pytest.mark.parametrize("arguments, words", [
    (["pack", "ONE", "out.tar"], "ends in .zip; nearest valid: out.zip"), (["pack", "ONE", "nowhere/out.zip"], "nowhere is not a folder"),
    (["merge", "ONE", "none.zip", "--to", "new"], "none.zip is neither a folder nor a pack"), (["merge", "ONE", "--to", "ONE"], "it exists"),
    (["leaderboard", "ONE", "--to", "page.pdf"], "nearest valid: page.html"), (["report", "none.zip"], "none.zip is neither a folder nor a pack"),
])  # fmt: skip
def test_wrong_arguments_are_told(results, arguments, words, capsys):
    assert main([str(results / "one") if word == "ONE" else word for word in arguments]) == 2
    assert words in capsys.readouterr().err


# Merging


def test_merged_runs_are_those_of_all_sources_each_once(results, tmp_path, capsys):
    assert main(["merge", *(str(results / name) for name in ("one.zip", "two", "one")), "--to", str(tmp_path / "both")]) == 0
    assert "6 runs of 2 trainings; 3 repeated runs left out" in capsys.readouterr().out
    pd.testing.assert_frame_equal(numbers([tmp_path / "both"]), numbers([results / "one", results / "two"]))
    assert not [path for path in tmp_path.rglob("*") if path.name == "lock" or path.name.endswith(".tmp")]


def test_of_copies_the_one_that_went_further_counts(results, tmp_path):
    early = shutil.copytree(results / "one", tmp_path / "early")
    for seed in range(3):
        path = run_of(early, seed) / EVAL
        path.write_bytes(to_lines(row for row in read_rows(path) if row["step"] == 0))
    for order in ((early, results / "one.zip"), (results / "one.zip", early)):
        to = tmp_path / f"merged-{order[0].name}"
        assert main(["merge", *map(str, order), "--to", str(to)]) == 0
        pd.testing.assert_frame_equal(numbers([to]), numbers([results / "one"]))


def other_value(run):
    rows = read_rows(run / EVAL)
    rows[-1]["value"] += 0.25
    (run / EVAL).write_bytes(to_lines(rows))


def other_code(run):
    record = json.loads((run / "record.json").read_bytes())
    record["attempts"][0]["code"]["method"] = "0ther"
    (run / "record.json").write_text(json.dumps(record))


def other_rows(run):
    rows = read_rows(run / EVAL)
    (run / EVAL).write_bytes(to_lines([*rows[:-1], rows[-1] | {"step": 7}]))


@pytest.mark.parametrize("change, words", [
    (other_value, "with different results"), (other_code, "which differ in code"), (other_rows, "each has evaluations that the other lacks"),
])  # fmt: skip
def test_contradictions_are_refused_and_nothing_is_written(results, tmp_path, change, words, capsys):
    other = shutil.copytree(results / "one", tmp_path / "other")
    change(run_of(other, 1))
    assert main(["merge", str(results / "one.zip"), str(other), "--to", str(tmp_path / "both")]) == 1
    error = capsys.readouterr().err
    assert words in error and "seed 1 of training" in error and f"{results}/one.zip/runs/" in error
    assert [path.name for path in tmp_path.iterdir()] == ["other"]


def test_a_merge_that_breaks_off_leaves_nothing(results, tmp_path, monkeypatch):
    copytree, done = shutil.copytree, []

    def breaking(*arguments, **options):
        if len(done) == 2:
            raise OSError(28, "No space left on device")
        done.append(copytree(*arguments, **options))

    monkeypatch.setattr(shutil, "copytree", breaking)
    assert main(["merge", str(results / "one"), "--to", str(tmp_path / "both")]) == 1
    assert len(done) == 2 and not list(tmp_path.iterdir())


# The leaderboard


def seeds_of(*sources):
    rows, _ = collect(sources)
    return paired(rows)


def test_methods_are_ranked_by_their_mean_over_suites(results):
    (view,) = boards(seeds_of(results / "one", results / "two"))
    lines = {row[1].text: [cell.text for cell in row] for row in view.rows}
    assert list(lines) == ["drq", "ppo"] and [line[0] for line in lines.values()] == ["1", "2"]
    table = seeds_of(results / "one").query("metric == 'success_rate' and suite == 'background'")
    means = table.groupby("pair", observed=True)[["train", "eval"]].mean().mean()
    cell = lines["ppo"][view.headers.index("background")]
    assert cell == f"{means['eval']:.2f} (Δ {100 * (1 - means['eval'] / means['train']):.1f} %)"


def test_a_method_that_was_measured_on_fewer_pairs_has_no_rank(results):
    """A mean of the easier pairs would stand above the others."""
    seeds = seeds_of(results / "one", results / "two")
    (view,) = boards(seeds[(seeds.agent != "drq") | (seeds.pair != "background_3")])
    ppo, drq = view.rows
    assert ppo[0].text == "1" and (drq[0].text, drq[3].text) == ("-", "-")
    assert [header for header, cell in zip(view.headers, drq) if cell.text.endswith("*")] == ["background"]
    assert "has no rank" in view.notes[-1]


def test_only_what_agrees_in_budget_and_world_is_ranked_together(results):
    seeds = seeds_of(results / "one", results / "two")
    apart = plain(seeds)
    apart.loc[apart.agent == "drq", "budget"] = "quick"
    apart.loc[apart.agent == "drq", "track"] = "privileged"
    first, second = boards(apart.astype({name: "category" for name in seeds if seeds[name].dtype == "category"}))
    assert "budget paper" in first.title and second.title.startswith("privileged methods: ") and len(second.rows) == 1


def test_the_page_has_every_family_and_says_where_numbers_come_from(results, tmp_path, capsys):
    write_puzzles(tmp_path / "puzzles")
    page = tmp_path / "page.html"
    assert main(["leaderboard", *map(str, (results / "one.zip", results / "two", tmp_path / "puzzles")), "--to", str(page)]) == 0
    text = page.read_text()
    assert "kage: methods" in text and "puzzles: methods" in text and "difference" in text
    assert "<td>one.zip</td>" in text.replace('<th scope="row">', "<td>").replace("</th>", "</td>") and "http" not in text.replace("http-equiv", "")
    assert "success rate under the shift by suite" in capsys.readouterr().out
    assert main(["leaderboard", str(results / "one.zip"), "--reference", "pppo", "--to", str(page)]) == 1
    assert "nearest valid: ppo" in capsys.readouterr().err


def test_without_pairs_of_suites_there_is_nothing_to_rank(tmp_path, capsys):
    train, looks = SMALL["black-teal_circle-paper"]
    doses = {key: look for key, look in looks.items() if key[2]}
    write_results(tmp_path / "doses", {"black-teal_circle-paper": (train, doses)}, evaluations=2)
    assert main(["leaderboard", str(tmp_path / "doses"), "--to", str(tmp_path / "page.html")]) == 1
    assert "nothing to rank" in capsys.readouterr().err
