"""What is said when a file cannot be taken, known again by its words.

Whoever reads a stranger's file sits in a process of its own that knows no catalogue, and its
answer is not believed further than its text."""

import re

from whimbrel.core.words import say

_KNOWN = (
    say("%(what)s are not taken here. %(wanted)s"),
    say("%(minutes)s minutes are the most."),
    say("Matroska video is not taken here. %(wanted)s"),
    say("SVG drawings are not taken here. %(wanted)s"),
    say("The colours of this HEIC picture cannot be read here."),
    say("There is neither picture nor sound in this file."),
    say("There is no picture in this file."),
    say("There is no picture in this video."),
    say("There is no sound in this file."),
    say("This animation has %(frames)s frames; %(most)s are the most."),
    say("This animation has more than %(most)s megapixels in all its frames."),
    say("This file could not be converted."),
    say("This file could not be read: its decoder gave up on it."),
    say("This file has %(size)s MB; %(most)s MB are the most."),
    say("This file is damaged, or not the %(format)s it begins like."),
    say("This file is empty."),
    say("This file needs too much memory to read."),
    say("This file takes too long to convert. A shorter or smaller one may do."),
    say("This is no picture, video or sound that can be read here. %(wanted)s"),
    say("This picture is %(width)s x %(height)s; %(most)s megapixels are the most."),
    say("This video ends before its end: it was cut off on the way."),
    say("This video is %(width)s x %(height)s; that is too large."),
    say("Web pages are not taken here. %(wanted)s"),
)
_PARTS = {
    str(part): part
    for part in (
        say(
            "Pictures: JPEG, PNG, GIF, WebP, HEIC, AVIF. Video: MP4, MOV, WebM."
            " Sound: MP3, OGG, FLAC, WAV."
        ),
        *(say("PDF documents"), say("TIFF pictures"), say("Photoshop files"), say("BMP pictures")),
        *(say("ZIP archives"), say("compressed files"), say("JPEG XL pictures")),
        *(say("JPEG 2000 pictures"), say("playlists"), say("programs")),
    )
}


def _pattern(words: str) -> re.Pattern[str]:
    """What a sentence looks like with values in it."""
    return re.compile(re.sub(r"%\\\((\w+)\\\)s", r"(?P<\1>.{1,200}?)", re.escape(words)))


# Those that begin with a value come last: they would take what others are for.
_PATTERNS = [
    (_pattern(said), said) for said in sorted(_KNOWN, key=lambda said: said.startswith("%"))
]


def heard(text: str) -> str:
    """The same words, to be translated where they are shown, if they are any of these."""
    for pattern, said in _PATTERNS:
        found = pattern.fullmatch(text)
        if found is not None:
            return said.filled(**{name: _PARTS.get(v, v) for name, v in found.groupdict().items()})
    return text
