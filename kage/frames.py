"""Sizes of frames and convolutions: arithmetic without JAX, for those who only read."""

from collections.abc import Sequence


def smallest_side(kernels: Sequence[int], strides: Sequence[int]) -> int:
    """Pixels on each side of the smallest frame that convolutions, one after the other, leave anything of."""
    side = 1
    for kernel, stride in zip(reversed(kernels), reversed(strides), strict=True):
        side = (side - 1) * stride + kernel
    return side
