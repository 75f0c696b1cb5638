"""Every front door of EWS, OWA and /exchange, by version: what probe says of it, and what it cost the account. Kerberos,
OAuth, TLS, addresses and proxies need servers of their own: kerberos_test, oauth_test, tls_test, network_test."""

import json

from harness import World, main

WRONG = "Wrong-Horse-1"
OWA = "OWA login"
EWS = "login"
ANONYMOUS = "anonymous answer"


def row(name, cause, server=None, url="owa", step=OWA, password=None, account=None, facts=None, config="",
        mailbox=None, posts=None):
    return {"name": name, "cause": cause, "server": server or {}, "url": url, "step": step, "password": password,
            "account": account, "facts": facts or {}, "config": config, "mailbox": mailbox, "posts": posts}


def ews(name, cause, offers, auth="auto", server=None, step=EWS, **more):
    return row(f"EWS, {name}", cause, {"offers": offers, **(server or {})}, url="EWS/Exchange.asmx", step=step,
               config=f'auth = "{auth}"\nowa_url = "none"', posts=0, **more)


# One door a row.
NO_EWS = 'ews_url = "none"'
BY_OWA = ["2007sp1", "2010sp2", "2013", "2016", "2019", "se"]
DOORS = [("adfs", "adfs"), ("wap", "web_application_proxy"), ("entra", "entra_id"), ("tmg", "isa_tmg"), ("uag", "uag"),
         ("f5", "f5_apm"), ("citrix", "citrix_adc"), ("kemp", "kemp_esp"), ("okta", "okta"),
         ("captive_portal", "captive_portal"), ("waf", "waf"), ("proxy", "proxy")]

ROWS = [
    # EWS: what is offered, what is allowed, what the directory says of the account
    ews("NTLM", "ok", ["ntlm"], facts={"way": "ntlm"}),
    ews("Negotiate and NTLM", "ok", ["negotiate", "ntlm"], facts={"way": "ntlm"}),
    ews("Negotiate alone", "ok", ["negotiate"]),
    ews("Basic alone", "ok", ["basic"], facts={"way": "basic"}),
    ews("all of them", "ok", ["negotiate", "ntlm", "basic"], facts={"way": "ntlm"}),
    *[ews(f"{offer}, wrong password", "credential_refused", [offer], password=WRONG)
      for offer in ("ntlm", "negotiate", "basic")],
    *[ews(f"all, {auth} allowed, wrong password", "credential_refused", ["negotiate", "ntlm", "basic"], auth,
          password=WRONG) for auth in ("ntlm", "basic")],
    ews("NTLM where Basic is allowed", "auth_scheme_not_offered", ["ntlm"], "basic", step=ANONYMOUS),
    ews("Basic where NTLM is allowed", "auth_scheme_not_offered", ["basic"], "ntlm", step=ANONYMOUS),
    ews("Bearer alone", "auth_scheme_not_offered", ["bearer"], step=ANONYMOUS),
    ews("locked", "credential_refused", ["ntlm"], account={"locked": True}),
    ews("locked, and it says so", "account_locked", ["ntlm"], server={"lockout_body": True}, account={"locked": True}),
    ews("disabled", "credential_refused", ["ntlm"], account={"enabled": False}),
    ews("account expired", "credential_refused", ["basic"], account={"account_expired": True}),
    ews("password expired", "credential_refused", ["ntlm"], account={"expired": True}),
    ews("Extended Protection required", "ok", ["ntlm"], server={"extended_protection": "require"}),
    ews("Extended Protection required, Negotiate", "ok", ["negotiate"], server={"extended_protection": "require"}),
    ews("Extended Protection allowed", "ok", ["ntlm"], server={"extended_protection": "allow"}),
    ews("EWS off for the organization", "ews_access_blocked", ["ntlm"], server={"ews_enabled": False}),
    ews("2010, Basic", "ok", ["basic"], server={"version": "2010sp2"}),
    ews("2007, NTLM", "ok", ["ntlm"], server={"version": "2007sp1"}),
    # the form of each version
    *[row(f"{version}: form", "ok", {"version": version}, facts={"way": "form"}) for version in BY_OWA],
    *[row(f"{version}: form, wrong password", "credential_refused", {"version": version}, password=WRONG)
      for version in BY_OWA],
    row("2007: page by script, status 400", "ok",
        {"version": "2007sp1", "logon_page": "script", "logon_status": 400}),
    row("2007: page in a frame", "ok", {"version": "2007sp1", "logon_page": "frame"}),
    row("2003: no /owa", "wrong_url", {"version": "2003"}),
    # what the logon page says afterwards
    row("reason 3", "session_not_kept", {"form_reason": 3}),
    row("reason 4", "credential_refused", {"form_reason": 4}),
    row("reason 5", "owa_disabled", {"form_reason": 5}),
    row("reason 6", "owa_disabled", {"form_reason": 6}),
    row("expired password", "password_expired", account={"expired": True}),
    row("must change password", "password_expired", account={"must_change": True}),
    row("expired, feature off", "credential_refused", {"change_expired_password": False},
        account={"expired": True}),
    row("session not kept", "session_not_kept", {"session_lost": True}),
    row("page again after an update", "session_not_kept", {"form_ignored": True}),
    row("2010 behind without Windows authentication", "organization_misconfigured", {"cafe_error": "CAS14WithNoWIA"}),
    row("cross-site form", "redirected_elsewhere", {"cross_site_host": "127.0.0.1"}, facts={"front_door": "cross_site"}),
    row("forms login off", "auth_scheme_not_offered", {"forms": False}),
    row("never opened: language page", "ok", mailbox={"never_opened": True}),
    row("label of UPN", "ok", {"logon_format": "PrincipalName"}, facts={"logon_format": "PrincipalName"}),
    row("label of DOMAIN\\user", "ok", facts={"logon_format": "FullDomain"}),
    # /exchange
    row("2003: /exchange, form", "ok", {"version": "2003"}, url="exchange", facts={"way": "webdav, form"}),
    row("2003: /exchange, form, wrong password", "credential_refused", {"version": "2003"}, url="exchange",
        password=WRONG),
    row("2003: cookies for anything, wrong password", "credential_refused",
        {"version": "2003", "form_unchecked": True}, url="exchange", password=WRONG),
    row("2003: /exchange, Basic", "ok", {"version": "2003", "exchange_forms": False}, url="exchange",
        facts={"way": "basic"}),
    row("2003: /exchange, Basic, wrong password", "credential_refused", {"version": "2003", "exchange_forms": False},
        url="exchange", password=WRONG),
    row("2003: /exchange, NTLM", "ok", {"version": "2003", "exchange_forms": False, "owa_offers": ["ntlm"]},
        url="exchange", facts={"way": "ntlm"}),
    row("2003: /exchange, NTLM, wrong password", "credential_refused",
        {"version": "2003", "exchange_forms": False, "owa_offers": ["ntlm"]}, url="exchange", password=WRONG),
    row("2007: /exchange, form", "ok", {"version": "2007sp1", "webdav": True}, url="exchange",
        facts={"way": "webdav, form"}),
    row("2007: /exchange, Basic", "ok", {"version": "2007sp1", "webdav": True, "exchange_forms": False},
        url="exchange"),
    row("2010: /exchange is an alias", "ok", {"version": "2010sp2"}, url="exchange",
        facts={"exchange": "alias of /owa"}),
    *[row(f"{version}: no /exchange", "wrong_url", {"version": version}, url="exchange")
      for version in ("2013", "2016", "2019", "se")],
    row("/exchange behind AD FS", "front_door", {"version": "2003", "front_door": "adfs"}, url="exchange",
        facts={"front_door": "adfs"}),
    # front doors: named, and nothing is posted to them
    *[row(f"{door} before OWA", "front_door", {"front_door": door}, facts={"front_door": kind}, posts=0)
      for door, kind in DOORS],
    row("otp before OWA", "multi_factor_required", {"front_door": "otp"}, facts={"front_door": "one_time_password"},
        posts=0),
    row("unknown login page before OWA", "login_form_unknown", {"front_door": "login_page"},
        facts={"front_door": "unknown"}, posts=0),
    *[row(f"{door} before EWS", "front_door", {"front_door": door, "front_door_paths": ["/ews"]}, step=ANONYMOUS,
          facts={"front_door": kind}, config="", posts=0) for door, kind in DOORS],
    row("otp before EWS", "multi_factor_required", {"front_door": "otp", "front_door_paths": ["/ews"]},
        step=ANONYMOUS, posts=0),
    row("unknown login page before EWS", "front_door", {"front_door": "login_page", "front_door_paths": ["/ews"]},
        step=ANONYMOUS, facts={"front_door": "login_page"}, posts=0),
    # what the operator allows
    row("tmg, allowed", "ok", {"front_door": "tmg"}, config='owa_front_door = "tmg"', posts=2),
    row("tmg, allowed, wrong password", "credential_refused", {"front_door": "tmg"}, config='owa_front_door = "tmg"',
        password=WRONG, posts=1),
    row("otp, tmg allowed", "multi_factor_required", {"front_door": "otp"}, config='owa_front_door = "tmg"', posts=0),
]


def step_of(report, name):
    for shown in report["steps"]:
        if shown["step"] == name:
            return shown
    raise AssertionError(f"no step {name}: {[(s['step'], s['observation']['cause']) for s in report['steps']]}")


def apply(world, case):
    server = dict(case["server"])
    if "cross_site_host" in server:
        server["cross_site_host"] += f":{world.port}"
    world.control("POST", "/server", server)
    if case["account"]:
        world.control("POST", "/accounts/migadmin", case["account"])
    if case["mailbox"]:
        own = (world.folder / "list.csv").read_text().splitlines()[1].split(",")[0]
        world.control("POST", "/accounts/migadmin", {"mailbox": own})
        world.control("POST", f"/mailboxes/{own}", {"state": "ok", **case["mailbox"]})
    world.write_private(world.folder / "password", case["password"] or "Correct-Horse-7")
    extra = case["config"]
    if case["step"] == OWA:
        extra += "\n" + NO_EWS
    world.configure(url=f"https://localhost:{world.port}/{case['url']}", extra_source=extra)
    text = (world.folder / "mailpreflight.toml").read_text()
    if case["step"] == OWA:
        (world.folder / "mailpreflight.toml").write_text(
            text.replace('mailboxes = "list.csv"', 'mailboxes = "list.csv"\nprove = ["owa"]'))


def every_door_has_its_cause_and_costs_one_presentation_at_most(bin_folder):
    wrong = []
    print(f"{'variant':52} {'cause':28} {'presented':>9} {'form posts':>10} {'refused':>8}")
    for case in ROWS:
        with World(bin_folder, mailboxes=4) as world:
            apply(world, case)
            shown = step_of(world.probe("nobody@contoso.example"), case["step"])
            seen = shown["observation"]
            counters = world.counters()
            posts = counters["by_door"].get("owa_form", 0)
            refused = counters["refused"]
            presented = counters["presentations"]
            print(f"{case['name']:52} {seen['cause']:28} {presented:9} {posts:10} {refused:8}", flush=True)
            facts = seen.get("facts", {})
            for problem in (
                    seen["cause"] != case["cause"] and f"expected {case['cause']}: {seen.get('detail')}",
                    any(facts.get(k) != v for k, v in case["facts"].items()) and f"facts {facts}",
                    seen["state"] != "pass" and not shown.get("remedy") and "no advice",
                    refused > 1 and f"{refused} refused presentations",
                    seen["cause"].startswith(("credential_", "password_", "account_")) and presented > 1
                    and f"{presented} presentations of a refused secret",
                    posts > (2 if seen["cause"] == "ok" else 1) and f"{posts} form posts",  # login and mailbox
                    case["posts"] is not None and posts != case["posts"] and f"{posts} form posts",
                    counters["posts_to_lang_owa"] and "posted to lang.owa",
                    counters["posts_to_foreign_forms"] > (case["posts"] or 0)
                    and "posted to a foreign form"):
                if problem:
                    wrong.append(f"{case['name']}: {problem}")
            # A second look never makes a refusal dearer.
            if refused:
                world.probe()
                if world.counters()["refused"] != refused:
                    wrong.append(f"{case['name']}: a second probe presented the refused password again")
    assert not wrong, "\n" + "\n".join(wrong)


def exchange_2003_is_a_source_from_end_to_end(bin_folder):
    """No EWS, the whole list by WebDAV, on a schedule; a right that is taken away is seen, and when it comes back."""
    with World(bin_folder, mailboxes=12) as world:
        world.control("POST", "/server", {"version": "2003"})
        world.control("POST", "/mend-all")
        world.configure(url=f"https://localhost:{world.port}/exchange")
        configuration = world.folder / "mailpreflight.toml"
        configuration.write_text(configuration.read_text().replace('mailboxes = "list.csv"',
                                                                   'mailboxes = "list.csv"\nprove = ["owa"]'))
        everybody = {"full_access": [{"account": "CONTOSO\\migadmin", "all": True}]}
        world.control("POST", "/rights", everybody)
        world.start_daemon()
        world.wait_for_api()

        def batch():
            return json.loads(world.mpf("--json", "status").stdout)["batches"][0]["readiness"]

        def becomes(what, wanted):
            try:
                world.wait(lambda: wanted(batch()), what, 40)
            except TimeoutError:
                raise AssertionError(f"{what}: {json.dumps(batch())[:2000]}") from None

        becomes("all mailboxes pass", lambda b: b["passed"] == b["mailboxes"] and b["mailboxes"] >= 10)
        assert not batch()["blockers"], batch()["blockers"]
        world.control("POST", "/rights", {"full_access": []})
        becomes("all mailboxes fail", lambda b: b["failed"] == b["mailboxes"])
        assert {finding["cause"] for finding in batch()["blockers"]} == {"access_denied"}, batch()["blockers"]
        world.control("POST", "/rights", everybody)
        becomes("all mailboxes pass again", lambda b: b["passed"] == b["mailboxes"])
        counters = world.counters()
        assert counters["refused"] == 0, counters
        assert counters["posts_to_foreign_forms"] == counters["posts_to_lang_owa"] == 0, counters
        asked = {(entry["method"], entry["door"]) for entry in world.control("GET", "/log")["entries"]}
        assert asked <= {("GET", "owa"), ("POST", "owa"), ("PROPFIND", "owa")}, asked


if __name__ == "__main__":
    main([every_door_has_its_cause_and_costs_one_presentation_at_most, exchange_2003_is_a_source_from_end_to_end])
