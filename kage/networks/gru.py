"""The option `memory=gru`: a recurrent network between encoder and heads. Importing this file does not start JAX;
`build` does."""

from kage.params import fault, group, param


@group("memory")
class GRUConfig:
    """A gated recurrent unit. It is cleared where an episode begins, and learns from whole rollouts of some of the
    environments, or from pieces of `agent.piece` steps, each unrolled from what was remembered when it was played."""

    name: str = param("gru", "what is remembered from one step to the next", among=("gru",), neutral="none")
    width: int = param(256, "numbers that are remembered", low=1)

    def check(self, agent) -> None:
        """Raise `ConfigError` if the minibatches of an agent hold no sequences, or no whole number of them."""
        if agent.piece == 1:
            raise fault("agent.piece", 1, "a memory learns from sequences of several steps, null gives whole rollouts",
                        "null")  # fmt: skip
        if agent.piece is None and agent.num_envs % agent.minibatches:
            raise fault("agent.minibatches", agent.minibatches, "with a memory each holds whole rollouts: a divisor of "
                        f"num_envs, which is {agent.num_envs}")  # fmt: skip

    def build(self):
        """The module, a `kage.networks.recurrent.GRU`."""
        from kage.networks.recurrent import GRU

        return GRU(self.width)
