"""Compute one of several functions, also where seeds are side by side."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp


def one_of(functions: Sequence[Callable], which: jax.Array, *arguments: Any) -> Any:
    """The result of functions[which](*arguments); which: () i32.

    Under a `vmap`, `jax.lax.switch` would compute every function for every element and keep one. Here the elements are
    computed one after the other, each by its own function. Nothing is differentiated through it.
    """

    @jax.custom_batching.custom_vmap
    def chosen(which, *arguments):
        return jax.lax.switch(which, functions, *arguments)

    @chosen.def_vmap
    def batch(size, batched, *arguments):
        def one(i):
            return chosen(*jax.tree.map(lambda many, x: x[i] if many else x, tuple(batched), arguments))

        results = jax.lax.map(one, jnp.arange(size))
        return results, jax.tree.map(lambda _: True, results)

    return chosen(which, *arguments)
