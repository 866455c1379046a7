"""The losses of the separated models, as pure functions of pictures, f32 in 0..1.

N: samples; k: frames of an observation. Pictures are (N, 3 k, H, W), masks (N, k, H, W). Source: SMG; what differs is
named where it does.
"""

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp

Error = Callable[[jax.Array], jax.Array]  # of differences, pixel by pixel

stop = jax.lax.stop_gradient


def square(x: jax.Array) -> jax.Array:
    """2 x^2. Its gradient counts how wrong pixels are, so a few that are very wrong weigh more than many others."""
    return 2 * x**2


ERRORS: dict[str, Error] = {"square": square, "absolute": abs}


def spread(mask: jax.Array) -> jax.Array:
    """A mask (N, k, H, W) for each of the three channels of its frame, (N, 3 k, H, W)."""
    return jnp.repeat(mask, 3, axis=1)


def blend(mask: jax.Array, front: jax.Array, back: jax.Array) -> jax.Array:
    """`front` where the mask is 1, `back` where it is 0."""
    return spread(mask) * front + (1 - spread(mask)) * back


def unexplained(back: jax.Array, obs: jax.Array, by: float) -> jax.Array:
    """1 in the pixels of frames that a background has wrong by more than `by` in some colour, else 0; (N, k, H, W)."""
    wrong = abs(back - obs).reshape(len(obs), -1, 3, *obs.shape[2:])
    return (wrong.max(axis=2) > by).astype(jnp.float32)


def reconstruction(error: Error, mask: jax.Array, front: jax.Array, back: jax.Array, obs: jax.Array) -> jax.Array:
    """How far the blend of both branches is from the frame, () f32."""
    return error(blend(mask, front, back) - obs).mean()


def share(mask: jax.Array, rho: float | jax.Array) -> jax.Array:
    """How far the mean of each sample's masks is from rho, squared, () f32. rho: one number, or (N,)."""
    return ((mask.mean((1, 2, 3)) - rho) ** 2).mean()


def background(back: jax.Array, wanted: jax.Array) -> jax.Array:
    """How far a background is from the wanted picture, () f32: the one pasted into an attribution view, or the frame.

    |x| counts pixels, so it is least where the background is right in most of them; what is small, agent and ground,
    hardly counts.
    """
    return abs(back - wanted).mean()


def product(error: Error, mask: jax.Array, front: jax.Array, on_view: tuple[jax.Array, jax.Array]) -> jax.Array:
    """How far mask times foreground on a view is from that on the frame, () f32, as in the paper; the frame's is a
    fixed target. on_view: mask and foreground there.

    It is small too where the mask is 0 everywhere. With an error that is no square, that is where it ends.
    """
    return error(spread(on_view[0]) * on_view[1] - stop(spread(mask) * front)).mean()


def foreground(error: Error, mask: jax.Array, front: jax.Array, on_view: tuple[jax.Array, jax.Array]) -> jax.Array:
    """How far the mask on a view is from that on the frame, and the foreground, where the frame's mask is 1; () f32."""
    apart = error(on_view[0] - stop(mask)).mean()
    return apart + (stop(spread(mask)) * error(on_view[1] - stop(front))).mean()


def inverse(logits: jax.Array, bits: jax.Array, counts: jax.Array) -> jax.Array:
    """Cross-entropy of the bits of actions, summed over the bits and averaged over the samples that count, () f32.

    logits, bits: (N, bits); counts: (N,) bool.
    """
    each = jnp.maximum(logits, 0) - logits * bits + jnp.log1p(jnp.exp(-abs(logits)))
    return (each.sum(axis=-1) * counts).sum() / jnp.maximum(counts.sum(), 1)


def places(nvec: Sequence[int]) -> list[tuple[int, int]]:
    """The binary digits of an action: for each the part, and the digit's place in it, the lowest first."""
    return [(part, place) for part, n in enumerate(nvec) for place in range((n - 1).bit_length())]


def bits_of(action: jax.Array, nvec: Sequence[int]) -> jax.Array:
    """The binary digits of actions (N, parts), in the order of `places`, (N, bits) f32."""
    return jnp.stack([(action[:, part] >> place) & 1 for part, place in places(nvec)], axis=1).astype(jnp.float32)


def flipped(action: jax.Array, nvec: Sequence[int]) -> tuple[jax.Array, jax.Array]:
    """The actions that differ from actions (N, parts) in one binary digit, (bits, N, parts), and whether there are such
    actions, (bits, N) bool; where there are none, the action itself."""
    others = jnp.stack([action.at[:, part].set(action[:, part] ^ (1 << place)) for part, place in places(nvec)])
    valid = (others < jnp.array(nvec)).all(axis=-1)
    return jnp.where(valid[..., None], others, action), valid
