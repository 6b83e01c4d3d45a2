"""The few pieces of HTML that result pages are made of; everything that comes in is escaped here."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from pathlib import Path

_IMAGE_TYPES = {".png": "image/png", ".svg": "image/svg+xml", ".jpg": "image/jpeg"}


def paragraph(text: str, kind: str = "") -> str:
    """A paragraph of plain text; `kind` is a class of the style sheet."""
    return f'<p class="{escape(kind)}">{escape(text)}</p>' if kind else f"<p>{escape(text)}</p>"


def table(header: Sequence[str], rows: Iterable[Sequence[str]], caption: str = "") -> str:
    """A table whose first column names the row."""
    head = "".join(f'<th scope="col">{escape(x)}</th>' for x in header)
    body = []
    for name, *values in rows:
        cells = "".join(f'<td class="number">{escape(x)}</td>' for x in values)
        body.append(f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>')
    head = f"<thead><tr>{head}</tr></thead>" if any(header) else ""
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    rows_of_table = f"<tbody>{''.join(body)}</tbody>"
    return f'<div class="scroll"><table>{title}{head}{rows_of_table}</table></div>'


@dataclass(frozen=True)
class Cell:
    """A cell of a sortable table: finished HTML, what it is sorted by (None: comes last), a class of the style sheet."""

    markup: str
    order: float | str | None = None
    kind: str = ""


def text_cell(text: str, kind: str = "") -> Cell:
    """A cell of plain text, sorted by it."""
    return Cell(escape(text), text, kind)


def sortable_table(header: Sequence[str], rows: Iterable[Sequence[Cell]], caption: str) -> str:
    """A table that table.js sorts by a click on a header; its first column names the row."""
    head = "".join(
        f'<th scope="col" aria-sort="none"><button type="button">{escape(x)}</button></th>'
        for x in header
    )
    body = "".join(
        f"<tr>{''.join(_cell(cell, k == 0) for k, cell in enumerate(row))}</tr>" for row in rows
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}"><table data-sortable>'
        f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(cell: Cell, first: bool) -> str:
    tag, scope = ("th", ' scope="row"') if first else ("td", "")
    kind = f' class="{escape(cell.kind)}"' if cell.kind else ""
    order = "" if cell.order is None else f' data-order="{escape(str(cell.order))}"'
    return f"<{tag}{scope}{kind}{order}>{cell.markup}</{tag}>"


def prose(text: str, kind: str = "") -> str:
    """Paragraphs of plain text, apart by empty lines; DOIs and web addresses become links."""
    kind = f' class="{escape(kind)}"' if kind else ""
    return "\n".join(
        f"<p{kind}>{linked(part)}</p>" for part in re.split(r"\n\s*\n", text.strip()) if part
    )


def linked(text: str) -> str:
    """Plain text in which `doi:10...` and `https://...` are links."""
    pattern = re.compile(
        r"(doi:(10\.\d{4,}/[^\s;,)]*[^\s;,.)])|https?://[^\s;,)\"<>]*[^\s;,.)\"<>])"
    )
    parts, done = [], 0
    for match in pattern.finditer(text):
        address = f"https://doi.org/{match[2]}" if match[2] else match[0]
        parts += [
            escape(text[done : match.start()]),
            f'<a href="{escape(address)}">{escape(match[0])}</a>',
        ]
        done = match.end()
    return "".join(parts) + escape(text[done:])


def plot(data: dict, caption: str) -> str:
    """A plot that plot.js draws, with its data inside."""
    content = json.dumps(data, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    for sign, code in (
        ("<", "003c"),
        (">", "003e"),
        ("&", "0026"),
        ("\u2028", "2028"),
        ("\u2029", "2029"),
    ):
        content = content.replace(sign, f"\\u{code}")
    return (
        f'<figure class="plot"><h3>{escape(data["title"])}</h3>'
        f'<script type="application/json">{content}</script><noscript>JavaScript draws this plot.</noscript>'
        f"<figcaption>{linked(caption)}</figcaption></figure>"
    )


def image(path: Path, alt: str, caption: str) -> str:
    """A picture inside the page."""
    data = base64.b64encode(path.read_bytes()).decode()
    return (
        f'<figure><img src="data:{_IMAGE_TYPES[path.suffix]};base64,{data}" alt="{escape(alt)}">'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def links(items: Iterable[tuple[str, str]]) -> str:
    """A list of (relative file, what it is)."""
    rows = (
        f'<li><a href="{escape(path)}"><code>{escape(path)}</code></a> {escape(what)}</li>'
        for path, what in items
    )
    return f"<ul>{''.join(rows)}</ul>"


def code(text: str) -> str:
    """Preformatted text."""
    return f"<pre><code>{escape(text)}</code></pre>"


def section(title: str, *parts: str, name: str = "") -> str:
    """A section with its heading; `name` is what links to it are called."""
    address = f' id="{escape(name)}"' if name else ""
    return f"<section{address}><h2>{escape(title)}</h2>\n" + "\n".join(parts) + "\n</section>"


def page(
    title: str, *parts: str, styles: Sequence[str] = ("page.css",), scripts: Sequence[str] = ()
) -> str:
    """A whole document with its style sheets and scripts, files of this package, inside.

    It asks for nothing over the network, and the browser is told to refuse that, and any script but these.
    """
    style = "".join(_file(name) for name in styles)
    codes = [f"\n{_file(name)}" for name in scripts]
    digests = [base64.b64encode(hashlib.sha256(x.encode()).digest()).decode() for x in codes]
    allowed = " ".join(f"'sha256-{x}'" for x in digests) or "'none'"
    policy = f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src {allowed}"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n<meta name="generator" content="sswnn">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n<h1>{escape(title)}</h1>\n"
        + "\n".join(parts)
        + "\n</main>\n"
        + "".join(f"<script>{x}</script>\n" for x in codes)
        + "</body>\n</html>\n"
    )


def _file(name: str) -> str:
    return files("sswnn.report").joinpath(name).read_text(encoding="utf-8")
