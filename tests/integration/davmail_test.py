"""DavMail, a gateway from IMAP to Exchange that nobody wrote for this project, in front of the simulator: mail clients'
words in, EWS and OWA's form out.

usage: davmail_test.py FOLDER_OF_THE_PROGRAMS
"""

import hashlib
import imaplib
import os
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile

from foreign import ANNA, ANNA_PASSWORD, Simulator, wait
from harness import main

JAR = "/usr/share/davmail/davmail.jar"
SECONDS = 60  # for whatever DavMail is asked


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Gateway:
    """DavMail in front of a simulator, for the length of a with block."""

    def __init__(self, simulator, url=None, mode="EWS"):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="mailpreflight-davmail."))
        self.port = free_port()
        certificate = ssl.get_server_certificate(("127.0.0.1", simulator.port))
        fingerprint = hashlib.sha1(ssl.PEM_cert_to_DER_cert(certificate)).hexdigest().upper()
        settings = {
            "davmail.server": "true", "davmail.mode": mode, "davmail.url": url or simulator.ews_url,
            "davmail.bindAddress": "127.0.0.1", "davmail.allowRemote": "false", "davmail.imapPort": self.port,
            # Empty: not served.
            "davmail.popPort": "", "davmail.smtpPort": "", "davmail.caldavPort": "", "davmail.ldapPort": "",
            "davmail.disableUpdateCheck": "true", "davmail.enableProxy": "false", "davmail.useSystemProxies": "false",
            "davmail.server.certificate.hash": ":".join(re.findall("..", fingerprint)),
            "davmail.logFilePath": self.folder / "davmail.log", "log4j.rootLogger": "WARN",
            "log4j.logger.davmail": "DEBUG",
        }
        (self.folder / "settings").write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
        self.output = open(self.folder / "output", "w")
        self.process = subprocess.Popen(
            ["java", "-Djava.awt.headless=true", f"-Duser.home={self.folder}", "-jar", JAR, "-server",
             str(self.folder / "settings")], stdout=self.output, stderr=self.output, stdin=subprocess.DEVNULL)
        wait(self.listens, "DavMail", SECONDS)

    def listens(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"DavMail ended with {self.process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            return True
        except OSError:
            return False

    def imap(self, user, password):
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=SECONDS)
        client.login(user.replace("\\", "\\\\"), password)  # imaplib quotes the password but not the name
        return client

    def is_refused(self, user, password):
        try:
            self.imap(user, password)
        except imaplib.IMAP4.error:
            return True
        return False

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.process.kill()
        self.process.wait()
        self.output.close()
        if kind is not None:
            print("--- DavMail", *(self.folder / "output").read_text().splitlines()[-40:], sep="\n", file=sys.stderr)
        if os.environ.get("MAILPREFLIGHT_KEEP"):
            print(self.folder)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)


def folders(client):
    """Names and flags by LIST."""
    status, lines = client.list('""', "*")
    assert status == "OK", status
    found = [re.fullmatch(rb'\(([^)]*)\) "/" "([^"]*)"', line).groups() for line in lines]
    return {name.decode(): set(flags.decode().split()) for flags, name in found}


def messages_in(client, folder):
    status, count = client.select(f'"{folder}"', readonly=True)
    assert status == "OK", (folder, status)
    return int(count[0])


def check_annas_mailbox(client):
    found = folders(client)
    # What holds mail, and nothing else; DavMail's own names for the well-known folders.
    assert set(found) == {"INBOX", "INBOX/Projects", "INBOX/Projects/2019", "Drafts", "Sent", "Trash", "Junk",
                          "Unsent Messages"}, found
    assert "\\HasChildren" in found["INBOX"] and "\\HasNoChildren" in found["INBOX/Projects/2019"], found
    assert "\\Sent" in found["Sent"] and "\\Trash" in found["Trash"], found
    counts = {folder: messages_in(client, folder) for folder in ("INBOX", "Sent", "INBOX/Projects", "Unsent Messages")}
    assert counts == {"INBOX": 123, "Sent": 5, "INBOX/Projects": 2, "Unsent Messages": 0}, counts
    assert client.status("INBOX", "(MESSAGES UNSEEN)")[1] == [b'"INBOX" (MESSAGES 123 UNSEEN 7)']
    messages_in(client, "INBOX")
    flags = [client.fetch(number, "(UID FLAGS)")[1][0] for number in ("1", "123")]
    assert flags == [b"1 (UID 1 FLAGS (\\Seen))", b"123 (UID 123 FLAGS (\\Recent))"], flags
    client.logout()


def verdicts(simulator, door):
    """Who presented what with which result, at one of the doors."""
    return [entry["presentation"] for entry in simulator.log() if entry["door"] == door and entry["presentation"]]


def a_mail_client_finds_the_folders_and_their_counts_over_ews(bin_folder):
    with Simulator(bin_folder, offers=["basic"]) as simulator, Gateway(simulator) as gateway:
        check_annas_mailbox(gateway.imap(ANNA, ANNA_PASSWORD))
        operations = {entry["operation"] for entry in simulator.log()}
        assert {"GetFolder", "ConvertId", "FindFolder", "FindItem"} <= operations, operations
        assert set(verdicts(simulator, "ews")) == {"accepted"}, verdicts(simulator, "ews")


def other_products_are_understood_over_ews(bin_folder):
    for version in ("2013", "se"):
        with Simulator(bin_folder, offers=["basic"], version=version) as simulator, Gateway(simulator) as gateway:
            assert messages_in(gateway.imap(ANNA, ANNA_PASSWORD), "INBOX") == 123, version


def ntlm_is_presented_once_and_then_the_connection_is_known(bin_folder):
    with Simulator(bin_folder, offers=["ntlm"]) as simulator, Gateway(simulator) as gateway:
        assert messages_in(gateway.imap(ANNA, ANNA_PASSWORD), "INBOX") == 123
        assert verdicts(simulator, "ews") == ["accepted"], verdicts(simulator, "ews")


def a_wrong_password_is_refused_and_the_right_one_then_accepted(bin_folder):
    with Simulator(bin_folder, offers=["basic"]) as simulator, Gateway(simulator) as gateway:
        assert gateway.is_refused(ANNA, "wrong")
        assert set(verdicts(simulator, "ews")) == {"wrong_password"}, verdicts(simulator, "ews")
        assert messages_in(gateway.imap(ANNA, ANNA_PASSWORD), "INBOX") == 123


def the_form_of_owa_lets_the_right_password_in_and_no_other(bin_folder):
    for version in ("2007sp1", "2010sp2", "2013", "2019"):
        with Simulator(bin_folder, offers=["basic"], version=version) as simulator:
            with Gateway(simulator, url=f"https://localhost:{simulator.port}/owa/", mode="Auto") as gateway:
                assert gateway.is_refused(ANNA, "wrong"), version
                seen = verdicts(simulator, "owa")
                assert seen and set(seen) == {"wrong_password"}, (version, seen)
                if version in ("2007sp1", "2010sp2"):
                    # WebDAV is refused as on a real server, and DavMail turns to EWS by itself.
                    check_annas_mailbox(gateway.imap(ANNA, ANNA_PASSWORD))
                else:
                    # These have no /exchange; of their 404 DavMail does not take the hint. Only the form is tried.
                    gateway.is_refused(ANNA, ANNA_PASSWORD)
                assert set(verdicts(simulator, "owa")[len(seen):]) == {"accepted"}, verdicts(simulator, "owa")
                log = [entry for entry in simulator.log() if entry["door"] == "owa"]
                inside = [entry for entry in log if entry["method"] == "GET" and entry["user"] == ANNA]
                assert inside and inside[0]["status"] == 200, (version, inside)


if __name__ == "__main__":
    main([
        a_mail_client_finds_the_folders_and_their_counts_over_ews,
        other_products_are_understood_over_ews,
        ntlm_is_presented_once_and_then_the_connection_is_known,
        a_wrong_password_is_refused_and_the_right_one_then_accepted,
        the_form_of_owa_lets_the_right_password_in_and_no_other,
    ])
