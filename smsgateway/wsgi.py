import os
import signal
import threading
from collections.abc import Iterable
from io import BytesIO
from types import FrameType
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from messaging.api.waiting import stop_waiting
from smsgateway.collecting import spare_what_stays

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smsgateway.settings")


class BufferChunkedBodies:
    """Gives a chunked body a length: Django takes one without for empty, and a push would be lost."""

    def __init__(self, application: WSGIApplication) -> None:
        self.application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("wsgi.input_terminated") and not environ.get("CONTENT_LENGTH"):
            # One byte over the limit is enough for everybody behind us to refuse it.
            body = environ["wsgi.input"].read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
            environ["wsgi.input"], environ["CONTENT_LENGTH"] = BytesIO(body), str(len(body))
        return self.application(environ, start_response)


def _let_nobody_wait_at_the_end() -> None:
    """Have SIGTERM answer whoever waits for events, before the server does with it what it does.

    gunicorn sets its handler, then loads us, in the main thread; where it is otherwise, a stop waits for them, at most
    20 s.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    servers_own = signal.getsignal(signal.SIGTERM)
    if not callable(servers_own):
        return

    def stop(number: int, frame: FrameType | None) -> None:
        stop_waiting()
        servers_own(number, frame)

    signal.signal(signal.SIGTERM, stop)
    signal.siginterrupt(signal.SIGTERM, False)


application = BufferChunkedBodies(get_wsgi_application())
spare_what_stays()
_let_nobody_wait_at_the_end()
