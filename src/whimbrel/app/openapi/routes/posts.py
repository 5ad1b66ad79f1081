"""Posts: written, read, marked, voted on; their files."""

from typing import Annotated, Any, Literal, TypeAlias

from msgspec import Meta

from whimbrel.posts.api.quotes import PolicyWanted
from whimbrel.posts.api.scheduled import TimeWanted
from whimbrel.posts.api.statuses import StatusWanted

from ..described import Empty, Form, Ids, Paged, Table, Upload, says
from ..entities.people import Account
from ..entities.posts import (
    Context,
    DeletedStatus,
    MediaAttachment,
    OEmbed,
    Poll,
    ScheduledStatus,
    Status,
    StatusEdit,
    StatusSource,
)

_ONE = "/api/v1/statuses/{id}"
_SCHEDULED = "/api/v1/scheduled_statuses"
_MEDIA = "/api/v1/media/{id}"


_EITHER = [{"$ref": f"#/components/schemas/{name}"} for name in ("Status", "ScheduledStatus")]
Written: TypeAlias = Annotated[Any, Meta(extra_json_schema={"anyOf": _EITHER})]


class UploadForm(Form):
    """A file, and what it shows."""

    file: Upload
    thumbnail: Upload | None = None
    description: str = ""
    focus: str = ""


class MediaForm(Form):
    """What a file shows."""

    description: str | None = None
    focus: str | None = None


class BoostForm(Form):
    """For whom."""

    visibility: Literal["public", "unlisted", "private"] = "public"


class ChoicesForm(Form):
    """Which answers, counted from 0."""

    choices: list[int]


class EmbedForm(Form):
    """The address of a post of ours, and how much room there is for it."""

    url: str
    maxwidth: int | None = None
    maxheight: int | None = None


class Deletion(Form):
    """Whether the files go too, at once."""

    delete_media: bool = False


TABLE: Table = {
    "GET /api/oembed": says(OEmbed, query=EmbedForm),
    "GET /api/v1/statuses": says(list[Status], query=Ids),
    "POST /api/v1/statuses": says(Written, body=StatusWanted),
    f"GET {_ONE}": says(Status),
    f"PUT {_ONE}": says(Status, body=StatusWanted),
    f"DELETE {_ONE}": says(DeletedStatus, query=Deletion),
    f"GET {_ONE}/context": says(Context),
    f"GET {_ONE}/source": says(StatusSource),
    f"GET {_ONE}/history": says(list[StatusEdit]),
    f"GET {_ONE}/quotes": says(list[Status], query=Paged),
    f"POST {_ONE}/quotes/{{quoting_id}}/revoke": says(Status),
    f"PUT {_ONE}/interaction_policy": says(Status, body=PolicyWanted),
    f"GET {_SCHEDULED}": says(list[ScheduledStatus], query=Paged),
    f"GET {_SCHEDULED}/{{id}}": says(ScheduledStatus),
    f"PUT {_SCHEDULED}/{{id}}": says(ScheduledStatus, body=TimeWanted),
    f"DELETE {_SCHEDULED}/{{id}}": says(Empty),
    f"GET {_ONE}/favourited_by": says(list[Account], query=Paged),
    f"GET {_ONE}/reblogged_by": says(list[Account], query=Paged),
    f"POST {_ONE}/reblog": says(Status, body=BoostForm),
    **{
        f"POST {_ONE}/{act}": says(Status)
        for act in (
            *("favourite", "unfavourite", "bookmark", "unbookmark", "unreblog"),
            *("pin", "unpin", "mute", "unmute"),
        )
    },
    "GET /api/v1/bookmarks": says(list[Status], query=Paged),
    "GET /api/v1/favourites": says(list[Status], query=Paged),
    "GET /api/v1/polls/{id}": says(Poll),
    "POST /api/v1/polls/{id}/votes": says(Poll, body=ChoicesForm),
    "POST /api/v1/media": says(MediaAttachment, body=UploadForm, statuses=(200, 202)),
    "POST /api/v2/media": says(MediaAttachment, body=UploadForm, statuses=(200, 202)),
    f"GET {_MEDIA}": says(MediaAttachment, statuses=(200, 206)),
    f"PUT {_MEDIA}": says(MediaAttachment, body=MediaForm, statuses=(200, 206)),
    f"DELETE {_MEDIA}": says(Empty),
}
