"""The few pieces of HTML that result pages are made of; everything that comes in is escaped here."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
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


def section(title: str, *parts: str) -> str:
    """A section with its heading."""
    return f"<section><h2>{escape(title)}</h2>\n" + "\n".join(parts) + "\n</section>"


def page(title: str, *parts: str) -> str:
    """A whole document with the style sheet inside; it asks for nothing over the network."""
    style = files("sswnn.report").joinpath("page.css").read_text()
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n<h1>{escape(title)}</h1>\n"
        + "\n".join(parts)
        + "\n</main>\n</body>\n</html>\n"
    )
