"""Change some elements of a batch, where changing all of them would cost more."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from kage.materialise import materialise


def changed_where(function: Callable, size: tuple[int, ...], together: int = 1) -> Callable:
    """(wanted () bool, x, corner, *args) -> x, where wanted with `function(window, corner, *args)` in its window.

    The window is the part of x that has this size and begins at `corner`, a tuple of () i32; the result of `function`
    has its shape and type. Whatever else `function` reads has to be among its arguments.

    On a CPU, `vmap` of the result calls `function` only where it is wanted, for `together` elements at a time, and
    writes into the array of all x. Elsewhere all elements are changed side by side, and the wanted ones are kept.
    """

    def alone(wanted, x, corner, *args):
        window = jax.lax.dynamic_slice(x, corner, size)
        return jax.lax.dynamic_update_slice(x, jnp.where(wanted, function(window, corner, *args), window), corner)

    one = jax.custom_batching.custom_vmap(alone)

    @one.def_vmap
    def batch(n, batched, *given):
        if jax.default_backend() != "cpu":
            axes = jax.tree.map(lambda b: 0 if b else None, tuple(batched))
            return jax.vmap(alone, axes)(*given), True
        (wanted, x, corner), args = spread(tuple(given[:3]), tuple(batched[:3]), n), given[3:]
        return some_of_many(function, size, together, tuple(batched[3:]))(wanted, x, corner, *args), True

    return one


def some_of_many(function: Callable, size: tuple[int, ...], together: int, batched: Any) -> Callable:
    """(wanted (N,) bool, x (N, ...), corner of (N,) i32, *args) -> x changed where wanted; see `changed_where`.

    batched: which leaves of the arguments have an axis of N, a pytree like theirs; the other ones are the same for all.
    """

    @jax.custom_batching.custom_vmap
    def many(wanted, x, corner, *args):
        number, first = wanted.sum(), jnp.argsort(~wanted)  # those that are wanted come first
        first = jnp.pad(first, (0, -len(first) % together))
        axes = jax.tree.map(lambda b: 0 if b else None, batched)

        def change(k, x):
            which = jax.lax.dynamic_slice_in_dim(first, k * together, together)
            own = jax.tree.map(lambda leaf, b: leaf[which] if b else leaf, args, batched)
            at = which, *(part[which] for part in corner)
            windows = jax.vmap(lambda *at: jax.lax.dynamic_slice(x, at, (1, *size))[0])(*at)
            # Materialise what is written: what XLA fuses into writing a slice is computed on one core.
            windows = materialise(jax.vmap(function, (0, 0, *axes))(windows, at[1:], *own))
            return jax.lax.fori_loop(0, jnp.minimum(together, number - k * together), partial(put, windows, at), x)

        return jax.lax.fori_loop(0, -(-number // together), change, x)

    @many.def_vmap
    def many_of_many(n, outer, wanted, x, corner, *args):
        """Both axes become one; if something that is the same for N elements differs between the rows, row by row."""
        if any(jax.tree.leaves(jax.tree.map(lambda o, b: o and not b, tuple(outer[3:]), batched))):
            given = spread((wanted, x, corner, *args), tuple(outer), n)
            return jax.lax.map(lambda row: many(*row), given), True
        given = (wanted, x, corner, *args)
        own = (True, True, (True,) * len(corner), *batched)
        given = jax.tree.map(lambda leaf, o, b: flat(spread(leaf, o, n)) if b else leaf, given, tuple(outer), own)
        return many(*given).reshape(n, -1, *x.shape[-len(size) :]), True

    return many


def put(windows: jax.Array, at: tuple[jax.Array, ...], i: jax.Array, x: jax.Array) -> jax.Array:
    """x with one of the windows (k, ...) at its corner; at: arrays (k,) i32, one for each axis of x."""
    window = jax.lax.dynamic_slice_in_dim(windows, i, 1)
    return jax.lax.dynamic_update_slice(x, window, tuple(part[i] for part in at))


def spread(tree: Any, batched: Any, size: int) -> Any:
    """Arrays with a leading axis of `size`: those that are not `batched` are repeated."""
    return jax.tree.map(lambda leaf, b: leaf if b else jnp.broadcast_to(leaf, (size, *jnp.shape(leaf))), tree, batched)


def flat(leaf: jax.Array) -> jax.Array:
    """The two leading axes as one."""
    return leaf.reshape(-1, *leaf.shape[2:])
