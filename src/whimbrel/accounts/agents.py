"""What a browser says of itself, in two words that its owner knows. A guess for a list, no more."""

from whimbrel.core.words import Said, say

# The first that is in the text; those that pretend to be another stand before it.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
HANDHELD = {"Android", "iPhone", "iPad"}


def named(agent: str) -> tuple[str, bool]:
    """A browser by the header it sends: its name, and whether one holds it in the hand."""
    browser, system = _first(_BROWSERS, agent), _first(_SYSTEMS, agent)
    return _words(agent, browser, system), system in HANDHELD


def _words(agent: str, browser: str, system: str) -> str | Said:
    if browser and system:
        return say("%(browser)s on %(system)s", browser=browser, system=system)
    return browser or system or agent[:60] or say("A browser that does not say what it is")


def _first(known: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for mark, name in known if mark in agent), "")
