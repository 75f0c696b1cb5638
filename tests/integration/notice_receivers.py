"""Receivers of notices as somebody else would write them, which fail as they are told to; and a world that tells them."""

import http.server
import json
import os
import pathlib
import shutil
import socket
import subprocess
import threading
import time

from harness import World
from notify_test import MailServer, PASSWORD, USER, documented_verification
from tls_fronts import Authority, free_port

KEY = "Signing-Key-7"
# A hook does with a request what its mood says: it answers with a number, or one of these.
CUT, GARBAGE, SLOW, REDIRECT = "cut", "garbage", "slow", "redirect"
LATE = "late"  # it takes it and says so when the service may be gone


class Hook:
    """Writes down whatever arrives, whether it takes it or not, and checks the signature by the documented code."""

    def __init__(self, port=0, key=None):
        self.key, self.mood, self.elsewhere = key, 200, "http://127.0.0.1:1/"
        self.lock, self.arrived, self.taken, self.forged = threading.Lock(), [], {}, []
        self.is_genuine = documented_verification()
        self.port, self.server = port, None
        self.open()

    def open(self):
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                hook.take(self, self.rfile.read(int(self.headers.get("Content-Length", 0))))

            def do_GET(self):
                hook.take(self, b"")

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # a client that was killed

        self.server = Server(("127.0.0.1", self.port), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def take(self, request, body):
        mood = self.mood() if callable(self.mood) else self.mood
        name = request.headers.get("Idempotency-Key", "")
        with self.lock:
            self.arrived.append({"id": name, "body": body, "path": request.path, "at": time.time(), "mood": mood})
            if self.key and not self.is_genuine(self.key.encode(), request.headers.get("X-Mailpreflight-Signature", ""),
                                                body):
                self.forged.append(name)
            if mood in (200, LATE):
                self.taken.setdefault(name, time.time())
        if mood == LATE:
            time.sleep(0.5)
            mood = 200
        if mood == CUT:
            request.close_connection = True
            request.connection.shutdown(socket.SHUT_RDWR)
        elif mood == GARBAGE:
            request.wfile.write(b"\x00\xff no HTTP at all\r\n\r\n")
        elif mood == SLOW:
            time.sleep(60)
        else:
            request.send_response(302 if mood == REDIRECT else mood)
            if mood == REDIRECT:
                request.send_header("Location", self.elsewhere)
            request.send_header("Content-Length", "0")
            request.end_headers()

    def notices(self):
        """What was taken, in the order in which it was taken first."""
        with self.lock:
            bodies = {one["id"]: json.loads(one["body"]) for one in self.arrived if one["id"] in self.taken}
            return [bodies[name] for name in self.taken]

    def told(self, kind, status):
        return [notice for notice in self.notices() if notice["class"] == kind and notice["status"] == status]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Mail:
    """An SMTP server that wants STARTTLS and a login, and what it took."""

    def __init__(self, folder):
        self.authority = Authority(folder / "mail-authority")
        certificate, key = self.authority.leaf()
        self.server = MailServer(cert=str(certificate), key=str(key), user=USER, password=PASSWORD)
        self.port = self.server.port
        self.mails = []

    def all(self):
        while not self.server.lines.empty():
            self.mails.append(json.loads(self.server.lines.get()))
        return self.mails

    def told(self, kind, status):
        return [mail for mail in self.all() if (mail["headers"]["x-mailpreflight-class"],
                                                mail["headers"]["x-mailpreflight-status"]) == (kind, status)]

    def close(self):
        self.server.__exit__()


class ToldWorld(World):
    """A world in which nothing is wrong, and receivers of it."""

    def __init__(self, bin_folder, **options):
        self.receivers, self.tables, self.blind_names, self.deaf = [], {}, False, None
        options = {"mailboxes": 60, "account_lines": "lockout_threshold = 999", **options}
        super().__init__(bin_folder, **options)
        self.control("POST", "/mend-all")

    def configure(self, **options):
        super().configure(**options)
        self.base = (self.folder / "mailpreflight.toml").read_text()
        self.write_tables()

    def write_tables(self):
        text = self.base + "".join(f"[notify.{name}]\n{table}" for name, table in self.tables.items())
        (self.folder / "mailpreflight.toml").write_text(text)

    def add(self, name, kind, lines):
        """Every receiver hears of everything at once, and without a cap."""
        pace = "" if kind == "heartbeat" else 'wait = "1s"\nurgent_wait = "1s"\nmost_an_hour = 0\n'
        self.tables[name] = f'type = "{kind}"\n{lines}{pace}'
        self.write_tables()

    def remove(self, name):
        del self.tables[name]
        self.write_tables()

    def secret(self, name, text):
        self.write_private(self.folder / name, text)
        return f'{{ file = "{name}" }}'

    def hook(self, name, lines="", key=None, path="/hook"):
        hook = Hook(key=key)
        self.receivers.append(hook)
        if key:
            lines += f"signing_key = {self.secret(name + '.key', key)}\n"
        self.add(name, "webhook", f'url = "http://127.0.0.1:{hook.port}{path}"\n{lines}')
        return hook

    def mail(self, name):
        mail = Mail(self.folder)
        self.receivers.append(mail)
        self.add(name, "email", f'server = "localhost"\nport = {mail.port}\nca_file = "{mail.authority.root}"\n'
                 f'username = "{USER}"\npassword = {self.secret("smtp.password", PASSWORD)}\n'
                 'from = "mailpreflight@contoso.example"\nto = ["ops@contoso.example"]\n')
        return mail

    def start_daemon(self):
        if not self.blind_names:
            super().start_daemon()
            return
        # Its own /etc/resolv.conf names a server that takes every question and answers none.
        self.deaf = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.deaf.bind(("127.9.9.9", 53))
        (self.folder / "resolv.conf").write_text("nameserver 127.9.9.9\n")
        self.daemon_log = open(self.folder / "daemon.log", "a")
        self.daemon = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", 'mount --bind "$1" /etc/resolv.conf && exec "$2" --config "$3"', "sh",
             self.folder / "resolv.conf", self.bin / "mailpreflightd", self.folder / "mailpreflight.toml"],
            stdout=self.daemon_log, stderr=self.daemon_log)

    def begin(self):
        self.start_daemon()
        self.wait_for_api()
        self.wait(lambda: self.verdict() == "go", "GO", 60)

    def verdict(self):
        return self.status()["batches"][0]["readiness"]["verdict"]

    def revoke(self, *databases):
        self.control("POST", "/rights/revoke-impersonation", {"databases": list(databases)})

    def restore(self, *databases):
        self.control("POST", "/rights/restore-impersonation", {"databases": list(databases)})

    def outbox(self, *arguments):
        return json.loads(self.mpf("--json", "notices", "--limit", "1000", *arguments).stdout)["notices"]

    def owed(self):
        return self.outbox("--state", "owed")

    def client(self, *arguments):
        """Asks without waiting for the answer."""
        return subprocess.Popen([self.bin / "mailpreflight", "--socket", self.folder / "control.sock", *arguments],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def trial(self, name):
        return self.mpf("notify", "test", name, check=False)

    def close(self):
        super().close()
        for receiver in self.receivers:
            receiver.close()
        if self.deaf:
            self.deaf.close()


def may_mount():
    return os.geteuid() == 0 and shutil.which("unshare") is not None and subprocess.run(
        ["unshare", "--mount", "true"], capture_output=True).returncode == 0
