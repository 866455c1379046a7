"""Training a block of seeds together: compiled chunks of updates, and evaluations between them.

If a process has several devices, the seeds are spread over them: each device runs the same program on its share and
never waits for another device. An accelerator computes its seeds side by side. A CPU computes them one after the
other: a single seed keeps its cores busy, and several at once no longer fit into its caches.

Nothing here uses files or clocks; `kage.launch.local` calls this module and may stop after any chunk.
"""

import copy
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from kage.evaluate import agreement, evaluate
from kage.method import Method
from kage.networks.cost import counted
from kage.task import Task

Level = Any  # a pytree of arrays, or None: levels are drawn

SEEDS, EVERYWHERE = PartitionSpec("seeds"), PartitionSpec()


def spread(seeds: int) -> np.ndarray:
    """As many devices as can share the seeds evenly."""
    devices = jax.local_devices()
    count = max(n for n in range(1, len(devices) + 1) if seeds % n == 0)
    return np.array(devices[:count])


class Trainer:
    """The compiled functions of one training: a method on its task; `learners` has a leading axis of seeds.

    `deterministic` limits a GPU to operations that give the same bits in every run; CPUs have only such operations.

    `home` is the training task without parameters that levels draw, by default the training task itself. Decisions in
    it are what others are compared with.

    Keys of a seed: fold_in(key(seed), 0) trains it, fold_in(key(seed), 1) evaluates it, so evaluations never
    change what is learnt.
    """

    def __init__(self, method: Method, seeds: Sequence[int], deterministic: bool = False, home: Task | None = None):
        self.method, self.task = method, method.task
        self.home = self.task if home is None else home
        self.mesh = Mesh(spread(len(seeds)), "seeds")
        self._place = NamedSharding(self.mesh, SEEDS)
        self._take(seeds)
        # Seed by seed: the batched QR decompositions of orthogonal weights hang on two cores (jaxlib 0.10.2).
        begin = lambda keys, *policy: jax.lax.map(lambda key: method.init(key, *policy), keys)  # noqa: E731
        self._init = jax.jit(begin)
        jit = partial(jax.jit, compiler_options={"xla_gpu_deterministic_ops": deterministic})
        self._advance = jit(self._chunk, static_argnames="updates", donate_argnums=0)
        self._evaluate = jit(partial(self._measure, self._score), static_argnames="episodes")
        self._agree = jit(partial(self._measure, self._compare), static_argnames="episodes")

    def _take(self, seeds: Sequence[int]) -> None:
        self.seeds = list(seeds)
        roots = [jax.random.key(seed) for seed in seeds]
        self._train_keys, eval_keys = (jnp.stack([jax.random.fold_in(k, i) for k in roots]) for i in (0, 1))
        self._eval_keys = jax.device_put(eval_keys, self._place)

    def of(self, seeds: Sequence[int]) -> "Trainer":
        """The same for as many other seeds. The compiled functions are shared, so nothing is compiled again.

        Raises ValueError for another number of seeds, since that is another program.
        """
        if len(seeds) != len(self.seeds):
            raise ValueError(f"{len(seeds)} seeds, but this was compiled for {len(self.seeds)}")
        other = copy.copy(self)
        other._take(seeds)
        return other

    def init(self, policy: Any = None) -> Any:
        """Learners at step 0. policy: parameters that every seed begins with; None: new ones for each."""
        given = () if policy is None else (policy,)
        return jax.device_put(self._init(self._train_keys, *given), self._place)

    def advance(self, learners: Any, done: int, updates: int) -> tuple[Any, dict[str, np.ndarray]]:
        """`updates` more updates after `done`; never use the given learners again. Metrics: (seeds, updates) f32."""
        learners, metrics = self._advance(learners, jnp.int32(done), updates=updates)
        return learners, jax.tree.map(np.asarray, metrics)

    def multiply_adds(self, updates: int) -> float:
        """Multiply-adds of the matrix products and convolutions of one update of one seed: of acting, learning, and
        what the method adds. They follow from shapes alone. The program of `advance` with as many updates is counted,
        and traced once for both uses."""
        traced = self._advance.trace(self._learners(), jnp.int32(0), updates=updates)
        return counted(traced.jaxpr.jaxpr) / (updates * len(self.seeds))

    def _learners(self) -> Any:
        """The shapes of the learners, and where they lie: JAX traces anew for arrays that lie elsewhere."""
        place = lambda x: jax.ShapeDtypeStruct(x.shape, x.dtype, sharding=self._place)  # noqa: E731
        return jax.tree.map(place, jax.eval_shape(self.init))

    def evaluate(
        self, params: Any, cases: Sequence[tuple[Task, Level]], step: int, episodes: int
    ) -> list[dict[str, np.ndarray]]:
        """Metrics of every case, a task and the level to play there, each (seeds,) f32."""
        return self._one_by_one(self._evaluate, params, cases, step, episodes)

    def agreement(self, params: Any, tasks: Sequence[Task], step: int, episodes: int) -> list[dict[str, np.ndarray]]:
        """How far decisions agree between `home` and each of these, (seeds,) f32; see `agreement`."""
        return self._one_by_one(self._agree, params, tasks, step, episodes)

    def _one_by_one(self, measure, params, cases, step, episodes):
        """Cases that differ in numbers only share one compiled function, however many they are. Each is computed when
        the one before is done, because side by side they would only need more memory."""
        keys = jax.vmap(partial(jax.random.fold_in, data=step))(self._eval_keys)
        return [jax.tree.map(np.asarray, measure(params, case, keys, episodes=episodes)) for case in cases]

    def lowered(self, updates: int, episodes: int) -> dict[str, Callable[[], jax.stages.Lowered]]:
        """The programs before they are compiled: the start, `updates` updates, an evaluation on the training task."""
        learners = self._learners()
        params = jax.eval_shape(jax.vmap(self.method.policy), learners)
        return {
            "start": partial(self._init.lower, self._train_keys),
            "training": partial(self._advance.lower, learners, jnp.int32(0), updates=updates),
            "evaluation": partial(self._evaluate.lower, params, (self.task, None), self._eval_keys, episodes=episodes),
        }

    def policies(self, learners: Any) -> Any:
        """The parameters of the policy of every seed."""
        return jax.vmap(self.method.policy)(learners)

    def split(self, learners: Any) -> list[Any]:
        """The learner, or the policy, of each seed as plain host arrays, ready to be saved."""
        host = jax.tree.map(lambda x: np.asarray(jax.random.key_data(x) if is_key(x) else x), learners)
        return [jax.tree.map(lambda x, i=i: x[i], host) for i in range(len(self.seeds))]

    def join(self, parts: Sequence[Any]) -> Any:
        """The inverse of `split`."""
        stacked = jax.tree.map(lambda *x: np.stack(x), *parts)
        like = jax.eval_shape(self.init)
        learners = jax.tree.map(lambda to, x: jax.random.wrap_key_data(x) if is_key(to) else x, like, stacked)
        return jax.device_put(learners, self._place)

    def _by_seed(self, work, *inputs: PartitionSpec):
        """A function for one seed as a function for all: a device computes its share of them. inputs: for each argument
        SEEDS if every seed has its own, else EVERYWHERE."""
        axes = [0 if spec == SEEDS else None for spec in inputs]
        on_cpu = self.mesh.devices.flat[0].platform == "cpu"
        each = in_turn(work, axes) if on_cpu else jax.vmap(work, axes)
        if self.mesh.size == 1:
            return each
        return jax.shard_map(each, mesh=self.mesh, in_specs=inputs, out_specs=SEEDS, check_vma=False)

    def _chunk(self, learners, done, updates):
        def one(learner, done):
            step = lambda learner, i: self.method.update(learner, done + i)  # noqa: E731
            return jax.lax.scan(step, learner, jnp.arange(updates))

        return self._by_seed(one, SEEDS, EVERYWHERE)(learners, done)

    def _measure(self, measure, params, case, keys, episodes):
        def one(params, case, key):
            return measure(params, case, key, episodes)

        return self._by_seed(one, SEEDS, EVERYWHERE, SEEDS)(params, case, keys)

    def _score(self, params, case, key, episodes):
        task, level = case
        return evaluate(self.method.actor, task, params, key, episodes, level)

    def _compare(self, params, task, key, episodes):
        return agreement(self.method.actor, self.home, task, params, key, episodes)


def in_turn(work: Callable, axes: Sequence[int | None]) -> Callable:
    """What `jax.vmap(work, axes)` computes, in a loop. axes: 0 or None for each argument."""

    def each(*arguments):
        def one(own):
            return work(*(own.get(i, argument) for i, argument in enumerate(arguments)))

        return jax.lax.map(one, {i: argument for i, argument in enumerate(arguments) if axes[i] == 0})

    return each


def is_key(x: Any) -> bool:
    """True if this array, or description of one, is a random key."""
    return jnp.issubdtype(x.dtype, jax.dtypes.prng_key)
