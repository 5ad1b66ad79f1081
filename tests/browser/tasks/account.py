"""What people do about their own account."""

import re
import time

from hand import Hand
from playwright.sync_api import expect
from task_town import SECRET, Town

ANOTHER = "eight stones in a row"


def sign_up(hand: Hand, town: Town) -> None:
    """Nobody would ever get in."""
    new = f"new_{hand.name}"
    hand.forget()
    hand.go("/about")
    hand.press("Make an account", "link")
    hand.arrives("/auth/sign-up")
    hand.write("Name people will mention", new)
    hand.write("E-mail", f"{new}@example.org")
    hand.write("Password", SECRET)
    hand.look("form")
    hand.press("Make account")
    hand.sees("Check your mail")
    hand.go(_letter(town, new))
    hand.press("Confirm")
    hand.sees("Address confirmed")


def sign_in_and_out(hand: Hand, town: Town) -> None:
    """Whoever was signed out would stay out; whoever uses a shared computer would stay in."""
    hand.forget()
    hand.go("/auth/sign-in")
    hand.write("Name or e-mail", hand.name)
    hand.write("Password", "not this one")
    hand.press("Sign in")
    hand.sees("The name or the password is wrong.")
    hand.look("refused")
    hand.write("Name or e-mail", hand.name)
    hand.write("Password", SECRET)
    hand.press("Sign in")
    hand.arrives("/home")
    hand.go("/more")
    hand.press("Sign out here")
    hand.arrives("/about")
    hand.go("/bookmarks")
    hand.arrives("/auth/sign-in?next=*")


def profile(hand: Hand, town: Town) -> None:
    """People would be a name without a face."""
    hand.go("/settings")
    hand.press("Profile", "link")
    hand.arrives("/settings/profile")
    hand.write("Name", "Lena of the Marsh")
    hand.write("About you", "Mends nets. Reads slowly.")
    hand.write("Row 1, what it is", "Boat")
    hand.write("Row 1, what it says", "The Heron, grey")
    hand.press("Preview")
    hand.sees("This is how others would see you")
    hand.look("preview")
    hand.press("Save profile")
    hand.sees("Saved.")
    hand.go(f"/@{hand.name}")
    hand.sees(hand.find("Lena of the Marsh", "heading"))
    hand.sees("The Heron, grey")


def password(hand: Hand, town: Town) -> None:
    """Somebody whose password is known to others could not shut them out."""
    hand.go("/settings/security")
    hand.press("Change the password", "link")
    hand.write("Your password now", SECRET)
    hand.write("New password", ANOTHER)
    hand.look("form")
    hand.press("Change the password")
    hand.arrives("/settings/security*")
    hand.forget()
    hand.go("/auth/sign-in")
    hand.write("Name or e-mail", hand.name)
    hand.write("Password", ANOTHER)
    hand.press("Sign in")
    hand.arrives("/home")


def appearance(hand: Hand, town: Town) -> None:
    """Whoever cannot read light pages, or English ones, would leave."""
    hand.go("/settings/appearance")
    hand.tick("Dark")
    hand.press("Save")
    hand.sees("Saved.")
    expect(hand.page.locator("html")).to_have_attribute("data-theme", "dark")
    hand.look("dark")
    hand.go("/settings/language")
    hand.tick("Deutsch")
    hand.press("Save")
    expect(hand.page.locator("html")).to_have_attribute("lang", "de")
    hand.look("german")


def take_out(hand: Hand, town: Town) -> None:
    """Whom one follows would be lost with the server."""
    hand.go("/settings")
    hand.press("Your data", "link")
    hand.arrives("/settings/carry")
    hand.look("page")
    with hand.page.expect_download() as file:
        hand.press("CSV: People you follow", "link")
    assert "ines@" in file.value.path().read_text(encoding="utf-8")


def close(hand: Hand, town: Town) -> None:
    """Nobody could leave; or somebody could by a slip."""
    hand.go("/settings/delete")
    hand.write(f"Type your name, {hand.name}", hand.name)
    hand.write("Your password now", SECRET)
    hand.look("form")
    hand.press("Close my account for good")
    hand.sees("Your account is closed")
    hand.look("closed")
    assert hand.page.request.get(f"/@{hand.name}").status in (404, 410)


def _letter(town: Town, name: str) -> str:
    """The way that a letter to this person shows."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        for file in (town.server.data / "mail").glob("*.eml"):
            text = file.read_text().replace("=\n", "")
            if f"{name}@example.org" in text and (way := re.search(r"/auth/confirm/[\w-]+", text)):
                return way[0]
        time.sleep(0.05)
    raise AssertionError(f"no letter came to {name}")
