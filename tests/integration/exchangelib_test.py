#!/usr/bin/python3
"""A foreign EWS client (exchangelib) against the exchange-simulator: where we misread the protocol, it disagrees.

usage: exchangelib_test.py PATH/TO/exchange-simulator
"""

import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import traceback
import warnings

from exchangelib import DELEGATE, IMPERSONATION, Account, Configuration, Credentials, FaultTolerance
from exchangelib.errors import (
    ErrorAccessDenied,
    ErrorImpersonateUserDenied,
    ErrorNonExistentMailbox,
    UnauthorizedError,
)
from exchangelib.protocol import BaseProtocol, NoVerifyHTTPAdapter

PASSWORD = "Correct horse:battery \u00e4"
USER = "CONTOSO\\migadmin"

STATE = {
    "server": {"version": "2019", "offers": ["negotiate", "ntlm", "basic"]},
    "directory": {
        "lockout": {"threshold": 5},
        "accounts": [
            {
                "domain": "CONTOSO",
                "sam": "migadmin",
                "upn": "migadmin@contoso.example",
                "password": PASSWORD,
                "mailbox": "migadmin@contoso.example",
            }
        ],
    },
    "mailboxes": [
        {"address": "migadmin@contoso.example", "database": "DB01"},
        {
            "address": "anna@contoso.example",
            "aliases": ["a.adler@contoso.example"],
            "database": "DB01",
            "folders": [{"folder": "inbox", "items": 123, "unread": 7}],
        },
        {"address": "outside@contoso.example", "database": "DB02"},
    ],
    "rights": {
        "impersonation": [{"assignee": USER, "databases": ["DB01"]}],
        "full_access": [{"account": USER, "mailboxes": ["anna@contoso.example"]}],
    },
}


class Simulator:
    """The program under test, for the length of a with block."""

    def __init__(self, binary, directory, version="2019"):
        state = json.loads(json.dumps(STATE))
        state["server"]["version"] = version
        state_file = os.path.join(directory, "state.json")
        with open(state_file, "w", encoding="utf-8") as file:
            json.dump(state, file)
        self.process = subprocess.Popen(
            [binary, "--port", "0", "--control-port", "0", "--tls-dir", os.path.join(directory, "tls"), "--state", state_file],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.ready = json.loads(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(timeout=10) != 0:
            raise AssertionError("the simulator did not end well")

    def account(self, address, access_type, auth_type, password=PASSWORD):
        config = Configuration(
            service_endpoint=f"https://127.0.0.1:{self.ready['port']}/EWS/Exchange.asmx",
            credentials=Credentials(USER, password),
            auth_type=auth_type,
            max_connections=1,
        )
        return Account(primary_smtp_address=address, config=config, autodiscover=False, access_type=access_type)


def counts(simulator, access_type, auth_type):
    account = simulator.account("anna@contoso.example", access_type, auth_type)
    assert account.inbox.total_count == 123, account.inbox.total_count
    assert account.inbox.unread_count == 7, account.inbox.unread_count
    return account


def impersonation_over_ntlm(simulator):
    account = counts(simulator, IMPERSONATION, "NTLM")
    assert (account.version.build.major_version, account.version.build.minor_version) == (15, 2), account.version.build


def delegate_over_ntlm(simulator):
    counts(simulator, DELEGATE, "NTLM")


def impersonation_over_basic(simulator):
    counts(simulator, IMPERSONATION, "basic")


def delegate_over_basic(simulator):
    counts(simulator, DELEGATE, "basic")


def the_scheme_is_found_from_the_offers(simulator):
    counts(simulator, IMPERSONATION, None)


def the_folder_tree_is_walked(simulator):
    account = simulator.account("anna@contoso.example", IMPERSONATION, "basic")
    names = {folder.name for folder in account.msg_folder_root.walk()}
    assert {"Inbox", "Calendar", "Contacts", "Projects"} <= names, names


def items_are_counted(simulator):
    account = simulator.account("anna@contoso.example", IMPERSONATION, "basic")
    assert account.inbox.all().count() == 123


def a_mailbox_outside_the_scope_is_refused(simulator):
    try:
        simulator.account("outside@contoso.example", IMPERSONATION, "basic").inbox.total_count
    except ErrorImpersonateUserDenied:
        return
    raise AssertionError("opened")


def a_mailbox_without_full_access_is_refused(simulator):
    try:
        simulator.account("outside@contoso.example", DELEGATE, "basic").inbox.total_count
    except ErrorAccessDenied:
        return
    raise AssertionError("opened")


def an_unknown_address_is_unknown(simulator):
    try:
        simulator.account("nobody@contoso.example", IMPERSONATION, "basic").inbox.total_count
    except ErrorNonExistentMailbox:
        return
    raise AssertionError("opened")


def names_are_resolved(simulator):
    account = simulator.account("anna@contoso.example", IMPERSONATION, "basic")
    found = account.protocol.resolve_names(["smtp:a.adler@contoso.example"])
    assert [mailbox.email_address for mailbox in found] == ["anna@contoso.example"], found


def a_wrong_password_is_refused(simulator):
    try:
        simulator.account("anna@contoso.example", IMPERSONATION, "NTLM", "wrong").inbox.total_count
    except UnauthorizedError:
        return
    raise AssertionError("opened")


TESTS = [
    impersonation_over_ntlm,
    delegate_over_ntlm,
    impersonation_over_basic,
    delegate_over_basic,
    the_scheme_is_found_from_the_offers,
    the_folder_tree_is_walked,
    items_are_counted,
    a_mailbox_outside_the_scope_is_refused,
    a_mailbox_without_full_access_is_refused,
    an_unknown_address_is_unknown,
    names_are_resolved,
    a_wrong_password_is_refused,
]


def main(binary):
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    BaseProtocol.HTTP_ADAPTER_CLS = NoVerifyHTTPAdapter
    passed = failed = 0
    runs = [("2019", test) for test in TESTS]
    runs += [(version, impersonation_over_basic) for version in ("2010sp2", "2013", "2016", "se")]
    # One simulator for each: exchangelib caches what it learned by endpoint and credentials.
    for version, test in runs:
        with tempfile.TemporaryDirectory() as directory, Simulator(binary, directory, version) as simulator:
            try:
                test(simulator)
                passed += 1
            except Exception:  # whatever the client throws is a finding
                failed += 1
                print(f"FAILED {test.__name__} ({version})")
                traceback.print_exc()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
