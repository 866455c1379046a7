"""A world of one step, and an agent, an encoder and an augmentation for it."""
