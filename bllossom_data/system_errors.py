"""What the operating system or a bug raises, in words that say where and what to do."""

import errno
import os
import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bllossom_data.errors import BllossomError, StepError
from bllossom_data.files import os_error_number

__all__ = ["explained"]

ADVICE = {
    errno.ENOSPC: "the disk is full; free some space",
    errno.EDQUOT: "your disk quota is used up; free some space",
    errno.EFBIG: "the file would be larger than this system allows; see `ulimit -f`",
    errno.EACCES: "permission denied; check who owns it",
    errno.EPERM: "not permitted; check who owns it",
    errno.EROFS: "the disk is read-only; choose a folder on another one",
    errno.EMFILE: "too many files are open; raise `ulimit -n`",
    errno.ENOTDIR: "part of this path is a file and not a directory; choose another folder",
    errno.EISDIR: "is a folder where a file should be; move it elsewhere",
    errno.ENAMETOOLONG: "the path is too long; choose a folder with a shorter one",
    errno.EIO: "the disk cannot be read or written; check it, or choose a folder on another one",
    errno.ENOMEM: "there is not enough memory; use fewer `--workers`",
}

FRAME = re.compile(r'File "([^"]+)", line (\d+), in (\S+)')


@contextmanager
def explained(name: str, folder: Path, *, goes_on: bool = False) -> Iterator[None]:
    """Turn what the system or a bug raises into a message that says where and what to do.

    Args:
        name: what is being done, such as the name of a step; begins the message.
        folder: where, in case the exception does not say.
        goes_on: whether the same command goes on from there once the cause is gone.

    Raises:
        StepError: the block raised anything but a `BllossomError`, which passes as it is.
    """
    try:
        yield
    except BllossomError:
        raise
    except Exception as error:
        number = errno.ENOMEM if isinstance(error, MemoryError) else os_error_number(error)
        if number is None:
            raise StepError(f"{name}: {folder}: {_bug(error)}") from error
        what = ADVICE.get(number) or f"{os.strerror(number)}; put that right and start again"
        kept = "; what was done is kept, and then the same command goes on from there"
        place = getattr(error, "filename", None) or folder
        raise StepError(f"{name}: {place}: {what}{kept if goes_on else ''}") from error


def _bug(error: Exception) -> str:
    place = _innermost_place(error)
    return (
        f"unexpected {type(error).__name__}: {error}; this is a bug{place}, and the same command "
        "will most likely fail the same way: run it with --debug and report the traceback"
    )


def _innermost_place(error: Exception) -> str:
    frames = "".join(traceback.format_tb(error.__traceback__))
    # An exception that crossed from a worker process brings its own traceback only as text.
    if type(error.__cause__).__name__ == "RemoteTraceback":
        frames = str(error.__cause__)
    found = FRAME.findall(frames)
    return f" (line {found[-1][1]} of {found[-1][0]}, in {found[-1][2]})" if found else ""
