"""Fixtures shared by all tests."""

import os
from pathlib import Path

import pytest

SHARED_DATA = Path(
    os.environ.get("BLLOSSOM_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data")
)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real public data; a test that asks for it is skipped where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"real data is not here: {SHARED_DATA} (set BLLOSSOM_SHARED_DATA)")
    return SHARED_DATA
