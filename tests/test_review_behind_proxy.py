"""The page behind the proxy of its documentation, spoken to over HTTPS."""

import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest
from review_items import page_environment

ROOT = Path(__file__).parents[1]
NGINX = shutil.which("nginx")
NAME = "review.example.org"
pytestmark = pytest.mark.skipif(not NGINX, reason="needs nginx on the PATH")


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        return taken.getsockname()[1]


@pytest.fixture
def page(tmp_path):
    """The page as the documentation starts it; gives its port and its first link."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bllossom_data.cli", "review", "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=page_environment(BLLOSSOM_REVIEW_HOSTS=NAME, BLLOSSOM_REVIEW_HTTPS="1"),
    )
    try:
        port = int(re.search(r":(\d+)", process.stdout.readline())[1])
        yield port, re.search(r"/invitation/\S+", process.stdout.readline())[0]
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


@pytest.fixture
def proxy(page, tmp_path):
    """Nginx with the documented configuration, its ports and certificate apart."""
    port = free_port()
    text = (ROOT / "annotation" / "README.md").read_text(encoding="utf-8")
    server = re.search(r"```nginx\n(.*?)```", text, re.DOTALL)[1]
    changes = {
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "http://127.0.0.1:8765": f"http://127.0.0.1:{page[0]}",
        "/etc/ssl/review": f"{tmp_path}/review",
    }
    for before, after in changes.items():
        assert before in server
        server = server.replace(before, after)
    key, certificate = tmp_path / "review.key", tmp_path / "review.crt"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-keyout", key, "-out", certificate, "-subj", f"/CN={NAME}"),
        ],
        check=True,
        capture_output=True,
    )
    folders = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    configuration = tmp_path / "nginx.conf"
    configuration.write_text(
        f"daemon off; pid {tmp_path}/pid; error_log {tmp_path}/error.log; events {{}}\n"
        f"http {{ access_log off; {folders} {server} }}\n"
    )
    user = ("-g", "user root;") if os.getuid() == 0 else ()
    process = subprocess.Popen([NGINX, "-p", str(tmp_path), "-c", str(configuration), *user])
    try:
        yield Browser(port)
    finally:
        process.terminate()
        process.wait(10)


class Browser:
    """Asks for the name of the page at the port of the proxy; follows nothing by itself."""

    def __init__(self, port):
        self.port = port
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=context),
            NoRedirect,
        )

    def open(self, path, data=None, **headers):
        request = urllib.request.Request(
            f"https://127.0.0.1:{self.port}{path}", data=data, headers={"Host": NAME, **headers}
        )
        for _ in range(50):
            try:
                return self.opener.open(request, timeout=10)
            except urllib.error.HTTPError as error:
                return error
            except urllib.error.URLError:
                time.sleep(0.1)
        raise AssertionError("the proxy does not answer")


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments):
        return None


def test_the_first_administrator_enters_through_the_documented_proxy(page, proxy):
    with proxy.open("/health/") as answer:
        assert answer.status == 200
        assert "max-age" in answer.headers["Strict-Transport-Security"]
    with proxy.open(page[1]) as answer:
        form = answer.read().decode()
        cookies = answer.headers.get_all("Set-Cookie")
    assert all("Secure" in cookie for cookie in cookies)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)[1]
    words = "a+long+enough+word"
    sent = f"csrfmiddlewaretoken={token}&username=chief&language=ko&password1={words}&password2={words}"
    refused = proxy.open(
        page[1], sent.encode(), Referer="https://evil.example/", Cookie=of(cookies)
    )
    assert refused.status == 403
    with proxy.open(
        page[1], sent.encode(), Referer=f"https://{NAME}{page[1]}", Cookie=of(cookies)
    ) as answer:
        assert answer.status == 302
        assert answer.headers["Location"] == "/"
        session = [*cookies, *answer.headers.get_all("Set-Cookie")]
    with proxy.open("/", Cookie=of(session)) as answer:
        assert answer.status == 200
        assert "chief" in answer.read().decode()


def test_another_name_is_refused_behind_the_proxy(page, proxy):
    assert proxy.open("/health/", Host="evil.example").status == 400


def of(cookies):
    return "; ".join(cookie.partition(";")[0] for cookie in cookies)
