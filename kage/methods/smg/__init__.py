"""Separated models: a foreground that acts and a background that only explains the rest of a frame."""
