"""The renderer, one file per visual group: its parameters, what an episode draws by chance, and how it paints."""
