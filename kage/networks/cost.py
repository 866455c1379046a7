"""What a network costs, from shapes alone: multiply-adds of a forward pass, and parameters. Nothing is computed."""

import math
from collections.abc import Callable
from typing import Any

import jax


def multiply_adds(function: Callable, *arguments: Any) -> int:
    """Multiply-adds of all matrix products and convolutions of one call; other operations are not counted.

    arguments: pytrees of arrays, or of `jax.ShapeDtypeStruct`. Of branches the dearest counts; a loop whose length is
    not known before it runs counts as one pass.
    """
    return counted(jax.make_jaxpr(function)(*arguments).jaxpr)


def counted(jaxpr: Any) -> int:
    """`multiply_adds` of a traced function."""
    total = 0
    for equation in jaxpr.eqns:
        name, params = equation.primitive.name, equation.params
        if name == "dot_general":
            (contracted, _), _ = params["dimension_numbers"]
            total += size(equation.outvars[0]) * math.prod(equation.invars[0].aval.shape[i] for i in contracted)
        elif name == "conv_general_dilated":
            weight, where = equation.invars[1], params["dimension_numbers"].rhs_spec
            total += size(equation.outvars[0]) * size(weight) // weight.aval.shape[where[0]]
        elif name == "cond":
            total += max(map(counted, inner(params)))
        else:
            total += params.get("length", 1) * sum(map(counted, inner(params)))
    return total


def inner(params: dict[str, Any]) -> list[Any]:
    """The traced functions within an operation."""
    found = [value for param in params.values() for value in (param if isinstance(param, tuple | list) else (param,))]
    return [getattr(value, "jaxpr", value) for value in found if hasattr(getattr(value, "jaxpr", value), "eqns")]


def size(variable: Any) -> int:
    """The number of elements of a traced array."""
    return math.prod(variable.aval.shape)


def parameters(params: Any) -> int:
    """How many numbers a pytree of parameters holds."""
    return sum(math.prod(leaf.shape) for leaf in jax.tree.leaves(params))
