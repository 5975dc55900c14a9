"""The page on which people set up, replace and look after their own second factor."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.generic import TemplateView
from unfold.views import UnfoldModelAdminViewMixin

from accounts.staff import lockout, second_factor
from accounts.staff.forms import WRONG_CODE, CodeForm, refuse_while_waiting


@method_decorator(never_cache, name="dispatch")
class SecondFactor(UnfoldModelAdminViewMixin, TemplateView):  # type: ignore[misc]
    """Each change asks for a code: whoever finds an open browser can't take the login over."""

    title = gettext_lazy("Second factor")
    permission_required = ()  # everybody's own
    template_name = "accounts/second_factor.html"

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        form = CodeForm(request.POST)
        if form.is_valid():
            codes = self._set_up(form) if not self._has_one() else self._change(form)
            if codes is not None:
                return self.render_to_response(self.get_context_data(new_codes=codes))
        return self.render_to_response(self.get_context_data(form=form))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kwargs.pop("model_admin", None)  # the theme passes it by the URL and again by its mixin
        has_one = self._has_one()
        context: dict[str, Any] = super().get_context_data(**{"form": CodeForm(), **kwargs})
        return context | {
            "has_one": has_one,
            "offer": None if has_one else second_factor.offer(self.request),
            "is_required": second_factor.is_required(),
            "codes_left": second_factor.backup_codes_left(self.request.user),
        }

    def _has_one(self) -> bool:
        return second_factor.has_second_factor(self.request.user)

    def _set_up(self, form: CodeForm) -> list[str] | None:
        codes = second_factor.take_offer(self.request, form.cleaned_data["code"].replace(" ", ""))
        if codes is None:
            form.add_error("code", WRONG_CODE)
        else:
            messages.success(self.request, _("Your second factor is set up."))
        return codes

    def _change(self, form: CodeForm) -> list[str] | None:
        """Do what the pressed button says."""
        if not self._is_right(form):
            return None
        if "replace" in self.request.POST:
            second_factor.remove(self.request.user)
            messages.warning(self.request, _("The old phone counts no more. Set up the new one now."))
            return None
        return second_factor.new_backup_codes(self.request.user)

    def _is_right(self, form: CodeForm) -> bool:
        user = self.request.user
        try:
            refuse_while_waiting(user)
        except ValidationError as error:
            form.add_error("code", error)
            return False
        if second_factor.verify(user, form.cleaned_data["code"]) is None:
            lockout.count_wrong_code(self.request, user.get_username())
            form.add_error("code", WRONG_CODE)
            return False
        return True
