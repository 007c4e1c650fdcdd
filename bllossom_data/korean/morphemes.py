"""The one Kiwi of a process: its model takes seconds to load and some 400 MB of memory.

What Kiwi makes of a text is kept for a while: particles, sentences and speech levels ask about the
same lines, and a draft is looked at before its edits and after them.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from bllossom_data.errors import missing_package

__all__ = ["kiwi", "likelihood", "morphemes"]

_TEXTS_KEPT = 512


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


@lru_cache(maxsize=_TEXTS_KEPT)
def _analysed(text: str) -> tuple[tuple[Any, ...], float]:
    (tokens, score), *_ = kiwi().analyze(text)
    return tuple(tokens), float(score)


def morphemes(text: str) -> Sequence[Any]:
    """Kiwi's tokens of a text in their order, as `Kiwi.tokenize` gives them.

    Raises:
        MissingPackageError: kiwipiepy is not installed.
    """
    return _analysed(text)[0]


def likelihood(text: str) -> float:
    """How likely Kiwi finds its analysis of a text, as a natural logarithm.

    Raises:
        MissingPackageError: kiwipiepy is not installed.
    """
    return _analysed(text)[1]
