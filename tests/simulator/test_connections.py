from concurrent.futures import ThreadPoolExecutor

from tests.simulator.conftest import Ask
from tests.simulator.process import Simulator


def test_calls_above_the_limit_are_refused_and_not_taken(ask: Ask, simulator: Simulator) -> None:
    simulator.add_account({"account": "922011", "max_connections": 2, "seconds_to_answer": 0.5})
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: ask("send", mobile="13800000001", content="a"), range(5)))
    assert sorted(answer["status"] for answer in answers) == ["0", "0", "21", "21", "21"]
    assert simulator.summary()["accepted"] == 2


def test_a_line_is_free_again_after_the_answer(ask: Ask, simulator: Simulator) -> None:
    simulator.add_account({"account": "922011", "max_connections": 1})
    assert {ask("balance")["status"] for _ in range(5)} == {0}
