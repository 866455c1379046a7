"""Training a block of seeds together: compiled chunks of updates, and evaluations between them.

Nothing here knows files or clocks; `launch.local` drives it and may stop after any chunk.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from kage import ppo
from kage.evaluate import by_structure, evaluate
from kage.ppo import Learner, PPOConfig
from kage.tasks import Task


class Trainer:
    """The compiled functions of one training; `learners` has a leading axis of seeds.

    Keys of a seed: fold_in(key(seed), 0) trains it, fold_in(key(seed), 1) evaluates it, so evaluations never
    change what is learnt.
    """

    def __init__(self, config: PPOConfig, task: Task, seeds: Sequence[int]):
        self.config, self.task, self.seeds = config, task, list(seeds)
        self.net = ppo.network(config, task)
        roots = [jax.random.key(seed) for seed in seeds]
        self._train_keys, self._eval_keys = (jnp.stack([jax.random.fold_in(k, i) for k in roots]) for i in (0, 1))
        self._advance = jax.jit(self._chunk, static_argnames="updates", donate_argnums=0)
        self._evaluate = jax.jit(self._measure, static_argnames="episodes")

    def init(self) -> Learner:
        """Learners at step 0."""
        # One after the other: the batched QR decompositions of orthogonal weights hang on two cores (jaxlib 0.10.2).
        start = partial(ppo.init, self.config, self.net, self.task)
        return jax.jit(lambda keys: jax.lax.map(start, keys))(self._train_keys)

    def advance(self, learners: Learner, done: int, updates: int) -> tuple[Learner, dict[str, np.ndarray]]:
        """`updates` more updates after `done`; the learners given are used up. Metrics are (seeds, updates) f32."""
        learners, metrics = self._advance(learners, jnp.int32(done), updates=updates)
        return learners, jax.tree.map(np.asarray, metrics)

    def evaluate(self, params: Any, looks: Sequence[Task], step: int, episodes: int) -> list[dict[str, np.ndarray]]:
        """Metrics of every look, each (seeds,) f32; looks of equal structure share one compiled function."""
        keys = jax.vmap(partial(jax.random.fold_in, data=step))(self._eval_keys)
        results: list[dict[str, np.ndarray]] = [{} for _ in looks]
        for group in by_structure(looks):
            stacked = jax.tree.map(lambda *x: jnp.stack(x), *(looks[i] for i in group))
            metrics = jax.tree.map(np.asarray, self._evaluate(params, stacked, keys, episodes=episodes))
            for position, i in enumerate(group):
                results[i] = {name: value[:, position] for name, value in metrics.items()}
        return results

    def split(self, learners: Learner) -> list[Any]:
        """The learner of each seed as plain host arrays, ready to be saved."""
        host = jax.tree.map(np.asarray, learners.replace(key=jax.random.key_data(learners.key)))
        return [jax.tree.map(lambda x, i=i: x[i], host) for i in range(len(self.seeds))]

    def join(self, parts: Sequence[Any]) -> Learner:
        """The inverse of `split`."""
        stacked = jax.tree.map(lambda *x: jnp.stack(x), *parts)
        return stacked.replace(key=jax.random.wrap_key_data(stacked.key))

    def _chunk(self, learners, done, updates):
        def one(learner):
            step = lambda learner, i: ppo.update(self.config, self.net, self.task, learner, done + i)  # noqa: E731
            return jax.lax.scan(step, learner, jnp.arange(updates))

        return jax.vmap(one)(learners)

    def _measure(self, params, looks, keys, episodes):
        def one(params, key):
            # Looks follow one another: side by side they would only need more memory.
            return jax.lax.map(lambda task: evaluate(self.net, task, params, key, episodes), looks)

        return jax.vmap(one)(params, keys)
