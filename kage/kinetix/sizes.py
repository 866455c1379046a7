"""How many of each thing a world holds. Array shapes, and with them compiled programs, follow from the size."""

from dataclasses import dataclass

from kage.params import fault, nearest

BINDINGS = (4, 2)  # inputs that motors and thrusters listen to
STATIC = 4  # polygons that every level has: floor, left wall, right wall, ceiling


@dataclass(frozen=True)
class Size:
    """The room for polygons (the static four included), circles, joints and thrusters."""

    name: str
    polygons: int
    circles: int
    joints: int
    thrusters: int

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Polygons, circles, joints, thrusters."""
        return self.polygons, self.circles, self.joints, self.thrusters

    @property
    def shapes(self) -> int:
        """Polygons and circles. Shape indexes count polygons first."""
        return self.polygons + self.circles


SIZES = {size.name: size for size in (Size("s", 5, 2, 1, 1), Size("m", 6, 3, 2, 2), Size("l", 12, 4, 6, 2))}


def size_of(name: str, key: str = "size") -> Size:
    """The size of this name. Raises `ConfigError`, which calls the value `key`, for any other name."""
    if name not in SIZES:
        raise fault(key, name, f"one of {', '.join(SIZES)}", nearest(name, SIZES))
    return SIZES[name]


def larger(one: str, other: str) -> bool:
    """True if the size `one` is larger than the size `other`."""
    names = [*SIZES]
    return names.index(one) > names.index(other)
