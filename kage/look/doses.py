"""Values that a look has in one episode alone."""

from typing import Any

import jax


def with_dose(look: Any, key: str, dose: jax.Array) -> Any:
    """A look with a dose put in: the strength of a filter that is active, or a number of the lights.

    look: has `filters` and `lights`; key: dotted, of a traced number; dose: () f32.
    """
    group, name = key.split(".")
    if group == "filters":
        return look.replace(filters=look.filters.replace(strength=look.filters.strength | {name: dose}))
    return look.replace(lights=look.lights.replace(**{name.removeprefix("point_light_"): dose}))
