"""The parameters of everything that is seen, group by group, with the names that they choose from.

Composing, listing and planning read these classes alone, so nothing here imports JAX, NumPy or a picture. The file
with the name of a group draws it, here or in `kage/platformer`; the filters declare their parameters themselves.
"""

from kage.look.filters import FiltersConfig
from kage.look.palette import LIGHTS, PALETTE16, PALETTE21
from kage.params import ABOVE_0, fault, group, only_one, ordered, param

SHAPES = ("circle", "square", "triangle", "star", "cross", "diamond", "ellipse", "line", "polygon")
MOST_LIGHTS = 5  # always draw this many places, so that changing the number of lights moves no light

# Keys that say where pictures come from: a folder, several paths, one path. One key of each set is used.
PICTURES = ("image_dir", "image_paths", "image_path")
SKINS = ("sprite_dir", "sprite_paths", "sprite_path")
STICKY_SKINS = ("sticky_sprite_dir", "sticky_sprite_dirs", "sticky_sprite_path")
WALL_PICTURES = ("wall_image_dir", "wall_image_paths", "wall_image_path")

# What switches keys on, see `kage.params.Spec.needs`.
PICTURE, COLOR, DRAWN = {"mode": "image"}, {"mode": "color"}, {"mode": ("image", "noise", "color")}
SPRITE, SHAPE = {"use_sprites": True, "use_shape": False}, {"use_shape": True}
ANIMATED, TURNING = SPRITE | {"enable_animation": True}, SHAPE | {"shape_rotate": True}
NPCS, STICKY = {"enabled": True}, {"sticky_enabled": True}
SOME_NPCS, SOME_STICKY = NPCS | {"max_npc_count": ABOVE_0}, STICKY | {"max_sticky_count": ABOVE_0}
ANY_NPCS = SOME_NPCS, SOME_STICKY
DISTRACTORS = {"enabled": True}
SOME_DISTRACTORS = DISTRACTORS | {"count": ABOVE_0}
MOVING, ROTATING = SOME_DISTRACTORS | {"can_move": True}, SOME_DISTRACTORS | {"can_rotate": True}
LIGHTS_ON = {"point_light_enabled": True}


@group("background")
class BackgroundConfig:
    """Parameters of the background."""

    mode: str = param("image", "what is drawn behind everything", among=("black", "image", "noise", "color"))
    image_dir: str | None = param(
        "assets/backgrounds", "folder of pictures, all of them, sorted by name", needs=PICTURE, one_of=PICTURES
    )
    image_paths: list[str] | None = param(None, "pictures, instead of image_dir", needs=PICTURE, one_of=PICTURES)
    image_path: str | None = param(None, "one picture, instead of image_dir", needs=PICTURE, one_of=PICTURES)
    parallax_factor: float = param(0.5, "picture offset per camera offset; 0 stands still", unit="px/px", needs=PICTURE)
    tile_horizontal: bool = param(True, "repeat the picture sideways; else its edge column goes on", needs=PICTURE)
    switch_frequency: float = param(
        0.0, "chance of a new draw (picture, colour, noise) in the episode", unit="probability per step", low=0, high=1,
        needs=DRAWN,
    )
    color_names: list[str] = param(
        ["purple", "teal", "indigo"], "colours of mode color, one drawn per episode",
        among=tuple(PALETTE16), empty=False, needs=COLOR
    )  # fmt: skip

    def rules(self):
        only_one(self, PICTURES)


@group("character")
class CharacterConfig:
    """Parameters of the agent. Width and height are also its collision box."""

    width: int = param(16, "width of the collision box and of the shape", unit="px", low=2)
    height: int = param(24, "height of the collision box and of the shape", unit="px", low=2)
    use_sprites: bool = param(True, "draw a sprite; exactly one of use_sprites and use_shape")
    sprite_dir: str | None = param(
        "assets/sprites", "folder of skins, one drawn per episode", needs=SPRITE, one_of=SKINS
    )
    sprite_paths: list[str] | None = param(
        None, "skins (folders of frames), instead of sprite_dir", needs=SPRITE, one_of=SKINS
    )
    sprite_path: str | None = param(None, "one skin, instead of sprite_dir", needs=SPRITE, one_of=SKINS)
    enable_animation: bool = param(True, "animate while moving; false shows the idle frame", needs=SPRITE)
    animation_fps: float = param(12.0, "sprite frame rate at 60 steps/s", unit="frames/s", above=0, needs=ANIMATED)
    idle_sprite_idx: int = param(0, "frame shown while |vx| <= 0.1", low=0, needs=SPRITE)
    use_shape: bool = param(False, "draw a geometric shape; exactly one of use_sprites and use_shape")
    shape_types: list[str] = param(
        ["circle", "star"], "shapes, one drawn per episode", among=SHAPES, empty=False, needs=SHAPE
    )
    shape_colors: list[str] = param(
        ["teal", "indigo"], "colours of the shape, one drawn per episode", among=tuple(PALETTE21), empty=False,
        needs=SHAPE,
    )
    shape_rotate: bool = param(True, "turn the shape every step", needs=SHAPE)
    shape_rotation_speed: float = param(5.0, "turn per step", unit="degrees/step", needs=TURNING)

    def rules(self):
        if self.use_sprites == self.use_shape:
            state = "both are" if self.use_shape else "neither is"
            raise fault("character.use_shape", self.use_shape,
                        f"exactly one of character.use_sprites and character.use_shape is true, {state}",
                        not self.use_shape)
        only_one(self, SKINS)


@group("npc")
class NpcConfig:
    """Parameters of NPCs. They never collide with anything."""

    enabled: bool = param(True, "NPCs that stand on the platforms")
    min_npc_count: int = param(5, "fewest NPCs of a level, at most max_npc_count", low=0, needs=NPCS)
    max_npc_count: int = param(20, "most NPCs of a level", low=0, needs=NPCS)
    spawn_y_offset: int = param(0, "lift above the ground", unit="px up", needs=ANY_NPCS)
    animation_fps: float = param(12.0, "frame rate of NPCs at 60 steps/s", unit="frames/s", above=0, needs=ANY_NPCS)
    sprite_dir: str | None = param(
        "assets/sprites", "folder of skins of the NPCs in the world", needs=SOME_NPCS, one_of=SKINS
    )
    sprite_paths: list[str] | None = param(
        None, "skins (folders of frames), instead of sprite_dir", needs=SOME_NPCS, one_of=SKINS
    )
    sprite_path: str | None = param(None, "one skin, instead of sprite_dir", needs=SOME_NPCS, one_of=SKINS)
    sticky_enabled: bool = param(False, "NPCs that keep their distance to the agent on the screen")
    min_sticky_count: int = param(1, "fewest sticky NPCs, at most max_sticky_count", low=0, needs=STICKY)
    max_sticky_count: int = param(5, "most sticky NPCs", low=0, needs=STICKY)
    sticky_sprite_dir: str | None = param(
        "assets/sprites", "folder of skins of sticky NPCs", needs=SOME_STICKY, one_of=STICKY_SKINS
    )
    sticky_sprite_dirs: list[str] | None = param(
        None, "skins (folders of frames), instead of sticky_sprite_dir", needs=SOME_STICKY, one_of=STICKY_SKINS
    )
    sticky_sprite_path: str | None = param(
        None, "one skin, instead of sticky_sprite_dir", needs=SOME_STICKY, one_of=STICKY_SKINS
    )
    sticky_can_jump: bool = param(True, "sticky NPCs jump", needs=SOME_STICKY)
    sticky_jump_probability: float = param(
        0.01, "chance that a sticky NPC at home jumps", unit="probability per step", low=0, high=1,
        needs=SOME_STICKY | {"sticky_can_jump": True},
    )
    sticky_y_min_offset: int = param(
        -40, "highest home row from the ground row, negative is higher", unit="px", needs=SOME_STICKY
    )
    sticky_y_max_offset: int = param(-10, "lowest home row from the ground row", unit="px", needs=SOME_STICKY)
    sticky_x_offsets: list[int] = param(
        [], "distances from the agent, cycled; empty: drawn", unit="px", needs=SOME_STICKY
    )
    sticky_x_min: int = param(
        -60, "smallest drawn distance from the agent", unit="px", needs=SOME_STICKY | {"sticky_x_offsets": []}
    )
    sticky_x_max: int = param(
        60, "largest drawn distance from the agent", unit="px", needs=SOME_STICKY | {"sticky_x_offsets": []}
    )

    def rules(self):
        ordered(self, "min_npc_count", "max_npc_count")
        ordered(self, "min_sticky_count", "max_sticky_count")
        ordered(self, "sticky_y_min_offset", "sticky_y_max_offset")
        ordered(self, "sticky_x_min", "sticky_x_max")
        only_one(self, SKINS)
        only_one(self, STICKY_SKINS)


@group("distractors")
class DistractorsConfig:
    """Parameters of the distractors."""

    enabled: bool = param(False, "draw distractors")
    count: int = param(5, "number of distractors", low=0, needs=DISTRACTORS)
    shape_types: list[str] = param(
        ["circle", "star", "cross"], "shapes, one drawn per distractor and episode", among=SHAPES, empty=False,
        needs=SOME_DISTRACTORS,
    )
    shape_colors: list[str] = param(
        ["red", "green", "blue"], "colours, one drawn per distractor and episode", among=tuple(PALETTE21), empty=False,
        needs=SOME_DISTRACTORS,
    )
    can_move: bool = param(True, "distractors move and bounce at the screen's margin", needs=SOME_DISTRACTORS)
    min_speed: float = param(0.0, "lowest |speed| per axis", unit="px/step", low=0, needs=MOVING)
    max_speed: float = param(1.0, "highest |speed| per axis", unit="px/step", low=0, needs=MOVING)
    can_rotate: bool = param(True, "distractors turn", needs=SOME_DISTRACTORS)
    min_rotation_speed: float = param(-0.3, "slowest turn", unit="degrees/step", needs=ROTATING)
    max_rotation_speed: float = param(0.3, "fastest turn", unit="degrees/step", needs=ROTATING)
    min_size: int = param(4, "smallest size", unit="px", low=1, needs=SOME_DISTRACTORS)
    max_size: int = param(12, "largest size", unit="px", low=1, needs=SOME_DISTRACTORS)

    def rules(self):
        ordered(self, "min_speed", "max_speed")
        ordered(self, "min_rotation_speed", "max_rotation_speed")
        ordered(self, "min_size", "max_size")


@group("effects")
class EffectsConfig:
    """Parameters of the point lights."""

    point_light_enabled: bool = param(False, "draw point lights")
    point_light_intensity: float = param(1.0, "brightness at the centre of a light", low=0.1, high=5, needs=LIGHTS_ON)
    point_light_radius: float = param(
        0.1, "distance of half intensity", unit="image diagonals", low=0.01, high=1, needs=LIGHTS_ON
    )
    point_light_falloff: float = param(2.0, "exponent of the decay", low=1, high=4, needs=LIGHTS_ON)
    point_light_count: int = param(4, "number of lights", low=1, high=MOST_LIGHTS, needs=LIGHTS_ON)
    point_light_color_names: list[str] = param(
        ["blue", "pink", "gold"], "light i takes name i modulo their number", among=tuple(LIGHTS), empty=False,
        needs=LIGHTS_ON,
    )


LOOK = (BackgroundConfig, CharacterConfig, NpcConfig, DistractorsConfig, FiltersConfig, EffectsConfig)
