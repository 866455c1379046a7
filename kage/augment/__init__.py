"""Augmentations: frames changed at random, so that the right action stays the same. They know no world and no agent."""
