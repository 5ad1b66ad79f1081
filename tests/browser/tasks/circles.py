"""What people do about each other."""

from hand import Hand
from playwright.sync_api import expect
from task_town import Town


def follow_and_leave(hand: Hand, town: Town) -> None:
    """Home would stay empty, or fill for good."""
    hand.go("/@mira")
    hand.press("Follow")
    hand.sees(hand.page.locator("#stand", has_text="Following"))
    hand.look("followed")
    hand.press("More about Mira Okafor")
    hand.press("Stop following")
    hand.sees(hand.find("Follow"))


def let_in(hand: Hand, town: Town) -> None:
    """Who asks first would be asked, and could not answer."""
    me = town.call(hand.name, "PATCH", "/api/v1/accounts/update_credentials", locked=True)
    town.call("mira", "POST", f"/api/v1/accounts/{me['id']}/follow")
    hand.go("/follow_requests")
    hand.look("asked")
    hand.press("Let in: Mira Okafor")
    hand.sees("Nobody asks")
    hand.go(f"/@{hand.name}/followers")
    hand.sees(hand.find("Mira Okafor", "link"))


def mute_and_block(hand: Hand, town: Town) -> None:
    """Nobody could get rest from somebody."""
    hand.go("/@tomas")
    hand.press("More about Tomás Wren")
    hand.look("menu")
    hand.press("Mute for a while…", "link")
    hand.tick("7 days")
    hand.look("mute")
    hand.press("Mute")
    hand.sees("You mute this account until")
    hand.press("More about Tomás Wren")
    hand.press("Block")
    hand.sees(hand.find("Unblock"))
    hand.go("/blocks")
    hand.sees(hand.find("Tomás Wren", "link"))
    hand.look("blocked")


def report(hand: Hand, town: Town) -> None:
    """Those who could help would never hear of it."""
    hand.go(f"/@noor/{town.posts['storm']['id']}")
    hand.press("More")
    hand.press("Report…", "link")
    hand.tick("Something else")
    hand.write("What should the moderators know?", "There is no storm.")
    hand.look("form")
    hand.press("Send the report")
    hand.sees("The moderators have it")
    expect(hand.find("Mute Noor")).to_be_visible()
