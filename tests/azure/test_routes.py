"""Route templates: what they match, and what is none."""

import pytest

from workshop.azure.routes import Route

# The template, a path, and the parameters; None where it does not match.
MATCHES = [
    ("palindromes", "/palindromes", {}),
    ("palindromes", "palindromes", {}),
    ("palindromes", "/PALINDROMES/", {}),
    ("palindromes", "/palindromes//", None),
    ("palindromes", "/palindrome", None),
    ("palindromes", "/palindromes/1", None),
    ("/a", "/a", {}),
    ("a.b", "/aXb", None),
    ("{{a}}", "/{a}", {}),
    ("a/{id}", "/a/7", {"id": "7"}),
    ("a/{id}", "/a", None),
    ("a/{id}", "/a/", None),
    ("a/{id}", "/a//7", None),
    ("a/{id}/b", "/a/7/b", {"id": "7"}),
    ("a/{my-id}", "/a/7", {"my-id": "7"}),
    ("a/{id?}", "/a", {"id": None}),
    ("a/{id?}", "/a/7", {"id": "7"}),
    ("a/{id?}", "/a//7", None),
    ("a/{id?}/b", "/a/b", None),
    ("a/{id=5}", "/a", {"id": "5"}),
    ("a/{id=5}/{x?}", "/a/6/7", {"id": "6", "x": "7"}),
    ("a/{*rest}", "/a", {"rest": None}),
    ("a/{*rest}", "/a/", {"rest": None}),
    ("a/{*rest}", "/a/b/c/", {"rest": "b/c/"}),
    ("a/{**rest}", "/a/b/c", {"rest": "b/c"}),
    ("{*rest=home}", "/", {"rest": "home"}),
    ("{*rest}", "/", {"rest": None}),
    ("{name}.{end}", "/a.b.c", {"name": "a.b", "end": "c"}),
    ("{name}.{end}", "/a", None),
    ("v{n}", "/v1", {"n": "1"}),
    ("{name}", "/a%20b%C3%A9", {"name": "a bé"}),
    ("{name}", "/a%2Fb", {"name": "a%2Fb"}),
    ("{*name}", "/a%2fb/c%25", {"name": "a%2fb/c%"}),
    ("caf%C3%A9", "/café", None),
    ("café", "/caf%C3%A9", {}),
]


@pytest.mark.parametrize(("template", "path", "parameters"), MATCHES)
def test_match(template, path, parameters):
    assert Route(template).match(path) == parameters


# The constraint, a value that fits and one that does not.
FITS = [
    ("int", "-7", "7.5"),
    ("int", "2147483647", "2147483648"),
    ("long", "9223372036854775807", "9223372036854775808"),
    ("long", "1", "1" * 5000),
    ("bool", "TRUE", "1"),
    ("guid", "12345678-9abc-def0-1234-56789abcdef0", "12345678"),
    ("guid", "{12345678-9abc-def0-1234-56789abcdef0}", "x" * 32),
    ("guid", "123456789abcdef0123456789abcdef0", "1-2"),
    ("alpha", "abcXYZ", "a1"),
    ("decimal", "1.5", "1,5,"),
    ("double", "1e5", "e5"),
    ("float", ".5", "."),
    ("length(3)", "abc", "abcd"),
    ("length(2,3)", "ab", "a"),
    ("minlength(2)", "ab", "a"),
    ("maxlength(2)", "ab", "abc"),
    ("min(5)", "5", "4"),
    ("max(5)", "5", "6"),
    ("range(1, 5)", "5", "6"),
    ("regex(^[0-9]{{2}}$)", "12", "1"),
    ("regex(^(a|b:c)$)", "b:c", "c"),
    ("int:min(5)", "6", "x"),
    ("INT", "5", "x"),
    ("int?", "5", "x"),
    ("int=5", "7", "x"),
]


@pytest.mark.parametrize(("constraint", "good", "bad"), FITS)
def test_constraints(constraint, good, bad):
    route = Route(
        f"a/{{id:{constraint.replace('[[', '[').replace(']]', ']')}}}"
    )
    assert route.match(f"/a/{good}") == {"id": good}
    assert route.match(f"/a/{bad}") is None


def test_an_absent_parameter_has_nothing_to_fit():
    assert Route("a/{id:int?}").match("/a") == {"id": None}


def test_a_default_must_fit():
    assert Route("a/{id:int=x}").match("/a") is None


def test_required_refuses_nothing():
    assert Route("a/{id:required}").match("/a/b") == {"id": "b"}


REFUSED = {
    "a//b": "separator character '/' cannot appear consecutively.",
    "//b": "separator character '/' cannot appear consecutively.",
    "~a": "cannot start with a '~' character unless followed by a '/'.",
    "{a": "There is an incomplete parameter in the route template.",
    "a}": "There is an incomplete parameter in the route template.",
    "{a{b}": "There is an incomplete parameter in the route template.",
    "{}": "The route parameter name '' is invalid.",
    "{:int}": "The route parameter name '' is invalid.",
    "{a*}": "The route parameter name 'a*' is invalid.",
    "{a/b}": "The route parameter name 'a/b' is invalid.",
    "a?": "The literal section 'a?' is invalid.",
    "{a}{b}": "A path segment cannot contain two consecutive parameters.",
    "{a}/{A}": "The route parameter name 'A' appears more than one time",
    "{*a}/b": "A catch-all parameter can only appear as the last segment",
    "a{*b}": "cannot contain a catch-all parameter.",
    "{*a?}": "A catch-all parameter cannot be marked optional.",
    "{a=1?}": "An optional parameter cannot have default value.",
    "{a}.{b?}": "must be a segment of its own",
    "{a:word}": (
        "The constraint entry 'a' - 'word' on the route '{a:word}' could not "
        "be resolved by the constraint resolver of type "
        "'DefaultInlineConstraintResolver'."
    ),
    "{a:int(5)}": "The constraint entry 'a' - 'int(5)'",
    "{a:range(1)}": "The constraint entry 'a' - 'range(1)'",
    "{a:min(x)}": "The constraint 'min(x)' takes whole numbers.",
    "{a:regex([)}": "The constraint 'regex([)' is no pattern:",
}


@pytest.mark.parametrize("template", REFUSED)
def test_refused(template):
    with pytest.raises(ValueError) as refused:
        Route(template)
    assert REFUSED[template] in str(refused.value)


def test_precedence_goes_from_the_exact_to_the_catch_all():
    templates = ["a/b", "a/b{c}", "a/{b}", "a/{*b:int}", "a/{*b}", "{a}/b"]
    assert sorted(templates, key=lambda t: Route(t).precedence) == templates
    assert Route("{a:int}").precedence < Route("{a}").precedence


@pytest.mark.parametrize("template", ["a/{b}", "a/{*b}", "{a}.{b}/c"])
def test_the_example_is_of_the_route(template):
    route = Route(template)
    assert route.match(f"/{route.example}")
