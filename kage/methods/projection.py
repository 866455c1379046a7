"""A second objective for the encoder: predict, from changed frames, what a slow copy of it makes of clean ones."""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import optax
from flax import linen as nn

from kage.augment.augmentation import Augmentation
from kage.methods.auxiliary import Auxiliary, Metrics
from kage.methods.rollout import Batch, Rollout
from kage.networks.actor_critic import ActorCritic, embed


class Head(nn.Module):
    """A hidden layer with LayerNorm and ReLU, then a linear one: (N, D) to (N, width) f32."""

    hidden: int
    width: int

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        return nn.Dense(self.width)(nn.relu(nn.LayerNorm()(nn.Dense(self.hidden)(x))))


@dataclass(frozen=True)
class Projection(Auxiliary):
    """SODA: projections p of embeddings f, a prediction q, and slow copies of f and p. It trains f, p and q with their
    own Adam; f is the policy's encoder. config: a `kage.methods.soda.SODAConfig`."""

    config: Any
    net: ActorCritic
    augment: Augmentation

    @property
    def head(self) -> Head:
        """The module of projection and prediction."""
        return Head(self.config.hidden, self.config.projected)

    @property
    def optimizer(self) -> optax.GradientTransformation:
        """Adam of the second objective."""
        return optax.adam(self.config.soda_learning_rate)

    def init(self, key: jax.Array, params: Any, obs: Any) -> dict[str, Any]:
        """New heads, slow copies that equal the encoder and the projection, and an optimiser at rest."""
        k_made, k_project, k_predict = jax.random.split(key, 3)
        embedding = jax.eval_shape(lambda obs: embed(self.net, params, obs), obs[:1])
        heads = {
            "project": self.head.init(k_project, jnp.zeros(embedding.shape)),
            "predict": self.head.init(k_predict, jnp.zeros((1, self.config.projected))),
        }
        learnt = {"encoder": params["params"]["encoder"]} | heads
        slow = {name: learnt[name] for name in ("encoder", "project")}
        return {"heads": heads, "slow": slow, "optimizer": self.optimizer.init(learnt),
                "made": self.augment.prepare(k_made, obs.shape[1:])}  # fmt: skip

    def project(self, params: Any, parts: Any, obs: Any) -> jax.Array:
        """The projections of observations, with the encoder that `parts` holds."""
        return self.head.apply(parts["project"], embed(self.net, with_encoder(params, parts["encoder"]), obs))

    def step(
        self, params: Any, state: Any, batch: Batch, rollout: Rollout, key: jax.Array
    ) -> tuple[Any, Any, Metrics]:
        """One step of the second objective on the first samples of the minibatch."""
        obs = batch.obs[: self.config.samples]
        changed = self.augment(key, obs, state["made"])
        wanted = normalised(self.project(params, state["slow"], obs))

        def objective(learnt):
            found = normalised(self.head.apply(learnt["predict"], self.project(params, learnt, changed)))
            return ((found - wanted) ** 2).sum(axis=-1).mean()

        learnt = {"encoder": params["params"]["encoder"]} | state["heads"]
        loss, gradients = jax.value_and_grad(objective)(learnt)
        updates, optimizer = self.optimizer.update(gradients, state["optimizer"], learnt)
        learnt = optax.apply_updates(learnt, updates)
        copied = {name: learnt[name] for name in state["slow"]}
        slow = optax.incremental_update(copied, state["slow"], self.config.average)
        heads = {name: learnt[name] for name in state["heads"]}
        state = state | {"heads": heads, "slow": slow, "optimizer": optimizer}
        return with_encoder(params, learnt["encoder"]), state, {"soda_loss": loss}


def with_encoder(params: Any, encoder: Any) -> Any:
    """The parameters of an actor-critic with those of its encoder replaced."""
    return params | {"params": params["params"] | {"encoder": encoder}}


def normalised(x: jax.Array) -> jax.Array:
    """Vectors (N, D) of length 1."""
    return x / jnp.maximum(jnp.linalg.norm(x, axis=-1, keepdims=True), 1e-6)
