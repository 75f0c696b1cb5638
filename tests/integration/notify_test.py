"""The receivers of notices against servers that nobody wrote for this project (smtp-server and mailparser from npm, Debian's
Alertmanager and jsonschema) and against a webhook that verifies as docs/receivers.md tells it to.

usage: notify_test.py FOLDER_OF_THE_PROGRAMS
"""

import contextlib
import datetime
import http.server
import itertools
import json
import pathlib
import queue
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import urllib.request

import jsonschema

from harness import main, npm_modules
from tls_fronts import Authority, free_port

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MAIL = ROOT / "tests" / "mail"
SCHEMA = json.loads((ROOT / "docs" / "webhook.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
USER, PASSWORD = "notify", "Hush-Hush-7 \u00e4\""
KEY = "signing key \u00e4"

FIRING = {
    "id": "I17.3.ops", "receiver": "ops", "group": "I17", "class": "rights", "status": "firing", "severity": "warning",
    "reason": "opened", "at": "2026-12-01T12:00:00Z", "source": "contoso", "cause": "impersonation_denied",
    "direction": "lost", "since": "2026-12-01T10:00:00Z", "title": "contoso: impersonation_denied for 3 mailboxes",
    "text": "The server refuses impersonation.\nBatch wave1 cannot move.", "remedy": "New-ManagementRoleAssignment",
    "subjects": 3,
    "batches": [{"name": "wave1", "verdict": "no_go", "affected": 3, "listed": 50, "window": {
        "start": "2026-12-05T22:00:00Z", "end": "2026-12-06T04:00:00Z", "zone": "America/Chicago"}}],
    "samples": [{"subject": "anna@contoso.example", "last_good": "2026-12-01T09:00:00Z"}],
    "mailboxes": ["anna@contoso.example", "bert@contoso.example", "=cmd|x@contoso.example"],
}
RESOLVED = {**FIRING, "id": "I17.4.ops", "status": "resolved", "severity": "info", "ended": "2026-12-01T13:00:00Z",
            "title": "contoso: impersonation works again", "mailboxes": [], "samples": []}
HOSTILE = {**FIRING, "id": "I18.1.ops", "group": "I18",
           "title": "\u202e\"x\"\r\nBcc: victim@elsewhere.example\r\n\r\n\U0001f525 \u05e9\u05dc\u05d5\u05dd",
           "text": "before\r\n.\r\nQUIT\r\n<script>alert(1)</script>\n.\n..dots", "reason": "a\r\nb"}


def told(**change):
    return {**FIRING, "id": "trial.1.ops", "group": "trial.1", "class": "trial", "status": "told", "severity": "info",
            "title": "A trial", "cause": None, "since": None, **change}


def send(bin_folder, asked, seconds=60):
    run = subprocess.run([str(pathlib.Path(bin_folder).parent / "tests" / "send_notice")], input=json.dumps(asked),
                         capture_output=True, text=True, timeout=seconds)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


@contextlib.contextmanager
def folder():
    path = pathlib.Path(tempfile.mkdtemp(prefix="mailpreflight-notify."))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


# --- e-mail

class MailServer:
    def __init__(self, **asked):
        self.process = subprocess.Popen(["node", "mail_server.mjs", json.dumps(asked)], cwd=MAIL, text=True,
                                        stdout=subprocess.PIPE)
        self.lines = queue.Queue()
        threading.Thread(target=lambda: [self.lines.put(line) for line in self.process.stdout], daemon=True).start()
        self.port = json.loads(self.lines.get(timeout=30))["port"]

    def mail(self):
        return json.loads(self.lines.get(timeout=30))

    def has_nothing_more(self):
        self.process.terminate()
        self.process.wait(timeout=10)
        return self.lines.empty()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


class Post:
    """A mail server with a certificate, and settings that fit it."""

    def __init__(self, bin_folder, path, names="DNS:localhost,IP:127.0.0.1", **asked):
        self.bin_folder = bin_folder
        authority = Authority(path / "authority")
        certificate, key = authority.leaf(names=names)
        self.server = MailServer(cert=str(certificate), key=str(key), user=USER, password=PASSWORD, **asked)
        self.settings = {"type": "email", "server": "localhost", "port": self.server.port, "tls": "starttls",
                         "ca_file": str(authority.root), "username": USER, "password": PASSWORD,
                         "from": "mailpreflight@contoso.example", "to": ["ops@contoso.example"]}

    def send(self, notice=None, timeout_ms=10_000, **settings):
        delivery = send(self.bin_folder, {"settings": {**self.settings, **settings}, "notice": notice or FIRING,
                                          "timeout_ms": timeout_ms})
        assert "Hush" not in delivery["detail"], delivery
        return delivery


@contextlib.contextmanager
def post(bin_folder, **asked):
    with folder() as path:
        made = Post(bin_folder, path, **asked)
        with made.server:
            yield made


def a_mail_arrives_by_starttls_and_login_as_a_mail_reader_reads_it(bin_folder):
    with post(bin_folder) as made:
        delivery = made.send()
        assert delivery == {"result": "delivered", "detail": f"localhost:{made.server.port}: 250"}, delivery
        mail = made.server.mail()
        assert mail["secure"] and mail["user"] == f"PLAIN {USER}", mail
        assert mail["envelope"] == {"from": "mailpreflight@contoso.example", "to": ["ops@contoso.example"]}, mail
        assert mail["subject"] == "[mailpreflight] " + FIRING["title"] and mail["to"] == "ops@contoso.example", mail
        assert mail["date"] == "2026-12-01T12:00:00.000Z", mail["date"]
        assert "Batch wave1 cannot move." in mail["text"] and "<h1" in mail["html"], mail
        assert mail["type"]["value"] == "multipart/mixed" and mail["longest_line"] <= 998, mail
        assert mail["bare_line_ends"] == 0, mail
        headers = mail["headers"]
        assert headers["auto-submitted"] == "auto-generated" and headers["precedence"] == "bulk", headers
        assert headers["x-mailpreflight-id"] == "I17.3.ops" and headers["x-mailpreflight-severity"] == "warning", headers
        (table,) = mail["attachments"]
        assert (table["name"], table["type"], table["disposition"]) == ("mailboxes.csv", "text/csv", "attachment"), table
        rows = table["text"].split("\r\n")
        assert len(rows) == 5 and rows[3].startswith("'=cmd|x@contoso.example,"), rows


def each_field_of_a_mail_stands_once(bin_folder):
    with post(bin_folder) as made:
        made.send()
        fields = made.server.mail()["fields"]
        for field in ("from", "to", "subject", "date", "message-id", "mime-version", "content-type", "references"):
            assert fields.count(field) == 1, (field, fields)


def mails_of_one_incident_are_one_thread_and_each_attempt_is_the_same_mail(bin_folder):
    with post(bin_folder) as made:
        for notice in (FIRING, FIRING, RESOLVED, told()):
            assert made.send(notice)["result"] == "delivered"
        first, again, last, other = (made.server.mail() for _ in range(4))
        assert first["id"] == again["id"] != last["id"], (first["id"], last["id"])
        assert first["references"] == last["references"] == last["in_reply_to"] != other["references"], last
        assert re.fullmatch(r"<[^<>@\s]+@contoso\.example>", first["id"]), first["id"]
        assert last["attachments"] == [], last


def a_mail_goes_by_implicit_tls_and_in_the_clear_where_that_is_asked_for(bin_folder):
    with post(bin_folder, secure=True) as made:
        assert made.send(tls="implicit")["result"] == "delivered"
        assert made.server.mail()["secure"]
    with MailServer(starttls=False) as server:
        delivery = send(bin_folder, {"settings": {"type": "email", "server": "127.0.0.1", "port": server.port,
                                                  "tls": "none", "from": "a@contoso.example", "to": ["b@contoso.example"]},
                                     "notice": FIRING})
        assert delivery["result"] == "delivered", delivery
        assert not server.mail()["secure"]


def starttls_is_never_given_up(bin_folder):
    with post(bin_folder, starttls=False) as made:
        delivery = made.send()
        assert delivery["result"] == "later" and "STARTTLS" in delivery["detail"], delivery
        assert made.server.has_nothing_more()


def a_certificate_that_is_not_trusted_ends_it(bin_folder):
    with post(bin_folder) as made:
        delivery = made.send(ca_file="")
        assert delivery["result"] == "later" and "certificate" in delivery["detail"].lower(), delivery
        assert made.server.has_nothing_more()
    for secure in (False, True):
        with post(bin_folder, names="DNS:elsewhere.example", secure=secure) as made:
            delivery = made.send(tls="implicit" if secure else "starttls")
            assert delivery["result"] == "later" and "certificate" in delivery["detail"].lower(), delivery
            assert made.server.has_nothing_more()


def the_login_is_the_best_of_three_and_never_another(bin_folder):
    for methods, best in ((["PLAIN", "LOGIN", "CRAM-MD5"], "CRAM-MD5"), (["LOGIN"], "LOGIN"), (["PLAIN"], "PLAIN"),
                          (["XOAUTH2", "LOGIN"], "LOGIN")):
        with post(bin_folder, methods=methods) as made:
            delivery = made.send()
            assert delivery["result"] == "delivered", (methods, delivery)
            assert made.server.mail()["user"] == f"{best} {USER}"


def a_wrong_password_is_refused_and_not_shown(bin_folder):
    with post(bin_folder) as made:
        delivery = made.send(password="Hush-wrong")
        assert delivery["result"] == "refused" and "535" in delivery["detail"], delivery
        assert made.server.has_nothing_more()


def a_reply_decides_between_later_and_never(bin_folder):
    for code, result in ((451, "later"), (421, "later"), (550, "refused"), (554, "refused")):
        with post(bin_folder, data=code) as made:
            assert made.send()["result"] == result, code
        with post(bin_folder, recipients={"ops@contoso.example": code}) as made:
            delivery = made.send()
            assert delivery["result"] == result and str(code) in delivery["detail"], (code, delivery)
            assert made.server.has_nothing_more()


def who_has_left_keeps_a_notice_from_nobody_and_who_is_busy_makes_it_wait(bin_folder):
    everybody = ["ops@contoso.example", "gone@contoso.example", "boss@contoso.example"]
    with post(bin_folder, recipients={"gone@contoso.example": 550}) as made:
        delivery = made.send(to=everybody)
        assert delivery["result"] == "delivered" and "refused some" in delivery["detail"], delivery
        assert made.server.mail()["envelope"]["to"] == ["ops@contoso.example", "boss@contoso.example"]
        assert made.server.has_nothing_more()
    with post(bin_folder, recipients={"gone@contoso.example": 450}) as made:
        assert made.send(to=everybody)["result"] == "later"
        assert made.server.has_nothing_more()


def what_others_wrote_into_a_notice_stays_text_in_a_mail(bin_folder):
    with post(bin_folder) as made:
        assert made.send(HOSTILE)["result"] == "delivered"
        mail = made.server.mail()
        assert mail["envelope"]["to"] == ["ops@contoso.example"] and "bcc" not in mail["fields"], mail
        assert "\U0001f525 \u05e9\u05dc\u05d5\u05dd" in mail["subject"] and "\u202e" not in mail["subject"], mail
        assert "\n..dots\n" in mail["text"] and "\nQUIT" in mail["text"], mail["text"]
        assert "<script" not in mail["html"], mail["html"]
        huge = {**FIRING, "title": "\U0001f525" * 2600, "text": "line \u00e4\n" * 20_000,
                "mailboxes": [f"user{i}@contoso.example" for i in range(10_000)]}
        assert made.send(huge)["result"] == "delivered"
        mail = made.server.mail()
        assert mail["longest_line"] <= 998 and mail["subject"].startswith("[mailpreflight] \U0001f525"), mail["subject"]
        assert len(mail["attachments"][0]["text"].split("\r\n")) == 10_002


def a_silent_mail_server_ends_at_the_deadline(bin_folder):
    with post(bin_folder) as made, socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        delivery = made.send(port=silent.getsockname()[1], timeout_ms=700)
        assert delivery["result"] == "later" and time.monotonic() - began < 5, delivery
        closed = free_port()
        assert made.send(port=closed)["result"] == "later"


class RawServer:
    """Plays a script on each connection."""

    def __init__(self, script):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.script = script
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self.play, args=(connection,), daemon=True).start()

    def play(self, connection):
        with contextlib.suppress(OSError), connection:
            self.script(connection)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()


def endless(begin, piece, pause=0.0):
    def script(connection):
        connection.sendall(begin)
        while True:
            connection.sendall(piece)
            time.sleep(pause)
    return script


def a_hostile_mail_server_ends_at_the_deadline_or_before(bin_folder):
    scripts = {
        "garbage": lambda connection: connection.sendall(b"\x00\xff\r\n" * 10),
        "nothing": lambda connection: None,
        "busy": lambda connection: connection.sendall(b"421 busy\r\n"),
        "web server": lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        "endless line": endless(b"220 ", b"x" * 8000),
        "endless lines": endless(b"", b"220-" + b"x" * 500 + b"\r\n"),
        "drip": endless(b"220-", b"x", 0.02),
    }
    for name, script in scripts.items():
        with RawServer(script) as server:
            began = time.monotonic()
            delivery = send(bin_folder, {"settings": {"type": "email", "server": "127.0.0.1", "port": server.port,
                                                      "tls": "none", "from": "a@contoso.example",
                                                      "to": ["b@contoso.example"]},
                                         "notice": FIRING, "timeout_ms": 1500})
            assert delivery["result"] == "later", (name, delivery)
            assert time.monotonic() - began < 5, name


# --- HTTP

class HookServer:
    """Writes down what it is asked; answers with what it is told to."""

    def __init__(self, status=200):
        self.requests = []
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                server.requests.append((self.path, dict(self.headers), body))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.http.server_port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.http.shutdown()
        self.http.server_close()


def documented_verification():
    """The Python of docs/receivers.md, as it stands there."""
    code = re.search(r"```python\n(.*?)```", (ROOT / "docs" / "receivers.md").read_text(), re.DOTALL).group(1)
    names = {}
    exec(code, names)
    return names["is_genuine"]


def a_webhook_is_verified_as_the_documentation_tells(bin_folder):
    is_genuine, key = documented_verification(), KEY.encode()
    with HookServer() as hook:
        settings = {"type": "webhook", "url": hook.url + "/hook?x=1", "signing_key": KEY,
                    "headers": {"Authorization": "Bearer PLANTED"}}
        assert send(bin_folder, {"settings": settings, "notice": HOSTILE})["result"] == "delivered"
        ((path, headers, body),) = hook.requests
        assert path == "/hook?x=1" and headers["Idempotency-Key"] == "I18.1.ops", (path, headers)
        assert headers["Authorization"] == "Bearer PLANTED" and headers["Content-Type"] == "application/json", headers
        field = headers["X-Mailpreflight-Signature"]
        assert is_genuine(key, field, body)
        assert not is_genuine(key, field, body + b" ")
        assert not is_genuine(b"another", field, body)
        assert not is_genuine(key, field, body, now=time.time() + 301)
        for wrong in ("", "t=1", "v1=00", "t=x,v1=00", field[:-1], field.replace("t=", "t=1")):
            assert not is_genuine(key, wrong, body), wrong


def variants():
    """Notices of every class, status and severity, with everything and with nothing that may be missing."""
    classes = ("rights", "incident", "verdict", "blind", "digest", "summary", "held", "trial")
    for number, (kind, status) in enumerate(itertools.product(classes, ("firing", "acknowledged", "resolved", "told"))):
        notice = {**(HOSTILE if number % 3 == 0 else FIRING), "class": kind, "status": status, "id": f"I{number}.1.ops",
                  "severity": ("info", "warning", "error", "critical")[number % 4],
                  "direction": ("lost", "gained", "changed")[number % 3]}
        if status == "resolved":
            notice["ended"] = "2026-12-01T13:00:00.5Z"
        for optional in (("cause", "source"), ("since", "batches"), ("samples", "remedy"), ("text", "reason"))[number % 4]:
            if number % 2:
                notice.pop(optional)
        yield notice


def every_body_follows_the_schema(bin_folder):
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    for golden in sorted((ROOT / "tests" / "notify" / "golden").glob("webhook-*.json")):
        VALIDATOR.validate(json.loads(golden.read_text()))
    with HookServer() as hook:
        for notice in variants():
            settings = {"type": "webhook", "url": hook.url}
            asked = {"settings": settings, "notice": notice, "link": "https://board.example/" if len(notice) % 2 else ""}
            assert send(bin_folder, asked)["result"] == "delivered", notice
            VALIDATOR.validate(json.loads(hook.requests[-1][2]))
        assert len(hook.requests) == 32


def the_documented_example_follows_the_schema(_):
    for text in re.findall(r"```json\n(.*?)```", (ROOT / "docs" / "receivers.md").read_text(), re.DOTALL):
        VALIDATOR.validate(json.loads(text))


def a_template_makes_the_body(bin_folder):
    with HookServer() as hook:
        settings = {"type": "webhook", "url": hook.url,
                    "template": '{"message": "{severity}: {title}", "alias": "{dedup_key}", "count": {subjects}}'}
        assert send(bin_folder, {"settings": settings, "notice": HOSTILE})["result"] == "delivered"
        body = json.loads(hook.requests[0][2])
        assert body["message"].startswith('warning: "x"') and body["count"] == 3, body
        assert body["alias"] == "0123456789abcdef/I18", body


def a_command_reads_the_same_body(bin_folder):
    with folder() as path:
        settings = {"type": "command", "argv": ["/usr/bin/tee", str(path / "body")]}
        assert send(bin_folder, {"settings": settings, "notice": HOSTILE})["result"] == "delivered"
        VALIDATOR.validate(json.loads((path / "body").read_text()))


def chats_and_pagers_are_sent_to_once(bin_folder):
    for kind, more in (("slack", {}), ("teams", {}), ("pagerduty", {"routing_key": "R0123456789"})):
        for status, result in ((200, "delivered"), (202, "delivered"), (400, "refused"), (429, "later"), (500, "later")):
            with HookServer(status) as hook:
                settings = {"type": kind, "url": hook.url + "/SECRET", **more}
                delivery = send(bin_folder, {"settings": settings, "notice": HOSTILE})
                assert delivery["result"] == result and "SECRET" not in delivery["detail"], delivery
                ((path, _, body),) = hook.requests
                assert path == "/SECRET" and isinstance(json.loads(body), dict)


def a_heartbeat_has_the_forms_of_healthchecks(bin_folder):
    with HookServer() as hook:
        for kind in ("start", "success", "fail"):
            asked = {"heartbeat": {"url": hook.url + "/uuid", "kind": kind, "text": "60 mailboxes"}}
            assert send(bin_folder, asked)["result"] == "delivered"
        assert [request[0] for request in hook.requests] == ["/uuid/start", "/uuid", "/uuid/fail"], hook.requests


# --- Alertmanager

class Alertmanager:
    """Debian's, alone and without a cluster; what it would tell people goes to a webhook of ours."""

    def __init__(self, path, hook):
        self.port = free_port()
        (path / "alertmanager.yml").write_text(f"""
route:
  receiver: people
  group_by: ['...']
  group_wait: 1s
  group_interval: 1s
  repeat_interval: 1h
receivers:
- name: people
  webhook_configs:
  - url: {hook.url}/people
""")
        self.log = open(path / "alertmanager.log", "w")
        self.process = subprocess.Popen(
            ["prometheus-alertmanager", f"--config.file={path}/alertmanager.yml", f"--storage.path={path}/data",
             f"--web.listen-address=127.0.0.1:{self.port}", "--cluster.listen-address="],
            stdout=self.log, stderr=self.log)
        wait(lambda: self.get("/-/ready") is not None, "Alertmanager")

    def get(self, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.read().decode()
        except OSError:
            return None

    def active(self):
        return [alert["labels"] for alert in json.loads(self.get("/api/v2/alerts?active=true"))
                if alert["status"]["state"] == "active"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.log.close()


def wait(condition, what, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds} s for {what}")
        time.sleep(0.05)


def now(offset=0):
    return datetime.datetime.fromtimestamp(time.time() + offset, datetime.timezone.utc).isoformat()


def an_alert_fires_changes_its_severity_and_is_resolved(bin_folder):
    with folder() as path, HookServer() as people, Alertmanager(path, people) as server:
        settings = {"type": "alertmanager", "url": f"http://127.0.0.1:{server.port}", "resend_every": "1m"}

        def tell(**change):
            notice = {**FIRING, "since": now(-3600), "at": now(), **change}
            delivery = send(bin_folder, {"settings": settings, "notice": notice})
            assert delivery["result"] == "delivered", delivery

        def told_to_people():
            return [(alert["labels"]["severity"], alert["status"]) for _, _, body in people.requests
                    for alert in json.loads(body)["alerts"]]

        tell()
        (labels,) = server.active()
        assert labels == {"alertname": "MailpreflightRights", "installation": "0123456789abcdef", "group": "I17",
                          "source": "contoso", "cause": "impersonation_denied", "direction": "lost",
                          "severity": "warning"}, labels
        wait(lambda: told_to_people() == [("warning", "firing")], "the first word")
        tell()  # again, at the interval
        tell(severity="critical", title="it grew")
        assert [alert["severity"] for alert in server.active()] == ["critical"], server.active()
        wait(lambda: len(told_to_people()) == 3, "the change")
        tell(status="resolved", severity="info", ended=now(), title="over")
        assert server.active() == [], server.active()
        wait(lambda: len(told_to_people()) == 4, "the end")
        assert sorted(told_to_people()) == [("critical", "firing"), ("critical", "resolved"), ("warning", "firing"),
                                            ("warning", "resolved")], told_to_people()
        assert "@" not in "".join(body.decode() for _, _, body in people.requests)


def a_trial_stands_for_a_while_and_a_digest_makes_no_alert(bin_folder):
    with folder() as path, HookServer() as people, Alertmanager(path, people) as server:
        settings = {"type": "alertmanager", "url": f"http://127.0.0.1:{server.port}/api/v2/alerts", "resend_every": "1s"}
        for kind in ("digest", "summary", "held"):
            notice = told(**{"class": kind, "at": now()})
            assert send(bin_folder, {"settings": settings, "notice": notice})["result"] == "delivered"
        assert server.active() == []
        assert send(bin_folder, {"settings": settings, "notice": told(at=now())})["result"] == "delivered"
        assert [alert["alertname"] for alert in server.active()] == ["MailpreflightTrial"], server.active()
        wait(lambda: server.active() == [], "its end")


def what_alertmanager_refuses_is_refused(bin_folder):
    with folder() as path, HookServer() as people, Alertmanager(path, people) as server:
        settings = {"type": "alertmanager", "url": f"http://127.0.0.1:{server.port}/elsewhere"}
        delivery = send(bin_folder, {"settings": settings, "notice": FIRING})
        assert delivery["result"] == "refused", delivery


if __name__ == "__main__":
    npm_modules(MAIL)
    main([
        a_mail_arrives_by_starttls_and_login_as_a_mail_reader_reads_it,
        each_field_of_a_mail_stands_once,
        mails_of_one_incident_are_one_thread_and_each_attempt_is_the_same_mail,
        a_mail_goes_by_implicit_tls_and_in_the_clear_where_that_is_asked_for,
        starttls_is_never_given_up,
        a_certificate_that_is_not_trusted_ends_it,
        the_login_is_the_best_of_three_and_never_another,
        a_wrong_password_is_refused_and_not_shown,
        a_reply_decides_between_later_and_never,
        who_has_left_keeps_a_notice_from_nobody_and_who_is_busy_makes_it_wait,
        what_others_wrote_into_a_notice_stays_text_in_a_mail,
        a_silent_mail_server_ends_at_the_deadline,
        a_hostile_mail_server_ends_at_the_deadline_or_before,
        a_webhook_is_verified_as_the_documentation_tells,
        every_body_follows_the_schema,
        the_documented_example_follows_the_schema,
        a_template_makes_the_body,
        a_command_reads_the_same_body,
        chats_and_pagers_are_sent_to_once,
        a_heartbeat_has_the_forms_of_healthchecks,
        an_alert_fires_changes_its_severity_and_is_resolved,
        a_trial_stands_for_a_while_and_a_digest_makes_no_alert,
        what_alertmanager_refuses_is_refused,
    ])
