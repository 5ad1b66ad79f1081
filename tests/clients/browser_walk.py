"""A person with a browser, as far as signing in to an app needs one: forms, redirects, cookies."""

from html.parser import HTMLParser
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx

from server import Server, password

HOPS = 8


class _Form:
    def __init__(self, action: str, method: str) -> None:
        self.action, self.method = action, method.lower()
        self.values: dict[str, str] = {}
        self.buttons: list[tuple[str, str]] = []


class Page(HTMLParser):
    """What a page shows: its title, its forms, the values of its fields."""

    def __init__(self, address: str, status: int, text: str) -> None:
        super().__init__()
        self.address, self.status, self.text = address, status, text
        self.title = ""
        self.forms: list[_Form] = []
        self.fields: dict[str, str] = {}  # by the id of the element
        self._in_title = False
        self.feed(text)
        self.title = self.title.strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        a = {name: value or "" for name, value in attrs}
        if tag == "title":
            self._in_title = True
        elif tag == "form":
            self.forms.append(_Form(a.get("action", ""), a.get("method", "get")))
        elif tag == "input":
            self.fields[a.get("id", "")] = a.get("value", "")
            if self.forms and "name" in a:
                self.forms[-1].values[a["name"]] = a.get("value", "")
        elif tag == "button" and self.forms and "name" in a:
            self.forms[-1].buttons.append((a["name"], a.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False

    def handle_data(self, data: str) -> None:
        if self._in_title and not self.forms:
            self.title += data


class Browser:
    """Goes where it is sent, as long as that is this server; an app's address ends the walk."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._http = httpx.Client(timeout=30)

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def open(self, address: str) -> Page:
        """The page at the end of the redirects; one without text where they lead away."""
        return self._follow(self._http.get(address))

    def submit(self, page: Page, form: int = 0, **filled: str) -> Page:
        """Send a form of this page with these fields filled in."""
        sent = page.forms[form]
        to = urljoin(page.address, sent.action)
        headers = {"Origin": self._server.url, "Sec-Fetch-Site": "same-origin"}
        return self._follow(self._http.post(to, data={**sent.values, **filled}, headers=headers))

    def _follow(self, answer: httpx.Response) -> Page:
        for _ in range(HOPS):
            if not answer.has_redirect_location:
                return Page(str(answer.url), answer.status_code, answer.text)
            to = urljoin(str(answer.url), answer.headers["location"])
            if not to.startswith(f"{self._server.url}/"):
                return Page(to, answer.status_code, "")
            answer = self._http.get(to)
        raise AssertionError(f"redirected for ever, last to {answer.url}")

    def let_in(self, address: str, name: str, *, decision: str = "allow") -> Page:
        """An app opened `address`: sign in as `name` if asked to, and answer it."""
        page = self.open(address)
        asked = [at for at, form in enumerate(page.forms) if "password" in form.values]
        if asked:
            page = self.submit(page, asked[0], login=name, password=password(name))
        assert page.status == 200, page.text
        assert ("decision", decision) in page.forms[-1].buttons, page.text
        return self.submit(page, -1, decision=decision)


def code_shown(server: Server, address: str, name: str) -> str:
    """The code that somebody copies out of the last page, after signing in with a new browser."""
    with Browser(server) as browser:
        page = browser.let_in(address, name)
    code = page.fields["code"]
    assert page.title.startswith(code)  # some apps read the window's title
    return code


def sent_to(page: Page) -> tuple[str, dict[str, str]]:
    """The address an app is called back at, and what it is told."""
    parts = urlsplit(page.address)
    told = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return page.address.partition("?")[0], told
