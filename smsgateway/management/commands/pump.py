import signal
import threading
from types import FrameType
from typing import Any

import structlog
from django.core.management.base import BaseCommand

from smsgateway.pump import Pump

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = "Do the work inline while nobody hears the bell: broker away, beat or its worker dead. Else only watch."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()

        def end(signum: int, frame: FrameType | None) -> None:
            stop.set()

        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGINT, end)
        log.info("pump_watching")
        Pump().run(stop)
