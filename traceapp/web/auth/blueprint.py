"""The blueprint that all pages of this package stand in: what it answers is never kept by a cache."""

from __future__ import annotations

from flask import Blueprint

auth = Blueprint("auth", __name__)
