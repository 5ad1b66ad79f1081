"""The sixteen steps, each a function that tries and tells what it found."""

from ..ground import Step
from . import bulk, checks, doors, erasing, files, ids, inside, private

STEPS: dict[str, Step] = {
    "D1": ids.count_through,
    "D2": ids.guess,
    "D3": bulk.read_on,
    "D4": bulk.copy_all,
    "D5": erasing.delete,
    "D6": private.look_at_private,
    "D7": files.tell_nothing,
    "D8": files.derive,
    "D9": files.fetch_private,
    "D10": files.list_all,
    "D11": doors.try_all,
    "D12": doors.look_for_staff,
    "D13": doors.talk_nonsense,
    "D14": inside.look_for_people,
    "D15": checks.fail_checks,
    "D16": inside.steal,
}
