"""Change a few elements of a batch one after the other, where changing all of them would cost more."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from kage.materialise import materialise


def changed_where(function: Callable) -> Callable:
    """(wanted () bool, x, *args) -> `function(x, *args)` where wanted, else x, an array of the same shape and type.

    On a CPU, `vmap` of the result calls `function` for each element that is wanted, in a loop as long as their number,
    and writes into the array of all x. Elsewhere all elements are changed side by side, and the wanted ones are chosen.
    Whatever `function` reads has to be among its arguments.
    """

    @jax.custom_batching.custom_vmap
    def one(wanted, x, *args):
        return jnp.where(wanted, function(x, *args), x)

    @one.def_vmap
    def batch(size, batched, *given):
        if jax.default_backend() != "cpu":
            axes = jax.tree.map(lambda b: 0 if b else None, tuple(batched))
            return jax.vmap(lambda wanted, x, *args: jnp.where(wanted, function(x, *args), x), axes)(*given), True
        (wanted, x), args = spread(tuple(given[:2]), tuple(batched[:2]), size), given[2:]
        return one_by_one(function, tuple(batched[2:]))(wanted, x, *args), True

    return one


def one_by_one(function: Callable, batched: Any) -> Callable:
    """(wanted (N,) bool, x (N, ...), *args) -> x changed where wanted. batched: which leaves of the arguments have an
    axis of N, a pytree like theirs; the other ones are the same for all."""

    @jax.custom_batching.custom_vmap
    def many(wanted, x, *args):
        first = jnp.argsort(~wanted)  # those that are wanted come first

        def change(k, x):
            own = jax.tree.map(lambda leaf, b: element(leaf, first[k]) if b else leaf, args, batched)
            here = function(element(x, first[k]), *own)
            # Materialise what is written: what XLA fuses into writing a slice is computed on one core.
            return jax.lax.dynamic_update_index_in_dim(x, materialise(here), first[k], 0)

        return jax.lax.fori_loop(0, wanted.sum(), change, x)

    @many.def_vmap
    def many_of_many(size, outer, wanted, x, *args):
        """Both axes become one; if something that is the same for N elements differs between the rows, row by row."""
        if any(jax.tree.leaves(jax.tree.map(lambda o, b: o and not b, tuple(outer[2:]), batched))):
            given = spread((wanted, x, *args), tuple(outer), size)
            return jax.lax.map(lambda row: many(*row), given), True
        wanted, x, *args = jax.tree.map(lambda leaf, o, b: flat(spread(leaf, o, size)) if b else leaf,
                                        (wanted, x, *args), tuple(outer), (True, True, *batched))  # fmt: skip
        return many(wanted, x, *args).reshape(size, -1, *x.shape[1:]), True

    return many


def spread(tree: Any, batched: Any, size: int) -> Any:
    """Arrays with a leading axis of `size`: those that are not `batched` are repeated."""
    return jax.tree.map(lambda leaf, b: leaf if b else jnp.broadcast_to(leaf, (size, *jnp.shape(leaf))), tree, batched)


def flat(leaf: jax.Array) -> jax.Array:
    """The two leading axes as one."""
    return leaf.reshape(-1, *leaf.shape[2:])


def element(leaf: jax.Array, i: jax.Array) -> jax.Array:
    """One element along the leading axis."""
    return jax.lax.dynamic_index_in_dim(leaf, i, 0, keepdims=False)
