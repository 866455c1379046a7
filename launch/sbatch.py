"""The options of sbatch that a user may add to a batch file, beside those that a submission sets itself."""

import re
from collections.abc import Iterable, Mapping

from kage.params import fault

FREE = ("partition", "account", "qos", "gpus-per-node", "cpus-per-task", "mem")  # options whose keys may be null
KEYS = {  # options that keys of a configuration choose
    "partition": "cluster.partition", "account": "cluster.account", "qos": "cluster.qos",
    "gpus-per-node": "cluster.gpus", "cpus-per-task": "cluster.cpus", "mem": "cluster.memory",
    "time": "cluster.time", "signal": "cluster.warning", "array": "cluster.parallel", "job-name": "experiment",
}  # fmt: skip
NEEDED = (  # options without which, or with which, jobs could not be followed and continued
    "output", "error", "input", "open-mode", "requeue", "no-requeue", "dependency", "chdir", "nodes", "ntasks",
    "ntasks-per-node", "wrap", "wait", "parsable", "quiet", "test-only", "clusters",
)  # fmt: skip
WHOLE = ("gpus",)  # an option of its own, although it is the beginning of another one
RESOURCES = ("gpus", "gpus-per-node", "gpus-per-task", "gres", "cpus-per-gpu", "cpus-per-task", "mem", "mem-per-cpu",
             "mem-per-gpu", "exclusive")  # fmt: skip
# sbatch reads variables of the environment before the lines of a batch file: SBATCH_<OPTION>, apart from these.
VARIABLES = {"array": "SBATCH_ARRAY_INX", "time": "SBATCH_TIMELIMIT", "mem": "SBATCH_MEM_PER_NODE"}


def added(options: Iterable[str], keys: Mapping[str, object]) -> dict[str, str | bool]:
    """Options as name -> value, True for an option without one. ConfigError for one that is not allowed.

    options: name=value, or name alone. keys: the values of the configuration, by key; an option whose key is None may
    be added.
    """
    found: dict[str, str | bool] = {}
    for option in options:
        name, equals, value = option.lstrip("-").partition("=")
        name = name.replace("_", "-")
        if not re.fullmatch(r"[\w-]+", name) or not option.isprintable() or equals and not value:
            raise fault("cluster.options", option, "an option of sbatch: name=value, or name alone")
        if name in found:
            raise fault("cluster.options", option, f"{name} once")
        for ours in (*KEYS, *NEEDED) if name not in WHOLE else ():
            if not ours.startswith(name):  # sbatch takes the beginning of a name for the name
                continue
            if ours in NEEDED:
                raise fault("cluster.options", option, f"kage sets {ours} itself, in order to follow and to continue "
                                                       "the jobs")  # fmt: skip
            if keys.get(KEYS[ours], True) is not None:
                unless = ", unless it is null" if ours in FREE else ""
                raise fault("cluster.options", option, f"{KEYS[ours]} sets {ours}{unless}")
        found[name] = value or True
    return found


def without_resources(options: Iterable[str]) -> list[str]:
    """The options that ask for no part of a node."""
    return [option for option in options if option.lstrip("-").partition("=")[0].replace("_", "-") not in RESOURCES]


def variables(batch_file: str) -> set[str]:
    """The variables of the environment that would make sbatch ignore lines of a batch file, or not answer at once."""
    names = re.findall(r"^#SBATCH --([\w-]+)", batch_file, re.M)
    ours = {VARIABLES.get(name, f"SBATCH_{name.upper().replace('-', '_')}") for name in names}
    return ours | {"SBATCH_NO_REQUEUE", "SBATCH_WAIT"}
