"""The option `memory=none`: a policy sees only the present observation."""

from kage.params import group, param


@group("memory")
class NoMemoryConfig:
    """Nothing is remembered from one step to the next."""

    name: str = param("none", "what is remembered from one step to the next", among=("none",), neutral="none")

    def check(self, agent) -> None:
        """Every agent can do without."""

    def build(self) -> None:
        """No module: the network has no memory between encoder and heads."""
