from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tidegate.config import ConnectionSettings
from tidegate.errors import ConfigError, SettingsError
from tidegate.model.connections import Connection, HttpConnection, KafkaConnection

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
    assert isinstance(shop, ConnectionSettings)
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


API = """
connections:
  shop:
    type: http
    url: https://api.example.com/v2
    token: env:SHOP_TOKEN
    headers: {X-Api-Key: env:SHOP_KEY, Cookie: env:SHOP_COOKIE, Accept-Version: 2}
    parameters: {appid: env:SHOP_KEY, v: 2, lang: en}
    retries: 1
"""
ENVIRON = {"SHOP_TOKEN": "s3cret", "SHOP_KEY": "s3cret-key", "SHOP_COOKIE": "s3cret-cookie"}


def test_an_api_is_told_its_headers_and_nobody_else_is(configuration: Configuration) -> None:
    settings = configuration.write(base=BASE + API).load("connections.shop.timeout_seconds=9")
    found = settings.connections["shop"].resolved("shop", ENVIRON)
    headers = {
        "X-Api-Key": "s3cret-key",
        "Cookie": "s3cret-cookie",
        "Accept-Version": "2",
        "Authorization": "Bearer s3cret",
    }
    parameters = {"appid": "s3cret-key", "v": "2", "lang": "en"}
    assert found == HttpConnection("shop", "https://api.example.com/v2", headers, 9.0, 1, parameters=parameters)
    assert "s3cret" not in repr(found)
    assert "s3cret" not in repr(settings)


def test_a_user_and_a_password_are_basic_authentication(configuration: Configuration) -> None:
    shop = "connections: {shop: {type: http, url: 'http://localhost:8080', user: me, password: env:SHOP_TOKEN}}"
    settings = configuration.write(base=BASE + shop).load()
    found = settings.connections["shop"].resolved("shop", ENVIRON)
    assert isinstance(found, HttpConnection)
    assert found.headers == {"Authorization": "Basic bWU6czNjcmV0"}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("url: 'ftp://example.com'", "is not an HTTP address"),
        ("url: 'https://exa mple.com'", "is not an HTTP address"),
        ("url: 'https://example.com:x'", "is not an address"),
        ("url: 'https://me:s3cret@example.com'", "holds a user name, a query or a fragment"),
        ("url: 'https://example.com/?key=s3cret'", "holds a user name, a query or a fragment"),
        ("url: 'http://example.com'", "is not encrypted"),
        ("url: 'http://127.0.0.1.example.com'", "is not encrypted"),
        ("url: 'https://example.com', token: s3cret", "must be a reference to a secret"),
        ("url: 'https://example.com', headers: {Authorization: s3cret}", "must be a reference to a secret"),
        ("url: 'https://example.com', parameters: {api_key: s3cret}", "must be a reference to a secret"),
        ("url: 'https://example.com', fetch_rows: 3", "connections.shop.fetch_rows: unknown key"),
    ],
)
def test_what_would_show_a_secret_is_refused(configuration: Configuration, settings: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message) as caught:
        configuration.write(base=f"{BASE}connections: {{shop: {{type: http, {settings}}}}}").load()
    assert "s3cret" not in str(caught.value)


def test_an_unencrypted_address_is_asked_where_the_connection_says_so() -> None:
    for url in ("http://127.0.0.1:80", "http://[::1]/", "http://localhost"):
        assert HttpConnection("shop", url).url == url
    assert HttpConnection("shop", "http://example.com", is_insecure=True).is_insecure
    with pytest.raises(ConfigError, match="is not encrypted"):
        HttpConnection("shop", "http://example.com")


@pytest.mark.parametrize(
    "headers", [{"X-Key": "s3cret\nX-Other: 1"}, {"X Key": "1"}, {"X-Key": " s3cret"}, {"X": "\u20ac"}]
)
def test_headers_that_would_be_others_are_refused_and_not_told(headers: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="cannot be sent") as caught:
        HttpConnection("shop", "https://example.com", headers)
    assert "s3cret" not in str(caught.value)


KAFKA = """
connections:
  shop:
    type: kafka
    bootstrap_servers: b1.example.com:9092,b2.example.com:9092
    options: {client.id: tidegate, ssl.keystore.password: env:SHOP_KEY, sasl.jaas.config: env:SHOP_TOKEN}
"""
LOGIN = "connections: {shop: {type: kafka, bootstrap_servers: 'b:9092', user: me, password: env:SHOP_TOKEN%s}}"


def test_kafka_is_told_its_options_and_nobody_else_is(configuration: Configuration) -> None:
    settings = configuration.write(base=BASE + KAFKA).load("connections.shop.timeout_seconds=5")
    found = settings.connections["shop"].resolved("shop", ENVIRON)
    properties = {"client.id": "tidegate", "ssl.keystore.password": "s3cret-key", "sasl.jaas.config": "s3cret"}
    assert found == KafkaConnection("shop", "b1.example.com:9092,b2.example.com:9092", properties, 5.0)
    assert "s3cret" not in repr(found)
    assert "s3cret" not in repr(settings)


def test_a_user_of_kafka_logs_in_encrypted_unless_the_options_say_otherwise(configuration: Configuration) -> None:
    plain = ", mechanism: PLAIN, options: {security.protocol: SASL_PLAINTEXT}"
    for text, module, protocol in (
        (LOGIN % "", "scram.Scram", "SASL_SSL"),
        (LOGIN % plain, "plain.Plain", "SASL_PLAINTEXT"),
    ):
        settings = configuration.write(base=BASE + text).load()
        found = settings.connections["shop"].resolved("shop", {"SHOP_TOKEN": 's3"cret\\'})
        assert isinstance(found, KafkaConnection)
        assert found.properties["sasl.jaas.config"] == (
            f'org.apache.kafka.common.security.{module}LoginModule required username="me" password="s3\\"cret\\\\";'
        )
        assert found.properties["security.protocol"] == protocol


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("bootstrap_servers: broker", "connections.shop.bootstrap_servers"),
        ("bootstrap_servers: 'kafka://b:9092'", "connections.shop.bootstrap_servers"),
        (
            "bootstrap_servers: 'b:1', options: {auto.offset.reset: latest}",
            "has auto.offset.reset, which is not to be set",
        ),
        ("bootstrap_servers: 'b:1', options: {ssl.key.password: s3cret}", "must be a reference to a secret"),
        ("bootstrap_servers: 'b:1', options: {ssl.keystore.key: s3cret}", "holds a secret"),
        ("bootstrap_servers: 'b:1', options: {sasl.jaas.config: 'x required password=s3cret;'}", "holds a secret"),
        ("bootstrap_servers: 'b:1', password: s3cret", "must be a reference to a secret"),
    ],
)
def test_brokers_that_cannot_be_meant_are_refused(configuration: Configuration, settings: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message) as caught:
        configuration.write(base=f"{BASE}connections: {{shop: {{type: kafka, {settings}}}}}").load()
    assert "s3cret" not in str(caught.value)


def test_a_login_without_a_secret_may_be_written_down(configuration: Configuration) -> None:
    login = "software.amazon.msk.auth.iam.IAMLoginModule required;"
    shop = (
        f"connections: {{shop: {{type: kafka, bootstrap_servers: 'b:9098', options: {{sasl.jaas.config: '{login}'}}}}}}"
    )
    found = configuration.write(base=BASE + shop).load().connections["shop"].resolved("shop", {})
    assert isinstance(found, KafkaConnection)
    assert found.properties == {"sasl.jaas.config": login}
