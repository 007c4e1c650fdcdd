"""Starting the page, and everything else that the command line does with its database."""

import os
import shutil
import signal
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from bllossom_data.errors import ReviewError
from bllossom_data.files import atomic_path

FIRST_LINK_HOURS = 24
THREADS = 8


def open_page(data: Path, up_to_date: bool = True) -> None:
    """Sets Django up for one installation and brings its database up to date.

    Args:
        data: folder of the installation; made where it is missing.
        up_to_date: False leaves the database alone, however damaged it is.

    Raises:
        ReviewError: the database cannot be reached or is of a newer version.
    """
    os.environ["BLLOSSOM_REVIEW_DATA"] = str(data.absolute())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotation.settings")
    import django
    from django.core.management import call_command
    from django.db.utils import DatabaseError

    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        django.setup()
        if up_to_date:
            call_command("migrate", verbosity=0, interactive=False)
    except (OSError, DatabaseError) as error:
        raise ReviewError(
            f"{data}: the review page's database cannot be opened ({error}); "
            "give another folder with --data, or correct DATABASE_URL"
        ) from error


def first_link(address: str) -> str | None:
    """A link that makes its user the administrator, once; None where there is one already."""
    from annotation.models import Invitation, Person, Role
    from annotation.views.people import invite

    if Person.objects.filter(is_superuser=True, is_active=True).exists():
        return None
    # Links of earlier starts that nobody used: only the newest one works.
    Invitation.objects.filter(project=None, used_at=None).delete()
    token = invite(None, None, Role.ADMINISTRATOR, "first administrator", FIRST_LINK_HOURS)
    return f"{address}/invitation/{token}/"


@dataclass(frozen=True, slots=True)
class Server:
    """A server that listens already.

    Attributes:
        address: where people reach it.
        run: serves until it is interrupted.
    """

    address: str
    run: Callable[[], None]


def listen(host: str, port: int) -> Server:
    """Opens the server's port.

    Raises:
        ReviewError: the port is taken or not allowed.
    """
    from django.conf import settings
    from django.core.wsgi import get_wsgi_application
    from waitress.server import create_server

    behind_proxy: dict[str, Any] = {}
    if settings.HTTPS:
        behind_proxy = {
            "trusted_proxy": "*",
            "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"},
        }
    try:
        server = create_server(
            get_wsgi_application(),
            host=host,
            port=port,
            threads=THREADS,
            ident=None,
            max_request_body_size=settings.MAX_UPLOAD_BYTES + 1024 * 1024,
            clear_untrusted_proxy_headers=True,
            **behind_proxy,
        )
    except OSError as error:
        raise ReviewError(
            f"port {port} of {host} cannot be opened ({error.strerror}); give another with --port"
        ) from error
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host

    def run() -> None:
        signal.signal(signal.SIGTERM, _stop)
        # Kiwi's model takes seconds to load; the first person should not wait for it.
        threading.Thread(target=_warm_up, daemon=True).start()
        try:
            server.run()
        finally:
            server.close()

    return Server(f"http://{shown}:{server.effective_port}", run)


def _stop(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


def _warm_up() -> None:
    from bllossom_data.korean.speech_level import profile_findings

    profile_findings("안녕하세요.", "해요체")


def project_named(slug: str | None, kind: str | None = None, make: bool = False) -> Any:
    """The project that a command is about.

    Args:
        slug: its short name; None where there is only one.
        kind: what people are asked for in it, if that matters.
        make: makes it where it is missing.

    Raises:
        ReviewError: there is none, several and no name, or one of another kind.
    """
    from annotation.models import Project

    if slug is None:
        there = list(Project.objects.all()[:2])
        if len(there) == 1:
            return _of_kind(there[0], kind)
        if there:
            names = ", ".join(Project.objects.values_list("slug", flat=True))
            raise ReviewError(f"there are several projects; give --project, one of: {names}")
        slug = "review"
    project = Project.objects.filter(slug=slug).first()
    if project is None:
        if not make:
            raise ReviewError(f"there is no project {slug!r}; `bllossom review import` makes one")
        project = Project.objects.create(slug=slug, name=slug, kind=kind or "rewrite")
    return _of_kind(project, kind)


def _of_kind(project: Any, kind: str | None) -> Any:
    if kind is not None and project.kind != kind:
        raise ReviewError(
            f"--kind {kind}: project {project.slug!r} is of kind {project.kind}, which never "
            "changes; give another --project"
        )
    return project


def import_items(
    path: Path, slug: str | None, kind: str | None, withdraw_missing: bool
) -> tuple[Any, Any]:
    """Takes in a file; gives the project and what became of the lines.

    Raises:
        ReviewError: the file cannot be read.
    """
    from annotation.exchange.importing import import_file

    if not path.is_file():
        raise ReviewError(f"{path}: there is no such file; `bllossom review export` writes one")
    project = project_named(slug, kind, make=True)
    return project, import_file(project, path, None, withdraw_missing)


def export_decisions(path: Path, slug: str | None) -> int:
    """Writes what people decided; gives the number of lines."""
    from annotation.exchange.exporting import export_file

    return export_file(project_named(slug), path)


def broken_at() -> list[str]:
    """What is wrong with the log, the answers and the items, in words; empty where all is well."""
    from annotation.work.verifying import broken_places

    return broken_places()


def backup(data: Path, target: Path) -> None:
    """Writes a copy of the database while people work.

    Raises:
        ReviewError: it cannot be written.
    """
    from django.conf import settings

    database = settings.DATABASES["default"]
    with atomic_path(target) as temporary:
        if "postgresql" in database["ENGINE"]:
            _run_tool("pg_dump", ["--format=custom", f"--file={temporary}"])
            return
        with (
            closing(sqlite3.connect(f"file:{database['NAME']}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(temporary)) as copy,
        ):
            source.backup(copy)


def restore(data: Path, source: Path) -> None:
    """Puts a copy in the place of the database; the page must not be running.

    The database that is there may be damaged or missing.

    Raises:
        ReviewError: the file is no whole copy; the database is untouched.
    """
    from django.conf import settings
    from django.db import connections

    if not source.is_file():
        raise ReviewError(f"{source}: there is no such file; `bllossom review backup` writes one")
    database = settings.DATABASES["default"]
    connections.close_all()
    if "postgresql" in database["ENGINE"]:
        arguments = ["--clean", "--if-exists", "--single-transaction", "--no-owner"]
        _run_tool("pg_restore", [*arguments, str(source)])
        return
    try:
        with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as copy:
            state = copy.execute("PRAGMA integrity_check").fetchone()[0]
            copy.execute("SELECT count(*) FROM annotation_item").fetchone()
    except sqlite3.DatabaseError as error:
        raise ReviewError(f"{source}: is no copy of a review database ({error})") from error
    if state != "ok":
        raise ReviewError(f"{source}: the copy is damaged ({state}); give another")
    place = Path(database["NAME"])
    _take_out_of_use(place)
    with atomic_path(place) as temporary:
        shutil.copyfile(source, temporary)


def _take_out_of_use(place: Path) -> None:
    """Leaves one file of a database, so that no log of the old one is put over the new one."""
    if place.exists():
        try:
            with closing(sqlite3.connect(place, timeout=1)) as old:
                old.execute("PRAGMA journal_mode=DELETE").fetchone()
        except sqlite3.OperationalError as error:
            raise ReviewError(f"{place}: is in use ({error}); stop the page first") from error
        except sqlite3.DatabaseError:
            # It is damaged: that is why it is restored.
            pass
    for rest in ("-wal", "-shm"):
        Path(f"{place}{rest}").unlink(missing_ok=True)


def _run_tool(tool: str, arguments: Sequence[str]) -> None:
    """Runs a tool of PostgreSQL on the page's database, the password kept from the process list."""
    from django.db import connection
    from psycopg.conninfo import make_conninfo
    from psycopg.pq import Conninfo

    keywords = {option.keyword.decode() for option in Conninfo.get_defaults()}
    target = {
        name: value
        for name, value in connection.get_connection_params().items()
        if name in keywords
    }
    password = {"PGPASSWORD": str(target.pop("password"))} if target.get("password") else {}
    try:
        done = subprocess.run(
            [tool, *arguments, f"--dbname={make_conninfo(**target)}"],
            env={**os.environ, **password},
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise ReviewError(f"{tool} is not installed; install PostgreSQL's client tools") from error
    if done.returncode:
        raise ReviewError(f"{tool}: {done.stderr.strip()}")
