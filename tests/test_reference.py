"""Whether the reference names everything that the code has, and nothing else, in the code's own words."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from typing import Any

import pytest
from django.template import Library
from django.test import RequestFactory
from django.urls import reverse

from active_users import access, api
from active_users.access import members_see_names
from active_users.api.urls import urlpatterns as urls_of_the_api
from active_users.checks.trial import COMMANDS
from active_users.context_processors import active_users
from active_users.names import username_unless_email
from active_users.rendering.people import People
from active_users.settings import ActiveUsersSettings, active_users_settings
from active_users.store.shard import NAMES
from active_users.templatetags import active_users as tags
from active_users.urls import urlpatterns

from .documents import page
from .project import SOURCES
from .rooms import ROOMS

SETTINGS = page("reference/settings.md")
TAGS = page("reference/template-tags.md")
API = page("reference/python-api.md")
JSON = page("reference/json.md")
LOGGING = page("reference/logging.md")
HOW_IT_WORKS = page("explanation/how-it-works.md")
PRIVACY = page("explanation/privacy.md")
REDIS_SETUPS = page("how-to/redis-setups.md")

# Django's settings have no docstring in our class.
DOCSTRINGS = {
    name: value.fget.__doc__ or ""
    for name, value in vars(ActiveUsersSettings).items()
    if isinstance(value, property) and name.isupper() and (value.fget.__doc__ or "").strip()
}
HEADINGS = dict(re.findall(r"^## `ACTIVE_USERS_(\w+): (.+)`$", SETTINGS.text, re.MULTILINE))


TEMPLATES = {
    f"active_users/{path.name}": path.read_text() for path in (SOURCES / "templates/active_users").glob("*.html")
}


def _unquoted(text: str) -> str:
    return text.strip("`")


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def test_every_setting_has_a_heading() -> None:
    assert list(HEADINGS) == list(DOCSTRINGS)


@pytest.mark.parametrize("name", DOCSTRINGS)
def test_a_setting_has_its_meaning_type_default_and_an_example(name: str, settings: Any) -> None:
    section = SETTINGS.section(f"`ACTIVE_USERS_{name}: {HEADINGS[name]}`")
    assert _on_one_line(section).startswith(DOCSTRINGS[name].replace("``", "`"))
    written = re.search(r"^Default: `(.+)`$", section, re.MULTILINE)
    assert written
    default = ast.literal_eval(written[1])
    kind, _, optional = HEADINGS[name].partition(" or ")
    assert type(default).__name__ in (kind.partition("[")[0], "int" if kind == "float" else "", optional + "Type")
    with suppress(AttributeError):  # the tests' site has set some
        delattr(settings, f"ACTIVE_USERS_{name}")
    by_default = getattr(active_users_settings, name)
    setattr(settings, f"ACTIVE_USERS_{name}", default)
    assert getattr(active_users_settings, name) == by_default
    assert f"\nACTIVE_USERS_{name} = " in section


def test_every_tag_is_listed_with_its_options() -> None:
    library: Library = tags.register
    written = {}
    for heading in TAGS.headings:
        if found := re.fullmatch(r"`\{% (\w+)(.*) %\}`", heading):
            written[found[1]] = dict(re.findall(r"(\w+)(?:=(\S+))?", found[2]))
    assert set(written) == set(library.tags)
    for name, options in written.items():
        parameters = list(inspect.signature(getattr(tags, name)).parameters.values())[1:]  # without the context
        assert {one.name: one.default for one in parameters} == {
            option: ast.literal_eval(default) if default else inspect.Parameter.empty
            for option, default in options.items()
        }


def test_every_context_variable_is_listed() -> None:
    written = [_unquoted(variable) for variable, _ in TAGS.rows("Context variables")]
    assert written == list(active_users(RequestFactory().get("/")))


def test_every_attribute_of_people_and_of_a_person_is_listed() -> None:
    written = {_unquoted(attribute) for attribute, _ in TAGS.rows("People and a person")}
    own = {name for name in vars(People) if not name.startswith("_")} | {"total"}
    assert written == {f"people.{name}" for name in own} | {
        *(f"person.{name}" for name in vars(api.ActiveUser) if isinstance(getattr(api.ActiveUser, name), property)),
        "person.username",
    }


def test_every_template_is_listed() -> None:
    written = [_unquoted(template) for template, *_ in TAGS.rows("Templates")]
    assert sorted(written) == sorted(TEMPLATES)


def test_every_block_of_a_template_is_listed() -> None:
    written = {(_unquoted(template), _unquoted(block)) for template, block, _ in TAGS.rows("Blocks")}
    assert written == {
        (name, block) for name, text in TEMPLATES.items() for block in re.findall(r"\{% block (\w+) %\}", text)
    }


def _is_twin(name: str) -> bool:
    return name.startswith("a") and hasattr(api, name[1:])


def test_every_name_of_the_api_has_a_heading() -> None:
    names = {name for name in api.__all__ if not _is_twin(name)}
    written = set(API.headings[1 : API.headings.index("Beside the API")])
    assert {heading for heading in written if " " not in heading} - {"Everybody"} == names


@pytest.mark.parametrize(
    "name", [name for name in api.__all__ if not _is_twin(name) and inspect.isfunction(getattr(api, name))]
)
def test_every_function_of_the_api_has_its_signature_and_a_twin(name: str) -> None:
    signature = re.sub(r"(: |-> )'([^']*)'", r"\1\2", str(inspect.signature(getattr(api, name))))
    assert API.section(name).strip().startswith(f"`{name}{signature}`")
    assert _is_twin(f"a{name}")


def test_every_dotted_name_exists() -> None:
    for document in (API, PRIVACY):
        for path in set(re.findall(r"`(active_users(?:\.\w+)+)[`(]", document.text)):
            if path.startswith("active_users.view_"):
                continue  # the permission
            module, _, name = path.rpartition(".")
            assert path == "active_users.api" or hasattr(import_module(module), name), path


def test_every_public_name_of_access_is_listed() -> None:
    for name in access.__all__:
        assert f"active_users.access.{name}" in API.text or f"`{name}" in API.text or name == "list_fields", name


def test_every_url_name_is_listed() -> None:
    written = {_unquoted(name): _unquoted(path) for name, path, _ in JSON.rows("URL names")}
    assert written == {f"active_users:{one.name}": str(one.pattern) for one in urlpatterns}
    assert all(reverse(name) == f"/{path}" for name, path in written.items())
    assert [f"`{one.name}`" in JSON.text for one in urls_of_the_api] == [True]


def _messages() -> Iterator[str]:
    """The texts of what the package logs, with ``…`` where a value stands."""
    for path in sorted(SOURCES.rglob("*.py")):
        for function in ast.walk(ast.parse(path.read_text())):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            constants = {
                node.targets[0].id: node.value.value
                for node in ast.walk(function)
                if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
                if isinstance(node.value, ast.Constant)
            }
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and re.match(r"log_once$|log_response$|logger\.", ast.unparse(node.func)):
                    texts = [constants.get(one.id) if isinstance(one, ast.Name) else None for one in node.args]
                    texts += [one.value for one in node.args if isinstance(one, ast.Constant)]
                    yield from (text for text in texts if isinstance(text, str))


def test_every_line_of_the_log_is_listed() -> None:
    found = {re.sub(r"%[srd](\.%[srd])?", "…", text).replace("%%", "%") for text in _messages()}
    written = {_unquoted(line) for _, line, _ in LOGGING.rows("The logger")}
    assert written == found


def test_the_rooms_are_drawn_as_they_are() -> None:
    (picture,) = [block for block in HOW_IT_WORKS.blocks if block.heading == "The rooms of the package"]
    drawn = [line.split("#")[0].split() for line in picture.code.splitlines()]
    assert drawn == [[re.sub(r"(/__init__)?\.py$", "", room) for room in rooms] for rooms in ROOMS]


def test_every_key_in_redis_is_listed() -> None:
    written = [_unquoted(key) for key, *_ in HOW_IT_WORKS.rows("Data in Redis")]
    assert written == [f"{{au:0}}:{name}" for name in NAMES]


def test_the_rights_that_an_acl_has_to_give_are_listed() -> None:
    (rights,) = [block.code for block in REDIS_SETUPS.blocks if block.heading == "An ACL"]
    assert _on_one_line(rights) == f"~{{au:* {' '.join(f'+{command}' for command in COMMANDS)}"


def test_the_default_rules_are_those_that_are_described() -> None:
    assert active_users_settings.VISIBLE_FIELDS is members_see_names
    assert "`active_users.access.members_see_names` (default)" in PRIVACY.text
    assert active_users_settings.DISPLAY_NAME is username_unless_email
