"""Which licences of sources may be published under which licence of the whole.

A guard against mistakes, not advice of a lawyer: what it does not know, it refuses.
"""

import re

__all__ = ["licence_problem"]

PUBLIC_DOMAIN = frozenset({"cc0-1.0", "unlicense", "pddl", "0bsd", "cc-pdm-1.0"})
ATTRIBUTION = frozenset(
    {
        "apache-2.0",
        "bsd-2-clause",
        "bsd-3-clause",
        "cc-by-2.0",
        "cc-by-2.5",
        "cc-by-3.0",
        "cc-by-4.0",
        "isc",
        "kogl-type-1",
        "mit",
        "odc-by",
    }
)
SHARE_ALIKE = frozenset(
    {"cc-by-sa-3.0", "cc-by-sa-4.0", "gfdl", "gpl-3.0", "odbl", "cc-by-nc-sa-4.0"}
)
NON_COMMERCIAL = frozenset({"cc-by-nc-3.0", "cc-by-nc-4.0", "cc-by-nc-sa-4.0"})
COLLECTION = "other"
"""Licence of a whole whose rows each carry their own."""


def licence_problem(source: str, whole: str) -> str | None:
    """Why rows under one licence cannot be published in a dataset under another, or None.

    Args:
        source: Hub identifier or SPDX expression with OR (any suffices) or AND (all count).
        whole: Hub identifier of the dataset.
    """
    choices = [
        [
            _problem(part.strip().lower(), whole.strip().lower())
            for part in re.split(r"(?i) and ", one)
        ]
        for one in re.split(r" or ", re.sub(r"[()]", "", source), flags=re.IGNORECASE)
    ]
    problems = [next((one for one in parts if one), None) for parts in choices]
    return None if None in problems else problems[0]


def _problem(source: str, whole: str) -> str | None:
    if "-nd" in source:
        return "allows no changed copies, and a dataset is one"
    if source not in PUBLIC_DOMAIN | ATTRIBUTION | SHARE_ALIKE | NON_COMMERCIAL:
        return "is not a licence known to let others publish it"
    if whole in (COLLECTION, source) or source in PUBLIC_DOMAIN:
        return None
    if source in SHARE_ALIKE:
        return f"must be passed on under the same licence, not under {whole}"
    if source in NON_COMMERCIAL and whole not in NON_COMMERCIAL:
        return f"forbids commercial use, and {whole} does not"
    if whole in PUBLIC_DOMAIN:
        return f"asks to be named, and {whole} does not"
    return None
