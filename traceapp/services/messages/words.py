"""What in a message's words is looked at twice before anybody else reads them, and what nobody else reads."""

from __future__ import annotations

import re

_LINK = re.compile(r"://|\bwww\.|\b[\w-]{1,63}\.(?:com|net|org|vn|info|shop|top|xyz|io|ru|cn|link|site|online)\b", re.I)
_CONTACT = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}\.\w+|(?<![\w/])\+?\d(?:[\s.()-]{0,2}\d){7,14}(?![\w/])")
_HIDDEN = "…"


def suspicion(words: str) -> str | None:
    """Why somebody should look twice: a `link`, or a `contact` that everybody would see. None for what is plain."""
    if _LINK.search(words):
        return "link"
    return "contact" if _CONTACT.search(words) else None


def without_contacts(words: str) -> str:
    """Words as anybody may read them: telephone numbers and mail addresses left out."""
    return _CONTACT.sub(_HIDDEN, words)
