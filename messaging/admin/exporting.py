"""A list as a file for a spreadsheet: as it is narrowed, for a reason that is kept, and masked as its pages are."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.core.exceptions import BadRequest
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext, override
from django.utils.translation import gettext_lazy as _

from messaging.admin.privacy import masked_number, may_see
from messaging.admin.questions import Question
from messaging.admin.reasons import DisclosureForm, asking
from messaging.models import Disclosure
from messaging.numbers import normalise
from messaging.selectors import newest_in_pages
from messaging.services import disclosing
from messaging.services.disclosing import Asking
from messaging.spreadsheets import MARK, written

EXPORT = "messaging.export_messages"
MOST_ROWS = 1_000_000  # a spreadsheet holds 1,048,576
PAGE = 500
LONGEST = 200  # characters of what was searched for, as they are kept


@dataclass(frozen=True)
class Column:
    """A heading, what stands below it, and how that is masked."""

    title: Any
    value: Callable[[Any], object]
    mask: Callable[[str], str] | None = None

    def cell(self, row: Any, *, masked: bool) -> str:
        """Return the text; times are those of the staff's zone."""
        value = self.value(row)
        if value is None or value == "":
            return ""
        if isinstance(value, datetime):
            return timezone.localtime(value).strftime("%Y-%m-%d %H:%M:%S")
        return self.mask(str(value)) if masked and self.mask else str(value)


class Exportable:
    """A list with a button that leads to its export."""

    list_before_template = "messaging/export_button.html"
    export_subject: ClassVar[Disclosure.Subject]
    export_columns: ClassVar[tuple[Column, ...]]
    lookups: tuple[str, ...]
    opts: Any

    def get_custom_urls(self) -> tuple[tuple[str, str, Any], ...]:
        inherited: tuple[tuple[str, str, Any], ...] = super().get_custom_urls()  # type: ignore[misc]
        return (("export/", self.export_name, ExportList.as_view(model_admin=self)), *inherited)

    @property
    def export_name(self) -> str:
        return f"export_{self.opts.model_name}"

    def narrowed(self, request: HttpRequest) -> dict[str, str]:
        """Return what the list is searched and filtered by."""
        return {name: request.GET[name] for name in (SEARCH_VAR, *self.lookups) if request.GET.get(name)}

    def export_pages(self, _request: HttpRequest, rows: QuerySet[Any]) -> Iterator[Sequence[Any]]:
        """Yield a list's rows, newest first, no more than a page of them at a time."""
        return newest_in_pages(rows, PAGE)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        context = dict(extra_context or {})
        if request.user.has_perm(EXPORT):
            query = urlencode(self.narrowed(request))
            context["export_url"] = reverse(f"admin:{self.export_name}") + (f"?{query}" if query else "")
        answer: HttpResponse = super().changelist_view(request, context)  # type: ignore[misc]
        return answer


class ExportList(Question):
    """Asks for the reason, then streams. The file is not whole where its transfer breaks off; the audit says which."""

    form_class = DisclosureForm
    title = _("Export this list?")
    label = _("Download the file")

    def get_permission_required(self) -> tuple[str, ...]:
        meta = self.model_admin.opts
        return (f"{meta.app_label}.view_{meta.model_name}", EXPORT)

    @cached_property
    def listed(self) -> ChangeList:
        try:
            found: ChangeList = self.model_admin.get_changelist_instance(self.request)
        except IncorrectLookupParameters as error:
            raise BadRequest("no such filter") from error
        return found

    def consequences(self) -> Sequence[str]:
        return [
            gettext("Narrowed by: %(filters)s") % {"filters": "; ".join(_in_words(self.listed)) or "–"},
            gettext("At most %(rows)s rows, the newest first: narrow the list to reach what is older.")
            % {"rows": f"{MOST_ROWS:,}"},
            gettext("Numbers and texts are whole.")
            if may_see(self.request)
            else gettext("Numbers and texts are masked, as you see them."),
            gettext(
                "That you export it, when, from which address and why is recorded, and can't be deleted."
            ),
        ]

    def back(self) -> str:
        meta = self.model_admin.opts
        address = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
        query = urlencode(self.model_admin.narrowed(self.request))
        return f"{address}?{query}" if query else address

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponseBase:  # type: ignore[override]
        if not self.form.is_valid():
            return self.render_to_response(self.get_context_data())
        masked = not may_see(request)
        lister, rows, who = self.model_admin, self.listed.queryset, asking(request, self.said["reason"])
        narrowed = _without_numbers(lister.narrowed(request))
        export = disclosing.begin_export(who, lister.export_subject, narrowed, masked=masked)
        pages = lister.export_pages(request, rows)
        file = File(lister.export_columns, masked=masked, language=get_language())
        answer = StreamingHttpResponse(
            _recorded(file, pages, export, who), content_type="text/csv; charset=utf-8"
        )
        name = f"{lister.opts.model_name}-{timezone.localtime():%Y%m%d-%H%M%S}.csv"
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer


@dataclass
class File:
    """What is written, and how many rows have been."""

    columns: tuple[Column, ...]
    masked: bool
    language: str | None
    rows: int = 0

    def lines(self, pages: Iterable[Sequence[Model]]) -> Iterator[str]:
        """The server asks for them after the view has returned, when another language may be spoken."""
        with override(self.language):
            heading = written([[capfirst(str(column.title)) for column in self.columns]])
        yield MARK + heading
        for page in pages:
            fitting = page[: MOST_ROWS - self.rows]
            with override(self.language):
                lines = written(self._cells(row) for row in fitting)
            self.rows += len(fitting)
            yield lines
            if self.rows >= MOST_ROWS:
                return

    def _cells(self, row: Model) -> list[str]:
        return [column.cell(row, masked=self.masked) for column in self.columns]


def _recorded(file: File, pages: Iterator[Sequence[Model]], export: Disclosure, who: Asking) -> Iterator[str]:
    """Yield the lines, and record how many rows have left, also when whoever asked for them has gone."""
    whole = False
    try:
        yield from file.lines(pages)
        whole = True
    finally:
        disclosing.end_export(export, who, file.rows, whole=whole)


def _in_words(listed: ChangeList) -> Iterator[str]:
    if listed.query:
        yield gettext("search for %(term)s") % {"term": listed.query}
    for spec in listed.filter_specs:
        _every, *others = spec.choices(listed)
        for choice in others:
            if choice["selected"]:
                yield f"{spec.title}: {choice['display']}"


def _without_numbers(narrowed: dict[str, str]) -> dict[str, str]:
    """What is kept for ever holds nobody's number."""
    return {
        name: masked_number(mobile) if (mobile := normalise(value)) else value[:LONGEST]
        for name, value in narrowed.items()
    }
