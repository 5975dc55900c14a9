"""The dictionary of codes: what each means, who must act, how often it was seen this week, and notes of staff."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from unfold.views import UnfoldModelAdminViewMixin

from accounts.admin.units import clock
from messaging import counting
from messaging.admin.wording import Explained, explain, in_the_other_language, other_language
from messaging.counting import Seen
from messaging.models import CodeNote
from messaging.vendor.codes import MAX_CODE, Code, Table, all_codes, lookup

WEEK = timedelta(days=7)
MOST_FOREIGN = 100  # codes of no table, the most seen first

Key = tuple[str, str]


@dataclass(frozen=True)
class Entry:
    """One code as the page shows it."""

    code: Explained
    other_language: str
    seen: str
    note: str
    written: str
    annotate: str


class NoteForm(forms.ModelForm):  # type: ignore[type-arg]
    """What staff write beside a code; an empty note is taken away."""

    code = forms.CharField(max_length=MAX_CODE, widget=forms.HiddenInput)
    note = forms.CharField(max_length=2000, required=False)

    class Meta:
        model = CodeNote
        fields = ("code_table", "code", "note")

    def _post_clean(self) -> None:
        """No check for uniqueness: what is there is written over."""


class CodeDictionary(UnfoldModelAdminViewMixin, TemplateView):  # type: ignore[misc]
    """Every code in the reader's language, or those that `?q=` names, in either language."""

    title = _("Code dictionary")
    permission_required = ()  # it tells nothing about anybody: every staff member may read it
    template_name = "messaging/codes.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kwargs.pop("model_admin", None)  # the theme passes it by the URL and again by its mixin
        query = self.request.GET.get("q", "").strip()[:100]
        may_write = _may_write(self.request)
        context: dict[str, Any] = super().get_context_data(
            **kwargs,
            query=query,
            entries=entries(query),
            other_language=other_language(),
            may_write=may_write,
            subject=_subject(self.request) if may_write else None,
        )
        return context

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """Keep a note."""
        if not _may_write(request):
            raise PermissionDenied
        form = NoteForm(request.POST)
        if form.is_valid():
            _keep(form.cleaned_data, request)
            messages.success(request, gettext("The note is kept."))
        else:
            messages.error(request, gettext("The note was not kept: it may have 2,000 characters at most."))
        return HttpResponseRedirect(_address(q=request.POST.get("code", "")))


def _may_write(request: HttpRequest) -> bool:
    return request.user.has_perm("messaging.change_codenote")


def _keep(wanted: dict[str, str], request: HttpRequest) -> None:
    table, code, note = wanted["code_table"], wanted["code"], wanted["note"]
    if note:
        said = {"note": note, "author": request.user, "written_at": Now()}
        CodeNote.objects.update_or_create(code_table=table, code=code, defaults=said)
    else:
        CodeNote.objects.filter(code_table=table, code=code).delete()


def _subject(request: HttpRequest) -> dict[str, str] | None:
    """Return the code that a note shall be written about; `?table=` and `?code=` name it."""
    table, code = request.GET.get("table", ""), request.GET.get("code", "")[:MAX_CODE]
    if table not in set(Table) or not code:
        return None
    kept = CodeNote.objects.filter(code_table=table, code=code).first()
    return {"table": table, "code": code, "note": kept.note if kept else ""}


def _address(**query: str) -> str:
    return f"{reverse('admin:code_dictionary')}?{urlencode(query)}"


def entries(query: str) -> list[Entry]:
    """Return the codes whose number, words or note contain the query; a code that is exactly meant goes first."""
    wanted = query.casefold()
    seen = counting.codes_seen(timezone.now() - WEEK)
    notes = {(note.code_table, note.code): note for note in CodeNote.objects.select_related("author")}
    known = list(all_codes())
    codes = [*known, *_foreign({(code.table, code.code) for code in known}, seen, notes)]
    found = [
        _entry(code, seen.get((code.table, code.code)), notes.get((code.table, code.code)))
        for code in codes
        if wanted in _words_of(code, notes.get((code.table, code.code)))
    ]
    return sorted(found, key=lambda entry: entry.code.code.casefold() != wanted)


def _foreign(known: set[Key], seen: dict[Key, Seen], notes: Iterable[Key]) -> list[Code]:
    """Return what gateways say and no table has, but for notes and counts."""
    often = sorted(seen.items(), key=lambda item: -item[1].messages)
    keys = [key for key in dict.fromkeys([*notes, *(key for key, _seen in often)]) if key not in known]
    return [lookup(Table(table), code) for table, code in keys[:MOST_FOREIGN]]


def _entry(code: Code, seen: Seen | None, note: CodeNote | None) -> Entry:
    return Entry(
        code=explain(code),
        other_language=in_the_other_language(code.meaning),
        seen=_times(seen),
        note=note.note if note else "",
        written=_signed(note) if note else "",
        annotate=_address(q=code.code, table=code.table, code=code.code),
    )


def _times(seen: Seen | None) -> str:
    if seen is None:
        return "-"
    told = [
        ngettext("%(count)s message", "%(count)s messages", seen.messages) % {"count": f"{seen.messages:,}"}
    ]
    if seen.holds:
        told.append(ngettext("%(count)s hold", "%(count)s holds", seen.holds) % {"count": f"{seen.holds:,}"})
    return ", ".join(told if seen.messages else told[1:])


def _signed(note: CodeNote) -> str:
    who = note.author.get_username() if isinstance(note.author, User) else "-"
    return f"{who}, {clock(note.written_at)}"


def _words_of(code: Code, note: CodeNote | None) -> str:
    sentences = (code.meaning, code.cause, code.action)
    words = [code.table, code.code, *(text for words in sentences for text in (words.en, words.zh))]
    return " ".join([*words, note.note if note else ""]).casefold()
