"""The option `memory=none`: a policy sees only the present observation."""

from kage.params import fault, group, param


@group("memory")
class NoMemoryConfig:
    """Nothing is remembered from one step to the next."""

    name: str = param("none", "what is remembered from one step to the next", among=("none",), neutral="none")

    def check(self, agent) -> None:
        """Raise `ConfigError` if an agent asks for what only a memory has; every other agent can do without."""
        if getattr(agent, "whole_pieces", False):
            raise fault("agent.whole_pieces", True, "only with a memory, such as memory=gru, because single steps are "
                        "learnt from without one", "false")  # fmt: skip

    def build(self) -> None:
        """No module: the network has no memory between encoder and heads."""
