"""The platformer: KAGE-Env, its looks, and proofs of what the benchmark claims about them."""
