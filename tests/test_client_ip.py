from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import RequestFactory

from active_users import api
from active_users.client_ip import anonymize, find_client_ip
from active_users.keys import ActiveUserEntry

from .browsers import Browser

PROXIES = ["10.0.0.0/8", "2001:db8:1::/48"]


@pytest.mark.parametrize(
    ("remote_addr", "forwarded_for", "expected"),
    [
        ("203.0.113.7", "", "203.0.113.7"),
        # Only a trusted proxy is believed.
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        # Everything to the left of the first untrusted hop may be forged.
        ("10.0.0.1", "1.2.3.4, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("2001:db8:1::1", "2001:db8:2::7", "2001:db8:2::7"),
        ("::ffff:10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
        ("10.0.0.1", "[2001:db8:2::7]:4711", "2001:db8:2::7"),
        ("10.0.0.1", "[2001:db8:2::7]", "2001:db8:2::7"),
        ("10.0.0.1", '"[2001:db8:2::7]:4711"', "2001:db8:2::7"),
        ("fe80::1%eth0", "", "fe80::1"),
        # A value that is not an address ends the search at the hop before it.
        ("10.0.0.1", "198.51.100.1, unknown", "10.0.0.1"),
        ("10.0.0.1", "<script>", "10.0.0.1"),
        ("10.0.0.1", ",,,", "10.0.0.1"),
        ("nonsense", "198.51.100.1", ""),
        ("", "198.51.100.1", ""),
    ],
)
def test_the_address_is_the_first_hop_that_is_not_a_trusted_proxy(
    remote_addr: str, forwarded_for: str, expected: str
) -> None:
    assert find_client_ip(remote_addr, forwarded_for, PROXIES) == expected


def test_behind_a_unix_socket_the_proxy_is_believed_when_unix_is_trusted() -> None:
    assert find_client_ip("", "1.2.3.4, 198.51.100.1", ["unix"]) == "198.51.100.1"
    assert find_client_ip("", "198.51.100.1, 10.0.0.2", ["unix", "10.0.0.0/8"]) == "198.51.100.1"
    assert find_client_ip("", "", ["unix"]) == ""


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        ("2001:db8:1:2:3::7", "2001:db8:1::/48"),
        ("::ffff:203.0.113.7", "203.0.113.0/24"),
        ("", ""),
        ("garbage", ""),
    ],
)
def test_an_anonymized_address_is_its_network(address: str, network: str) -> None:
    assert anonymize(address) == network


def test_with_anonymize_ip_the_network_is_stored(browser: Browser, ada: User, settings: Any) -> None:
    settings.ACTIVE_USERS_ANONYMIZE_IP = True
    browser.log_in(ada).get("/plain")
    assert api.get_active_users()[0]["ip"] == "127.0.0.0/24"


def test_by_default_no_proxy_is_trusted(rf: RequestFactory, settings: Any) -> None:
    request = rf.get("/", REMOTE_ADDR="10.0.0.1", headers={"X-Forwarded-For": "198.51.100.1"})
    assert ActiveUserEntry.get_client_ip(request) == "10.0.0.1"
    settings.ACTIVE_USERS_TRUSTED_PROXIES = PROXIES
    assert ActiveUserEntry.get_client_ip(request) == "198.51.100.1"
