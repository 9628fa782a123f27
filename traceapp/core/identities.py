"""Who is who: each organisation as it last described itself, and what an authority's word about it still covers.

An authority confirms what it saw: the name, the legal form, the tax code, the province and the commune. Whoever
describes itself otherwise later is not confirmed any more, also once it says the old again, until the authority has
looked once more. A dispute about its codes is not ended by any of this.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from traceapp.core.facts import OrganisationFact, ProductFact
from traceapp.core.register_readings import ClaimWord, IdentityWord


def organisations_in(said: Sequence[object], product: ProductFact | None) -> dict[str, OrganisationFact]:
    """Every organisation by its id, with what authorities said of it; `said` is in the order of the log."""
    described: dict[str, list[OrganisationFact]] = {}
    for fact in said:
        if isinstance(fact, OrganisationFact):
            described.setdefault(fact.id, []).append(fact)
    found = {organisation: facts[-1] for organisation, facts in described.items()}
    settled: dict[str, int] = {}
    for word in (one for one in said if isinstance(one, IdentityWord)):
        known, authority = found.get(word.organisation), found.get(word.source.declared_by)
        if known and authority and authority.role == "authority":
            denies = product is not None and word.product == product.id
            changed = _is_changed(described[known.id], word)
            found[known.id] = _with_identity(known, word, changed=changed, denies=denies)
            settled[known.id] = word.source.leaf_index
    producer = found.get(product.organisation) if product else None
    if product and producer and _is_claimed(said, product, settled.get(producer.id, -1)):
        found[producer.id] = replace(producer, gtin_disputed=True)
    return found


def _is_changed(described: Sequence[OrganisationFact], word: IdentityWord) -> bool:
    """Whether an organisation said anything else of who it is, after what the word was about."""
    before = [one for one in described if one.source.leaf_index < word.source.leaf_index]
    was = before[-1] if before else described[0]
    return any(one.who != was.who for one in described[len(before) :])


def _with_identity(
    organisation: OrganisationFact, word: IdentityWord, *, changed: bool, denies: bool
) -> OrganisationFact:
    """`denies` says that the word is about the code of the very product."""
    if word.state == "disputed":
        return replace(organisation, gtin_disputed=True, gtin_denied=organisation.gtin_denied or denies)
    return replace(
        organisation,
        identity_confirmed_by=None if changed else word.source.declared_by,
        identity_confirmed_at=None if changed else word.source.record_time,
        identity_changed=changed,
        gtin_disputed=False,
        gtin_denied=False,
    )


def _is_claimed(said: Iterable[object], product: ProductFact, settled: int) -> bool:
    """Whether somebody else's claim of the product's code stands, made after an authority's last word (`settled`)."""
    claims = (one for one in said if isinstance(one, ClaimWord) and one.product == product.id)
    last = {word.source.declared_by: word for word in claims}
    return any(
        not word.withdrawn and word.source.leaf_index > settled and claimant != product.organisation
        for claimant, word in last.items()
    )
