"""Columns that the theme shows as coloured labels."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from unfold.decorators import display

Column = TypeVar("Column", bound=Callable[..., tuple[str, str]])


def labelled(description: Any, colours: Mapping[Any, str]) -> Callable[[Column], Column]:
    """Make a column of a method that returns a value and its words; the value picks the colour, or none."""
    return cast(
        "Callable[[Column], Column]", display(description=description, label=defaultdict(str, colours))
    )
