"""Layers that several networks share."""

import math

import jax
from flax import linen as nn


def dense(x: jax.Array, features: int) -> jax.Array:
    """A dense layer with ReLU and orthogonal weights, (N, D) to (N, features) f32; call it in a compact module."""
    return nn.relu(nn.Dense(features, kernel_init=nn.initializers.orthogonal(math.sqrt(2)))(x))
