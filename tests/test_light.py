"""What composes, lists and plans imports none of what draws and learns: that takes over a second of each command."""

import subprocess
import sys

import pytest
from synthetic import SMALL, write_results

import kage

HEAVY = {"jax", "jaxlib", "flax", "optax", "PIL", "numpy"}


def imported(program: str, *arguments: str) -> set[str]:
    """The top-level names of all modules that a program has imported at its end, in a process of its own."""
    listing = "\nimport sys\nprint(*{name.partition('.')[0] for name in sys.modules})"
    command = [sys.executable, "-c", program + listing, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("program", [
    "import kage",
    "import kage.params",
    "import kage.platformer.config\nfrom kage import Config, ConfigError, load_config_from_yaml, save_config_to_yaml\ndir(kage)",
    "from kage.platformer.config import *\nConfig()\n"
    "from_dict({'filters': {'brightness': 1, 'pop_filter_list': ['noir']}, 'background': {'mode': 'black'}})",
    "import kage.runs.files, kage.runs.folders\nfrom kage.runs.run import Run, read_rows, read_status",
], ids=["package", "params", "names", "build", "runs"])  # fmt: skip
def test_configurations_and_run_folders_need_nothing_that_draws(program):
    assert not imported(program) & HEAVY


COMMAND = """import contextlib, sys
from kage.launch.cli import main
with contextlib.redirect_stdout(sys.stderr), contextlib.suppress(SystemExit):
    main(sys.argv[1:])
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """A folder of results, for commands that read one."""
    return write_results(tmp_path_factory.mktemp("results"), SMALL, seeds=range(2), evaluations=2)


@pytest.mark.parametrize("command", [
    "--help", "--version", "list", "params", "completion bash", "completion words run pair=", "compare RESULTS RESULTS",
    "pack RESULTS RESULTS.zip", "merge RESULTS --to RESULTS.merged", "leaderboard RESULTS --to RESULTS.html",
    "note RESULTS", "plan suite=agent seed=range(2)", "plan pair=agent_1 --json", "status RESULTS", "logs RESULTS",
    "cancel RESULTS", "export pair=filters_1 --eval --to RESULTS/look.yaml", "run --help", "search --help", "run --cfg job",
    "run cluster=slurm --dry-run", "run filters.brigtness=1",
])  # fmt: skip
def test_commands_that_read_do_not_wait_for_what_computes(command, results):
    arguments = command.replace("RESULTS", str(results)).split()
    assert not imported(COMMAND, *arguments) & {"jax", "jaxlib", "flax", "optax"}


def test_an_environment_is_imported_when_it_is_named():
    """Else the test above could not fail."""
    assert {"jax", "flax", "PIL", "numpy"} <= imported("from kage import KAGE_Env")


def test_the_package_tells_its_names():
    assert set(kage.__all__) <= set(dir(kage))
    assert kage.KAGE_Env.__module__ == "kage.platformer.env"
    with pytest.raises(AttributeError, match="no attribute 'KAGE_Evn'"):
        kage.KAGE_Evn  # noqa: B018
