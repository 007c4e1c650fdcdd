"""The glossary of a run as a glossary of DeepL's, created once for its content.

The name carries a hash of the pairs, so whoever needs the same pairs again finds it, also after a
run that was killed before it could write anything down.
"""

import hashlib
import threading
from collections.abc import Mapping, Sequence

import deepl
from deepl.api_data import MultilingualGlossaryDictionaryEntries
from deepl.util import validate_glossary_term

from bllossom_data.files import canonical_json
from bllossom_data.translation.provider import ProviderError

__all__ = ["DeepLGlossary"]


class DeepLGlossary:
    """Pairs of an English term and its Korean, and the glossary on DeepL's side that holds them.

    Args:
        pairs: all pairs of the run; the order does not matter.

    Attributes:
        pairs: Korean by English term.
        name: name of the glossary, which follows from the pairs.

    Raises:
        ProviderError: a term has two translations, or characters that DeepL does not take.
    """

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self.pairs = _checked(pairs)
        digest = hashlib.sha256(canonical_json(sorted(self.pairs.items())).encode())
        self.name = f"bllossom-en-ko-{digest.hexdigest()[:32]}"
        self._id: str | None = None
        self._lock = threading.Lock()

    def covers(self, pairs: Sequence[tuple[str, str]]) -> bool:
        """Whether all of these pairs are among those of the run, word for word."""
        return all(self.pairs.get(english) == korean for english, korean in pairs)

    def identifier(self, client: deepl.DeepLClient) -> str:
        """DeepL's id of the glossary, which is found or, if there is none, created.

        Raises:
            deepl.DeepLException: DeepL did not list or create it.
        """
        with self._lock:
            if self._id is None:
                self._id = self._found(client) or self._created(client)
            return self._id

    def forget(self) -> None:
        """Look for the glossary again before the next request: somebody has deleted it."""
        with self._lock:
            self._id = None

    def _found(self, client: deepl.DeepLClient) -> str | None:
        same = [
            one
            for one in client.list_multilingual_glossaries()
            if one.name == self.name
            and any(
                (part.source_lang, part.target_lang, part.entry_count)
                == ("EN", "KO", len(self.pairs))
                for part in one.dictionaries
            )
        ]
        # Two runs that started at the same moment may both have created it.
        same.sort(key=lambda one: (one.creation_time, one.glossary_id))
        return same[0].glossary_id if same else None

    def _created(self, client: deepl.DeepLClient) -> str:
        entries = MultilingualGlossaryDictionaryEntries("EN", "KO", dict(self.pairs))
        return client.create_multilingual_glossary(self.name, [entries]).glossary_id


def _checked(pairs: Sequence[tuple[str, str]]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for english, korean in pairs:
        for term in (english, korean):
            try:
                validate_glossary_term(term.strip())
            except ValueError as error:
                raise ProviderError(
                    f"DeepL glossary: {term!r} is empty or has characters that a glossary cannot "
                    "hold; correct it in the catalogue"
                ) from error
        if found.setdefault(english, korean) != korean:
            raise ProviderError(
                f"DeepL glossary: {english!r} is to become {found[english]!r} and {korean!r}; "
                "a DeepL glossary holds one translation for a term: keep one of them"
            )
    return found
