"""A world of one step, an agent and an encoder for it."""
