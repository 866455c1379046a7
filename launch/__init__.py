"""The command line: compose configurations, plan trainings, run them here or on SLURM, and show their state."""
