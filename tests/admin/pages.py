"""The addresses of everything that staff can open, for tests that look for one thing on every page."""

from collections.abc import Iterator

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.urls import reverse

from messaging.models import Batch, Hold, InboundMessage, Message

OF_NO_ROW = (
    "index", "stuck", "find_number", "code_dictionary", "send", "export_message", "export_deliveryreport",
    "export_inboundmessage",
)  # fmt: skip
# model → pages of one row, beside the one that every model has
OF_A_ROW = {
    Batch: ("batch_progress", "pause_batch", "cancel_batch"),
    Hold: ("release_hold",),
    InboundMessage: ("assign_inbound", "unmask_inbound"),
    Message: ("cancel_message", "unmask_message"),
}


def every_page() -> Iterator[str]:
    """Yield lists, rows, pages of questions and those that belong to no row."""
    for name in OF_NO_ROW:
        yield reverse(f"admin:{name}")
    for model in admin.site._registry:
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"admin:{name}_changelist")
        for row in model._default_manager.all():
            yield reverse(f"admin:{name}_change", args=[quote(row.pk)])
            for page in OF_A_ROW.get(model, ()):
                yield reverse(f"admin:{page}", args=[row.pk])
    for message in Message.objects.all():
        yield f"{reverse('admin:find_number')}?of={message.pk}"
