"""Alarms are kept in English and read in the reader's language."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation

from messaging.admin import alarm_words
from messaging.models import Alarm, Hold
from messaging.services.alarms import watchers

MESSAGING = Path(watchers.__file__).parents[2]
CHINESE = range(0x4E00, 0x9FFF)


def written(node: ast.expr) -> str | None:
    """Return a sentence of the source with a 7 in each place that is filled in; None for what is no sentence."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "7" for part in node.values)  # type: ignore[misc]
    return None


def told() -> Iterator[str]:
    """Yield what the sources give to `sound(detail=…, next_step=…)` and `Finding(subject, detail, next_step)`."""
    for path in sorted(MESSAGING.rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text())):
            if not isinstance(call, ast.Call):
                continue
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            given = [
                word.value
                for word in call.keywords
                if name == "sound" and word.arg in ("detail", "next_step")
            ]
            given += call.args[1:] if name == "Finding" else []
            yield from filter(None, map(written, given))
    yield from watchers.ENDS_A_HOLD.values()


SENTENCES = sorted(set(told()))


def test_the_sources_were_read() -> None:
    assert len(SENTENCES) > 30


@pytest.mark.parametrize("sentence", SENTENCES)
def test_each_sentence_of_an_alarm_is_read_in_chinese(sentence: str) -> None:
    alarm = Alarm(name="any", subject="main", detail=sentence, next_step=sentence)
    assert alarm_words.detail(alarm) == sentence
    with translation.override("zh-hans"):
        for said in (alarm_words.detail(alarm), alarm_words.next_step(alarm)):
            assert any(ord(letter) in CHINESE for letter in said)
            assert said.count("7") >= min(1, sentence.count("7"))


def test_a_sentence_of_nobody_is_shown_as_it_is_kept() -> None:
    with translation.override("zh-hans"):
        assert alarm_words.detail(Alarm(detail="Something else (%s) 100%.")) == "Something else (%s) 100%."


@pytest.mark.parametrize("cause", Hold.Cause)
def test_a_hold_says_its_cause_in_chinese(cause: Hold.Cause) -> None:
    alarm = Alarm(name="hold", detail=f"Messages wait: {cause.label} (STATUS 2, status_2).")
    with translation.override("zh-hans"):
        assert alarm_words.detail(alarm) == f"短信在等待：{cause.label}（STATUS 2, status_2）。"


@pytest.mark.django_db
def test_an_unknown_code_is_explained_in_chinese() -> None:
    alarm = Alarm(
        name="unknown_code", subject="STAT NEW:77", detail="Seen 3 times in the last hour. Unknown."
    )
    with translation.override("zh-hans"):
        assert alarm_words.detail(alarm).startswith("最近一小时出现 3 次。")
        assert "请向供应商询问" in alarm_words.next_step(alarm)
