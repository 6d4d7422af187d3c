"""The search's index."""

import json

from bs4 import BeautifulSoup

from workshop.book.search import Section, as_script, sections

PAGE = BeautifulSoup(
    """<section class="text"><h1 id="Top">The <em>top</em></h1><p>One</p>
    </section><section class="code"><div><pre>two = 2</pre></div>
    <details><p>secret</p></details></section>
    <section class="text"><h2 id="Next">Next</h2><p>three<b>four</b></p>
    </section>""",
    "html.parser",
)


def test_a_section_is_a_heading_and_what_follows_it():
    assert sections(PAGE, "a/b.html", "Page") == [
        Section("a/b.html#Top", "Page", "The top", "One two = 2"),
        Section("a/b.html#Next", "Page", "Next", "three four"),
    ]


def test_what_stands_before_a_heading_belongs_to_the_page():
    bare = BeautifulSoup("<section><p>x</p></section>", "html.parser")
    assert sections(bare, "a.html", "Page") == [
        Section("a.html", "Page", "Page", "x")
    ]


def test_the_index_is_a_script():
    script = as_script([Section("a#b", "P", 'h "x" ü', "t\nu")] * 2)
    start, end = "const INDEX = ", ";\n"
    assert script.startswith(start) and script.endswith(end)
    rows = json.loads(script.removeprefix(start).removesuffix(end))
    assert rows == [["a#b", "P", 'h "x" ü', "t\nu"]] * 2
