"""What people do to say something."""

from datetime import UTC, datetime, timedelta

from hand import Hand
from playwright.sync_api import expect
from task_town import Town

SAID = "What do you want to say?"


def write(hand: Hand, town: Town) -> None:
    """It is what the place is for."""
    hand.go("/home")
    if not hand.page.locator("#composer").is_visible():  # a phone has a page for it
        hand.press(hand.page.locator("a.write"))
    hand.write(SAID, "First light, low tide, nobody about.")
    hand.look("form")
    _send(hand)
    hand.sees(hand.post("First light, low tide"))
    hand.look("posted")


def photo(hand: Hand, town: Town) -> None:
    """Pictures would stay on the device, or reach only those who see them."""
    hand.go("/compose")
    hand.write(SAID, "The landing, this morning.")
    hand.give("Add files", town.photo)
    if not hand.scripts:
        hand.press("Put them in and go on")
    hand.write("Describe file 1", "A landing under a red sky.")
    hand.look("described")
    _send(hand)
    hand.sees(hand.page.get_by_alt_text("A landing under a red sky."))


def warned(hand: Hand, town: Town) -> None:
    """What is hard to read, or not for everyone, would fall upon everyone."""
    hand.go("/compose")
    hand.press(hand.page.locator(".reach > summary"))
    hand.tick("Your followers")
    hand.write("Content warning", "Loss of a boat")
    hand.write(SAID, "She went down in the night. All are safe.")
    hand.look("form")
    _send(hand)
    post = hand.post("Loss of a boat")
    hand.press(post.locator("summary"))
    hand.sees(post.get_by_text("All are safe."))
    hand.look("shown")


def poll_and_vote(hand: Hand, town: Town) -> None:
    """Nobody could ask everyone, or answer."""
    hand.go("/compose")
    hand.write(SAID, "Where do we meet?")
    hand.press(hand.page.locator("#poll > summary"))
    hand.write("Choice 1", "At the landing")
    hand.write("Choice 2", "At the kiln")
    hand.pick("Open for", "3 days")
    hand.look("asked")
    _send(hand)
    hand.sees(hand.post("At the kiln"))
    hand.go(f"/@tomas/{town.posts['ferry']['id']}")
    hand.tick("Every Sunday")
    hand.press("Vote")
    expect(hand.page.get_by_text("your vote")).to_be_attached()
    hand.look("voted")


def reply(hand: Hand, town: Town) -> None:
    """Everybody would talk alone."""
    hand.go(f"/@ines/{town.posts['curlews']['id']}")
    hand.sees("I saw them from the ferry.")
    hand.write("Reply to Ines Calado", f"@ines Forty! {hand.name} counted nine.")
    _send(hand, "/@*/*")
    hand.sees(hand.post(f"{hand.name} counted nine."))
    hand.look("thread")


def edit_and_history(hand: Hand, town: Town) -> None:
    """A slip would stand for good, or be changed behind the back of those who liked it."""
    made = town.write(hand.name, "The fery leaves at nine.")
    hand.go(f"/@{hand.name}/{made['id']}")
    hand.press("More")
    hand.look("menu")
    hand.press("Edit", "link")
    hand.arrives("/compose?edit=*")
    hand.write(SAID, "The ferry leaves at nine.")
    hand.press("Save the changes")
    hand.sees(hand.post("The ferry leaves"))
    hand.press("Edited", "link", exact=False)
    hand.sees("The fery leaves")
    hand.look("history")


def delete_and_write_again(hand: Hand, town: Town) -> None:
    """Rash words would stay."""
    gone = town.write(hand.name, "Rash words.")
    hand.go(f"/@{hand.name}/{gone['id']}")
    hand.press("More")
    hand.press("Delete…", "link")
    hand.sees(hand.find("Delete this post?", "heading"))
    hand.look("asked")
    hand.press("Delete")
    hand.arrives("/home*")
    expect(hand.post("Rash words.")).to_have_count(0)
    again = town.write(hand.name, "Nearly right words.")
    hand.go(f"/@{hand.name}/{again['id']}")
    hand.press("More")
    hand.press("Delete…", "link")
    hand.press("Delete and write again")
    expect(hand.field(SAID)).to_have_value("Nearly right words.")
    hand.write(SAID, "The right words.")
    _send(hand)
    hand.sees(hand.post("The right words."))


def private(hand: Hand, town: Town) -> None:
    """What is for one would be read by all, or not be said."""
    hand.go("/conversations")
    hand.press("Write to somebody", "link")
    hand.arrives("/compose?visibility=direct")
    hand.write(SAID, "@tomas Is there room on the late ferry?")
    hand.look("form")
    _send(hand)
    hand.go("/conversations")
    hand.sees("Is there room on the late ferry?")
    hand.look("conversations")
    hand.press("Tomás Wren", "link", exact=False)
    hand.sees(hand.post("Is there room on the late ferry?"))


def later(hand: Hand, town: Town) -> None:
    """Who sleeps when others read would not be read; who is called away would begin anew."""
    hand.go("/compose")
    hand.write(SAID, "Half a thought")
    hand.press("Keep as draft")
    hand.arrives("/drafts*")
    hand.press("Go on: draft 1", "link")
    hand.write(SAID, "A whole thought, for tomorrow.")
    hand.press(hand.page.locator("#when > summary"))
    hand.time("Day and time (UTC)", datetime.now(UTC) + timedelta(days=1))
    hand.look("form")
    hand.press(hand.page.locator("#composer .btn-main"))
    hand.arrives("/scheduled*")
    hand.sees("A whole thought, for tomorrow.")
    hand.look("waiting")


def _send(hand: Hand, to: str = "/home?posted=*") -> None:
    """Press what the form is for: it says what happens, "Post" or "Send"."""
    hand.press(hand.page.locator("#composer .btn-main"))
    hand.arrives(to)
