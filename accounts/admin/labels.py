"""Columns that the theme shows as coloured labels."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from unfold.decorators import display


class Labelled(tuple[str, str]):
    """A value and its words: a list makes a label of both, a page of one row writes the words."""

    def __str__(self) -> str:
        return self[1]


def labelled(
    description: Any, colours: Mapping[Any, str]
) -> Callable[[Callable[..., tuple[str, str]]], Callable[..., Labelled]]:
    """Make a column of a method that returns a value and its words; the value picks the colour, or none."""

    def column(method: Callable[..., tuple[str, str]]) -> Callable[..., Labelled]:
        @wraps(method)
        def shown(*arguments: Any) -> Labelled:
            return Labelled(method(*arguments))

        made: Callable[..., Labelled] = display(description=description, label=defaultdict(str, colours))(
            shown
        )
        return made

    return column
