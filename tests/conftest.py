"""Fixtures shared by all tests, and the machine they see: no network, no home of anyone's own."""

import ipaddress
import os
import socket
import tempfile
from pathlib import Path
from typing import Any

import pytest
from browsing import CHROMIUM, FLAGS
from built_wheel import build_wheel, environment_of, install
from hypothesis import settings

# A busy machine is no failure: pytest's own time-out ends what hangs.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
SHARED_DATA = Path(
    os.environ.get("BLLOSSOM_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data")
)
PERSONAL = (
    "HF_",
    "HUGGINGFACE_",
    "XDG_",
    "PIP_",
    "BLLOSSOM_",
    "POLARS_",
    "COLUMNS",
    "OPENAI_",
    "DEEPL_AUTH_",
    "DEEPL_SERVER_",
)

if "DEEPL_MOCK_SERVER_PORT" not in os.environ:
    collect_ignore = ["bllossom_data/translation/test_deepls_own_mock_server.py"]


def pytest_configure(config: pytest.Config) -> None:
    """Gives tests an empty home, before anything is imported that looks into one.

    Compiled kernels stay where they are: they follow from the code alone, and take a minute.
    """
    import bllossom_data.corpus  # noqa: F401  (says where kernels are kept)

    home = tempfile.TemporaryDirectory(prefix="bllossom-tests-")
    config.add_cleanup(home.cleanup)
    for name in [name for name in os.environ if name.startswith(PERSONAL)]:
        del os.environ[name]
    os.environ["HOME"] = home.name
    os.environ["BLLOSSOM_CACHE"] = str(Path(home.name, "cache"))
    os.environ["HF_HUB_OFFLINE"] = "1"


# A right to mount is no tool that could be installed.
MAY_BE_SKIPPED = ("real data is not here", "GPU", "no right to mount")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """With CI=true a test that lacks a tool fails: there, everything is installed."""
    report = yield
    if os.environ.get("CI") == "true" and report.skipped and not hasattr(report, "wasxfail"):
        reason = str(report.longrepr[-1])
        if not any(words in reason for words in MAY_BE_SKIPPED):
            report.outcome = "failed"
            report.longrepr = f"skipped where everything must run: {reason}"
    return report


def _is_local(host: object) -> bool:
    if host in (None, "", b"", "localhost", b"localhost"):
        return True
    try:
        return ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return False


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Any:
    """Fails a test that looks up or connects to anything but this machine."""
    real = {name: getattr(socket.socket, name) for name in ("connect", "connect_ex", "sendto")}
    look_up = socket.getaddrinfo

    def refuse(where: object) -> None:
        pytest.fail(f"a test used the network: {where!r}")

    def guarded(name: str) -> Any:
        def call(self: socket.socket, *arguments: Any) -> Any:
            address = arguments[-1]
            if self.family != socket.AF_UNIX and not _is_local(address[0]):
                refuse(address)
            return real[name](self, *arguments)

        return call

    def look_up_local(host: object, *arguments: Any, **options: Any) -> Any:
        if not _is_local(host):
            refuse(host)
        return look_up(host, *arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        for name in real:
            patch.setattr(socket.socket, name, guarded(name))
        patch.setattr(socket, "getaddrinfo", look_up_local)
        yield


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real public data; a test that asks for it is skipped where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"real data is not here: {SHARED_DATA} (set BLLOSSOM_SHARED_DATA)")
    return SHARED_DATA


@pytest.fixture(scope="session")
def wheel(tmp_path_factory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def installed(wheel, tmp_path_factory) -> Path:
    """The wheel's own files, apart from the checkout."""
    target = tmp_path_factory.mktemp("installed")
    install(wheel, target)
    return target


@pytest.fixture(scope="session")
def environment(installed, tmp_path_factory) -> dict[str, str]:
    """What a program sees that finds the installed copy."""
    return environment_of(installed, tmp_path_factory.mktemp("kernels"))


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium, driven by Playwright."""
    if CHROMIUM is None:
        pytest.skip("needs chromium on the PATH")
    from playwright.sync_api import sync_playwright

    # The browser's driver runs a loop in the thread of the tests.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield started
        started.close()
