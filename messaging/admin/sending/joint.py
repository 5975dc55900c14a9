"""How far all the batches have come that one draft became: one bar, and a line for each."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from messaging.admin.batch.progress import PAUSED, Progress, shares_of, title_of
from messaging.admin.links import page_of
from messaging.models import Batch

OVER = frozenset({"done", "cancelled"})


class Part(Progress):
    """One of the batches."""

    @property
    def url(self) -> str:
        return page_of(Batch, self.batch.pk)

    @property
    def refused(self) -> int:
        return self.batch.total - self.batch.accepted


@dataclass(frozen=True)
class JointProgress:
    """Their counts, read once."""

    parts: Sequence[Progress]

    @classmethod
    def of(cls, batches: Sequence[UUID]) -> "JointProgress":
        """Read it, in the order given: at most ten thousand rows of each batch, by the primary key."""
        found = Batch.objects.in_bulk(batches)
        return cls([Part.of(found[pk]) for pk in batches if pk in found])

    @property
    def total(self) -> int:
        return sum(part.total for part in self.parts)

    @property
    def settled_percent(self) -> int:
        return 100 * sum(part.settled for part in self.parts) // max(1, self.total)

    @property
    def moving(self) -> bool:
        """Whether it is worth looking again soon."""
        return any(part.moving for part in self.parts)

    @property
    def title(self) -> str:
        """What is true of all of them, or of those that are not over."""
        statuses = {part.status for part in self.parts}
        if statuses == OVER:
            return title_of("done")
        if statuses - OVER == {PAUSED}:
            return title_of(PAUSED)
        return title_of(statuses.pop() if len(statuses) == 1 else "sending")

    def context(self) -> dict[str, Any]:
        """Return what the template needs."""
        counts: Counter[str] = Counter()
        for part in self.parts:
            counts.update(part.counts)
        return {"progress": self, "shares": shares_of(counts, self.total)}
