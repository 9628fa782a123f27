"""The floor of a page: a bare Flask view under the same server."""

from __future__ import annotations

from flask import Flask

app = Flask(__name__, static_folder=None)


@app.get("/")
def hello() -> str:
    """One short word."""
    return "hello"
