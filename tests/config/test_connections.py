from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tidegate.errors import ConfigError, SettingsError
from tidegate.model.connections import Connection

if TYPE_CHECKING:
    from tests.config.conftest import Configuration

SHOP = """
connections:
  shop:
    url: jdbc:postgresql://db:5432/shop
    user: tidegate
    password: env:SHOP_PASSWORD
    fetch_rows: 500
    options: {sslmode: verify-full, ssl: true}
"""
BASE = "project: {name: shop}\nstorage: {root: data/lakehouse}\n"


def test_a_connection_is_what_the_driver_is_told(configuration: Configuration) -> None:
    settings = configuration.write(base=BASE + SHOP).load()
    found = settings.connections["shop"].resolved("shop", {"SHOP_PASSWORD": "s3cret"})
    properties = {"user": "tidegate", "password": "s3cret", "sslmode": "verify-full", "ssl": "true"}
    assert found == Connection("shop", "jdbc:postgresql://db:5432/shop", properties, 500)
    assert "s3cret" not in repr(found)
    assert "s3cret" not in repr(settings)


def test_a_password_is_read_when_it_is_needed(configuration: Configuration) -> None:
    settings = configuration.write(base=BASE + SHOP).load()
    with pytest.raises(ConfigError, match=r"missing or empty\n.*env:SHOP_PASSWORD"):
        settings.connections["shop"].resolved("shop", {})


def test_an_overlay_changes_one_setting_of_a_connection(configuration: Configuration) -> None:
    overlay = "connections: {shop: {url: 'jdbc:postgresql://prod/shop'}}"
    shop = (
        configuration.write(base=BASE + SHOP, local=overlay).load("connections.shop.fetch_rows=9").connections["shop"]
    )
    assert (shop.url, shop.user, shop.fetch_rows) == ("jdbc:postgresql://prod/shop", "tidegate", 9)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("postgresql://db/shop", "is not a JDBC address"),
        ("jdbc:postgresql://me@db/shop", "holds a user name or a password"),
        ("jdbc:sqlserver://db:1433;databaseName=shop;password=x", "holds a user name or a password"),
        ("jdbc:mysql://db/shop?user=me", "holds a user name or a password"),
        ("jdbc:oracle:thin:me/x@//db:1521/shop", "holds a user name or a password"),
    ],
)
def test_an_address_is_jdbc_and_holds_no_credentials(configuration: Configuration, url: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        configuration.write(base=f"{BASE}connections: {{shop: {{url: '{url}'}}}}").load()
