"""A login that was given a page, and has a delivery that was tried."""

from accounts.encryption import seal_bytes
from accounts.models import Application, GatewayLogin
from messaging.models import Delivery, DeliveryTry, Endpoint, GivenPage

ITEMS = (
    '[{"flag":1,"mid":"0198A","mobile":"13800000001","stat":"DELIVRD"},'
    '{"flag":0,"content":"<script>alert(1)</script>"}]'
)


def given(application: Application) -> tuple[GivenPage, Delivery]:
    """Return a page and a delivery that was not taken at once."""
    login = GatewayLogin.objects.create(
        application=application, account="900002", encrypted_password="-", extnos=["10690"],
        push_url="https://example.com/push",
    )  # fmt: skip
    body = seal_bytes(ITEMS.encode())
    page = GivenPage.objects.create(login=login, kind="report", items=2, body=body)
    endpoint = Endpoint.objects.create(login=login, failures=1)
    delivery = Delivery.objects.create(
        endpoint=endpoint, content_type="application/json", body=body, items=2, tries=2
    )
    DeliveryTry.objects.create(
        delivery=delivery, http_status=500, elapsed_ms=12, reason="http_500", answer="<b>"
    )
    DeliveryTry.objects.create(delivery=delivery, http_status=200, elapsed_ms=9, reason="not_ok", answer="ok")
    return page, delivery
