"""ews-javascript-api, Microsoft's managed API in JavaScript, against the simulator: nobody wrote it for this project.

usage: ews_javascript_api_test.py FOLDER_OF_THE_PROGRAMS
"""

import json
import os
import pathlib
import subprocess

from foreign import ADMIN, ADMIN_PASSWORD, ANNA, ANNA_PASSWORD, FOLDERS, Simulator
from harness import main, npm_modules

TOOLS = pathlib.Path(__file__).resolve().parent.parent / "foreign"
ADDRESS = "anna@contoso.example"


def look(simulator, scheme="basic", mailbox=ADDRESS, impersonate=True, user=ADMIN, password=ADMIN_PASSWORD, **more):
    asked = {"url": simulator.ews_url, "user": user, "password": password, "scheme": scheme, "mailbox": mailbox,
             "impersonate": impersonate, **more}
    run = subprocess.run(["node", "ews_javascript_api.mjs"], cwd=TOOLS, input=json.dumps(asked), capture_output=True,
                         text=True, timeout=60, env={**os.environ, "NODE_EXTRA_CA_CERTS": simulator.ready["ca_file"]})
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def check_annas_mailbox(seen):
    assert "error" not in seen, seen
    inbox = seen["inbox"]
    assert (inbox["name"], inbox["total"], inbox["unread"], inbox["children"]) == ("Inbox", 123, 7, 1), inbox
    assert set(seen["shallow"]) == FOLDERS - {"Projects", "2019"}, seen["shallow"]
    assert seen["filtered"] == ["Drafts"], seen["filtered"]
    assert seen["folder_pages"] == [5, 5, 3], seen["folder_pages"]
    tree = {folder["name"]: folder for folder in seen["deep"]}
    assert set(tree) == FOLDERS, set(tree)
    assert tree["2019"]["parent"] == tree["Projects"]["id"] and tree["Projects"]["parent"] == inbox["id"], tree
    kinds = {tree[name]["kind"] for name in ("Calendar", "Contacts", "Tasks", "Inbox")}
    assert kinds == {"CalendarFolder", "ContactsFolder", "TasksFolder", "Folder"}, kinds
    assert tree["Calendar"]["class"] == "IPF.Appointment" and tree["Calendar"]["total"] == 3, tree["Calendar"]
    assert seen["item_pages"] == [50, 50, 23] and seen["item_total"] == 123 and seen["item_ids"] == 123, seen
    assert seen["unread"] == 7 and seen["newest"] == "Item 123", seen


def impersonation_opens_the_mailbox_over_basic_and_ntlm(bin_folder):
    with Simulator(bin_folder) as simulator:
        for scheme in ("basic", "ntlm"):
            for connecting in ("SmtpAddress", "PrincipalName"):
                check_annas_mailbox(look(simulator, scheme, connecting=connecting))
        assert {entry["presentation"] for entry in simulator.log()} == {"", "accepted"}


def full_access_opens_the_mailbox_over_basic_and_ntlm(bin_folder):
    with Simulator(bin_folder) as simulator:
        for scheme in ("basic", "ntlm"):
            check_annas_mailbox(look(simulator, scheme, impersonate=False))


def the_owner_opens_the_own_mailbox(bin_folder):
    with Simulator(bin_folder, offers=["ntlm"]) as simulator:
        check_annas_mailbox(look(simulator, "ntlm", impersonate=False, user=ANNA, password=ANNA_PASSWORD))


def ntlm_comes_through_with_the_first_message_on_a_get(bin_folder):
    with Simulator(bin_folder) as simulator:
        look(simulator, "ntlm")
        first, second = simulator.log()[:2]
        assert (first["method"], first["status"]) == ("GET", 401), first
        assert (second["method"], second["operation"], second["status"]) == ("POST", "GetFolder", 200), second
        assert first["connection"] == second["connection"], (first, second)


def every_product_is_understood(bin_folder):
    for version, schema, build in (("2007sp1", "Exchange2007_SP1", "8.1"), ("2010sp2", "Exchange2010_SP2", "14.2"),
                                   ("2013", "Exchange2013_SP1", "15.0"), ("se", "Exchange2016", "15.2")):
        with Simulator(bin_folder, version=version) as simulator:
            seen = look(simulator, version=schema, connecting="PrincipalName")
            check_annas_mailbox(seen)
            assert seen["server"] == build, (version, seen["server"])


def refusals_are_the_ones_of_exchange(bin_folder):
    with Simulator(bin_folder) as simulator:
        for mailbox, impersonate, code in (("outside@contoso.example", True, "ErrorImpersonateUserDenied"),
                                           ("outside@contoso.example", False, "ErrorAccessDenied"),
                                           ("closed@contoso.example", True, "ErrorAccountDisabled"),
                                           ("gone@contoso.example", True, "ErrorNonExistentMailbox"),
                                           ("nobody@contoso.example", False, "ErrorNonExistentMailbox")):
            seen = look(simulator, mailbox=mailbox, impersonate=impersonate)
            assert seen.get("error", {}).get("code") == code, (mailbox, seen)


def a_wrong_password_is_refused(bin_folder):
    with Simulator(bin_folder) as simulator:
        for scheme in ("basic", "ntlm"):
            seen = look(simulator, scheme, password="wrong")
            assert seen.get("error", {}).get("status") == 401, seen
        assert {entry["presentation"] for entry in simulator.log()} == {"", "wrong_password"}


if __name__ == "__main__":
    npm_modules(TOOLS)
    main([
        impersonation_opens_the_mailbox_over_basic_and_ntlm,
        full_access_opens_the_mailbox_over_basic_and_ntlm,
        the_owner_opens_the_own_mailbox,
        ntlm_comes_through_with_the_first_message_on_a_get,
        every_product_is_understood,
        refusals_are_the_ones_of_exchange,
        a_wrong_password_is_refused,
    ])
