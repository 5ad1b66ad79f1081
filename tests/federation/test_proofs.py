"""What proves by itself whose it is: made, believed, and passed on; whatever was changed on the way
is nothing."""

import json
from pathlib import Path
from typing import Any

import browsing
import met
import pytest
from far import PEERS, Far, ask, far, send
from signing import NOW, pair, private
from test_deliver import carry, taken

from whimbrel.federation import multikey
from whimbrel.federation.queries import keys as stored
from whimbrel.federation.reading import AS, PUBLIC
from whimbrel.federation.signatures import BadSignature, proofs, public_key
from whimbrel.federation.signatures.canonical import canonical
from whimbrel.federation.signatures.crypto import ed25519_pem
from whimbrel.posts.rules import Visibility

NUMBERS = {
    "333333333.33333329": "333333333.3333333",
    "1E30": "1e+30",
    "4.50": "4.5",
    "2e-3": "0.002",
    "0.000000000000000000000000001": "1e-27",
    "1e21": "1e+21",
    "1e20": "100000000000000000000",
    "1.5e-7": "1.5e-7",
    "0.000001": "0.000001",
    "-0.0": "0",
    "-71.184902": "-71.184902",
    "9007199254740991": "9007199254740991",
}


def test_the_canonical_form_is_that_of_everybody():
    """Else no proof of another server would hold (RFC 8785)."""
    for given, wanted in NUMBERS.items():
        assert canonical(json.loads(given)).decode() == wanted
    said = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\x80": 6, "\xf6": 7}
    order = ["\\r", "1", "\x80", "\xf6", "\u20ac", "\U0001f600", "\ufb33"]
    found = canonical(said).decode()
    assert [found.index(f'"{each}"') for each in order] == sorted(
        found.index(f'"{each}"') for each in order
    )
    assert (
        canonical(['\x0f\n"\\é', None, True, {}]) == '["\\u000f\\n\\"\\\\é",null,true,{}]'.encode()
    )
    for wrong in (float("nan"), float("inf"), 2**53, "\ud800"):
        with pytest.raises(ValueError):
            canonical(wrong)


def test_what_was_changed_is_not_proven():
    """Whoever passes something on could else put words into anybody's mouth."""
    document = {"@context": [AS], "id": "https://far.example/1", "type": "Note", "content": "Hello"}
    key_id = "https://far.example/users/eve#ed25519-key"
    made = proofs.add(document, private().ed25519, key_id, "2026-11-18T00:00:00Z")
    key = public_key(ed25519_pem(multikey.read(pair().public.ed25519)))
    assert proofs.holds(proofs.read(json.loads(json.dumps(made)), NOW), key)
    proof = made["proof"]
    for changed in (
        {**made, "content": "Bye"},
        {**made, "more": 1},
        {**made, "proof": {**proof, "created": "2026-11-17T00:00:00Z"}},
        {**made, "proof": {**proof, "domain": "x"}},
    ):
        assert not proofs.holds(proofs.read(changed, NOW), key)
    for wrong in (
        {},
        {**proof, "cryptosuite": "eddsa-rdfc-2022"},
        {**proof, "proofPurpose": "authentication"},
        {**proof, "@context": [AS, "https://w3id.org/security/v1"]},
        {**proof, "created": "2036-11-18T00:00:00Z"},
        {**proof, "created": "yesterday"},
        {**proof, "expires": "2026-11-18T00:00:01Z"},
        {**proof, "proofValue": "u" + proof["proofValue"][1:]},
    ):
        with pytest.raises(BadSignature):
            proofs.read({**made, "proof": wrong}, NOW)


# W3C Data Integrity EdDSA Cryptosuites 1.0, appendix B.2: the test vector of `eddsa-jcs-2022`.
_KEY = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
_CONTEXT = [f"https://www.w3.org/ns/credentials/{each}" for each in ("v2", "examples/v2")]
VECTOR = {
    "@context": _CONTEXT,
    "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
    "type": ["VerifiableCredential", "AlumniCredential"],
    "name": "Alumni Credential",
    "description": "A minimum viable example of an Alumni Credential.",
    "issuer": "https://vc.example/issuers/5678",
    "validFrom": "2023-01-01T00:00:00Z",
    "credentialSubject": {"id": "did:example:abcdefgh", "alumniOf": "The School of Examples"},
    "proof": {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "created": "2023-02-24T23:36:38Z",
        "verificationMethod": f"did:key:{_KEY}#{_KEY}",
        "proofPurpose": "assertionMethod",
        "@context": _CONTEXT,
        "proofValue": "z2HnFSSPPBzR36zdDgK8PbEHeXbR56YF24jwMpt3R1eHXQzJDMWS93FCz"
        "pvJpwTWd3GAVFuUfjoJdcnTMuVor51aX",
    },
}


def test_proofs_of_others_hold():
    """What only we can read is no proof."""
    key = public_key(ed25519_pem(multikey.read(_KEY)))
    assert proofs.holds(proofs.read(VECTOR, NOW), key)
    assert not proofs.holds(proofs.read({**VECTOR, "name": "Other"}, NOW), key)


def assertion(actor: str) -> list[dict[str, str]]:
    key = {"id": f"{actor}#ed25519-key", "type": "Multikey", "controller": actor}
    return [{**key, "publicKeyMultibase": pair().public.ed25519}]


def proven(said: dict[str, Any], key_id: str) -> dict[str, Any]:
    document = {"@context": [AS], **said}
    return proofs.add(document, private().ed25519, key_id, "2026-11-18T00:00:00Z")


async def test_what_goes_to_everybody_can_be_proven(tmp_path: Path, database: str):
    """Whoever gets it from somebody else can believe it; what is for a few says nothing more."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        peer.documents["/inbox"] = 202
        ada = await site.person("ada")
        await site.app.db.write(met.follower, f"{peer.origin}/users/joe", ada.viewer)
        await site.app.db.write(met.follower, peer.eve, ada.viewer)
        await ada.write("for all")
        await ada.write("for some", visibility=Visibility.PRIVATE)
        # Who comes for it and was told nothing yet has it proven as well, with keys made for it.
        bob = await site.person("bob")
        his = f"{browsing.ORIGIN}/ap/users/{bob.viewer.id}/statuses/{await bob.write('mine')}"
        signed = f"{peer.eve}#main-key"
        documents = [(await ask(site, his, signed)).json()]
        await carry(site)
        said = {"Public" in str(each["to"]): each for each in taken(peer)}
        for about, everybody in ((said[True], True), (said[False], False)):
            documents.append(about)
            for id_ in (about["id"], about["object"]["id"]):
                found = (await ask(site, id_, signed)).json()
                assert ("proof" in found, found["id"]) == (everybody, id_)
                documents.append(found)
        for each in documents:
            if "Public" not in str(each["to"]):
                assert "proof" not in each
                continue
            actor = each.get("actor") or each["attributedTo"]
            public = await site.app.db.read(stored.public, int(actor.rpartition("/")[2]))
            proof = proofs.read(each, site.app.db.env.clock().timestamp())
            assert proof.key_id == f"{actor}#ed25519-key"
            key = public_key(ed25519_pem(multikey.read(public.ed25519)))
            assert proofs.holds(proof, key), each["id"]


async def test_an_answer_is_believed_and_passed_on(tmp_path: Path, database: str):
    """Kim's server learns by ours what Eve answered; a forged answer is nobody's."""
    async with (
        browsing.site(tmp_path, database, **PEERS) as site,
        far() as peer,
        far("127.0.0.2") as other,
    ):
        other.documents["/inbox"] = 202
        peer.person(assertionMethod=assertion(peer.eve))
        ada = await site.person("ada")
        await site.app.db.write(met.follower, f"{other.origin}/users/kim", ada.viewer)
        me = f"{browsing.ORIGIN}/ap/users/{ada.viewer.id}"
        post = await ada.write("hello")
        await carry(site)
        other.asked.clear()
        other.bodies.clear()

        def answer(number: int, peer: Far = peer) -> dict[str, Any]:
            parent = f"{me}/statuses/{post}"
            note = peer.note(str(number), inReplyTo=parent, cc=[me], content=f"<p>re {number}</p>")
            return peer.act("Create", note, number, to=[PUBLIC], cc=[me])

        key_id = f"{peer.eve}#ed25519-key"
        await send(site, answer(1))  # no proof
        await send(site, {**proven(answer(2), key_id), "summary": "changed"})
        # brought by somebody else: believed for its proof alone
        by = f"{other.eve}#main-key"
        assert (await send(site, answer(3), by)).status_code == 401
        forged = {**proven(answer(4), key_id), "summary": "changed"}
        assert (await send(site, forged, by)).status_code == 401
        alien = proven(answer(5), f"{other.eve}#ed25519-key")
        assert (await send(site, alien, by)).status_code == 401
        follow = proven(peer.act("Follow", me), key_id)
        assert (await send(site, follow, by)).status_code == 401
        await carry(site)
        assert taken(other) == []
        whole = proven(answer(6), key_id)
        assert (await send(site, whole, by)).status_code == 202
        await carry(site)
        assert taken(other) == [whole]
        shown = (await ada.get(f"/@ada/{post}")).text
        assert "re 6" in shown and "re 1" in shown and "re 4" not in shown
        gone = peer.act("Delete", whole["object"]["id"], 6, to=[PUBLIC])
        await send(site, proven(gone, key_id))
        await carry(site)
        assert [said["type"] for said in taken(other)] == ["Create", "Delete"]
