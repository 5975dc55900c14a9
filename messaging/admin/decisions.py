"""What a person may decide: asked on a page of its own that says what will happen, then done by one button."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib import messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property
from django.views.generic import TemplateView
from unfold.views import UnfoldModelAdminViewMixin

from messaging.admin.links import page_of
from messaging.exceptions import NotFound, Refused, Unpaid


@dataclass(frozen=True)
class Button:
    """A decision that is open to the reader of a row's page."""

    label: str
    url: str
    icon: str
    dangerous: bool = False


@dataclass(frozen=True)
class Done:
    """What was done, in words, and where to go on."""

    told: str
    url: str


class Decision(UnfoldModelAdminViewMixin, TemplateView):  # type: ignore[misc]
    """GET asks, POST does it and goes on to the row's page; a refusal is told there, and nothing is changed.

    404 for a row that is not there, 403 without the permission.
    """

    template_name = "messaging/decision.html"
    model: ClassVar[type[Model]]
    label: Any
    dangerous = False

    @cached_property
    def row(self) -> Any:
        return get_object_or_404(self.model, pk=self.kwargs["pk"])

    @property
    def who(self) -> str:
        return str(self.request.user.get_username())

    def consequences(self) -> Sequence[str]:
        """Return what will happen, a sentence each."""
        raise NotImplementedError

    def decide(self) -> Done:
        """Do it; raise `Refused` or `NotFound` where it can't be done any more."""
        raise NotImplementedError

    def back(self) -> str:
        return page_of(self.model, self.row.pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        for given in ("model_admin", "pk"):
            kwargs.pop(given, None)  # the theme passes the first by the URL and again by its mixin
        context: dict[str, Any] = super().get_context_data(
            **kwargs,
            consequences=self.consequences(),
            label=self.label,
            dangerous=self.dangerous,
            back=self.back(),
        )
        return context

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        try:
            done = self.decide()
        except (Refused, NotFound, Unpaid) as refusal:
            messages.error(request, str(refusal))
            return redirect(self.back())
        self.model_admin.log_change(request, self.row, done.told)
        messages.success(request, done.told)
        return redirect(done.url)
