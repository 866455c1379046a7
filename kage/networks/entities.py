"""The options `encoder=entities` and `encoder=entity_mlp`: networks over sets of things, such as shapes, joints and
thrusters. Importing this file does not start JAX; `build` does."""

from typing import ClassVar

from kage.params import fault, group, param

MASKS = 4  # attention masks of an observation


@group("encoder")
class EntitiesConfig:
    """A transformer whose tokens are shapes; joints and thrusters send them messages (Kinetix, Matthews et al. 2025).
    Which shapes attend to which is part of the observation: four masks, each for a quarter of the heads."""

    sees: ClassVar[tuple[str, ...]] = ("entities",)

    name: str = param("entities", "what turns an observation into an embedding", among=("entities",))
    layers: int = param(2, "layers, each attention and messages", low=1)
    width: int = param(128, "numbers of a token, and of the embedding", low=2)
    heads: int = param(8, "attention heads, a multiple of 4: each mask has a quarter of them", low=4)
    inner: int = param(16, "numbers of a query, key or value of all heads together, a multiple of the heads", low=4)

    def rules(self):
        for name, of, size in (("heads", "4", MASKS), ("inner", "encoder.heads", self.heads)):
            if (value := getattr(self, name)) % size:
                raise fault(f"encoder.{name}", value, f"a multiple of {of}", -(-value // size) * size)

    def check(self, world) -> None:
        """Any number of entities will do."""

    def build(self):
        """The module, a `kage.networks.entity_transformer.EntityTransformer`."""
        from kage.networks.entity_transformer import EntityTransformer

        return EntityTransformer(self.layers, self.width, self.heads, self.inner)


@group("encoder")
class EntityMLPConfig:
    """A dense layer for each kind of thing, then sums over all things: several times as fast as the transformer, and
    blind to which shapes a joint connects."""

    sees: ClassVar[tuple[str, ...]] = ("entities",)

    name: str = param("entity_mlp", "what turns an observation into an embedding", among=("entity_mlp",))
    entity: int = param(64, "numbers of an entity; four of them say its kind", low=5)
    sums: int = param(256, "numbers that are summed over all entities", low=1)
    dense: int = param(256, "width of the embedding", low=1)

    def check(self, world) -> None:
        """Any number of entities will do."""

    def build(self):
        """The module, a `kage.networks.entity_sums.EntitySums`."""
        from kage.networks.entity_sums import EntitySums

        return EntitySums(self.entity, self.sums, self.dense)
