"""Run folders: what one seed of one training leaves behind, and how it is read again."""
