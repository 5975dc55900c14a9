"""What applications are charged, by double entry, in 厘 (0.001 CNY).

An application with a purse pays for each part when it is accepted, at the purse's price of that moment. PostgreSQL
keeps the books: the sides of each entry add up to nothing, a balance is moved by postings only, and never falls below
what the purse's terms allow.
"""

from accounts.ledger.closing import close_days, entries_of_day
from accounts.ledger.entries import CHARGE, NoCredit, PostedBefore, charge, correct, floor_told, top_up
from accounts.ledger.purses import balance_of, open_purse, parts_left, price_for, purse_now, purse_of
from accounts.ledger.refunds import Refund, refund

__all__ = [
    "CHARGE",
    "NoCredit",
    "PostedBefore",
    "Refund",
    "balance_of",
    "charge",
    "close_days",
    "correct",
    "entries_of_day",
    "floor_told",
    "open_purse",
    "parts_left",
    "price_for",
    "purse_now",
    "purse_of",
    "refund",
    "top_up",
]
