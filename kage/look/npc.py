"""Non-player characters: decoration that stands in the world or keeps its place beside the agent."""

from kage.params import ConfigError, group, only_one, ordered, param


@group("npc")
class NpcConfig:
    """Parameters of NPCs. They never collide with anything."""

    enabled: bool = param(True, "NPCs that stand on the platforms")
    min_npc_count: int = param(5, "fewest NPCs of a level, at most max_npc_count", low=0)
    max_npc_count: int = param(20, "most NPCs of a level", low=0)
    spawn_y_offset: int = param(0, "lift above the ground", unit="px up")
    animation_fps: float = param(12.0, "frame rate of NPCs at 60 steps/s", unit="frames/s", above=0)
    sprite_dir: str | None = param("assets/sprites", "folder of skins of the NPCs in the world")
    sprite_paths: list[str] | None = param(None, "skins (folders of frames), instead of sprite_dir")
    sprite_path: str | None = param(None, "one skin, instead of sprite_dir")
    sticky_enabled: bool = param(False, "NPCs that keep their distance to the agent on the screen")
    min_sticky_count: int = param(1, "fewest sticky NPCs, at most max_sticky_count", low=0)
    max_sticky_count: int = param(5, "most sticky NPCs", low=0)
    sticky_sprite_dir: str | None = param("assets/sprites", "folder of skins of sticky NPCs")
    sticky_sprite_dirs: list[str] | None = param(None, "skins (folders of frames), instead of sticky_sprite_dir")
    sticky_sprite_path: str | None = param(None, "one skin, instead of sticky_sprite_dir")
    sticky_can_jump: bool = param(True, "sticky NPCs jump")
    sticky_jump_probability: float = param(
        0.01, "chance that a sticky NPC at home jumps", unit="probability per step", low=0, high=1
    )
    sticky_y_min_offset: int = param(-40, "highest home row from the ground row, negative is higher", unit="px")
    sticky_y_max_offset: int = param(-10, "lowest home row from the ground row", unit="px")
    sticky_x_offsets: list[int] = param([], "distances from the agent, cycled; empty: drawn", unit="px")
    sticky_x_min: int = param(-60, "smallest drawn distance from the agent", unit="px")
    sticky_x_max: int = param(60, "largest drawn distance from the agent", unit="px")

    def rules(self):
        ordered(self, "min_npc_count", "max_npc_count")
        ordered(self, "min_sticky_count", "max_sticky_count")
        ordered(self, "sticky_y_min_offset", "sticky_y_max_offset")
        ordered(self, "sticky_x_min", "sticky_x_max")
        only_one(self, ("sprite_dir", "sprite_paths", "sprite_path"))
        only_one(self, ("sticky_sprite_dir", "sticky_sprite_dirs", "sticky_sprite_path"))


def build(config: NpcConfig) -> None:
    """The traced form of `config`, None when no NPC is seen."""
    for name in ("enabled", "sticky_enabled"):
        if getattr(config, name):
            raise ConfigError(f"npc.{name}=True is not available yet: use npc={{none}} or npc.{name}=false")
