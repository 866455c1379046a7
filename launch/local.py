"""Run trainings in this process, one after the other, and stop when asked."""

import contextlib
import signal
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.markup import escape

from kage.console import say
from kage.launch.block import Block, Stop
from kage.launch.plan import Training, blocks
from kage.runs.run import RunError


def run_all(trainings: Sequence[Training], console: Console, fail_fast: bool = False) -> int:
    """Run what is not done yet, one training after the other. After a failure others still run, unless `fail_fast`.

    Returns the exit code: 0, 1 if a training failed, 130 if it was stopped by a signal.
    """
    code = 0
    with stop_on_signal() as stop:
        for number, training in enumerate(trainings, 1):
            for seeds in blocks(training):
                try:
                    run_block(training, seeds, console, stop, f"{number} of {len(trainings)}")
                except Exception as error:  # the other trainings still run
                    if training.cell.cluster.name == "debug":
                        raise
                    kind = "" if isinstance(error, RunError) else f"{type(error).__name__}: "
                    where = "" if isinstance(error, RunError) else " (traceback in status.json)"
                    what = f"{training.folder.name} seeds {list(seeds)}: {kind}{error}{where}"
                    say(console, f"[red]failed[/] {escape(what)}")
                    code = 1
                    if fail_fast:
                        return code
                if stop.asked:
                    console.print("stopped and saved; the same command continues")
                    return 130
    return code


def run_block(training: Training, seeds: Sequence[int], console: Console, stop: Stop, number: str = "") -> None:
    """Run seeds together. If memory is too small for them, run them in halves, one after the other.

    number: which of the command's trainings this is, 2 of 7.
    """
    try:
        Block(training, seeds, console, stop, number).run()
    except Exception as error:
        if len(seeds) == 1 or "RESOURCE_EXHAUSTED" not in str(error):
            raise
    else:
        return
    half = len(seeds) // 2
    say(console, f"memory does not hold {len(seeds)} seeds together: {training.folder.name} goes on with {half}; "
        f"plan.seeds_per_job={half} starts like this")  # fmt: skip
    for part in (seeds[:half], seeds[half:]):
        if not stop.asked:
            run_block(training, part, console, stop, number)


@contextlib.contextmanager
def stop_on_signal() -> Iterator[Stop]:
    """SIGINT and SIGTERM ask for a stop after the current chunk; a second SIGINT interrupts at once."""
    stop = Stop()

    def ask(signum, frame):
        if stop.asked and signum == signal.SIGINT:
            raise KeyboardInterrupt
        stop.asked = True

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
