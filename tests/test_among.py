"""``{% active_users_among %}``: a dot beside each author who is active."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template import RequestContext, Template
from django.test import Client, RequestFactory
from django.utils.functional import SimpleLazyObject

from active_users import api
from active_users.keys import ActiveUserEntry
from active_users.rendering.among import Among, find_among

from .browsers import Browser
from .forum.models import Comment, Post
from .servers import Server

PAGE = """{% load active_users %}{% active_users_among posts of="author" as online %}
{% for post in posts %}{{ post.author_id }}{% if post.author_id in online %}*{% endif %} {% endfor %}"""


@pytest.fixture
def viewer(db: None) -> User:
    return User.objects.create_user("viewer")


@pytest.fixture
def posts(ada: User, bob: User) -> QuerySet[Post]:
    """Two by Ada, who is active, one by Bob, who is not, and one by nobody. Comments on two of them."""
    first, second, *_ = [Post.objects.create(author=author) for author in (ada, bob, ada, None)]
    for post in (first, second, first):
        Comment.objects.create(post=post)
    api.note(ada)
    return Post.objects.order_by("pk")


@pytest.fixture
def request_by_viewer(viewer: User) -> HttpRequest:
    return request_by(viewer)


def request_by(user: Any) -> HttpRequest:
    request = RequestFactory().get("/")
    request.user = user
    return request


def test_a_page_of_posts_costs_one_query_and_one_round_trip(
    request_by_viewer: HttpRequest,
    posts: QuerySet[Post],
    ada: User,
    bob: User,
    server: Server,
    django_assert_num_queries: Any,
) -> None:
    template, before = Template(PAGE), server.script_calls()
    with django_assert_num_queries(1 + 2):  # the posts, and whether the viewer holds the permission
        html = template.render(RequestContext(request_by_viewer, {"posts": posts}))
    assert html.split() == [f"{ada.pk}*", str(bob.pk), f"{ada.pk}*", "None"]
    assert server.script_calls() - before == 1


COLLECTIONS: dict[str, tuple[Callable[[QuerySet[Post]], Any], str]] = {
    "queryset": (lambda posts: posts, "author"),
    "queryset that has loaded the authors": (lambda posts: posts.select_related("author"), "author"),
    "page": (lambda posts: Paginator(posts, 3).page(1), "author"),
    "list": (list, "author"),
    "tuple": (tuple, "author"),
    "set": (set, "author"),
    "key of the author": (list, "author_id"),
    "property": (list, "writer"),
    "dictionaries": (lambda posts: posts.values("author"), "author"),
    "dictionaries of objects": (lambda posts: [{"post": post} for post in posts], "post.author"),
    "path": (lambda posts: Comment.objects.select_related("post"), "post.author"),
    "ids": (lambda posts: posts.values_list("author", flat=True), ""),
    "ids as texts": (lambda posts: [str(post.author_id) for post in posts if post.author], ""),
    "users": (lambda posts: User.objects.all(), ""),
    "users, one of them lazy": (lambda posts: [SimpleLazyObject(lambda: posts[0].author), AnonymousUser()], ""),
    "dictionary by user": (lambda posts: dict.fromkeys(User.objects.all(), 1), ""),
}


@pytest.mark.parametrize(("collect", "of"), COLLECTIONS.values(), ids=list(COLLECTIONS))
def test_those_who_are_active_are_found_in_any_collection(
    request_by_viewer: HttpRequest, posts: QuerySet[Post], ada: User, bob: User, collect: Any, of: str, server: Server
) -> None:
    items, before = collect(posts), server.script_calls()
    online = find_among(request_by_viewer, items, of=of)
    assert server.script_calls() - before == 1
    assert set(online) == {ada.pk}
    assert online.is_known
    for here in (ada, SimpleLazyObject(lambda: ada), ada.pk, str(ada.pk)):
        assert here in online
    nobody: list[Any] = [bob, bob.pk, None, "", "ada", AnonymousUser(), User(), Post(pk=ada.pk), [], True, 10**40, 1.5]
    for somebody in nobody:
        assert somebody not in online


def test_a_link_to_something_else_than_the_primary_key_is_followed_to_the_user(
    request_by_viewer: HttpRequest, posts: QuerySet[Post], ada: User
) -> None:
    posts.update(editor=ada)
    assert ada in find_among(request_by_viewer, posts, of="editor")


class ByName(ActiveUserEntry):
    """Tells people apart by name, so that a primary key alone is not enough."""

    identity_fields = ("username",)

    @classmethod
    def identity_of(cls, user: Any) -> str:
        return str(user.get_username())


def test_an_entry_class_with_identities_of_its_own_gets_whole_users_by_one_query(
    request_by_viewer: HttpRequest, posts: QuerySet[Post], ada: User, settings: Any, django_assert_num_queries: Any
) -> None:
    settings.ACTIVE_USERS_KEY_CLASS = f"{__name__}.ByName"
    api.clear()
    api.note(ada)
    keys = [*posts.values_list("author", flat=True), 4711]
    with django_assert_num_queries(1 + 2):
        assert set(find_among(request_by_viewer, keys)) == {ada.pk}


@pytest.mark.parametrize(
    ("rule", "anonymous", "member", "superuser"),
    [
        ("active_users.access.members_see_names", 0, 1, 1),
        ("active_users.access.everyone_sees_names", 1, 1, 1),
        ("active_users.access.staff_only", 0, 0, 1),
        ("tests.rules.names_and_passwords", 1, 1, 1),
        ("tests.test_among.addresses_alone", 0, 0, 0),
        ("tests.rules.broken", 0, 0, 0),
    ],
)
def test_dots_are_for_those_who_may_see_who_somebody_is(
    posts: QuerySet[Post],
    ada: User,
    viewer: User,
    settings: Any,
    server: Server,
    rule: str,
    anonymous: int,
    member: int,
    superuser: int,
) -> None:
    settings.ACTIVE_USERS_VISIBLE_FIELDS = rule
    viewers = [(AnonymousUser(), anonymous), (viewer, member), (User(pk=9, is_superuser=True), superuser)]
    for user, may_see in viewers:
        request, before = request_by(user), server.script_calls()
        online = find_among(request, posts.all(), of="author")
        assert (ada in online, online.is_known) == (bool(may_see), bool(may_see))
        assert server.script_calls() - before == may_see
    assert not find_among(None, posts, of="author")


def addresses_alone(request: HttpRequest) -> list[str]:
    return ["ip"]


def test_a_stranger_costs_no_query(posts: QuerySet[Post], django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert not find_among(request_by(AnonymousUser()), posts, of="author")


def test_a_page_with_a_dot_is_not_cached_for_everybody(request_by_viewer: HttpRequest, posts: Any, bob: User) -> None:
    find_among(request_by(AnonymousUser()), posts, of="author")
    assert not hasattr(request_by_viewer, "_cache_update_cache")
    find_among(request_by_viewer, posts, of="author")
    assert request_by_viewer._cache_update_cache is False  # type: ignore[attr-defined]


def test_hidden_people_have_no_dot(request_by_viewer: HttpRequest, bob: User, settings: Any) -> None:
    settings.ACTIVE_USERS_IS_HIDDEN = "tests.rules.is_bob"
    Browser(Client()).log_in(bob).get("/plain")
    online = find_among(request_by_viewer, [bob])
    assert bob not in online
    assert online.is_known


def test_while_redis_does_not_answer_nobody_has_a_dot_and_nothing_is_known(
    request_by_viewer: HttpRequest, posts: QuerySet[Post], own_server: Server
) -> None:
    own_server.kill()
    online = find_among(request_by_viewer, posts, of="author")
    assert (online, online.is_known) == (frozenset(), False)
    html = Template(PAGE).render(RequestContext(request_by_viewer, {"posts": posts}))
    assert "*" not in html


@pytest.mark.parametrize(
    ("items", "of", "logged"),
    [
        (None, "", "a list, a queryset or a page of a paginator, not None."),
        ("", "author", "a list, a queryset or a page of a paginator, not ''."),
        (7, "", "not 7."),
        ("ada", "", "not 'ada'."),
        ([["ada"]], "", "should be a user or the primary key of one, not ['ada']."),
        (["ada"], "", "should be a user or the primary key of one, not 'ada'."),
        ([Post(pk=7)], "", "should be a user or the primary key of one, not a Post."),
        ([Post(pk=7)], "writers", "'Post' object has no attribute 'writers'"),
        ([Post(pk=7)], "author..", ""),
        ([Post(pk=7)], "pk.author", "'int' object has no attribute 'author'"),
        ([{}], "author", "KeyError: 'author'"),
        ([Post(pk=7)], 7, "'int' object has no attribute 'split'"),
    ],
)
def test_a_mistake_in_a_template_is_logged_once_and_fails_no_page(
    request_by_viewer: HttpRequest, items: Any, of: Any, logged: str, caplog: pytest.LogCaptureFixture
) -> None:
    template = Template("{% load active_users %}{% active_users_among items of=of as online %}{{ online|length }}")
    for _ in range(2):
        assert template.render(RequestContext(request_by_viewer, {"items": items, "of": of})) == "0"
    messages = [record for record in caplog.records if record.name == "active_users"]
    assert [record.levelname for record in messages] == ["ERROR"] * bool(logged)
    assert logged in caplog.text
    assert not logged or "active_users_among" in caplog.text


def test_one_odd_item_costs_the_others_no_dot(request_by_viewer: HttpRequest, posts: QuerySet[Post], ada: User) -> None:
    assert set(find_among(request_by_viewer, ["x", ada.pk, Post()])) == {ada.pk}


def test_an_iterator_is_left_to_the_page_itself(
    request_by_viewer: HttpRequest, posts: QuerySet[Post], log: Callable[[], list[str]]
) -> None:
    for items in (iter(posts), posts.iterator(), (post for post in posts)):
        assert not find_among(request_by_viewer, items, of="author")
        assert len(list(items)) == 4
    assert log() == ["ERROR"] * 3  # each is another object


def test_an_entry_class_without_users_is_a_mistake_that_is_logged(
    posts: QuerySet[Post], settings: Any, log: Callable[[], list[str]]
) -> None:
    settings.ACTIVE_USERS_KEY_CLASS = "tests.entries.DeviceEntry"
    settings.ACTIVE_USERS_VISIBLE_FIELDS = "active_users.access.everyone_sees_names"
    assert not find_among(request_by(AnonymousUser()), posts, of="author")
    assert log() == ["ERROR"]


def test_printed_it_shows_nothing(request_by_viewer: HttpRequest, posts: QuerySet[Post]) -> None:
    tag = '{% load active_users %}{% active_users_among posts of="author" %}'
    assert Template(tag).render(RequestContext(request_by_viewer, {"posts": posts})) == ""
    assert Among([7]).is_known is False


def test_objects_that_lead_to_nobody_are_left_out(
    request_by_viewer: HttpRequest, posts: QuerySet[Post], ada: User
) -> None:
    among = find_among(request_by_viewer, [*posts, AnonymousUser(), Comment(post_id=99)], of="author")
    assert (set(among), among.is_known) == ({ada.pk}, False)


@pytest.mark.parametrize("of", ["painter", "author.pk.pk", "author.nobody"])
def test_where_somebody_was_left_out_not_everybody_is_known(
    request_by_viewer: HttpRequest, posts: QuerySet[Post], of: str
) -> None:
    among = find_among(request_by_viewer, posts, of=of)
    assert not among.is_known
    assert not among


def test_a_page_without_a_dot_is_kept_out_of_caches_too(
    request_by_viewer: HttpRequest, posts: QuerySet[Post], bob: User
) -> None:
    among = find_among(request_by_viewer, [bob])
    assert among.is_known
    assert not among
    assert request_by_viewer._cache_update_cache is False  # type: ignore[attr-defined]


def test_who_is_of_another_model_is_nobody(request_by_viewer: HttpRequest, posts: QuerySet[Post], ada: User) -> None:
    among = find_among(request_by_viewer, [ada])
    assert ada in among
    assert Post(pk=ada.pk) not in among
