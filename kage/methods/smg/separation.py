"""What smg adds to PPO: the separated models with an optimiser of their own, and consistency on views of frames."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from kage.augment import textures
from kage.augment.augmentation import shares
from kage.augment.choice import one_of
from kage.methods.auxiliary import Metrics
from kage.methods.consistency import Consistency
from kage.methods.projection import with_encoder
from kage.methods.rollout import Batch, Rollout
from kage.methods.smg import losses, views
from kage.methods.smg.networks import Decoder, Inverse, held
from kage.networks.actor_critic import ActorCritic, embed
from kage.task import Task

LOSSES = ("recon", "draw", "alone", "mask", "back", "act", "fore")
TOLD = 4  # of so many samples, inverse dynamics learns from one: it costs three passes


class Samples(NamedTuple):
    """What the models learn from, (B, ...)."""

    obs: jax.Array
    action: jax.Array  # (B, parts)
    following: jax.Array  # the observations after the actions, of another episode where `whole` is false
    whole: jax.Array  # (B,) bool
    owned: tuple[jax.Array, jax.Array] | None  # the world's own foreground in both, (B, 1, H, W) f32, if views keep it
    share: jax.Array | None  # (B,) f32, how much of each frame it covers, if the mask should cover as much


class Seen(NamedTuple):
    """What the separated models say of frames: mask (N, k, H, W), foreground (N, 3 k, H, W), both f32."""

    mask: jax.Array
    front: jax.Array


@dataclass(frozen=True)
class Separation(Consistency):
    """The separated models and consistency. config: a `kage.methods.smg.config.SMGConfig`.

    The state holds the models, their optimiser, the table of pictures, and how many updates, minibatches and steps of
    the models are done.
    """

    config: Any
    net: ActorCritic
    task: Task

    @property
    def keeps_states(self) -> bool:
        """The true foreground is drawn from states."""
        return self.config.knows_foreground

    @property
    def optimizer(self) -> optax.GradientTransformation:
        """Adam of the models, on gradients whose global norm is clipped."""
        config = self.config
        return optax.chain(optax.clip_by_global_norm(config.aux_gradient_norm), optax.adam(config.aux_learning_rate))

    @property
    def inverse(self) -> Inverse:
        """The module that tells actions."""
        return Inverse(sum((n - 1).bit_length() for n in self.task.actions.nvec))

    def decoders(self, shape: tuple[int, ...]) -> tuple[Decoder, Decoder]:
        """The modules of foreground with mask, and of the background. shape: (3 k, H, W), of an observation."""
        config, (channels, *size) = self.config, shape
        odds = math.log(config.rho / (1 - config.rho)) if config.mask_begins else 0.0
        by_map = "first" in (config.latent, config.back_latent)
        cell = {"first": self.net.encoder.strides[0]} if by_map else {}
        return (Decoder(tuple(size), (0.0,) * channels + (odds,) * (channels // 3), cell.get(config.latent, 8)),
                Decoder(tuple(size), (0.0,) * channels, cell.get(config.back_latent, 8)))  # fmt: skip

    def init(self, key: jax.Array, params: Any, obs: Any) -> dict[str, Any]:
        """New models and an optimiser at rest."""
        config, one = self.config, obs[:1]
        k_made, k_encoder, k_front, k_back, k_inverse = jax.random.split(key, 5)
        state = {"made": textures.table(k_made, config.pictures, obs.shape[-2:]), "updates": jnp.int32(0)}
        if not config.separates:
            return state
        front, back = self.decoders(obs.shape[1:])
        encoder = {"params": params["params"]["encoder"]}
        models = {"front": front.init(k_front, held(self.net.encoder, encoder, one, config.latent))}
        if not config.one_encoder:
            models["encoder"] = encoder = self.net.encoder.init(k_encoder, one)
        models["back"] = back.init(k_back, held(self.net.encoder, encoder, one, config.back_latent))
        if config.act:
            both = jnp.concatenate([embed(self.net, params, one)] * 2, axis=-1)
            models["inverse"] = self.inverse.init(k_inverse, both)
        rest = self.optimizer.init({"encoder": params["params"]["encoder"], "models": models})
        found = {f"smg_{name}": jnp.float32(0) for name in LOSSES if getattr(config, name)}
        return state | {"models": models, "optimizer": rest, "minibatches": jnp.int32(0), "steps": jnp.int32(0),
                        "losses": found}  # fmt: skip

    def see_front(self, params: Any, models: Any, obs: jax.Array) -> Seen:
        """Mask and foreground of observations (N, 3 k, H, W) u8."""
        module, _ = self.decoders(obs.shape[1:])
        drawn = module.apply(models["front"], held(self.net.encoder, encoder_of(params), obs, self.config.latent))
        channels = obs.shape[1]
        return Seen(jax.nn.sigmoid(drawn[:, channels:]), drawn[:, :channels])

    def see_back(self, params: Any, models: Any, obs: jax.Array) -> jax.Array:
        """The background of observations, (N, 3 k, H, W) f32."""
        _, module = self.decoders(obs.shape[1:])
        encoder = models.get("encoder", encoder_of(params))
        return module.apply(models["back"], held(self.net.encoder, encoder, obs, self.config.back_latent))

    def true_mask(self, rollout: Rollout, at: jax.Array) -> jax.Array:
        """The world's own foreground of samples of a rollout, (N, 1, H, W) f32."""
        states = jax.tree.map(lambda x: x.reshape(-1, *x.shape[2:])[at], rollout.states)
        owned = jax.vmap(self.task.foreground)(states)
        return sum(owned.values()).astype(jnp.float32)[:, None]

    def kept(
        self, params: Any, models: Any, obs: jax.Array, mask: jax.Array | None = None, back: jax.Array | None = None
    ) -> jax.Array:
        """What attribution views keep of observations, (N, k, H, W) f32 without a gradient: the mask, but not where the
        background is right by itself. mask, back: those of the observations, where they are known already."""
        mask = losses.stop(self.see_front(params, models, obs).mask if mask is None else mask)
        if not self.config.unexplained:
            return mask
        back = losses.stop(self.see_back(params, models, obs) if back is None else back)
        return mask * losses.unexplained(back, shares(obs), self.config.unexplained)

    def pasted(self, mask: jax.Array, obs: jax.Array, picture: jax.Array) -> jax.Array:
        """The attribution views of observations, u8, with a mask of what they keep."""
        return views.attribution(mask, obs, picture) if self.config.pastes else obs

    def changed(self, params: Any, state: Any, key: jax.Array, batch: Batch, rollout: Rollout) -> Any:
        """The views of the samples of a batch, on which decisions should be the same."""
        return self.seen_anew(params, state, key, batch.obs, lambda which: self.true_mask(rollout, batch.at[which]))

    def seen_anew(
        self, params: Any, state: Any, key: jax.Array, obs: jax.Array, truth: Callable[[slice], jax.Array]
    ) -> jax.Array:
        """The views of observations, on which decisions should be the same. Masks have no gradient. truth: gives the
        world's own foreground of some of them; it is asked with `true_mask` alone."""
        def mask(which: slice) -> jax.Array:
            return truth(which) if self.config.true_mask else self.kept(params, state["models"], obs[which])

        return self.views(key, obs, mask, state["made"])

    def views(self, key: jax.Array, obs: jax.Array, mask: Callable[[slice], jax.Array], made: jax.Array) -> jax.Array:
        """The views that are configured, of observations; mask: gives what those of some samples keep."""
        def attribution(key, which):
            return self.pasted(mask(which), obs[which], views.pictures(key, made, obs[which]))

        return views.changed(self.config.views, key, obs, made, attribution)

    def loss(
        self, params: Any, state: Any, batch: Batch, rollout: Rollout, key: jax.Array
    ) -> tuple[jax.Array, Metrics] | None:
        """The consistency term; None if it has no weight."""
        return super().loss(params, state, batch, rollout, key) if self.config.consistent else None

    def step(
        self, params: Any, state: Any, batch: Batch, rollout: Rollout, key: jax.Array
    ) -> tuple[Any, Any, Metrics]:
        """A step of the models after each `aux_every`-th minibatch. Metrics are those of the last step."""
        if not self.config.separates:
            return params, state, {}
        samples = self.samples(batch, rollout)
        changing = ("models", "optimizer", "steps", "losses")
        learnt = params["params"]["encoder"], {name: state[name] for name in changing}

        def keep(key, learnt, *_):
            return learnt

        def improve(key, learnt, params, *rest):
            return self.improve(with_encoder(params, learnt[0]), learnt[1], key, *rest)

        due = (state["minibatches"] % self.config.aux_every == 0).astype(jnp.int32)
        arguments = key, learnt, params, samples, state["made"]
        # Seeds side by side would turn a condition into both its branches.
        always = self.config.aux_every == 1
        encoder, changed = improve(*arguments) if always else one_of([keep, improve], due, *arguments)
        state = state | changed | {"minibatches": state["minibatches"] + 1}
        return with_encoder(params, encoder), state, changed["losses"]

    def samples(self, batch: Batch, rollout: Rollout) -> Samples:
        """What the models learn from: the first samples of a minibatch and what followed them."""
        at, envs = batch.at[: self.config.aux_samples], rollout.done.shape[1]
        following = (at + envs) % rollout.done.size
        flat = rollout.obs.reshape(-1, *rollout.obs.shape[2:])
        whole = ~rollout.done.ravel()[at] & (at + envs < rollout.done.size)
        known = self.true_mask(rollout, at) if self.config.knows_foreground else None
        owned = (known, self.true_mask(rollout, following)) if self.config.true_mask else None
        share = known.mean((1, 2, 3)) if self.config.true_share else None
        return Samples(batch.obs[: len(at)], batch.action[: len(at)], flat[following], whole, owned, share)

    def improve(self, params: Any, state: Any, key: jax.Array, samples: Samples, made: jax.Array) -> tuple[Any, Any]:
        """One step of the models: the policy's encoder after it, and the parts of the state that change."""
        learnt = {"encoder": params["params"]["encoder"], "models": state["models"]}

        def objective(learnt):
            parts = self.parts(with_encoder(params, learnt["encoder"]), learnt["models"], samples, made, key)
            return sum(self.weights(state["steps"])[name] * part for name, part in parts.items()), parts

        gradients, parts = jax.grad(objective, has_aux=True)(learnt)
        updates, optimizer = self.optimizer.update(gradients, state["optimizer"], learnt)
        learnt = optax.apply_updates(learnt, updates)
        changed = {"models": learnt["models"], "optimizer": optimizer, "steps": state["steps"] + 1,
                   "losses": {f"smg_{name}": part for name, part in parts.items()}}  # fmt: skip
        return learnt["encoder"], changed

    def weights(self, steps: jax.Array) -> dict[str, jax.Array | float]:
        """The weight of each loss of the models after so many of their steps."""
        config = self.config
        weights = {name: getattr(config, name) for name in LOSSES}
        for name, begin in (("mask", config.mask_from), ("fore", config.fore_from)):
            weights[name] *= (steps >= begin) if begin else 1.0
        return weights

    def parts(self, params: Any, models: Any, samples: Samples, made: jax.Array, key: jax.Array) -> Metrics:
        """The losses of the models that have a weight, without their weights."""
        config, error = self.config, losses.ERRORS[self.config.error]
        k_paste, k_views = jax.random.split(key)
        obs, o = samples.obs, shares(samples.obs)
        few = -(-len(obs) // TOLD) if config.act else 0
        begun, after = obs[:few], samples.following[:few]
        # One draw for all three: it is a third of the program.
        pictures = views.pictures(k_paste, made, jnp.concatenate([obs, begun, after]))
        picture = pictures[: len(obs)]
        seen, back = self.see_front(params, models, obs), self.see_back(params, models, obs)
        mask = samples.owned[0] if samples.owned else self.kept(params, models, obs, seen.mask, back)
        found = {}
        if config.recon:
            found["recon"] = losses.reconstruction(error, *seen, losses.stop(back) if config.alone else back, o)
        if config.draw:
            found["draw"] = error(seen.front - o).mean()
        if config.alone:
            found["alone"] = losses.background(back, o)
        if config.mask:
            found["mask"] = losses.share(seen.mask, config.rho if samples.share is None else samples.share)
        if config.back:
            behind = self.see_back(params, models, self.pasted(mask, obs, picture))
            found["back"] = losses.background(behind, shares(picture) if config.pastes else o)
        if config.fore:
            view = self.views(k_views, obs, lambda which: mask[which], made)
            apart = losses.foreground if config.fore_apart else losses.product
            found["fore"] = apart(error, *seen, self.see_front(params, models, view))
        if config.act:
            then = samples.owned[1][:few] if samples.owned else self.kept(params, models, after)
            # Pictures of both moments are drawn apart, so nothing behind the foreground tells how it moved.
            masks, frames = jnp.concatenate([mask[:few], then]), jnp.concatenate([begun, after])
            both = self.pasted(masks, frames, pictures[len(obs) :])
            moved = jnp.concatenate(jnp.split(embed(self.net, params, both), 2), axis=-1)
            logits = self.inverse.apply(models["inverse"], moved)
            found["act"] = losses.inverse(logits, losses.bits_of(samples.action[:few], self.task.actions.nvec),
                                          samples.whole[:few])  # fmt: skip
        return found


def encoder_of(params: Any) -> Any:
    """The variables of the encoder alone, from those of an actor-critic."""
    return {"params": params["params"]["encoder"]}
