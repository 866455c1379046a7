"""Keep compiled programs on disk for later processes."""

import os
import sys
from pathlib import Path


def keep_compilations() -> None:
    """Keep compiled programs in a folder of the user, unless JAX_COMPILATION_CACHE_DIR names another.

    Where no such folder can be written, as in a container whose user has no home, every process compiles again, and a
    line on stderr says so.
    """
    import jax

    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.5)
    if "JAX_COMPILATION_CACHE_DIR" in os.environ:
        return
    folder = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) / "kage" / "jax"
    try:
        if not folder.is_absolute():
            raise FileNotFoundError("there is no home")
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError(f"{folder} cannot be written")
    except OSError as error:
        print(f"compiled programs are not kept: {error}; JAX_COMPILATION_CACHE_DIR can name a folder", file=sys.stderr)
    else:
        jax.config.update("jax_compilation_cache_dir", str(folder))
