"""Compute a batch a few elements at a time, so that intermediate results stay in the processor's caches."""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from kage.materialise import materialise


def in_parts(function: Callable, most: int) -> Callable:
    """`function` of one element, changed so that its `vmap` on a CPU computes at most `most` elements at a time.

    The function returns one array. All parts have the same size. If this size does not divide the batch, the last part
    computes some elements again, which costs less than a second program for a smaller part.
    """
    whole = jax.custom_batching.custom_vmap(function)

    @whole.def_vmap
    def batch(size, batched, *args):
        together = jax.vmap(function, jax.tree.map(lambda b: 0 if b else None, tuple(batched)))
        if size <= most or jax.default_backend() != "cpu":
            return together(*args), True
        count = -(-size // most)
        part = -(-size // count)

        def some(i, done):
            start = jnp.minimum(i * part, size - part)
            cut = [jax.tree.map(lambda x, b: jax.lax.dynamic_slice_in_dim(x, start, part) if b else x, arg, b)
                   for arg, b in zip(args, batched, strict=True)]  # fmt: skip
            # Materialise the part before it is written: what XLA fuses into writing a slice runs on one core.
            return jax.lax.dynamic_update_slice_in_dim(done, materialise(together(*cut)), start, 0)

        result = jax.eval_shape(together, *args)
        return jax.lax.fori_loop(0, count, some, jnp.zeros(result.shape, result.dtype)), True

    return whole
