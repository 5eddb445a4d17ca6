# SPDX-License-Identifier: MIT
"""Starts nginx on loopback, and reads how many connections it accepted and which requests came.

    with nginx.Server(folder, leaf, "keepalive_requests 2;") as server:
        ...                            # clients call server.url
    server.accepts, server.requests    # the number of connections; a list of Request
"""
from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import certs
from tls_server import GOOD_BODY

START_S = 60
CONFIGURATION = """
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
    log_format seen '{{"connection": $connection, "number": $connection_requests,'
        ' "resumed": "$ssl_session_reused", "version": "$ssl_protocol", "name": "$ssl_server_name",'
        ' "method": "$request_method", "path": "$uri", "status": $status}}';
    access_log {folder}/access.log seen;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {chain};
        ssl_certificate_key {key};
        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_session_cache shared:sessions:1m;
        {manners}
        location / {{
            default_type application/json;
            return 200 '{body}';
        }}
    }}
    server {{
        listen 127.0.0.1:{status_port};
        access_log off;
        location / {{ stub_status; }}
    }}
}}
"""


@dataclass(frozen=True)
class Request:
    connection: int  # nginx's number of the connection
    number: int  # of the request on its connection, from 1
    resumed: str  # "r": the handshake resumed a session; ".": it did not
    version: str
    name: str  # SNI
    method: str
    path: str
    status: int


class Server:
    """Serves inside its `with`. After it, `accepts` and `requests` are set. in: manners: directives of nginx"""

    def __init__(self, folder: Path, leaf: certs.Leaf, manners: str = ""):
        self.port, self._status_port = _free_ports(2)
        self.url = f"https://localhost:{self.port}"
        self.accepts, self.requests = 0, []
        self._folder = folder
        words = CONFIGURATION.format(
            folder=folder, port=self.port, status_port=self._status_port, chain=leaf.chain, key=leaf.key,
            manners=manners, body=GOOD_BODY.decode(),
        )  # fmt: skip
        (folder / "nginx.conf").write_text(words, encoding="ascii")

    def __enter__(self) -> Self:
        command = [program(), "-e", "stderr", "-c", self._folder / "nginx.conf", "-p", self._folder]
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE)
        self._asked = 0
        end_s = time.monotonic() + START_S
        while self._accepted() is None:
            if self._process.poll() is not None or time.monotonic() > end_s:
                self._process.kill()
                raise OSError(f"nginx did not start: {self._process.communicate()[1]!r}")
            time.sleep(0.02)
        return self

    def __exit__(self, *_: object) -> None:
        self.accepts = self._accepted() - self._asked
        self._process.terminate()  # nginx's fast shutdown, which closes open connections too
        self._process.communicate()
        lines = (self._folder / "access.log").read_text(encoding="ascii").splitlines()
        self.requests = [Request(**json.loads(line)) for line in lines]

    def _accepted(self) -> int | None:
        """ret: nginx's count of accepted connections, with those of this function; None: nginx does not answer"""
        try:
            url = f"http://127.0.0.1:{self._status_port}/"
            with urllib.request.urlopen(url, timeout=START_S) as answer:
                words = answer.read().decode()
        except OSError:
            return None
        self._asked += 1
        return int(re.search(r"^ *(\d+) \d+ \d+ *$", words, re.M)[1])


def program() -> str | None:
    """ret: the path of nginx: on PATH, or in build/nginx, where unpack.sh put it; None: there is none"""
    path = f"{os.environ['PATH']}:/usr/sbin:{Path(__file__).parents[2] / 'build/nginx'}"
    return shutil.which("nginx", path=path)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
