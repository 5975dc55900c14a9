"""Decisions for which a person must say more than yes: a reason, an account, an application."""

from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from messaging.admin.decisions import Decision


class ReasonForm(forms.Form):
    """Why; whoever reads the hold later wants to know."""

    why = forms.CharField(
        label=_("reason"),
        max_length=200,
        help_text=_("Everybody who may see holds reads it. Name no person, number or text of a message."),
        widget=UnfoldAdminTextInputWidget,
    )


class Question(Decision):
    """As `Decision`, with a form; nothing is done until it is filled in as it should be."""

    template_name = "messaging/question.html"
    form_class: ClassVar[type[forms.Form]]

    @cached_property
    def form(self) -> Any:
        return self.form_class(self.request.POST or None, **self.form_arguments())

    def form_arguments(self) -> dict[str, Any]:
        return {}

    @property
    def said(self) -> dict[str, Any]:
        """What was filled in, clean."""
        cleaned: dict[str, Any] = self.form.cleaned_data
        return cleaned

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs, form=self.form)
        return context

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.form.is_valid():
            return self.render_to_response(self.get_context_data(**kwargs))
        response: HttpResponse = super().post(request, *args, **kwargs)
        return response
