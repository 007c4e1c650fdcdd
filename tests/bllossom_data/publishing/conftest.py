"""A Hub on this machine, and what a command that talks to it sees."""

import pytest
from fakes.hub_server import HubServer
from hub_units import environment


@pytest.fixture
def hub(tmp_path):
    with HubServer(tmp_path / "hub") as server:
        # Small, so that a shard of some hundred rows goes up in several parts.
        server.multipart_bytes = 3_000
        yield server


@pytest.fixture
def environ(hub, tmp_path):
    return environment(hub, tmp_path / "home")
