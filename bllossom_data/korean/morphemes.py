"""The one Kiwi of a process: its model takes seconds to load and some 400 MB of memory."""

from functools import lru_cache
from typing import Any

from bllossom_data.errors import missing_package


@lru_cache(maxsize=1)
def kiwi() -> Any:
    """Returns this process's Kiwi analyser, on one thread, with its default (``cong``) model.

    Kiwi 0.22 and later ship no other model: naming one (datatrove's wrapper asks for ``sbg``)
    fails, and on earlier versions naming ``cong`` aborts the process, so none is named here.

    Raises:
        MissingPackageError: kiwipiepy is not installed.
    """
    try:
        from kiwipiepy import Kiwi
    except ImportError as error:
        raise missing_package("kiwipiepy", "counting Korean words") from error
    return Kiwi(num_workers=1)
