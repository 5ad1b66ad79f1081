"""What people do with what they read."""

from hand import Hand
from playwright.sync_api import expect
from task_town import Town


def marks(hand: Hand, town: Town) -> None:
    """Nothing would travel, nobody be thanked, nothing be found again."""
    post = town.posts["curlews"]["id"]
    hand.go(f"/@ines/{post}")
    for kind in ("boost", "like", "keep"):
        button = hand.page.locator(f"#{kind}-{post}")
        hand.press(button)
        expect(button).to_have_attribute("aria-pressed", "true")
    hand.look("marked")
    hand.go("/bookmarks")
    hand.sees(hand.post("Forty curlews"))
    hand.look("bookmarks")


def search(hand: Hand, town: Town) -> None:
    """Who is here, and what was said, could only be met by chance."""
    hand.go("/search")
    hand.write("Search", "curlews")
    hand.enter()
    hand.sees(hand.post("Forty curlews"))
    hand.look("posts")
    hand.write("Search", "@ines")
    hand.enter()
    hand.press("Ines Calado", "link")
    hand.sees(hand.find("Ines Calado", "heading"))
    hand.look("person")


def notifications(hand: Hand, town: Town) -> None:
    """Nobody would learn that they were answered."""
    made = town.write(hand.name, "Is the kiln warm?")
    town.call("tomas", "POST", f"/api/v1/statuses/{made['id']}/favourite")
    town.call("ines", "POST", f"/api/v1/statuses/{made['id']}/favourite")
    town.write("noor", f"@{hand.name} Warm until six.", in_reply_to_id=made["id"])
    for kind in ("favourite", "mention"):
        town.until(hand.name, "/api/v1/notifications", f"'type': '{kind}'")
    hand.go("/notifications")
    hand.sees("liked your post")
    hand.sees(hand.post("Warm until six."))
    hand.look("all")
    hand.press("Mentions", "link")
    hand.arrives("/notifications/mentions")
    hand.sees(hand.post("Warm until six."))


def lists(hand: Hand, town: Town) -> None:
    """Who follows many would never see the few."""
    hand.go("/lists")
    hand.look("none")
    hand.write("Name", "Birds")
    hand.press("Make it")
    hand.press("Add: Ines Calado")
    hand.sees(hand.find("Take out: Ines Calado"))
    hand.look("members")
    hand.press("Back to the list", "link")
    hand.sees(hand.post("Forty curlews"))


def filters(hand: Hand, town: Town) -> None:
    """Somebody would stumble every day over the word that hurts."""
    hand.go("/filters")
    hand.press("Make a filter", "link")
    hand.write("Name", "Ferries")
    hand.write("Words", "ferry")
    hand.tick("Profiles")
    hand.look("form")
    hand.press("Make it")
    hand.arrives("/filters")
    hand.go("/@tomas")
    hand.sees("Ferries")
    hand.look("folded")
