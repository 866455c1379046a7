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
from kage.methods.smg.moments import Moments, moments
from kage.methods.smg.separation import Separation
from kage.task import Task

ENVS = 8  # pictures of a row
ROWS = ("frame", "true foreground", "mask M", "foreground F", "M F", "background K", "attribution view u", "mask on u",
        "background of u")  # fmt: skip


def sheets(
    method: PPO, learner: Learner, others: Sequence[tuple[str, Task]],
) -> Iterator[tuple[str, dict[str, np.ndarray]]]:  # fmt: skip
    """For the training look and each evaluation look its name, and caption -> pictures (n, H, W, 3) u8.

    others: name and task of evaluation looks. Every row shows the same moments.
    """
    added, key = method.auxiliary, jax.random.key(0x5EE)
    every = max(2, ((method.task.horizon or 2) - 1) // 4)

    @jax.jit
    def rows(task: Task, params: Any, state: Any) -> list[jax.Array]:
        return drawn(added, params, state, moments(method.actor, task, params, key, ENVS, every, 1), key)

    for name, task in (("train", method.task), *others):
        found = rows(task, learner.params, learner.auxiliary)
        yield name, pictures(found)


def drawn(added: Separation, params: Any, state: Any, seen: Moments, key: jax.Array) -> list[jax.Array]:
    """`ROWS` for some moments, (n, 3, H, W) u8 each."""
    models, gray = state["models"], lambda mask: as_bytes(losses.spread(mask))
    mask, front = added.see_front(params, models, seen.obs)
    back = added.see_back(params, models, seen.obs)
    kept = added.kept(params, models, seen.obs, mask, back)
    view = added.pasted(kept, seen.obs, views.pictures(key, state["made"], seen.obs))
    return [
        seen.obs, gray(seen.truth[:, None]), gray(mask), as_bytes(front), as_bytes(losses.spread(mask) * front),
        as_bytes(back), view, gray(added.see_front(params, models, view).mask),
        as_bytes(added.see_back(params, models, view)),
    ]  # fmt: skip


def pictures(rows: Sequence[jax.Array]) -> dict[str, np.ndarray]:
    """The rows by their captions, with colours last."""
    return {text: np.asarray(jnp.moveaxis(frames, 1, -1)) for text, frames in zip(ROWS, rows, strict=True)}
