"""The rows as a page: one file, without scripts, light and dark.

What submissions say in it is hostile until it is escaped; the page's own
policy would let nothing be loaded nor run besides.
"""

from collections.abc import Sequence
from html import escape

from workshop.classroom.desk import number_of
from workshop.classroom.outcome import Outcome
from workshop.exercises import stems
from workshop.grading.rows import Row

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>Submissions</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 2rem; }}
table {{ border-collapse: collapse; }}
th, td {{ border: 1px solid #8888; padding: .3rem .6rem; text-align: left; }}
pre {{ white-space: pre-wrap; overflow-wrap: anywhere; }}
.solved {{ background: light-dark(#d8f0d8, #1d4a1d); }}
.wrong {{ background: light-dark(#fbe3c4, #59400f); }}
.does-not-run, .unreadable {{ background: light-dark(#f8d4d4, #5c1f1f); }}
</style>
</head>
<body>
<h1>Submissions</h1>
<p>{summary}</p>
<table>
<thead><tr>{head}</tr></thead>
<tbody>
{body}
</tbody>
</table>
{details}
</body>
</html>
"""


def as_page(rows: Sequence[Row], notes: Sequence[str] = ()) -> str:
    """The text of the page."""
    titles = ["name", "date", *stems(), "solved", "checks"]
    head = "".join(f'<th scope="col">{escape(one)}</th>' for one in titles)
    return PAGE.format(
        summary=escape(" ".join((_summary(rows), *notes))),
        head=head,
        body="\n".join(map(_line, rows)),
        details="\n".join(map(_section, rows)),
    )


def _summary(rows: Sequence[Row]) -> str:
    whole = sum(row.solved == len(row.outcomes) for row in rows)
    return f"{len(rows)} submissions, {whole} with every exercise solved."


def _line(row: Row) -> str:
    cells = "".join(map(_cell, row.outcomes))
    return (
        f'<tr><th scope="row">{escape(row.name)}</th>'
        f"<td>{escape(row.date)}</td>{cells}"
        f"<td>{row.solved} of {len(row.outcomes)}</td>"
        f"<td>{row.passed} of {row.of}</td></tr>"
    )


def _cell(outcome: Outcome) -> str:
    kind = escape(outcome.state.replace(" ", "-"))
    passed = f", {outcome.passed} of {outcome.of}" if outcome.passed else ""
    return f'<td class="{kind}">{escape(outcome.state)}{passed}</td>'


def _section(row: Row) -> str:
    """What there is to say of a submission besides its numbers."""
    parts = [f"<p>{escape(remark)}</p>" for remark in row.remarks]
    parts += [
        f"<h3>{number_of(one.stem)}: {escape(one.state)}</h3>\n"
        f"<pre>{escape(one.hint)}</pre>"
        for one in row.outcomes
        if one.hint
    ]
    if not parts:
        return ""
    title = f"{escape(row.name)} ({escape(row.source)})"
    return "\n".join([f"<h2>{title}</h2>", *parts])
