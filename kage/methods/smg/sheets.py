"""What the models of smg make of moments, as rows of pictures."""

from collections.abc import Iterator, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from kage.augment.augmentation import as_bytes
from kage.methods.ppo import PPO
from kage.methods.rollout import Learner
from kage.methods.smg import losses, views
from kage.methods.smg.moments import moments
from kage.task import Task

ENVS = 8  # pictures of a row


def sheets(method: PPO, learner: Learner, others: Sequence[tuple[str, Task]]) -> Iterator[tuple[str, dict[str, np.ndarray]]]:
    """For the training look and each evaluation look its name, and caption -> pictures (n, H, W, 3) u8.

    others: name and task of evaluation looks. Every row shows the same moments.
    """
    added, key = method.auxiliary, jax.random.key(0x5EE)
    every = max(2, ((method.task.horizon or 2) - 1) // 4)

    @jax.jit
    def rows(task: Task, params: Any, state: Any) -> dict[str, jax.Array]:
        seen = moments(method.actor, task, params, key, ENVS, every, 1)
        mask, front = added.see_front(params, state["models"], seen.obs)
        view = added.pasted(mask, seen.obs, views.pictures(key, state["made"], seen.obs))
        return {
            "frame": seen.obs, "true foreground": as_bytes(losses.spread(seen.truth[:, None])), "mask M": as_bytes(losses.spread(mask)),
            "foreground F": as_bytes(front), "M F": as_bytes(losses.spread(mask) * front),
            "background K": as_bytes(added.see_back(params, state["models"], seen.obs)), "attribution view u": view,
            "mask on u": as_bytes(losses.spread(added.see_front(params, state["models"], view).mask)),
            "background of u": as_bytes(added.see_back(params, state["models"], view)),
        }  # fmt: skip

    for name, task in (("train", method.task), *others):
        found = rows(task, learner.params, learner.auxiliary)
        yield name, {text: np.asarray(jnp.moveaxis(frames, 1, -1)) for text, frames in found.items()}
