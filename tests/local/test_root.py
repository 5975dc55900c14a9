import os

import psycopg
import pytest

from smsgateway.local import unprivileged
from smsgateway.local.errors import LocalError
from smsgateway.local.home import Home
from smsgateway.local.servers import embedded_servers
from smsgateway.local.unprivileged import NOBODY_IN_OUR_FOLDERS, ROOTS_RECIPES, Recipe

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root needs a recipe")


def test_each_recipe_of_root_opens_the_data_that_the_other_one_wrote(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    for recipe in (*ROOTS_RECIPES, ROOTS_RECIPES[0]):
        monkeypatch.setattr(unprivileged, "ROOTS_RECIPES", (recipe,))
        with embedded_servers(home, durable=False, environment={}) as servers:
            psycopg.connect(servers.database_url).close()
        assert (home.folder / "postgres").stat().st_uid == recipe.owner


def test_a_data_folder_can_be_made_without_user_namespaces(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unprivileged, "ROOTS_RECIPES", (Recipe(("false",), 0), NOBODY_IN_OUR_FOLDERS))
    with embedded_servers(home, durable=False, environment={}) as servers:
        psycopg.connect(servers.database_url).close()


def test_without_any_recipe_root_is_told_what_to_do(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unprivileged, "ROOTS_RECIPES", (Recipe(("no-such-program",), 0),))
    with pytest.raises(LocalError, match="Run as an ordinary user"), embedded_servers(home, environment={}):
        pass
