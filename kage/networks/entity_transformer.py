"""Attention among shapes, and messages along joints and thrusters.

An observation has the fields of `kage.kinetix.observe.Entities` as attributes, each with a leading axis of samples:
rows of numbers for polygons (B, P, .), circles (B, C, .), joints (B, J, .) and thrusters (B, T, .), a mask of each kind
(`polygon_mask` (B, P) bool, ...), `attention_mask` (B, 4, N, N) bool for the N = P + C shapes, polygons first,
`joint_indexes` (B, J, 2) i32, the shapes that a message goes to and comes from, and `thruster_indexes` (B, T) i32.
"""

import jax
import jax.numpy as jnp
from flax import linen as nn

from kage.networks.entities import MASKS
from kage.networks.layers import orthogonal


class EntityTransformer(nn.Module):
    """Embeddings (B, width) f32 that no order of the rows changes. Rows whose mask is false may hold anything.

    Tokens are the shapes and one that is always there, so that whoever attends to no shape attends to this one. The
    embedding is the mean of the tokens after the layers.
    """

    layers: int = 2
    width: int = 128
    heads: int = 8
    inner: int = 16

    @nn.compact
    def __call__(self, obs) -> jax.Array:
        def encoded(kind: str, width: int) -> jax.Array:
            return nn.tanh(nn.Dense(width, kernel_init=orthogonal, name=kind)(in_use(obs, kind)))

        polygons, circles = encoded("polygon", self.width - 1), encoded("circle", self.width - 1)
        joints, thrusters = encoded("joint", self.width), encoded("thruster", self.width)
        x = jnp.concatenate([
            jnp.ones((len(polygons), 1, self.width)),
            jnp.pad(polygons, [(0, 0), (0, 0), (0, 1)], constant_values=1.0),
            jnp.pad(circles, [(0, 0), (0, 0), (0, 1)]),
        ], axis=1)  # fmt: skip
        active = jnp.concatenate([obs.polygon_mask, obs.circle_mask], axis=1)
        active = jnp.pad(active, [(0, 0), (1, 0)], constant_values=True)
        seen = jnp.pad(obs.attention_mask, [(0, 0), (0, 0), (1, 0), (1, 0)], constant_values=True)
        seen = jnp.repeat(seen & active[:, None, :, None] & active[:, None, None, :], self.heads // MASKS, axis=1)
        # Token 0 is no shape. What is not in use is sent there, with nothing in it.
        ends = jnp.where(obs.joint_mask[..., None], obs.joint_indexes + 1, 0)
        places = jnp.where(obs.thruster_mask, obs.thruster_indexes + 1, 0)
        for i in range(self.layers):
            x = Layer(self.heads, self.inner, name=f"layer{i}")(
                x, seen, (joints, ends, obs.joint_mask), (thrusters, places, obs.thruster_mask)
            )
        share = active / active.sum(axis=1, keepdims=True)
        return (x * share[..., None]).sum(axis=1)


class Layer(nn.Module):
    """Attention, a dense layer, and messages; tokens (B, T, width). The first two are added through gates."""

    heads: int
    inner: int

    @nn.compact
    def __call__(self, x: jax.Array, seen: jax.Array, joints: tuple, thrusters: tuple) -> jax.Array:
        width = x.shape[-1]
        attention = nn.MultiHeadDotProductAttention(self.heads, qkv_features=self.inner, name="attention")
        y = attention(nn.LayerNorm(name="ln1")(x), mask=seen)
        x = Gate(name="gate1")(x, nn.relu(y))
        y = nn.Dense(width, name="dense")(nn.LayerNorm(name="ln2")(x))
        x = Gate(name="gate2")(x, nn.relu(y))
        (joints, ends, is_joint), (thrusters, places, is_thruster) = joints, thrusters
        to, other = ends[..., 0], ends[..., 1]
        pulls = nn.Dense(width, name="joint")(jnp.concatenate([at(x, to), at(x, other), joints], axis=-1))
        pushes = nn.Dense(width, name="thruster")(jnp.concatenate([at(x, places), thrusters], axis=-1))
        sample = jnp.arange(len(x))[:, None]
        x = x.at[sample, to].add(pulls * is_joint[..., None])
        return x.at[sample, places].add(pushes * is_thruster[..., None])


class Gate(nn.Module):
    """x and what is to be added to it, y, both (..., width), mixed as a gated recurrent unit does (Parisotto et al.
    2020, section 3.2)."""

    @nn.compact
    def __call__(self, x: jax.Array, y: jax.Array) -> jax.Array:
        width = x.shape[-1]
        keep = self.param("keep", nn.initializers.zeros, (width,))
        reset, update, new = jnp.split(nn.Dense(3 * width, use_bias=False, name="given")(y), 3, axis=-1)
        own_reset, own_update = jnp.split(nn.Dense(2 * width, use_bias=False, name="own")(x), 2, axis=-1)
        reset, update = nn.sigmoid(reset + own_reset), nn.sigmoid(update + own_update - keep)
        new = nn.tanh(new + nn.Dense(width, use_bias=False, name="reset")(reset * x))
        return (1 - update) * x + update * new


def in_use(obs, kind: str) -> jax.Array:
    """The rows of one kind, "polygon", "circle", "joint" or "thruster", (B, n, columns) f32; 0 where not in use."""
    return jnp.where(getattr(obs, f"{kind}_mask")[..., None], getattr(obs, f"{kind}s"), 0.0)


def at(x: jax.Array, index: jax.Array) -> jax.Array:
    """The tokens x (B, T, width) at index (B, n), (B, n, width)."""
    return jnp.take_along_axis(x, index[..., None], axis=1)
