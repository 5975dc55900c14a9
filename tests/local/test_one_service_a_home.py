import pytest

from smsgateway.local.errors import LocalError
from smsgateway.local.home import Home


def test_a_second_service_in_the_same_home_is_refused(home: Home) -> None:
    with home.lock():
        home.write("servers", {"BASE_URL": "http://127.0.0.1:8000"})
        with pytest.raises(LocalError, match=r"already running in .* at http://127.0.0.1:8000"), home.lock():
            pass


def test_the_home_is_free_again_afterwards(home: Home) -> None:
    with home.lock():
        pass
    with home.lock():
        pass


def test_a_home_that_cannot_be_made_is_refused(home: Home) -> None:
    (home.folder / "file").touch()
    with pytest.raises(LocalError, match="Choose another SMSGATEWAY_HOME"):
        Home(home.folder / "file" / "home").prepare()
