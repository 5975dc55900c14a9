"""Where a request comes from is what trusted proxies say, and nobody else."""

import pytest

from accounts.models import Application
from accounts.networks import PeerUnknown, household, is_allowed, peer_of
from accounts.services import create_api_key

pytestmark = pytest.mark.fault("F4")


@pytest.mark.parametrize(
    ("hops", "peer", "forwarded", "expected"),
    [
        (0, "192.0.2.7", None, "192.0.2.7"),
        (0, "192.0.2.7", "10.0.0.1", "192.0.2.7"),
        (0, "2001:db8::7", None, "2001:db8::7"),
        (0, "::ffff:192.0.2.7", None, "192.0.2.7"),
        (0, "", "10.0.0.1", None),
        (0, None, "10.0.0.1", None),
        (1, "10.9.9.9", "192.0.2.7", "192.0.2.7"),
        (1, "10.9.9.9", "10.0.0.1, 192.0.2.7", "192.0.2.7"),
        (1, "10.9.9.9", "nonsense,,' OR 1=1, 192.0.2.7", "192.0.2.7"),
        (2, "10.9.9.9", "10.0.0.1, 192.0.2.7, 10.8.8.8", "192.0.2.7"),
        (1, "10.9.9.9", "192.0.2.7:4711", "192.0.2.7"),
        (1, "10.9.9.9", "[2001:db8::7]:4711", "2001:db8::7"),
        (1, "10.9.9.9", "2001:db8::7", "2001:db8::7"),
        (1, "10.9.9.9", None, None),
        (1, "10.9.9.9", "", None),
        (1, "10.9.9.9", "10.0.0.1,", None),
        (1, "10.9.9.9", "10.0.0.1, unknown", None),
        (2, "10.9.9.9", "10.0.0.1", None),
        (2, "10.9.9.9", "10.0.0.1, nonsense", None),
    ],
)
def test_only_what_trusted_proxies_added_counts(hops, peer, forwarded, expected, settings):
    settings.TRUSTED_PROXY_HOPS = hops
    meta = {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": forwarded}
    if expected is None:
        with pytest.raises(PeerUnknown):
            peer_of(meta)
    else:
        assert str(peer_of(meta)) == expected


def test_an_ipv6_address_counts_as_its_owners_network(settings):
    def of(text):
        return household(peer_of({"REMOTE_ADDR": text}))

    assert of("2001:db8:1:2:3:4:5:6") == of("2001:db8:1:2::1") == "2001:db8:1:2::/64"
    assert of("2001:db8:1:3::1") != of("2001:db8:1:2::1")
    assert of("192.0.2.7") == "192.0.2.7"


def test_networks_of_either_kind(settings):
    def allowed(text, *networks):
        return is_allowed(peer_of({"REMOTE_ADDR": text}), networks)

    assert allowed("10.1.2.3", "192.0.2.0/24", "10.0.0.0/8")
    assert allowed("2001:db8::1", "10.0.0.0/8", "2001:db8::/32")
    assert not allowed("11.1.2.3", "10.0.0.0/8", "2001:db8::/32")
    assert not allowed("2001:db9::1", "10.0.0.0/8", "2001:db8::/32")


@pytest.mark.django_db
class TestABoundKey:
    @pytest.fixture
    def call(self, api, call_as, settings):
        settings.REMEMBER_SECONDS = 0
        client = call_as(create_api_key(Application.objects.get(), networks=["192.0.2.0/24"])[1])

        def get(peer, forwarded=None):
            more = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
            return client.get("/api/v1/codes", REMOTE_ADDR=peer, **more)

        return get

    def test_it_works_from_its_network_only(self, call):
        assert call("192.0.2.7").status_code == 200
        answer = call("198.51.100.1")
        assert (answer.status_code, answer.json()["code"]) == (403, "network_not_allowed")
        assert answer.json()["retry"] == "after_fix"
        assert "198.51.100.1" in answer.json()["detail"]

    def test_an_address_made_up_opens_nothing(self, call, settings):
        assert call("198.51.100.1", "192.0.2.7").status_code == 403
        settings.TRUSTED_PROXY_HOPS = 1
        assert call("10.9.9.9", "192.0.2.7, 198.51.100.1").status_code == 403
        assert call("10.9.9.9", "198.51.100.1, 192.0.2.7").status_code == 200

    @pytest.mark.parametrize("forwarded", [None, "", "192.0.2.7, unknown", "192.0.2.7,"])
    def test_an_address_that_cant_be_told_is_refused(self, call, settings, forwarded):
        settings.TRUSTED_PROXY_HOPS = 1
        answer = call("192.0.2.7", forwarded)
        assert (answer.status_code, answer.json()["code"]) == (403, "network_not_allowed")
        assert "TRUSTED_PROXY_HOPS" in answer.json()["detail"]

    def test_an_application_bounds_all_its_keys(self, call):
        Application.objects.update(networks=["192.0.2.128/25"])
        assert call("192.0.2.7").status_code == 403
        assert call("192.0.2.200").status_code == 200
        assert call("198.51.100.1").status_code == 403


@pytest.mark.django_db
def test_a_key_of_no_network_works_from_anywhere_even_from_nowhere(api, settings):
    settings.TRUSTED_PROXY_HOPS = 3
    assert api.get("codes").status_code == 200
