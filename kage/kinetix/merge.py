"""Functions whose nested `vmap`s become one."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax.custom_batching import custom_vmap


def merged(f: Callable[..., Any]) -> Callable[..., Any]:
    """The same function of arrays. Under any number of `vmap`s it has one axis for all of them.

    JAX goes through a function once more for each `vmap` around it, and goes through the body of a loop several times
    until it knows what is batched. The physics consists of nested loops, and an evaluation plays episodes of several
    seeds in a loop: all these passes took nearly as long as the compiler. Here a reshape merges the axes of an outer
    `vmap` with those of an inner one, and the program of the merged axis is kept for every later use with these shapes.
    """
    single = jax.jit(f)
    many = jax.jit(jax.vmap(single))

    @custom_vmap
    def one(*inputs):
        return single(*inputs)

    @custom_vmap
    def several(*inputs):
        return many(*inputs)

    @one.def_vmap
    def batch(size, batched, *inputs):
        return answer(several(*whole(size, batched, inputs)))

    @several.def_vmap
    def batch_again(size, batched, *inputs):
        inputs = whole(size, batched, inputs)
        inner = jax.tree.leaves(inputs)[0].shape[1]
        found = several(*jax.tree.map(lambda x: x.reshape(size * inner, *x.shape[2:]), inputs))
        return answer(jax.tree.map(lambda x: x.reshape(size, inner, *x.shape[1:]), found))

    return one


def whole(size: int, batched: Any, inputs: Any) -> Any:
    """The inputs, each with the new axis in front."""
    fill = lambda has, x: x if has else jnp.broadcast_to(x, (size, *jnp.shape(x)))  # noqa: E731
    return jax.tree.map(fill, tuple(batched), inputs)


def answer(found: Any) -> tuple[Any, Any]:
    """What a rule of `vmap` returns: the outputs, and that all of them have the new axis."""
    return found, jax.tree.map(lambda _: True, found)
