"""Layers that several networks share."""

import math

import jax
from flax import linen as nn


def dense(x: jax.Array, features: int) -> jax.Array:
    """A dense layer with ReLU and orthogonal weights, inside a compact module; (N, D) to (N, features) f32."""
    return nn.relu(nn.Dense(features, kernel_init=nn.initializers.orthogonal(math.sqrt(2)))(x))
