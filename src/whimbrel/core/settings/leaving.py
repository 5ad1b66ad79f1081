"""The settings about losing the host: whom the server hangs on, keepers, the standby."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from .meaning import says

WhenAway = Literal["refuse", "go-on"]
Durability = Literal["async", "remote"]
StandbyAway = Literal["wait", "async", "refuse"]


class Leaving(msgspec.Struct, frozen=True, kw_only=True):
    """A part of Settings."""

    host_notice: Annotated[
        tuple[str, ...],
        says(
            "How many hours before it ends its service a host has to say so, by contract: "
            "host.example=72, by the domain its letters come from."
        ),
    ] = ()
    registrar: Annotated[
        str,
        says(
            "Where the domain is registered, as a domain: registrar.example. `whimbrel exit "
            "doctor` cannot find that out, and compares it with whoever the rest hangs on."
        ),
    ] = ""
    keepers: Annotated[
        tuple[str, ...],
        says(
            "HOST:PORT of each keeper, a process elsewhere that holds the keys without history "
            "(`whimbrel keeper`); two or more. The file of `whimbrel keeper pair` is "
            "keepers/HOST-PORT.pem in the data folder."
        ),
    ] = ()
    standby: Annotated[
        str,
        says(
            "s3://BUCKET?endpoint=URL&region=NAME at another provider, where media are copied to "
            "and SQLite is replicated to, as noise without the keyring. Empty: there is no standby."
        ),
    ] = ""
    standby_key: Annotated[str, says("Access key of that bucket.")] = ""
    standby_secret: Annotated[str, says("Secret key of that bucket.", secret=True)] = ""
    standby_durability: Annotated[
        Durability,
        says(
            "When somebody is told that something is done: once this machine has it (async), or "
            "once the standby has it too (remote). With async the last second may be lost."
        ),
    ] = "async"
    standby_when_away: Annotated[
        StandbyAway,
        says(
            "With remote, while the standby does not answer: everybody waits for up to half a "
            "minute and is then told that it is not confirmed (wait), all goes on as with async "
            "and a red light (async), or nothing is taken (refuse)."
        ),
    ] = "wait"
    standby_replica: Annotated[
        str,
        says(
            "postgresql://USER:PASSWORD@HOST/NAME of the replica at that provider, where the "
            "database is PostgreSQL: a streaming replica that you set up.",
            secret=True,
        ),
    ] = ""
    witness: Annotated[
        str,
        says(
            "s3://BUCKET?endpoint=URL&region=NAME, or a folder by its full path, at a third party: "
            "there it is written which of two nodes may write. Empty: one node, and no evacuation."
        ),
    ] = ""
    witness_key: Annotated[str, says("Access key of that bucket.")] = ""
    witness_secret: Annotated[str, says("Secret key of that bucket.", secret=True)] = ""
    witness_lease: Annotated[
        int,
        Meta(ge=1, le=600),
        says("Seconds for which a look at the witness counts, the same at both nodes."),
    ] = 20
    witness_when_away: Annotated[
        WhenAway,
        says(
            "What happens when the witness does not answer for that long: nothing is taken until "
            "it does (refuse), or all goes on (go-on), and then a node that was cut off and one "
            "that took over by force may both write."
        ),
    ] = "refuse"
