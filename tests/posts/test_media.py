"""Files on posts: attached, described with an edit, kept for a redraft, erased."""

import json

import pytest
from conversations import shown, uploaded

from whimbrel.core.errors import Invalid
from whimbrel.media import queries as media
from whimbrel.posts.delete import delete
from whimbrel.posts.edit import edit
from whimbrel.posts.publish import publish
from whimbrel.posts.rules import Described, Draft, PollDraft


def test_a_picture_without_words_is_a_post(tx, ada):
    """And it is shown whole."""
    picture = uploaded(tx, ada)
    post = publish(tx, ada, Draft(media=(picture,)))
    (attachment,) = shown(tx, ada, post.id)["media_attachments"]
    assert attachment["id"] == str(picture)
    assert attachment["url"].startswith("https://social.example/media/")
    assert media.on_post(tx, post.id) == [picture]


def test_somebody_elses_file_cannot_be_taken(tx, ada, bob):
    """An id of an upload must not be enough to show it."""
    picture = uploaded(tx, bob)
    with pytest.raises(Invalid):
        publish(tx, ada, Draft(media=(picture,)))
    taken = uploaded(tx, ada)
    publish(tx, ada, Draft(media=(taken,)))
    with pytest.raises(Invalid):
        publish(tx, ada, Draft(media=(taken,)))


def test_media_and_a_poll_exclude_each_other(tx, ada):
    """Apps show one or the other."""
    draft = Draft(
        text="?",
        media=(uploaded(tx, ada),),
        poll=PollDraft(options=("a", "b"), expires_in=600),
    )
    with pytest.raises(Invalid):
        publish(tx, ada, draft)


def test_an_edit_describes_and_exchanges_files(tx, ada):
    """What is left out is erased; what is said of a file shows in the post."""
    old, kept, new = (uploaded(tx, ada) for _ in range(3))
    post = publish(tx, ada, Draft(text="x", media=(old, kept)))
    said = (Described(id=kept, description="a wader"),)
    edit(tx, ada, post.id, Draft(text="x", media=(kept, new), described=said))
    attachments = shown(tx, ada, post.id)["media_attachments"]
    assert [(one["id"], one["description"]) for one in attachments] == [
        (str(kept), "a wader"),
        (str(new), None),
    ]
    assert media.by_ids(tx, [old]) == {}


def test_files_wait_for_the_redraft(tx, ada):
    """Delete and redraft must not lose the pictures."""
    picture = uploaded(tx, ada)
    post = publish(tx, ada, Draft(text="x", media=(picture,)))
    deleted = json.loads(delete(tx, ada, post.id).status)
    assert deleted["media_attachments"][0]["id"] == str(picture)
    again = publish(tx, ada, Draft(text="y", media=(picture,)))
    assert media.on_post(tx, again.id) == [picture]


def test_files_go_at_once_when_asked(tx, ada):
    """Row and key, with the post's."""
    picture = uploaded(tx, ada)
    post = publish(tx, ada, Draft(text="x", media=(picture,)))
    delete(tx, ada, post.id, delete_media=True)
    assert media.by_ids(tx, [picture]) == {}
    assert len(tx.shreds) == 2
