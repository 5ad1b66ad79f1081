"""Whether a text is one Unicode emoji.

Source: Unicode Technical Standard 51, what an emoji sequence is; which characters are pictographs
is told by their blocks, and by what Python's `unicodedata` knows of them."""

import unicodedata

LONGEST = 16  # code points; the longest family has ten, the longest flag of a region seven
_JOINER, _EMOJI_STYLE, _KEYCAP = "\u200d", "\ufe0f", "\u20e3"
_TONES = range(0x1F3FB, 0x1F400)
_LETTERS = range(0x1F1E6, 0x1F200)  # two of them are a flag
_TAGS = range(0xE0020, 0xE0080)  # after a black flag: a region
_BLACK_FLAG = 0x1F3F4
_KINDS = ("So", "Sk", "Cn")  # Cn: given out by a Unicode that is newer than this Python

# Among signs of older use: those that have an emoji form.
_SINGLE = frozenset(
    "©®‼⁉™ℹ↔↕↖↗↘↙↩↪⌚⌛⌨⏏⏩⏪⏫⏬⏭⏮⏯⏰⏱⏲⏳⏸⏹⏺Ⓜ▪▫▶◀◻◼◽◾☀☁☂☃☄☎☑☔☕☘☝☠☢☣☦☪☮☯☸☹☺♀♂♈♉♊♋♌♍♎♏♐♑♒♓♟♠♣♥♦♨♻♾♿"
    "⚒⚓⚔⚕⚖⚗⚙⚛⚜⚠⚡⚧⚪⚫⚰⚱⚽⚾⛄⛅⛈⛎⛏⛑⛓⛔⛩⛪⛰⛱⛲⛳⛴⛵⛷⛸⛹⛺⛽✂✅✈✉✊✋✌✍✏✒✔✖✝✡✨✳✴❄❇❌❎❓❔❕❗❣❤➕➖➗➡➰➿⤴⤵⬅⬆⬇⬛⬜⭐⭕〰〽㊗㊙"
    "🀄🃏🅰🅱🅾🅿🆎🆑🆒🆓🆔🆕🆖🆗🆘🆙🆚🈁🈂🈚🈯🈲🈳🈴🈵🈶🈷🈸🈹🈺🉐🉑"
)
_BLOCKS = (
    *(range(0x1F300, 0x1F650), range(0x1F680, 0x1F700), range(0x1F7E0, 0x1F7F1)),
    *(range(0x1F90C, 0x1FA00), range(0x1FA70, 0x1FB00)),
)


def is_emoji(text: str) -> bool:
    """Whether this is exactly one emoji: a sign, a keycap, a flag, or several joined."""
    if not text or len(text) > LONGEST:
        return False
    if text.endswith(_KEYCAP):
        return text[:-1].removesuffix(_EMOJI_STYLE) in tuple("0123456789#*")
    if len(text) == 2 and all(ord(each) in _LETTERS for each in text):
        return True
    return all(map(_is_element, text.split(_JOINER)))


def _is_element(text: str) -> bool:
    if not text or not _is_pictograph(text[0]):
        return False
    rest = text[1:]
    if ord(text[0]) == _BLACK_FLAG and rest and ord(rest[0]) in _TAGS:
        return (
            len(rest) > 1 and all(ord(each) in _TAGS for each in rest) and rest[-1] == "\U000e007f"
        )
    toned = len(rest) == 1 and ord(rest) in _TONES and ord(text[0]) not in _TONES
    return rest in ("", _EMOJI_STYLE) or toned


def _is_pictograph(sign: str) -> bool:
    if sign in _SINGLE:
        return True
    point = ord(sign)
    return any(point in block for block in _BLOCKS) and unicodedata.category(sign) in _KINDS
