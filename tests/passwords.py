"""One password for everybody in tests, and the field by which it is given again before an act that cannot be undone."""

from __future__ import annotations

from functools import cache

from traceapp.services.accounts.passwords import make_hash

PASSWORD = "trâu mộng bờ ao"
AGAIN = {"step-up-password": PASSWORD}


@cache
def hashed() -> str:
    """What is stored of it; made once, since that is slow on purpose."""
    return make_hash(PASSWORD)
