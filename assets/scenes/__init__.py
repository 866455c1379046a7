"""The scenes behind the background pictures, one module per kind of place."""
