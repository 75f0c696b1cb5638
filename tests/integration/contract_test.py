"""The control API against its contract, docs/openapi.yaml: every call on both sockets, good and bad, is made of a real
service, and every answer is validated. Then what no client should send: refused, said in the audit, and survived."""

import http.client
import json
import pathlib
import re
import socket
import subprocess
import time

from harness import World, main, npm_modules

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DOCUMENT = ROOT / "docs" / "openapi.yaml"
TOOLS = ROOT / "tests" / "contract"


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=30)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(30)
        self.sock.connect(self.path)


class Recorder:
    """Calls of one service, and every answer as it came."""

    def __init__(self, world):
        self.world, self.records = world, []

    def call(self, operation, method, path, body=None, view=False, lines=None):
        """`lines`: of a stream, how many to read at least; -1: until it ends."""
        connection = UnixConnection(self.world.folder / ("view.sock" if view else "control.sock"))
        headers = {} if body is None else {"Content-Type": "application/json"}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        kind = answer.getheader("Content-Type", "")
        if kind.startswith("application/x-ndjson"):
            content = []
            while lines == -1 or len(content) < (lines or 1):
                line = answer.readline()
                if not line:
                    break
                content.append(json.loads(line))
        elif kind.startswith("text/plain"):
            content = answer.read().decode()
        else:
            content = json.loads(answer.read())
        connection.close()
        self.records.append({"operation": operation, "status": answer.status, "content_type": kind, "body": content})
        return answer.status, content

    def expect(self, status, *arguments, **options):
        seen, content = self.call(*arguments, **options)
        assert seen == status, (arguments, seen, content)
        return content


def causes_on_the_page():
    return set(re.findall(r"^\| `([a-z_]+)` \| (?:pass|warn|fail|unknown) ", (ROOT / "docs/checks.md").read_text(), re.M))


def the_document_is_good_openapi_and_knows_every_cause(bin_folder):
    npm_modules(TOOLS)
    lint = subprocess.run(["node", "node_modules/@redocly/cli/bin/cli.js", "lint", "--config", "redocly.yaml",
                           str(DOCUMENT)], cwd=TOOLS, capture_output=True, text=True, timeout=120,
                          env={"PATH": "/usr/bin:/bin", "HOME": str(TOOLS), "REDOCLY_TELEMETRY": "off"})
    assert lint.returncode == 0, lint.stdout + lint.stderr
    text = DOCUMENT.read_text()
    enum = re.search(r"\n    Cause:\n      type: string\n      enum: \[([^\]]*)\]", text)
    assert enum, "no enum of causes"
    documented = {word.strip() for word in enum.group(1).split(",")}
    assert documented == causes_on_the_page(), documented ^ causes_on_the_page()


def read_everything(recorder):
    for operation, path in (("version", "/v1/version"), ("status", "/v1/status"), ("accounts", "/v1/accounts"),
                            ("readiness", "/v1/readiness/wave1"),
                            ("report", "/v1/batches/wave1/report?limit=20"), ("mailboxes", "/v1/mailboxes?limit=20"),
                            ("explain", "/v1/explain?of=contoso"), ("drift", "/v1/drift"),
                            ("incidents", "/v1/incidents"), ("baseline", "/v1/baseline?limit=5"),
                            ("diff_baseline", "/v1/baseline/diff?source=contoso"),
                            ("baseline_history", "/v1/baseline/history"), ("timeline", "/v1/timeline?of=contoso"),
                            ("timeline", "/v1/timeline?of=wave1&limit=3"),
                            ("batch", "/v1/batches/wave1")):
        for view in (False, True):
            recorder.expect(200, operation, "GET", path, view=view)
        recorder.expect(400, operation, "GET", path + ("&" if "?" in path else "?") + "bogus=1")
    for view in (False, True):
        recorder.expect(200, "metrics", "GET", "/metrics", view=view)
    recorder.expect(400, "metrics", "GET", "/metrics?bogus=1")
    recorder.expect(404, "metrics", "POST", "/metrics", {})
    recorder.expect(404, "readiness", "GET", "/v1/readiness/wave9")
    recorder.expect(404, "batch", "GET", "/v1/batches/wave9")
    recorder.expect(404, "report", "GET", "/v1/batches/wave9/report")
    recorder.expect(400, "report", "GET", "/v1/batches/wave1/report?limit=1001")
    recorder.expect(409, "report", "GET", "/v1/batches/wave1/report?after=nobody@contoso.example")
    recorder.expect(404, "explain", "GET", "/v1/explain?of=nobody@contoso.example")
    recorder.expect(404, "timeline", "GET", "/v1/timeline?of=nobody@contoso.example")
    recorder.expect(400, "timeline", "GET", "/v1/timeline?of=contoso&before=yesterday")
    recorder.expect(404, "diff_baseline", "GET", "/v1/baseline/diff?source=fabrikam")
    recorder.expect(404, "diff_baseline", "GET", "/v1/baseline/diff?source=contoso&batch=wave9")
    entry = recorder.expect(200, "explain", "GET", "/v1/explain?of=throttled")
    assert entry["kind"] == "cause" and entry["catalogue"]["cause"] == "throttled", entry
    assert entry["catalogue"]["incidents"] == [], entry
    recorder.expect(400, "mailboxes", "GET", "/v1/mailboxes?limit=1001")
    recorder.expect(405, "status", "DELETE", "/v1/status")
    hello = recorder.expect(200, "watch", "GET", "/v1/watch?after=0", lines=3)
    assert hello[0]["event"] == "hello", hello
    recorder.expect(400, "watch", "GET", "/v1/watch?after=yesterday")


def write_everything(world, recorder):
    writes = [("check", "POST", "/v1/checks", {}), ("cancel_check", "DELETE", "/v1/checks/c1", None),
              ("acknowledge", "POST", "/v1/incidents/I1/acknowledge", {"comment": "x"}),
              ("accept_baseline", "POST", "/v1/baseline/accept", {"source": "contoso", "reason": "x"}),
              ("except", "POST", "/v1/exceptions", {"address": "x@contoso.example", "reason": "x", "until": "window"}),
              ("confirm_batch", "POST", "/v1/batches/wave1/confirm", {}),
              ("done_batch", "POST", "/v1/batches/wave1/done", {}),
              ("forget_batch", "POST", "/v1/batches/wave1/forget", {}),
              ("reload", "POST", "/v1/reload", {}), ("retry_account", "POST", "/v1/accounts/migadmin/retry", {}),
              ("retry_notices", "POST", "/v1/notices/retry", {}),
              ("test_receiver", "POST", "/v1/receivers/journal/test", {}),
              ("release_spray_brake", "POST", "/v1/sources/contoso/release", {})]
    for operation, method, path, body in writes:
        recorder.expect(403, operation, method, path, body, view=True)
        if body is None:
            recorder.expect(400, operation, method, path + "?bogus=1")
        else:
            recorder.expect(400, operation, method, path, {"bogus": 1})
    whole = recorder.expect(200, "check", "POST", "/v1/checks", {"targets": ["wave1"]}, lines=-1)
    assert whole[0]["event"] == "accepted" and whole[-1]["event"] == "finished", (whole[0], whole[-1])
    recorder.expect(404, "check", "POST", "/v1/checks", {"targets": ["nobody@contoso.example"]})
    recorder.expect(404, "accept_baseline", "POST", "/v1/baseline/accept", {"source": "fabrikam", "reason": "x"})
    recorder.expect(200, "accept_baseline", "POST", "/v1/baseline/accept", {"source": "contoso", "reason": "as is"})
    recorder.expect(404, "accept_baseline", "POST", "/v1/baseline/accept",
                    {"source": "contoso", "batch": "wave9", "reason": "x"})
    history = recorder.expect(200, "baseline_history", "GET", "/v1/baseline/history?source=contoso")
    assert history["history"][0]["reason"] == "as is", history
    told = recorder.expect(200, "timeline", "GET", "/v1/timeline?of=contoso")
    assert told["timeline"][0]["kind"] == "baseline", told
    recorder.expect(404, "acknowledge", "POST", "/v1/incidents/I999/acknowledge", {"comment": "x"})
    recorder.expect(404, "retry_account", "POST", "/v1/accounts/nobody/retry", {})
    recorder.expect(404, "release_spray_brake", "POST", "/v1/sources/contoso/release", {})  # no individual passwords

    world.control("POST", "/faults", {"kind": "latency", "path": "/ews", "value": 2000})
    run = recorder.expect(202, "check", "POST", "/v1/checks", {"targets": ["wave1"], "wait": False})
    recorder.expect(200, "cancel_check", "DELETE", f"/v1/checks/{run['id']}")
    recorder.expect(404, "cancel_check", "DELETE", "/v1/checks/c999")
    world.control("DELETE", "/faults")


def drift_and_back(world, recorder):
    world.control("POST", "/rights/revoke-impersonation", {"databases": ["DB02"]})

    def incident():
        rows = recorder.expect(200, "incidents", "GET", "/v1/incidents")["incidents"]
        return next((row for row in rows if row["cause"] == "impersonation_denied"), None)
    world.wait(incident, "an incident")
    name = incident()["id"]
    drift = recorder.expect(200, "drift", "GET", "/v1/drift")["drift"]
    recorder.expect(200, "explain", "GET", f"/v1/explain?of={name}")
    entry = recorder.expect(200, "explain", "GET", "/v1/explain?of=impersonation_denied")
    assert entry["catalogue"]["incidents"] == [name], entry
    assert any(sentence.startswith(f"{name} is open") for sentence in entry["sentences"]), entry
    recorder.expect(200, "explain", "GET", "/v1/explain?of=" + drift[0]["subject"].replace("@", "%40"))
    recorder.expect(200, "mailboxes", "GET", "/v1/mailboxes?state=fail")
    recorder.expect(200, "report", "GET", "/v1/batches/wave1/report?limit=1000")
    recorder.expect(200, "acknowledge", "POST", f"/v1/incidents/{name}/acknowledge", {"comment": "ticket 4711"})
    world.control("POST", "/rights/restore-impersonation", {"databases": ["DB02"]})
    world.wait(lambda: incident() is None, "the incident to be resolved")
    recorder.expect(409, "acknowledge", "POST", f"/v1/incidents/{name}/acknowledge", {"comment": "late"})
    recorder.expect(200, "incidents", "GET", "/v1/incidents?state=resolved")


def a_batch_lives(world, recorder):
    rows = recorder.expect(200, "mailboxes", "GET", "/v1/mailboxes?limit=1")["mailboxes"]
    exception = {"address": rows[0]["address"], "reason": "left", "until": "2100-01-01T00:00:00Z"}
    recorder.expect(404, "except", "POST", "/v1/exceptions", exception | {"address": "nobody@contoso.example"})
    recorder.expect(422, "except", "POST", "/v1/exceptions", exception | {"until": "yesterday"})
    recorder.expect(409, "except", "POST", "/v1/exceptions", exception | {"until": "now"})
    recorder.expect(200, "except", "POST", "/v1/exceptions", exception)
    recorder.expect(200, "except", "POST", "/v1/exceptions", exception | {"until": "now"})
    for operation in ("confirm", "done", "forget"):
        recorder.expect(404, f"{operation}_batch", "POST", f"/v1/batches/wave9/{operation}", {})
    recorder.expect(409, "confirm_batch", "POST", "/v1/batches/wave1/confirm", {})
    recorder.expect(409, "forget_batch", "POST", "/v1/batches/wave1/forget", {})
    path = world.folder / "list.csv"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:len(lines) // 2]))
    assert recorder.expect(200, "reload", "POST", "/v1/reload", {})["warnings"]
    assert "pending" in recorder.expect(200, "batch", "GET", "/v1/batches/wave1")
    recorder.expect(200, "confirm_batch", "POST", "/v1/batches/wave1/confirm", {})
    recorder.expect(200, "done_batch", "POST", "/v1/batches/wave1/done", {})
    recorder.expect(409, "done_batch", "POST", "/v1/batches/wave1/done", {})
    recorder.expect(200, "forget_batch", "POST", "/v1/batches/wave1/forget", {})
    assert "forgotten_at" in recorder.expect(200, "batch", "GET", "/v1/batches/wave1")


def people_are_told(world, recorder):
    recorder.expect(404, "test_receiver", "POST", "/v1/receivers/nobody/test", {})
    trial = recorder.expect(200, "test_receiver", "POST", "/v1/receivers/journal/test", {})["notice"]

    def state():
        return recorder.expect(200, "notices", "GET", f"/v1/notices?id={trial['id']}")["notices"][0]["state"]
    world.wait(lambda: state() == "delivered", "a delivered trial")
    recorder.expect(200, "notices", "GET", "/v1/notices?state=delivered&receiver=journal&limit=5")
    recorder.expect(400, "notices", "GET", "/v1/notices?limit=0")
    path = world.folder / "mailpreflight.toml"
    before = path.read_text()
    path.write_text(before + "\n[notify.hook]\ntype = \"slack\"\nsecret_url = { file = \"nowhere\" }\n")
    assert "hook" in recorder.expect(200, "reload", "POST", "/v1/reload", {})["warnings"][-1]
    recorder.expect(409, "test_receiver", "POST", "/v1/receivers/hook/test", {})
    path.write_text(before)
    recorder.expect(200, "reload", "POST", "/v1/reload", {})
    recorder.expect(200, "retry_notices", "POST", "/v1/notices/retry", {"receiver": "journal"})


def reloads(world, recorder):
    recorder.expect(200, "reload", "POST", "/v1/reload", {})
    path = world.folder / "mailpreflight.toml"
    good = path.read_text()
    path.write_text(good + "\n[daemon2]\n")
    assert recorder.expect(422, "reload", "POST", "/v1/reload", {})["problems"]
    path.write_text(good.replace("lanes = 2", "lanes = 1"))
    assert recorder.expect(200, "reload", "POST", "/v1/reload", {})["changed"]


def spend_the_refusals_of_the_day(world, recorder):
    world.write_private(world.folder / "password", "Wrong-Horse-7")
    recorder.expect(200, "reload", "POST", "/v1/reload", {})
    world.wait(lambda: world.counters()["refused"] == 1, "the first refusal")

    def parked():
        account = recorder.expect(200, "accounts", "GET", "/v1/accounts")["accounts"][0]
        return account["state"] in ("parked", "locked")
    world.wait(parked, "a parked account")
    recorder.expect(200, "retry_account", "POST", "/v1/accounts/migadmin/retry", {})
    recorder.expect(202, "check", "POST", "/v1/checks", {"targets": ["contoso"], "wait": False})
    world.wait(lambda: world.counters()["refused"] == 2, "the second refusal")
    world.wait(parked, "a parked account again")
    recorder.expect(429, "retry_account", "POST", "/v1/accounts/migadmin/retry", {})


def individual_passwords_are_stopped_and_released(bin_folder, records):
    with World(bin_folder, mailboxes=10) as world:
        addresses = world.give_own_passwords("Right-Horse-7", wrong="Wrong-Horse-7")
        world.start_daemon()
        world.wait_for_api()
        recorder = Recorder(world)
        world.wait(lambda: "stopped_at" in recorder.expect(200, "accounts", "GET", "/v1/accounts")["spray_brakes"][0],
                   "the spray brake")
        recorder.expect(200, "mailboxes", "GET", "/v1/mailboxes")
        world.write_own_passwords(addresses, "Right-Horse-7")
        recorder.expect(200, "reload", "POST", "/v1/reload", {})
        assert recorder.expect(200, "release_spray_brake", "POST", "/v1/sources/contoso/release", {})["was_stopped"]
        world.wait(lambda: recorder.expect(200, "accounts", "GET", "/v1/accounts")["spray_brakes"][0]["succeeded"],
                   "an accepted password")
        records += recorder.records


def a_locked_account_conflicts(bin_folder, records):
    with World(bin_folder, mailboxes=10) as world:
        world.control("POST", "/server", {"lockout_body": True})
        world.control("POST", "/accounts/migadmin", {"locked": True})
        world.start_daemon()
        world.wait_for_api()
        recorder = Recorder(world)
        world.wait(lambda: recorder.expect(200, "accounts", "GET", "/v1/accounts")["accounts"][0]["state"] == "locked",
                   "a locked account")
        recorder.expect(409, "retry_account", "POST", "/v1/accounts/migadmin/retry", {})
        records += recorder.records


def every_answer_is_as_documented(bin_folder):
    npm_modules(TOOLS)
    with World(bin_folder) as world:
        world.start_daemon()
        world.wait_for_api()
        recorder = Recorder(world)
        world.wait(lambda: recorder.expect(200, "status", "GET", "/v1/status")["sources"][0].get("last_sweep"),
                   "a full pass")
        read_everything(recorder)
        write_everything(world, recorder)
        drift_and_back(world, recorder)
        people_are_told(world, recorder)
        reloads(world, recorder)
        spend_the_refusals_of_the_day(world, recorder)
        a_batch_lives(world, recorder)
        a_locked_account_conflicts(bin_folder, recorder.records)
        individual_passwords_are_stopped_and_released(bin_folder, recorder.records)
        recording = world.folder / "records.ndjson"
        recording.write_text("".join(json.dumps(record) + "\n" for record in recorder.records))
        checked = subprocess.run(["node", "validate.mjs", str(DOCUMENT), str(recording)], cwd=TOOLS,
                                 capture_output=True, text=True, timeout=120)
        assert checked.returncode == 0, "\n" + checked.stdout + checked.stderr


def answer_to(path, raw, timeout=30):
    """The status of the answer to these bytes; None when the connection was closed without one."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(timeout)
        connection.connect(str(path))
        try:
            connection.sendall(raw)
        except BrokenPipeError:
            pass  # it answered before it had all
        came = b""
        while b"\r\n" not in came:
            part = connection.recv(65536)
            if not part:
                return None
            came += part
        return int(came.split(b" ", 2)[1])


HOST = b"Host: localhost\r\n"
JSON = b"Content-Type: application/json\r\n"
SMUGGLED = b"GET /v1/version HTTP/1.1\r\nHost: localhost\r\n\r\n"
HOSTILE = [
    ("two lengths", 400, b"POST /v1/checks HTTP/1.1\r\n" + HOST + JSON + b"Content-Length: 2\r\nContent-Length: 60\r\n\r\n{}"
     + SMUGGLED),
    ("length beside chunks", 400, b"POST /v1/checks HTTP/1.1\r\n" + HOST + JSON
     + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED),
    ("an odd encoding", 400, b"POST /v1/checks HTTP/1.1\r\n" + HOST + JSON + b"Transfer-Encoding: xchunked\r\n\r\n{}"),
    ("a negative chunk", 400, b"POST /v1/checks HTTP/1.1\r\n" + HOST + JSON + b"Transfer-Encoding: chunked\r\n\r\n-2\r\n"),
    ("no HTTP", 400, b"EHLO mail.contoso.example\r\n\r\n"),
    ("a NUL in the path", 400, b"GET /v1/\x00status HTTP/1.1\r\n" + HOST + b"\r\n"),
    ("another host", 421, b"GET /v1/status HTTP/1.1\r\nHost: evil.example\r\n\r\n"),
    ("a web page", 403, b"GET /v1/status HTTP/1.1\r\n" + HOST + b"Origin: https://evil.example\r\n\r\n"),
    ("a form", 415, b"POST /v1/reload HTTP/1.1\r\n" + HOST
     + b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\r\na=b"),
    ("too large a body", 413, b"POST /v1/checks HTTP/1.1\r\n" + HOST + JSON + b"Content-Length: 70000\r\n\r\n" + b" " * 70000),
    ("too large a header", 413, b"GET /v1/status HTTP/1.1\r\n" + HOST + b"X: " + b"x" * 70000 + b"\r\n\r\n"),
    ("an expectation", 417, b"POST /v1/checks HTTP/1.1\r\n" + HOST + JSON
     + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n"),
    ("keys twice", 400, b"POST /v1/checks HTTP/1.1\r\n" + HOST + JSON + b'Content-Length: 29\r\n\r\n{"wait":true,"wait":false   }'),
    ("a slow sender", 408, b"GET /v1/status HTTP/1.1\r\nHost: loc"),
]


def what_no_client_should_send_is_refused_audited_and_survived(bin_folder):
    with World(bin_folder, mailboxes=10) as world:
        world.start_daemon()
        world.wait_for_api()
        path = world.folder / "control.sock"
        wrong = []
        for name, status, raw in HOSTILE:
            seen = answer_to(path, raw)
            if seen != status:
                wrong.append(f"{name}: {seen}, expected {status}")
        assert not wrong, "; ".join(wrong)
        assert answer_to(path, b"GET /v1/status HTTP/1.1\r\n" + HOST + b"\r\n") == 200
        log = (world.folder / "daemon.log").read_text()
        for status in {status for _, status, _ in HOSTILE}:
            assert re.search(rf"MPF_AUDIT: .*uid .* pid \d+: .* {status} ", log), (status, log)


def of_200_connections_64_are_served_and_the_rest_told_to_come_back(bin_folder):
    with World(bin_folder, mailboxes=10) as world:
        world.start_daemon()
        world.wait_for_api()
        held, served, refused = [], 0, 0
        for _ in range(200):
            connection = socket.socket(socket.AF_UNIX)
            connection.connect(str(world.folder / "control.sock"))  # waits for room in the backlog
            connection.settimeout(20)
            held.append(connection)
        for connection in held:
            try:
                connection.sendall(b"GET /v1/version HTTP/1.1\r\n" + HOST + b"\r\n")
                status = connection.recv(65536).split(b" ", 2)[1]
            except (BrokenPipeError, ConnectionResetError, IndexError):
                status = b"503"  # it was refused and closed before we asked
            served += status == b"200"
            refused += status == b"503"
        assert (served, refused) == (64, 136), (served, refused)
        for connection in held:
            connection.close()
        world.wait(lambda: world.mpf("version", check=False).returncode == 0, "an answer again")


if __name__ == "__main__":
    main([the_document_is_good_openapi_and_knows_every_cause, every_answer_is_as_documented,
          what_no_client_should_send_is_refused_audited_and_survived,
          of_200_connections_64_are_served_and_the_rest_told_to_come_back])
