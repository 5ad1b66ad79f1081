"""What of the database travels, in which part of a bag, and under which keys it lies sealed here.

A test holds this against the database: each table is named here or said to stay, so that a new one
cannot be forgotten. What of a row anybody may read is not said here but follows from its marks,
from `rules.Part` and from what it refers to (`gather`)."""

from collections.abc import Mapping

from .rules import AUTHOR, Key, Part, Seal, Travels

_own = Seal(Key.OWN, Key.ACCOUNT)
_alone = Seal(Key.OWN, Key.OWN)
_theirs = Seal(Key.ACCOUNT, Key.ACCOUNT)

ACTORS, POSTS, GRAPH = Part("actors"), Part("posts"), Part("graph")
MODERATION, PRIVATE = Part("moderation/records"), Part("private/records", sealed=True)

# Each behind those that its rows refer to.
TRAVELS: Mapping[str, Travels] = {
    "accounts": Travels(ACTORS),
    "remote_actors": Travels(ACTORS),
    "moves": Travels(ACTORS),
    "emojis": Travels(ACTORS),
    "tags": Travels(POSTS, {"name": Seal(Key.OWN, Key.OWN)}, drop=("key", "shelf")),
    "posts": Travels(POSTS, {"content": _own}, owner="author"),
    "mentions": Travels(POSTS),
    "polls": Travels(POSTS, drop=("telling",)),
    "post_tags": Travels(POSTS),
    "post_links": Travels(POSTS),
    "quotes": Travels(POSTS),
    "media": Travels(
        POSTS,
        dict.fromkeys(("alt", "blurhash", "source", "pdq"), Seal(Key.OWN, Key.AUTHOR)),
        drop=("author_slot", "copied_at", "copied_bytes"),
    ),
    "files": Travels(POSTS, drop=("object",)),
    "follows": Travels(GRAPH, owner="follower"),
    "remote_follows": Travels(GRAPH, owner="follower"),
    "endorsements": Travels(GRAPH),
    "collections": Travels(GRAPH),
    "collection_items": Travels(GRAPH),
    "featured_tags": Travels(GRAPH),
    "rules": Travels(MODERATION),
    "texts": Travels(MODERATION),
    "announcements": Travels(MODERATION),
    "blocked_servers": Travels(MODERATION, {"private_comment": _alone}),
    "allowed_servers": Travels(MODERATION),
    "checkpoints": Travels(MODERATION),
    "tallies": Travels(MODERATION),
    # ---- for the recipient alone
    "invites": Travels(PRIVATE),
    "users": Travels(PRIVATE, {"email": _theirs, "reason": _theirs}),
    "actor_keys": Travels(PRIVATE, {"private": _alone}),
    "kits": Travels(PRIVATE),
    "authenticators": Travels(PRIVATE, {"secret": _theirs}),
    "passkeys": Travels(PRIVATE, {"name": _theirs}),
    "recovery_codes": Travels(PRIVATE),
    "retired": Travels(PRIVATE),
    "apps": Travels(PRIVATE),
    "tokens": Travels(PRIVATE),
    "barred_emails": Travels(PRIVATE),
    "barred_email_domains": Travels(PRIVATE),
    "barred_networks": Travels(PRIVATE, {"comment": _alone}),
    "block_lists": Travels(PRIVATE),
    "listed_servers": Travels(PRIVATE),
    "list_excludes": Travels(PRIVATE),
    "follow_requests": Travels(PRIVATE, owner="follower"),
    "blocks": Travels(PRIVATE),
    "mutes": Travels(PRIVATE),
    "domain_blocks": Travels(PRIVATE),
    "notes": Travels(PRIVATE, {"content": _own}, row="target"),
    "lists": Travels(PRIVATE),
    "list_members": Travels(PRIVATE),
    "filters": Travels(PRIVATE),
    "filter_keywords": Travels(PRIVATE),
    "filter_posts": Travels(PRIVATE),
    "filter_revs": Travels(PRIVATE),
    "tag_follows": Travels(PRIVATE),
    "marks": Travels(PRIVATE),
    "votes": Travels(PRIVATE),
    "thread_mutes": Travels(PRIVATE),
    "post_edits": Travels(
        PRIVATE, {"content": _own}, owner=AUTHOR, row="post", place="posts.content"
    ),
    "withheld": Travels(PRIVATE),
    "policies": Travels(PRIVATE),
    "approvals": Travels(PRIVATE),
    "wishes": Travels(PRIVATE),
    "drafts": Travels(PRIVATE, {"content": _own}, owner="author"),
    "scheduled_posts": Travels(PRIVATE, {"params": _own}),
    "conversations": Travels(PRIVATE),
    "conversation_members": Travels(PRIVATE),
    "conversation_posts": Travels(PRIVATE),
    "notifications": Travels(PRIVATE),
    "held_notifications": Travels(PRIVATE),
    "notification_policies": Travels(PRIVATE),
    "notification_permissions": Travels(PRIVATE),
    "notification_requests": Travels(PRIVATE),
    "markers": Travels(PRIVATE),
    "dismissals": Travels(PRIVATE),
    "announcement_reads": Travels(PRIVATE),
    "announcement_reactions": Travels(PRIVATE),
    "severances": Travels(PRIVATE),
    "severed": Travels(PRIVATE),
    "sent_acts": Travels(PRIVATE),
    "tombstones": Travels(PRIVATE),
    "receipts": Travels(PRIVATE),
    "strikes": Travels(PRIVATE, {"content": _own, "statement": _own}),
    "cases": Travels(PRIVATE, owner="target"),
    "case_posts": Travels(PRIVATE),
    "claims": Travels(PRIVATE, owner="by"),
    "pauses": Travels(PRIVATE, owner="by"),
    "reports": Travels(PRIVATE, {"comment": _own}),
    "notices": Travels(PRIVATE, {"content": _alone}, row="report"),
    "statements": Travels(PRIVATE, {"content": _own}),
    "verdicts": Travels(PRIVATE, owner="by"),
    "appeals": Travels(PRIVATE, {"content": _own}),
    "decisions": Travels(PRIVATE, owner="by"),
    "log_entries": Travels(PRIVATE, {"content": _theirs}, owner="about", row="leaf"),
    "on_call": Travels(PRIVATE),
    "desk_habits": Travels(PRIVATE),
    "jobs": Travels(PRIVATE),  # those that wait for their time: the clocks of all the rest
}

# What is made anew from the rest, is on its way, or is known for a moment; and why it stays.
STAYS: Mapping[str, str] = {
    **dict.fromkeys(
        ("homes", "home_states", "account_words", "merged", "tag_shelves", "days", "paces"),
        "made anew from what travels",
    ),
    **dict.fromkeys(
        (
            *("tag_days", "tag_trends", "link_days", "link_trends", "post_trends", "publishers"),
            *("servers", "peers", "remote_keys", "relays", "queues"),
        ),
        "learned anew from others, or counted anew",
    ),
    **dict.fromkeys(
        (
            *("letters", "deliveries", "received", "received_keys", "idempotency"),
            *("imports", "pages", "practices", "practice_calls"),
        ),
        "under way: it is the standby that takes it along",
    ),
    **dict.fromkeys(
        ("challenges", "codes", "links", "sessions", "subscriptions", "alarms"),
        "of a browser or an app, which asks again",
    ),
    **dict.fromkeys(
        ("addresses", "address_keys", "staff_reads", "canaries"), "kept for days only, on purpose"
    ),
    **dict.fromkeys(
        ("complaints", "complaint_letters", "complaint_items", "complaint_likes", "replies"),
        "between the operator and the host that is left",
    ),
    **dict.fromkeys(
        (
            *("bulks", "bulk_items", "proposals", "case_traits", "case_notes"),
            *("auto_rules", "rule_hits", "link_uses", "list_uses", "list_changes", "hash_hits"),
        ),
        "in the hands of the staff just now",
    ),
    "hash_lists": "given to this server alone, by whoever keeps them",
    **dict.fromkeys(
        ("holds", "openings", "held_objects"),
        "evidence: under keys of its own, for who may ask for it here",
    ),
    **dict.fromkeys(
        ("counters", "shredded", "unsynced"), "of this keyring, this database and its standby"
    ),
}
