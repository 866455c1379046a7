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


COMMANDS = (
    "--help", "--version", "list", "params", "completion bash", "completion words run pair=", "compare RESULTS RESULTS",
    "pack RESULTS RESULTS.zip", "merge RESULTS --to RESULTS.merged", "leaderboard RESULTS --to RESULTS.html",
    "note RESULTS", "plan suite=agent seed=range(2)", "plan pair=agent_1 --json", "status RESULTS", "logs RESULTS",
    "cancel RESULTS", "export pair=filters_1 --eval --to RESULTS/look.yaml", "run --help", "search --help", "run --cfg job",
    "run cluster=slurm --dry-run", "run filters.brigtness=1",
)  # fmt: skip
PERFORM = """import contextlib, sys
from kage.launch.cli import main
for command in sys.argv[1:]:
    with contextlib.redirect_stdout(sys.stderr), contextlib.suppress(SystemExit):
        main(command.split())
    print(command, *{"jax", "jaxlib", "flax", "optax"} & set(sys.modules), sep=";")
"""


@pytest.fixture(scope="module")
def heavy(tmp_path_factory):
    """Which heavy packages are imported after each command, the ones before it in the same process included."""
    results = write_results(tmp_path_factory.mktemp("results"), SMALL, seeds=range(2), evaluations=2)
    commands = [command.replace("RESULTS", str(results)) for command in COMMANDS]
    done = subprocess.run([sys.executable, "-c", PERFORM, *commands], capture_output=True, text=True, check=True)
    found = [line.split(";")[1:] for line in done.stdout.splitlines()]
    return dict(zip(COMMANDS, found, strict=True))


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_that_read_do_not_wait_for_what_computes(command, heavy):
    assert not heavy[command]


def test_an_environment_is_imported_when_it_is_named():
    """Else what is asked above could not fail."""
    assert {"jax", "flax", "PIL", "numpy"} <= imported("from kage import KAGE_Env")


def test_the_package_tells_its_names():
    assert set(kage.__all__) <= set(dir(kage))
    assert kage.KAGE_Env.__module__ == "kage.platformer.env"
    with pytest.raises(AttributeError, match="no attribute 'KAGE_Evn'"):
        kage.KAGE_Evn  # noqa: B018
