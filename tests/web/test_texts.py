"""Pages of what the operator wrote: before anybody has an account, and as it is written."""

from browsing import Site

from whimbrel.instance import texts


def test_rules_and_texts_are_read_without_an_account(tell):
    """Whoever thinks of joining reads what they would agree to; nothing leads to an empty page."""

    async def story(site: Site) -> None:
        stranger, ada = site.visitor(), await site.person("ada")
        for path in ("/privacy-policy", "/terms-of-service", "/terms-of-service/2026-01-01"):
            assert (await stranger.get(path)).status_code == 404
        empty = (await stranger.get("/about")).text
        assert "/privacy-policy" not in empty
        assert "/terms-of-service" not in empty

        def written(tx):
            texts.add_rule(tx, "Be <kind>", "Really")
            texts.write(tx, "description", "We *like* birds.")
            texts.write(tx, "privacy", "### Nothing\n\n<script>x</script>")
            texts.write(tx, "terms", "Old words", "2020-01-01")
            texts.write(tx, "terms", "Words to come", "2999-01-01")

        await site.app.db.write(written)
        for reader in (stranger, ada):
            about = (await reader.get("/about")).text
            for said in ("Be &lt;kind&gt;", "Really", "We <em>like</em> birds."):
                assert said in about
            assert 'href="/privacy-policy"' in about
            assert 'href="/terms-of-service"' in about
            privacy = (await reader.get("/privacy-policy")).text
            assert "<h2>Nothing</h2>" in privacy
            assert "<script>x" not in privacy
            terms = (await reader.get("/terms-of-service")).text
            assert "Old words" in terms
            assert "since 2020-01-01" in terms
            assert 'href="/terms-of-service/2999-01-01"' in terms
            coming = (await reader.get("/terms-of-service/2999-01-01")).text
            assert "Words to come" in coming
            assert "from 2999-01-01 on" in coming
            assert (await reader.get("/terms-of-service/x")).status_code == 404

    tell(story)
