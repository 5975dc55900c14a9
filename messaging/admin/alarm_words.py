"""What an alarm says, in the reader's language. Alarms are kept in English, as they go to whoever is on call."""

import re
from functools import cache

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from messaging.admin.wording import explained
from messaging.models import Alarm

# As the alarms are written where they are sounded; a sentence that stands in none of these is shown as it is kept.
SENTENCES = (
    _("Release it in the admin, under Holds, when its reason is gone."),
    _("Check the network, the firewall and the account's base URL. It ends when the gateway answers."),
    _("Check account, password and source address with the vendor, and save the account."),
    _("Top up the account at the vendor. It ends when the balance has risen."),
    _("Ask the vendor whether this extno is open for the account. It ends when a trial passes."),
    _("Have the vendor file this signature. It ends when a trial passes."),
    _("Ask the vendor whether the carrier's route is down. It ends when a trial passes."),
    _("Have the vendor renew the gateway's certificate, or install its authority. Nothing goes out without."),
    _("Check the line to the gateway, and ask the vendor to hand it out again, or to push reports."),
    _("Look at them in the admin, under Upstream payloads, and show the raw text to the vendor."),
    _(
        "See whether reports are pulled or pushed at all, whether another system pulls them, and ask the vendor."
    ),
    _("See whether another system uses this account: reports go to whoever asks first. Each needs its own."),
    _("Reports and replies could not be pushed for 72 hours. They are kept."),
    _("See why the push URL does not answer OK, then have the deliveries sent again in the admin."),
    _("Add a route in the admin, or activate the account that it leads to."),
    _("Run manage.py doctor. While manage.py pump runs, it does the work."),
    _("Look at the workers' logs of that time, then release or cancel the message."),
    _(
        "%(fetches)s fetches of reports or replies ended without a whole answer in the last hour. What the gateway had "
        "handed out with them is gone there."
    ),
    _(
        "No delivery report came for %(minutes)s minutes, while %(waiting)s messages of the newest calls wait for one."
    ),
    _("%(unmatched)s of the last hour's %(total)s delivery reports belong to no message of ours."),
    _("%(messages)s messages wait, and no route leads them to an upstream account."),
    _(
        "%(messages)s messages are due, for up to %(minutes)s minutes. Nothing left meanwhile, and no hold says why."
    ),
    _("Run manage.py doctor. See that workers of the queue %(queue)s run and that their calls end."),
    _("Beat, the broker or the worker of the queue upkeep is down: last heard of at %(at)s UTC."),
    _("%(claims)s workers died before they could send this message. It is held."),
    _(
        "%(bodies)s bodies and %(items)s single items of the last hour can't be read. They are kept as they came."
    ),
    _(
        "See that a worker of the queue upkeep runs and whether it logs months_not_made, or run: manage.py migrate"
    ),
    _("From %(origin)s came more than %(times)s wrong API keys a minute."),
    _(
        "Find out who that is: an application with an old key, or somebody who guesses. Further tries from there are "
        "refused; block the address in front of us if it goes on. The alarm ends after a quiet day."
    ),
    _("%(items)s items of a body from the gateway can't be read. All is kept as it came."),
    _("A body"),
    _("%(what)s from the gateway can't be read. All is kept as it came."),
    _("A call that was answered with STATUS 5 or 100 was sent all the same."),
    _(
        "A fetch of reports or replies ended without a whole answer. What was handed out with it is gone there."
    ),
    _("A page of reports or replies ended too early. Its whole items are applied, what came is kept."),
    _("A page of reports or replies was kept on disk and can't be taken into the database."),
    _("An answer named %(strangers)s numbers that were not in the call. The raw answer is kept."),
    _("Ask the vendor what these codes mean for a call. Such calls are unknown from now on."),
    _("Ask the vendor whether mids start anew: for one number, such reports can't be told apart."),
    _("Compare the clocks of the machines, with manage.py doctor; old rows get a partition within the hour."),
    _("Find them in the admin by their status: release or cancel what is held."),
    _("Look at %(file)s.damaged in SMSGATEWAY_SPOOL_DIR, on the machine that logged this."),
    _("Look at it in the admin, under Upstream payloads, and show the raw text to the vendor."),
    _("Look at the errors under Upstream payloads. Until this ends no report or reply is pulled there."),
    _("Look at the reports that need review, and ask the vendor why the numbers differ."),
    _("Messages of %(month)s have no partition yet. They would be stored in the default one."),
    _("Read what became unknown, then run: manage.py release --all"),
    _("Reports with %(mids)s mids of ours name another number. They are kept and not applied."),
    _("Show the vendor the raw answer of the attempt. Do other systems use this account?"),
    _("The default partition of messages holds rows. They are safe, but no retention drops them."),
    _("The gateway answered %(count)s mids that older messages have. Reports go by mid and number."),
    _("The last %(failures)s pulls or more were refused, failed, or answered by something else."),
    _("This partition is older than RETENTION_MONTHS, but holds messages that are not final."),
    _("Messages wait: %(cause)s (%(code)s)."),
    _("Messages wait: %(cause)s."),
)
UNKNOWN_CODE = "unknown_code"  # the dictionary says what it means, in both languages
SEEN = _("Seen %(times)s times in the last hour.")
SEEN_PATTERN = re.compile(r"Seen (?P<times>\d+) times in the last hour\.")


def detail(alarm: Alarm) -> str:
    """Return what is the matter."""
    seen = SEEN_PATTERN.match(alarm.detail) if alarm.name == UNKNOWN_CODE else None
    if seen and (code := explained(*alarm.subject.split(" ", 1))):
        return gettext(SEEN) % seen.groupdict() + f" {code.meaning}"
    return _said(alarm.detail)


def next_step(alarm: Alarm) -> str:
    """Return what to do about it."""
    code = explained(*alarm.subject.split(" ", 1)) if alarm.name == UNKNOWN_CODE else None
    return code.action if code else _said(alarm.next_step)


def _said(text: str) -> str:
    for sentence, pattern in _patterns():
        if found := pattern.fullmatch(text):
            return gettext(sentence) % {name: gettext(said) for name, said in found.groupdict().items()}
    return text


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return each sentence with the pattern of what it becomes when it is filled in."""
    return tuple(
        (sentence, re.compile(re.sub(r"%\\\((\w+)\\\)s", r"(?P<\1>.+?)", re.escape(sentence))))
        for sentence in SENTENCES
    )
