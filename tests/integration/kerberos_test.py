"""Kerberos and NTLM at Apache's mod_auth_gssapi, and passwords at MIT's KDC: real parts that count what they refuse."""

import os
import pathlib
import subprocess
import tempfile

from harness import PASSWORD, World, main
from kerberos_realm import ADMIN, Apache, Realm, free_port
from probe_test import step


class Doors(World):
    """A realm, the simulator with Basic alone, and Apache before it."""

    def __init__(self, bin_folder, mechanism="krb5", **apache):
        super().__init__(bin_folder, mailboxes=10)
        self.control("POST", "/mend-all")
        self.control("POST", "/server", {"offers": ["basic"]})
        os.chmod(self.folder, 0o755)  # Apache's workers are another user
        self.realm_folder = self.folder / "realm"
        self.realm_folder.mkdir()
        self.realm = Realm(self.realm_folder)
        keytab = self.realm_folder / "http.keytab"
        if os.geteuid() == 0:
            subprocess.run(["chown", "www-data", keytab], check=True)
        self.apache = Apache(self.realm_folder, self, mechanism, keytab if mechanism == "krb5" else None, **apache)

    def account(self, means, auth="auto", kdc=None, realm=True):
        """The configuration: `means` is the line that says what the account has."""
        kdc = kdc or f"127.0.0.1:{self.realm.port}"
        text = f"""
[account.migadmin]
username = 'CONTOSO\\migadmin'
{means}
{'realm = "CONTOSO.EXAMPLE"' if realm else ''}
{f'kdc = ["{kdc}"]' if realm else ''}
[source.contoso]
type = "exchange"
url = "https://localhost:{self.apache.port}/EWS/Exchange.asmx"
owa_url = "none"
account = "migadmin"
auth = "{auth}"
[source.contoso.tls]
ca_file = "tls/ca.pem"
[source.contoso.limits]
requests_per_second = 200.0
request_timeout = "10s"
[batch.wave1]
source = "contoso"
mailboxes = "list.csv"
[api]
control_socket = "{self.folder}/control.sock"
view_socket = "{self.folder}/view.sock"
[daemon]
state_directory = "{self.folder}/state"
"""
        (self.folder / "mailpreflight.toml").write_text(text)

    def by_password(self, password=PASSWORD, **more):
        self.write_private(self.folder / "password", password)
        self.account('password = { file = "password" }', **more)

    def close(self):
        self.apache.stop()
        self.realm.stop()
        super().close()


def login(report):
    return step(report, "login")


def a_password_a_keytab_and_a_ccache_each_open_the_door_by_kerberos(bin_folder):
    with Doors(bin_folder) as doors:
        doors.by_password()
        seen = login(doors.probe())
        assert (seen["cause"], seen["facts"]["way"]) == ("ok", "kerberos"), seen
        doors.account(f'keytab = {{ file = "{doors.realm_folder}/migadmin.keytab" }}')
        seen = login(doors.probe())
        assert (seen["cause"], seen["facts"]["way"]) == ("ok", "kerberos"), seen
        ccache = doors.realm_folder / "tickets"
        doors.realm.tool(["kinit", "-c", ccache, ADMIN], input=PASSWORD + "\n")
        doors.account(f'ccache = {{ file = "{ccache}" }}')
        report = doors.probe()
        assert (login(report)["cause"], login(report)["facts"]["way"]) == ("ok", "kerberos"), login(report)
        assert all(row["observation"]["cause"] in ("ok", "address_is_alias") for row in report["steps"]
                   if row["step"].startswith("impersonation")), report
        assert doors.realm.refused() == 0


def without_a_persistent_connection_each_request_shows_its_ticket(bin_folder):
    with Doors(bin_folder, connection_bound=False) as doors:
        doors.by_password()
        report = doors.probe()
        assert login(report)["facts"]["way"] == "kerberos"
        mailboxes = [row["observation"]["cause"] for row in report["steps"] if row["step"].startswith("impersonation")]
        assert mailboxes and all(cause in ("ok", "address_is_alias") for cause in mailboxes), mailboxes


def each_refusal_of_the_kdc_is_named_and_counts_once_at_most(bin_folder):
    variants = [
        # what is done to the account, its cause, refused passwords that the KDC counts
        (None, "wrong-password", "credential_refused", 1),
        ("modprinc -pwexpire yesterday migadmin", PASSWORD, "password_expired", 0),
        ("modprinc -expire yesterday migadmin", PASSWORD, "account_expired", 0),
        ("modprinc -allow_tix migadmin", PASSWORD, "account_locked", 0),
        ("delprinc -force migadmin", PASSWORD, "account_unknown", None),
        ("delprinc -force HTTP/localhost", PASSWORD, "kerberos_service_unknown", 0),
    ]
    for change, password, cause, counted in variants:
        with Doors(bin_folder) as doors:
            doors.by_password(password)
            if change:
                doors.realm.admin(change)
            for _ in range(3):
                seen = login(doors.probe())
                assert seen["cause"] == cause, (change, seen)
            refused = doors.realm.refused() if counted is not None else None
            print(f"        {cause}: {refused} counted", flush=True)
            assert refused == counted, (change, refused)


def a_kdc_that_is_down_is_no_refused_password(bin_folder):
    with Doors(bin_folder) as doors:
        doors.by_password(kdc=f"127.0.0.1:{free_port()}")
        seen = login(doors.probe())
        assert (seen["cause"], seen["state"]) == ("kerberos_unreachable", "unknown"), seen
        doors.by_password()
        assert login(doors.probe())["cause"] == "ok"


def a_keytab_of_an_old_password_is_refused_once(bin_folder):
    with Doors(bin_folder) as doors:
        doors.realm.admin("cpw -pw Another-Horse-8 migadmin")
        doors.account(f'keytab = {{ file = "{doors.realm_folder}/migadmin.keytab" }}')
        for _ in range(3):
            assert login(doors.probe())["cause"] in ("credential_refused", "kerberos_ticket_missing")
        assert doors.realm.refused() <= 1


def a_ccache_without_a_ticket_says_so_and_asks_nobody(bin_folder):
    with Doors(bin_folder) as doors:
        doors.account(f'ccache = {{ file = "{doors.folder}/nowhere" }}')
        assert login(doors.probe())["cause"] == "kerberos_ticket_missing"
        assert doors.realm.requests("AS_REQ") == 0


def ntlm_within_negotiate_opens_where_nothing_else_is_offered(bin_folder):
    with Doors(bin_folder, mechanism="ntlmssp") as doors:
        doors.by_password(realm=False)
        report = doors.probe()
        seen = login(report)
        assert seen["cause"] == "ok" and "ntlm" in seen["facts"]["way"], seen


def what_is_not_offered_is_said_and_nothing_is_presented(bin_folder):
    with Doors(bin_folder) as doors:
        doors.by_password(auth="basic")
        report = doors.probe()
        seen = step(report, "anonymous answer")
        assert seen["cause"] == "auth_scheme_not_offered" and "negotiate" in seen["detail"], seen
        assert doors.realm.requests("AS_REQ") == 0


if __name__ == "__main__":
    main([a_password_a_keytab_and_a_ccache_each_open_the_door_by_kerberos,
          without_a_persistent_connection_each_request_shows_its_ticket,
          each_refusal_of_the_kdc_is_named_and_counts_once_at_most, a_kdc_that_is_down_is_no_refused_password,
          a_keytab_of_an_old_password_is_refused_once, a_ccache_without_a_ticket_says_so_and_asks_nobody,
          ntlm_within_negotiate_opens_where_nothing_else_is_offered,
          what_is_not_offered_is_said_and_nothing_is_presented])
