"""What applications have: terms, top-ups and corrections, every entry, and the days that are closed."""

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import View
from unfold.admin import ModelAdmin
from unfold.views import UnfoldModelAdminViewMixin
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminTextInputWidget

from accounts.admin.changes import Recorded
from accounts.admin.labels import labelled
from accounts.admin.reading import ReadOnlyAdmin
from accounts.admin.units import in_yuan
from accounts.ledger import NoCredit, PostedBefore, correct, top_up
from accounts.models import DayClosing, Posting, Purse
from messaging import statements
from messaging.admin.decisions import Button, Done
from messaging.admin.links import list_of
from messaging.admin.questions import Question
from messaging.admin.searching import as_uuid
from messaging.exceptions import Refused

KIND_COLOURS = {"charge": "", "refund": "info", "top_up": "success", "correction": "warning"}
LARGEST = 10_000_000  # yuan; one more digit is a slip


def money(amount: int) -> str:
    return gettext("%(amount)s CNY") % {"amount": in_yuan(amount)}


class AmountForm(forms.Form):
    """An amount and why. The token is made with the page: a second submit of it posts nothing."""

    amount = forms.DecimalField(
        label=_("amount in yuan (CNY)"),
        max_digits=11,
        decimal_places=3,
        max_value=LARGEST,
        min_value=-LARGEST,
        widget=UnfoldAdminDecimalFieldWidget,
    )
    reason = forms.CharField(
        label=_("reason"),
        min_length=5,
        max_length=200,
        help_text=_("Kept for ever with your name, such as the number of the payment."),
        widget=UnfoldAdminTextInputWidget,
    )
    token = forms.UUIDField(initial=uuid.uuid4, widget=forms.HiddenInput)

    def clean_amount(self) -> int:
        """Return 厘."""
        return int(self.cleaned_data["amount"] * 1000)


class TopUpForm(AmountForm):
    def clean_amount(self) -> int:
        amount = super().clean_amount()
        if amount <= 0:
            raise forms.ValidationError(gettext("A top-up adds something. To take money away, correct it."))
        return amount


class CorrectionForm(AmountForm):
    def clean_amount(self) -> int:
        amount = super().clean_amount()
        if not amount:
            raise forms.ValidationError(gettext("A correction changes something."))
        return amount


class _Posted(Question):
    """A form that makes an entry, once."""

    model = Purse
    done: Any

    def decide(self) -> Done:
        said = self.said
        try:
            self.post_entry(said["amount"], reason=said["reason"], posted_by=self.who, subject=said["token"])
        except PostedBefore as error:
            raise Refused(
                "posted_before", gettext("This form was sent before: it is posted once.")
            ) from error
        except NoCredit as error:
            raise Refused(
                "no_credit",
                gettext("The purse's terms do not let its balance fall so low. Nothing was posted."),
            ) from error
        return Done(gettext(self.done) % {"amount": money(said["amount"])}, self.back())

    def post_entry(self, amount: int, **told: Any) -> None:
        raise NotImplementedError

    def consequences(self) -> Sequence[str]:
        return [
            gettext("%(application)s has %(balance)s.")
            % {"application": self.row.application, "balance": money(self.row.balance)}
        ]


class TopUp(_Posted):
    form_class = TopUpForm
    permission_required = ("accounts.view_purse", "accounts.top_up_purse")
    title = _("Top up the purse")
    label = _("Top up")
    done = "Topped up by %(amount)s."

    def post_entry(self, amount: int, **told: Any) -> None:
        top_up(self.row.application_id, amount, **told)


class Correct(_Posted):
    form_class = CorrectionForm
    permission_required = ("accounts.view_purse", "accounts.correct_purse")
    title = _("Correct the purse")
    label = _("Correct")
    done = "Corrected by %(amount)s."

    def consequences(self) -> Sequence[str]:
        more = gettext(
            "What is in the books stays there: a correction is an entry of its own, with a minus it takes."
        )
        return [*super().consequences(), more]

    def post_entry(self, amount: int, **told: Any) -> None:
        correct(self.row.application_id, amount, **told)


class PurseForm(forms.ModelForm[Purse]):
    """The database refuses terms that the balance of this moment breaks; here somebody is told why."""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        balance, line = self.instance.balance if self.instance.pk else 0, data.get("credit_line")
        prepaid = data.get("charge_type") == Purse.ChargeType.PRECHARGE
        if prepaid and balance < 0:
            self.add_error("charge_type", gettext("Its balance is below zero: top it up first."))
        if not prepaid and line is not None and balance < -line:
            self.add_error("credit_line", gettext("Its balance is below this line: top it up first."))
        return data


@admin.register(Purse)
class PurseAdmin(Recorded, ModelAdmin):  # type: ignore[misc]
    """Terms are changed here; the balance is moved by entries only."""

    form = PurseForm
    change_form_template = "messaging/purse.html"
    list_display = ("application", "shown_balance", "shown_type", "credit_line", "price_per_part")
    list_select_related = ("application",)
    list_filter = ("charge_type",)
    search_fields = ("application__name",)
    ordering = ("application__name",)
    fields = ("application", "charge_type", "credit_line", "price_per_part")

    def get_custom_urls(self) -> tuple[tuple[str, str, Any], ...]:
        return (
            ("<int:pk>/top-up/", "top_up_purse", TopUp.as_view(model_admin=self)),
            ("<int:pk>/correct/", "correct_purse", Correct.as_view(model_admin=self)),
        )

    def get_readonly_fields(self, _request: HttpRequest, obj: Purse | None = None) -> tuple[str, ...]:
        return ("application",) if obj else ()

    def has_delete_permission(self, *_args: Any) -> bool:
        return False

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """While terms are checked and stored the balance stays where it is."""
        row = super().get_object(request, object_id, from_field)
        if row and request.method == "POST" and connection.in_atomic_block:
            return Purse.objects.select_for_update().get(pk=row.pk)
        return row

    def save_model(self, _request: HttpRequest, obj: Purse, form: forms.ModelForm[Any], change: bool) -> None:
        """Write only what was edited: the balance moves beside us."""
        edited = [name for name in form.changed_data if name in form.fields]
        if not change or edited:
            obj.save(update_fields=edited if change else None)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if row := context.get("original"):
            context |= {"balance": money(row.balance), "buttons": [*_buttons(request, row)]}
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    @admin.display(description=_("balance"))
    def shown_balance(self, purse: Purse) -> str:
        return money(purse.balance)

    @labelled(_("charge type"), {"PRECHARGE": "info", "POSTCHARGE": ""})
    def shown_type(self, purse: Purse) -> tuple[str, str]:
        return purse.charge_type, purse.get_charge_type_display()


def _buttons(request: HttpRequest, purse: Purse) -> Iterator[Button]:
    may = request.user.has_perm
    if may("accounts.top_up_purse"):
        yield Button(gettext("Top up …"), reverse("admin:top_up_purse", args=[purse.pk]), "add_card")
    if may("accounts.correct_purse"):
        yield Button(gettext("Correct …"), reverse("admin:correct_purse", args=[purse.pk]), "edit_note")
    if may("accounts.view_posting"):
        address = list_of(Posting, application__id__exact=purse.application_id)
        yield Button(gettext("Its entries"), address, "receipt_long")


@admin.register(Posting)
class PostingAdmin(ReadOnlyAdmin):
    """The side of the purse, the newest first; the other side of each entry is the same with the other sign."""

    list_display = ("posted_at", "application", "shown_kind", "shown_amount", "parts", "reason", "posted_by")
    list_select_related = ("application",)
    list_filter = ("application", "kind")
    lookups = ("application__id__exact", "kind__exact")
    search_fields = ("subject",)
    search_help_text = _("Id of the message or batch that was charged, in full")
    fields = (
        "posted_at", "application", "shown_kind", "shown_amount", "parts", "reason", "posted_by", "subject", "entry",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Posting]:
        postings: QuerySet[Posting] = super().get_queryset(request)
        return postings.filter(side=Posting.Side.PURSE)

    def find(self, queryset: QuerySet[Posting], term: str) -> QuerySet[Posting]:
        key = as_uuid(term)
        return queryset.filter(subject=key) if key else queryset.none()

    @labelled(_("kind"), KIND_COLOURS)
    def shown_kind(self, posting: Posting) -> tuple[str, str]:
        return posting.kind, posting.get_kind_display()

    @admin.display(description=_("amount"))
    def shown_amount(self, posting: Posting) -> str:
        return money(posting.amount)


class DownloadStatement(UnfoldModelAdminViewMixin, View):  # type: ignore[misc]
    """The entries of a closed day as a file for a spreadsheet."""

    permission_required = ("accounts.view_dayclosing", "accounts.view_posting")
    title = _("Statement")

    def get(self, _request: HttpRequest, pk: int, **_kwargs: Any) -> StreamingHttpResponse:
        closing = get_object_or_404(DayClosing.objects.select_related("application"), pk=pk)
        lines = statements.lines(closing.application, closing.day)
        answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        name = f"statement-{closing.application_id}-{closing.day}.csv"
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer


@admin.register(DayClosing)
class DayClosingAdmin(ReadOnlyAdmin):
    change_form_template = "messaging/day_closing.html"
    list_display = (
        "day", "application", "shown_opening", "shown_charges", "shown_refunds", "shown_top_ups",
        "shown_corrections", "shown_closing", "parts",
    )  # fmt: skip
    list_select_related = ("application",)
    list_filter = ("application",)
    lookups = ("application__id__exact",)
    fields = list_display

    def get_custom_urls(self) -> tuple[tuple[str, str, Any], ...]:
        return (("<int:pk>/statement/", "statement", DownloadStatement.as_view(model_admin=self)),)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = context.get("original")
        if row and request.user.has_perms(DownloadStatement.permission_required):
            address = reverse("admin:statement", args=[row.pk])
            context["buttons"] = [Button(gettext("Download the statement"), address, "download")]
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    @admin.display(description=_("opening balance"))
    def shown_opening(self, closing: DayClosing) -> str:
        return money(closing.opening)

    @admin.display(description=_("charges"))
    def shown_charges(self, closing: DayClosing) -> str:
        return in_yuan(closing.charges)

    @admin.display(description=_("refunds"))
    def shown_refunds(self, closing: DayClosing) -> str:
        return in_yuan(closing.refunds)

    @admin.display(description=_("top-ups"))
    def shown_top_ups(self, closing: DayClosing) -> str:
        return in_yuan(closing.top_ups)

    @admin.display(description=_("corrections"))
    def shown_corrections(self, closing: DayClosing) -> str:
        return in_yuan(closing.corrections)

    @admin.display(description=_("closing balance"))
    def shown_closing(self, closing: DayClosing) -> str:
        return money(closing.closing)
