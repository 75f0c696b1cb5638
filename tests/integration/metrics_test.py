"""/metrics as monitoring sees it: Debian's promtool, Prometheus and Alertmanager against a real service and the simulator."""

import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request

from harness import World, main

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
RULES = ROOT / "contrib" / "prometheus" / "mailpreflight.rules.yml"
DASHBOARD = ROOT / "contrib" / "grafana" / "mailpreflight.json"


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Scraped(World):
    """A world whose service has a port for metrics."""

    def __init__(self, bin_folder, **options):
        self.metrics_port = free_port()
        super().__init__(bin_folder, **options)

    def configure(self, **options):
        super().configure(**options)
        path = self.folder / "mailpreflight.toml"
        path.write_text(path.read_text().replace(
            "[daemon]", f'metrics_listen = "127.0.0.1:{self.metrics_port}"\n[daemon]').replace(
            'mailboxes = "list.csv"', 'mailboxes = "list.csv"\n'
            'window = { start = "2030-12-05 22:00", end = "2030-12-06 04:00", zone = "America/Chicago" }'))

    def begin(self):
        self.start_daemon()
        self.wait_for_api()
        self.wait(lambda: self.status()["sources"][0].get("last_sweep"), "a full pass")

    def scrape(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=20) as answer:
            assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8", answer.headers
            return answer.read().decode()

    def scrape_by_socket(self):
        return self.run(["curl", "-sf", "--unix-socket", self.folder / "view.sock", "http://localhost/metrics"]).stdout


def samples(text):
    """{(name, labels): value}"""
    found = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            name, labels, value = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line).groups()
            found[name, tuple(sorted(re.findall(r'(\w+)="([^"]*)"', labels or "")))] = float(value)
    return found


def families(text):
    return set(re.findall(r"^# TYPE (\w+) ", text, re.M))


def promtool(*arguments, given=None):
    result = subprocess.run(["promtool", *map(str, arguments)], input=given, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, (arguments, result.stdout, result.stderr)


def port_and_view_socket_say_the_same_and_promtool_finds_no_fault(bin_folder):
    with Scraped(bin_folder) as world:
        world.begin()
        # A page holds for a second: of a few pairs one falls into the same.
        pairs = ((world.scrape(), world.scrape_by_socket()) for _ in range(20))
        assert any(by_port == by_socket for by_port, by_socket in pairs), "never the same"
        promtool("check", "metrics", given=world.scrape())
        seen = samples(world.scrape())
        assert seen["mailpreflight_source_up", (("source", "contoso"),)] == 1, seen
        assert sum(value for (name, _), value in seen.items() if name == "mailpreflight_readiness") == 1, seen
        assert sum(value for (name, _), value in seen.items() if name == "mailpreflight_mailboxes") == 60, seen


def documented_labels():
    rows = re.findall(r"^\| `(\w+)` \| (?:gauge|counter|histogram) \|([^|]*)\|", (ROOT / "docs/metrics.md").read_text(),
                      re.M)
    return {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in rows}


def every_sample_has_the_labels_that_are_documented(bin_folder):
    with Scraped(bin_folder) as world:
        world.control("POST", "/rights/revoke-impersonation", {"databases": ["DB02"]})
        world.begin()
        text = world.scrape()
        documented = documented_labels()
        assert set(documented) == families(text), set(documented) ^ families(text)
        for name, labels in samples(text):
            family = name if name in documented else re.sub(r"_(bucket|sum|count)$", "", name)
            told = {label for label, _ in labels} - ({"le"} if family != name else set())
            assert told == documented[family], (name, told, documented[family])


def names_in(expression):
    return set(re.findall(r"\b(?:mailpreflight|process)_\w+", expression))


def dashboard_expressions():
    """Every query of the dashboard, and that it hangs together."""
    board = json.loads(DASHBOARD.read_text())
    assert board["title"] and board["uid"] and board["schemaVersion"] >= 36 and "__inputs" not in board
    variables = {variable["name"] for variable in board["templating"]["list"]}
    numbers = [panel["id"] for panel in board["panels"]]
    assert len(numbers) == len(set(numbers)), numbers
    expressions = [variable["definition"] for variable in board["templating"]["list"] if variable["type"] == "query"]
    taken = set()
    for panel in board["panels"]:
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                 for y in range(place["y"], place["y"] + place["h"])}
        assert place["x"] + place["w"] <= 24 and not cells & taken, panel["title"]
        taken |= cells
        if panel["type"] == "row":
            continue
        assert panel["title"] and panel["description"] and panel["datasource"]["uid"] == "${datasource}", panel
        assert panel["targets"], panel["title"]
        for target in panel["targets"]:
            used = set(re.findall(r"\$(\w+)", target["expr"])) - {"__rate_interval"}
            assert used <= variables, (panel["title"], used)
            expressions.append(target["expr"])
    return expressions


def rules_and_dashboard_are_good_and_ask_for_what_is_exported(bin_folder):
    promtool("check", "rules", RULES)
    promtool("test", "rules", RULES.with_suffix(".test.yml"))
    rules = RULES.read_text()
    alerts = set(re.findall(r"- alert: (\w+)", rules))
    tested = set(re.findall(r"alertname: (\w+)", RULES.with_suffix(".test.yml").read_text()))
    assert alerts == tested == set(re.findall(r"`(MailPreflight\w+)`", (ROOT / "docs/metrics.md").read_text())), \
        (alerts ^ tested)
    assert len(re.findall(r"severity: (?:info|warning|error|critical)\b", rules)) == len(re.findall("- alert:", rules))
    expressions = dashboard_expressions()
    with Scraped(bin_folder) as world:
        world.begin()
        exported = families(world.scrape())
        exported |= {"mailpreflight_check_duration_seconds_bucket"}
        asked = names_in(rules) | set().union(*map(names_in, expressions))
        assert asked <= exported, asked - exported
        queries = world.folder / "dashboard.rules.yml"
        queries.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": [
            {"record": f"query:{number}", "expr": expression.replace("$__rate_interval", "5m")}
            for number, expression in enumerate(expressions) if not expression.startswith("label_values")]}]}))
        promtool("check", "rules", queries)


def no_address_is_told_while_mailboxes_fail(bin_folder):
    with Scraped(bin_folder) as world:
        world.begin()
        series = len(samples(world.scrape()))
        world.control("POST", "/rights/revoke-impersonation", {})
        failing = ("mailpreflight_mailboxes", (("batch", "wave1"), ("source", "contoso"), ("state", "fail")))
        world.wait(lambda: samples(world.scrape())[failing] > 50, "failing mailboxes", 60)
        text = world.scrape()
        assert "@" not in text and "contoso.example" not in text, text
        assert "migadmin@" not in text and "CONTOSO" not in text and "localhost" not in text, text
        assert len(samples(text)) < series + 30, (series, len(samples(text)))


HOST = b"Host: localhost\r\n"
HOSTILE = [
    ("a call", 404, b"GET /v1/status HTTP/1.1\r\n" + HOST + b"\r\n"),
    ("the root", 404, b"GET / HTTP/1.1\r\n" + HOST + b"\r\n"),
    ("a way out", 404, b"GET /metrics/../v1/status HTTP/1.1\r\n" + HOST + b"\r\n"),
    ("a write", 405, b"POST /v1/reload HTTP/1.1\r\n" + HOST + b"Content-Length: 2\r\n\r\n{}"),
    ("a page written", 405, b"DELETE /metrics HTTP/1.1\r\n" + HOST + b"\r\n"),
    ("an option", 405, b"OPTIONS /metrics HTTP/1.1\r\n" + HOST + b"\r\n"),
    ("a proxy", 400, b"GET http://evil.example/metrics HTTP/1.1\r\n" + HOST + b"\r\n"),
    ("a name that was rebound", 421, b"GET /metrics HTTP/1.1\r\nHost: evil.example:9480\r\n\r\n"),
    ("a number of another host", 421, b"GET /metrics HTTP/1.1\r\nHost: 192.0.2.7\r\n\r\n"),
    ("a web page", 403, b"GET /metrics HTTP/1.1\r\n" + HOST + b"Origin: https://evil.example\r\n\r\n"),
    ("no host", 400, b"GET /metrics HTTP/1.1\r\n\r\n"),
    ("two hosts", 400, b"GET /metrics HTTP/1.1\r\n" + HOST + HOST + b"\r\n"),
    ("two lengths", 400, b"GET /metrics HTTP/1.1\r\n" + HOST + b"Content-Length: 0\r\nContent-Length: 5\r\n\r\n"),
    ("no HTTP", 400, b"EHLO mail.contoso.example\r\n\r\n"),
    ("TLS", 400, bytes.fromhex("16030100c8010000c40303") + bytes(200)),
    ("too large a header", 413, b"GET /metrics HTTP/1.1\r\n" + HOST + b"X: " + b"x" * 70000 + b"\r\n\r\n"),
    ("a slow sender", 408, b"GET /metrics HTTP/1.1\r\nHost: loc"),
]


def status_of(port, raw):
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(raw)
        came = b""
        while b"\r\n" not in came:
            part = connection.recv(65536)
            if not part:
                return None
            came += part
        return int(came.split(b" ", 2)[1])


def what_no_scraper_sends_is_refused_and_survived(bin_folder):
    with Scraped(bin_folder, mailboxes=10) as world:
        world.begin()
        wrong = [f"{name}: {seen}, expected {status}" for name, status, raw in HOSTILE
                 if (seen := status_of(world.metrics_port, raw)) != status]
        assert not wrong, "; ".join(wrong)
        connection = http.client.HTTPConnection("127.0.0.1", world.metrics_port, timeout=20)
        connection.request("HEAD", "/metrics")
        answer = connection.getresponse()
        assert answer.status == 200 and int(answer.getheader("Content-Length")) > 1000 and answer.read() == b""
        assert "somebody at 127.0.0.1:" in (world.folder / "daemon.log").read_text()
        # Whoever holds all that the port has keeps nobody from the sockets.
        held = [socket.create_connection(("127.0.0.1", world.metrics_port), timeout=20) for _ in range(100)]
        assert world.mpf("version").returncode == 0
        for one in held:
            one.close()
        world.wait(lambda: status_of(world.metrics_port, b"GET /metrics HTTP/1.1\r\n" + HOST + b"\r\n") == 200,
                   "an answer again")


def listening_of(pid):
    """The addresses of TCP on which a process listens."""
    inodes = set()
    for link in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            inodes |= set(re.findall(r"socket:\[(\d+)\]", os.readlink(link)))
    rows = [line.split() for name in ("tcp", "tcp6") for line in pathlib.Path(f"/proc/net/{name}").read_text().splitlines()[1:]]
    return [row[1] for row in rows if row[3] == "0A" and row[9] in inodes]


def without_the_setting_there_is_no_port_and_a_taken_one_is_named(bin_folder):
    with World(bin_folder, mailboxes=10) as world:
        world.start_daemon()
        world.wait_for_api()
        assert listening_of(world.daemon.pid) == [], listening_of(world.daemon.pid)
    with Scraped(bin_folder, mailboxes=10) as world:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", world.metrics_port))
            taken.listen()
            world.start_daemon()
            assert world.daemon.wait(timeout=20) == 73
            world.daemon = None
            log = (world.folder / "daemon.log").read_text()
            assert "api.metrics_listen" in log and f"127.0.0.1:{world.metrics_port}" in log, log
        world.begin()
        assert listening_of(world.daemon.pid) == ["0100007F:%04X" % world.metrics_port], listening_of(world.daemon.pid)
        world.kill_daemon()
        world.start_daemon()  # a killed one leaves connections behind that are still waiting for their end
        world.wait_for_api()
        path = world.folder / "mailpreflight.toml"
        path.write_text(path.read_text().replace(f"127.0.0.1:{world.metrics_port}", "0.0.0.0:9480"))
        checked = world.mpf("config", "check", str(path), check=False)
        assert checked.returncode == 2 or checked.returncode == 1, checked
        assert "others than this host" in checked.stdout + checked.stderr, checked


@contextlib.contextmanager
def running(command, log):
    with open(log, "w") as output:
        process = subprocess.Popen(list(map(str, command)), stdout=output, stderr=output)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def fetched(url):
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.loads(answer.read())
    except OSError:
        return None


def prometheus_and_alertmanager(world, stack):
    """Debian's own programs over the service, with our rules but for their waits; the ports of both."""
    prometheus, alertmanager = free_port(), free_port()
    folder = world.folder
    (folder / "short.rules.yml").write_text(re.sub(r"\n        for: \w+", "\n        for: 1s", RULES.read_text()))
    (folder / "alertmanager.yml").write_text(json.dumps({
        "route": {"receiver": "nobody", "group_wait": "0s"}, "receivers": [{"name": "nobody"}]}))
    (folder / "prometheus.yml").write_text(json.dumps({
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(folder / "short.rules.yml")],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [f"127.0.0.1:{alertmanager}"]}]}]},
        "scrape_configs": [{"job_name": "mailpreflight",
                            "static_configs": [{"targets": [f"127.0.0.1:{world.metrics_port}"]}]}]}))
    promtool("check", "config", folder / "prometheus.yml")
    stack.enter_context(running(
        ["prometheus-alertmanager", f"--config.file={folder}/alertmanager.yml", f"--storage.path={folder}/alertmanager",
         f"--web.listen-address=127.0.0.1:{alertmanager}", "--cluster.listen-address="], folder / "alertmanager.log"))
    stack.enter_context(running(
        ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/prometheus",
         f"--web.listen-address=127.0.0.1:{prometheus}"], folder / "prometheus.log"))
    return prometheus, alertmanager


def a_revoked_right_reaches_alertmanager_and_its_return_resolves_it(bin_folder):
    with Scraped(bin_folder) as world, contextlib.ExitStack() as stack:
        world.control("POST", "/mend-all")
        world.begin()
        prometheus, alertmanager = prometheus_and_alertmanager(world, stack)

        def asked(query):
            answer = fetched(f"http://127.0.0.1:{prometheus}/api/v1/query?query={query}")
            return [row["metric"] for row in answer["data"]["result"]] if answer else []

        def alerts():
            return {alert["labels"]["alertname"]: alert for alert in
                    fetched(f"http://127.0.0.1:{alertmanager}/api/v2/alerts?active=true") or []}
        world.wait(lambda: asked("up==1"), "a good scrape", 60)
        world.wait(lambda: asked("mailpreflight_source_up==1"), "the source in Prometheus")
        assert "MailPreflightRightsLost" not in alerts(), alerts()
        world.control("POST", "/rights/revoke-impersonation", {"databases": ["DB02"]})
        world.wait(lambda: "MailPreflightRightsLost" in alerts(), "the alert", 90)
        alert = alerts()["MailPreflightRightsLost"]
        assert alert["labels"]["source"] == "contoso" and alert["labels"]["severity"] == "critical", alert
        assert "mailpreflight incidents" in alert["annotations"]["runbook"], alert
        assert "@" not in json.dumps(alert["labels"]) + json.dumps(alert["annotations"]), alert
        world.control("POST", "/rights/restore-impersonation", {"databases": ["DB02"]})
        world.wait(lambda: "MailPreflightRightsLost" not in alerts(), "the end of the alert", 90)
        world.kill_daemon(signal.SIGTERM)
        world.wait(lambda: "MailPreflightAbsent" in alerts(), "the alert of a service that is gone", 90)


if __name__ == "__main__":
    for program in ("promtool", "prometheus", "prometheus-alertmanager"):
        if shutil.which(program) is None:
            sys.exit(f"{program} is not installed; scripts/packages.txt")
    main([port_and_view_socket_say_the_same_and_promtool_finds_no_fault,
          every_sample_has_the_labels_that_are_documented,
          rules_and_dashboard_are_good_and_ask_for_what_is_exported,
          no_address_is_told_while_mailboxes_fail,
          what_no_scraper_sends_is_refused_and_survived,
          without_the_setting_there_is_no_port_and_a_taken_one_is_named,
          a_revoked_right_reaches_alertmanager_and_its_return_resolves_it])
