"""probe names the right cause in each of the simulator's fault states."""

import subprocess

from harness import World, main

# What is broken -> the step that tells and the cause that it names.
FAULTS = [
    ({"kind": "throttle", "path": "/ews", "value": 5000}, "login", "throttled"),
    ({"kind": "exceeded_connection_count", "path": "/ews"}, "login", "throttled"),
    ({"kind": "status", "path": "/ews", "value": 503, "before_auth": True}, "anonymous answer", "server_unavailable"),
    ({"kind": "status", "path": "/ews", "value": 403}, "login", "ews_access_blocked"),
    ({"kind": "status", "path": "/ews", "value": 404, "before_auth": True}, "anonymous answer", "wrong_url"),
    ({"kind": "cut", "path": "/ews"}, "login", "connection_lost"),
    ({"kind": "close_before_answer", "path": "/ews"}, "login", "connection_lost"),
    ({"kind": "garbage", "path": "/ews"}, "login", "not_http"),
    ({"kind": "garbage_xml", "path": "/ews"}, "login", "unexpected_answer"),
    ({"kind": "html_200", "path": "/ews"}, "login", "front_door"),
    ({"kind": "slow_bytes", "path": "/ews", "value": 1}, "login", "no_answer"),
    ({"kind": "endless_header", "path": "/ews"}, "login", "answer_too_large"),
    ({"kind": "chunk_minus_two", "path": "/ews"}, "login", "not_http"),
    ({"kind": "gzip_bomb", "path": "/ews", "value": 64}, "login", "answer_too_large"),
    ({"kind": "huge_body", "path": "/ews", "value": 16}, "login", "answer_too_large"),
    ({"kind": "empty_500", "path": "/ews"}, "login", "server_error"),
    ({"kind": "redirect", "path": "/ews", "location": "https://elsewhere.example/ews", "before_auth": True},
     "anonymous answer", "redirected_elsewhere"),
]


def step(report, name):
    for row in report["steps"]:
        if row["step"] == name:
            return row["observation"]
    raise AssertionError(f"no step {name}: {[(row['step'], row['observation']['cause']) for row in report['steps']]}")


def each_fault_of_ews_is_named(bin_folder):
    wrong = []
    for fault, name, cause in FAULTS:
        with World(bin_folder, mailboxes=10) as world:
            world.control("POST", "/faults", fault)
            seen = step(world.probe(), name)
            if seen["cause"] != cause:
                wrong.append(f"{fault['kind']}: {name} says {seen['cause']} ({seen.get('detail')}), expected {cause}")
    assert not wrong, "\n".join(wrong)


def each_trouble_of_a_certificate_is_named_and_no_credential_is_sent(bin_folder):
    with World(bin_folder, mailboxes=10) as world:
        for certificate, cause in (("expired", "certificate_expired"), ("wrong_name", "certificate_name_mismatch"),
                                   ("self_signed", "certificate_self_signed")):
            world.control("POST", "/server", {"certificate": certificate})
            seen = step(world.probe(), "TLS")
            assert seen["cause"] == cause, (certificate, seen)
        assert world.counters()["presentations"] == 0
        world.control("POST", "/server", {"certificate": "good"})
        assert step(world.probe(), "login")["cause"] == "ok"


def each_state_of_a_mailbox_is_named(bin_folder):
    with World(bin_folder, mailboxes=10) as world:
        address = (world.folder / "list.csv").read_text().splitlines()[1].split(",")[0]
        world.control("POST", "/mend-all")
        for state, cause in (("ok", "ok"), ("disabled", "mailbox_disabled"), ("moved", "mailbox_moved"),
                             ("in_transit", "mailbox_moving"), ("store_down", "mailbox_unavailable"),
                             ("missing", "mailbox_missing")):
            world.control("POST", f"/mailboxes/{address}", {"state": state})
            seen = step(world.probe(address), f"impersonation {address}")
            assert seen["cause"] == cause, (state, seen["cause"], seen.get("detail"))


def each_state_of_the_account_is_named_and_presented_once(bin_folder):
    for change, cause in (({"password": "Changed-Horse-8"}, "credential_refused"), ({"enabled": False}, "credential_refused"),
                          ({"locked": True}, "credential_refused"), ({"expired": True}, "credential_refused")):
        with World(bin_folder, mailboxes=10) as world:
            world.control("POST", "/accounts/migadmin", change)
            seen = step(world.probe(), "login")
            assert seen["cause"] in (cause, "account_locked"), (change, seen)
            world.probe()
            assert world.counters()["presentations"] == 1, (change, world.counters())


def nothing_listens_and_no_such_name_are_told_apart(bin_folder):
    with World(bin_folder, mailboxes=10) as world:
        world.configure(url="https://localhost:1/owa")
        assert step(world.probe(), "TCP")["cause"] == "tcp_refused"
        world.configure(url="https://no-such-host.invalid/owa")
        assert step(world.probe(), "DNS")["cause"] in ("dns_not_found", "dns_timeout")
        world.configure(ca=False)
        assert step(world.probe(), "TLS")["cause"] in ("certificate_untrusted", "certificate_self_signed")


def extended_protection_is_met_with_channel_bindings(bin_folder):
    with World(bin_folder, mailboxes=10) as world:
        for mode in ("off", "allow", "require"):
            world.control("POST", "/server", {"extended_protection": mode})
            assert step(world.probe(), "login")["cause"] == "ok", mode
        assert world.counters()["refused"] == 0


def the_people_s_form_shows_each_step_with_its_time(bin_folder):
    with World(bin_folder, mailboxes=10) as world:
        result = subprocess.run([str(world.bin / "mailpreflight"), "probe", "--config",
                                 str(world.folder / "mailpreflight.toml"), "contoso"], capture_output=True, text=True,
                                timeout=60, env=world.environment())
        for word in ("DNS", "TCP", "TLS", "anonymous answer", "login", "own mailbox", " ms"):
            assert word in result.stdout, result.stdout + result.stderr


if __name__ == "__main__":
    main([each_fault_of_ews_is_named, each_trouble_of_a_certificate_is_named_and_no_credential_is_sent,
          each_state_of_a_mailbox_is_named, each_state_of_the_account_is_named_and_presented_once,
          nothing_listens_and_no_such_name_are_told_apart, extended_protection_is_met_with_channel_bindings,
          the_people_s_form_shows_each_step_with_its_time])
