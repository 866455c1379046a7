"""Curricula: which levels are played, in which order."""
