"""`mailpreflight report` in every format against a real service: what it is made of is well-formed, says the same as the
verdict, and its exit codes are those that are documented."""

import csv
import html.parser
import io
import json
import subprocess
import xml.etree.ElementTree as ElementTree

from harness import World, main

CODES = {"go": 0, "no_go": 1, "unknown": 3}
FORMATS = ("text", "json", "csv", "html", "junit", "nagios")


def report(world, *arguments, socket="control.sock"):
    return subprocess.run([str(world.bin / "mailpreflight"), "--socket", str(world.folder / socket), "report", "wave1",
                           *arguments], capture_output=True, text=True, timeout=60)


def written(world, form, *arguments, code, socket="control.sock"):
    result = report(world, "--format", form, *arguments, socket=socket)
    assert result.returncode == code, (form, result.returncode, code, result.stdout[-2000:], result.stderr)
    return result.stdout


def settled(world, verdict):
    """Until each mailbox is known and the counts stand still; how many fail."""
    seen = []

    def there():
        readiness = world.status()["batches"][0]["readiness"]
        seen.append((readiness["verdict"], readiness["failed"], readiness["unknown"], len(readiness["unknowns"])))
        return len(seen) > 40 and len(set(seen[-40:])) == 1 and seen[-1][0] == verdict and seen[-1][2:] == (0, 0)
    world.wait(there, verdict, seconds=90)
    return seen[-1][1]


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def junit_of(world, text):
    path = world.folder / "report.xml"
    path.write_text(text)
    lint = subprocess.run(["xmllint", "--noout", "--nonet", str(path)], capture_output=True, text=True, timeout=30)
    assert lint.returncode == 0, lint.stderr
    suites = ElementTree.fromstring(text).findall("testsuite")
    for suite in suites:
        cases = suite.findall("testcase")
        assert int(suite.get("tests")) == len(cases)
        for outcome in ("failure", "error", "skipped"):
            attribute = {"failure": "failures", "error": "errors", "skipped": "skipped"}[outcome]
            assert int(suite.get(attribute)) == sum(case.find(outcome) is not None for case in cases), outcome
    return suites


class Balanced(html.parser.HTMLParser):
    """Every element that is opened is closed, in order; nothing is loaded and nothing runs."""

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attributes):
        assert tag not in ("script", "img", "link", "iframe"), tag
        assert not any(name.startswith("on") or name in ("src", "href") for name, _ in attributes), attributes
        if tag not in ("meta", "br", "wbr"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, (tag, self.open)


def every_format_says_what_the_verdict_is(world, verdict, plugin_codes, failed):
    code = CODES[verdict]
    document = json.loads(written(world, "json", code=code))
    head, rows = document["head"], document["rows"]
    assert head["verdict"] == verdict and head["failed"] == failed, head
    assert len(rows) == head["mailboxes"]
    assert head["vantage"]["source_address"] in ("127.0.0.1", "::1") and head["vantage"]["host"], head["vantage"]
    assert head["not_tested"]

    table = rows_of(written(world, "csv", code=code))
    assert [row["mailbox"] for row in table] == [row["address"] for row in rows]
    assert sum(row["mailbox_state"] == "fail" for row in table) == failed

    source, mailboxes = junit_of(world, written(world, "junit", code=code))
    assert int(mailboxes.get("tests")) == len(rows) and int(mailboxes.get("failures")) == failed
    assert (int(source.get("failures")) + failed > 0) == (verdict == "no_go")

    page = written(world, "html", code=code)
    parser = Balanced()
    parser.feed(page)
    assert not parser.open
    text = written(world, "text", code=code)
    name = {"go": "GO", "no_go": "NO-GO", "unknown": "UNKNOWN"}[verdict]
    assert text.startswith(f"wave1: {name}\n") and f"wave1: {name}" in page
    assert max(map(len, text.splitlines())) <= 80, max(text.splitlines(), key=len)

    plugin = report(world, "--format", "nagios")
    assert plugin.returncode in plugin_codes, plugin
    word = ("OK", "WARNING", "CRITICAL", "UNKNOWN")[plugin.returncode]
    assert plugin.stdout.startswith(f"MAILPREFLIGHT {word}: wave1 {name}: ") and plugin.stdout.count("\n") == 1, plugin
    assert f" failed={failed};;0;0;{len(rows)} " in plugin.stdout, plugin.stdout

    json_flag = report(world, "--json")
    assert json.loads(json_flag.stdout)["head"]["verdict"] == verdict
    for form in FORMATS:
        assert written(world, form, code=plugin.returncode if form == "nagios" else code, socket="view.sock")


def only_what_passes_is_listed(world):
    failing = {row["address"] for row in json.loads(written(world, "json", code=1))["rows"] if row["state"] == "fail"}
    path = world.folder / "list.csv"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not any(name in line.lower() for name in failing)))
    world.mpf("reload")


def redaction_leaves_no_name(world, code):
    rows = json.loads(written(world, "json", code=code))["rows"]
    names = [row["address"] for row in rows] + ["migadmin", "contoso", "localhost", "127.0.0.1"]
    for form in ("text", "json", "csv", "html", "junit"):
        hidden = written(world, form, "--redact", code=code).lower()
        left = [name for name in names if name in hidden]
        assert not left, (form, left[:5])
        assert "mailbox-001" in hidden or form in ("text",), form


def a_verdict_in_every_format(bin_folder):
    with World(bin_folder) as world:
        world.start_daemon()
        world.wait_for_api()
        world.control("POST", "/rights/revoke-impersonation", {"databases": ["DB02"]})
        failed = settled(world, "no_go")
        assert failed > 1
        every_format_says_what_the_verdict_is(world, "no_go", (2,), failed)
        redaction_leaves_no_name(world, 1)

        path = world.folder / "report.html"
        to_file = report(world, "--format", "html", "--output", str(path))
        assert to_file.returncode == 1 and to_file.stdout == "" and path.read_text().startswith("<!DOCTYPE html>")
        assert path.stat().st_mode & 0o777 == 0o600
        nowhere = report(world, "--output", str(world.folder / "none" / "report.txt"))
        assert nowhere.returncode == 3 and "cannot write" in nowhere.stderr, nowhere

        only_what_passes_is_listed(world)
        world.mpf("batch", "confirm", "wave1")  # it drops more than a tenth
        assert settled(world, "go") == 0
        every_format_says_what_the_verdict_is(world, "go", (0, 1), 0)


def what_cannot_be_reported_is_told(bin_folder):
    with World(bin_folder, mailboxes=10) as world:
        for form, code in (("text", 3), ("nagios", 3)):
            silent = report(world, "--format", form)
            assert silent.returncode == code, silent
        assert silent.stdout.startswith("MAILPREFLIGHT UNKNOWN: "), silent
        world.start_daemon()
        world.wait_for_api()
        other = world.mpf("report", "wave9", check=False)
        assert other.returncode == 2 and "there is no batch wave9" in other.stderr, other
        plugin = world.mpf("report", "wave9", "--format", "nagios", check=False)
        assert plugin.returncode == 3 and plugin.stdout.startswith("MAILPREFLIGHT UNKNOWN: "), plugin
        assert world.mpf("report", "wave1", "--format", "pdf", check=False).returncode == 2


def what_was_not_looked_at_is_unknown(bin_folder):
    with World(bin_folder, mailboxes=10, schedule={"sweep_interval": "1h", "canary_interval": "1h"}) as world:
        world.control("POST", "/faults", {"kind": "latency", "path": "/ews", "value": 4000})
        world.start_daemon()
        world.wait_for_api()
        text = written(world, "text", code=3)
        assert text.startswith("wave1: UNKNOWN\n"), text
        suites = junit_of(world, written(world, "junit", code=3))
        assert int(suites[1].get("errors")) > 0 and int(suites[1].get("failures")) == 0
        assert report(world, "--format", "nagios").returncode == 3


if __name__ == "__main__":
    main([a_verdict_in_every_format, what_cannot_be_reported_is_told, what_was_not_looked_at_is_unknown])
