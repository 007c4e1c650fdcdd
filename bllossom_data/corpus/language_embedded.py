"""Names the language of whole batches offline, with the model packaged in py3langid.

py3langid walks a byte automaton over one text at a time in Python (1-6 MB/s). The same naive Bayes
model is read here for whole batches (`language_kernels`), with the same labels and scores.
"""

import importlib.metadata
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from bllossom_data.corpus.language import Identification, language_code
from bllossom_data.corpus.language_kernels import (
    WEIGHT_UNITS,
    ModelTables,
    Utf8Batch,
    automaton_order,
    classify_bytes,
    scan,
)
from bllossom_data.errors import ModelError, missing_package

__all__ = ["EMBEDDED_THRESHOLDS", "EmbeddedIdentifier", "classify", "load_embedded"]

EMBEDDED_THRESHOLDS: Mapping[str, float] = {"ko": 0.9, "en": 0.5}
"""Least score at which a document counts as Korean or English with the packaged model.

Measured on 2019 news in 11 languages (NTREX), the declaration of human rights in 386 (UDHR) and
43,000 pages and reviews. Korean scores lie near 1: all 776 Korean news and UDHR texts pass 0.9,
99.0 % of pages on C++, 98.0 % of film reviews, and no other language; FineWeb-2's own rule
(median less standard deviation, at most 0.9) gives 0.9 too. English scores are lower where text
is short: 0.5 keeps 97.6 % of 780 texts, 99.9 % of pages on C++ and 98.9 % of command summaries,
and lets 64 of 31,913 other texts through, of which 59 are Scots; FineWeb's 0.65 with lid.176 keeps
98.7 %, 68.8 % and 49.1 %, and lets 114 through. A higher score lets hardly fewer through.
"""

KOREAN_MIN_HANGUL_RATIO = 0.01
"""Share of Hangul among the letters without which no text is Korean; 0.025 is the least seen."""

_CLASS_ALIGNMENT = 16
_LOG_TABLE_SIZE = 1 << 16

# What a page in any human language holds besides prose: front matter, code, addresses, tags.
_NOT_PROSE = re.compile(
    r"""(?msx)
      \A---\n .*? \n---\n
    | ^[ \t]*(```|~~~) .*? ^[ \t]*\1
    | `[^`\n]+`
    | https?://\S+
    | \]\([^()\n]*\)
    | <[^<>\n]+>
    """
)


def lay_out(identifier: Any) -> ModelTables:
    """Lays a py3langid ``LanguageIdentifier`` out for the kernels.

    Raises:
        ModelError: int16 cannot hold its weights exactly (any float16 from -63 to -2 it can).
    """
    likelihoods = identifier.nb_ptc.astype(np.float32)
    n_features, n_classes = likelihoods.shape
    scaled = likelihoods * WEIGHT_UNITS
    if not np.array_equal(scaled, np.rint(scaled)) or np.abs(scaled).max() >= 1 << 15:
        raise ModelError(
            "py3langid's packaged model has weights that are no multiples of 1/512, so it cannot "
            "be read exactly: install py3langid 0.4, or give a fastText model"
        )
    n_padded = -(-n_classes // _CLASS_ALIGNMENT) * _CLASS_ALIGNMENT
    weights = np.zeros((n_features, n_padded), np.int16)
    weights[:, :n_classes] = scaled
    prior = np.zeros(n_padded, np.float32)
    prior[:n_classes] = identifier.nb_pc
    next_state = np.asarray(identifier.tk_nextmove, dtype=np.uint32)
    row_start = np.asarray(identifier.tk_row, dtype=np.uint32) << np.uint32(8)
    feature = np.asarray(identifier.tk_output, dtype=np.int64)
    first_column = {label: i for i, label in reversed(list(enumerate(identifier.nb_classes)))}
    aliases = [
        (first_column[label], i)
        for i, label in enumerate(identifier.nb_classes)
        if first_column[label] != i
    ]
    return ModelTables(
        next_state=next_state,
        row_start=row_start,
        feature=np.where(feature < 0, n_features, feature).astype(np.uint32),
        weights=weights,
        prior=prior,
        aliases=np.array(aliases, dtype=np.int64).reshape(-1, 2),
        log_counts=np.log1p(np.arange(_LOG_TABLE_SIZE, dtype=np.float32)),
        n_classes=n_classes,
        order=automaton_order(next_state, row_start),
    )


@lru_cache(maxsize=1)
def _embedded_model() -> tuple[ModelTables, pl.Series]:
    """Returns the packaged model and its labels (a second to read, then kept)."""
    try:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier
    except ImportError as error:
        purpose = "identifying languages without a model file"
        raise missing_package("py3langid", purpose) from error
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    return lay_out(identifier), pl.Series([language_code(label) for label in identifier.nb_classes])


def utf8_batch(texts: pl.Series | Sequence[str]) -> Utf8Batch:
    """Lays texts end to end as UTF-8; a null counts as an empty text."""
    if isinstance(texts, pl.Series):
        array = texts.fill_null("").to_arrow().cast(pa.large_string())
        _, offset_buffer, data_buffer = array.buffers()
        offsets = np.frombuffer(offset_buffer, np.int64)[array.offset :][: len(array) + 1]
        data = np.frombuffer(data_buffer or b"", np.uint8)
        return Utf8Batch(data, offsets)
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    offsets = np.zeros(len(encoded) + 1, np.int64)
    np.cumsum([len(text) for text in encoded], out=offsets[1:])
    return Utf8Batch(np.frombuffer(b"".join(encoded), np.uint8), offsets)


def _text(batch: Utf8Batch, row: int) -> str:
    begin, end = batch.offsets[row], batch.offsets[row + 1]
    return batch.data[begin:end].tobytes().decode("utf-8", "surrogatepass")


def _classify(
    batch: Utf8Batch, is_special: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Scores a batch; special texts are first lowered (if all upper-case) and composed."""
    tables, _ = _embedded_model()
    classes, scores = classify_bytes(batch.data, batch.offsets, tables)
    rows, changed = [], []
    for row in np.flatnonzero(is_special).tolist():
        text = _text(batch, row)
        regular = unicodedata.normalize("NFC", text.lower() if text.isupper() else text)
        if regular != text:
            rows.append(row)
            changed.append(regular)
    if rows:
        regular_batch = utf8_batch(changed)
        classes[rows], scores[rows] = classify_bytes(*regular_batch, tables)
    return classes, scores


def classify(texts: pl.Series | Sequence[str]) -> Identification:
    """Identifies texts exactly as py3langid's ``classify`` with ``norm_probs=True`` does."""
    batch = utf8_batch(texts)
    classes, scores = _classify(batch, scan(*batch)[0])
    return Identification(_embedded_model()[1].gather(classes), scores)


@dataclass(frozen=True, slots=True)
class EmbeddedIdentifier:
    """py3langid's packaged model with two checks on Korean, both by the share of Hangul letters.

    A text that is not called Korean, but has Hangul, is read again without front matter, code,
    addresses and tags; where that prose is Korean, so is the text. Of 9,559 Korean pages on C++
    the model alone calls 98.47 % Korean, with this 99.96 %.

    A text that is called Korean, but has no Hangul, becomes `und` with score 0: that is how the
    model answers to scripts it never saw (Vai, Yi, Syriac, Thaana).
    """

    name: str
    thresholds: Mapping[str, float]

    def identify(self, texts: pl.Series | Sequence[str]) -> Identification:
        """Names the language of every text; nulls and texts without letters score near 0."""
        labels = _embedded_model()[1].to_list()
        korean = labels.index("ko")
        batch = utf8_batch(texts)
        is_special, hangul_ratio = scan(*batch)
        classes, scores = _classify(batch, is_special)
        has_hangul = hangul_ratio >= KOREAN_MIN_HANGUL_RATIO
        rows = np.flatnonzero((classes != korean) & has_hangul)
        if rows.size:
            prose = utf8_batch([_NOT_PROSE.sub(" ", _text(batch, row)) for row in rows.tolist()])
            prose_classes, prose_scores = _classify(prose, scan(*prose)[0])
            is_korean = prose_classes == korean
            classes[rows[is_korean]] = korean
            scores[rows[is_korean]] = prose_scores[is_korean]
        is_not_korean = (classes == korean) & ~has_hangul
        classes[is_not_korean] = len(labels)
        scores[is_not_korean] = 0.0
        return Identification(pl.Series([*labels, "und"]).gather(classes), scores)


def load_embedded() -> EmbeddedIdentifier:
    """Reads the packaged model; raises `MissingPackageError` where py3langid is not installed."""
    _embedded_model()
    version = importlib.metadata.version("py3langid")
    return EmbeddedIdentifier(f"py3langid {version}, Hangul checked", EMBEDDED_THRESHOLDS)
