"""The section `start`: new weights, or those of a policy that a run kept."""

from kage.params import group, param


@group("start")
class StartConfig:
    """How the policy of step 0 comes about. `start.run` names the folder of a training that kept policies: then every
    seed begins with the weights of one of these, and is trained further.

    `source` and `track` are read from that run when the command is composed.
    """

    name: str = param("weights", "what a training begins with", among=("weights",), neutral="weights")
    run: str | None = param(None, "folder of a training, <outputs>/<experiment>/runs/<name>, whose policy is trained "
                            "further; null: new weights", place=True)  # fmt: skip
    seed: int = param(0, "the seed of that training whose policy it is", low=0, neutral=0)
    step: int | None = param(None, "the step of that policy; null: the last that was kept", low=0, neutral=None)
    source: str = param("", "training id and seed of that run; not to be set", neutral="")
    track: str = param("agnostic", "what the training of that policy knew; not to be set",
                       among=("agnostic", "informed", "privileged"), place=True)  # fmt: skip

    @property
    def label(self) -> str:
        """What names of methods say."""
        return "tuned"
