"""Whose pages are in which language: the one they chose, else the browser's, else the place's."""

from browsing import PASSWORD, Site

from whimbrel.accounts.queries import users
from whimbrel.core import words
from whimbrel.core.words import language, say

GERMAN = {"accept-language": "de-AT,de;q=0.9,en;q=0.5"}
FORM = "/auth/sign-up"


def said(code: str, english: str) -> str:
    """What a page in that language has for it."""
    return language(code).plain(say(english))


def test_a_stranger_is_answered_as_their_browser_asks(tell):
    """And a shared cache must not hand one's German to another."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        post = f"/@ada/{await ada.write('hello')}"
        for path in ("/about", "/@ada", post, f"{post}/embed", "/nowhere"):
            german = await site.visitor(**GERMAN).get(path)
            english = await site.visitor().get(path)
            assert '<html lang="de" dir="ltr">' in german.text
            assert '<html lang="en" dir="ltr">' in english.text
            if german.status_code == 200:
                assert "Accept-Language" in german.headers["vary"]
        arabic = await site.visitor(**{"accept-language": "ar"}).get(post)
        assert '<html lang="ar" dir="rtl">' in arabic.text

    tell(story, confirm_email=False)


def test_a_place_has_a_language_of_its_own(tell):
    """In a Spanish village whoever asks for nothing would be greeted in English."""

    async def story(site: Site) -> None:
        assert '<html lang="es"' in (await site.visitor().get("/about")).text
        assert (
            '<html lang="es"'
            in (await site.visitor(**{"accept-language": "eo"}).get("/about")).text
        )

    tell(story, languages=("es", "en"))


def test_who_joins_on_a_german_page_is_written_to_in_german(tell):
    """The letter that confirms an address is the first thing they are told."""

    async def story(site: Site) -> None:
        eve = site.visitor(**GERMAN)
        mine = {"name": "eve", "email": "eve@example.org", "password": PASSWORD}
        assert (await eve.send(FORM, FORM, **mine)).status_code == 200
        await site.settle()
        assert "Hallo @eve" in site.mail() and "Hello" not in site.mail()
        user = await site.app.db.read(users.by_name, "eve")
        assert user is not None and user.locale == "de"
        wrong = await eve.send(FORM, FORM, **{**mine, "password": "short"})
        assert said("de", "is too short (at least %(least)s characters).")[
            :12
        ] in wrong.text.replace("Ist zu", "ist zu")

    tell(story)


def test_a_choice_goes_before_what_the_browser_asks_for(tell):
    """Somebody in an internet café in Berlin would read their own home in German."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        ada.client.headers["accept-language"] = "de"
        page = await ada.get("/settings/language")
        assert '<html lang="en"' in page.text
        assert all(name in page.text for name in words.NAMES.values())
        gone = await ada.send("/settings/language", "/settings/language", language="ja")
        assert gone.status_code == 303
        page = await ada.get(gone.headers["location"])
        assert '<html lang="ja"' in page.text
        assert f"<h1>{said('ja', 'Language')}</h1>" in page.text
        assert '<html lang="ja"' in (await ada.get("/nowhere")).text

    tell(story)


def test_no_language_of_ours_is_refused_in_ones_own(tell):
    """A row with nonsense in it would be English for ever."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        await ada.send("/settings/language", "/settings/language", language="fr")
        no = await ada.send("/settings/language", "/settings/language", language="xx")
        assert no.status_code == 422
        assert said("fr", "Choose one of these languages.") in no.text
        assert '<html lang="fr"' in (await ada.get("/home")).text

    tell(story)
