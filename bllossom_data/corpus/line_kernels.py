"""Signals of lines and paragraphs, measured over a whole batch in compiled code.

The definitions are those of datatrove's GopherRepetitionFilter, GopherQualityFilter and
FineWebQualityFilter, down to what counts as a line in each of them.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bllossom_data.corpus.batches import Classes, Codes, Offsets
from bllossom_data.corpus.characters import LINE_BREAK, SENTENCE_END, SPACE
from bllossom_data.corpus.hashing import find_slot, piece_hash, table_size

LINE_COLUMNS = (
    "n_lines",
    "n_newlines",
    "n_hashes",
    "n_ellipses",
    "dup_para_frac",
    "dup_para_char_frac",
    "dup_line_frac",
    "dup_line_char_frac",
    "line_punct_ratio",
    "short_line_ratio",
    "char_dup_ratio",
    "bullet_line_ratio",
    "ellipsis_line_ratio",
)
_NEWLINE = 10
_CARRIAGE_RETURN = 13
_DOT = 46
_HASH = 35
_DASH = 45
_ELLIPSIS = 0x2026
_BULLET = 0x2022


@njit(cache=True, nogil=True)
def _count_newlines(codes: Codes, start: int, end: int) -> int:
    count = 0
    for position in range(start, end):
        count += codes[position] == _NEWLINE
    return count


@njit(cache=True, nogil=True)
def _newline_lines(
    codes: Codes,
    start: int,
    end: int,
    classes: Classes,
    keys: NDArray[np.uint64],
    stamps: NDArray[np.int64],
    stamp: int,
    mask: int,
    short_line_chars: int,
    row: NDArray[np.float64],
) -> None:
    """Lines between newlines: repeats (Gopher); sentence ends, short lines, repeats (FineWeb)."""
    n_pieces = 0
    n_repeats = 0
    repeated_chars = 0
    n_filled = 0
    n_ends = 0
    n_short = 0
    repeated_filled_chars = 0
    n_newlines = 0
    line_start = start
    for position in range(start, end + 1):
        if position < end and codes[position] != _NEWLINE:
            continue
        n_newlines += position < end
        if position > line_start:
            n_pieces += 1
            length = position - line_start
            filled = False
            for inner in range(line_start, position):
                if not classes[codes[inner]] & SPACE:
                    filled = True
                    break
            key = piece_hash(codes, line_start, position)
            slot = find_slot(keys, stamps, stamp, key, mask)
            seen = stamps[slot] == stamp
            if seen:
                n_repeats += 1
                repeated_chars += length
            else:
                stamps[slot] = stamp
                keys[slot] = key
            if filled:
                n_filled += 1
                n_ends += (classes[codes[position - 1]] & SENTENCE_END) != 0
                n_short += length <= short_line_chars
                if seen:
                    repeated_filled_chars += length
        line_start = position + 1
    # Splitting at runs of newlines leaves an empty piece at an end where the text has newlines.
    n_empty = (codes[start] == _NEWLINE) + (codes[end - 1] == _NEWLINE)
    n_pieces += n_empty
    n_repeats += n_empty == 2
    row[0] = n_filled
    row[1] = n_newlines
    row[6] = n_repeats / n_pieces
    row[7] = repeated_chars / (end - start)
    if n_filled:
        row[8] = n_ends / n_filled
        row[9] = n_short / n_filled
        row[10] = repeated_filled_chars / (end - start - n_newlines)


@njit(cache=True, nogil=True)
def _paragraphs(
    codes: Codes,
    start: int,
    end: int,
    classes: Classes,
    keys: NDArray[np.uint64],
    stamps: NDArray[np.int64],
    stamp: int,
    mask: int,
    row: NDArray[np.float64],
) -> None:
    """Paragraphs of the stripped text, separated by two or more newlines."""
    first, last = start, end
    while first < last and classes[codes[first]] & SPACE:
        first += 1
    while last > first and classes[codes[last - 1]] & SPACE:
        last -= 1
    n_paragraphs = 0
    n_repeats = 0
    repeated_chars = 0
    piece_start = first
    position = first
    while position <= last:
        run = position
        while run < last and codes[run] == _NEWLINE:
            run += 1
        if position == last or run - position >= 2:
            n_paragraphs += 1
            key = piece_hash(codes, piece_start, position)
            slot = find_slot(keys, stamps, stamp, key, mask)
            if stamps[slot] == stamp:
                n_repeats += 1
                repeated_chars += position - piece_start
            else:
                stamps[slot] = stamp
                keys[slot] = key
            piece_start = run
        position = run if run > position else position + 1
    row[4] = n_repeats / n_paragraphs
    row[5] = repeated_chars / (end - start)


@njit(cache=True, nogil=True)
def _listing_lines(
    codes: Codes, start: int, end: int, classes: Classes, row: NDArray[np.float64]
) -> None:
    """Lines as ``str.splitlines`` sees them: bullets and trailing ellipses; marks of the text."""
    n_lines = 0
    n_bullets = 0
    n_ellipsis_ends = 0
    line_start = start
    position = start
    while position < end:
        code = codes[position]
        if not classes[code] & LINE_BREAK and position < end - 1:
            position += 1
            continue
        line_end = position if classes[code] & LINE_BREAK else end
        n_lines += 1
        first, last = line_start, line_end
        while first < last and classes[codes[first]] & SPACE:
            first += 1
        while last > first and classes[codes[last - 1]] & SPACE:
            last -= 1
        if first < last:
            n_bullets += codes[first] == _BULLET or codes[first] == _DASH
            three_dots = last - first >= 3
            for dot in range(max(first, last - 3), last):
                three_dots = three_dots and codes[dot] == _DOT
            n_ellipsis_ends += three_dots or codes[last - 1] == _ELLIPSIS
        if code == _CARRIAGE_RETURN and position + 1 < end and codes[position + 1] == _NEWLINE:
            position += 1
        position += 1
        line_start = position
    row[11] = n_bullets / n_lines
    row[12] = n_ellipsis_ends / n_lines
    n_hashes = 0
    n_ellipses = 0
    n_dots = 0
    for position in range(start, end):
        code = codes[position]
        n_hashes += code == _HASH
        n_ellipses += code == _ELLIPSIS
        n_dots = n_dots + 1 if code == _DOT else 0
        if n_dots == 3:
            n_ellipses += 1
            n_dots = 0
    row[2] = n_hashes
    row[3] = n_ellipses


@njit(cache=True, nogil=True)
def measure_lines(
    codes: Codes,
    offsets: Offsets,
    classes: Classes,
    short_line_chars: int,
) -> NDArray[np.float64]:
    """Measures the line signals of every document.

    Args:
        codes: Code points of the batch.
        offsets: Document boundaries in ``codes``.
        classes: Table of `bllossom_data.corpus.characters.character_classes`.
        short_line_chars: A line of at most so many characters is short.

    Returns:
        One row per document, one column per name of `LINE_COLUMNS`; an empty document is all 0.
    """
    n_documents = len(offsets) - 1
    result = np.zeros((n_documents, 13), dtype=np.float64)
    most_lines = 0
    for document in range(n_documents):
        most_lines = max(
            most_lines, _count_newlines(codes, offsets[document], offsets[document + 1]) + 1
        )
    size = table_size(most_lines)
    keys = np.empty(size, dtype=np.uint64)
    stamps = np.zeros(size, dtype=np.int64)
    stamp = 0
    for document in range(n_documents):
        start, end = offsets[document], offsets[document + 1]
        if start == end:
            continue
        mask = table_size(_count_newlines(codes, start, end) + 1) - 1
        row = result[document]
        stamp += 1
        _newline_lines(codes, start, end, classes, keys, stamps, stamp, mask, short_line_chars, row)
        stamp += 1
        _paragraphs(codes, start, end, classes, keys, stamps, stamp, mask, row)
        _listing_lines(codes, start, end, classes, row)
    return result
