"""Every order of events that anybody thought of, and many that nobody did, on the real database."""

import json
from contextlib import ExitStack
from unittest import mock

import pytest
from django.db import connection, transaction
from django.db.models import Q
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from accounts.services import create_application, create_upstream_account
from messaging import holding
from messaging.exceptions import Refused
from messaging.inference import infer
from messaging.models import Attempt, Batch, Chunk, Hold, Message, QueuedSingle
from messaging.recipients import Item, Recipients
from messaging.services import cancelling, expiry, holds, intake, payloads, recovery, reports
from messaging.services.submission import calling, claim
from messaging.vendor import errors
from tests.faults.invariants import check, check_history
from tests.faults.memory_gateway import MOODS, Gateway

pytestmark = pytest.mark.django_db
LONG_AGO = "2020-01-01T00:00:00Z"
MOOD = st.sampled_from(sorted(MOODS))
UNDER_WAY = Q(state="submitting") | Q(suspect=True)  # it may be at the gateway
WHICH = st.integers(0, 99)  # of what is there by then; a clock decides that too, so bounds can't
NUMBERS = [f"1{prefix}0000000{n}" for prefix in (38, 31) for n in range(1, 4)]


class Sending(RuleBasedStateMachine):
    """Workers, sweepers, pollers and people, one step at a time and in any order."""

    def __init__(self):
        super().__init__()
        self.stack = ExitStack()
        self.stack.enter_context(transaction.atomic())
        self.gateway = Gateway()
        self.stack.enter_context(mock.patch.object(calling, "client_for", return_value=self.gateway))
        self.account = create_upstream_account(
            name="memory", environment="sandbox", base_url="http://127.0.0.1:9/sms", account="a", password="p",
            extno="10690", max_numbers=3, default=True,
        )  # fmt: skip
        self.application = create_application("shop", environment="sandbox")[0]
        self.claimed, self.unrecorded, self.recorded = [], [], []
        self.accepted = 0

    def teardown(self):
        transaction.set_rollback(True)
        self.stack.close()

    # Callers

    @initialize(numbers=st.lists(st.sampled_from(NUMBERS[:3]), min_size=2, max_size=5))
    def begin(self, numbers):
        """Something to work with: a batch, and singles of which some go to one number."""
        self.post_batch(NUMBERS)
        for number in numbers:
            self.post_one(number, f"【A】{number}")

    @rule(number=st.sampled_from(NUMBERS[:3]), content=st.sampled_from(["【A】one", "【A】two", "a\nb"]))
    def post_one(self, number, content):
        intake.accept_message(self.application, Item(number, content), intake.Options())
        self.accepted += 1

    @rule(numbers=st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=6, unique=True))
    def post_batch(self, numbers):
        intake.accept_batch(
            self.application, "【A】batch", Recipients(numbers), intake.Options(), skip_invalid=False
        )
        self.accepted += len(numbers)

    @rule(which=WHICH)
    def cancel_one(self, which):
        """Only what waits is cancelled; what may have left is refused, and stays what it is."""
        message = Message.objects.order_by("pk")[which % self.accepted]
        waits = (
            message.state == "queued" and not Chunk.objects.filter(UNDER_WAY, pk=message.chunk_id).exists()
        )
        try:
            cancelling.cancel_message(message.pk, self.application, by="test")
        except Refused:
            assert not waits
            assert Message.objects.get(pk=message.pk).state == message.state != "cancelled"
        else:
            assert waits or message.state == "cancelled"
            assert Message.objects.get(pk=message.pk).state == "cancelled"

    @rule(which=WHICH)
    def cancel_a_batch(self, which):
        batch = Batch.objects.order_by("pk")[which % Batch.objects.count()]
        waiting = Message.objects.filter(batch=batch, state="queued")
        under_way = waiting.filter(chunk_id__in=Chunk.objects.filter(UNDER_WAY).values("pk"))
        gone = set(under_way.values_list("pk", flat=True))
        account = cancelling.cancel_batch(batch.pk, self.application, by="test")
        assert set(waiting.values_list("pk", flat=True)) == gone
        expired = Message.objects.filter(batch=batch, state="expired").count()
        assert account.cancelled + account.already_gone + expired == batch.accepted

    @rule()
    def nothing_of_a_cancelled_batch_is_claimed(self):
        self.time_passes()
        if got := claim("notification"):
            self.claimed.append(got)
            assert not Batch.objects.filter(chunks=got.chunk_id, cancelled_at__isnull=False).exists()

    # Workers

    @rule()
    def submit_what_is_due(self):
        self.time_passes()
        for _time in range(3):
            self.submit("takes")

    @rule(times=st.integers(1, 3))
    def claim(self, times):
        for _time in range(times):
            if got := claim("notification"):
                self.claimed.append(got)

    @rule(mood=MOOD)
    def submit(self, mood):
        """All of it, as most calls go."""
        if got := claim("notification"):
            self._call(got, mood)
            self._record(-1)

    @rule(mood=MOOD)
    def die_with_the_answer_in_hand(self, mood):
        if got := claim("notification"):
            self._call(got, mood)
            self.leases_end(all_of_them=True)

    @rule(mood=MOOD, which=WHICH)
    def call(self, mood, which):
        """Up to the answer in a worker's hands, unless its lease is over."""
        if self.claimed:
            self._call(self.claimed.pop(which % len(self.claimed)), mood)

    def _call(self, got, mood):
        if not calling._take_off(got):
            return
        self.gateway.mood = mood
        try:
            self.unrecorded.append((calling.answered, got, calling._submit(self.gateway, got)))
        except errors.VendorError as error:
            self.unrecorded.append((calling.failed, got, error))

    @rule(which=WHICH)
    def record(self, which):
        if self.unrecorded:
            self._record(which % len(self.unrecorded))

    def _record(self, place):
        how, got, outcome = self.unrecorded.pop(place)
        how(got, outcome)
        self.recorded.append((how, got, outcome))

    @rule(which=WHICH)
    def record_again(self, which):
        if not self.recorded:
            return
        how, got, outcome = self.recorded[which % len(self.recorded)]
        before = states()
        assert how(got, outcome) == "recorded_before"
        assert states() == before

    # Time

    @rule(all_of_them=st.booleans())
    def leases_end(self, all_of_them):
        """Workers that died, or only stood still: what they claimed is settled without them."""
        live = Attempt.objects.filter(state__in=("prepared", "in_flight")).order_by("prepared_at")
        chosen = live if all_of_them else live[:1]
        Attempt.objects.filter(pk__in=[a.pk for a in chosen]).update(lease_until=LONG_AGO)
        recovery.recover()

    @rule()
    def time_passes(self):
        """What was put off is due, and a gateway that refused is asked again."""
        self.release_everything()
        Chunk.objects.filter(state="queued").update(due_at=LONG_AGO)
        QueuedSingle.objects.update(due_at=LONG_AGO)

    @rule(which=WHICH)
    def a_deadline_passes(self, which):
        waiting = list(Message.objects.filter(state="queued").order_by("pk"))
        if len(waiting) < 3:
            return
        late = waiting[which % len(waiting)]
        Message.objects.filter(pk=late.pk).update(expires_at=LONG_AGO)
        QueuedSingle.objects.filter(pk=late.pk).update(expires_at=LONG_AGO)
        Chunk.objects.filter(pk=late.chunk_id).update(expires_at=LONG_AGO)
        expiry.expire_due()

    # Reports

    @rule(which=WHICH, stat=st.sampled_from(["DELIVRD", "MA:0029", "ACCEPTD"]), times=st.integers(1, 2))
    def report(self, which, stat, times):
        if not self.gateway.ledger:
            return
        taken = self.gateway.ledger[which % len(self.gateway.ledger)]
        item = taken | {"flag": 1, "spid": "a", "accessCode": "10690", "stat": stat, "time": ""}
        for _time in range(times):
            payloads.receive_push(self.account.push_token, json.dumps([item]).encode(), "application/json")
        payloads.read_waiting()

    @rule()
    def look_again_for_the_messages_of_reports(self):
        reports.match_shelved()
        infer(self.account.pk, oldest=3600, newest=0, quiet=0, shelf=3600)

    # People

    @rule()
    def hold_for_a_moment(self):
        """A person's hold, and what the gateway's answers held: nothing goes, then all of it may."""
        holding.place(self.account.pk, holding.Reason(Hold.Cause.PERSON), probe_after=None)
        assert claim("notification") is None
        self.release_everything()

    @rule()
    def release_everything(self):
        for held in Hold.objects.filter(ended_at=None):
            holds.release(held, by="a person")

    # What must hold after each step

    @invariant()
    def nothing_is_lost_and_nothing_goes_twice(self):
        findings = check(query, self.gateway.ledger)
        assert findings.everything() == []
        assert findings.messages == self.accepted

    @invariant()
    def the_feed_says_what_the_rows_say(self):
        assert check_history(query) == []


def states():
    return list(Message.objects.order_by("pk").values_list("pk", "state", "mid"))


def query(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


@pytest.mark.fault("D14", "E30", "G11")
def test_whatever_happens_in_whatever_order():
    few = settings(
        max_examples=30,
        stateful_step_count=30,
        deadline=None,
        phases=(Phase.explicit, Phase.generate),  # shrinking takes minutes: add Phase.shrink when one fails
        suppress_health_check=list(HealthCheck),
        database=None,
        print_blob=True,
    )
    run_state_machine_as_test(Sending, settings=few)
