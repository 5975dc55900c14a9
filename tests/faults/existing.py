"""Tests that show a row and stand in files of their own: beginning of a test's id → rows."""

OUTCOMES = "tests/submission/test_outcomes.py::test_"
CALLING = "tests/submission/test_calling.py::test_"
WAITING = "tests/submission/test_waiting.py::test_"
REPORTS = "tests/incoming/test_reports.py::test_"
INBOUND = "tests/incoming/test_inbound.py::test_"
PUSH = "tests/incoming/test_push.py::test_"
VENDOR = "tests/vendor/test_"
LANES = "tests/submission/test_lanes.py::test_"

EXISTING: dict[str, tuple[str, ...]] = {
    # C
    LANES + "who_has_more_under_way_waits_for_who_has_less": ("C4",),
    LANES + "other_lanes_leave_one_time_passwords_their_share": ("C5",),
    LANES + "one_time_passwords_take_what_is_kept_and_what_is_free": ("C5",),
    LANES + "a_one_time_password_that_has_waited_a_second_is_anybodys": ("C5",),
    # D
    CALLING + "an_attempt_past_its_lease_makes_no_call": ("D19",),
    WAITING + "a_prepared_attempt_whose_lease_ended_makes_its_chunk_due_again": ("D1",),
    WAITING + "an_attempt_in_flight_whose_lease_ended_is_unknown": ("D2",),
    # E: a call that brings no usable answer
    OUTCOMES + "a_call_that_never_left_is_tried_again": ("E1",),
    OUTCOMES + "three_calls_that_never_left_hold_the_account_and_messages_say_why": ("E1",),
    WAITING + "a_gateway_that_answers_again_ends_the_hold": ("E1",),
    VENDOR + "tls.py::": ("E2",),
    OUTCOMES + "a_gateway_that_never_answers_is_unknown_at_the_deadline": ("E3",),
    VENDOR + "deadline.py::": ("E4",),
    OUTCOMES + "an_answer_that_says_nothing_is_unknown_and_never_sent_again[drop_after_accept": ("E6",),
    OUTCOMES + "an_answer_that_says_nothing_is_unknown_and_never_sent_again[reset_after_accept": ("E6",),
    OUTCOMES + "an_answer_that_says_nothing_is_unknown_and_never_sent_again[drop_before": ("E7",),
    OUTCOMES + "an_answer_that_says_nothing_is_unknown_and_never_sent_again[http": ("E9",),
    OUTCOMES + "an_answer_that_says_nothing_is_unknown_and_never_sent_again[redirect": ("E11",),
    OUTCOMES + "an_answer_that_says_nothing_is_unknown_and_never_sent_again[html": ("E12",),
    OUTCOMES + "an_answer_that_says_nothing_is_unknown_and_never_sent_again[replace": ("E12",),
    OUTCOMES + "an_answer_that_says_nothing_is_unknown_and_never_sent_again[truncate": ("E12",),
    OUTCOMES + "an_answer_that_says_nothing_is_unknown_and_never_sent_again[gzip": ("E12",),
    OUTCOMES + "an_answer_that_says_nothing_is_unknown_and_never_sent_again[pad": ("E12",),
    OUTCOMES + "an_answer_that_says_nothing_is_unknown_and_never_sent_again[status 999": ("E14",),
    OUTCOMES + "an_answer_that_says_nothing_is_unknown_and_never_sent_again[answer_with": ("E20",),
    VENDOR + "hostile_bodies.py::": ("E12",),
    # E: answers
    OUTCOMES + "rows_are_matched_by_number_however_they_come[reverse_rows": ("E23",),
    OUTCOMES + "rows_are_matched_by_number_however_they_come[prefix_mobiles": ("E25",),
    OUTCOMES + "rows_are_matched_by_number_however_they_come[rows_extra": ("E22",),
    OUTCOMES + "rows_are_matched_by_number_however_they_come[bom": ("E12",),
    OUTCOMES + "rows_are_matched_by_number_however_they_come[xml": ("E13",),
    OUTCOMES + "only_the_number_without_a_row_is_unknown": ("E21",),
    OUTCOMES + "a_refused_number_is_rejected_with_its_explanation": ("E28",),
    OUTCOMES + "without_credit_messages_wait_for_the_balance": ("E28",),
    OUTCOMES + "a_malformed_number_is_found_and_the_others_go": ("E15",),
    OUTCOMES + "a_refused_login_holds_the_account_and_keeps_the_messages": ("E16",),
    OUTCOMES + "too_many_connections_is_tried_again_later": ("E17",),
    OUTCOMES + "too_many_numbers_halves_the_call_and_is_remembered": ("E19",),
    VENDOR + "statuses.py::": ("E14",),
    VENDOR + "signature.py::": ("E34",),
    # F
    VENDOR + "secrets.py::": ("F13",),
    "tests/alarms/test_secrets.py::": ("F13",),
    # G
    REPORTS + "a_report_before_its_mid_waits_on_the_shelf": ("G7",),
    REPORTS + "the_same_report_twice_is_one_report_and_one_event": ("G10",),
    REPORTS + "a_late_failure_does_not_undo_a_delivery": ("G11",),
    REPORTS + "a_late_delivery_corrects_a_failure": ("G11",),
    REPORTS + "a_report_for_another_number_is_not_applied": ("G13",),
    REPORTS + "a_report_from_another_account_is_not_applied": ("G29",),
    REPORTS + "one_bad_item_does_not_lose_the_others": ("G5",),
    INBOUND + "the_longest_leased_extno_decides": ("G20",),
    INBOUND + "what_belongs_to_nobody_is_kept": ("G20",),
    INBOUND + "a_reply_goes_to_who_wrote_last_to_that_number": ("G22",),
    PUSH + "what_is_not_kept_is_not_acknowledged[/upstream": ("G23",),
    PUSH + "what_is_not_kept_is_not_acknowledged[None-GET": ("G23",),
    PUSH + "what_is_not_kept_is_not_acknowledged[None-POST-                 ": ("G23",),
    PUSH + "what_is_not_kept_is_not_acknowledged[None-POST--400": ("G24",),
    PUSH + "without_the_database_nothing_is_acknowledged": ("G25",),
    PUSH + "a_push_is_committed_raw_and_then_read": ("G26",),
}
