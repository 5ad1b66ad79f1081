"""The services tests stand on are real ones, and answer."""

import smtplib
import socket
from email.message import EmailMessage
from urllib.parse import urlsplit
from urllib.request import urlopen

import psycopg


def test_a_fresh_database_is_a_copy_of_its_template(postgres):
    """Otherwise every test would pay for the migrations, or see another's rows."""
    with psycopg.connect(postgres.create("mould"), autocommit=True) as mould:
        mould.execute("CREATE TABLE birds AS SELECT 'whimbrel' AS name")
    with psycopg.connect(postgres.create("cast", "mould")) as cast:
        assert cast.execute("SELECT name FROM birds").fetchall() == [("whimbrel",)]


def test_redis_answers(redis_url):
    place = urlsplit(redis_url)
    with socket.create_connection((place.hostname, place.port)) as line:
        line.sendall(b"PING\r\n")
        assert line.recv(16) == b"+PONG\r\n"


def test_s3_refuses_strangers(s3):
    """An endpoint that lets anybody in would hide a missing signature."""
    answer = urlopen(f"{s3.endpoint}/healthz")
    with answer:
        assert answer.status == 200
    with socket.create_connection(
        (urlsplit(s3.endpoint).hostname, urlsplit(s3.endpoint).port)
    ) as c:
        c.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert b" 403 " in c.recv(200)


def test_mail_arrives(mailbox):
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "a@example.org", "b@example.org", "Hello"
    letter.set_content("How are you?")
    place = urlsplit(mailbox.url)
    with smtplib.SMTP(place.hostname, place.port) as server:
        server.send_message(letter)
    assert [message["Subject"] for message in mailbox.wait()] == ["Hello"]


def test_chromium_is_there(chromium):
    assert chromium


def test_a_database_is_lent_again_empty_or_not_at_all(postgres, postgres_template):
    """One test would find the rows of another, or count its posts from 41; or a table less."""
    with postgres.lent(postgres_template) as first, psycopg.connect(first) as one:
        one.execute("INSERT INTO shredded (slot, at) VALUES (7, 1)")
        one.execute("SELECT nextval('jobs_id_seq')")
    with postgres.lent(postgres_template) as again, psycopg.connect(again) as one:
        assert again == first
        assert one.execute("SELECT count(*) FROM shredded").fetchone() == (0,)
        assert one.execute("SELECT nextval('jobs_id_seq')").fetchone() == (1,)
        one.execute("UPDATE alembic_version SET version_num = '9999'")
    with postgres.lent(postgres_template) as other:
        assert other != first
