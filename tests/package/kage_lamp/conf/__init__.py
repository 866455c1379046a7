"""The option files of the package."""
