"""Convolution in two forms.

`conv_matmul` is for CPUs, where the gradients of XLA's convolution are many times slower inside a loop. `conv` is for
accelerators: XLA's convolution, except that seeds trained side by side never become one grouped convolution.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

# Patches are made for a part of the samples at a time, so that they stay in a cache: for 64 samples, or where the
# patches of these take more than 16 MB, for as many as fit into 2 MB. Fewer samples would be faster in small layers
# too, but the sums of gradients would then round differently from those of earlier runs.
PART, LARGE, FEW = 64, 16e6, 2e6


# --- for accelerators ---


@partial(jax.custom_vjp, nondiff_argnums=(2,))
def conv(x: jax.Array, weight: jax.Array, stride: int) -> jax.Array:
    """Valid convolution of x (N, H, W, C), f32 or u8, with weight (k, k, C, F) f32; (N, rows, columns, F) f32.

    Under a `vmap` over weights, the convolutions run one after the other. If they were one grouped convolution, the
    gradient with respect to the weights would use windows as large as the picture.
    """
    return one_by_one(partial(convolve, stride=stride))(x, weight)


def convolve(x: jax.Array, weight: jax.Array, stride: int) -> jax.Array:
    """XLA's convolution of all samples."""
    return jax.lax.conv_general_dilated(
        x.astype(weight.dtype), weight, (stride,) * 2, "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC")
    )


def conv_forward(x, weight, stride):
    """The convolution, and the values that its gradient needs."""
    return conv(x, weight, stride), (x, weight)


def conv_backward(stride, inputs, gradient):
    """Gradients with respect to x (None if x holds integers) and to weight."""

    def gradients(x, weight, gradient):
        if jnp.issubdtype(x.dtype, jnp.floating):
            return jax.vjp(partial(convolve, stride=stride), x, weight)[1](gradient)
        return jax.vjp(partial(convolve, x, stride=stride), weight)[1](gradient)

    *by_x, by_weight = one_by_one(gradients)(*inputs, gradient)
    return by_x[0] if by_x else None, by_weight


conv.defvjp(conv_forward, conv_backward)


def one_by_one(function: Callable) -> Callable:
    """`function` of (x, weight, ...), changed so that a `vmap` over weights computes one element after the other."""
    single = jax.custom_batching.custom_vmap(function)

    @single.def_vmap
    def batch(size, batched, *args):
        if not batched[1]:
            results = jax.vmap(function, [0 if b else None for b in batched])(*args)
        else:
            one = lambda i: function(*(x[i] if b else x for x, b in zip(args, batched, strict=True)))  # noqa: E731
            results = jax.lax.map(one, jnp.arange(size))
        return results, jax.tree.map(lambda _: True, results)

    return single


# --- for CPUs ---


@partial(jax.custom_vjp, nondiff_argnums=(2,))
def conv_matmul(x: jax.Array, weight: jax.Array, stride: int) -> jax.Array:
    """Valid convolution of x (N, H, W, C), f32 or u8, with weight (k, k, C, F) f32; (N, rows, columns, F) f32.

    First the pixels of each block of stride x stride become channels. The kernel is then `ceil(k / stride)` blocks
    wide and moves block by block. Patches are many times larger than x, so they are made for a few samples at a time,
    and made again for the gradient.
    """
    kernel = weight_blocks(weight, stride)
    part = samples_together(x, weight, stride)
    rows = few_at_a_time(lambda x: products(pixel_blocks(x, weight.shape[0], stride), kernel), part, x)
    return rows.reshape(-1, *rows.shape[2:])


def matmul_forward(x, weight, stride):
    """The convolution, and the values that its gradient needs."""
    return conv_matmul(x, weight, stride), (x, weight)


def matmul_backward(stride, inputs, gradient):
    """Gradients with respect to x (None if x holds integers) and to weight."""
    x, weight = inputs
    kernel, of_weight = jax.vjp(lambda weight: weight_blocks(weight, stride), weight)
    turned = kernel[::-1, ::-1].swapaxes(2, 3)
    border = [(len(kernel) - 1,) * 2] * 2

    def part(x, gradient):
        cut = lambda x: pixel_blocks(x, weight.shape[0], stride)  # noqa: E731
        seen = patches(cut(x), len(kernel))
        # Features are the rows of this product: the transposed product takes twice as long.
        by_weight = gradient.reshape(-1, gradient.shape[-1]).T @ seen.reshape(-1, seen.shape[-1])
        if not jnp.issubdtype(x.dtype, jnp.floating):
            return by_weight, None
        by_block = products(jnp.pad(gradient, [(0, 0), *border, (0, 0)]), turned)
        return by_weight, jax.vjp(cut, x)[1](by_block)[0]

    by_weight, by_x = few_at_a_time(part, samples_together(x, weight, stride), x, gradient)
    (by_weight,) = of_weight(by_weight.sum(axis=0).T.reshape(kernel.shape))
    return None if by_x is None else by_x.reshape(x.shape), by_weight


conv_matmul.defvjp(matmul_forward, matmul_backward)


def samples_together(x: jax.Array, weight: jax.Array, stride: int) -> int:
    """How many samples of x a part holds; a divisor of their number."""
    n, k, channels, _ = len(x), *weight.shape[1:]
    positions = math.prod((size - k) // stride + 1 for size in x.shape[1:3])
    each = 4 * positions * k * k * channels  # bytes of the patches of a sample
    if n % PART == 0 and each * PART <= LARGE:
        return PART
    if n * each <= LARGE:
        return n
    return max(part for part in range(1, max(2, int(FEW // each) + 1)) if n % part == 0)


def few_at_a_time(work: Callable, part: int, *arrays: jax.Array) -> Any:
    """Apply `work` to `part` samples after the other; results have a leading axis of parts."""
    n = len(arrays[0])
    parts = n // part
    return jax.lax.map(lambda part: work(*part), [x.reshape(parts, n // parts, *x.shape[1:]) for x in arrays])


def products(blocks: jax.Array, kernel: jax.Array) -> jax.Array:
    """Convolve blocks (N, R, S, D) with a kernel (b, b, D, F), block by block: (N, R - b + 1, S - b + 1, F)."""
    return patches(blocks, len(kernel)) @ kernel.reshape(-1, kernel.shape[-1])


def patches(blocks: jax.Array, size: int) -> jax.Array:
    """The size x size blocks that begin at each block: (N, R - size + 1, S - size + 1, size * size * D) f32."""
    rows, columns = (length - size + 1 for length in blocks.shape[1:3])
    shifted = [blocks[:, i : i + rows, j : j + columns] for i in range(size) for j in range(size)]
    return jnp.concatenate(shifted, axis=-1).astype(jnp.float32)


def pixel_blocks(x: jax.Array, k: int, stride: int) -> jax.Array:
    """The blocks that a kernel of k pixels moves over, with pixels as channels: (N, R, S, stride * stride * C)."""
    n, height, width, channels = x.shape
    grid = [(size - k) // stride + -(-k // stride) for size in (height, width)]
    pad = [max(0, g * stride - size) for g, size in zip(grid, (height, width), strict=True)]
    x = jnp.pad(x, ((0, 0), (0, pad[0]), (0, pad[1]), (0, 0)))[:, : grid[0] * stride, : grid[1] * stride]
    x = x.reshape(n, grid[0], stride, grid[1], stride, channels).transpose(0, 1, 3, 2, 4, 5)
    return x.reshape(n, *grid, -1)


def weight_blocks(weight: jax.Array, stride: int) -> jax.Array:
    """A kernel (k, k, C, F) as a kernel over blocks, padded with zeros: (b, b, stride * stride * C, F)."""
    k, _, channels, features = weight.shape
    blocks = -(-k // stride)
    weight = jnp.pad(weight, [(0, blocks * stride - k)] * 2 + [(0, 0)] * 2)
    weight = weight.reshape(blocks, stride, blocks, stride, channels, features).transpose(0, 2, 1, 3, 4, 5)
    return weight.reshape(blocks, blocks, -1, features)
