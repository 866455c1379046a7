"""The command line: compose configurations, plan what they ask for, run it here, tell what came of it."""
