"""The stylesheet, and the class names that the documentation promises."""

from __future__ import annotations

import re

from active_users.rendering.poll import PIECES
from active_users.signatures import sign_place

from .project import ROOT, SOURCES

STYLESHEET = (SOURCES / "static/active_users/active_users.css").read_text()
TEMPLATES = {path.name: path.read_text() for path in (SOURCES / "templates/active_users").glob("*.html")}
PAGE = (ROOT / "docs/how-to/styling.md").read_text()
CLASS = re.compile(r"active-users-[a-z]+(?:-[a-z]+)*")
# What the script and the polls need. A page that hid or renamed it would break.
INNER = {"active-users-live-poll", "active-users-poll", "active-users-shown"}


PUBLIC = set(re.findall(r"`(active-users-[a-z-]+)`", PAGE))


def in_templates() -> set[str]:
    attributes = [names for text in TEMPLATES.values() for names in re.findall(r'class="([^"]*)"', text)]
    return {name for names in attributes for name in CLASS.findall(names)}


def in_pieces() -> set[str]:
    """The classes of the elements around live pieces."""
    return {name for piece in PIECES.values() for name in piece(sign_place("/")).css_class.split()}


def test_every_class_that_is_styled_is_public() -> None:
    styled = set(re.findall(r"\.(active-users-[a-z-]+)", STYLESHEET))
    assert len(styled) > 15
    assert styled <= PUBLIC


def test_every_public_class_is_on_a_piece() -> None:
    assert len(PUBLIC) > 20
    assert in_templates() | in_pieces() >= PUBLIC


def test_every_class_of_a_template_is_public() -> None:
    assert in_templates() - INNER <= PUBLIC


def test_every_property_that_a_site_may_set_is_documented() -> None:
    properties = set(re.findall(r"var\((--active-users-[a-z-]+),", STYLESHEET))
    assert properties == set(re.findall(r"`(--active-users-[a-z-]+)`", PAGE))


def test_every_template_and_block_that_is_documented_exists() -> None:
    named = PAGE.partition("## Templates")[2]
    assert set(re.findall(r"`([a-z_]+\.html)`", named)) <= set(TEMPLATES)
    blocks = set(re.findall(r"{% block (\w+) %}", TEMPLATES["chart.html"]))
    assert blocks == set(re.findall(r"`([a-z]+)`", named))


def test_no_rule_weighs_more_than_a_class_of_a_site() -> None:
    """What is in ``:where()`` weighs nothing."""
    rules = re.sub(r"/\*.*?\*/", "", STYLESHEET, flags=re.DOTALL)
    selectors = [each for found in re.findall(r"(?:^|[{}])\s*([^@{};]+)\{", rules) for each in found.split(",\n")]
    assert len(selectors) > 25
    for selector in selectors:
        weighing = re.sub(r":where\((?:[^()]|\([^()]*\))*\)", "", selector)
        assert len(re.findall(r"[.#\[]", weighing)) <= 1, selector
    assert "!important" not in rules


def test_nothing_in_it_is_loaded_from_elsewhere() -> None:
    assert not re.search(r"url\(|@import", STYLESHEET)
