"""How a setting says what it means."""

from msgspec import Meta


def says(text: str, *, secret: bool = False) -> Meta:
    """The description of a setting; `secret` ones are masked wherever settings are shown."""
    return Meta(description=text, extra={"secret": secret})
