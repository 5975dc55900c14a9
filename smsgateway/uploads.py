"""Bodies are read whole before a request begins, within a time and up to a size, however they are sent."""

import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.conf import settings

from messaging.api.parsers import BODY_IS_LATE

TICK_SECONDS = 0.25


@dataclass(eq=False)
class _Upload:
    line: socket.socket
    until: float
    is_late: bool = False


class _Watch:
    """Ends uploads that take too long. One thread for all: a timer of the socket starts anew with each byte."""

    def __init__(self) -> None:
        self._uploads: set[_Upload] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    @contextmanager
    def over(self, line: socket.socket) -> Iterator[_Upload]:
        upload = _Upload(line, time.monotonic() + settings.REQUEST_BODY_SECONDS)
        with self._lock:
            self._uploads.add(upload)
            if self._thread is None:  # here and not earlier: a fork has no threads
                self._thread = threading.Thread(target=self._run, name="uploads", daemon=True)
                self._thread.start()
        try:
            yield upload
        finally:
            with self._lock:
                self._uploads.discard(upload)

    def _run(self) -> None:
        while True:
            time.sleep(TICK_SECONDS)
            now = time.monotonic()
            with self._lock:
                for upload in self._uploads:
                    if upload.until < now and not upload.is_late:
                        upload.is_late = True
                        _hear_no_more(upload.line)


def _hear_no_more(line: socket.socket) -> None:
    """Whoever reads gets the end at once; an answer can still be written."""
    with suppress(OSError):
        line.shutdown(socket.SHUT_RD)


_watch = _Watch()


class ReadBodies:
    """Gives every body a length, and an end in time.

    Django takes a chunked body for empty, and a push would be lost; and a thread would wait for a slow one for ever.
    """

    def __init__(self, application: WSGIApplication) -> None:
        self.application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        chunked = bool(environ.get("wsgi.input_terminated")) and not environ.get("CONTENT_LENGTH")
        if chunked or environ.get("CONTENT_LENGTH") not in {None, "", "0"}:
            body = self._read(environ)
            environ["wsgi.input"] = BytesIO(body)
            if chunked or environ.get(BODY_IS_LATE):
                environ["CONTENT_LENGTH"] = str(len(body))
        return self.application(environ, start_response)

    def _read(self, environ: WSGIEnvironment) -> bytes:
        # One byte over the limit is enough for everybody behind us to refuse it.
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1
        if "gunicorn.socket" not in environ:
            return bytes(environ["wsgi.input"].read(most))
        with _watch.over(environ["gunicorn.socket"]) as upload:
            try:
                body = bytes(environ["wsgi.input"].read(most))
            except Exception:
                if not upload.is_late:
                    raise
        if upload.is_late:
            environ[BODY_IS_LATE] = True
            return b""
        return body
