"""The renderer, one file per visual group: its parameters, what an episode draws at random, and how it is painted."""
