"""Uploads on posts: only one's own, only finished ones, in order, gone when nobody wants them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.ids import new_id, token
from whimbrel.core.keyring import Shredded, Slot
from whimbrel.media import attach, erase, queries, rules
from whimbrel.media.events import FilesForgotten, UploadLapses
from whimbrel.media.rules import File, MediaRow

POST, OTHER = 71, 72


def uploaded(tx, viewer, kind="image", state="ready", purpose="post", alt=None) -> MediaRow:
    """An upload as it stands when its files are made, and the clock that watches it."""
    id_ = new_id(tx.now)
    row = MediaRow(
        id=id_,
        account=viewer.account,
        post=None,
        kind=kind,
        state="working",
        error=None,
        meta="{}",
        blurhash=None,
        focus=(0.0, 0.0),
        alt=alt,
        slot=tx.slot(),
        author_slot=tx.slot(),
        purpose=purpose,
        kept_until=tx.ms + rules.KEPT,
    )
    queries.add(tx, row)
    name = "original.jpg" if purpose == "post" else purpose
    key = f"ab/cd/abcd{id_:060x}"
    file = File(
        token=token(128), variant="original", name=name, mime="image/jpeg", size=9, object=key
    )
    if state == "ready":
        queries.make_ready(tx, id_, kind, '{"original":{"width":4}}', "LKO2", [file])
    if state == "failed":
        queries.fail(tx, id_, "This file is damaged.")
    found = queries.own(tx, viewer.account, id_)
    assert found
    return found


def test_the_order_asked_for_is_the_order_shown(tx, ada):
    """The first picture is the one people see in a crowded timeline."""
    ids = [uploaded(tx, ada).id for _ in range(3)][::-1]
    assert [row.id for row in attach.take(tx, ada.account, [*ids, ids[0]])] == ids
    assert attach.bind(tx, POST, ids) == []
    assert [row.id for row in queries.of_posts(tx, [POST, OTHER])[POST]] == ids
    assert attach.take(tx, ada.account, []) == []


def test_only_ones_own_finished_files_can_be_attached(tx, ada, bob):
    """Else somebody could show what another has only just uploaded, by guessing its id."""
    working, hers = uploaded(tx, ada, state="working"), uploaded(tx, ada)
    with pytest.raises(Invalid, match="have not finished processing"):
        attach.take(tx, ada.account, [hers.id, working.id])
    with pytest.raises(Invalid, match="damaged"):
        attach.take(tx, ada.account, [uploaded(tx, ada, state="failed").id])
    for ids in ([hers.id], [-1]):
        with pytest.raises(Invalid, match="not found or already attached"):
            attach.take(tx, bob.account, ids)
    with pytest.raises(Invalid, match="not found"):
        attach.take(tx, ada.account, [uploaded(tx, ada, purpose="avatar").id])


def test_a_file_stands_on_one_post(tx, ada):
    """Deleting one post must not tear a hole into another."""
    id_ = uploaded(tx, ada).id
    attach.bind(tx, POST, [id_])
    with pytest.raises(Invalid, match="already attached"):
        attach.take(tx, ada.account, [id_])
    with pytest.raises(Invalid, match="already attached"):
        attach.bind(tx, OTHER, [id_])
    assert attach.take(tx, ada.account, [id_], post=POST)[0].post == POST


def test_what_may_stand_together(tx, ada):
    """Apps count on Mastodon's rules: four pictures, or one film."""
    many = [uploaded(tx, ada).id for _ in range(5)]
    film = uploaded(tx, ada, kind="video").id
    with pytest.raises(Invalid, match="more than 4"):
        attach.take(tx, ada.account, many)
    with pytest.raises(Invalid, match="Cannot attach a video"):
        attach.take(tx, ada.account, [film, many[0]])
    assert len(attach.take(tx, ada.account, [film])) == 1


def test_an_edit_tells_what_it_leaves_out(tx, ada):
    """A picture taken off a post is to be erased, not to lie about."""
    first, second, third = (uploaded(tx, ada).id for _ in range(3))
    attach.bind(tx, POST, [first, second])
    assert attach.bind(tx, POST, [third, first]) == [second]
    erase.forget(tx, [second])
    assert [row.id for row in queries.of_posts(tx, [POST])[POST]] == [third, first]


def test_files_of_a_hidden_post_are_kept_by_no_cache(tx, ada):
    """A proxy on the way would show them to whoever asks next."""
    row, open_row = uploaded(tx, ada), uploaded(tx, ada)
    assert not queries.served(tx, row.files[0].token).open  # nobody knows yet for whom it is
    attach.bind(tx, POST, [row.id], shielded=True)
    attach.bind(tx, OTHER, [open_row.id])
    assert not queries.served(tx, row.files[0].token).open
    assert queries.served(tx, open_row.files[0].token).open


def test_forgetting_takes_row_key_and_words(tx, ada):
    """The alt text of an erased picture is as private as the picture."""
    row = uploaded(tx, ada, alt="my street")
    assert row.alt == "my street"
    erase.forget(tx, [row.id])
    erase.forget(tx, [row.id])
    erase.forget(tx, [])
    assert queries.by_ids(tx, [row.id]) == {}
    assert queries.served(tx, row.files[0].token) is None
    assert tx.shreds == [row.slot]
    assert tx.emitted == [FilesForgotten(objects=(row.files[0].object,))]


def test_the_words_are_sealed(db, tx, ada):
    """Whoever steals the database reads no description without the keys."""
    row = uploaded(tx, ada, alt="my street")
    sealed = tx.value(queries.media.select().with_only_columns(queries.media.c.alt))
    assert b"street" not in bytes(sealed)
    db.keyring.shred([row.slot])
    with pytest.raises(Shredded):
        tx.unseal(Slot(row.slot, row.author_slot, row.id, queries.ALT), sealed)
    assert queries.own(tx, ada.account, row.id).alt is None


def test_what_nobody_used_goes_after_a_day(tx, ada, clock):
    """An upload that was thought better of must not stay for ever. Told twice, gone once."""
    loose, used = uploaded(tx, ada), uploaded(tx, ada)
    attach.bind(tx, POST, [used.id])
    early = UploadLapses(media=loose.id)
    erase.forget_unattached(tx, early)
    assert tx.emitted == [early]  # put off: its time has not come
    tx.ms += rules.KEPT
    for _ in range(2):
        erase.forget_unattached(tx, UploadLapses(media=loose.id))
        erase.forget_unattached(tx, UploadLapses(media=used.id))
    assert list(queries.by_ids(tx, [loose.id, used.id])) == [used.id]


def test_a_deleted_posts_pictures_wait_for_the_next_draft(tx, ada):
    """Delete and write again: the pictures are there; walk away, and they go."""
    kept, gone = uploaded(tx, ada), uploaded(tx, ada)
    attach.bind(tx, POST, [kept.id, gone.id])
    assert attach.detach(tx, POST, timedelta(minutes=10)) == [kept.id, gone.id]
    assert [type(event) for event in tx.emitted] == [UploadLapses, UploadLapses]
    attach.bind(tx, OTHER, [row.id for row in attach.take(tx, ada.account, [kept.id])])
    tx.ms += 10 * 60_000
    for event in list(tx.emitted):
        erase.forget_unattached(tx, event)
    assert list(queries.by_ids(tx, [kept.id, gone.id])) == [kept.id]
    assert attach.detach(tx, POST, timedelta(minutes=10)) == []


def test_pictures_of_a_scheduled_post_wait_for_it(tx, ada):
    row = uploaded(tx, ada)
    later = tx.ms + 30 * rules.KEPT
    attach.keep(tx, ada.account, [row.id], later)
    tx.ms += 2 * rules.KEPT
    erase.forget_unattached(tx, UploadLapses(media=row.id))
    assert queries.own(tx, ada.account, row.id).kept_until == later


def test_a_new_avatar_erases_the_old_one(tx, ada, bob):
    """People change their picture because they want the old one gone."""
    old, new, header = (uploaded(tx, ada, purpose=p) for p in ("avatar", "avatar", "header"))
    attach.wear(tx, ada.account, "avatar", old.files[0].token)
    attach.wear(tx, ada.account, "header", header.files[0].token)
    attach.wear(tx, ada.account, "avatar", new.files[0].token)
    attach.wear(tx, ada.account, "avatar", new.files[0].token)
    assert set(queries.by_ids(tx, [old.id, new.id, header.id])) == {new.id, header.id}
    with pytest.raises(Invalid):
        attach.wear(tx, bob.account, "avatar", new.files[0].token)
    attach.wear(tx, ada.account, "avatar", None)
    assert set(queries.by_ids(tx, [new.id, header.id])) == {header.id}


def test_an_account_leaves_with_everything_it_uploaded(tx, ada, bob):
    """In slices, so that nobody else waits for the writer."""
    for purpose in ("post", "avatar", "post"):
        uploaded(tx, ada, purpose=purpose)
    his = uploaded(tx, bob)
    assert erase.forget_all_of(tx, ada.account, most=2)
    assert not erase.forget_all_of(tx, ada.account, most=2)
    assert not erase.forget_all_of(tx, ada.account, most=2)
    assert len(tx.shreds) == 3
    assert queries.own(tx, bob.account, his.id)


def test_descriptions_change_before_the_post_and_with_it(tx, ada, bob):
    """Apps send the description after the upload; once posted, only an edit changes it."""
    row = uploaded(tx, ada)
    attach.describe(tx, ada.account, row.id, description="  A bird ", focus="0.5,-3")
    found = queries.own(tx, ada.account, row.id)
    assert (found.alt, found.focus) == ("A bird", (0.5, -1.0))
    attach.describe(tx, ada.account, row.id, focus="0,0")
    assert queries.own(tx, ada.account, row.id).alt == "A bird"
    with pytest.raises(NotFound):
        attach.describe(tx, bob.account, row.id, description="mine")
    with pytest.raises(Invalid, match="maximum is 1500"):
        attach.describe(tx, ada.account, row.id, description="x" * 1501)
    attach.bind(tx, POST, [row.id])
    with pytest.raises(NotFound):
        attach.describe(tx, ada.account, row.id, description="too late")
    attach.describe(tx, ada.account, row.id, description="", post=POST)
    assert queries.own(tx, ada.account, row.id).alt is None


def test_the_entity_has_every_key_apps_decode(tx, ada, instance):
    """A missing key ends Tusky's list of posts."""
    row = uploaded(tx, ada, alt="A bird")
    file = row.files[0]
    assert attach.attachment(instance, row) == {
        "id": str(row.id),
        "type": "image",
        "url": f"https://social.example/media/{file.token}/original.jpg",
        "preview_url": None,
        "remote_url": None,
        "preview_remote_url": None,
        "text_url": None,
        "meta": {"original": {"width": 4}, "focus": {"x": 0.0, "y": 0.0}},
        "description": "A bird",
        "blurhash": "LKO2",
    }
    assert attach.attachment(instance, uploaded(tx, ada, state="working"))["url"] is None
    assert "focus" not in attach.attachment(instance, uploaded(tx, ada, kind="audio"))["meta"]


def test_a_killed_server_leaves_no_upload_in_between(tx, ada):
    """An app would ask for ever whether it is ready. What others work on is left alone."""
    row = uploaded(tx, ada, state="working")
    assert erase.settle(tx, alone=False) == 0
    assert erase.settle(tx) == 1
    assert erase.settle(tx) == 0
    found = queries.own(tx, ada.account, row.id)
    assert (found.state, found.error) == ("failed", rules.INTERRUPTED)
    assert not queries.make_ready(tx, row.id, "video", "{}", None, [])


@given(st.text(max_size=12) | st.from_regex(r"-?[0-9.]{1,4},-?[0-9.]{1,4}", fullmatch=True))
def test_a_focus_lies_inside_the_picture_or_is_refused(text):
    """Pages place pictures by it: NaN would throw them off the screen."""
    try:
        x, y = rules.focus_of(text)
    except Invalid:
        return
    assert -1 <= x <= 1
    assert -1 <= y <= 1
