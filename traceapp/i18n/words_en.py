"""What pages, labels and the command line say in English. The keys are those of words_vi."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "record-authentic": ("Record authentic", ": as it was signed, changed by nobody"),
    "record-authentic/partly": (
        "Record checked in part",
        ": {count:entry fits its signature|entries fit their signatures}; not readable for this version: {unchecked}",
    ),
    "record-tampered": (
        "The record is no longer as it was signed.",
        " Entries that do not fit their signature or the public log: {count}.",
    ),
    "record-missing": (
        "Entries missing from the record: {count}.",
        " The public log names them; their content is gone.",
    ),
    "key-revoked": ("The signing key was revoked.", " Entries that rest on it and are no longer certain: {count}."),
    "account-doubtful": (
        "The account that made {count:entry|entries} here is reported to be in other hands since {since}.",
        " Somebody else may have used it.{uncounted_text}",
    ),
    "cosignature-bad": (
        "The producer’s own additional signature does not fit",
        ", in {count:entry|entries}. We do not know why.",
    ),
    "record-cosigned": (
        "The producer also signed with a key of its own device",
        ": {count:entry|entries}, beside our signature",
    ),
    "witnessed": ("Witnessed", ": {of:entry|entries}, all countersigned by outsiders, {when}"),
    "not-witnessed": ("No outside witness", " countersigns the public log yet"),
    "not-witnessed/awaited": ("Waiting for witnesses", ": {witnessed} of {of:entry|entries} countersigned"),
    "code-issued": ("This code was issued", ": label {item} of lot {own_lot}. A reprinted label opens this same page."),
    "code-unknown": (
        "No label carries this code.",
        " It is not among those issued for lot {own_lot}: {issued:label|labels}. We do not know why.",
    ),
    "code-unknown/none": ("No label carries this code.", " Lot {own_lot} has no labels yet. We do not know why."),
    "code-unknown/unchecked": (
        "The serial could not be checked.",
        " A label without a signature can be checked online only.",
    ),
    "label-void": ("Label {item} was declared void.", " Reason given: {reason}."),
    "label-signature-good": ("The signature on the label is right", ""),
    "label-signature-bad": (
        "The signature on the label does not fit.",
        " Its serial is on our list, but this is not the label that was printed. We do not know why.",
    ),
    "label-signature-missing": (
        "The label lacks its signature.",
        " Labels of this lot are printed with one; the code you scanned has none.",
    ),
    "label-key-revoked": (
        "The key that signs labels was revoked.",
        " The signature alone no longer suffices: go by the serial and our list of labels.",
    ),
    "serial-key-exposed": (
        "The key behind the serials of this print run has leaked.",
        " Others can make serials that fit. Compare lot and best-before date with the pack.",
    ),
    "product-unknown": ("No record for this code yet.", " The code is well formed, but nobody has registered it."),
    "product-unknown/lot": (
        "No record for lot {asked_lot} yet.",
        " The product is registered, this lot is not. Compare the lot number on the pack.",
    ),
    "foreign-code": (
        "No record for this code.",
        " The code is well formed, but nobody has registered it here. That says nothing about the goods.",
    ),
    "lot-recalled": ("The whole lot is recalled from {day}.", " {reason_text}"),
    "input-recalled": ("Contains goods of lot {lot_name}, recalled from {day}.", " {reason_text}"),
    "lot-on-hold": ("The lot is on hold.", " Reason: {reason}."),
    "lot-expired": ("The lot is past its date", ": {expires}"),
    "inspected": ("An inspector saw it on {when}", ": {result}"),
    "inspected/pass": ("An inspector saw it on {when}", ": passed"),
    "inspected/fail": ("An inspector saw it on {when}", ": not passed"),
    "inspected/place-pass": ("An inspector saw the place on {when}", ": passed"),
    "inspected/place-fail": ("An inspector saw the place on {when}", ": not passed"),
    "inspected/item-pass": ("An inspector saw pack {item} on {when}", ": passed"),
    "inspected/item-fail": ("An inspector saw pack {item} on {when}", ": not passed"),
    "identity-confirmed": ("The producer's identity is confirmed", ""),
    "identity-unconfirmed": (
        "The producer's identity is not confirmed.",
        " No authority has said yet who stands behind this record.",
    ),
    "identity-unconfirmed/changed": (
        "The producer's identity is not confirmed anew.",
        " Since it was last confirmed, it changed its name, tax code or address.",
    ),
    "identity-unconfirmed/denied": (
        "This product code is not the producer's.",
        " An authority decided that it is somebody else's.",
    ),
    "identity-unconfirmed/disputed": ("The product code is disputed.", " Somebody else says that this code is theirs."),
    "certificate-valid": ("{scheme_name}", " valid until {expires}"),
    "certificate-valid/endless": ("{scheme_name}", " valid, no end date given"),
    "certificate-expired": ("{scheme_name} has expired", " on {expires}"),
    "certificate-expired/valid-at-harvest": ("{scheme_name} has expired", " on {expires}; valid at harvest, {made}"),
    "certificate-expired/valid-at-making": ("{scheme_name} has expired", " on {expires}; valid when made, {made}"),
    "certificate-expired/before-harvest": (
        "{scheme_name} has expired",
        " on {expires}, before the harvest was in, {made_until}",
    ),
    "certificate-expired/before-making": ("{scheme_name} has expired", " on {expires}, before making, {made_until}"),
    "certificate-suspended": ("{scheme_name} is suspended", " since {when}{because}"),
    "certificate-revoked": ("{scheme_name} was revoked by its issuer", " on {when}{because}"),
    "certificate-out-of-scope/subject": ("{scheme_name} does not cover this lot", ": it was given to another place"),
    "certificate-out-of-scope/began": ("{scheme_name} does not cover this lot", ": it began on {issued}, after {made}"),
    "certificate-out-of-scope/not-begun": ("{scheme_name} has not begun", ": it starts on {issued}"),
    "certificate-out-of-scope/quantity": (
        "{scheme_name}: more was labelled than expected.",
        " Labelled {labelled_t} t, the certificate expects {expected_t} t a year.",
    ),
    "certificate-confirmed-own-key": (
        "{scheme_name}, no. {number}",
        ": confirmed with the own key of {issuer_name}",
    ),
    "certificate-confirmed-by-account": (
        "{scheme_name}, no. {number}",
        ": confirmed by {issuer_name} through its account here",
    ),
    "certificate-unconfirmed": (
        "{scheme_name}, no. {number}",
        ": declared by the producer, not confirmed by {issuer_name}",
    ),
    "stars-valid": ("OCOP {stars:star|stars}", ", valid until {expires}"),
    "stars-expired": ("No OCOP stars any more.", " Expired on {expires}. No renewed decision seen yet."),
    "stars-expired/renewal-declared": (
        "No OCOP stars any more.",
        " Expired on {expires}. The producer declares a new decision; its issuer has not confirmed it.",
    ),
    "phi-kept": ("Harvested {days:day|days} after spraying", ", the pesticide label asks for {phi_days}"),
    "phi-kept/veterinary": (
        "Harvested {days:day|days} after a veterinary drug",
        ", its label asks for {phi_days}",
    ),
    "phi-broken": (
        "Harvested {early:day|days} too soon after spraying.",
        " {active} sprayed {sprayed}, wait {phi_days:day|days}: harvest from {allowed_from}. Harvested {harvested}.",
    ),
    "phi-broken/within": (
        "Sprayed during the harvest.",
        " {active} sprayed until {sprayed}, harvest began {harvested}. "
        "Wait {phi_days:day|days}: harvest from {allowed_from}.",
    ),
    "phi-broken/veterinary": (
        "Harvested before the wait after a veterinary drug was over.",
        " {active} given until {sprayed}, wait {phi_days:day|days}: harvest from {allowed_from}. "
        "Harvested {harvested}.",
    ),
    "active-not-permitted": (
        "Active ingredient {active} is not on the permitted list",
        " of {as_of}",
    ),
    "active-not-permitted/unknown": ("No list to compare", " the active ingredient {active} with"),
    "ccp-in-limits": ("Safety limits kept", ": {steps_text}"),
    "ccp-corrected": (
        "Step {step} left its safety limits once, was put right and checked again",
        ": {checks_text}. {corrective_action}",
    ),
    "ccp-deviation": ("Step {step} left its safety limits, no correction recorded", ": {checks_text}."),
    "test-passed": ("Laboratory test passed", ": {label}, report {report}"),
    "test-failed": ("Laboratory test not passed", ": {results_text}. Report {report}."),
    "mass-balance-ok": ("Quantities add up", " from raw material to product"),
    "mass-balance-exceeded/yield": (
        "Declared {claimed_amount} of {goods} from {inputs_text}.",
        " At most {most_amount} is possible.",
    ),
    "mass-balance-exceeded/event": (
        "Declared {claimed_amount} of {goods} from {inputs_text}.",
        " No more can come out than went in: at most {most_amount}.",
    ),
    "mass-balance-exceeded/goods": (
        "Declared use of {claimed_amount} of {goods}.",
        " Lot {lot_name} has only {most_amount}.",
    ),
    "mass-balance-exceeded/labels": (
        "{claimed:label|labels} needed with those already issued, goods for only {most}.",
        "",
    ),
    "mass-balance-exceeded/restricted": ("Quantities of {goods} do not add up yet.", " The figures are not public."),
    "mass-balance-unknown": ("Not enough figures to add up quantities", ""),
    "mass-balance-unknown/goods": ("Not enough figures to add up quantities", ": {goods_text}"),
    "stages-ordered": ("Stages are in order", ""),
    "stages-disordered": ("The order of stages needs a second look", ": {then_text} before {first_text}"),
    "disclosure-complete": ("All {of} required items are disclosed", ""),
    "disclosure-incomplete": (
        "{have_count} of {of} required items disclosed.",
        " Missing: {missing_text}.{drawing_text}",
    ),
    "first-scan": ("Nobody else has scanned this label yet", ""),
    "scans-normal": (
        "This label has been scanned {total:time|times}",
        ", {last_24h} in 24 hours, {last_7d} in 7 days; a household usually scans {usual_least} to {usual_most} times",
    ),
    "scans-normal/since": (
        "This label has been scanned {total:time|times}",
        ", first on {first}, {last_24h} in 24 hours, {last_7d} in 7 days; "
        "a household usually scans {usual_least} to {usual_most} times",
    ),
    "scans-normal/cleared": (
        "There were many scans; the producer looked into it on {cleared}",
        ": {cleared_reason}. {total:scan|scans} so far",
    ),
    "copy-suspected": (
        "This label may have been copied.",
        " {scans:scan|scans} in {hours:hour|hours}, in {provinces:province|provinces}; "
        "a household usually scans {usual_least} to {usual_most} times.",
    ),
    "copy-suspected/one-place": (
        "This label may have been copied.",
        " {scans:scan|scans} in {hours:hour|hours}, from {visitors:device|devices}; "
        "a household usually scans {usual_least} to {usual_most} times.",
    ),
    "copy-suspected/far": (
        "This label may have been copied.",
        " Two devices more than {km} km apart scanned it within {minutes:minute|minutes}: "
        "nobody carries a pack that fast.",
    ),
    "copy-suspected/to-and-fro": (
        "This label may have been copied.",
        " {week:scan|scans} in 7 days, with {turns:change|changes} of province; "
        "a household usually scans {usual_least} to {usual_most} times, a pack usually makes one journey.",
    ),
    "copy-suspected/used-up": (
        "This label may have been copied.",
        " {scans:scan|scans} in {hours:hour|hours}, {after} of them after somebody said that it was used up; "
        "a household usually scans {usual_least} to {usual_most} times.",
    ),
    "data-stale": ("No entry for this lot since {last}", ", neither packed nor sent yet"),
    "data-copied": ("The very same entry stands in lot {lots_text}", ": {label}, {start}"),
    "not-proved": (
        "A label cannot see inside the pack.",
        " Nor can the public log prove that nothing was left out.",
    ),
    "log-proved": ("Every entry is in the public log", ": {origin}, up to {size:entry|entries}"),
    "keys-pinned": ("The keys are those of the trust file you keep", ": {host}, version {version}"),
    "keys-pinned/expired": (
        "The trust file is past its date.",
        " {host}, version {version}. Get a new one from a source you trust, then check again.",
    ),
    "keys-not-pinned": (
        "The keys came with the bundle and were compared with nothing else.",
        " {host}, version {version}. The records agree with each other; who made the bundle is not known.",
    ),
    "trust-refused": ("The trust file in the bundle cannot be verified.", " {reason}"),
}

HEADLINES: dict[str, tuple[str, str]] = {
    "record-tampered": ("Record no longer as signed", "Entries that do not fit: {count}. Do not rely on this record."),
    "record-missing": ("Entries missing: {count}", "The public log names them; their content is gone."),
    "product-unknown": ("No record for this code yet", "The code is well formed, but nobody has registered it."),
    "product-unknown/lot": ("No record for this lot yet", "The product is registered, lot {asked_lot} is not."),
    "foreign-code": (
        "No record for this code",
        "The code is well formed, but nobody has registered it here. That says nothing about the goods.",
    ),
    "code-unknown": ("No label carries this code", "It was never issued. Do not buy for the label's sake."),
    "code-unknown/unchecked": ("Serial not checked", "A label without a signature can be checked online only."),
    "label-void": ("This label is void", "The producer declared label {item} void: {reason}."),
    "label-signature-bad": (
        "The label's signature does not fit",
        "This is not the label that was printed. Do not buy for the label's sake.",
    ),
    "lot-recalled": ("This lot is recalled", "Do not use it. {action_text}"),
    "lot-on-hold": ("This lot is on hold", "Wait for the producer or the authority. Reason: {reason}."),
    "key-revoked": ("The signing key was revoked", "Entries no longer certain: {count}."),
    "cosignature-bad": (
        "The producer’s own signature does not fit",
        "Entries that do not fit the key that the producer enrolled: {count}. Do not rely on this record.",
    ),
    "account-doubtful": (
        "Made by an account reported stolen",
        "{count:entry|entries}, since {since}. Nobody has reviewed yet what of it is right.",
    ),
    "phi-broken": (
        "Harvested too soon",
        "{active} sprayed {sprayed}, harvest allowed from {allowed_from}, harvested {harvested}.",
    ),
    "phi-broken/veterinary": (
        "Harvested too soon",
        "{active} given until {sprayed}, harvest allowed from {allowed_from}, harvested {harvested}.",
    ),
    "ccp-deviation": ("A step left its safety limits", "Step {step}, no correction recorded: {checks_text}."),
    "input-recalled": ("Contains recalled goods", "Do not use it. Goods came from lot {lot_name}. {action_text}"),
    "test-failed": ("Laboratory test not passed", "Report {report}: {results_text}."),
    "copy-suspected": (
        "This label may have been copied",
        "{scans:scan|scans} in {hours:hour|hours}, in {provinces:province|provinces}. "
        "A household usually scans {usual_least} to {usual_most} times.",
    ),
    "copy-suspected/one-place": (
        "This label may have been copied",
        "{scans:scan|scans} in {hours:hour|hours}, from {visitors:device|devices}. "
        "A household usually scans {usual_least} to {usual_most} times.",
    ),
    "copy-suspected/far": (
        "This label may have been copied",
        "Two devices more than {km} km apart scanned it within {minutes:minute|minutes}. "
        "Nobody carries a pack that fast.",
    ),
    "copy-suspected/to-and-fro": (
        "This label may have been copied",
        "{week:scan|scans} in 7 days, with {turns:change|changes} of province. A pack usually makes one journey.",
    ),
    "copy-suspected/used-up": (
        "This label may have been copied",
        "{scans:scan|scans} in {hours:hour|hours}, {after} of them after somebody said that it was used up. "
        "A household usually scans {usual_least} to {usual_most} times.",
    ),
    "mass-balance-exceeded/yield": ("Lot figures do not add up yet", "{text}"),
    "mass-balance-exceeded/event": ("Lot figures do not add up yet", "{text}"),
    "mass-balance-exceeded/goods": ("Lot figures do not add up yet", "{text}"),
    "mass-balance-exceeded/labels": ("Lot figures do not add up yet", "{text}"),
    "mass-balance-exceeded/restricted": ("Lot figures do not add up yet", "{text}"),
    "lot-expired": ("This lot is past its date", "It was good until {expires}."),
    "certificate-suspended": ("{scheme_name} is suspended", "Suspended by {issuer_name} since {when}{because}."),
    "certificate-revoked": ("{scheme_name} was revoked", "Revoked by {issuer_name} on {when}{because}."),
    "identity-unconfirmed": (
        "Producer's identity not confirmed",
        "No authority has said yet who stands behind this record.",
    ),
    "identity-unconfirmed/changed": (
        "Producer's identity not confirmed anew",
        "Since it was last confirmed, it changed its name, tax code or address.",
    ),
    "identity-unconfirmed/denied": (
        "This product code is not the producer's",
        "An authority decided that it is somebody else's.",
    ),
    "identity-unconfirmed/disputed": ("The product code is disputed", "Somebody else says that this code is theirs."),
    "stars-expired": ("OCOP stars have expired", "Expired on {expires}.{authentic_text}"),
    "record-authentic": ("Record authentic", "Kept by {producer_name}. Unchanged since it was signed."),
    "record-authentic/partly": (
        "Record checked in part",
        "{count:entry fits its signature|entries fit their signatures}, {unchecked} could not be read.",
    ),
    "not-proved": ("Nothing checked yet", "There is no entry to check."),
}

REMEDIES: dict[str, str] = {
    "record-tampered": "Tell the operator of the service. Restore the content as it was signed, then try again.",
    "record-missing": "Tell the operator of the service. Restore what is missing, then try again.",
    "lot-recalled": "A recalled lot gets no more labels. If the recall was a mistake, record a correction.",
    "lot-on-hold": "Settle the reason for the hold, then release the lot.",
    "lot-expired": "A lot past its date gets no more labels. If the date is wrong, record a correction.",
    "input-recalled": "Set aside what was made from lot {lot_name}. Make a new lot without those goods.",
    "phi-broken": (
        "Hold the lot, have its residues measured, ask the local officer. "
        "If a date or plot is wrong, record a correction with its reason."
    ),
    "ccp-deviation": "Record the correction of step {step} and who verified it. Until then hold the lot.",
    "test-failed": "Hold the lot, ask the local officer. If the report is wrong, the laboratory records a correction.",
    "mass-balance-exceeded/yield": "Look at {goods} again: record the raw material left out, or correct the figure.",
    "mass-balance-exceeded/event": "Look at {goods} again: record the raw material left out, or correct the figure.",
    "mass-balance-exceeded/goods": "Look at {goods} of lot {lot_name} again: record its source, or correct its use.",
    "mass-balance-exceeded/labels": "{left} more can be printed. Void spoiled labels, or record what else was packed.",
    "mass-balance-exceeded/restricted": "Look at {goods} again where it was sent or received.",
    "account-doubtful": "Review what that account recorded: lift the doubt where it is right, correct what is wrong.",
    "identity-unconfirmed/denied": (
        "An authority decided that this code is another's. Use one of your own, or show it your GS1 certificate."
    ),
    "identity-unconfirmed/disputed": "Send the authority your GS1 certificate. Labels wait until this is settled.",
}

MARKS = {
    "declared": "declared by {name}",
    "confirmed": "confirmed by {name}",
    "tested": "measured by {name}",
    "inspected": "seen by {name}",
    "announced": "announced by {name}",
    "service": "checked by this service",
}

NOBODY = {
    "declared": "the producer",
    "confirmed": "the issuer",
    "tested": "the laboratory",
    "inspected": "an inspector",
    "announced": "the producer",
    "service": "this service",
}

SCHEMES = {
    "VIETGAP": "VietGAP",
    "GLOBALGAP": "GlobalG.A.P.",
    "HACCP": "HACCP",
    "ISO22000": "ISO 22000",
    "ORGANIC": "Organic",
    "OCOP": "OCOP",
    "TEST": "Test report",
}

STAGES = {
    "PLOT": "Growing area",
    "SEED": "Seed",
    "INPUT": "Supplies",
    "FERT": "Fertilising",
    "PPP": "Spraying",
    "FEED": "Feeding",
    "VETDRUG": "Veterinary drug",
    "SOURCE": "Buying in",
    "HARVEST": "Harvest",
    "MIX": "Mixing",
    "FERMENT": "Fermenting",
    "DRAW": "Drawing off",
    "PROCESS": "Processing",
    "PACKHOUSE": "Grading",
    "CCP": "Safety limits",
    "TEST": "Laboratory test",
    "STORE": "Storing",
    "PACK": "Packing",
    "SHIP": "Sending",
    "RECEIVE": "Receiving",
    "SELL": "Selling",
    "RECALL": "Recall",
}

ITEMS = {
    "product-name": "product name",
    "image": "a photo of the product",
    "unit-name": "producer's name",
    "unit-address": "producer's address",
    "stages": "stages with place and date",
    "production-time": "date of production",
    "trace-code": "trace code",
    "brand": "brand",
    "shelf-life": "shelf life",
    "standards": "standards applied",
}

PHRASES = {
    "at-least": "should be at least {least}",
    "at-most": "should be at most {most}",
    "between": "should be {least} to {most}",
    "and": " and ",
    "drawing": " A drawing stands in for it.",
    "uncounted": " Its confirmations, releases, corrections and cosignatures that count no more: {count}.",
    "authentic": " The lot's record is still authentic.",
    "because": ": {reason}",
    "source-lot": " (source lot {lot_name})",
    "ask-seller": "Ask where you bought it, or the producer.",
    "no-reason": "No reason given.",
    "producer": "the producer",
    "not-recalled": "Not recalled",
    "checked-at": ", checked at {time}",
}
