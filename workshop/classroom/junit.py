"""The judge's reports of all exercises in one JUnit XML file."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable

from workshop.classroom.desk import Desk
from workshop.classroom.private import without_places

COUNTS = ("tests", "failures", "errors", "skipped")
RUNS = "test_runs_from_top_to_bottom"


def suite(
    stem: str, junit: bytes, why: str, desk: Desk
) -> ElementTree.Element:
    """The suite of an exercise: what pytest reports of it, and one case more.

    That case tells whether the notebook runs: it does if `why` is empty. An
    exercise that cannot be judged has no report, and that case alone.
    """
    found = ElementTree.fromstring(junit).find("testsuite") if junit else None
    made = ElementTree.Element("testsuite") if found is None else found
    made.attrib.pop("hostname", None)
    made.set("name", stem)
    case = ElementTree.Element("testcase", classname=stem, name=RUNS)
    if why:
        message = why.partition("\n")[0]
        ElementTree.SubElement(case, "failure", message=message).text = why
    made.insert(0, case)
    for element in made.iter():
        for name, text in element.attrib.items():
            element.set(name, without_places(text, desk))
        element.text = without_places(element.text or "", desk) or None
    for count in COUNTS:
        made.set(count, str(_count(made, count)))
    return made


def merged(suites: Iterable[ElementTree.Element]) -> bytes:
    """All suites as one file."""
    whole = ElementTree.Element("testsuites", name="workshop submit")
    whole.extend(suites)
    for count in COUNTS:
        total = sum(int(part.get(count, 0)) for part in whole)
        whole.set(count, str(total))
    ElementTree.indent(whole)
    text: bytes = ElementTree.tostring(whole, "utf-8", xml_declaration=True)
    return text


def _count(suite: ElementTree.Element, count: str) -> int:
    if count == "tests":
        return len(suite.findall("testcase"))
    kind = {"failures": "failure", "errors": "error"}.get(count, count)
    return len(suite.findall(f"testcase/{kind}"))
