"""The words we use and where each is defined; and who is everybody."""

from typing import Any

from ..rules import Act

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"

# GoToSocial's words for who may do what, and for asking.
_POLICY = (
    *("canLike", "canReply", "canAnnounce", "canQuote", "automaticApproval", "manualApproval"),
    *("always", "approvalRequired", "approvedBy", "interactingObject", "interactionTarget"),
    *("likeAuthorization", "replyAuthorization", "announceAuthorization"),
)
_REQUESTS = [
    f"{act}{kind}" for act in (each.word for each in Act) for kind in ("Request", "Authorization")
]


def _gts(name: str) -> dict[str, str]:
    return {"@id": f"gts:{name}", "@type": "@id"}


# Mastodon's wrong term for schema.org is the one that everybody reads.
CONTEXT: list[Any] = [
    "https://www.w3.org/ns/activitystreams",
    "https://w3id.org/security/v1",
    "https://w3id.org/security/data-integrity/v1",
    {
        "toot": "http://joinmastodon.org/ns#",
        "schema": "http://schema.org#",
        "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
        "sensitive": "as:sensitive",
        "movedTo": {"@id": "as:movedTo", "@type": "@id"},
        "alsoKnownAs": {"@id": "as:alsoKnownAs", "@type": "@id"},
        "Hashtag": "as:Hashtag",
        "Emoji": "toot:Emoji",
        "featured": {"@id": "toot:featured", "@type": "@id"},
        "featuredTags": {"@id": "toot:featuredTags", "@type": "@id"},
        "discoverable": "toot:discoverable",
        "indexable": "toot:indexable",
        "suspended": "toot:suspended",
        "memorial": "toot:memorial",
        "attributionDomains": {"@id": "toot:attributionDomains", "@type": "@id"},
        "blurhash": "toot:blurhash",
        "focalPoint": {"@container": "@list", "@id": "toot:focalPoint"},
        "votersCount": "toot:votersCount",
        "conversation": "http://ostatus.org#conversation",
        "PropertyValue": "schema:PropertyValue",
        "value": "schema:value",
        "Multikey": "https://w3id.org/security#Multikey",
        "controller": {"@id": "https://w3id.org/security#controller", "@type": "@id"},
        "publicKeyMultibase": {
            "@id": "https://w3id.org/security#publicKeyMultibase",
            "@type": "https://w3id.org/security#multibase",
        },
        "assertionMethod": {
            "@id": "https://w3id.org/security#assertionMethod",
            "@type": "@id",
            "@container": "@set",
        },
        "gts": "https://gotosocial.org/ns#",
        "interactionPolicy": {"@id": "gts:interactionPolicy", "@type": "@id"},
        **{name: _gts(name) for name in _POLICY},
        "quote": {"@id": "https://w3id.org/fep/044f#quote", "@type": "@id"},
        "quoteAuthorization": {
            "@id": "https://w3id.org/fep/044f#quoteAuthorization",
            "@type": "@id",
        },
        "QuoteRequest": "https://w3id.org/fep/044f#QuoteRequest",
        "QuoteAuthorization": "https://w3id.org/fep/044f#QuoteAuthorization",
        **{name: f"https://gotosocial.org/ns#{name}" for name in _REQUESTS},
        "_misskey_quote": "https://misskey-hub.net/ns#_misskey_quote",
        "quoteUri": "http://fedibird.com/ns#quoteUri",
        "webfinger": "https://purl.archive.org/socialweb/webfinger#webfinger",
    },
]


def with_context(said: dict[str, Any]) -> dict[str, Any]:
    """What is sent on its own, not inside of something else."""
    return {"@context": CONTEXT, **said}
