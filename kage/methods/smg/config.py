"""The options `agent=smg`, `smg_paper`, `smg_con`: PPO whose encoder also learns to separate what acts from the rest.

Source: SMG (arXiv 2410.10834), there on SAC; here policy and value take the place of its Q function.
"""

from typing import Any, ClassVar

from kage.lazy import lazy
from kage.methods.config import PPOConfig
from kage.params import fault, group, param

checking, sheets = lazy("kage.methods.smg.checks"), lazy("kage.methods.smg.sheets")
auxiliaries, separations = lazy("kage.methods.auxiliary"), lazy("kage.methods.smg.separation")

LATENTS = ("first", "last", "dense")
VIEWS = ("attribution", "overlay", "random_conv_bias", "jitter", "light", "noise")


@group("agent")
class SMGConfig(PPOConfig):
    """PPO's hyper-parameters, and those of two additions.

    The separated models: two encoders and two decoders redraw a frame o as M F + (1 - M) K. The foreground F and the
    mask M come from the policy's encoder, the background K from another one. Their losses have an optimiser of their
    own, and the policy's encoder learns from them too. The attribution view u of a frame is M o + (1 - M) e, with a
    picture e made by chance. Where K is right by itself, u has e too: a mask is coarser than what it covers, and its
    rim would be seen in all views u and in no other picture.

    Consistency: policy and value should be the same on a frame and on a view of it, as with `agent=drac`.

    At test time it is PPO: the policy's encoder and its two heads. With all weights 0 it is PPO bit by bit.
    """

    uses: ClassVar[tuple[str, ...]] = PPOConfig.uses

    name: str = param("smg", "the method", among=("smg", "smg_paper", "smg_con"))

    con_policy: float = param(0.5, "weight of KL(policy on o || policy on its view)", low=0, cost=False)
    con_value: float = param(0.01, "weight of half the squared distance of values on o and on its view, in standard "
                             "deviations of the minibatch's value targets", low=0, cost=False)  # fmt: skip
    fraction: float = param(0.25, "share of each minibatch whose decisions are compared; 0: no consistency", low=0,
                            high=1)  # fmt: skip
    warmup: int = param(0, "environment steps over which the weights of consistency grow from 0", low=0, cost=False)
    views: list[str] = param(
        ["attribution", "attribution", "overlay", "overlay", "random_conv_bias", "jitter", "light", "noise"],
        "views of frames, each for as many samples; named twice, a view is twice as frequent", among=VIEWS,
        empty=False,
    )  # fmt: skip
    pictures: int = param(512, "pictures made for a training, as those of augment=overlay", low=1)
    true_mask: bool = param(False, "a control: attribution views have the world's own foreground in place of the "
                            "mask's")  # fmt: skip
    unexplained: float = param(0.1, "attribution views keep those pixels of the mask that the background has wrong, by "
                               "more than this in some colour; 0: all pixels of the mask, as in the paper", low=0,
                               high=1, neutral=0.0)  # fmt: skip
    pastes: bool = param(True, "attribution views have pictures made by chance; false: a control, in which they are o")

    aux_samples: int = param(512, "samples of a minibatch from which the models learn at once; 0: no models", low=0)
    aux_every: int = param(1, "minibatches between two steps of the models", low=1)
    aux_learning_rate: float = param(1e-3, "Adam's learning rate of the models", above=0, cost=False)
    aux_gradient_norm: float = param(1.0, "gradients of the models are scaled down to this norm", above=0, cost=False)
    latent: str = param("first", "what foreground and mask are drawn from: the map of the policy's first or last "
                        "convolution, or its embedding", among=LATENTS)  # fmt: skip
    back_latent: str = param("dense", "what the background is drawn from, of its own encoder", among=LATENTS)
    one_encoder: bool = param(False, "the background is drawn from the policy's encoder too, an ablation")
    error: str = param("square", "how a wrong pixel counts: 2 x^2, or |x| as in the paper",
                       among=("square", "absolute"))  # fmt: skip
    rho: float = param(0.06, "share of a frame that the mask should cover", above=0, high=0.5, cost=False)
    true_share: bool = param(False, "a control: the mask should cover as much of each frame as the world's own "
                             "foreground does, in place of rho", neutral=False)  # fmt: skip
    mask_begins: bool = param(True, "the mask begins as rho everywhere; false: as 1/2")
    recon: float = param(1.0, "weight of the error of M F + (1 - M) K", low=0)
    draw: float = param(1.0, "weight of the error of F alone on o, so that M alone decides what is foreground; the "
                        "paper has no such loss", low=0)  # fmt: skip
    mask: float = param(1.0, "weight of (mean of M - rho)^2", low=0)
    mask_from: int = param(0, "step of the models from which on the mask's share counts", low=0, cost=False)
    alone: float = param(1.0, "weight of |K - o|. This error counts pixels, so K becomes what most of a frame is, and "
                         "what is small is left to M F; then recon moves F and M only. The paper has no such loss",
                         low=0)  # fmt: skip
    back: float = param(1.0, "weight of the error of K on u, which should be the picture alone, |x| for each pixel",
                        low=0)  # fmt: skip
    act: float = param(0.05, "weight of inverse dynamics, which tells actions from embeddings of successive "
                       "attribution views", low=0)  # fmt: skip
    fore: float = param(2.0, "weight of the error of mask and foreground on views, which should be those on o", low=0)
    fore_apart: bool = param(True, "mask and foreground are compared apart; false: their product, as in the paper")
    fore_from: int = param(0, "step of the models from which on that error counts", low=0, cost=False)

    def rules(self):
        super().rules()
        if "attribution" in self.views and self.consistent and not (self.separates or self.true_mask):
            raise fault("agent.views", self.views, "without attribution where there are no models, unless "
                        "agent.true_mask=true", [v for v in VIEWS if v != "attribution"])  # fmt: skip

    def check(self, world, encoder) -> None:
        """Raise `ConfigError` if the world shows no frames, or no foreground that is asked for, or the encoder has no
        maps.

        world: a `kage.family.World`; encoder: its option.
        """
        if world.sees != "pixels":
            raise fault("agent", self.name, f"it separates frames, and what is observed here is {world.sees}")
        for key in ("true_mask", "true_share"):
            if getattr(self, key) and not getattr(world, "shows_foreground", False):
                raise fault(f"agent.{key}", True, "false, as the foreground of these observations is not known", False)
        for key in ("latent", "back_latent"):
            if self.separates and getattr(self, key) != "dense" and not getattr(encoder, "maps", False):
                raise fault(f"agent.{key}", getattr(self, key), f"dense with encoder={encoder.name}, of which no map "
                            "can be taken", "dense")  # fmt: skip

    @property
    def consistent(self) -> bool:
        """True if decisions on frames and views are compared."""
        return bool(self.fraction and (self.con_policy or self.con_value))

    @property
    def weight(self) -> float:
        """Of consistency as a whole: its parts have the weights."""
        return 1.0

    @property
    def policy_part(self) -> float:
        """The weight of policies in it."""
        return self.con_policy

    @property
    def value_part(self) -> float:
        """The weight of values in it."""
        return self.con_value

    @property
    def separates(self) -> bool:
        """True if there are models."""
        weights = self.recon, self.draw, self.alone, self.mask, self.back, self.act, self.fore
        return bool(self.aux_samples and any(weights))

    @property
    def track(self) -> str:
        """The true foreground is what only a simulator knows."""
        return "privileged" if self.knows_foreground else "agnostic"

    @property
    def knows_foreground(self) -> bool:
        """True if the world's own foreground is used in training."""
        return self.true_mask or self.true_share

    def auxiliary(self, task, net) -> Any:
        if not self.consistent and not self.separates:
            return auxiliaries.Auxiliary()
        return separations.Separation(self, net, None, task)

    def checks(self, method, learner, updates: int, others, steps: int):
        """The checks of a training, see `kage.methods.smg.checks.checks`."""
        return checking.checks(method, learner, updates, others, steps)

    def sheets(self, method, learner, others):
        """What its models see, see `kage.methods.smg.sheets.sheets`."""
        return sheets.sheets(method, learner, others)
