"""Algorithms over corpora: signals, rules, language, words, near-duplicates, leaks, mixing."""

import hashlib
import os
from pathlib import Path


def _keep_kernels_apart() -> None:
    """Gives compiled kernels a folder of their own for each state of this package's code.

    numba keeps what it compiled until the file of that function changes, not until a function that
    it calls does: a kernel from before an update would go on with the old half of the code. The
    folder is outside the package, which may not be writable.
    """
    code = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        code.update(path.read_bytes())
    cache = os.environ.get("BLLOSSOM_CACHE") or "~/.cache/bllossom"
    folder = Path(cache).expanduser() / "kernels" / code.hexdigest()[:16]
    os.environ.setdefault("NUMBA_CACHE_DIR", str(folder))


_keep_kernels_apart()
