import os
from collections.abc import Iterable
from io import BytesIO
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.conf import settings
from django.core.wsgi import get_wsgi_application

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


application = BufferChunkedBodies(get_wsgi_application())
spare_what_stays()
