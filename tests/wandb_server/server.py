"""The HTTP side of the fixture: GraphQL, file streams and storage on loopback, and faults on request."""

import base64
import gzip
import json
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, unquote, urlsplit

from .graphql import NotUnderstood, execute, operation_name
from .model import Agent, Artifact, Run, State, Sweep
from .operations import Operations, Refused
from .views import Views

API_KEY = "0123456789abcdef" * 2 + "01234567"
AUTHORIZATION = "Basic " + base64.b64encode(f"api:{API_KEY}".encode()).decode()
LOOPBACK = "127.0.0.1"


class Misunderstood(AssertionError):
    """The server was asked for things that it does not know."""


@dataclass(frozen=True)
class Request:
    """One request that came, and how it was answered."""

    method: str
    path: str
    operation: str | None
    status: int
    at: float = field(default_factory=time.monotonic)


class WandbServer:
    """A stand-in for W&B on 127.0.0.1, for tests only; see the package.

    What it was told is in `runs`, `sweeps`, `agents` and `artifacts` (by name), every request in `requests`,
    and what it did not understand in `errors`: leaving the `with` block with errors raises `Misunderstood`.

    Faults: `away()`, `pause()`, `slow()`, `refuse_init`.
    """

    def __init__(self, entity: str = "tester", features: frozenset[str] = frozenset(), seed: int = 0) -> None:
        self.state = State(entity)
        self.requests: list[Request] = []
        self.errors: list[str] = []
        self.refuse_init: int | None = None
        self._operations = Operations(self.state, Views(self.state, self._storage_url), features, seed)
        self._lock = threading.RLock()
        self._away_until = 0.0
        self._delay = 0.0
        self._port = 0
        self._http: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    # --- life

    def __enter__(self) -> Self:
        self._listen()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()
        if self.errors and kind is None:
            raise Misunderstood("\n".join(self.errors))

    def _listen(self) -> None:
        server = self

        class Bound(_Handler):
            fixture = server

        self._http = _Listener((LOOPBACK, self._port), Bound)
        self._port = self._http.server_address[1]
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def _close(self) -> None:
        if self._http is None or self._thread is None:
            return
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
        self._http = self._thread = None

    # --- what a test looks at

    @property
    def url(self) -> str:
        """Where the server listens."""
        return f"http://{LOOPBACK}:{self._port}"

    @property
    def runs(self) -> dict[str, Run]:
        """The runs by id (the last part of their path)."""
        return self.state.runs

    @property
    def sweeps(self) -> dict[str, Sweep]:
        """The sweeps by id."""
        return self.state.sweeps

    @property
    def agents(self) -> dict[str, Agent]:
        """The agents that registered."""
        return self.state.agents

    @property
    def artifacts(self) -> dict[str, Artifact]:
        """The artifacts by client id."""
        return self.state.artifacts

    def environment(self, home: Path) -> dict[str, str]:
        """Return the environment of a child whose `wandb` knows this server only and writes below `home`."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("WANDB", "XDG_")) and not name.lower().endswith("_proxy")
        }
        folders = {f"WANDB_{what}_DIR": str(home / f"wandb-{what.lower()}") for what in _FOLDERS}
        for folder in folders.values():
            Path(folder).mkdir(parents=True, exist_ok=True)
        return {
            **inherited,
            **folders,
            "HOME": str(home),
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
            "NO_PROXY": LOOPBACK,
            "NETRC": str(home / ".netrc"),
            "OMP_NUM_THREADS": "1",
            "WANDB_API_KEY": API_KEY,
            "WANDB_BASE_URL": self.url,
            "WANDB_DIR": str(home),
            "WANDB_ENTITY": self.state.entity,
            "WANDB_PROJECT": "project",
            "WANDB_ERROR_REPORTING": "false",
        }

    # --- faults

    @contextmanager
    def away(self, *, refuse_connections: bool = False) -> Iterator[None]:
        """Answer everything with 503, or do not even listen, inside the `with` block."""
        if refuse_connections:
            self._close()
        self._away_until = float("inf")
        try:
            yield
        finally:
            self._away_until = 0.0
            if refuse_connections:
                self._listen()

    def pause(self, seconds: float) -> None:
        """Answer everything with 503 for some seconds from now on; return at once."""
        self._away_until = time.monotonic() + seconds

    @contextmanager
    def slow(self, seconds: float) -> Iterator[None]:
        """Wait before every answer inside the `with` block."""
        self._delay = seconds
        try:
            yield
        finally:
            self._delay = 0.0

    # --- answers

    def answer(self, method: str, path: str, body: bytes, authorization: str) -> tuple[int, bytes]:
        """Answer one request, and note it."""
        time.sleep(self._delay)
        operation = None
        try:
            operation = _named(path, body)
            status, answer = self._fault(operation) or self._route(method, path, body, authorization)
        except Refused as refusal:
            status, answer = refusal.status, _graphql_error(str(refusal))
        except Exception as error:
            kind = "" if isinstance(error, NotUnderstood) else f"{type(error).__name__}: "
            message = f"{method} {path} {operation or ''}: {kind}{error}"
            self.errors.append(message)
            status, answer = 400, _graphql_error(message)
        self.requests.append(Request(method, path, operation, status))
        return status, answer

    def _fault(self, operation: str | None) -> tuple[int, bytes] | None:
        if time.monotonic() < self._away_until:
            return 503, _graphql_error("the server is away (on purpose)")
        if operation == "UpsertBucket" and self.refuse_init is not None:
            return self.refuse_init, _graphql_error("run refused (on purpose)")
        return None

    def _route(self, method: str, path: str, body: bytes, authorization: str) -> tuple[int, bytes]:
        parts = [unquote(part) for part in path.strip("/").split("/")]
        with self._lock:
            match method, *parts:
                case "POST", "graphql":
                    return self._graphql(body, authorization)
                case "POST", "files", entity, project, run, "file_stream":
                    return self._file_stream(entity, project, run, body)
                case "PUT", "storage", *key:
                    self._folder(key)[key[-1]] = body
                    return 200, b""
                case "GET", "storage", *key:
                    return self._stored(key)
        raise NotUnderstood("no such endpoint")

    def _graphql(self, body: bytes, authorization: str) -> tuple[int, bytes]:
        if authorization != AUTHORIZATION:
            raise Refused(401, f"the API key is not {API_KEY}")
        message = json.loads(body)
        data = execute(message["query"], message.get("variables") or {}, self._operations.roots())
        return 200, json.dumps({"data": data}).encode()

    def _file_stream(self, entity: str, project: str, name: str, body: bytes) -> tuple[int, bytes]:
        run = self.state.run(entity, project, name)
        if run is None:
            raise Refused(404, f"no run {entity}/{project}/{name}")
        run.receive(json.loads(body or b"{}"))
        return 200, json.dumps({"limits": {}, "stopped": run.stop_requested}).encode()

    def _folder(self, key: list[str]) -> dict[str, bytes]:
        match key:
            case "runs", entity, project, name, _:
                run = self.state.run(entity, project, name)
                if run:
                    return run.files
            case "artifacts", name, _ if name in self.state.artifacts:
                return self.state.artifacts[name].files
        raise NotUnderstood(f"no place in storage for {key}")

    def _stored(self, key: list[str]) -> tuple[int, bytes]:
        content = self._folder(key).get(key[-1])
        return (404, b"no such file") if content is None else (200, content)

    def _storage_url(self, *key: str) -> str:
        return "/".join([self.url, "storage", *(quote(part, safe="") for part in key)])


_FOLDERS = ("CACHE", "CONFIG", "DATA", "ARTIFACT")


def _named(path: str, body: bytes) -> str | None:
    return operation_name(json.loads(body)["query"]) if path == "/graphql" else None


def _graphql_error(message: str) -> bytes:
    return json.dumps({"errors": [{"message": message}]}).encode()


class _Listener(ThreadingHTTPServer):
    """A listener that takes its open connections with it when it closes, as a machine that goes down does."""

    daemon_threads = True
    block_on_close = False
    connections: set[Any]

    def server_activate(self) -> None:
        self.connections = set()
        super().server_activate()

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.connections.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        super().server_close()
        for connection in list(self.connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that hang up."""


class _Handler(BaseHTTPRequestHandler):
    """Carry requests to the fixture and answers back."""

    fixture: WandbServer
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        path = urlsplit(self.path).path
        status, answer = self.fixture.answer(self.command, path, body, self.headers.get("Authorization", ""))
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = _answer

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing on stderr."""
