"""What every view of the API is: strict about its query, as the bodies are about their fields."""

from functools import cache
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.views import APIView

from messaging.api.pages import InvalidQuery

MAY_BE_EMPTY = frozenset({"cursor", "after"})  # from the beginning


class ApiView(APIView):
    """Refuses a query that its operation does not know: a filter that is misspelt would show everything."""

    http_method_names = ["get", "post", "head"]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        method = str(request.method).lower()
        if request.query_params and hasattr(self, method):
            kind: Any = type(self)
            _check(request, _known(kind, method))


def _check(request: Request, known: frozenset[str]) -> None:
    for name, value in request.query_params.items():
        if name not in known:
            raise InvalidQuery(_unknown(name, known))
        if not value and name not in MAY_BE_EMPTY:
            raise InvalidQuery(_("`%(name)s` is empty. Leave it out, or give it a value.") % {"name": name})
        if "\x00" in value:
            raise InvalidQuery(_("`%(name)s` holds a NUL character.") % {"name": name})


def _unknown(name: str, known: frozenset[str]) -> str:
    if not known:
        return _("There is no `%(name)s` in the query here, nor anything else. Leave it out.") % {
            "name": name[:60]
        }
    names = ", ".join(f"`{one}`" for one in sorted(known))
    text = _("There is no `%(name)s` in the query here. Leave it out, or check its spelling: %(names)s.")
    return text % {"name": name[:60], "names": names}


@cache
def _known(view: Any, method: str) -> frozenset[str]:
    """Names in the query that `extend_schema` describes: what is promised and what is taken are the same."""
    described = getattr(getattr(view, method, None), "kwargs", {}).get("schema")
    if described is None:
        return frozenset()
    schema = described()
    schema.view = view(request=None, kwargs={})
    parameters = schema.get_override_parameters()
    return frozenset(parameter.name for parameter in parameters if parameter.location == parameter.QUERY)
