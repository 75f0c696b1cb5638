"""TLS against old and changing servers: real ones before the simulator; the right cause, the right word, one presentation."""

import json
import subprocess

from harness import World, main
from probe_test import step
from tls_fronts import Authority, Gnutls, Nginx, Ssl3Stub

WORDS = ["tls1.0", "tls1.1", "legacy-server-connect", "dh1024", "rsa1024", "sha1-signature"]
TABLE = "        {:34} {:28} {:24} {:>6} {:28} {:>6}"


class Fronts(World):
    """The simulator, with NTLM alone on a mended organisation, and authorities for the servers before it."""

    def __init__(self, bin_folder, **more):
        super().__init__(bin_folder, mailboxes=10, **more)
        self.control("POST", "/mend-all")
        # The servers in front show another certificate than the simulator's: its own kind of Extended Protection trouble.
        self.control("POST", "/server", {"offers": ["ntlm"], "extended_protection": "off"})
        self.authority = Authority(self.folder / "authority")
        self.fronts = []

    def nginx(self, leaf, **more):
        return self.keep(Nginx(self.folder / f"nginx{len(self.fronts)}", self.port, leaf, **more))

    def keep(self, front):
        self.fronts.append(front)
        return front

    def point_at(self, front, tls="", ca=None, host="localhost"):
        """The configuration: EWS alone, by this server."""
        ca = f'ca_file = "{ca or self.authority.root}"'
        self.configure(url=f"https://{host}:{front.port}/EWS/Exchange.asmx",
                       extra_source='owa_url = "none"', ca=False)
        path = self.folder / "mailpreflight.toml"
        path.write_text(path.read_text().replace("[source.contoso.tls]", f"[source.contoso.tls]\n{ca}\n{tls}"))

    def looked(self, front, **more):
        """(the TLS step's observation, all steps, presentations that this one probe cost)"""
        self.point_at(front, **more)
        before = self.counters()["presentations"]
        report = self.probe()
        return step(report, "TLS"), report, self.counters()["presentations"] - before

    def close(self):
        for front in self.fronts:
            front.stop()
        super().close()


class Exchange:
    """A second simulator of the world's organisation, with a certificate of its own."""

    def __init__(self, world, leaf):
        ready = world.folder / f"ready{len(world.fronts)}"
        self.process = subprocess.Popen(
            [world.bin / "exchange-simulator", "--state", world.folder / "organisation.json", "--certificate", leaf[0],
             "--key", leaf[1], "--tls-dir", world.folder / "tls2", "--ready-file", ready],
            stdout=subprocess.DEVNULL, stderr=world.log)
        world.wait(lambda: ready.exists() and ready.stat().st_size > 0, "the second simulator")
        where = json.loads(ready.read_text())
        self.port, self.control_port = where["port"], where["control_port"]

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=10)


def pin_of(leaf):
    shown = World.run(["openssl", "x509", "-noout", "-fingerprint", "-sha256", "-in", leaf[0]]).stdout
    return 'pin_sha256 = ["{}"]'.format(shown.strip().split("=")[1])


def legacy(*words):
    return f"legacy = {json.dumps(list(words))}"


def login(report):
    return next((row["observation"]["cause"] for row in report["steps"] if row["step"] == "login"), "not tried")


class Expectations:
    """Collects what went wrong, so that one variant does not hide the next; prints the table."""

    def __init__(self):
        self.wrong = []
        print(TABLE.format("variant", "cause", "word named", "sent", "with the word", "sent"), flush=True)

    def expect(self, good, text):
        if not good:
            self.wrong.append(text)

    def end(self):
        assert not self.wrong, "\n" + "\n".join(self.wrong)


def each_weakness_is_named_opened_by_its_word_alone_and_by_no_other(bin_folder):
    with Fronts(bin_folder) as world:
        authority = world.authority
        leaf = authority.leaf()
        authority.openssl("dhparam", "-dsaparam", "-out", world.folder / "dh1024.pem", "1024")
        dh = {"protocols": "TLSv1.2", "ciphers": "DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0",
              "more": f"ssl_dhparam {world.folder}/dh1024.pem;"}
        variants = [
            # server, cause, words that it needs, steps of the probe afterwards
            ("TLS 1.0 only", world.nginx(leaf, protocols="TLSv1"), "tls_protocol_too_old", ["tls1.0"]),
            ("TLS 1.1 only", world.nginx(leaf, protocols="TLSv1.1"), "tls_protocol_too_old", ["tls1.1"]),
            ("TLS 1.0 and 1.1", world.nginx(leaf, protocols="TLSv1 TLSv1.1"), "tls_protocol_too_old", ["tls1.1"]),
            ("TLS 1.0 only, of GnuTLS", world.keep(Gnutls(world.port, leaf, "NORMAL:-VERS-ALL:+VERS-TLS1.0")),
             "tls_protocol_too_old", ["tls1.0"]),
            ("no RFC 5746", world.keep(Gnutls(world.port, leaf, "NORMAL:-VERS-TLS1.3:%DISABLE_SAFE_RENEGOTIATION")),
             "tls_handshake_failed", ["legacy-server-connect"]),
            ("DH of 1024 bits", world.nginx(leaf, **dh), "tls_handshake_failed", ["dh1024"]),
            ("RSA key of 1024 bits", world.nginx(authority.leaf(key=("rsa:1024",))), "tls_handshake_failed",
             ["rsa1024"]),
            ("certificate signed with SHA-1", world.nginx(authority.leaf(options=["-md", "sha1"])),
             "tls_handshake_failed", ["sha1-signature"]),
            ("TLS 1.0 and DH of 1024 bits",
             world.nginx(leaf, **{**dh, "protocols": "TLSv1", "ciphers": "DHE-RSA-AES128-SHA:@SECLEVEL=0"}),
             "tls_protocol_too_old", ["tls1.0", "dh1024"]),
            ("TLS 1.0, RSA 1024 and SHA-1",
             world.nginx(authority.leaf(key=("rsa:1024",), options=["-md", "sha1"]), protocols="TLSv1"),
             "tls_protocol_too_old", ["tls1.0", "rsa1024", "sha1-signature"]),
            ("TLS 1.0 without RFC 5746",
             world.keep(Gnutls(world.port, leaf, "NORMAL:-VERS-ALL:+VERS-TLS1.0:%DISABLE_SAFE_RENEGOTIATION")),
             "tls_protocol_too_old", ["tls1.0", "legacy-server-connect"]),
        ]
        told = Expectations()
        for name, front, cause, words in variants:
            accepted = []
            first = first_sent = None
            while True:  # word by word, as its advice says
                seen, report, sent = world.looked(front, tls=legacy(*accepted))
                first, first_sent = first or seen["cause"], sent if first_sent is None else first_sent
                named = [word for word in WORDS if f'"{word}"' in seen["detail"]]
                if seen["cause"] == "tls_legacy_in_use" or not named or named[0] in accepted:
                    break
                told.expect(sent == 0, f"{name}: {sent} presented, named {named}: {seen['detail']}")
                accepted += named
            told.expect(first == cause, f"{name}: {first}, expected {cause}")
            told.expect(sorted(accepted) == sorted(words), f"{name}: named {accepted}, expected {words}: {seen}")
            told.expect(seen["cause"] == "tls_legacy_in_use" and login(report) == "ok" and sent == 1,
                        f"{name}: with {accepted}: {seen['cause']} {seen['detail']}, login {login(report)}, {sent} sent")
            told.expect(seen["facts"].get("legacy", "").split() == sorted(words, key=lambda w: ["tls1.0", "tls1.1",
                        "legacy-server-connect", "sha1-signature", "rsa1024", "dh1024"].index(w)), f"{name}: {seen['facts']}")
            print(TABLE.format(name, first, " ".join(accepted), first_sent, seen["cause"], sent), flush=True)
            for missing in words:  # every other word together does not stand in for it
                others = [word for word in WORDS if word != missing and not (missing == "tls1.1" and word == "tls1.0")]
                seen, report, sent = world.looked(front, tls=legacy(*others))
                told.expect(seen["state"] == "fail" and sent == 0,
                            f"{name}: without {missing} it is {seen['cause']}: {seen['detail']}, {sent} sent")
        told.end()


def what_no_word_opens_stays_shut(bin_folder):
    with Fronts(bin_folder) as world:
        authority = world.authority
        leaf = authority.leaf()
        weak = "-CIPHER-ALL:+{}:-KX-ALL:+RSA"
        variants = [
            ("SSL 3 only", world.keep(Ssl3Stub()), "tls_obsolete_only", "SSL 3"),
            ("RC4 only", world.keep(Gnutls(world.port, leaf, "NORMAL:-VERS-ALL:+VERS-TLS1.0:" +
                                           weak.format("ARCFOUR-128"))), "tls_obsolete_only", "RC4"),
            ("3DES only", world.keep(Gnutls(world.port, leaf, "NORMAL:-VERS-TLS1.3:" + weak.format("3DES-CBC"))),
             "tls_obsolete_only", "3DES"),
            ("RSA key of 768 bits", world.nginx(authority.leaf(key=("rsa:768",))), "tls_handshake_failed", "too small a key"),
            ("certificate signed with MD5", world.nginx(authority.leaf(options=["-md", "md5"])), "tls_handshake_failed",
             "too weak a hash"),
        ]
        told = Expectations()
        for name, front, cause, text in variants:
            for words in ([], WORDS):
                seen, report, sent = world.looked(front, tls=legacy(*words))
                told.expect(seen["cause"] == cause and text in seen["detail"] and sent == 0,
                            f"{name} with {words}: {seen['cause']} {seen['detail']}, {sent} sent")
                named = [word for word in WORDS if f'"{word}"' in seen["detail"]]
                told.expect(not words or not named, f"{name}: names {named}")
            print(TABLE.format(name, seen["cause"], "", sent, "", ""), flush=True)
        told.end()


def each_certificate_is_judged_for_what_it_is(bin_folder):
    with Fronts(bin_folder) as world:
        authority = world.authority
        good = authority.leaf()
        by_sni = authority.leaf(names="DNS:mail.contoso.example")
        alone = authority.leaf(chain=False)
        with_aia = authority.leaf(chain=False, aia="http://ca.contoso.example/intermediate.crt")
        self_signed = world.folder / "self.pem", world.folder / "self.key"
        authority.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self_signed[1], "-out",
                          self_signed[0], "-sha1", "-days", "1800", "-subj", "/CN=EX01", "-addext",
                          "subjectAltName=DNS:EX01,DNS:localhost,IP:127.0.0.1")
        foreign = Authority(world.folder / "foreign", "Somebody Else").leaf()
        pin = pin_of(self_signed)
        named = 'server_name = "mail.contoso.example"'
        default_host = dict(by_name=("mail.contoso.example", by_sni))
        variants = [
            # name, server, tls settings, cause, text of the detail
            ("TLS 1.2 only", world.nginx(good, protocols="TLSv1.2"), {}, "ok", ""),
            ("TLS 1.3 only", world.nginx(good, protocols="TLSv1.3"), {}, "ok", ""),
            ("ECDSA", world.nginx(authority.leaf(key=("ec", "-pkeyopt", "ec_paramgen_curve:P-256"))), {}, "ok", ""),
            ("Ed25519", world.nginx(authority.leaf(key=("ed25519",))), {}, "ok", ""),
            ("RSA-PSS", world.nginx(authority.leaf(key=("rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048"),
                                                   options=["-sigopt", "rsa_padding_mode:pss"])), {}, "ok", ""),
            ("ends in 10 days", world.nginx(authority.leaf(days=(-80, 10))), {}, "certificate_expires_soon", ""),
            ("wrong name", world.nginx(authority.leaf(names="DNS:other.example")), {}, "certificate_name_mismatch",
             "it is for other.example, not for localhost"),
            ("expired", world.nginx(authority.leaf(days=(-90, -1))), {}, "certificate_expired", ""),
            ("not yet valid", world.nginx(authority.leaf(days=(2, 90))), {}, "certificate_not_yet_valid", ""),
            ("self-signed, SHA-1", world.nginx(self_signed), {}, "certificate_self_signed", ""),
            ("self-signed, pinned", world.nginx(self_signed), {"tls": pin}, "ok", ""),
            ("another certificate than pinned", world.nginx(good), {"tls": pin}, "certificate_pin_mismatch", ""),
            ("unknown authority", world.nginx(foreign), {}, "certificate_untrusted", "not trusted here"),
            ("missing intermediate", world.nginx(with_aia), {}, "certificate_untrusted",
             "the server does not send the intermediate certificate"),
            ("missing intermediate, no AIA", world.nginx(alone), {}, "certificate_untrusted", "or the server does not"),
            ("missing intermediate in ca_file", world.nginx(alone), {"ca": authority.intermediate}, "ok", ""),
            ("by address, no SNI", world.nginx(good, **default_host), {"host": "127.0.0.1"}, "ok", ""),
            ("by address, server_name", world.nginx(good, **default_host), {"host": "127.0.0.1", "tls": named}, "ok", ""),
            ("by address, other default host", world.nginx(authority.leaf(names="DNS:other.example"), **default_host),
             {"host": "127.0.0.1"}, "certificate_name_mismatch", "other.example"),
            ("by address, found by SNI", world.nginx(authority.leaf(names="DNS:other.example"), **default_host),
             {"host": "127.0.0.1", "tls": named}, "ok", ""),
        ]
        told = Expectations()
        for name, front, settings, cause, text in variants:
            seen, report, sent = world.looked(front, **settings)
            passes = seen["state"] in ("pass", "warn")
            told.expect(seen["cause"] == cause and text in seen["detail"], f"{name}: {seen['cause']} {seen['detail']}")
            told.expect(sent == (1 if passes else 0) and login(report) == ("ok" if passes else "not tried"),
                        f"{name}: {sent} sent, login {login(report)}")
            told.expect({"key", "signature_algorithm", "sha256"} <= set(seen["facts"]), f"{name}: {seen['facts']}")
            print(TABLE.format(name, seen["cause"], "", sent, "", ""), flush=True)
        told.end()


def channel_bindings_are_right_for_each_kind_of_certificate_and_wrong_behind_another(bin_folder):
    kinds = {"RSA, SHA-384": ["-newkey", "rsa:2048", "-sha384"],
             "RSA, SHA-1": ["-newkey", "rsa:2048", "-sha1"],
             "ECDSA, SHA-512": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-sha512"],
             "RSA-PSS, SHA-512": ["-newkey", "rsa:2048", "-sha512", "-sigopt", "rsa_padding_mode:pss"],
             "Ed25519": ["-newkey", "ed25519"]}
    with Fronts(bin_folder) as world:
        told = Expectations()
        own_control_port = world.control_port
        leaf = world.folder / "leaf.pem", world.folder / "leaf.key"
        for name, options in kinds.items():
            Authority.openssl("req", "-x509", *options, "-nodes", "-keyout", leaf[1], "-out", leaf[0], "-days", "60",
                              "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
            front = world.keep(Exchange(world, leaf))
            for mode in ("allow", "require") if name != "Ed25519" else ("allow",):  # it has no binding to require
                world.control_port = front.control_port
                world.control("POST", "/server", {"offers": ["ntlm"], "extended_protection": mode})
                seen, report, sent = world.looked(front, tls=pin_of(leaf))
                told.expect((seen["cause"], login(report), sent) == ("ok", "ok", 1),
                            f"{name}, {mode}: {seen['cause']}, login {login(report)}, {sent} sent")
            print(TABLE.format(name, seen["cause"], "", sent, "", ""), flush=True)
        # Who opens TLS on the way shows another certificate: refused once, and not tried again.
        world.control_port = own_control_port
        world.control("POST", "/server", {"extended_protection": "allow"})
        bridge = world.nginx(world.authority.leaf())
        seen, report, sent = world.looked(bridge)
        told.expect(login(report) in ("extended_protection_suspected", "credential_refused", "credential_suspect")
                    and sent == 1, f"bridge: login {login(report)}, {sent} sent")
        seen, report, sent = world.looked(bridge)
        told.expect(sent <= 1, f"bridge, again: {sent} sent")
        told.end()


def the_floor_is_measured_and_held_against_the_destination(bin_folder):
    with Fronts(bin_folder) as world:
        leaf = world.authority.leaf()
        variants = [
            # protocols, words, destination, best, worst, cause
            ("TLSv1 TLSv1.1 TLSv1.2 TLSv1.3", [], "exchange-online", "TLSv1.3", "TLSv1.0", "ok"),
            ("TLSv1.2", [], "hosted-exchange", "TLSv1.2", "TLSv1.2", "ok"),
            ("TLSv1.3", [], "hosted-exchange", "TLSv1.3", "TLSv1.3", "ok"),
            ("TLSv1", [], "rackspace-email", "TLSv1.0", "TLSv1.0", "tls_below_destination"),
            ("TLSv1", ["tls1.0"], "exchange-online", "TLSv1.0", "TLSv1.0", "tls_below_destination"),
            ("TLSv1 TLSv1.1", ["tls1.1"], "imap", "TLSv1.1", "TLSv1.0", "ok"),
            ("TLSv1 TLSv1.1", ["tls1.0"], "imap", "TLSv1.1", "TLSv1.0", "tls_legacy_not_needed"),
            ("TLSv1.2 TLSv1.3", ["tls1.0", "dh1024"], "imap", "TLSv1.3", "TLSv1.2", "tls_legacy_not_needed"),
        ]
        wrong = []
        for protocols, words, destination, best, worst, cause in variants:
            front = world.nginx(leaf, protocols=protocols)
            world.point_at(front, tls=legacy(*words))
            path = world.folder / "mailpreflight.toml"
            path.write_text(path.read_text().replace('mailboxes = "list.csv"',
                                                     f'mailboxes = "list.csv"\ndestination = "{destination}"'))
            before = world.counters()["presentations"]
            report = world.probe()
            seen, sent = step(report, "TLS versions"), world.counters()["presentations"] - before
            facts = seen["facts"]
            if (seen["cause"], facts.get("best"), facts.get("worst")) != (cause, best, worst) or sent > 1:
                wrong.append(f"{protocols} {words} {destination}: {seen}, {sent} sent")
            if cause == "tls_legacy_not_needed" and not all(word in seen["detail"] for word in words):
                wrong.append(f"{protocols}: {words} not told: {seen['detail']}")
        assert not wrong, "\n" + "\n".join(wrong)
        front = world.keep(Ssl3Stub())
        facts = (world.point_at(front), step(world.probe(), "TLS versions")["facts"])[1]
        assert (facts["best"], facts["worst"]) == ("SSLv3", "SSLv3"), facts


def a_renewal_is_information_and_a_replacement_an_incident(bin_folder):
    with Fronts(bin_folder) as world:
        ours = Authority(world.folder / "public", "Public CA 1", organization="Public")
        other = Authority(world.folder / "other", "Other CA", organization="Other")
        (world.folder / "roots.pem").write_text(ours.root.read_text() + other.root.read_text())
        front = world.nginx(ours.leaf(days=(-50, 40)))
        world.point_at(front, ca=world.folder / "roots.pem")
        world.start_daemon()
        world.wait_for_api()

        def certificate():
            rows = world.status()["sources"][0]["checks"]
            return next(row for row in rows if row["check"] == "tls.certificate")

        def believes(text):
            confirmed = certificate().get("confirmed")
            return confirmed and text in confirmed["detail"]

        def incidents():
            listed = json.loads(world.mpf("--json", "incidents").stdout)["incidents"]
            return [(row["cause"], row["state"]) for row in listed if "certificate" in row["cause"]]

        def end_of(leaf):
            text = World.run(["openssl", "x509", "-noout", "-enddate", "-dateopt", "iso_8601", "-in", leaf[0]]).stdout
            return text.strip().split("=")[1].replace(" ", "T")[:19]

        world.wait(lambda: certificate().get("latest", {}).get("state") == "pass", "a first look")
        renewed = ours.leaf(days=(-1, 89))
        front.show(renewed)
        world.wait(lambda: believes(end_of(renewed)), "the renewal to be believed")
        assert incidents() == [], incidents()
        log = (world.folder / "daemon.log").read_text()
        assert "MPF_CERTIFICATE_RENEWED" in log and "not_after was" in log, log
        for replacement in (other.leaf(days=(-1, 95)), ours.leaf(days=(-1, 99), names="DNS:localhost,DNS:more.example")):
            front.show(replacement)
            world.wait(lambda: believes(end_of(replacement)), "the replacement to be believed")
            world.wait(lambda: ("certificate_changed", "open") in incidents(), f"an incident: {incidents()}")
            told = json.loads(world.mpf("--json", "drift").stdout)["drift"]
            detail = next(row["detail"] for row in told if row["cause"] == "certificate_changed")
            assert "authority was O=Public, is O=Other" in detail or "names was" in detail, detail
        assert world.counters()["refused"] == 0


if __name__ == "__main__":
    main([each_weakness_is_named_opened_by_its_word_alone_and_by_no_other, what_no_word_opens_stays_shut,
          each_certificate_is_judged_for_what_it_is,
          channel_bindings_are_right_for_each_kind_of_certificate_and_wrong_behind_another, the_floor_is_measured_and_held_against_the_destination,
          a_renewal_is_information_and_a_replacement_an_incident])
