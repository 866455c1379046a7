"""cluster=slurm on a real SLURM, started here: whatever happens to jobs, the numbers are those of an unbroken run.

Moments are made, not hit: a training that reached a step is held with SIGSTOP until the fault has arrived.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pytest
from conftest import optimised, thorough
from PIL import Image
from runs import kage, last_of_each_key, numbers, seeds

from kage.analysis.collect import collect
from kage.analysis.gaps import gaps
from kage.analysis.pairing import paired
from kage.launch.cli import main
from kage.launch.slurm import Submission
from kage.launch.state import claimed
from kage.launch.status import RunReport, read_runs
from kage.runs.run import STATE, in_use, read_status, unpack

SCRIPTS = Path(__file__).parent / "slurm"
# Both pairs train the same look; each trains its own here, so that there are two trainings of one compiled program.
PAIRS = ["pair=background_2,layout_1", "plan.share=false"]
PAIR = ["pair=background_2", "plan.share=false"]
ALONE = [*PAIR, "cluster.options=[exclusive]"]  # on its node: what is done to that leaves other jobs alone
# Agreement would be a quarter of each job; test_trackers has it.
BUDGET = ["seed=range(2)", "budget=smoke", "budget.total_steps=14400", "budget.eval_every=75", "budget.save_seconds=0.3",
          "budget.agreement_episodes=0"]  # fmt: skip
# Without a last job unless the test is about it: it takes as long as a training.
JOBS = ["cluster=slurm", "cluster.gpus=1", "cluster.cpus=1", "cluster.time=5", "cluster.report=false"]
REPORT = "cluster.report=true"
ENOUGH = "cluster.memory=3"  # GB; with the default of this SLURM, a killed process looks short of memory
COMPOSING = threading.Lock()  # Hydra is one for the whole process
HELD = 960  # the step at which trainings are held
PATIENCE = 240  # seconds that a slow machine may take

# Optimised: compiled once, these programs are performed by some twenty jobs.
pytestmark = [pytest.mark.slow, optimised]


def missing() -> str:
    """Why no SLURM can be started here; empty if one can."""
    if os.geteuid() != 0:
        return "a SLURM of its own needs root"
    if shutil.which("dpkg-query") is None:
        return "the SLURM packages are Debian's"
    return ""


@pytest.fixture(scope="module")
def slurm():
    """A SLURM with three nodes and accounts, for this file; its folder."""
    if reason := missing():
        pytest.skip(reason)
    folder = Path(tempfile.mkdtemp(prefix="kage-slurm-", dir="/var/tmp"))
    folder.chmod(0o755)
    environment = os.environ | {"LOCAL_SLURM_DIR": str(folder), "LOCAL_SLURM_PORT": os.environ.get("LOCAL_SLURM_PORT", "26817")}
    start = subprocess.run([SCRIPTS / "start-local-slurm.sh"], env=environment, text=True, capture_output=True)
    if "the packages could not be installed" in start.stderr:
        pytest.skip(f"no SLURM here: {start.stderr.strip()}")
    assert start.returncode == 0, start.stdout + start.stderr
    before = os.environ.get("SLURM_CONF")
    os.environ["SLURM_CONF"] = str(folder / "etc" / "slurm.conf")
    yield folder
    os.environ.pop("SLURM_CONF") if before is None else os.environ.update(SLURM_CONF=before)
    subprocess.run([SCRIPTS / "stop-local-slurm.sh"], env=environment, capture_output=True)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory) -> Path:
    """Both trainings, here and undisturbed."""
    outputs = tmp_path_factory.mktemp("unbroken")
    assert main(["run", *PAIRS, *BUDGET, f"outputs={outputs}"]) == 0
    assert main(["report", str(outputs / "default")]) == 0
    return outputs


@pytest.fixture(autouse=True)
def nothing_left(slurm, request):
    """Every test leaves the queue empty, but for faults that others still wait for."""
    yield
    if "suffered" not in request.fixturenames:
        subprocess.run(["scancel", "--me"], check=True)
        wait(lambda: not queue())


def wait(condition, what="it"):
    """Until the condition holds; its value."""
    until = time.monotonic() + PATIENCE
    while not (value := condition()):
        assert time.monotonic() < until, f"{what} did not happen within {PATIENCE} s"
        time.sleep(0.1)
    return value


def queue(outputs: Path | str = "") -> list[str]:
    """Ids of the jobs that have not ended: all, or those that were submitted for a results folder."""
    done = subprocess.run(["squeue", "--me", "-h", "-r", "-o", "%i|%o"], text=True, capture_output=True, check=True)
    jobs = (line.split("|") for line in done.stdout.splitlines())
    return [job for job, script in jobs if script.startswith(str(outputs))]


def accounts(job: str) -> str:
    """What sacct calls a job's state, when it has ended."""
    command = ["sacct", "-n", "-P", "-X", "-j", job, "-o", "State"]
    state = lambda: subprocess.run(command, text=True, capture_output=True).stdout.strip()  # noqa: E731
    return wait(lambda: (s := state()) not in ("", "RUNNING", "PENDING", "COMPLETING") and s)


def submit(outputs: Path, *arguments: str, code: int = 0) -> None:
    with COMPOSING:
        assert main(["run", *last_of_each_key(*BUDGET, *JOBS, f"outputs={outputs}", *arguments)]) == code


def told(outputs: Path, code: int) -> list[RunReport]:
    """What is told of every run, with the exit code of `kage status`."""
    assert main(["status", str(outputs)]) == code
    return read_runs(outputs)[0]


def states(outputs: Path) -> set[str]:
    return {run.state for run in read_runs(outputs)[0]}


def finish(outputs: Path, unbroken: Path, trainings: int = 1, reported: bool = False) -> None:
    """Wait for all jobs; then the runs are done with the numbers and the tables of the unbroken ones.

    reported: the tables are those that a last job wrote.
    """
    wait(lambda: not queue(outputs), "the end of all jobs")
    assert {run.state for run in told(outputs, code=0)} == {"done"}
    found, wanted = numbers(outputs), numbers(unbroken)
    assert len(found) == 2 * trainings
    assert found == {name: wanted[name] for name in found}
    table, whole = (written(root) if reported else gaps(paired(collect([root])[0])) for root in (outputs, unbroken))
    assert table.pair.nunique() == trainings
    whole = whole[whole.pair.isin(table.pair)]
    pd.testing.assert_frame_equal(table.reset_index(drop=True), whole.reset_index(drop=True))


def written(outputs: Path) -> pd.DataFrame:
    """The gap table of the report."""
    return pd.read_csv(outputs / "default" / "report" / "pairs.csv")


@dataclass
class Held:
    """A training that was held when a fault struck."""

    pid: int
    step: int
    struck: float = 0.0


@contextlib.contextmanager
def held(outputs: Path):
    """A training is held at a step from `HELD` on while the block runs."""
    wait(lambda: any(read_status(folder)["step"] >= HELD for folder in seeds(outputs)), f"step {HELD}")
    pid = read_status(seeds(outputs)[0])["pid"]
    os.kill(pid, signal.SIGSTOP)
    try:
        status = read_status(seeds(outputs)[0])
        assert status["state"] != "done"
        yield Held(pid, status["step"], time.monotonic())
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def lost(outputs: Path, at: Held) -> int:
    """Steps of each seed that the newest save does not hold."""
    return max(0, at.step - unpack(seeds(outputs)[0] / STATE)[0])


@pytest.fixture(scope="module")
def faults(request):
    """Rows of a table of faults; pytest -vv prints it."""
    rows = []
    yield rows
    if rows and request.config.get_verbosity() > 0:
        with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
            print("\n\nfault | what happened | steps lost of each seed | seconds until it was further than before")
            for row in rows:
                print(" | ".join(map(str, row)))


def gone_on(outputs: Path, unbroken: Path, at: Held, happened: str, steps: int, reported: bool = False) -> tuple:
    """What happened, the steps lost, and the seconds until a training was further than before; it has finished then."""
    reached = read_status(seeds(outputs)[0])["step"]
    wait(lambda: read_status(seeds(outputs)[0])["step"] > reached, f"a step after {reached}")
    seconds = round(time.monotonic() - at.struck)
    finish(outputs, unbroken, reported=reported)
    return happened, steps, seconds


def asked_to_stop(pid: int) -> bool:
    """Does a held process have SIGTERM waiting, or has it followed it? scancel lets processes go on first."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):  # gone before the file is opened, or before it is read
        return True
    pending = sum(int(line.split()[1], 16) for line in lines if line.startswith(("SigPnd", "ShdPnd")))
    return bool(pending >> (signal.SIGTERM - 1) & 1)


def test_an_array_ends_with_the_tables_of_a_local_run(slurm, unbroken, outputs, capsys):
    submit(outputs, *PAIRS, REPORT)
    out = capsys.readouterr().out
    assert "4 to submit" in out and "_[0-1]: 2 jobs, 4 runs" in out and f"kage status {outputs / 'default'}" in out
    finish(outputs, unbroken, trainings=2, reported=True)
    submit(outputs, *PAIRS)
    out = capsys.readouterr().out
    assert "4 runs are done, 0 are queued or running, 0 to submit" in out and "what the pairs change" in out
    assert not queue()


def test_a_failing_training_hides_nothing_of_the_others_and_is_retried(slurm, unbroken, outputs, capsys):
    submit(outputs, *PAIRS, REPORT, "cluster.options=[hold]", "cluster.trainings_per_job=2")
    broken = seeds(outputs)[0] / STATE
    broken.write_bytes(b"rubbish")
    (job,) = {claimed(folder)["job"] for folder in seeds(outputs)}
    subprocess.run(["scontrol", "release", *queue()], check=True)
    wait(lambda: not queue(), "the end of all jobs")
    found = told(outputs, code=1)
    assert [run.state for run in found] == ["failed", "failed", "done", "done"]
    assert "state.msgpack is damaged" in found[0].error
    assert accounts(job) == "FAILED"
    assert written(outputs).pair.nunique() == 1
    assert main(["logs", str(broken.parent)]) == 0
    assert "Traceback" in capsys.readouterr().out
    broken.unlink()
    submit(outputs, *PAIRS)
    assert "2 runs are done, 0 are queued or running, 2 to submit" in capsys.readouterr().out
    finish(outputs, unbroken, trainings=2)


def test_fail_fast_cancels_what_is_left(slurm, outputs):
    submit(outputs, *PAIRS, "--fail-fast", "cluster.parallel=1", "cluster.options=[hold]")
    first = [folder for folder in seeds(outputs) if claimed(folder)["job"].endswith("_0")]
    (first[0] / STATE).write_bytes(b"rubbish")
    subprocess.run(["scontrol", "release", *queue()], check=True)
    wait(lambda: not queue(), "the end of all jobs")
    found = {run.folder: run.state for run in told(outputs, code=1)}
    assert found == {folder: "failed" if folder in first else "cancelled" for folder in seeds(outputs)}


def killed(outputs: Path, unbroken: Path):
    submit(outputs, *ALONE, ENOUGH)
    with held(outputs) as at:
        os.kill(at.pid, signal.SIGKILL)
    wait(lambda: not queue(outputs))
    assert "SIGKILL" in told(outputs, code=1)[0].error
    steps = lost(outputs, at)
    submit(outputs, *ALONE, ENOUGH)
    return gone_on(outputs, unbroken, at, "failed, with the signal's name; kage run again", steps)


def cancelled(outputs: Path, unbroken: Path):
    submit(outputs, *ALONE)
    other = subprocess.run(["sbatch", "--parsable", "-o/dev/null", "--wrap", "sleep 300"], text=True, capture_output=True)
    with held(outputs) as at:
        for answer, code in (("no", 1), ("", 1), ("y", 0)):
            assert not asked_to_stop(at.pid)
            process = kage("cancel", outputs, stdin=subprocess.PIPE)
            assert "cancel these? [y/N]" in process.communicate(answer)[0] and process.returncode == code
        wait(lambda: asked_to_stop(at.pid))
    wait(lambda: states(outputs) == {"cancelled"})
    assert told(outputs, code=1) and lost(outputs, at) == 0
    assert other.stdout.strip() in queue()
    subprocess.run(["scancel", other.stdout.strip()], check=True)
    submit(outputs, *ALONE)
    return gone_on(outputs, unbroken, at, "saved, cancelled; kage run again", 0)


def out_of_time(outputs: Path, unbroken: Path):
    submit(outputs, *ALONE, "cluster.time=2", "cluster.warning=40")  # SLURM may warn half a minute early
    with held(outputs) as at:
        before = restarts(outputs)  # a slow machine may have been warned before it came so far
        wait(lambda: asked_to_stop(at.pid))
        at.struck = time.monotonic()
    wait(lambda: restarts(outputs) > before)
    assert lost(outputs, at) == 0
    return gone_on(outputs, unbroken, at, "saved, queued again by itself", 0)


def preempted(outputs: Path, unbroken: Path):
    submit(outputs, *ALONE, REPORT)
    with held(outputs) as at:
        preempt(outputs)
        wait(lambda: asked_to_stop(at.pid))
    wait(lambda: restarts(outputs) == 1 and said("queues again", outputs))
    assert lost(outputs, at) == 0
    return gone_on(outputs, unbroken, at, "saved, queued again by itself", 0, reported=True)


def preempted_without_a_warning(outputs: Path, unbroken: Path):
    """SIGTERM at once and SIGKILL 5 s later; SLURM itself queues the job again."""
    submit(outputs, *ALONE, "cluster.partition=sudden")
    with held(outputs) as at:
        preempt(outputs)
        wait(lambda: asked_to_stop(at.pid))
    wait(lambda: restarts(outputs) == 1)
    assert lost(outputs, at) == 0 and not said("queues again", outputs)
    return gone_on(outputs, unbroken, at, "saved, queued again by SLURM", 0)


def preempted_before_it_could_save(outputs: Path, unbroken: Path):
    submit(outputs, *ALONE, "cluster.partition=sudden")
    with held(outputs) as at:
        preempt(outputs)
        with contextlib.suppress(ProcessLookupError):
            while True:  # SLURM lets processes go on before it ends them
                os.kill(at.pid, signal.SIGSTOP)
                time.sleep(0.001)
    wait(lambda: restarts(outputs) == 1)
    assert not said("queues again", outputs)
    steps = lost(outputs, at)
    return gone_on(outputs, unbroken, at, "killed, queued again by SLURM", steps)


def preempted_to_cancel(outputs: Path, unbroken: Path):
    """The cluster ends preempted jobs for good; the warning leaves time to queue again."""
    submit(outputs, *ALONE, "cluster.partition=cancelled")
    with held(outputs) as at:
        preempt(outputs)
        wait(lambda: asked_to_stop(at.pid))
    wait(lambda: restarts(outputs) == 1)
    assert lost(outputs, at) == 0 and said("queues again", outputs)
    return gone_on(outputs, unbroken, at, "saved, queued again by itself", 0)


def preempted_to_suspend(outputs: Path, unbroken: Path):
    """All processes of the job stop where they are, and go on later. Nobody takes their runs meanwhile."""
    whole = last_of_each_key(*PAIR, "cluster.partition=paused", "cluster.cpus=4", "cluster.memory=0.5")
    submit(outputs, *whole)
    wait(lambda: any(read_status(folder)["step"] >= HELD for folder in seeds(outputs)), f"step {HELD}")
    preempt(outputs, "-c4", "--mem=512M", seconds=10)
    wait(lambda: squeue_state(outputs) == "SUSPENDED")
    status = read_status(seeds(outputs)[0])
    at = Held(status["pid"], status["step"], time.monotonic())
    submit(outputs, *whole)
    assert len(queue(outputs)) == 1  # it counts as alive
    wait(lambda: squeue_state(outputs) != "SUSPENDED")
    assert restarts(outputs) == 0
    return gone_on(outputs, unbroken, at, "suspended, went on by itself", 0)


def short_of_memory(outputs: Path, unbroken: Path):
    """As the kernel does it: SIGKILL to the largest process. Limits are not enforced here, so the test sends it."""
    submit(outputs, *ALONE, "cluster.memory=0.5")
    with held(outputs) as at:
        os.kill(at.pid, signal.SIGKILL)
    wait(lambda: restarts(outputs) == 1)
    steps = lost(outputs, at)
    wait(lambda: "MinMemoryNode=1G" in shown(outputs), "twice the memory")  # it is set after the job is queued again
    wait(lambda: said("killed at", outputs) and said("queues again with twice as much", outputs), "word of the kill")
    return gone_on(outputs, unbroken, at, "queued again with twice the memory", steps)


def on_a_node_whose_clock_is_wrong(outputs: Path, unbroken: Path):
    """The processes of the job go by a clock that is an hour ahead."""
    ahead = "import time, functools; time.time = functools.partial(lambda now: now() + 3600, time.time)"
    (outputs / "ahead").mkdir()
    (outputs / "ahead" / "sitecustomize.py").write_text(ahead)
    submit(outputs, *ALONE, f"cluster.setup=['export PYTHONPATH={outputs}/ahead']")
    with held(outputs) as at:
        status = read_status(seeds(outputs)[0])
        assert status["time"] > time.time() + 3000 and states(outputs) <= {"running", "saving"}
        with COMPOSING:
            assert main(["cancel", str(outputs), "--yes"]) == 0
        wait(lambda: asked_to_stop(at.pid))
    wait(lambda: states(outputs) == {"cancelled"})
    submit(outputs, *ALONE, "cluster.options=[hold,exclusive]")  # by the right clock, an hour before what was written
    assert states(outputs) == {"queued"}
    subprocess.run(["scontrol", "release", *queue(outputs)], check=True)
    return gone_on(outputs, unbroken, at, "saved, cancelled; kage run again", 0)


def on_a_dead_node(outputs: Path, unbroken: Path):
    """SLURM takes the job from a node that is declared dead, without a warning."""
    submit(outputs, *ALONE)
    with held(outputs) as at:
        node = read_status(seeds(outputs)[0])["node"]
        subprocess.run(["scontrol", "update", f"nodename={node}", "state=down", "reason=test"], check=True)
        wait(lambda: restarts(outputs) == 1)
        steps = lost(outputs, at)
    subprocess.run(["scontrol", "update", f"nodename={node}", "state=resume"])  # unless it came back by itself
    return gone_on(outputs, unbroken, at, "killed, queued again by SLURM", steps)


def checkout_edited(outputs: Path, unbroken: Path):
    """A queued job runs what was submitted, whatever the name of the folder that holds it."""
    checkout, outputs = outputs / "checkout", outputs / "c10:30 é#$'"
    for part in ("kage", "launch", "analysis", "conf", "assets"):
        shutil.copytree(Path(__file__).parent.parent / part, checkout / part)
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "."]):
        subprocess.run([*git, *command], cwd=checkout, check=True)
    (checkout / "launch" / "__init__.py").open("a").write("\n# not committed\n")
    environment = os.environ | {"PYTHONPATH": str(checkout)}
    arguments = [*PAIR, *BUDGET, *JOBS, f'outputs="{outputs}"', "cluster.options=[hold,exclusive]"]
    process = kage("run", *arguments, env=environment, cwd=checkout)
    out, err = process.communicate()
    assert process.returncode == 0, out + err
    (checkout / "kage" / "train.py").write_text("raise SystemExit('the edited checkout was run')")
    (checkout / "conf" / "budget" / "smoke.yaml").write_text("budget: {name: edited}")
    subprocess.run(["scontrol", "release", *queue(outputs)], check=True)
    finish(outputs, unbroken)
    (attempt,) = json.loads((seeds(outputs)[0] / "record.json").read_text())["attempts"]
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=checkout, text=True, capture_output=True).stdout.strip()
    assert attempt["commit"] == head and "+# not committed" in attempt["diff"]
    assert attempt["job"] == claimed(seeds(outputs)[0])["job"]


def submitted_twice(outputs: Path, unbroken: Path):
    """At the same moment: each training runs once."""
    processes = [kage("run", *last_of_each_key(*ALONE, *BUDGET, *JOBS, REPORT, f"outputs={outputs}")) for _ in range(2)]
    out = [process.communicate()[0] for process in processes]
    assert sorted("2 to submit" in text for text in out) == [False, True], out
    finish(outputs, unbroken, reported=True)
    for folder in seeds(outputs):
        assert len(json.loads((folder / "record.json").read_text())["attempts"]) == 1


def second_job(outputs: Path, unbroken: Path):
    """It leaves the runs alone. As after a submitting shell that died before it could note its job."""
    submit(outputs, *ALONE)
    (first,) = {claimed(folder)["job"] for folder in seeds(outputs)}
    with held(outputs) as at:
        (share,) = outputs.glob("default/.jobs/*/*.pickle")
        done = subprocess.run([sys.executable, "-m", "kage.launch.worker", share], text=True, capture_output=True,
                              env=os.environ | {"SLURM_JOB_ID": "999999"})  # fmt: skip
        assert done.returncode == 0 and f"pid {at.pid}" in done.stdout, done.stdout + done.stderr
        assert {claimed(folder)["job"] for folder in seeds(outputs)} == {first}
    finish(outputs, unbroken)


SIDE_BY_SIDE = {
    "time limit": out_of_time, "`kill -9` of the training process": killed, "node declared down": on_a_dead_node,
    "`kage cancel`": cancelled, "preempted with a warning": preempted,
    "preempted by SIGTERM alone": preempted_without_a_warning,
    "preempted by SIGTERM alone, too slow to save": preempted_before_it_could_save,
    "preempted, and the cluster cancels": preempted_to_cancel,
    "preempted, and the cluster suspends": preempted_to_suspend,
    "killed for want of memory": short_of_memory, "clock an hour ahead; `kage cancel`": on_a_node_whose_clock_is_wrong,
    "checkout edited": checkout_edited, "submitted twice": submitted_twice, "second job": second_job,
}  # fmt: skip


@pytest.fixture(scope="module")
def suffered(slurm, unbroken, tmp_path_factory, request):
    """Every one of these that is asked for, on jobs of its own, one on each node: much of their time is waiting."""
    pool = ThreadPoolExecutor(3)
    names = [item.callspec.params["name"] for item in request.session.items if "suffered" in item.fixturenames]
    outputs = {name: tmp_path_factory.mktemp("outputs") for name in names}
    yield {name: pool.submit(SIDE_BY_SIDE[name], outputs[name], unbroken) for name in names}
    pool.shutdown(cancel_futures=True)


OFTEN = ("time limit", "`kill -9` of the training process", "node declared down", "preempted with a warning",
         "killed for want of memory")  # fmt: skip


@pytest.mark.parametrize("name", [*OFTEN, *thorough(*(name for name in SIDE_BY_SIDE if name not in OFTEN))])
def test_whatever_happens_the_numbers_are_those_of_an_unbroken_run(suffered, faults, name):
    if row := suffered[name].result():
        faults.append((name, *row))


def preempt(outputs: Path, *size: str, seconds: int = 2) -> None:
    """Take the node of the first run for a while: all of it, or so much."""
    node = read_status(seeds(outputs)[0])["node"]
    command = ["sbatch", "--parsable", "-purgent", f"-w{node}", *(size or ["--exclusive"]), "-o/dev/null"]
    subprocess.run([*command, "--wrap", f"sleep {seconds}"], check=True, capture_output=True)


def squeue_state(outputs: Path) -> str:
    """What squeue calls the state of the job of the first run; empty when it has ended."""
    job = claimed(seeds(outputs)[0])["job"]
    return subprocess.run(["squeue", "-h", "-j", job, "-o", "%T"], text=True, capture_output=True).stdout.strip()


def restarts(outputs: Path) -> int:
    """How often SLURM restarted the job of the first run."""
    return int(shown(outputs).partition("Restarts=")[2].split()[0])


def shown(outputs: Path) -> str:
    """What SLURM says of the job of the first run."""
    command = ["scontrol", "show", "job", claimed(seeds(outputs)[0])["job"]]
    return subprocess.run(command, text=True, capture_output=True).stdout


def said(words: str, outputs: Path) -> bool:
    """Is it in what the watching processes of the jobs said?"""
    return any(words in path.read_text() for path in outputs.glob("default/.jobs/*/*_log.out"))


def test_without_accounts_lost_runs_are_told(slurm, unbroken, outputs, faults, monkeypatch):
    """The whole job is killed, so nobody can tell; sacct answers that there are no accounts."""
    conf = Path(os.environ["SLURM_CONF"])
    alone = conf.with_name("alone.conf")
    lines = [line for line in conf.read_text().splitlines() if not line.startswith("AccountingStorage")]
    alone.write_text("\n".join([*lines, "AccountingStorageType=accounting_storage/none"]))
    monkeypatch.setenv("SLURM_CONF", str(alone))
    assert subprocess.run(["sacct"], capture_output=True).returncode == 1
    submit(outputs, *PAIR)
    with held(outputs) as at:
        watching = int(Path(f"/proc/{at.pid}/stat").read_text().rpartition(")")[2].split()[1])
        os.kill(watching, signal.SIGKILL)
        os.kill(at.pid, signal.SIGKILL)
    wait(lambda: not queue())
    wait(lambda: not any(map(in_use, seeds(outputs))))  # a process takes a while to die where much is going on
    assert {run.state for run in told(outputs, code=1)} == {"lost"}
    steps = lost(outputs, at)
    submit(outputs, *PAIR)
    name = "`kill -9` of the whole job, no `sacct`"
    faults.append((name, *gone_on(outputs, unbroken, at, "lost; kage run again", steps)))


def test_a_restarted_controller_changes_nothing(slurm, unbroken, outputs, faults):
    submit(outputs, *PAIR)
    started = slurm / "run" / "started"
    with held(outputs) as at:
        lines = [line.split() for line in started.read_text().splitlines()]
        (old,) = [int(pid) for name, pid, _ in lines if name == "slurmctld"]
        os.kill(old, signal.SIGKILL)
        assert states(outputs) <= {"running", "saving"}  # told by the files: squeue does not answer
        new = subprocess.Popen(["slurmctld", "-D", "-f", os.environ["SLURM_CONF"]], start_new_session=True,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        began = Path(f"/proc/{new.pid}/stat").read_text().rpartition(")")[2].split()[19]
        kept = [" ".join(line) for line in lines if line[0] != "slurmctld"]
        started.write_text("\n".join([*kept, f"slurmctld {new.pid} {began}", ""]))
        wait(lambda: subprocess.run(["scontrol", "ping"], capture_output=True, text=True).stdout.count("UP"))
    name = "controller killed and started again"
    faults.append((name, *gone_on(outputs, unbroken, at, "the job went on", 0)))


def test_pictures_at_ones_own_relative_paths_are_found_or_told(slurm, outputs, tmp_path, monkeypatch):
    """One is replaced while its job waits, so it was found; the other one goes."""
    monkeypatch.chdir(tmp_path)
    for name, color in (("a.png", "red"), ("b.png", "blue"), ("c.png", "green")):
        Image.new("RGB", (128, 128), color).save(name)
    submit(outputs, "--yes", "seed=0", "background.mode=image", "background.image_path=a.png,b.png", "cluster.options=[hold]")
    Path("c.png").replace("a.png")
    Path("b.png").unlink()
    subprocess.run(["scontrol", "release", *queue()], check=True)
    wait(lambda: not queue(), "the end of all jobs")
    found = told(outputs, code=1)
    assert [(run.state, run.step) for run in found] == [("failed", 0)] * 2
    errors = sorted(run.error.partition("ConfigError: ")[2] for run in found)
    assert errors[0].startswith("background.image_path='a.png': these files were replaced")
    assert errors[1].startswith("background.image_path='b.png' is not allowed: a picture that exists")


def test_arrays_are_split_at_the_clusters_limit_and_a_refusal_takes_all_back(slurm, outputs, capsys, monkeypatch):
    monkeypatch.setattr("kage.launch.slurm.array_limit", lambda: 1)
    submit(outputs, *PAIRS, REPORT, "cluster.options=[hold]")
    assert capsys.readouterr().out.count("1 jobs, 2 runs") == 2
    (last,) = [job for job in queue() if job not in {claimed(folder)["job"] for folder in seeds(outputs)}]
    shown = subprocess.run(["scontrol", "show", "job", last], text=True, capture_output=True).stdout
    assert shown.count("afterany:") == 2
    subprocess.run(["scancel", "--me"], check=True)
    wait(lambda: not queue())
    sbatch, answers = Submission.sbatch, iter([True, False])
    monkeypatch.setattr(Submission, "sbatch", lambda self, cluster, work, **more: sbatch(
        self, cluster if next(answers) else replace(cluster, partition="nowhere"), work, **more))  # fmt: skip
    submit(outputs / "b", *PAIRS, REPORT, "cluster.options=[hold]", code=1)
    assert "invalid partition" in capsys.readouterr().err
    wait(lambda: not queue())
    assert not seeds(outputs / "b")


@pytest.mark.parametrize("option, words", [
    ("cluster.partition=nowhere", "invalid partition"),
    ("cluster.options=['constraint=a100']", "Invalid feature"),
])  # fmt: skip
def test_what_sbatch_refuses_is_told_in_its_words_and_nothing_is_submitted(slurm, outputs, capsys, option, words):
    assert main(["run", *PAIRS, *BUDGET, *JOBS, f"outputs={outputs}", option]) == 1
    error = capsys.readouterr().err
    assert words in error and error.count("\n") == 1
    assert not queue() and not seeds(outputs)


def test_an_unwritable_results_folder_is_told_and_nothing_is_submitted(slurm, capsys):
    assert main(["run", *PAIR, *BUDGET, *JOBS, "outputs=/proc/kage"]) == 1
    error = capsys.readouterr().err
    assert "cannot write /proc/kage" in error and error.count("\n") == 1
    assert not queue()
