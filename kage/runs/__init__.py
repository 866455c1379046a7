"""Run folders: the files of one seed of one training, and how they are read."""
