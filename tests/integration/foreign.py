"""The organisation that foreign clients meet, and the simulator that holds it: what the tests with clients that nobody
wrote for this project share."""

import copy
import json
import pathlib
import shutil
import subprocess
import tempfile
import time
import urllib.request

ADMIN = "CONTOSO\\migadmin"
ADMIN_PASSWORD = "Correct horse:battery \u00e4"
ANNA = "CONTOSO\\anna"
ANNA_PASSWORD = "Anna-Adler-1"

STATE = {
    "server": {"version": "2019", "offers": ["negotiate", "ntlm", "basic"]},
    "directory": {
        "lockout": {"threshold": 5},
        "accounts": [
            {"domain": "CONTOSO", "sam": "migadmin", "upn": "migadmin@contoso.example", "password": ADMIN_PASSWORD,
             "mailbox": "migadmin@contoso.example"},
            {"domain": "CONTOSO", "sam": "anna", "upn": "anna@contoso.example", "password": ANNA_PASSWORD,
             "mailbox": "anna@contoso.example"},
        ],
    },
    "mailboxes": [
        {"address": "migadmin@contoso.example", "database": "DB01"},
        {
            "address": "anna@contoso.example",
            "aliases": ["a.adler@contoso.example"],
            "display_name": "Anna Adler",
            "database": "DB01",
            "folders": [{"folder": "inbox", "items": 123, "unread": 7}, {"folder": "sentitems", "items": 5},
                        {"folder": "calendar", "items": 3}, {"folder": "projects", "items": 2, "unread": 1}],
        },
        {"address": "outside@contoso.example", "database": "DB02"},
        {"address": "gone@contoso.example", "database": "DB01", "state": "missing"},
        {"address": "closed@contoso.example", "database": "DB01", "state": "disabled"},
    ],
    "rights": {
        "impersonation": [{"assignee": ADMIN, "databases": ["DB01"]}],
        "full_access": [{"account": ADMIN, "mailboxes": ["anna@contoso.example"]}],
    },
}

# What anna's tree holds, seen from the Top of Information Store.
FOLDERS = {"Inbox", "Calendar", "Contacts", "Tasks", "Notes", "Journal", "Drafts", "Sent Items", "Deleted Items",
           "Junk Email", "Outbox", "Projects", "2019"}


class Simulator:
    """The program under test and a folder of its own, for the length of a with block."""

    def __init__(self, bin_folder, options=(), **server):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="mailpreflight-foreign."))
        state = copy.deepcopy(STATE)
        state["server"].update(server)
        (self.folder / "state.json").write_text(json.dumps(state))
        self.process = subprocess.Popen(
            [str(part) for part in (pathlib.Path(bin_folder) / "exchange-simulator", "--tls-dir", self.folder / "tls",
                                    "--state", self.folder / "state.json", *options)],
            stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the simulator ended with {self.process.wait(timeout=10)}")
        self.ready = json.loads(line)
        self.port = self.ready["port"]
        self.ews_url = f"https://localhost:{self.port}/EWS/Exchange.asmx"

    def log(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ready['control_port']}/log", timeout=10) as answer:
            return json.load(answer)["entries"]

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.process.terminate()
        try:
            code = self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
        if code != 0 and kind is None:
            raise AssertionError(f"the simulator ended with {code}")


def wait(condition, what, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds} s for {what}")
        time.sleep(0.05)
