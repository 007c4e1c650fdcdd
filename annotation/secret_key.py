"""The secret key that signs sessions, made once for every installation."""

import os
import secrets
from pathlib import Path


def secret_key(folder: Path) -> str:
    """Reads the key of an installation, or makes it.

    Args:
        folder: folder of the installation's data; made where it is missing, for its owner alone.
    """
    path = folder / "secret_key"
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = folder / f"secret_key.{os.getpid()}.{secrets.token_hex(4)}"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(60) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        # Of two processes that start at once, one wins, and both read the winner's key.
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
    return path.read_text(encoding="ascii").strip()
