"""The package works where the checkout is not: as a wheel, with its conf and assets."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kage.assets.__main__ import stored_sums
from kage.assets.draw_sprites import SKINS, frames
from kage.assets.files import HOME, pixel_sum
from kage.assets.scenes.catalogue import background

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """The project's wheel, built and installed into an empty folder."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", folder, ROOT], check=True)
    (wheel,) = folder.glob("*.whl")
    subprocess.run([*pip, "install", "--no-deps", "--target", folder / "site", wheel], check=True)
    return folder / "site"


@pytest.fixture(scope="module")
def strangers(tmp_path_factory) -> Path:
    """Packages of other people, called as our folders are: ROS 2 has a `launch`, many have an `analysis`."""
    folder = tmp_path_factory.mktemp("strangers")
    for name in ("launch", "analysis", "conf", "assets"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text(f"raise RuntimeError('the {name} of somebody else was imported')")
    return folder


@pytest.mark.thorough
def test_packages_of_the_same_names_do_not_stand_in_for_ours(installed, strangers, tmp_path):
    """First on the path, for the wheel and for the checkout."""
    code = "import sys; import kage.analysis.collect; from kage.launch.cli import main; sys.exit(main(['run', 'agent=noop', 'pair=background_2', 'budget=smoke']))"
    for place in (installed, ROOT):
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (strangers, place)))}
        folder = tmp_path / place.name
        folder.mkdir()
        done = subprocess.run([sys.executable, "-c", code], cwd=folder, env=environment, text=True, capture_output=True)
        assert done.returncode == 0, done.stderr
        assert "│ background_2 │" in done.stdout


def test_the_wheel_holds_one_package(installed):
    packages = {path.name for path in installed.iterdir() if path.is_dir() and not path.name.endswith(".dist-info")}
    assert packages == {"kage"} | (packages & {"bin"})


def elsewhere(installed, tmp_path, *arguments):
    code = "import sys, kage; assert 'wheel' in kage.__file__, kage.__file__; from kage.launch.cli import main; sys.exit(main())"
    environment = os.environ | {"PYTHONPATH": str(installed)}
    return subprocess.run([sys.executable, "-c", code, *arguments], cwd=tmp_path, env=environment, text=True, capture_output=True)


def test_the_wheel_finds_its_configuration_outside_the_checkout(installed, tmp_path):
    done = elsewhere(installed, tmp_path, "run", "--help")
    assert done.returncode == 0, done.stderr
    assert "background_2" in done.stdout and "quick" in done.stdout


def test_the_wheel_trains_outside_the_checkout(installed, tmp_path):
    done = elsewhere(installed, tmp_path, "run", "pair=background_2", "budget=smoke")
    assert done.returncode == 0, done.stderr
    assert "budget smoke" in done.stdout and "│ background_2 │" in done.stdout
    assert list(tmp_path.glob("outputs/default/runs/*/seed=0/eval.jsonl"))


def test_the_wheel_takes_option_files_from_a_folder_of_ones_own(installed, tmp_path):
    (tmp_path / "own" / "cluster").mkdir(parents=True)
    (tmp_path / "own" / "cluster" / "mine.yaml").write_text("defaults: [slurm]\npartition: gpu\naccount: my-project\n")
    own = ["cluster=mine", f"hydra.searchpath=[{tmp_path / 'own'}]"]
    done = elsewhere(installed, tmp_path, "run", "pair=background_2", "budget=smoke", *own, "--dry-run")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "#SBATCH --partition=gpu" in lines and "#SBATCH --account=my-project" in lines and "#SBATCH --time=240" in lines


def test_the_wheel_carries_assets_and_leaves_out_tests(installed):
    assert len(list((installed / "kage" / "assets" / "backgrounds").glob("*.png"))) == 128
    assert len([path for path in (installed / "kage" / "assets" / "sprites").iterdir() if path.is_dir()]) == 27
    assert {path.name for path in (installed / "kage" / "analysis" / "paper").glob("*.csv")} == {"pairs.csv", "suites.csv"}
    assert not list(installed.rglob("tests"))


def test_assets_are_as_many_and_as_small_as_specified():
    pictures, skins = (ROOT / "assets" / name for name in ("backgrounds", "sprites"))
    assert {path.name for path in pictures.iterdir()} == {f"bg-{i}.png" for i in range(1, 129)}
    frames = list(skins.glob("*/*.png"))
    assert set(Counter(path.parent.name for path in frames).values()) <= set(range(2, 9))
    for path in (*pictures.iterdir(), *frames):
        with Image.open(path) as picture:
            width, height = picture.size
            assert picture.mode == "RGBA" and width <= 16 and height <= 24 if path in frames else width >= height >= 128
    assert sum(path.stat().st_size for path in (*pictures.iterdir(), *frames)) < 8_000_000


def test_assets_are_exactly_what_their_scripts_draw():
    """All pictures are those that were summed. Some are drawn again; `python -m kage.assets --check` draws all."""
    sums, paths = stored_sums(), [*HOME.glob("backgrounds/*.png"), *HOME.glob("sprites/*/*.png")]
    assert {str(path.relative_to(HOME)): pixel_sum(np.asarray(Image.open(path))) for path in paths} == sums
    drawn = {f"backgrounds/bg-{n}.png": background(n) for n in range(5, 129, 12)}
    drawn |= {f"sprites/{skin}/walk-{k}.png": pixels for skin in list(SKINS)[::9] for k, pixels in enumerate(frames(skin), 1)}
    assert len(drawn) > 20 and all(pixel_sum(pixels) == sums[name] for name, pixels in drawn.items())