"""exchangelib, an EWS client in Python that nobody wrote for this project, against the simulator: where we misread the
protocol, it disagrees.

usage: exchangelib_test.py FOLDER_OF_THE_PROGRAMS
"""

import contextlib
import logging
import warnings

from exchangelib import DELEGATE, IMPERSONATION, Account, Configuration, Credentials
from exchangelib.errors import (
    ErrorAccessDenied,
    ErrorAccountDisabled,
    ErrorFolderNotFound,
    ErrorImpersonateUserDenied,
    ErrorNonExistentMailbox,
    UnauthorizedError,
)
from exchangelib.folders import Calendar, Contacts, Inbox
from exchangelib.protocol import BaseProtocol, CachingProtocol, NoVerifyHTTPAdapter

from foreign import ADMIN, ADMIN_PASSWORD, ANNA, ANNA_PASSWORD, FOLDERS, Simulator
from harness import main

ADDRESS = "anna@contoso.example"


def account(simulator, access_type=IMPERSONATION, auth_type="basic", address=ADDRESS, user=ADMIN,
            password=ADMIN_PASSWORD):
    config = Configuration(service_endpoint=simulator.ews_url, credentials=Credentials(user, password),
                           auth_type=auth_type, max_connections=1)
    return Account(primary_smtp_address=address, config=config, autodiscover=False, access_type=access_type)


@contextlib.contextmanager
def mailbox(bin_folder, *arguments, version="2019", offers=("negotiate", "ntlm", "basic"), **options):
    """An account at a simulator of its own: exchangelib remembers what it learned by endpoint and credentials."""
    with Simulator(bin_folder, version=version, offers=list(offers)) as simulator:
        try:
            yield account(simulator, *arguments, **options)
        finally:
            CachingProtocol.clear_cache()


def refused(error, action):
    try:
        action()
    except error:
        return
    raise AssertionError(f"no {error.__name__}")


def check_counts(opened):
    assert (opened.inbox.total_count, opened.inbox.unread_count) == (123, 7), opened.inbox
    assert opened.inbox.child_folder_count == 1, opened.inbox


def impersonation_and_full_access_open_the_inbox_over_basic_and_ntlm(bin_folder):
    for access_type in (IMPERSONATION, DELEGATE):
        for auth_type in ("basic", "NTLM"):
            with mailbox(bin_folder, access_type, auth_type) as opened:
                check_counts(opened)


def the_owner_opens_the_own_mailbox(bin_folder):
    with mailbox(bin_folder, DELEGATE, "NTLM", user=ANNA, password=ANNA_PASSWORD) as opened:
        check_counts(opened)


def the_scheme_is_found_from_the_offers(bin_folder):
    for offers in (("negotiate", "ntlm"), ("basic",)):
        with mailbox(bin_folder, IMPERSONATION, None, offers=offers) as opened:
            check_counts(opened)


def every_product_is_recognised_by_its_build(bin_folder):
    builds = {"2007sp1": (8, 1), "2010sp2": (14, 2), "2013": (15, 0), "2016": (15, 1), "2019": (15, 2), "se": (15, 2)}
    for version, build in builds.items():
        with mailbox(bin_folder, version=version) as opened:
            check_counts(opened)
            seen = opened.version.build
            assert (seen.major_version, seen.minor_version) == build, (version, seen)


def the_folder_tree_is_walked_from_its_root(bin_folder):
    for access_type in (IMPERSONATION, DELEGATE):
        with mailbox(bin_folder, access_type) as opened:
            names = {folder.name for folder in opened.msg_folder_root.walk()}
            assert names == FOLDERS, names ^ FOLDERS
            everything = {folder.name for folder in opened.root.walk()}
            assert everything >= FOLDERS | {"Top of Information Store", "Recoverable Items", "Deletions"}, everything


def the_tree_hangs_together(bin_folder):
    with mailbox(bin_folder) as opened:
        children = {folder.name: folder for folder in opened.msg_folder_root.children}
        assert set(children) == FOLDERS - {"Projects", "2019"}, set(children)
        assert isinstance(children["Inbox"], Inbox) and isinstance(children["Calendar"], Calendar), children
        assert isinstance(children["Contacts"], Contacts), children
        for folder in opened.msg_folder_root.walk():
            assert folder.child_folder_count == len(list(folder.children)), folder
        year = opened.inbox / "Projects" / "2019"
        assert year.absolute == "/root/Top of Information Store/Inbox/Projects/2019", year.absolute
        assert year.parent.parent == opened.inbox and year.folder_class == "IPF.Note", year.parent
        assert (year.parent.total_count, year.parent.unread_count) == (2, 1), year.parent
        assert {folder.name for folder in opened.msg_folder_root.glob("Inbox/*")} == {"Projects"}


def items_are_counted_paged_and_filtered(bin_folder):
    with mailbox(bin_folder) as opened:
        assert opened.inbox.all().count() == 123
        query = opened.inbox.all().only("subject")
        query.page_size = 50
        subjects = [item.subject for item in query]
        assert len(set(subjects)) == 123, subjects
        assert opened.inbox.filter(is_read=False).count() == 7
        newest = opened.inbox.all().only("subject", "datetime_received").order_by("-datetime_received")[:2]
        assert [item.subject for item in newest] == ["Item 123", "Item 122"], list(newest)
        assert opened.calendar.all().count() == 3 and opened.outbox.all().count() == 0


def the_hierarchy_is_synchronised_by_its_state(bin_folder):
    with mailbox(bin_folder) as opened:
        first = list(opened.msg_folder_root.sync_hierarchy())
        assert {kind for kind, _ in first} == {"create"}, first
        assert {folder.name for _, folder in first} == FOLDERS, first
        assert opened.msg_folder_root.folder_sync_state
        assert list(opened.msg_folder_root.sync_hierarchy()) == []


def mailboxes_that_are_not_ours_to_open_are_refused_as_exchange_refuses_them(bin_folder):
    for address, access_type, error in (("outside@contoso.example", IMPERSONATION, ErrorImpersonateUserDenied),
                                        ("outside@contoso.example", DELEGATE, ErrorAccessDenied),
                                        ("closed@contoso.example", IMPERSONATION, ErrorAccountDisabled),
                                        ("gone@contoso.example", IMPERSONATION, ErrorNonExistentMailbox),
                                        ("nobody@contoso.example", IMPERSONATION, ErrorNonExistentMailbox),
                                        ("nobody@contoso.example", DELEGATE, ErrorNonExistentMailbox)):
        with mailbox(bin_folder, access_type, address=address) as opened:
            refused(error, lambda: opened.inbox.total_count)
            refused(error, lambda: list(opened.root.walk()))


def a_missing_folder_is_missing_and_not_the_mailbox(bin_folder):
    with mailbox(bin_folder) as opened:
        refused(ErrorFolderNotFound, lambda: opened.voice_mail.total_count)
        check_counts(opened)


def names_are_resolved(bin_folder):
    with mailbox(bin_folder) as opened:
        found = opened.protocol.resolve_names(["smtp:a.adler@contoso.example"])
        assert [entry.email_address for entry in found] == [ADDRESS], found


def a_wrong_password_is_refused(bin_folder):
    for auth_type in ("basic", "NTLM"):
        with Simulator(bin_folder, offers=["ntlm", "basic"]) as simulator:
            refused(UnauthorizedError,
                    lambda: account(simulator, auth_type=auth_type, password="wrong").inbox.total_count)
            CachingProtocol.clear_cache()


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    BaseProtocol.HTTP_ADAPTER_CLS = NoVerifyHTTPAdapter
    main([
        impersonation_and_full_access_open_the_inbox_over_basic_and_ntlm,
        the_owner_opens_the_own_mailbox,
        the_scheme_is_found_from_the_offers,
        every_product_is_recognised_by_its_build,
        the_folder_tree_is_walked_from_its_root,
        the_tree_hangs_together,
        items_are_counted_paged_and_filtered,
        the_hierarchy_is_synchronised_by_its_state,
        mailboxes_that_are_not_ours_to_open_are_refused_as_exchange_refuses_them,
        a_missing_folder_is_missing_and_not_the_mailbox,
        names_are_resolved,
        a_wrong_password_is_refused,
    ])
