"""Random levels without most of those that solve themselves."""

import functools

import jax
import jax.numpy as jnp

PATIENCE = 64  # steps
KEPT = 0.001  # weight of a level that is solved by doing nothing; others have weight 1


def sample_filtered(task, key: jax.Array, n: int):
    """n levels (n, ...) of twice as many, drawn with small weights for those that are solved by doing nothing."""
    k_levels, k_choice = jax.random.split(key)
    levels = jax.vmap(task.sample_level)(jax.random.split(k_levels, 2 * n))
    chosen = choose(k_choice, solve_themselves(task, levels), n)
    return jax.tree.map(lambda x: x[chosen], levels)


def choose(key: jax.Array, solved: jax.Array, n: int) -> jax.Array:
    """n indexes without replacement, (n,) i32. solved: (levels,) bool."""
    weights = jnp.where(solved, jnp.log(KEPT), 0.0)
    return jax.lax.top_k(weights + jax.random.gumbel(key, solved.shape), n)[1]


@functools.partial(jax.jit, static_argnums=0)
def solve_themselves(task, levels) -> jax.Array:
    """Which levels (n, ...) end with a reward above 0.5 while nothing is done, (n,) bool."""
    idle = jnp.array(task.actions.idle)

    def act(carry, _):
        state, ended, solved = carry
        state, step = task.step(state, idle)
        solved |= ~ended & (step.terminated | step.truncated) & (step.reward > 0.5)
        return (state, ended | step.terminated | step.truncated, solved), None

    def play(level):
        state, _ = task.reset(jax.random.key(0), level)
        (_, _, solved), _ = jax.lax.scan(act, (state, jnp.bool_(False), jnp.bool_(False)), length=PATIENCE)
        return solved

    return jax.vmap(play)(levels)
