"""Why a policy breaks under an evaluation look: which pixels, what it no longer knows, where it fails."""
