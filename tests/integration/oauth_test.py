"""An application by OAuth 2.0 with real processes: a client secret, a certificate with PS256 and RS256, a token file; each
wrong thing names its cause, and the number of token requests is counted."""

import datetime
import json
import os
import pathlib
import signal
import ssl
import time
import urllib.parse
import urllib.request

from harness import World, main

CLIENT = "1b0e5a4e-0c6f-4c1a-9a53-0d3a5f0c8f01"
TENANT = "contoso.onmicrosoft.com"
SECRET = "Qv8~Planted.Client-Secret_7"


class OAuthWorld(World):
    """The simulator as an Exchange Online with one application; the configuration logs in as that."""

    def __init__(self, bin_folder, proof=None, schedule=None, url=None):
        self.proof = proof or 'client_secret = { file = "client-secret" }'
        self.oauth_lines = ""
        super().__init__(bin_folder, mailboxes=6, schedule=schedule)
        self.write_private(self.folder / "client-secret", SECRET)
        self.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=migration", "-days", "300",
                  "-keyout", self.folder / "client.key", "-out", self.folder / "client.pem"])
        for name in ("client.key", "client.pem"):
            os.chmod(self.folder / name, 0o600)
        self.control("POST", "/oauth", {
            "applications": [{"client_id": CLIENT, "secrets": [SECRET], "expired_secrets": ["old-secret"],
                              "certificates": [(self.folder / "client.pem").read_text()]}]})
        self.control("POST", "/server", {"version": "online", "offers": ["bearer"]})
        self.control("POST", "/rights", {"impersonation": [{"assignee": f"app:{CLIENT}"}]})

    def configure(self, **ignored):
        super().configure(url=f"https://localhost:{self.port}/EWS/Exchange.asmx", extra_source='owa_url = "none"')
        path = self.folder / "mailpreflight.toml"
        text = path.read_text().replace("""username = 'CONTOSO\\migadmin'
password = { file = "password" }
""", f"""[account.migadmin.oauth]
tenant = "{TENANT}"
client_id = "{CLIENT}"
authority = "https://localhost:{self.port}"
ca_file = "tls/ca.pem"
{self.proof}
{self.oauth_lines}
""")
        path.write_text(text)

    def with_proof(self, proof, lines=""):
        self.proof, self.oauth_lines = proof, lines
        self.configure()

    def tokens(self):
        counters = self.counters()
        return counters["token_requests"], counters["token_refusals"]

    def get_token(self):
        """As somebody else would who renews a token file."""
        context = ssl.create_default_context(cafile=self.folder / "tls/ca.pem")
        body = urllib.parse.urlencode({"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET,
                                       "scope": f"https://localhost:{self.port}/.default"}).encode()
        with urllib.request.urlopen(f"https://localhost:{self.port}/{TENANT}/oauth2/v2.0/token", data=body,
                                    context=context, timeout=10) as answer:
            return json.load(answer)["access_token"]

    def steps(self, *addresses):
        return self.probe(*addresses)["steps"]

    def login(self):
        """What a probe's login says, or the step that stopped before it: state, cause, detail, remedy."""
        steps = self.steps()
        step = next((step for step in steps if step["step"] == "login"), steps[-1])
        return step["observation"]["state"], step["observation"]["cause"], step["observation"].get("detail", ""), step.get("remedy", "")


CERTIFICATE = 'certificate = { file = "client.pem" }\nkey = { file = "client.key" }'


def each_way_gets_in_and_opens_mailboxes(bin_folder):
    for proof, lines in (('client_secret = { file = "client-secret" }', ""), (CERTIFICATE, ""),
                         (CERTIFICATE, 'algorithm = "RS256"')):
        with OAuthWorld(bin_folder) as world:
            world.with_proof(proof, lines)
            seen = {step["step"]: step["observation"] for step in world.steps()}
            assert seen["login"]["cause"] == "ok", seen["login"]
            facts = seen["login"]["facts"]
            assert facts["way"] == "bearer" and facts["offers"] == "bearer", facts
            assert facts["token_roles"] == "full_access_as_app", facts
            assert facts["token_audience"] == f"https://localhost:{world.port}", facts
            opened = [one for name, one in seen.items() if name.startswith("impersonation ")]
            assert opened and any(one["cause"] == "ok" for one in opened), seen
            assert world.tokens() == (1, 0), world.tokens()
            assert "own mailbox" not in seen, "an application has none"
            end = seen["password"]
            if proof == CERTIFICATE:
                assert end["facts"]["told_by"] == "certificate" and end["state"] == "pass", end
            else:
                assert end["cause"] == "password_expiry_unknown", end
            anchors = [entry["anchor"] for entry in world.control("GET", "/log")["entries"]
                       if entry["operation"] == "GetFolder"]
            assert anchors and all(anchors), anchors


def a_token_file_is_shown_as_it_is(bin_folder):
    with OAuthWorld(bin_folder) as world:
        world.write_private(world.folder / "token", world.get_token() + "\n")
        path = world.folder / "mailpreflight.toml"
        begin = path.read_text().index("[account.migadmin.oauth]")
        end = path.read_text().index("[source.contoso]")
        text = path.read_text()
        path.write_text(text[:begin] + '[account.migadmin.oauth]\ntoken = { file = "token" }\n' + text[end:])
        assert world.login()[1] == "ok"
        assert world.tokens()[0] == 1, "the one that the test asked for"
        world.control("POST", "/oauth", {"token_lifetime_seconds": -5})
        world.write_private(world.folder / "token", world.get_token())
        state, cause, detail, _ = world.login()
        assert cause == "token_missing" and "ended at" in detail, detail
        world.write_private(world.folder / "token", "two words")
        assert world.login()[1] == "token_missing"
        (world.folder / "token").unlink()
        assert world.login()[1] == "token_missing"


def each_wrong_thing_names_its_cause(bin_folder):
    """A world of its own for each: the guard stops after the first refusal."""
    def secret(text):
        return lambda world: world.write_private(world.folder / "client-secret", text)

    def oauth(**change):
        return lambda world: world.control("POST", "/oauth", change)

    def application(**change):
        def apply(world):
            one = {"client_id": CLIENT, "secrets": [SECRET],
                   "certificates": [(world.folder / "client.pem").read_text()]}
            world.control("POST", "/oauth", {"applications": [{**one, **change}]})
        return apply

    def another_certificate(world):
        world.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=other", "-days", "3",
                   "-keyout", world.folder / "client.key", "-out", world.folder / "client.pem"])

    def ended_certificate(world):  # openssl 3.0 makes none: python3-exchangelib brings cryptography along
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        key = serialization.load_pem_private_key((world.folder / "client.key").read_bytes(), None)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "old")])
        now = datetime.datetime.utcnow()
        ended = x509.CertificateBuilder(name, name, key.public_key(), 1, now - datetime.timedelta(days=9),
                                        now - datetime.timedelta(days=1)).sign(key, hashes.SHA256())
        (world.folder / "client.pem").write_bytes(ended.public_bytes(serialization.Encoding.PEM))

    def lines(text):
        return lambda world: world.with_proof(world.proof, text)

    def server(**change):
        return lambda world: world.control("POST", "/server", change)

    wrong = [  # name, what is done, the cause, requests, refusals
        ("wrong secret", secret("wrong"), "credential_refused", 1, 1),
        ("expired secret", secret("old-secret"), "client_secret_expired", 1, 1),
        ("other tenant", oauth(domains=["other.example"]), "tenant_unknown", 1, 1),
        ("no such application", oauth(applications=[]), "client_unknown", 1, 1),
        ("application disabled", application(enabled=False), "client_unknown", 1, 1),
        ("wrong scope", lines('scope = "https://elsewhere.example/.default"'), "oauth_request_wrong", 1, 1),
        ("no role", application(roles=[]), "token_refused", 1, 0),
        ("Bearer not offered", server(offers=["ntlm"]), "auth_scheme_not_offered", 0, 0),
        ("endpoint busy", oauth(next=[{"status": 503, "error": "temporarily_unavailable", "code": 90033,
                                       "retry_after": 5}]), "token_service_unavailable", 1, 0),
        ("throttled", oauth(next=[{"status": 429, "error": "temporarily_unavailable", "code": 90055}]),
         "token_service_unavailable", 1, 0),
        ("a portal", oauth(next=[{"status": 200, "body": "<html>welcome</html>"}]), "unexpected_answer", 1, 0),
        ("locked", oauth(next=[{"status": 400, "error": "invalid_grant", "code": 50053}]), "account_locked", 1, 1),
        ("policy", oauth(next=[{"status": 400, "error": "invalid_grant", "code": 53003}]), "conditional_access", 1, 1),
        ("EWS closed", server(ews_enabled=False), "ews_access_blocked", 1, 0),
    ]
    by_certificate = [
        ("certificate not registered", another_certificate, "client_certificate_refused", 1, 1),
        ("certificate ended", ended_certificate, "client_certificate_refused", 0, 0),
    ]
    for name, act, cause, requests, refusals in wrong + by_certificate:
        with OAuthWorld(bin_folder) as world:
            if (name, act, cause, requests, refusals) in by_certificate:
                world.with_proof(CERTIFICATE)
            act(world)
            state, seen, detail, remedy = world.login()
            assert seen == cause, f"{name}: {seen}: {detail}"
            assert remedy, name
            assert world.tokens() == (requests, refusals), (name, world.tokens())
            print(f"  {name}: {cause}; {requests} token requests, {refusals} refused", flush=True)


def a_definite_refusal_stops_token_requests_over_restarts(bin_folder):
    schedule = {"source_interval": "1s", "login_interval": "1s"}
    with OAuthWorld(bin_folder, schedule=schedule) as world:
        world.write_private(world.folder / "client-secret", "old-secret")
        for restart in range(5):
            world.start_daemon()
            world.wait_for_api()
            world.mpf("check", "contoso")
            world.mpf("reload")
            world.mpf("check", "contoso")
            shown = world.mpf("explain", "contoso").stdout
            assert "client_secret_expired" in shown or "has expired" in shown, shown
            world.kill_daemon(signal.SIGTERM if restart % 2 else signal.SIGKILL)
            world.probe()
        assert world.tokens() == (1, 1), world.tokens()
        world.write_private(world.folder / "client-secret", SECRET)  # another secret starts anew
        assert world.login()[1] == "ok"
        assert world.tokens() == (2, 1), world.tokens()


def a_secret_that_ends_while_it_is_proven_is_refused_once(bin_folder):
    with OAuthWorld(bin_folder, schedule={"source_interval": "1s", "login_interval": "1s"}) as world:
        assert world.login()[1] == "ok"
        world.control("POST", "/oauth", {"applications": [{"client_id": CLIENT, "expired_secrets": [SECRET]}]})
        time.sleep(1.1)  # login_interval of the real programs: the proof lapses
        for _ in range(3):
            state, cause, detail, _ = world.login()
            assert cause == "client_secret_expired", (cause, detail)
        assert world.tokens() == (2, 1), world.tokens()


def at_most_one_token_request_a_minute(bin_folder):
    """However often it is asked, reloaded, or refused by Exchange."""
    with OAuthWorld(bin_folder, schedule={"source_interval": "1s", "login_interval": "1s"}) as world:
        world.start_daemon()
        world.wait_for_api()
        started = time.monotonic()
        for _ in range(6):
            world.mpf("check", "contoso")
            world.mpf("reload")
        world.control("POST", "/oauth", {"applications": [{"client_id": CLIENT, "secrets": [SECRET], "roles": []}]})
        for _ in range(3):
            world.mpf("check", "contoso")
        passed = time.monotonic() - started
        requests, refused = world.tokens()
        assert refused == 0 and requests <= 1 + int(passed // 60), (requests, passed)


def nothing_that_opens_a_door_is_written_or_shown(bin_folder):
    for proof in ('client_secret = { file = "client-secret" }', CERTIFICATE):
        with OAuthWorld(bin_folder) as world:
            world.with_proof(proof)
            world.start_daemon()
            world.wait_for_api()
            world.mpf("check", "wave1")
            key = "".join((world.folder / "client.key").read_text().splitlines()[1:4])
            forms = {"secret": SECRET.encode(), "form": urllib.parse.quote_plus(SECRET).encode(),
                     "token": b"eyJ", "key": key[:48].encode(), "private key": b"PRIVATE KEY"}
            answers = [world.mpf(*form, *arguments, check=False)
                       for arguments in (["status"], ["credential", "show"], ["explain", "contoso"], ["incidents"],
                                         ["reload"], ["baseline", "show", "--all"]) for form in ([], ["--json"])]
            process = pathlib.Path(f"/proc/{world.daemon.pid}")
            looked_at = {"answers": "".join(a.stdout + a.stderr for a in answers).encode(),
                         "cmdline": (process / "cmdline").read_bytes(), "environ": (process / "environ").read_bytes()}
            world.kill_daemon(signal.SIGTERM)
            world.probe()
            allowed = {"client-secret", "client.key", "password", "simulator.password", "organisation.json", "server.key"}
            for path in world.folder.rglob("*"):
                if path.is_file() and path.name not in allowed:
                    looked_at[str(path)] = path.read_bytes()
            assert len(looked_at) >= 9, sorted(looked_at)
            for name, data in looked_at.items():
                found = [form for form, text in forms.items() if text in data]
                assert not found, f"{found} in {name}"


if __name__ == "__main__":
    main([each_way_gets_in_and_opens_mailboxes, a_token_file_is_shown_as_it_is, each_wrong_thing_names_its_cause,
          a_definite_refusal_stops_token_requests_over_restarts,
          a_secret_that_ends_while_it_is_proven_is_refused_once, at_most_one_token_request_a_minute,
          nothing_that_opens_a_door_is_written_or_shown])
