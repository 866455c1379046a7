"""Submit trainings to SLURM as job arrays, through submitit, and return.

A submission writes two folders into <outputs>/<experiment>/.jobs. code-<digest> holds the code and configuration that
the jobs run. <time>-<pid> holds one pickled block and one log per process of a job, submitit's files, and jobs.json.
"""

import contextlib
import dataclasses
import fcntl
import io
import itertools
import json
import os
import pickle
import shlex
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import submitit
from rich.console import Console
from submitit.core.utils import FailedJobError, FailedSubmissionError
from submitit.slurm.slurm import _make_sbatch_string

from kage.console import say
from kage.launch.experiment import ClusterConfig
from kage.launch.plan import Training, blocks, training_state
from kage.launch.queue import Jobs, array_limit, ask, call, cancel
from kage.launch.sbatch import variables, without_resources
from kage.launch.snapshot import snapshot
from kage.launch.state import ALIVE, claim, claimed
from kage.launch.worker import JOBS, Job, Report, Share
from kage.runs.run import RunError, cannot_write, write


def submit(trainings: Sequence[Training], console: Console, fail_fast: bool) -> bool:
    """Submit the runs that are neither done nor alive. Returns True if all runs are done.

    RunError, with sbatch's message, if SLURM refuses a job: then no job of that experiment stays submitted.
    """
    call("sbatch", "--version")
    finished = [submit_experiment(root, members, console, fail_fast) for root, members in by_experiment(trainings)]
    return all(finished)


def by_experiment(trainings: Sequence[Training]) -> Iterator[tuple[Path, list[Training]]]:
    """The folder of each experiment, and its trainings with absolute folders."""
    experiments: dict[Path, list[Training]] = {}
    for training in map(absolute, trainings):
        experiments.setdefault(training.folder.parent.parent, []).append(training)
    yield from experiments.items()


def submit_experiment(root: Path, trainings: Sequence[Training], console: Console, fail_fast: bool) -> bool:
    """`submit` for the trainings of one experiment."""
    with one_at_a_time(root):  # of two commands at once, the second sees the jobs of the first
        ids = {job["job"] for training in trainings for seed in training.seeds
               if (job := claimed(training.run_folder(seed)))}  # fmt: skip
        jobs = ask(ids)
        if jobs is None:
            call("squeue", "--me")  # raises the reason why squeue does not answer
        open_, alive, done = sort_out(trainings, jobs)
        counts = f"{done} runs are done, {len(alive)} are queued or running, {runs(open_)} to submit"
        say(console, counts, markup=False)
        if not open_:
            return not alive
        folder = root / ".jobs" / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"
        code = snapshot(folder.parent)
        submission = Submission(folder, code, fail_fast)
        try:
            submission.submit(open_, {job for job in alive.values() if job})
        except BaseException:
            submission.withdraw()
            raise
    for line in submission.lines:
        say(console, line, markup=False)
    name = shlex.quote(str(root))
    lines = f"follow: kage status {name} --watch\nlog:    kage logs {name}\nstop:   kage cancel {name}"
    say(console, lines, markup=False)
    return False


class Submission:
    """The job arrays of one command, and the last job, which writes the report."""

    def __init__(self, folder: Path, code: Path, fail_fast: bool):
        self.folder, self.code, self.fail_fast = folder, code, fail_fast
        self.accepted: list[str] = []  # ids in the form that scancel takes
        self.lines: list[str] = []

    def submit(self, shares: Sequence[Share], alive: set[str]) -> None:
        """Submit every array, then the last job, then note in each run folder which job it waits for."""
        members: dict[str, list[Path]] = {}
        logs: dict[str, list[Path]] = {}
        numbers = itertools.count()
        for cluster, packs in arrays(shares, array_limit()):
            jobs = [Job(tuple(self.write(share, next(numbers)) for share in pack), self.fail_fast) for pack in packs]
            ids = self.sbatch(cluster, jobs)
            for job, pack, id_ in zip(jobs, packs, ids, strict=True):
                members[id_] = [folder for share in pack for folder in share.folders]
                logs[id_] = [path.with_suffix(".log") for path, share in zip(job.blocks, pack) for _ in share.seeds]
            self.lines.append(f"submitted {array_name(ids)}: {len(ids)} jobs, "
                              f"{sum(len(members[id_]) for id_ in ids)} runs")  # fmt: skip
        cluster = shares[0].training.cell.cluster
        if cluster.report or cluster.notify:
            root = self.folder.parent.parent
            after = ":".join(sorted({id_.split("_")[0] for id_ in [*members, *alive]}, key=int))
            report = Report(root, cluster.report, cluster.notify)
            (last,) = self.sbatch(light(cluster), [report], dependency=f"afterany:{after}")
            self.lines.append(f"submitted {last}: {report.words} when all have ended")
        for id_, folders in members.items():
            for folder, log in zip(folders, logs[id_], strict=True):
                claim(folder, id_, log)
        write(self.folder / JOBS, json.dumps({id_: [str(f) for f in folders] for id_, folders in members.items()},
                                             indent=1).encode())  # fmt: skip

    def write(self, share: Share, number: int) -> Path:
        """Write the file that tells a job's process what to train. Returns its path."""
        seeds = "-".join(map(str, share.seeds[:: max(1, len(share.seeds) - 1)]))
        path = self.folder / f"{number:04d}-{share.training.cell.name}-seeds-{seeds}.pickle"
        write(path, pickle.dumps(share))
        return path

    def sbatch(self, cluster: ClusterConfig, work: Sequence, **more) -> list[str]:
        """Submit callables as one array. Returns their job ids."""
        executor = submitit.SlurmExecutor(self.folder, python=cluster.python)
        options = parameters(cluster, self.folder, self.code) | more
        executor.update_parameters(**options)
        ignored = variables(_make_sbatch_string(command="", folder=self.folder, map_count=len(work), **options))
        try:
            with contextlib.redirect_stderr(io.StringIO()), without(ignored):  # submitit prints what it raises
                jobs = executor.submit_array(work)
        except (FailedJobError, FailedSubmissionError) as error:
            raise RunError(f"nothing was submitted, SLURM refuses it: {' '.join(str(error).split())}") from None
        except OSError as error:
            raise cannot_write(self.folder, error) from error
        self.accepted += sorted({job.job_id.split("_")[0] for job in jobs})
        return [job.job_id for job in jobs]

    def withdraw(self) -> None:
        """Cancel the jobs submitted so far, and remove the folder."""
        with contextlib.suppress(RunError):
            cancel(self.accepted)
        shutil.rmtree(self.folder, ignore_errors=True)


def sort_out(trainings: Sequence[Training], jobs: Jobs | None) -> tuple[list[Share], dict[Path, str], int]:
    """The shares to submit, the run folders that are alive, each with its job, and the number of runs that are done.
    jobs: None where SLURM does not answer; then the run folders alone decide."""
    shares, alive, done = [], {}, 0
    living = jobs.alive if jobs else set()
    for training in trainings:
        seeds = []
        for seed in training.seeds:
            folder = training.run_folder(seed)
            now, job = training_state(training, seed, jobs), (claimed(folder) or {}).get("job")
            if now in ALIVE or job in living and now != "done":
                alive[folder] = job if job in living else ""
            elif now == "done":
                done += 1
            else:
                seeds.append(seed)
        shares += [Share(training, block) for block in blocks(dataclasses.replace(training, seeds=tuple(seeds)))]
    return shares, alive, done


def runs(shares: Sequence[Share]) -> int:
    """How many runs the shares hold."""
    return sum(len(share.seeds) for share in shares)


def absolute(training: Training) -> Training:
    """The training with an absolute path, because jobs run in another folder."""
    outputs = str(Path(training.cell.outputs).resolve())
    return dataclasses.replace(training, cell=dataclasses.replace(training.cell, outputs=outputs))


def by_cluster(shares: Sequence[Share]) -> Iterator[tuple[ClusterConfig, list[Share]]]:
    """Group the shares that ask for the same resources."""
    groups: dict[str, list[Share]] = {}
    for share in shares:
        groups.setdefault(repr(share.training.cell.cluster), []).append(share)
    for group in groups.values():
        yield group[0].training.cell.cluster, group


def arrays(shares: Sequence[Share], limit: int) -> Iterator[tuple[ClusterConfig, Sequence[Sequence[Share]]]]:
    """The arrays to submit, of at most `limit` jobs: what their jobs ask for, and the shares of each job."""
    for cluster, group in by_cluster(shares):
        packs = list(batched(group, cluster.trainings_per_job))
        yield from ((cluster, part) for part in batched(packs, limit))


def batched(items: Sequence, size: int) -> Iterator[Sequence]:
    """Consecutive parts of at most `size` items."""
    for i in range(0, len(items), size):
        yield items[i : i + size]


def light(cluster: ClusterConfig) -> ClusterConfig:
    """The resources of the last job, which only writes the report."""
    return dataclasses.replace(cluster, gpus=None, cpus=1, memory=None, time=30, warning=60,
                               options=without_resources(cluster.options))  # fmt: skip


def parameters(cluster: ClusterConfig, folder: Path, code: Path) -> dict:
    """The options of the batch file, under submitit's names."""
    wanted = {
        "partition": cluster.partition, "account": cluster.account, "qos": cluster.qos, "gpus_per_node": cluster.gpus,
        "cpus_per_task": cluster.cpus, "mem": None if cluster.memory is None else f"{cluster.memory * 1024:.0f}M",
    }  # fmt: skip
    return {name: value for name, value in wanted.items() if value is not None} | {
        "job_name": f"kage-{folder.parent.parent.name}", "time": cluster.time, "signal_delay_s": cluster.warning,
        "array_parallelism": cluster.parallel, "wckey": None,
        "additional_parameters": {"requeue": True} | cluster.added,
        "setup": [*cluster.setup, *imports(code)],
        "srun_args": ["--export=ALL"],  # where sbatch exports nothing, srun would not export what the setup sets either
    }  # fmt: skip


def imports(code: Path) -> list[str]:
    """The shell lines after which a job imports the copy of the code first, and nothing from the folder of the command,
    which is often the checkout."""
    lines, place = ["export PYTHONSAFEPATH=1"], shlex.quote(str(code))
    if os.pathsep in str(code):  # which cannot be quoted in PYTHONPATH, so a link without it stands for the path
        lines += ["KAGE_LINK=$(mktemp -d /tmp/kage.XXXXXX)", "trap 'rm -r $KAGE_LINK' EXIT"]
        lines += [f"ln -s {place} $KAGE_LINK/code"]
        place = "$KAGE_LINK/code"
    return [*lines, f"export PYTHONPATH={place}${{PYTHONPATH:+:$PYTHONPATH}}"]


@contextlib.contextmanager
def without(variables: Iterable[str]) -> Iterator[None]:
    """Inside, the environment does not have these variables."""
    kept = {name: os.environ.pop(name) for name in variables if name in os.environ}
    try:
        yield
    finally:
        os.environ |= kept


def array_name(ids: Sequence[str]) -> str:
    """Ids of one array in short: 12_[0-5]."""
    first, _, index = ids[0].partition("_")
    return f"{first}_[0-{len(ids) - 1}]" if index else first


@contextlib.contextmanager
def one_at_a_time(root: Path) -> Iterator[None]:
    """Hold the lock of the experiment, so that one command at a time submits."""
    path = root / ".jobs" / "lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    except OSError as error:
        raise cannot_write(path, error) from error
