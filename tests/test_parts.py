"""A batch in parts: the same numbers as at once, for every size and under further `vmap`."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from kage.materialise import materialise
from kage.parts import in_parts


def scaled(numbers, table, offset):
    """Of a dict of vectors and a shared table: what `in_parts` takes, a tree and what has no batch."""
    return (materialise(numbers["a"] * 3) + numbers["b"] + table).astype(jnp.uint32) + offset


@pytest.mark.parametrize("size", [1, 3, 4, 5, 8, 9, 10, 11, 17])
def test_parts_give_what_the_whole_batch_gives(size):
    a = np.arange(size * 5, dtype=np.uint32).reshape(size, 5)
    batch, table, offset = {"a": a, "b": a[::-1] ** 2}, np.arange(5, dtype=np.uint32), np.arange(size, dtype=np.uint32)
    axes = ({"a": 0, "b": 0}, None, 0)
    got = jax.jit(jax.vmap(in_parts(scaled, 4), axes))(batch, table, offset)
    np.testing.assert_array_equal(got, a * 3 + a[::-1] ** 2 + table + offset[:, None])


def test_one_element_needs_no_batch_and_a_batch_of_batches_is_taken_in_parts_too():
    a = jnp.arange(2 * 7 * 3, dtype=jnp.uint32).reshape(2, 7, 3)
    one = in_parts(scaled, 4)
    alone = one({"a": a[1, 2], "b": a[0, 1]}, jnp.uint32(1), jnp.uint32(2))
    np.testing.assert_array_equal(alone, a[1, 2] * 3 + a[0, 1] + 3)
    of_axis = jax.vmap(one, ({"a": 0, "b": None}, None, None))  # b is shared by the inner batch and not by the outer
    got = jax.jit(jax.vmap(of_axis, (0, None, 0)))({"a": a, "b": a[:, 0]}, jnp.uint32(1), jnp.arange(2, dtype=jnp.uint32))
    np.testing.assert_array_equal(got, a * 3 + a[:, :1] + 1 + np.arange(2)[:, None, None])


def test_what_lies_between_has_the_size_of_a_part():
    def floats(x):
        return jnp.cumsum(materialise(x.astype(jnp.float32) * 2), 0).astype(jnp.uint8)

    batch = jnp.ones((64, 4096), jnp.uint8)
    needs = {most: jax.jit(jax.vmap(in_parts(floats, most))).lower(batch).compile().memory_analysis().temp_size_in_bytes
             for most in (4, 64)}  # fmt: skip
    assert needs[64] > 64 * 4096 * 4 and needs[4] < needs[64] / 3
