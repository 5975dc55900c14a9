import pytest

from accounts.services import create_upstream_account
from messaging.models import Message


@pytest.fixture(autouse=True)
def spool_folder(settings, tmp_path):
    settings.SMSGATEWAY_SPOOL_DIR = tmp_path / "spool"
    return settings.SMSGATEWAY_SPOOL_DIR


@pytest.fixture
def submitted(api, upstream, simulator, submit_all):
    """A message that awaits its report; the simulator makes none."""
    message_id = api.send("19900040010")
    submit_all()
    return Message.objects.get(pk=message_id)


@pytest.fixture
def other_account(upstream):
    return create_upstream_account(
        name="other",
        environment="sandbox",
        base_url=upstream.base_url,
        account="other",
        password="other",
        extno="1",
    )
