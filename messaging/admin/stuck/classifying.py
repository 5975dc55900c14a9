"""Codes that stand in no table: said once what they mean and how they are treated."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from accounts.admin.reading import ReadOnlyAdmin
from accounts.models import UpstreamAccount
from messaging.admin.decisions import Done
from messaging.admin.questions import Question
from messaging.classification import CHOICES
from messaging.models import CodeNote, CodeRule
from messaging.services import classifying
from messaging.vendor.codes import Code, Table, lookup

CLASSIFY = "messaging.add_coderule"


class MeaningForm(forms.Form):
    """What the vendor answered when somebody asked, and what follows from it."""

    meaning = forms.CharField(
        label=_("what it means"),
        max_length=2000,
        required=False,
        help_text=_("Shown wherever the code is shown, also of messages that have it already."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )
    treat_as = forms.ChoiceField(label=_("treat as"), widget=UnfoldAdminSelectWidget)
    account = forms.ModelChoiceField(
        label=_("upstream account"),
        queryset=UpstreamAccount.objects.order_by("name"),
        required=False,
        empty_label=_("all of them"),
        widget=UnfoldAdminSelectWidget,
    )

    def __init__(self, *args: Any, table: Table, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(choice.value, choice.label) for choice in CHOICES[table]]
        self.fields["treat_as"].choices = choices  # type: ignore[attr-defined]
        if table is Table.STAT:
            del self.fields["account"]


class ClassifyCode(Question):
    form_class = MeaningForm
    permission_required = (CLASSIFY,)
    title = _("What is this code?")
    label = _("Save")

    @cached_property
    def code(self) -> Code:
        try:
            code = lookup(Table(self.kwargs["table"]), self.request.GET.get("code", ""))
        except ValueError:
            raise Http404 from None
        if code.known or not code.code:
            raise Http404
        return code

    @cached_property
    def row(self) -> CodeRule | None:
        return CodeRule.objects.filter(code_table=self.code.table, code=self.code.code).first()

    def form_arguments(self) -> dict[str, Any]:
        note = CodeNote.objects.filter(code_table=self.code.table, code=self.code.code).first()
        rule = self.row
        return {
            "table": self.code.table,
            "initial": {
                "meaning": note.note if note else "",
                "treat_as": rule.treat_as if rule else None,
                "account": rule.upstream_account if rule else None,
            },
        }

    def consequences(self) -> Sequence[str]:
        return [
            f"{self.code.table} {self.code.code}",
            gettext(
                "Ask the vendor what it means before you decide; until then it is treated with the most care."
            ),
            gettext("Calls and reports from now on obey. Messages that have this code keep their state."),
        ]

    def decide(self) -> Done:
        said = self.said
        self.row = classifying.classify(
            self.code.table, self.code.code, CodeRule.Treat(said["treat_as"]), meaning=said["meaning"],
            account=said.get("account"), by=cast("User", self.request.user),
        )  # fmt: skip
        return Done(gettext("Classified: %(rule)s") % {"rule": self.row}, self.back())

    def back(self) -> str:
        return reverse("admin:stuck")


@admin.register(CodeRule)
class CodeRuleAdmin(ReadOnlyAdmin):
    """A rule is taken back by deleting it: the code is treated with care again."""

    paginator = Paginator
    show_full_result_count = True
    list_display = ("code_table", "code", "upstream_account", "treat_as", "author", "decided_at")
    list_display_links = ("code",)
    list_select_related = ("upstream_account", "author")
    fields = ("code_table", "code", "upstream_account", "treat_as", "author", "decided_at")

    def get_custom_urls(self) -> tuple[tuple[str, str, Any], ...]:
        return (("classify/<str:table>/", "classify_code", ClassifyCode.as_view(model_admin=self)),)

    def has_delete_permission(self, request: HttpRequest, _obj: CodeRule | None = None) -> bool:
        return request.user.has_perm("messaging.delete_coderule")
