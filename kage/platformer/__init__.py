"""The platformer: KAGE-Env, its looks, and what the benchmark claims of them."""
