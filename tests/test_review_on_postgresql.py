"""The same tests of the review page, on PostgreSQL."""

import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def _program(name: str) -> str | None:
    """Debian keeps the server's programs apart, one folder for each version."""
    found = shutil.which(name)
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return found or (str(places[-1]) if places else None)


INITDB, PG_CTL = _program("initdb"), _program("pg_ctl")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not (INITDB and PG_CTL), reason="needs PostgreSQL's server programs"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server of its own on a socket of its own; it refuses to run as root."""
    folder = tmp_path_factory.mktemp("postgresql")
    data, user = folder / "data", {}
    if os.getuid() == 0:
        nobody = pwd.getpwnam("nobody")
        user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        for path in (folder, *folder.parents):
            if str(path).startswith(str(tmp_path_factory.getbasetemp().parent)):
                path.chmod(0o755)
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "HOME": str(folder)}

    def run(*command):
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            env=environment,
            cwd=folder,
            **user,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    run(INITDB, "-D", str(data), "-U", "review", "-A", "trust", "-E", "UTF8", "--no-sync")
    options = f"-c listen_addresses='' -k {folder} -c fsync=off -c max_connections=200"
    run(PG_CTL, "-D", str(data), "-o", options, "-l", str(folder / "log"), "-w", "start")
    yield f"postgres://review@/postgres?host={folder}"
    run(PG_CTL, "-D", str(data), "-m", "immediate", "stop")


def test_the_page_s_tests_pass_on_postgresql(server, tmp_path):
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            *("--basetemp", str(tmp_path / "base"), str(ROOT / "tests" / "annotation")),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "TEST_DATABASE_URL": server},
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
