"""What every answer carries, however it came about."""

import io

import pytest
import structlog
from litestar import Litestar, get
from litestar.testing import TestClient

from whimbrel.app.site import stamp
from whimbrel.core.http import Json, on_error


@pytest.fixture
def _quiet():
    """The failure below is logged, to nobody."""
    structlog.configure(logger_factory=structlog.WriteLoggerFactory(io.StringIO()))
    yield
    structlog.reset_defaults()


@pytest.mark.usefixtures("_quiet")
def test_an_answer_is_stamped_once():
    """Proxies join what comes twice: whoever reports "a, a" is not found in the log."""

    @get("/fine")
    async def fine() -> Json:
        return Json({})

    @get("/broken")
    async def broken() -> None:
        raise RuntimeError

    made = Litestar([fine, broken], exception_handlers={Exception: on_error}, before_send=[stamp])
    with TestClient(made) as client:
        for path, status in (("/fine", 200), ("/broken", 500)):
            answer = client.get(path)
            assert answer.status_code == status
            (known,) = answer.headers.get_list("x-request-id")
            assert len(known) == 16
        assert known in answer.json()["error"]
