"""Codes that stand in no table."""

from collections.abc import Iterator, Sequence

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import UpstreamAccount
from messaging import attention
from messaging.admin.links import page_of
from messaging.admin.stuck.classifying import CLASSIFY
from messaging.admin.stuck.sections import Cell, Section, buttons
from messaging.attention import UnknownCode
from messaging.models import Attempt, DeliveryReport, Message
from messaging.vendor.codes import Table


def codes(request: HttpRequest) -> Section:
    codes = attention.unknown_codes(dict(UpstreamAccount.objects.values_list("pk", "name")))
    may = request.user.has_perm(CLASSIFY)
    return Section(
        id="codes",
        title=gettext("Codes that stand in no table"),
        count=str(sum(not code.rules for code in codes)),
        says=[
            gettext(
                "Ask the vendor what a code means, and write it down here once: calls and reports from then on obey, "
                "and messages that have it already read better."
            )
        ],
        headers=[_("code"), _("seen in 7 days"), _("upstream account"), _("examples"), _("what it means"),
                 _("treated as"), ""],
        rows=[_code(code, may=may) for code in codes],
    )  # fmt: skip


def _code(code: UnknownCode, *, may: bool) -> Sequence[Cell]:
    address = reverse("admin:classify_code", args=[code.table.value])
    return [
        f"{code.table} {code.code or gettext('(empty)')}",
        f"{code.count:,}",
        ", ".join(sorted(code.accounts)) or "-",
        buttons(*_samples(code)) or "-",
        code.note or "-",
        "; ".join(_rule(code)) or gettext("not classified: with the most care"),
        buttons(
            (f"{address}?{urlencode({'code': code.code})}", gettext("Classify …"))
            if may and code.code
            else None
        ),
    ]


SAMPLE_MODELS = {Table.STAT: DeliveryReport, Table.STATUS: Attempt, Table.RESULT: Message}


def _samples(code: UnknownCode) -> Iterator[tuple[str, str]]:
    for place, sample in enumerate(code.samples[:3], start=1):
        yield page_of(SAMPLE_MODELS[code.table], sample), str(place)


def _rule(code: UnknownCode) -> Iterator[str]:
    for rule in code.rules:
        whose = f" ({rule.upstream_account})" if rule.upstream_account else ""
        yield f"{rule.get_treat_as_display()}{whose}"
