"""Who listens to which event: the one table. Reading it tells what follows from what."""

from whimbrel.accounts import (
    addresses,
    alarmed,
    clients,
    domains,
    emojis,
    farewell,
    follow,
    leave,
    letters,
    moving,
    mute,
    sever,
    verify,
)
from whimbrel.accounts.events import (
    AccessRevoked,
    AccountCreated,
    AccountErased,
    AccountMoved,
    AccountWarned,
    AddressesAge,
    AppLapses,
    Blocked,
    CallHandedOver,
    DomainBlocked,
    EmojisChanged,
    FarewellLapses,
    FarewellWanted,
    FollowAsked,
    Followed,
    FollowMoved,
    FollowsRefused,
    IndexableChanged,
    LetterWanted,
    MoveSlice,
    MuteEnds,
    ProfileChanged,
    Reported,
    RowDue,
    SignUpLapses,
    StaffActed,
    StaffCalled,
    TiesLeft,
    TiesSevered,
    Unblocked,
    Unfollowed,
    Unlocked,
    UploadsLeft,
)
from whimbrel.collections.events import AddedToCollection, CollectionRenamed
from whimbrel.core.outbox import Effect, Event, Handler, Lane, Routes
from whimbrel.discovery import suggestions, trends
from whimbrel.discovery import tags as featured
from whimbrel.discovery.events import FeaturedTagsChanged, TrendsDue
from whimbrel.exit import arrive, takeout
from whimbrel.exit.events import ArchiveWanted, ArrivalWanted, UndoWanted
from whimbrel.exit.standby import queue as standby
from whimbrel.federation import featured as shown_abroad
from whimbrel.federation import inbox, passing, servers, synchronize
from whimbrel.federation import polls as polls_elsewhere
from whimbrel.federation import threads as threads_abroad
from whimbrel.federation.events import (
    FollowersClaimed,
    KeysLapse,
    LetterWritten,
    PassedOn,
    PollSeen,
    ProfileRead,
    Received,
    ReceivedAges,
    ServerSpoke,
    ThreadOpened,
)
from whimbrel.federation.outgoing import flags as flags_abroad
from whimbrel.federation.outgoing import letters as abroad
from whimbrel.federation.outgoing import people as people_abroad
from whimbrel.federation.outgoing import polls as polls_abroad
from whimbrel.federation.outgoing import posts as posts_abroad
from whimbrel.federation.outgoing import quotes as quotes_abroad
from whimbrel.federation.outgoing import requests as requests_abroad
from whimbrel.instance import announcements
from whimbrel.instance.events import (
    AnnouncementDue,
    AnnouncementPublished,
    AnnouncementReacted,
    AnnouncementRetracted,
)
from whimbrel.media import away, erase
from whimbrel.media.events import (
    CopyLapses,
    CopyMade,
    FilesForgotten,
    FilesKept,
    PictureHashed,
    UploadLapses,
)
from whimbrel.moderation import acts, audit, bulk, distance, eyes, log, silence
from whimbrel.moderation.automation import engine as automation
from whimbrel.moderation.events import (
    BulkSlice,
    BulkUndone,
    CaseClock,
    CheckpointDue,
    ComplaintPictured,
    ComplaintReceived,
    ComplaintUnread,
    HoldLapses,
    HoldMade,
    HoldWanted,
    KnownAgain,
    KnownWanted,
    ListDue,
    MailboxDue,
    Paged,
    PracticeCalled,
    PracticeClock,
    ProposalDue,
    PurgeDue,
    ReplyApproved,
    RuleHit,
    ServerCutOff,
    ServerJudged,
    ServerReleased,
    SilenceEnds,
)
from whimbrel.moderation.known import watch as known
from whimbrel.moderation.letters import complaints, mailbox, pictures, reply
from whimbrel.moderation.lists import collect
from whimbrel.moderation.paging import calls, practice
from whimbrel.moderation.paging import clock as case_clock
from whimbrel.moderation.transparency import tally
from whimbrel.moderation.vault import evidence
from whimbrel.moderation.vault import keep as vault
from whimbrel.posts import delete, follow_tag, poll, preview, receive, schedule
from whimbrel.posts.events import (
    Favourited,
    LinkPosted,
    PollCounted,
    PollEnds,
    PostDeleted,
    PostEdited,
    PostPinned,
    PostPublished,
    PostQuoted,
    PostReshown,
    PostsLeft,
    PostTouched,
    PostWithheld,
    QuoteAsked,
    QuoteRevoked,
    ScheduleDue,
    TagFollowed,
    TagFollowsLeft,
    TagsGone,
    TagUnfollowed,
    Unfavourited,
    Voted,
)
from whimbrel.privacy import receipts
from whimbrel.privacy.events import AlarmRang, ErasureDue, ReceiptLapses
from whimbrel.timelines import calls as pushed_calls
from whimbrel.timelines import (
    carry,
    collected,
    conversations,
    fanout,
    gone,
    homes,
    indexing,
    lists,
    live,
    notify,
    push,
    quoted,
)
from whimbrel.timelines.events import (
    CallDue,
    FanOutSlice,
    ForgetSlice,
    ForgetTaggedSlice,
    ImportSlice,
    Notified,
    NotifySlice,
    PushDue,
    QuotedSlice,
    SeekersSlice,
    ToldOfErased,
)

#     lane         when           do
HANDLERS: tuple[tuple[Lane, type[Event], Handler], ...] = (
    # posts
    ("timelines", PostPublished, fanout.add_to_homes),
    ("timelines", PostPublished, live.tell_added),
    ("timelines", PostPublished, notify.tell_of_post),
    ("timelines", FanOutSlice, fanout.deliver_slice),
    ("timelines", SeekersSlice, fanout.deliver_to_seekers),
    ("timelines", NotifySlice, notify.tell_slice),
    ("timelines", Notified, push.spread),
    ("timelines", PostEdited, live.tell_changed),
    ("timelines", PostReshown, live.tell_changed),
    ("timelines", PostEdited, notify.tell_of_edit),
    ("timelines", PostEdited, quoted.tell_of_edit),
    ("timelines", QuotedSlice, quoted.tell_slice),
    ("timelines", PostQuoted, quoted.tell_of_quote),
    ("timelines", PostDeleted, fanout.remove),
    ("timelines", PostDeleted, live.tell_gone),
    ("timelines", PostWithheld, live.tell_gone),
    ("timelines", PostDeleted, notify.forget_boost),
    ("timelines", PostDeleted, conversations.forget_post),
    ("timelines", ForgetSlice, fanout.remove_slice),
    ("timelines", ForgetTaggedSlice, fanout.remove_from_seekers),
    ("timelines", TagFollowed, homes.add_tagged),
    ("timelines", TagUnfollowed, homes.remove_tagged),
    ("timelines", Favourited, notify.tell_of_favourite),
    ("timelines", Unfavourited, notify.forget_favourite),
    ("timelines", ScheduleDue, schedule.publish_due),
    ("timelines", PollEnds, poll.close),
    ("timelines", PollEnds, notify.tell_of_poll),
    # what stands between people
    ("timelines", Followed, homes.add_followed),
    ("timelines", Followed, notify.tell_of_follow),
    ("timelines", FollowAsked, notify.tell_of_asking),
    ("timelines", Unfollowed, homes.remove_unfollowed),
    ("timelines", Unfollowed, lists.drop_unfollowed),
    ("timelines", Unfollowed, notify.forget_follow),
    ("timelines", Unlocked, follow.let_in_waiting),
    ("timelines", Blocked, notify.forget_blocked),
    ("timelines", Blocked, conversations.forget_blocked),
    ("timelines", AccountWarned, notify.tell_of_warning),
    ("timelines", Reported, notify.tell_of_report),
    ("slow", AlarmRang, alarmed.tell),
    ("slow", ReceiptLapses, receipts.drop),
    ("slow", DomainBlocked, domains.part),
    ("slow", FollowsRefused, sever.end_follows_of),
    ("timelines", TiesSevered, notify.tell_of_severed),
    ("timelines", AddedToCollection, collected.tell_of_adding),
    ("timelines", CollectionRenamed, collected.tell_of_change),
    ("moderation", CaseClock, case_clock.tick),
    ("moderation", PracticeClock, practice.tick),
    ("moderation", CallHandedOver, practice.pushed),
    ("moderation", RuleHit, automation.hit),
    ("moderation", PurgeDue, acts.purge),
    ("moderation", ProposalDue, eyes.lapse),
    ("moderation", BulkSlice, bulk.carry_on),
    ("moderation", BulkUndone, bulk.undo_more),
    ("slow", ServerJudged, distance.judge),
    ("slow", ServerCutOff, distance.cut_off),
    ("slow", ServerReleased, distance.release),
    ("federation", ServerCutOff, abroad.drop_barred),
    ("slow", ImportSlice, carry.bring_slice),
    ("slow", UndoWanted, arrive.take_back),
    ("media", PostDeleted, takeout.drop_with_post),
    ("slow", TrendsDue, trends.tick),
    ("slow", MuteEnds, mute.forget_ended),
    ("timelines", MoveSlice, moving.carry),
    # accounts come and go
    ("timelines", AccountCreated, homes.begin),
    ("timelines", AccountCreated, notify.tell_of_sign_up),
    ("moderation", AccessRevoked, live.tell_revoked),  # behind no fan-out: streams end at once
    ("timelines", AccountErased, homes.end),
    ("timelines", AccountErased, notify.forget_erased),
    ("timelines", ToldOfErased, notify.forget_erased),
    ("slow", AccountErased, delete.erase_all_of),
    ("slow", PostsLeft, delete.erase_more),
    ("slow", TagsGone, delete.rekey_tags),
    ("slow", AccountErased, follow_tag.forget_all_of),
    ("slow", TagFollowsLeft, follow_tag.forget_more),
    ("slow", AccountErased, leave.clear_graph),
    ("slow", TiesLeft, leave.clear_more),
    ("slow", AccountErased, suggestions.forget),
    ("slow", AccountErased, featured.forget_all_of),
    ("slow", AccountErased, leave.clear_uploads),
    ("slow", UploadsLeft, leave.clear_more_uploads),
    ("slow", RowDue, leave.remove_row),
    ("slow", SignUpLapses, leave.drop_unconfirmed),
    ("slow", FarewellLapses, farewell.lapse),
    ("slow", AppLapses, clients.drop_unused),
    ("slow", AddressesAge, addresses.age),
    ("slow", StaffActed, log.note),
    ("moderation", StaffCalled, pushed_calls.spread),
    ("moderation", CheckpointDue, audit.tick),
    ("moderation", CheckpointDue, practice.weekly),
    ("moderation", ComplaintUnread, complaints.assume),
    ("moderation", SilenceEnds, silence.tell),
    ("moderation", HoldWanted, evidence.seal_more),
    ("moderation", HoldLapses, vault.lapse),
    ("moderation", PostDeleted, vault.tell_author),
    # what the server says
    ("slow", EmojisChanged, emojis.renew),
    ("timelines", AnnouncementDue, announcements.settle),
    ("timelines", AnnouncementPublished, live.tell_announced),
    ("timelines", AnnouncementReacted, live.tell_reacted),
    ("timelines", AnnouncementRetracted, live.tell_retracted),
    # other servers
    ("federation", LetterWritten, abroad.address),
    ("federation", PollCounted, polls_abroad.counted),
    ("federation", PollEnds, polls_abroad.ended),
    ("slow", KeysLapse, people_abroad.forget_keys),
    ("slow", PassedOn, passing.lapse),
    # other servers
    ("slow", ReceivedAges, inbox.age),
    # files
    ("media", UploadLapses, erase.forget_unattached),
    ("media", CopyLapses, away.lapse),
    ("media", CopyMade, receive.show_as_it_is),
)
EFFECTS: tuple[tuple[Lane, type[Event], Effect], ...] = (
    ("federation", PushDue, push.deliver),
    ("federation", Received, inbox.work),
    ("federation", FollowersClaimed, synchronize.look),
    ("slow", ServerSpoke, servers.ask),
    ("federation", ProfileRead, shown_abroad.read),
    ("slow", ThreadOpened, threads_abroad.follow_up),
    ("slow", PollSeen, polls_elsewhere.look),
    ("slow", PollEnds, polls_elsewhere.look),
    ("slow", LetterWanted, letters.send_letter),
    ("slow", FarewellWanted, farewell.send),
    ("slow", ArchiveWanted, takeout.make),
    ("slow", ArrivalWanted, arrive.bring),
    ("moderation", Paged, calls.send),
    ("moderation", PracticeCalled, practice.send),
    ("moderation", CallDue, pushed_calls.deliver),
    ("moderation", ComplaintReceived, complaints.read_it),
    ("slow", ComplaintPictured, pictures.look),
    ("moderation", KnownWanted, known.look_up),
    ("slow", KnownAgain, known.look_again),
    ("moderation", ReplyApproved, reply.send),
    ("slow", MailboxDue, mailbox.fetch),
    ("slow", ListDue, collect.fetch),
    ("slow", CheckpointDue, tally.renew),
    ("moderation", HoldMade, vault.lay),
    ("moderation", HoldLapses, vault.clear),
    ("media", FilesForgotten, erase.delete_objects),
    ("media", ErasureDue, gone.confirm),
    ("slow", LinkPosted, preview.fetch_card),
    ("slow", ProfileChanged, verify.verify),
    ("slow", PostPublished, indexing.on_published),
    ("slow", PostEdited, indexing.on_edited),
    ("slow", PostDeleted, indexing.on_deleted),
    ("slow", PostTouched, indexing.on_touched),
    ("slow", Favourited, indexing.on_touched),
    ("slow", Unfavourited, indexing.on_touched),
    ("slow", IndexableChanged, indexing.on_indexable),
    ("slow", AccountErased, indexing.on_erased),
)
# In the transaction of what happens: whom it concerns elsewhere is seldom anybody, and may not be
# found out any more when it is over.
WITNESSES: tuple[tuple[type[Event], Handler], ...] = (
    (FilesKept, standby.kept),
    (FilesForgotten, standby.forgotten),
    (PictureHashed, known.notice),
    (PostPublished, known.posted),
    (PostEdited, known.posted),
    (PostPublished, automation.watch),
    (PostEdited, automation.watch),
    (PostPublished, requests_abroad.published),
    (PostEdited, requests_abroad.edited),
    (PostDeleted, posts_abroad.deleted),
    (PostWithheld, posts_abroad.withheld),
    (PostReshown, posts_abroad.reshown),
    (Favourited, requests_abroad.favourited),
    (Unfavourited, requests_abroad.unfavourited),
    (Voted, polls_abroad.voted),
    (QuoteAsked, quotes_abroad.asked),
    (QuoteRevoked, quotes_abroad.revoked),
    (FollowAsked, people_abroad.asked),
    (Followed, people_abroad.followed),
    (Unfollowed, people_abroad.unfollowed),
    (Blocked, people_abroad.blocked),
    (Unblocked, people_abroad.unblocked),
    (ProfileChanged, people_abroad.changed),
    (AccountErased, people_abroad.erased),
    (Reported, flags_abroad.reported),
    (AccountMoved, people_abroad.moved),
    (FollowMoved, lists.carry_over),
    (PostPinned, posts_abroad.pinned),
    (FeaturedTagsChanged, people_abroad.tags_changed),
)


def routes() -> Routes:
    """The table as the outbox uses it."""
    return Routes(HANDLERS, EFFECTS, WITNESSES)
