import os
import signal
import sys
import threading
from types import FrameType

from django.core import checks
from django.core.wsgi import get_wsgi_application

from messaging.api.waiting import stop_waiting
from smsgateway.collecting import spare_what_stays
from smsgateway.uploads import ReadBodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smsgateway.settings")


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


def _refuse_wrong_settings() -> None:
    """Stop here, in plain words: gunicorn heeds none of Django's checks, and one may have been started by hand."""
    wrong = [message for message in checks.run_checks(tags=["smsgateway"]) if message.is_serious()]
    if wrong:
        sys.exit("\n".join(str(message) for message in wrong))


application = ReadBodies(get_wsgi_application())
_refuse_wrong_settings()
spare_what_stays()
_let_nobody_wait_at_the_end()
