"""What the demonstration's producers sent to its shop: it waits there to be counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from traceapp.core.events import Event, Goods, Stage


def addressed(event: Event, before: Sequence[Event], ids: Mapping[str, str]) -> Event:
    """A load to somebody of the demonstration under its id, with as many packs as it says; any other event as it is.

    `before` are the lot's events so far: what was packed last is what is sent.
    """
    receiver, count = ids.get(str(event.kde.get("to"))), event.kde.get("qty")
    packed = [one.outputs[0] for one in before if one.stage is Stage.PACK]
    if event.stage is not Stage.SHIP or receiver is None or not isinstance(count, int) or not packed:
        return event
    goods = Goods(packed[-1].name, count, packed[-1].unit)
    kde: dict[str, Any] = {**event.kde, "to": receiver}
    return replace(event, inputs=(goods,), kde=kde)
