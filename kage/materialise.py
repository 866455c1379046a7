"""A boundary between fused computations: an array is written to memory."""

import jax


@jax.custom_batching.custom_vmap
def materialise(x: jax.Array) -> jax.Array:
    """The same array, certainly written to memory before anything reads it.

    XLA's CPU backend drops optimisation barriers and fuses a drawing into every place that reads it. Each pixel is then
    computed many times (measured on a hue filter: 200 frames/s instead of 40,000). XLA does not fuse across a loop, so
    the array is carried through a loop of two iterations. Each of them overwrites the first element in place with the
    same bits, in a way that no compiler pass recognises. Under `vmap` this is one element of the whole batch.
    """
    if jax.default_backend() != "cpu":
        return jax.lax.optimization_barrier(x)

    def rewrite(turn, x):
        corner, same = ((0,) * (x.ndim - 1) + (turn // n,) for n in (2, 3))
        return x.at[corner].set(x[same])

    return jax.lax.fori_loop(0, 2, rewrite, x)


@materialise.def_vmap
def materialise_batch(size, batched, x):
    return materialise(x), batched[0]
