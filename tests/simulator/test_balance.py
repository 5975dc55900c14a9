from tests.simulator.conftest import Ask


def test_balance_answers_an_integer_status_and_the_charge_type(ask: Ask) -> None:
    assert ask("balance") == {"status": 0, "balance": -153278040, "chargeType": "POSTCHARGE"}


def test_balance_refuses_with_an_integer_too(ask: Ask) -> None:
    assert ask("balance", password="wrong") == {"status": 3, "balance": 0}


def test_the_second_default_account_is_prepaid(ask: Ask) -> None:
    assert ask("balance", account="922012") == {"status": 0, "balance": 100_000, "chargeType": "PRECHARGE"}
