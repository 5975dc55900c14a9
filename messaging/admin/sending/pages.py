"""The pages: form, live count, and what would be sent."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView, TemplateView, View
from unfold.views import UnfoldModelAdminViewMixin

from messaging.admin.links import page_of
from messaging.admin.sending.dispatch import Dispatched, dispatch
from messaging.admin.sending.foretold import Foretold, foretell
from messaging.admin.sending.form import CountForm, SendForm, too_big
from messaging.admin.sending.joint import JointProgress
from messaging.drafts import Letter, batches_of, drafts_of, keep_draft, open_letter
from messaging.exceptions import DomainError
from messaging.models import Batch, Draft
from messaging.recipients import Item, Recipients
from messaging.services import preflight
from messaging.services.preflight import Asked
from messaging.text import parts
from messaging.timing import time_problems

MAY_SEND = "messaging.send_message"
SHOWN_MESSAGES = 3


class SendPage(UnfoldModelAdminViewMixin, FormView):  # type: ignore[misc, type-arg]
    """The form. A good one becomes a draft; nothing is sent yet."""

    title = _("Send messages")
    permission_required = (MAY_SEND,)
    template_name = "messaging/send.html"
    form_class = SendForm

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if int(request.META.get("CONTENT_LENGTH") or 0) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            # Only its beginning was read (`smsgateway.uploads`): what was cut off must not be left out in silence.
            form = SendForm(request.POST)
            form.add_error("file", too_big())
            return self.form_invalid(form)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: SendForm) -> HttpResponse:
        draft = keep_draft(
            form.letter,
            form.options(),
            form=form.cleaned_data["form"],
            made_by=self.request.user.get_username(),
        )
        return redirect("admin:send_draft", draft.pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kwargs.pop("model_admin", None)  # the theme passes it by the URL and again by its mixin
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"letter": getattr(context["form"], "letter", None)}


class CountPart(UnfoldModelAdminViewMixin, View):  # type: ignore[misc]
    """A piece of the form's page: what the text and the numbers in it would come to."""

    title = ""
    permission_required = (MAY_SEND,)

    def post(self, request: HttpRequest, **_path: Any) -> HttpResponse:
        form = CountForm(request.POST)
        form.is_valid()
        return TemplateResponse(request, "messaging/foretold.html", {"foretold": _count(form)})


def _count(form: CountForm) -> Foretold | None:
    """Fields that are wrong are left out: they may be half typed."""
    data = form.cleaned_data
    if "application" not in data or "category" not in data or "content" not in data:
        return None
    options = {name: data.get(name) for name in ("extno", "send_at", "expires_at")}
    asked = Asked(data["application"], data["category"], **options)
    content: str = data["content"]
    if not content.strip():
        return None
    if entries := data.get("numbers"):
        told = preflight.of_batch(asked, content, Recipients([e.to for e in entries]), skip_invalid=True)
    else:
        told = preflight.of_message(asked, Item("", content))
    return foretell(told, parts_each=parts(content))


def _draft_of(request: HttpRequest, draft_id: UUID) -> Draft:
    """Only whoever made it sees the numbers in it, and sends them."""
    draft = drafts_of(request.user.get_username()).filter(pk=draft_id).first()
    if draft is None:
        raise Http404
    return draft


class DraftProgress(UnfoldModelAdminViewMixin, View):  # type: ignore[misc]
    """The part of a draft's page that changes while its batches are sent, alone."""

    title = ""
    permission_required = (MAY_SEND,)

    def get(self, request: HttpRequest, draft_id: UUID, **_path: Any) -> HttpResponse:
        batches = batches_of(_draft_of(request, draft_id))
        return TemplateResponse(request, "messaging/draft_progress.html", JointProgress.of(batches).context())


class DraftPage(UnfoldModelAdminViewMixin, TemplateView):  # type: ignore[misc]
    """What a draft would send, and the button; once it was sent, the batches that it became."""

    title = _("Send messages")
    permission_required = (MAY_SEND,)
    template_name = "messaging/draft.html"

    def get(self, request: HttpRequest, draft_id: UUID, **_path: Any) -> HttpResponse:
        draft = _draft_of(request, draft_id)
        return self.render_to_response(self.get_context_data(draft=draft, **_told(draft)))

    def post(self, request: HttpRequest, draft_id: UUID, **_path: Any) -> HttpResponse:
        draft = _draft_of(request, draft_id)
        letter = open_letter(draft)
        if letter is not None and not self._is_late(draft):
            done = dispatch(draft, letter)
            self._say(done)
        return self._onward(draft)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kwargs.pop("model_admin", None)
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context

    def _is_late(self, draft: Draft) -> bool:
        problems = [*time_problems(draft.send_at, draft.expires_at)]
        for problem in problems:
            messages.error(self.request, gettext("Nothing was sent. %(why)s") % {"why": problem.detail})
        return bool(problems)

    def _say(self, done: Dispatched) -> None:
        if done.error is None:
            messages.success(self.request, gettext("Accepted. It is being sent."))
        else:
            messages.error(self.request, _failure(done, done.error))

    def _onward(self, draft: Draft) -> HttpResponse:
        batches = batches_of(draft)
        sent = Draft.objects.filter(pk=draft.pk, sent_at__isnull=False).exists()
        if sent and len(batches) == 1 and self.request.user.has_perm("messaging.view_batch"):
            return redirect(page_of(Batch, batches[0]))
        return redirect("admin:send_draft", draft.pk)


def _failure(done: Dispatched, error: DomainError) -> str:
    if error.code == "idempotency_key_reused":
        return gettext(
            "Something else was sent from this form already. Nothing was sent now. Open a new form."
        )
    if done.batches:
        text = gettext(
            "Only a part was accepted; the rest was not: %(why)s You may press the button again: nothing is sent twice."
        )
    else:
        text = gettext("Not accepted: %(why)s You may press the button again: nothing is sent twice.")
    return text % {"why": error}


def _told(draft: Draft) -> dict[str, Any]:
    """What the page says of a draft."""
    letter, batches = open_letter(draft), batches_of(draft)
    context: dict[str, Any] = {
        "letter": letter,
        "form_url": reverse("admin:send"),
        "progress_url": reverse("admin:send_draft_progress", args=[draft.pk]),
        **JointProgress.of(batches).context(),
    }
    if letter is None:
        return context
    asked = Asked(draft.application, draft.category, draft.extno, draft.send_at, draft.expires_at)
    rest = letter.recipients(slice(len(batches) * settings.MAX_RECIPIENTS, None))
    told = preflight.of_batch(asked, letter.content, rest, skip_invalid=True)
    each = parts(letter.content) if letter.content is not None else None
    return context | {
        "foretold": foretell(told, parts_each=each),
        "may_go": bool(told.accepted) or not rest.to,
        "good": f"{len(letter.mobiles):,}",
        "bad": f"{letter.refused:,}",
        "samples": _samples(letter),
        "pieces": -(-len(letter.mobiles) // settings.MAX_RECIPIENTS),
    }


def _samples(letter: Letter) -> list[tuple[str, str]]:
    texts = letter.contents if letter.contents is not None else [letter.content or ""] * SHOWN_MESSAGES
    return [*zip(letter.mobiles[:SHOWN_MESSAGES], texts, strict=False)]
