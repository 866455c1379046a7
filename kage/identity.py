"""Which values make an id, and how the id is computed.

Two trainings are the same if all that can change the trained policy is the same. So an id is a digest of the
configuration without what cannot change the policy, such as names, paths and clusters.

A field that is added later declares `neutral`: at this value, trainings are as they were before the field existed. At
the neutral value the field is left out of ids, so earlier runs keep their ids. The neutral value never changes, even
when the default does. Fields of the first version have no neutral value and are always part of ids, so a change of
their default makes another training.
"""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from typing import Any


def spoken(config: Any) -> dict[str, Any]:
    """The values of a configuration that are part of ids, nested as its groups are; empty groups are left out.

    config: a dataclass whose fields are made with `kage.params.param`, or are such dataclasses themselves.
    """
    values = {}
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        if dataclasses.is_dataclass(value):
            value = spoken(value)
            if not value:
                continue
        elif field.metadata["spec"].is_neutral(value):
            continue
        values[field.name] = value
    return values


def costly(config: Any) -> dict[str, Any]:
    """The values of a configuration that decide what a step costs; where these agree, measured speeds are shared.
    Neutral values are left out, so that a field that is added later keeps the speeds that were measured before."""
    values = ((field.name, field.metadata["spec"], getattr(config, field.name)) for field in dataclasses.fields(config))
    return {name: value for name, spec, value in values if spec.cost and not spec.is_neutral(value)}


def digest(content: Mapping | list) -> str:
    """Ten hexadecimal digits that identify JSON content, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:10]
