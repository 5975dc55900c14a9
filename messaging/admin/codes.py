"""The dictionary of codes: what each means, why it comes, who must act, what to do next."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from unfold.views import UnfoldModelAdminViewMixin

from messaging.admin.wording import Explained, explain
from messaging.vendor.codes import Code, all_codes


class CodeDictionary(UnfoldModelAdminViewMixin, TemplateView):  # type: ignore[misc]
    """Every code in the reader's language, or those that `?q=` names, in either language."""

    title = _("Code dictionary")
    permission_required = ()  # it tells nothing about anybody: every staff member may read it
    template_name = "messaging/codes.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kwargs.pop("model_admin", None)  # the theme passes it by the URL and again by its mixin
        query = self.request.GET.get("q", "").strip()[:100]
        context: dict[str, Any] = super().get_context_data(**kwargs, query=query, codes=find_codes(query))
        return context


def find_codes(query: str) -> list[Explained]:
    """Return the codes whose number or words contain the query; a code that is exactly meant goes first."""
    wanted = query.casefold()
    found = [code for code in all_codes() if wanted in _words_of(code)]
    return [explain(code) for code in sorted(found, key=lambda code: code.code.casefold() != wanted)]


def _words_of(code: Code) -> str:
    sentences = (code.meaning, code.cause, code.action)
    words = [code.table, code.code, *(text for words in sentences for text in (words.en, words.zh))]
    return " ".join(words).casefold()
