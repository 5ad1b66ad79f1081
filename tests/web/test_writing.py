"""The whole form for writing, without a script: files, polls, times, drafts, edits."""

import io
import re
from datetime import UTC, datetime, timedelta

from browsing import Person, Site, form_of
from PIL import Image

from whimbrel.posts.rules import PollDraft


def picture(shade: int) -> tuple[str, bytes, str]:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (shade, shade, 90)).save(out, "PNG")
    return "a.png", out.getvalue(), "image/png"


def later(hours: int) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M")


def keys(html: str) -> list[str]:
    """What the form calls the files in it, in their order."""
    return re.findall(r'name="(media\[m\d+\])\[description\]"', html)


async def begin(person: Person, page: str, **values: object) -> str:
    """Press the button that keeps what is there and goes on; where that leads."""
    files = values.pop("files", None)
    form = form_of((await person.get(page)).text, "/compose")
    data = {**form, "do": "attach", **values}
    answer = await person.client.post("/compose", data=data, files=files)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def test_several_files_are_sent_first_then_described_ordered_and_posted(tell):
    """Without a script nobody could describe what they show, or put it in order."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        sent = [("files[]", picture(shade)) for shade in (10, 90, 200)]
        step = await begin(ada, "/compose", files=sent, status="Three")
        shown = (await ada.get(step)).text
        first, second, third = keys(shown)
        assert "Three" in shown
        answer = await ada.send(
            step,
            "/compose",
            status="Two",
            visibility="unlisted",
            **{
                f"{first}[description]": "The dark one",
                f"{first}[at]": "2",
                f"{first}[x]": "0.5",
                f"{first}[y]": "-0.25",
                f"{second}[description]": "Not this",
                f"{second}[remove]": "true",
                f"{third}[description]": "The bright one",
                f"{third}[at]": "1",
            },
        )
        assert answer.status_code == 303, answer.text
        await site.settle()
        page = (await ada.get("/@ada")).text
        assert page.index("The bright one") < page.index("The dark one")
        assert "Not this" not in page and "No drafts" in (await ada.get("/drafts")).text

    tell(story)


def test_everything_that_was_typed_comes_back_with_the_fault_at_its_field(tell):
    """One wrong field would cost all the others, and the files."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        typed = {
            "status": "Which?",
            "spoiler_text": "Tea",
            "options[]": ["tea", "tea"],
            "multiple": "true",
            "hide_totals": "true",
            "expires_in": "3600",
            "language": "fi",
            "quote_approval_policy": "nobody",
            "visibility": "private",
            "scheduled_at": "2099-01-01T10:00",
        }
        wrong = await ada.send("/compose", "/compose", **typed)
        assert wrong.status_code == 422 and 'id="e-poll"' in wrong.text
        for kept in ("Which?", 'value="Tea"', 'value="2099-01-01T10:00"', 'value="fi" selected'):
            assert kept in wrong.text, kept
        for kept in ('value="3600" selected', 'value="nobody" selected', 'value="private" checked'):
            assert kept in wrong.text, kept
        assert wrong.text.count('value="tea"') == 2
        assert 'name="multiple" value="true" checked' in wrong.text
        soon = await ada.send("/compose", "/compose", status="x", scheduled_at=later(-1))
        assert soon.status_code == 422 and 'id="e-scheduled_at"' in soon.text
        files = [("files[]", picture(1)), ("files[]", ("x.png", b"no picture", "image/png"))]
        bad = await ada.send("/compose", "/compose", files=files, status="Look")
        assert bad.status_code == 422 and 'id="e-files"' in bad.text
        assert len(keys(bad.text)) == 1  # the good one need not be sent again

    tell(story)


def test_a_poll_is_asked_voted_in_and_seen(tell):
    """A form that loses the poll would ask nothing."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        answer = await ada.send(
            "/compose",
            "/compose",
            status="Which?",
            visibility="public",
            multiple="true",
            **{"options[]": ["tea", "", "coffee"], "expires_in": "3600"},
        )
        post = answer.headers["location"].partition("=")[2]
        page = f"/@ada/{post}"
        await bob.send(page, f"/posts/{post}/vote", **{"choices[]": ["0", "1"]})
        shown = (await bob.get(page)).text
        assert "1 person" in shown and ">tea<" in shown and ">Refresh<" in shown

    tell(story)


def test_an_edit_begins_with_what_is_there_and_keeps_the_file(tell):
    """Whoever mends a typo would lose the picture, the poll or the votes."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        step = await begin(ada, "/compose", files=[("files[]", picture(9))], status="Teh sea")
        key = keys((await ada.get(step)).text)[0]
        answer = await ada.send(
            step, "/compose", status="Teh sea", **{f"{key}[description]": "Waves"}
        )
        post = answer.headers["location"].partition("=")[2]
        edit = f"/compose?edit={post}"
        shown = (await ada.get(edit)).text
        assert ">Teh sea<" in shown and ">Waves<" in shown and 'name="scheduled_at"' not in shown
        assert (await bob.get(edit)).status_code == 404
        done = await ada.send(
            edit, "/compose", status="The sea", **{f"{key}[description]": "Grey waves"}
        )
        assert done.headers["location"] == f"/@ada/{post}"
        page = (await ada.get(f"/@ada/{post}")).text
        assert "The sea" in page and 'alt="Grey waves"' in page
        before = (await bob.get(f"/posts/{post}/history")).text
        assert "Teh sea" in before and "The sea" in before

        poll = await ada.write("Wich?", poll=PollDraft(options=("a", "b"), expires_in=600))
        await bob.send(f"/@ada/{poll}", f"/posts/{poll}/vote", choices="1")
        same = {"status": "Which?", "options[]": ["a", "b"], "expires_in": ""}
        await ada.send(f"/compose?edit={poll}", "/compose", **same)
        voted = (await bob.get(f"/@ada/{poll}")).text
        assert "Which?" in voted and "1 person" in voted

    tell(story)


def test_a_post_written_again_brings_its_words_and_files(tell):
    """Deleting to write again would lose what was to be written again."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        files = {"file": picture(50)}
        words = {"status": "Rash", "description": "Mud", "visibility": "private"}
        answer = await ada.send("/home", "/compose", files=files, **words)
        post = answer.headers["location"].partition("=")[2]
        sure = f"/posts/{post}/delete"
        assert "goes for good" in (await ada.get(sure)).text
        again = await ada.send(sure, f"/posts/{post}/redraft")
        assert (await ada.get(f"/@ada/{post}")).status_code == 404
        await site.settle()
        step = again.headers["location"]
        shown = (await ada.get(step)).text
        assert ">Rash<" in shown and 'value="private" checked' in shown
        (key,) = keys(shown)
        await ada.send(step, "/compose", status="Calm", **{f"{key}[description]": "Mud"})
        page = (await ada.get("/@ada")).text
        assert "Calm" in page and 'alt="Mud"' in page and "Rash" not in page

    tell(story)


def test_a_scheduled_post_is_put_off_changed_and_called_off(tell):
    """What was to go out tomorrow would go out, or not, whatever its writer wants."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        first = later(5)
        answer = await ada.send("/compose", "/compose", status="Tomorrow", scheduled_at=first)
        one = answer.headers["location"].partition("#s-")[2]
        shown = (await ada.get("/scheduled")).text
        assert "Tomorrow" in shown and f'value="{first}"' in shown
        assert "Tomorrow" not in (await bob.get("/scheduled")).text
        early = await ada.send("/scheduled", f"/scheduled/{one}/move", scheduled_at=later(-2))
        assert early.status_code == 422 and f'id="e-{one}"' in early.text
        moved = await ada.send("/scheduled", f"/scheduled/{one}/move", scheduled_at=later(9))
        assert moved.status_code == 303
        change = f"/compose?scheduled={one}"
        assert f'value="{later(9)}"' in (await ada.get(change)).text
        assert (await bob.get(change)).status_code == 404
        other = await ada.send(change, "/compose", status="Not yet", scheduled_at=later(9))
        two = other.headers["location"].partition("#s-")[2]
        page = (await ada.get("/scheduled")).text
        assert "Not yet" in page and "Tomorrow" not in page
        await ada.send("/scheduled", f"/scheduled/{two}/cancel")
        assert "Nothing is waiting" in (await ada.get("/scheduled")).text

    tell(story)


def test_a_draft_is_kept_gone_on_with_and_thrown_away(tell):
    """Whoever is called away in the middle of a sentence would lose it, or show it to others."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        post = await bob.write("Question?")
        page = f"/compose?in_reply_to_id={post}"
        half = {"status": "Half a th", "options[]": ["one"], "scheduled_at": "nonsense"}
        answer = await ada.send(page, "/compose", do="save", **half)
        assert answer.headers["location"] == "/drafts"
        listed = (await ada.get("/drafts")).text
        step = re.search(r"/compose\?draft=\d+", listed)[0]
        assert "Half a th" in listed and (await bob.get(step)).status_code == 404
        shown = (await ada.get(step)).text
        assert ">Half a th<" in shown and 'value="one"' in shown and "Question?" in shown
        again = await ada.send(step, "/compose", do="save", status="Half a thought")
        assert again.status_code == 303
        assert (await ada.get("/drafts")).text.count("/compose?draft=") == 1
        number = step.partition("=")[2]
        await ada.send("/drafts", f"/drafts/{number}/discard")
        assert "No drafts" in (await ada.get("/drafts")).text

    tell(story)


def test_words_are_not_lost_with_what_they_answer(tell):
    """The other one deletes their post while you write: your answer would be gone as well."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        post = await bob.write("Question?")
        page = f"/compose?in_reply_to_id={post}"
        form = form_of((await ada.get(page)).text, "/compose")
        await bob.send(f"/posts/{post}/delete", f"/posts/{post}/delete")
        answer = await ada.client.post("/compose", data={**form, "status": "Long answer"})
        assert answer.status_code == 422 and "Long answer" in answer.text
        assert "not there any more" in answer.text

    tell(story)


def test_a_quote_shows_what_it_quotes(tell):
    """The menu's Quote would write a post about nothing."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        post = await bob.write("Forty whimbrels")
        assert f"/compose?quoted_status_id={post}" in (await ada.get(f"/@bob/{post}")).text
        page = f"/compose?quoted_status_id={post}"
        assert "Forty whimbrels" in (await ada.get(page)).text
        await ada.send(page, "/compose", status="Look at that", visibility="public")
        await site.settle()
        shown = (await ada.get("/@ada")).text
        assert "Look at that" in shown and "Forty whimbrels" in shown
        assert f'href="/@bob/{post}/quotes"' in (await bob.get(f"/@bob/{post}")).text
        assert "Look at that" in (await bob.get(f"/@bob/{post}/quotes")).text
        none = await bob.write("Nobody quotes this")
        assert "No quotes yet" in (await ada.get(f"/@bob/{none}/quotes")).text

    tell(story)


def test_a_thread_goes_out_whole_or_not_at_all(tell):
    """Half a story would stand there for all to read, and the other half be gone."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        step = await begin(
            ada,
            "/compose",
            files=[("files[]", picture(9))],
            status="@bob One",
            visibility="direct",
            do="add",
        )
        shown = (await ada.get(step)).text
        assert ">@bob </textarea>" in shown  # who reads the one is to read the other
        assert "1 file" not in shown and "@bob One" in shown
        wrong = await ada.send(step, "/compose", status="@bob Two", do="at-7")
        assert wrong.status_code == 422
        step = await begin(ada, step, status="@bob " + "x" * 600, do="add")
        refused = await ada.send(step, "/compose", status="@bob Three", visibility="direct")
        assert refused.status_code == 422 and "xxx</textarea>" in refused.text
        assert 'name="place" value="1"' in refused.text and "@bob Three" in refused.text
        await site.settle()
        assert "One" not in (await bob.get("/conversations")).text
        again = form_of(refused.text, "/compose")
        done = await ada.client.post("/compose", data={**again, "status": "@bob Two"})
        page = done.headers["location"]
        await site.settle()
        told = (await bob.get(page)).text
        assert told.index("One") < told.index("Two") < told.index("Three")
        assert "small" in told and "No drafts" in (await ada.get("/drafts")).text

    tell(story)
