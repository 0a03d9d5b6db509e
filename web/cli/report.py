"""The migration report for people: as text, and as one page of HTML that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from engine.views import FileReport

_MARKS = {"runs": "✓", "needs handlers": "▲", "refused": "✗", "shown only": "○"}
_STYLE = """
:root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}
body{max-width:72rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}
td,th{border-bottom:1px solid #8884;padding:.3rem .6rem;text-align:left;vertical-align:top}
h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2.5rem}h3{font-size:1rem;margin:1rem 0 0}
.runs{color:#177245}.needs{color:#8a5a00}.refused{color:#b42318}.shown{color:#666}
figure{margin:1rem 0;overflow:auto;border:1px solid #8884;border-radius:6px;padding:.5rem}
code{font-size:.92em}
"""


def as_text(reports: Sequence[FileReport]) -> str:
    """A few lines a file."""
    return "\n\n".join("\n".join(_lines(report)) for report in reports)


def _lines(report: FileReport) -> Iterator[str]:
    yield f"{_MARKS[report.verdict]} {report.file}: {report.verdict} ({report.dialect})"
    if report.understood:
        counted = ", ".join(f"{one.what} {one.count}" for one in report.understood)
        yield f"  understood  {counted}"
    for place in report.translated:
        yield f"  translated  line {place.line}, '{place.element}': {place.what}: {place.note}"
    for place in report.ignored:
        yield f"  ignored     line {place.line}, '{place.element}': {place.what}; {place.note}"
    for one in report.needed:
        at = ", ".join(f"'{id}'" for id in one.elements)
        yield f"  needs       {one.kind} '{one.name}' for {at}: {one.hint}"
    for problem in report.refused:
        yield f"  refused     {problem} [{problem.rule}]"


def as_html(reports: Sequence[FileReport]) -> str:
    """One page: a table of the files, then each with its diagram and its findings."""
    rows = "".join(
        f"<tr><td><a href='#f{at}'>{escape(one.file)}</a></td><td>{_verdict(one)}</td>"
        f"<td>{escape(one.dialect)}</td><td>{len(one.needed)}</td><td>{len(one.ignored)}</td>"
        f"<td>{len(one.refused)}</td></tr>"
        for at, one in enumerate(reports)
    )
    head = "<th>File</th><th></th><th>Dialect</th><th>Needs</th><th>Ignored</th><th>Refused</th>"
    files = "".join(_file(at, report) for at, report in enumerate(reports))
    return (
        "<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width'><title>Migration report</title>"
        f"<style>{_STYLE}</style></head><body><h1>Migration report</h1>"
        f"<table><tr>{head}</tr>{rows}</table>{files}</body></html>\n"
    )


def _verdict(report: FileReport) -> str:
    css = report.verdict.split()[0]
    return f"<span class='{css}'>{_MARKS[report.verdict]} {report.verdict}</span>"


def _file(at: int, report: FileReport) -> str:
    parts = [f"<h2 id='f{at}'>{escape(report.file)} {_verdict(report)}</h2>"]
    if report.svg is not None:
        parts.append(f"<figure>{report.svg}</figure>")
    parts.append(
        _table(
            "Refused",
            ("Line", "Element", "Why", "What would do"),
            [
                (str(p.line or ""), p.element or "", p.message, p.remedy or "")
                for p in report.refused
            ],
        )
    )
    parts.append(
        _table(
            "Needed",
            ("Kind", "Name", "Elements", "How"),
            [(n.kind, n.name, ", ".join(n.elements), n.hint) for n in report.needed],
        )
    )
    for title, places in (("Translated", report.translated), ("Ignored", report.ignored)):
        rows = [(str(p.line), p.element, p.what, p.note) for p in places]
        parts.append(_table(title, ("Line", "Element", "What", "Here"), rows))
    counted = [(one.what, str(one.count)) for one in report.understood]
    parts.append(_table("Understood", ("What", "Uses"), counted))
    return "".join(parts)


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    top = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<h3>{title}</h3><table><tr>{top}</tr>{body}</table>"
