"""An account whose STATUS 5 and 100 turned out to have sent: from then on such calls are unknown."""

from accounts.models import UpstreamAccount
from messaging import alarming


def distrust(account_id: int) -> None:
    """Take STATUS 5 and 100 of this account for unknown from now on, and tell a person."""
    UpstreamAccount.objects.filter(pk=account_id).update(internal_error_is_unknown=True)
    alarming.sound(
        "internal_error_sent",
        UpstreamAccount.objects.values_list("name", flat=True).get(pk=account_id),
        detail="A call that was answered with STATUS 5 or 100 was sent all the same.",
        next_step="Ask the vendor what these codes mean for a call. Such calls are unknown from now on.",
    )
