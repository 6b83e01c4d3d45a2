"""Pages as tests read them: whether their tags close, their text, and what a browser would fetch; a picture of one pixel."""

import base64
from html.parser import HTMLParser

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


class Checker(HTMLParser):
    """Collects open tags, text, and addresses that a browser would fetch."""

    void = frozenset({"meta", "img", "br", "link"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        if tag not in self.void:
            self.open.append(tag)
        self.fetched += [
            v for k, v in attrs if k in ("src", "srcset") or (tag == "link" and k == "href")
        ]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def check(document: str) -> Checker:
    checker = Checker()
    checker.feed(document)
    assert checker.open == []
    return checker
