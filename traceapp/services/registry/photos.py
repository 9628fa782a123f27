"""A product's photo: a new version of the product's record, which names the picture's files by their hashes."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from traceapp.adapters.media import store_picture
from traceapp.adapters.photos import Photo, reencode
from traceapp.core.errors import Forbidden
from traceapp.core.keys import Keyring
from traceapp.core.statements import record_uuid
from traceapp.services.log.entries import Receipt
from traceapp.services.operating import audit
from traceapp.services.records.signing import Notary
from traceapp.services.registry.products import say_anew
from traceapp.services.registry.registers import producer_of


def set_photo(
    connection: Connection,
    product: str,
    data: bytes | Photo,
    actor: str,
    *,
    notary: Notary,
    keyring: Keyring,
    media_dir: Path,
    now: datetime,
) -> tuple[Photo, Receipt]:
    """Put a photo on a product: `data` as uploaded, or drawn anew already, `actor` the product's own organisation.

    PhotoRefused says what to do about a photo that cannot be used; Forbidden for anybody else's product, NotFound. The
    files are stored first: a picture that no record names is never shown.
    """
    if producer_of(connection, product) != actor:
        raise Forbidden("Only the product's own producer puts a photo on its page.")
    photo = data if isinstance(data, Photo) else reencode(data)
    told = stored_photo(photo, media_dir)
    receipt = say_anew(connection, product, told, actor, notary, keyring, now)
    audit.note(connection, "photo", product, actor, now, file=told["image"], record=record_uuid(receipt.record_id))
    return photo, receipt


def stored_photo(photo: Photo, media_dir: Path) -> dict[str, Any]:
    """Keep a photo's files; what a product's record says of it."""
    files = [store_picture(media_dir, one.data) for one in photo.variants]
    sizes = [
        {"file": file, "width": one.width, "height": one.height}
        for file, one in zip(files, photo.variants, strict=True)
    ]
    return {"image": files[0], "images": sizes, "image_is_drawing": False}
