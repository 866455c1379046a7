"""Networks: an encoder turns an observation into an embedding, two heads turn that into a policy and a value."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
from flax import linen as nn

from kage.convolution import conv, conv_matmul
from kage.frames import smallest_side as smallest_side
from kage.tasks import ActionSpec


class Conv(nn.Module):
    """Valid convolution of (N, H, W, C) with a square kernel; of u8, 0..255 counts as 0..1.

    On a CPU it is written as matrix products. Both forms share their parameters and agree to rounding.
    """

    features: int
    kernel: int
    stride: int
    as_matmul: bool | None = None  # None: on the CPU backend

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        shape = (self.kernel, self.kernel, x.shape[-1], self.features)
        weight = self.param("kernel", nn.initializers.orthogonal(math.sqrt(2)), shape)
        bias = self.param("bias", nn.initializers.zeros, (self.features,))
        if x.dtype == jnp.uint8:
            weight = weight / 255.0
        matmul = jax.default_backend() == "cpu" if self.as_matmul is None else self.as_matmul
        return (conv_matmul if matmul else conv)(x, weight, self.stride) + bias


class PixelEncoder(nn.Module):
    """Convolutions and one dense layer over channel-planar frames (N, C, H, W) u8; embedding (N, dense) f32."""

    channels: Sequence[int] = (32, 64, 64)
    kernels: Sequence[int] = (8, 4, 3)
    strides: Sequence[int] = (4, 2, 1)
    dense: int = 512

    @nn.compact
    def __call__(self, obs: jax.Array) -> jax.Array:
        x = jnp.moveaxis(obs, -3, -1)
        for features, kernel, stride in zip(self.channels, self.kernels, self.strides, strict=True):
            x = nn.relu(Conv(features, kernel, stride)(x))
        return dense(x.reshape(x.shape[0], -1), self.dense)


class VectorEncoder(nn.Module):
    """One hidden layer over flat observations (N, D); embedding (N, dense) f32."""

    dense: int = 64

    @nn.compact
    def __call__(self, obs: jax.Array) -> jax.Array:
        return dense(obs.astype(jnp.float32), self.dense)


def dense(x: jax.Array, features: int) -> jax.Array:
    """A dense layer with ReLU and orthogonal weights, inside a compact module."""
    return nn.relu(nn.Dense(features, kernel_init=nn.initializers.orthogonal(math.sqrt(2)))(x))


class Policy(NamedTuple):
    """Independent categorical distributions over the parts of an action; logits[i] is (..., nvec[i]) f32."""

    logits: tuple[jax.Array, ...]

    def sample(self, key: jax.Array) -> jax.Array:
        """Actions, (..., len(nvec)) i32."""
        keys = jax.random.split(key, len(self.logits))
        return jnp.stack([jax.random.categorical(k, part) for k, part in zip(keys, self.logits, strict=True)], axis=-1)

    def log_prob(self, action: jax.Array) -> jax.Array:
        """log pi(action), (...) f32; action (..., len(nvec)) i32."""
        return sum(
            jnp.take_along_axis(nn.log_softmax(part), action[..., i, None], axis=-1)[..., 0]
            for i, part in enumerate(self.logits)
        )

    def entropy(self) -> jax.Array:
        """Entropy in nats, (...) f32."""
        return sum(-(nn.softmax(part) * nn.log_softmax(part)).sum(axis=-1) for part in self.logits)

    def kl(self, other: "Policy") -> jax.Array:
        """KL(self || other) in nats, (...) f32."""
        return sum(
            (nn.softmax(a) * (nn.log_softmax(a) - nn.log_softmax(b))).sum(axis=-1)
            for a, b in zip(self.logits, other.logits, strict=True)
        )


class ActorCritic(nn.Module):
    """An encoder with an actor and a critic head."""

    encoder: nn.Module
    actions: ActionSpec

    @nn.compact
    def __call__(self, obs) -> tuple[Policy, jax.Array]:
        """obs: pytree with a leading batch axis (N, ...); the policy and values (N,) f32."""
        embedding = self.encoder(obs)
        logits = nn.Dense(sum(self.actions.nvec), kernel_init=nn.initializers.orthogonal(0.01))(embedding)
        value = nn.Dense(1, kernel_init=nn.initializers.orthogonal(1.0))(embedding)[:, 0]
        ends = [sum(self.actions.nvec[: i + 1]) for i in range(len(self.actions.nvec) - 1)]
        return Policy(tuple(jnp.split(logits, ends, axis=-1))), value
