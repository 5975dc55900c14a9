"""The test of an upstream account, in words: one thing to put right, and how far the test came."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin.units import balance_of
from accounts.models import UpstreamAccount
from messaging.admin.decisions import Decision
from messaging.admin.wording import explain, one_after_another, reason_label, sentences
from messaging.services import probing
from messaging.services.probing import Diagnosis, Fix, Step

STEPS = {
    Step.KEY: _("the stored password can be read"),
    Step.NAME: _("the host name is found"),
    Step.CONNECTION: _("the host takes connections"),
    Step.ENCRYPTION: _("the certificate is valid"),
    Step.ANSWER: _("a gateway answers"),
    Step.LOGIN: _("the login is accepted"),
}

# fix → what to do, by whom
ADVICE = {
    Fix.KEY: _("Change the password here: it was stored with an encryption key that is no longer in use."),
    Fix.URL: _("Correct the base URL: it is no whole address such as http://host:7862/sms."),
    Fix.NAME: _("Correct the host name in the base URL, or ask the vendor for the right one: nobody knows it."),
    Fix.PORT: _("Ask the vendor for the right port: the host is there, and refuses connections on this one."),
    Fix.NETWORK: _("Let the firewall on our side and the vendor's open the way: the host does not answer at all."),
    Fix.CERTIFICATE: _("Ask the vendor for a valid certificate, or install its authority: nothing is sent without."),
    Fix.PATH: _("Ask the vendor for the path of the interface: the web server answers, but not at this one."),
    Fix.NO_GATEWAY: _("Ask the vendor for the address of the HTTP interface: what answers here is another program."),
    Fix.NO_ANSWER: _("Ask the vendor whether the gateway is down: it takes the connection and does not answer as it "
                     "should."),
    Fix.INACTIVE: _("Switch the account to active: all is well, but nothing is sent through it."),
    Fix.NO_ROUTE: _("Add a route to this account: all is well, but nobody may use it."),
    Fix.HELD: _("Release its hold: all is well by now, but it is still held back."),
    Fix.NO_CREDIT: _("Top up the account at the vendor: the login is right, and the balance is used up."),
    Fix.XML: _("Ask the vendor to answer in JSON: it answers in XML, in which reports and replies can't be read."),
    Fix.PLAIN_HTTP: _("Ask the vendor for an https address: all is well, but passwords travel in the clear."),
    Fix.NOTHING: _("Nothing: all is well."),
}  # fmt: skip


@dataclass(frozen=True)
class StepLine:
    """One step of the test; `passed` is None where the test did not come so far."""

    text: Any
    passed: bool | None


def advice(account: UpstreamAccount, diagnosis: Diagnosis) -> str:
    """Return the one thing to do, in the reader's language."""
    if diagnosis.fix == Fix.OTHER_MODE:
        mode = UpstreamAccount.AuthMode
        other = mode.PLAIN if account.auth_mode == mode.MD5 else mode.MD5
        return gettext("Set the password mode to “%(mode)s”: with it the login is accepted.") % {
            "mode": other.label
        }
    if diagnosis.fix == Fix.CODE and diagnosis.code:
        found = explain(diagnosis.code)
        return one_after_another(sentences(found.action), sentences(f"STATUS {found.code}: {found.meaning}"))
    return str(ADVICE[diagnosis.fix])


def step_lines(account: UpstreamAccount, diagnosis: Diagnosis) -> list[StepLine]:
    lines = []
    for step, text in STEPS.items():
        if step == Step.ENCRYPTION and not account.base_url.startswith("https"):
            continue
        failed = False if step == diagnosis.failed else None
        lines.append(StepLine(text, True if step in diagnosis.passed else failed))
    return lines


class TestAccount(Decision):
    """GET says what will be tried, POST tries it and shows what came of it; nothing is changed but the balance read."""

    __test__ = False  # for pytest, which collects what is called so
    model = UpstreamAccount
    template_name = "messaging/probe.html"
    permission_required = ("accounts.change_upstreamaccount",)
    title = _("Test the account")
    label = _("Test now")

    def consequences(self) -> Sequence[str]:
        return [
            str(self.row),
            gettext(
                "Asks for the balance, and looks at address, certificate and login on the way. Nothing is sent, and "
                "no report is fetched. It takes 20 seconds at most."
            ),
        ]

    def post(self, _request: HttpRequest, *_args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        diagnosis = probing.probe(self.row)
        self.row.refresh_from_db()
        context = self.get_context_data(
            **kwargs,
            advice=advice(self.row, diagnosis),
            well=diagnosis.fix == Fix.NOTHING,
            steps=step_lines(self.row, diagnosis),
            reason=reason_label(diagnosis.reason),
            balance=balance_of(self.row) if diagnosis.answer else "",
            form_of_answer="XML" if diagnosis.answer and diagnosis.answer.in_xml else "JSON",
            answered=diagnosis.answer is not None,
        )
        return self.render_to_response(context)
