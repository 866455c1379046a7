"""The options `augment=jitter` and `augment=jitter_near`: brightness, contrast, saturation and hue change."""

from kage.augment.augmentation import Augmentation, as_bytes, shares
from kage.lazy import lazy
from kage.params import group, param

jax, jnp = lazy("jax"), lazy("jax.numpy")

LUMA = (0.299, 0.587, 0.114)  # how much red, green and blue count for brightness
BRIGHTNESS, CONTRAST = 0, 1  # of the three changes; the third is saturation


@group("augment")
class JitterConfig(Augmentation):
    """Draws factors of brightness, contrast and saturation, applied in random order, then turns the hue.

    The hue's whole circle is the literature's default. It contains every shift of hue that could be asked for.
    """

    name: str = param("jitter", "how frames are augmented", among=("jitter",))
    brightness: float = param(0.4, "the factor of brightness lies within 1 -+ this", low=0, high=1)
    contrast: float = param(0.4, "the factor of contrast lies within 1 -+ this", low=0, high=1)
    saturation: float = param(0.4, "the factor of saturation lies within 1 -+ this", low=0, high=1)
    hue: float = param(0.5, "the hue turns by at most this", unit="turns", low=0, high=0.5)

    def one(self, key, frames, made):
        k_factor, k_order, k_hue = jax.random.split(key, 3)
        widths = jnp.array([self.brightness, self.contrast, self.saturation])
        factors = 1 + widths * jax.random.uniform(k_factor, (3,), minval=-1, maxval=1)
        order = jax.random.permutation(k_order, 3)
        x = shares(frames)
        for i in range(3):
            gray = sum(part * x[:, c] for c, part in enumerate(LUMA))[:, None]
            # Each change moves colours away from, or towards, what is left where its factor is 0.
            least = jnp.where(order[i] == CONTRAST, gray.mean((1, 2, 3), keepdims=True), gray)
            least = jnp.where(order[i] == BRIGHTNESS, 0.0, least)
            x = jnp.clip(least + factors[order[i]] * (x - least), 0, 1)
        return as_bytes(turned(x, jax.random.uniform(k_hue, minval=-self.hue, maxval=self.hue)) if self.hue else x)


@group("augment")
class NearJitterConfig(JitterConfig):
    """Like `augment=jitter`, but hues stay near: no half turn of the hue is among its draws."""

    name: str = param("jitter_near", "how frames are augmented", among=("jitter_near",))
    hue: float = param(0.1, "the hue turns by at most this", unit="turns", low=0, high=0.5)


def turned(x, turns):
    """Colours (k, 3, H, W) in 0..1 whose hue, as in HSV, is `turns` further round the circle; () f32."""
    r, g, b = x[:, 0], x[:, 1], x[:, 2]
    value = jnp.maximum(jnp.maximum(r, g), b)
    chroma = value - jnp.minimum(jnp.minimum(r, g), b)
    side = jnp.where(value == r, g - b, jnp.where(value == g, b - r, r - g)) / jnp.where(chroma > 0, chroma, 1)
    hue = side + jnp.where(value == r, 0, jnp.where(value == g, 2, 4)) + 6 * turns

    def channel(offset):
        place = (offset + hue) / 6
        place = 6 * (place - jnp.floor(place))  # `jnp.mod` takes ten times as long on a CPU
        return value - chroma * jnp.clip(jnp.minimum(place, 4 - place), 0, 1)

    return jnp.stack([channel(5), channel(3), channel(1)], axis=1)
