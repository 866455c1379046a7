"""How long commands take to answer, in CPU seconds: user plus system time of one process per command."""

import os
import subprocess
import sys
import tempfile

RATES = ",".join(f"{i}e-4" for i in range(1, 11))
COMMANDS = {
    "kage --help": ["--help"],
    "kage run --help": ["run", "--help"],
    "kage list": ["list"],
    "kage plan suite=all 'seed=range(10)'": ["plan", "suite=all", "seed=range(10)"],
    "kage plan suite=all, 10 learning rates": ["plan", "suite=all", f"agent.learning_rate={RATES}"],
    "kage plan, one key with 340 values": ["plan", "filters.hue_shift=range(-170,170)"],
}


def cpu_seconds(arguments: list[str]) -> float:
    """CPU seconds of one command. A plan gets an empty folder of results, so that earlier runs do not count."""
    with tempfile.TemporaryDirectory() as outputs:
        more = [f"outputs={outputs}"] if arguments[0] == "plan" else []
        program = [sys.executable, "-c", "import sys; from kage.launch.cli import main; sys.exit(main())"]
        process = subprocess.Popen([*program, *arguments, *more], stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, arguments)
    return usage.ru_utime + usage.ru_stime
