"""What a directory tells of the admin account, read by another one: OpenLDAP's slapd with Active Directory's attributes."""

import datetime
import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import threading
import time

from directory_server import BASE, NEVER, READER, READER_PASSWORD, Slapd, days_from_now, filetime
from harness import World, main
from kerberos_realm import free_port
from probe_test import step
from secrets_test import forms_of, found_in, writable_memory


class Forest(World):
    """The simulator, and slapd for its domain."""

    def __init__(self, bin_folder, reader_password=READER_PASSWORD):
        super().__init__(bin_folder, mailboxes=10)
        self.control("POST", "/mend-all")
        slapd_folder = self.folder / "slapd"
        slapd_folder.mkdir()
        self.slapd = Slapd(slapd_folder, self.folder / "tls")
        self.write_private(self.folder / "reader", reader_password)
        self.ask_directory()

    def ask_directory(self, url=None, ca="tls/ca.pem", username="CONTOSO\\migadmin", source="", account="", batches=""):
        url = url or f"ldaps://localhost:{self.slapd.port}"
        (self.folder / "mailpreflight.toml").write_text(f"""
[account.migadmin]
username = '{username}'
password = {{ file = "password" }}
{account}
[account.migadmin.ldap]
url = "{url}"
base = "{BASE}"
account = "reader"
{f'ca_file = "{ca}"' if ca else ''}
[account.reader]
username = '{READER}'
password = {{ file = "reader" }}
[source.contoso]
type = "exchange"
url = "https://localhost:{self.port}/owa"
account = "migadmin"
{source}
[source.contoso.tls]
ca_file = "tls/ca.pem"
[source.contoso.limits]
requests_per_second = 200.0
request_timeout = "5s"
""" + (batches or '[batch.wave1]\nsource = "contoso"\nmailboxes = "list.csv"\n'
               + ('prove = ["owa"]\n' if source else "")) + "[schedule]\n" + "".join(
            f'{key} = "{value}"\n' for key, value in self.schedule.items()) + f"""
[api]
control_socket = "{self.folder}/control.sock"
view_socket = "{self.folder}/view.sock"
[daemon]
state_directory = "{self.folder}/state"
""")

    def password_step(self, *arguments):
        return step(self.probe(*arguments), "password")

    def check(self, name):
        for check in self.status()["sources"][0]["checks"]:
            if check["check"] == name:
                return check.get("latest", {})
        return {}

    def close(self):
        self.slapd.stop()
        super().close()


def shown(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def the_directory_knows_the_end_and_ews_and_owa_may_be_wrong(bin_folder):
    with Forest(bin_folder) as forest:
        end = days_from_now(30)
        forest.slapd.set(end=filetime(end))
        forest.control("POST", "/accounts/migadmin",
                       {"password_expires": (end + datetime.timedelta(days=12)).strftime("%Y-%m-%dT%H:%M:%S.0000000")})
        for url in (f"ldaps://localhost:{forest.slapd.port}", f"ldap://localhost:{forest.slapd.plain_port}"):
            forest.ask_directory(url)
            seen = forest.password_step()
            assert (seen["cause"], seen["facts"]["told_by"]) == ("ok", "ldap"), seen
            assert seen["facts"]["password_expires"] == shown(end), seen
            assert "EWS says otherwise" in seen["detail"] and "fine-grained" in seen["detail"], seen
            assert seen["evidence"]["url"] == url, seen
        assert forest.slapd.binds() == forest.slapd.binds(0) == 2
        forest.slapd.set(end=NEVER)
        seen = forest.password_step()
        assert seen["facts"]["password_expires"] == "never", seen
        forest.slapd.set(end=filetime(days_from_now(6)))
        seen = forest.password_step()
        assert seen["cause"] == "password_expires_soon" and "ends in 5 days" in seen["detail"], seen


def what_the_directory_knows_against_a_login_is_said_before_it_and_costs_nothing(bin_folder):
    past = filetime(days_from_now(-1))
    variants = [({"userAccountControl": 514}, "admin_account_disabled"),
                ({"msDS-User-Account-Control-Computed": 16, "lockoutTime": past, "badPwdCount": 5}, "account_locked"),
                ({"msDS-User-Account-Control-Computed": 8388608, "end": past}, "password_expired"),
                ({"end": 0, "pwdLastSet": 0}, "password_change_required"),
                ({"accountExpires": past}, "account_expired")]
    with Forest(bin_folder) as forest:
        for url_of_ews in ("", 'ews_url = "none"'):
            forest.ask_directory(source=url_of_ews)
            for changes, cause in variants:
                forest.slapd.set(**changes)
                report = forest.probe()
                login = step(report, "OWA login" if url_of_ews else "login")
                assert login["cause"] == cause and "no login was tried" in login["detail"], login
                seen = step(report, "password")
                assert (seen["cause"], seen["facts"]["told_by"]) == (cause, "ldap"), seen
                assert not any(row["step"].startswith("impersonation") for row in report["steps"]), report
                print(f"        {cause}: {forest.counters()['presentations']} presented", flush=True)
                assert forest.counters()["presentations"] == 0
            forest.slapd.set(accountExpires=filetime(days_from_now(5)))
        seen = step(forest.probe(), "password")
        assert seen["cause"] == "account_expires_soon", seen
        assert forest.counters()["refused"] == 0


def a_locked_account_is_left_alone_until_the_directory_says_otherwise(bin_folder):
    with Forest(bin_folder) as forest:
        forest.schedule["login_interval"] = "1s"
        forest.ask_directory()
        forest.slapd.set(msDS_User_Account_Control_Computed=16, lockoutTime=filetime(days_from_now(0)), badPwdCount=9)
        forest.control("POST", "/accounts/migadmin", {"locked": True})
        forest.start_daemon()
        forest.wait_for_api()
        forest.wait(lambda: forest.check("ews.login").get("cause") == "account_locked", "the lock in status")
        assert forest.check("account.password")["cause"] == "account_locked"
        before = forest.slapd.binds()
        forest.mpf("check", "contoso", check=False)
        forest.wait(lambda: forest.slapd.binds() > before, "another look at the directory")
        assert forest.counters()["presentations"] == 0, forest.counters()
        forest.control("POST", "/accounts/migadmin", {"locked": False})
        forest.slapd.set()
        forest.mpf("check", "contoso", check=False)
        forest.wait(lambda: forest.check("ews.login").get("state") == "pass", "the login")
        assert forest.counters()["refused"] == 0


def a_wrong_password_of_the_reader_is_presented_once(bin_folder):
    with Forest(bin_folder, reader_password="Wrong-Horse-7") as forest:
        for round_ in range(4):
            forest.start_daemon()
            forest.wait_for_api()
            forest.wait(lambda: forest.check("account.password").get("cause") == "directory_unreadable", "the refusal")
            forest.kill_daemon(signal.SIGKILL if round_ % 2 else signal.SIGTERM)
        for _ in range(3):
            seen = forest.password_step()
            assert seen["cause"] == "directory_unreadable" and "reader" in seen["detail"], seen
        print(f"        {forest.slapd.binds(49)} refused", flush=True)
        assert forest.slapd.binds() == forest.slapd.binds(49) == 1
        forest.start_daemon()
        forest.wait_for_api()
        accounts = json.loads(forest.mpf("--json", "credential", "show").stdout)["accounts"]
        states = {account["name"]: account["state"] for account in accounts}
        assert states["reader"] == "parked" and states["migadmin"] != "parked", states
        forest.kill_daemon()
        # Another content starts unparked, at once where the directory is known to bear it.
        forest.write_private(forest.folder / "reader", READER_PASSWORD)
        path = forest.folder / "mailpreflight.toml"
        path.write_text(path.read_text().replace("[account.reader]\n", "[account.reader]\nlockout_threshold = 5\n"))
        assert forest.password_step()["facts"]["told_by"] == "ldap"


def a_directory_that_cannot_be_read_stops_no_login_and_gets_no_password(bin_folder):
    with Forest(bin_folder) as forest:
        other = forest.folder / "other.pem"
        World.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                   "-keyout", forest.folder / "other.key", "-out", other, "-subj", "/CN=other", "-days", "2"])
        port = forest.slapd.port
        silent = socket.create_server(("127.0.0.1", 0))
        variants = [(f"ldaps://localhost:{port}", "other.pem", "authority"),
                    (f"ldaps://127.0.0.2:{port}", "tls/ca.pem", "refused"),
                    (f"ldaps://localhost:{free_port()}", "tls/ca.pem", "refused"),
                    (f"ldaps://nowhere.invalid:{port}", "tls/ca.pem", "nowhere"),
                    (f"ldaps://localhost:{silent.getsockname()[1]}", "tls/ca.pem", "in time"),
                    (f"ldap://localhost:{silent.getsockname()[1]}", "tls/ca.pem", "in time"),
                    (f"ldaps://localhost:{forest.slapd.plain_port}", "tls/ca.pem", "")]
        for url, ca, why in variants:
            forest.ask_directory(url, ca)
            began = time.monotonic()
            report = forest.probe()
            took = time.monotonic() - began
            seen = step(report, "password")
            assert seen["cause"] == "directory_unreadable" and url in seen["detail"], (url, seen)
            assert why in seen["detail"], (url, ca, seen["detail"])
            assert step(report, "login")["cause"] == "ok", step(report, "login")
            print(f"        {url} {took:.1f} s: {seen['detail'][-110:]}", flush=True)
        assert forest.slapd.binds() == 0
        silent.close()


def an_unanswered_bind_is_not_repeated(bin_folder):
    with Forest(bin_folder) as forest:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(forest.folder / "tls/server.pem", forest.folder / "tls/server.key")
        listener = socket.create_server(("127.0.0.1", 0))
        received = []

        def swallow():
            while True:
                try:
                    connection = context.wrap_socket(listener.accept()[0], server_side=True)
                except ssl.SSLError:
                    continue
                except OSError:
                    return
                try:
                    while data := connection.recv(4096):
                        received.append(data)
                except OSError:
                    pass

        threading.Thread(target=swallow, daemon=True).start()
        forest.ask_directory(f"ldaps://localhost:{listener.getsockname()[1]}")
        for _ in range(3):
            report = forest.probe()
            assert step(report, "password")["cause"] == "directory_unreadable"
            assert step(report, "login")["cause"] == "ok"
        passwords = sum(data.count(READER_PASSWORD.encode()) for data in received)
        print(f"        {passwords} presented", flush=True)
        assert passwords == 1
        assert "without an answer" in step(report, "password")["detail"], step(report, "password")
        listener.close()


def exactly_one_account_must_be_found_whatever_its_name(bin_folder):
    with Forest(bin_folder) as forest:
        end = days_from_now(40)
        forest.slapd.add_user("decoy", "mig2(a)")
        forest.slapd.add_user("special", "mig*(a)", "m'ig*(a)@elsewhere.example")
        forest.slapd.set("special", end=filetime(end))
        forest.ask_directory(username="CONTOSO\\mig*(a)")
        seen = forest.password_step()  # Exchange knows no such account: the directory tells what it knows
        assert seen["facts"]["password_expires"] == shown(end), seen
        assert seen["facts"]["told_by"] == "ldap", seen
        shutil.rmtree(forest.folder / "user-state")  # the refusal parked the account
        forest.control("POST", "/accounts/migadmin", {"upn": "migadmin@contoso.example"})
        forest.ask_directory(username="migadmin@contoso.example")  # the name that every account of a domain has
        assert forest.password_step()["facts"]["told_by"] == "ldap"
        forest.control("POST", "/accounts/migadmin", {"upn": "migadmin@elsewhere.example"})
        forest.ask_directory(username="migadmin@elsewhere.example")
        seen = forest.password_step()
        assert seen["cause"] == "directory_unreadable" and "no account below" in seen["detail"], seen
        forest.slapd.add_user("second", "migadmin")
        forest.ask_directory()
        seen = forest.password_step()
        assert seen["cause"] == "directory_unreadable" and "more than one account" in seen["detail"], seen


def a_password_that_ends_before_the_window_is_a_blocker_and_renewing_it_ends_that(bin_folder):
    with Forest(bin_folder) as forest:
        opens = days_from_now(12).replace(second=0)

        def wave(name, start):
            end = start + datetime.timedelta(hours=6)
            return (f'[batch.{name}]\nsource = "contoso"\nmailboxes = "{name}.csv"\nwindow = {{ start = '
                    f'"{start:%Y-%m-%dT%H:%M:%SZ}", end = "{end:%Y-%m-%dT%H:%M:%SZ}", zone = "America/Chicago" }}\n')

        rows = (forest.folder / "list.csv").read_text().splitlines()
        (forest.folder / "wave1.csv").write_text("\n".join(rows[:3]) + "\n")
        (forest.folder / "wave2.csv").write_text("\n".join([rows[0], *rows[3:5]]) + "\n")
        forest.schedule["login_interval"] = "5s"
        forest.ask_directory(batches=wave("wave1", opens - datetime.timedelta(days=8)) + wave("wave2", opens))
        end = opens - datetime.timedelta(days=3)
        forest.slapd.set(end=filetime(end))
        forest.start_daemon()
        forest.wait_for_api()

        def readiness(batch):
            return next(row["readiness"] for row in forest.status()["batches"] if row["readiness"]["batch"] == batch)

        def causes(batch):
            return [finding["cause"] for finding in readiness(batch)["blockers"]]

        forest.wait(lambda: causes("wave2") == ["password_ends_before_window"], "the blocker")
        blocker = readiness("wave2")["blockers"][0]
        assert (blocker["why"], blocker["ends_at"][:19]) == ("3 days before wave2's window", shown(end)[:19]), blocker
        forest.wait(lambda: readiness("wave1")["verdict"] == "go", "GO of the other batch")
        text = forest.mpf("status")
        assert text.returncode == 1 and "3 days before wave2's window" in " ".join(text.stdout.split()), text.stdout
        assert "America/Chicago)" in " ".join(text.stdout.split()), text.stdout
        incidents = json.loads(forest.mpf("--json", "incidents").stdout)["incidents"]
        told = [row for row in incidents if row["cause"] == "password_ends_before_window"]
        assert len(told) == 1 and told[0]["state"] == "open", incidents
        explained = forest.mpf("explain", told[0]["id"]).stdout
        assert "3 days before wave2's window" in " ".join(explained.split()), explained
        assert "Set a new password" in " ".join(explained.split()), explained
        # The directory is out of sight: what is known stays so.
        forest.slapd.stop()
        forest.wait(lambda: forest.check("account.password").get("cause") == "directory_unreadable", "the outage")
        assert causes("wave2") == ["password_ends_before_window"]
        forest.slapd.start()
        forest.slapd.set(end=filetime(opens + datetime.timedelta(days=60)))
        forest.wait(lambda: readiness("wave2")["verdict"] == "go", "GO after the renewal")
        incidents = json.loads(forest.mpf("--json", "incidents", "--state", "resolved").stdout)["incidents"]
        assert "password_ends_before_window" in [row["cause"] for row in incidents], incidents


def a_declared_day_blocks_where_nothing_else_tells(bin_folder):
    with Forest(bin_folder) as forest:
        start = days_from_now(5)
        window = (f'window = {{ start = "{start:%Y-%m-%dT%H:%M:%SZ}", end = '
                  f'"{start + datetime.timedelta(hours=4):%Y-%m-%dT%H:%M:%SZ}", zone = "UTC" }}')
        batches = f'[batch.wave1]\nsource = "contoso"\nmailboxes = "list.csv"\nprove = ["owa"]\n{window}\n'
        day = days_from_now(2).strftime("%Y-%m-%d")
        forest.ask_directory(batches=batches, account=f"password_expires = {day}", source='ews_url = "none"')
        lines = (forest.folder / "mailpreflight.toml").read_text().splitlines()
        first, last = lines.index("[account.migadmin.ldap]"), lines.index("[account.reader]")
        (forest.folder / "mailpreflight.toml").write_text("\n".join(lines[:first] + lines[last:]) + "\n")
        checked = forest.mpf("config", "check", str(forest.folder / "mailpreflight.toml"), check=False)
        assert "password_expires: this day begins before the window of batch wave1" in checked.stdout + checked.stderr, (
            checked.stdout, checked.stderr)
        forest.start_daemon()
        forest.wait_for_api()

        def blockers():
            return forest.status()["batches"][0]["readiness"]["blockers"]

        forest.wait(lambda: any(row["cause"] == "password_ends_before_window" for row in blockers()), "the blocker")
        row = next(row for row in blockers() if row["cause"] == "password_ends_before_window")
        assert "a day that is declared counts from its first moment" in row["why"], row
        assert row["ends_at"].startswith(f"{day}T00:00:00."), row


def the_password_of_the_reader_shows_nowhere_and_leaves_memory_with_its_rotation(bin_folder):
    old, new = forms_of(READER_PASSWORD), "Other-Reading-Horse-2"
    with Forest(bin_folder) as forest:
        forest.schedule["login_interval"] = "1s"
        forest.ask_directory()
        forest.start_daemon()
        forest.wait_for_api()
        forest.wait(lambda: forest.slapd.binds(0) >= 2, "two looks at the directory")
        for arguments in (["status"], ["credential", "show"], ["explain", "contoso"]):
            answer = forest.mpf("--json", *arguments, check=False)
            assert not found_in((answer.stdout + answer.stderr).encode(), old), arguments
        process = pathlib.Path(f"/proc/{forest.daemon.pid}")
        for name in ("cmdline", "environ"):
            assert not found_in((process / name).read_bytes(), old), name
        for path in [*(forest.folder / "state").rglob("*"), forest.folder / "daemon.log"]:
            assert not path.is_file() or not found_in(path.read_bytes(), old), path
        if os.geteuid() != 0:
            print("skipped in part: reading another process's memory takes root")
            return
        forest.slapd.apply(f"dn: {READER}\nchangetype: modify\nreplace: userPassword\nuserPassword: {new}\n")
        forest.write_private(forest.folder / "reader", new)
        assert forest.mpf("reload").returncode == 0
        before = forest.slapd.binds(0)
        forest.wait(lambda: forest.slapd.binds(0) >= before + 2, "looks with the new password")
        memory = list(writable_memory(forest.daemon.pid))
        assert any(new.encode() in part for part in memory), "the scan does not even see the secret in force"
        left = sorted({name for part in memory for name in found_in(part, old)})
        assert not left, f"the old secret is still in memory as {left}"


if __name__ == "__main__":
    main([the_directory_knows_the_end_and_ews_and_owa_may_be_wrong,
          what_the_directory_knows_against_a_login_is_said_before_it_and_costs_nothing,
          a_locked_account_is_left_alone_until_the_directory_says_otherwise,
          a_wrong_password_of_the_reader_is_presented_once,
          a_directory_that_cannot_be_read_stops_no_login_and_gets_no_password,
          an_unanswered_bind_is_not_repeated,
          exactly_one_account_must_be_found_whatever_its_name,
          a_password_that_ends_before_the_window_is_a_blocker_and_renewing_it_ends_that,
          a_declared_day_blocks_where_nothing_else_tells,
          the_password_of_the_reader_shows_nowhere_and_leaves_memory_with_its_rotation])
