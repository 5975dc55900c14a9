"""Whom the benchmark writes to."""

from itertools import pairwise

from messaging.numbers import normalise
from messaging.text import parts
from smsgateway.benchmark.recipients import CONTENT, mobile, own_content


def test_numbers_are_mobiles_and_all_different():
    numbers = [mobile(place) for place in (*range(20_000), *range(500_000_000, 500_020_000))]
    assert len(set(numbers)) == 40_000
    assert all(normalise(number) == number for number in numbers)


def test_numbers_come_in_no_order():
    numbers = [mobile(place) for place in range(1_000)]
    rising = sum(a < b for a, b in pairwise(numbers))
    assert 300 < rising < 700


def test_texts_have_eighty_characters():
    assert {len(CONTENT), len(own_content(0)), len(own_content(999_999_999))} == {80}
    assert parts(CONTENT) == parts(own_content(7)) == 2
