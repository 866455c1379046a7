"""Seeds spread over several devices learn what they learn on one, but for the rounding of sums."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

TRAINS = """
    import sys
    import jax, numpy as np
    from probes import Choice
    from test_ppo import make
    from kage.train import Trainer
    trainer = Trainer(make(Choice())[0], range(4))
    learners = trainer.init()
    for done in (0, 3):
        learners = trainer.join(trainer.split(learners))
        learners, metrics = trainer.advance(learners, done, 3)
    devices = len(jax.tree.leaves(learners.params)[0].sharding.device_set)
    (measured,) = trainer.evaluate(learners.params, [(trainer.task, None)], 6, 4)
    leaves = jax.tree.leaves((trainer.split(learners), metrics, measured))
    np.savez(sys.argv[1], devices=devices, **{str(i): leaf for i, leaf in enumerate(leaves)})
"""


def trained(path: Path, devices: int) -> dict[str, np.ndarray]:
    """Learners, metrics and measurements of four seeds, on so many devices of the CPU."""
    environment = os.environ | {"XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}", "JAX_PLATFORMS": "cpu"}
    environment["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    subprocess.run([sys.executable, "-c", textwrap.dedent(TRAINS), path], env=environment, check=True)
    return dict(np.load(path))


@pytest.mark.thorough
def test_seeds_spread_over_devices_learn_the_same(tmp_path):
    """Four seeds cannot be shared evenly by three devices, so two of them take two each.

    A device that has fewer seeds sums in another order; after six updates no number differed by more than 3e-8.
    """
    one, several = (trained(tmp_path / f"{n}.npz", n) for n in (1, 3))
    assert (one.pop("devices"), several.pop("devices")) == (1, 2)
    assert one.keys() == several.keys() and len(one) > 100
    for name, value in one.items():
        if np.issubdtype(value.dtype, np.floating):
            largest = np.nanmax(np.abs(value), initial=0)
            np.testing.assert_allclose(several[name], value, rtol=0, atol=1e-6 * largest + 1e-7)
        else:
            np.testing.assert_array_equal(several[name], value)
