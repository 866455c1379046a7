"""The agent as it is seen: a geometric shape, or an animated sprite."""

import jax
import jax.numpy as jnp
from flax import struct

from kage.look import shapes, sprites
from kage.look.config import SKINS, CharacterConfig
from kage.look.hashing import hash32, random_index
from kage.look.palette import PALETTE21, rgb
from kage.look.sprites import Skins
from kage.materialise import materialise

MOVING_SPEED = 0.1  # px/step, a sprite walks above this speed, else it stands


@struct.dataclass
class Shape:
    """The agent of a look, drawn as a shape."""

    shapes: tuple[str, ...] = struct.field(pytree_node=False)
    rotates: bool = struct.field(pytree_node=False)
    width: int = struct.field(pytree_node=False)  # px
    height: int = struct.field(pytree_node=False)  # px
    colors: jax.Array  # (K, 3) u8
    rotation_speed: jax.Array  # () f32 degrees/step


@struct.dataclass
class Sprite:
    """The agent of a look, drawn as a sprite."""

    animated: bool = struct.field(pytree_node=False)
    height: int = struct.field(pytree_node=False)  # px, of the collision box: the sprite stands on the box's lower edge
    skins: Skins
    fps: jax.Array  # () f32 frames per 60 steps
    idle: jax.Array  # () i32 frame of a skin


Character = Shape | Sprite


def build(config: CharacterConfig, height: int, width: int) -> Character:
    """The traced form of `config` for a screen of this size."""
    if config.use_sprites:
        return Sprite(
            animated=config.enable_animation,
            height=config.height,
            skins=sprites.skins(config, SKINS, height, width),
            fps=jnp.float32(config.animation_fps),
            idle=jnp.int32(config.idle_sprite_idx),
        )
    return Shape(
        shapes=tuple(config.shape_types),
        rotates=config.shape_rotate,
        width=config.width,
        height=config.height,
        colors=jnp.asarray(rgb(config.shape_colors, PALETTE21)),
        rotation_speed=jnp.float32(config.shape_rotation_speed),
    )


@struct.dataclass
class ShapeState:
    """What the episode drew for the agent's shape, and how far it has turned."""

    shape: jax.Array  # () i32 index into shapes
    color: jax.Array  # () i32 index into colors
    degrees: jax.Array  # () f32 clockwise
    moving: jax.Array  # () i32 as in SpriteState, for a look that shows the same agent as a sprite


@struct.dataclass
class SpriteState:
    """Which skin the episode drew, and how long the agent has been moving."""

    skin: jax.Array  # () i32
    moving: jax.Array  # () i32 consecutive steps with |vx| > MOVING_SPEED, up to and including the last


CharacterState = ShapeState | SpriteState


def init(character: Character, seed: jax.Array) -> CharacterState:
    """What an episode draws, from its u32 seed: shape and colour, or skin."""
    if isinstance(character, Sprite):
        return SpriteState(skin=random_index(hash32(seed, 0), character.skins.number), moving=jnp.int32(0))
    return ShapeState(
        shape=random_index(hash32(seed, 0), len(character.shapes)),
        color=random_index(hash32(seed, 1), len(character.colors)),
        degrees=jnp.float32(0),
        moving=jnp.int32(0),
    )


def advance(character: Character, state: CharacterState, vx: jax.Array) -> CharacterState:
    """The state after one step that ended with speed `vx`."""
    state = state.replace(moving=jnp.where(abs(vx) > MOVING_SPEED, state.moving + 1, 0))
    if isinstance(character, Sprite) or not character.rotates:
        return state
    return state.replace(degrees=(state.degrees + character.rotation_speed) % 360)


def draw(character: Character, state: CharacterState, frame: jax.Array, cx: jax.Array, cy: jax.Array) -> jax.Array:
    """`frame` (3, H, W) u8 with the agent centred at screen column cx, row cy (i32 px)."""
    if isinstance(character, Sprite):
        n = state.moving if character.animated else jnp.int32(0)
        index = sprites.animate(character.skins, state.skin, character.idle, n, character.fps)
        # Write the frame to memory first: fused with the sprite, XLA would draw what lies under the sprite twice.
        return sprites.draw(materialise(frame), character.skins, state.skin, index, cx, cy + character.height // 2)
    _, height, width = frame.shape
    reach = shapes.reach(character.width, character.height, character.rotates)
    bits = shapes.rasterise(
        character.shapes, state.shape, state.degrees,
        jnp.float32(character.width), jnp.float32(character.height), reach,
    )  # fmt: skip
    return shapes.fill(frame, character.colors[state.color], shapes.paint(bits, cx, cy, height, width))
