"""The keys of an app: where they are looked for, and what they open."""

from urllib.parse import quote

import pytest

from workshop.azure.keys import NOBODY, Caller, Keys, given

HEADER = b"x-functions-key"


@pytest.mark.parametrize(
    ("headers", "query", "key"),
    # azure-functions-host 4.1037, AuthenticationLevelHandler.cs
    [
        ([], b"", ""),
        ([(HEADER, b"k")], b"", "k"),
        ([(HEADER, b"k")], b"code=q", "k"),
        ([(HEADER, b"")], b"code=q", ""),
        ([(HEADER, b"k"), (HEADER, b"l")], b"", "k"),
        ([(HEADER, b"\xe9")], b"", "\xe9"),
        ([(b"x-functions-keys", b"k")], b"", ""),
        ([], b"code=q", "q"),
        ([], b"a=1&code=q&code=r", "q"),
        ([], b"CODE=q", "q"),
        ([], b"Code=q&code=r", "q"),
        ([], b"%63ode=q", "q"),
        ([], b"code=a%2Fb%3D", "a/b="),
        ([], b"code=a+b", "a b"),
        ([], b"code=", ""),
        ([], b"code", ""),
        ([], b"barcode=q", ""),
        ([], b"a=code&b=code=q", ""),
    ],
)
def test_where_a_key_is_looked_for(headers, query, key):
    assert given(headers, query) == key


@pytest.mark.parametrize(
    ("key", "function", "caller"),
    # SecretManager.GetAuthorizationLevelAsync; a function's own key is named
    # "default", too.
    [
        ("master", "hello", Caller("admin", "master")),
        ("master", "", Caller("admin", "master")),
        ("default", "hello", Caller("function", "default")),
        ("default", "", Caller("function", "default")),
        ("hello", "hello", Caller("function", "default")),
        ("hello", "other", NOBODY),
        ("hello", "", NOBODY),
        ("hello", "nobody", NOBODY),
    ],
)
def test_whose_key_it_is(key, function, caller):
    keys = Keys(["hello", "other"])
    value = keys.named[key]
    assert keys.caller([(HEADER, value.encode())], b"", function) == caller
    query = f"code={quote(value)}".encode()
    assert keys.caller([], query, function) == caller


@pytest.mark.parametrize("wrong", [b"", b"x", b"\xe9", b"master", b"default"])
def test_a_wrong_key_is_nobodys(wrong):
    assert Keys(["hello"]).caller([(HEADER, wrong)], b"", "hello") == NOBODY


@pytest.mark.parametrize("name", ["master", "default"])
def test_a_function_of_such_a_name_does_not_change_the_hosts_keys(name):
    keys = Keys([name, "other"])
    host = keys.named[name].encode()
    level = {"master": "admin", "default": "function"}[name]
    assert keys.caller([(HEADER, host)], b"", "other").level == level


@pytest.mark.parametrize(
    ("level", "wanted"),
    # AuthUtility.PrincipalHasAuthLevelClaim
    [
        ("anonymous", {"anonymous"}),
        ("function", {"anonymous", "function"}),
        ("admin", {"anonymous", "function", "admin", "user", "system"}),
    ],
)
def test_what_a_caller_may(level, wanted):
    levels = ("anonymous", "function", "admin", "user", "system")
    assert {one for one in levels if Caller(level).may(one)} == wanted


def test_keys_differ_and_are_new_in_each_run():
    named = Keys(["hello", "other"]).named
    assert list(named) == ["master", "default", "hello", "other"]
    again = Keys(["hello", "other"]).named
    assert len({*named.values(), *again.values()}) == 8
