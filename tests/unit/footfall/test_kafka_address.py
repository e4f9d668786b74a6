"""What the address of a Kafka may say."""

from pathlib import Path

import pytest

from footfall.kafka_log.address import kafka_address
from schemas.errors import ConfigError


def test_an_address_is_one_broker_or_several_with_a_port_or_the_usual_one():
    assert kafka_address("kafka://broker").servers == ("broker:9092",)
    assert kafka_address("kafka://one:9093,two,[::1]:9094").servers == ("one:9093", "two:9092", "[::1]:9094")


def test_without_a_user_nothing_is_encrypted_and_nobody_logs_in():
    assert kafka_address("kafka://broker").options["security_protocol"] == "PLAINTEXT"


def test_user_password_and_tls_become_the_options_of_the_client(tmp_path: Path):
    ca = tmp_path / "ca.pem"
    ca.touch()
    address = kafka_address(f"kafka://shop:p%40ss%3A@broker:9093?tls=true&ca={ca}&mechanism=SCRAM-SHA-512")
    options = address.options
    assert options["security_protocol"] == "SASL_SSL"
    assert options["sasl_mechanism"] == "SCRAM-SHA-512"
    assert (options["sasl_plain_username"], options["sasl_plain_password"]) == ("shop", "p@ss:")
    assert options["ssl_cafile"] == str(ca)


def test_a_password_may_lie_in_a_file(tmp_path: Path):
    (tmp_path / "secret").write_text("from the file\n")
    address = kafka_address(f"kafka://shop@broker?password_file={tmp_path}/secret")
    assert address.options["sasl_plain_password"] == "from the file"


def test_printed_it_shows_no_password():
    address = kafka_address("kafka://shop:open-sesame@broker")
    assert "sesame" not in repr(address) + str(address) + address.name


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("kafka://", "names no broker"),
        ("kafka://broker/topic", "names no broker"),
        ("kafka://:open-sesame@broker", "names no broker"),
        ("kafka://broker:door", "should be a host and a port"),
        ("kafka://broker:70000", "should be a host and a port"),
        ("kafka://s:open-sesame@broker?tls=maybe", "tls should be one of false, true"),
        ("kafka://s:open-sesame@broker?mechanism=GSSAPI", "mechanism should be one of PLAIN, SCRAM"),
        ("kafka://s:open-sesame@broker?ca=/nowhere/ca.pem", "ca names no file: /nowhere/ca.pem"),
        ("kafka://s:open-sesame@broker?session_s=long", "session_s should be a number"),
        ("kafka://s:open-sesame@broker?sesion_s=6", "there is no sesion_s; docs/kafka.md lists"),
        ("kafka://s:open-sesame@broker?tls", "this is not an address"),
    ],
)
def test_what_cannot_be_meant_is_said_without_the_password(url: str, complaint: str):
    with pytest.raises(ConfigError, match=complaint) as caught:
        kafka_address(url)
    assert "sesame" not in str(caught.value)
