"""Each request that we send and each answer of the simulator is valid by Microsoft's schema (xmllint).

The schema is not ours to copy: it is read from REAL_DATA_DIR/ews-schema, and without it this is skipped.
"""

import base64
import os
import pathlib
import ssl
import subprocess
import sys
import urllib.error
import urllib.request

from harness import PASSWORD, World, main

SCHEMA = pathlib.Path(os.environ.get("REAL_DATA_DIR", "/nonexistent")) / "ews-schema" / "all.xsd"
VERSIONS = ("2007sp1", "2010sp2", "2013", "2016", "2019", "se")
STATES = ("ok", "disabled", "moved", "in_transit", "store_down", "missing")
CODES = ("ErrorServerBusy", "ErrorMailboxStoreUnavailable", "ErrorMailboxMoveInProgress", "ErrorAccessDenied",
         "ErrorImpersonateUserDenied", "ErrorInternalServerError", "ErrorADUnavailable", "ErrorQuotaExceeded",
         "ErrorMailboxFailover", "ErrorConnectionFailed")

ENVELOPE = """<?xml version="1.0" encoding="utf-8"?>
<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"
  xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"
  xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages">
<soap:Header>{header}</soap:Header><soap:Body>{body}</soap:Body></soap:Envelope>"""
FOLDER = '<t:DistinguishedFolderId Id="{}"/>'
GET_FOLDER = ("<m:GetFolder><m:FolderShape><t:BaseShape>{}</t:BaseShape></m:FolderShape>"
              "<m:FolderIds>{}</m:FolderIds></m:GetFolder>")
FIND_FOLDER = ('<m:FindFolder Traversal="{}"><m:FolderShape><t:BaseShape>{}</t:BaseShape></m:FolderShape>'
               '<m:IndexedPageFolderView MaxEntriesReturned="5" Offset="0" BasePoint="Beginning"/>'
               '<m:ParentFolderIds>{}</m:ParentFolderIds></m:FindFolder>')
FIND_ITEM = ('<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>{}</t:BaseShape></m:ItemShape>'
             '<m:IndexedPageItemView MaxEntriesReturned="5" Offset="0" BasePoint="Beginning"/>'
             '<m:ParentFolderIds>{}</m:ParentFolderIds></m:FindItem>')
SYNC = ("<m:SyncFolderHierarchy><m:FolderShape><t:BaseShape>{}</t:BaseShape></m:FolderShape>"
        "<m:SyncFolderId>{}</m:SyncFolderId></m:SyncFolderHierarchy>")
CONVERT = ('<m:ConvertId DestinationFormat="{}"><m:SourceIds><t:AlternateId Format="EwsId" Id="{}" '
           'Mailbox="migadmin@contoso.example"/></m:SourceIds></m:ConvertId>')
RESOLVE = ('<m:ResolveNames ReturnFullContactData="{}"><m:UnresolvedEntry>{}</m:UnresolvedEntry></m:ResolveNames>')
FOLDERS = ("root", "msgfolderroot", "inbox", "calendar", "contacts", "tasks", "notes", "sentitems", "deleteditems",
           "junkemail", "searchfolders", "archivemsgfolderroot")


def ask(world, body, header=""):
    """One request of our own making, by Basic; the answer is what the recorder keeps."""
    context = ssl.create_default_context(cafile=world.folder / "tls/ca.pem")
    request = urllib.request.Request(f"https://localhost:{world.port}/EWS/Exchange.asmx",
                                     data=ENVELOPE.format(header=header, body=body).encode(),
                                     headers={"Content-Type": "text/xml; charset=utf-8", "Authorization": "Basic " +
                                              base64.b64encode(f"CONTOSO\\migadmin:{PASSWORD}".encode()).decode()})
    try:
        with urllib.request.urlopen(request, context=context, timeout=10) as answer:
            answer.read()
    except urllib.error.HTTPError as error:
        error.read()


def validate(world, kind):
    """xmllint over all files of a kind, many a call; what it finds, shortened."""
    files = sorted((world.folder / "soap").glob(f"*-{kind}.xml"))
    found = []
    for start in range(0, len(files), 200):
        result = subprocess.run(["xmllint", "--nonet", "--noout", "--schema", SCHEMA, *files[start:start + 200]],
                                capture_output=True, text=True, timeout=120)
        found += [line for line in result.stderr.splitlines() if not line.endswith(" validates")]
    return len(files), found


def each_request_of_ours_and_each_answer_to_it_is_valid(bin_folder):
    with World(bin_folder, mailboxes=60, record_soap=True) as world:
        world.start_daemon()
        world.wait_for_api()
        world.wait(lambda: world.status()["batches"][0]["readiness"]["verdict"] == "no_go", "the first verdict", 60)
        world.kill_daemon()
        addresses = [line.split(",")[0] for line in (world.folder / "list.csv").read_text().splitlines()[1:]]
        for version in VERSIONS:
            world.control("POST", "/server", {"version": version})
            world.probe(*addresses[:3])
        world.control("POST", "/mend-all")
        for state in STATES:
            world.control("POST", f"/mailboxes/{addresses[0]}", {"state": state})
            world.probe(addresses[0])
        world.control("POST", f"/mailboxes/{addresses[0]}", {"state": "ok"})
        for code in CODES:
            for as_message in (True, False):
                world.control("DELETE", "/faults")
                world.control("POST", "/faults", {"kind": "error_code", "path": "/ews", "code": code,
                                                  "as_message": as_message})
                world.probe(addresses[0])
        for kind in ("request", "answer"):
            count, found = validate(world, kind)
            print(f"   {count} {kind}s validated", flush=True)
            assert count > 100
            assert not found, "\n".join(found[:20])


def each_answer_to_what_other_clients_may_ask_is_valid(bin_folder):
    with World(bin_folder, mailboxes=10, record_soap=True) as world:
        world.control("POST", "/server", {"offers": ["Basic"]})
        address = (world.folder / "list.csv").read_text().splitlines()[1].split(",")[0]
        world.control("POST", "/mend-all")
        impersonate = ("<t:ExchangeImpersonation><t:ConnectingSID><t:{0}>{1}</t:{0}></t:ConnectingSID>"
                       "</t:ExchangeImpersonation>")
        for version in VERSIONS:
            world.control("POST", "/server", {"version": version})
            for header in ("", impersonate.format("PrimarySmtpAddress", address),
                           impersonate.format("SmtpAddress", address),
                           impersonate.format("PrimarySmtpAddress", "nobody@contoso.example"),
                           '<t:RequestServerVersion Version="Exchange2007_SP1"/>',
                           '<t:RequestServerVersion Version="Exchange2010_SP2"/>',
                           '<t:RequestServerVersion Version="Exchange2016"/>',
                           '<t:RequestServerVersion Version="Exchange2019"/>'):
                for folder in FOLDERS:
                    ask(world, GET_FOLDER.format("IdOnly", FOLDER.format(folder)), header)
                for shape in ("IdOnly", "Default", "AllProperties"):
                    ask(world, GET_FOLDER.format(shape, FOLDER.format("inbox") + FOLDER.format("calendar")), header)
                    for traversal in ("Shallow", "Deep"):
                        ask(world, FIND_FOLDER.format(traversal, shape, FOLDER.format("msgfolderroot")), header)
                    ask(world, FIND_ITEM.format(shape, FOLDER.format("inbox")), header)
                    ask(world, SYNC.format(shape, FOLDER.format("msgfolderroot")), header)
                for form in ("EntryId", "HexEntryId", "OwaId"):
                    ask(world, CONVERT.format(form, "DUMMY"), header)
                for name in (address, "nobody@contoso.example", "contoso", "a"):
                    ask(world, RESOLVE.format("true", name), header)
                ask(world, "<m:GetServerTimeZones/>", header)
                ask(world, "<m:NoSuchOperation/>", header)
        count, found = validate(world, "answer")
        print(f"   {count} answers validated", flush=True)
        assert count > 1000
        assert not found, "\n".join(found[:20])


if __name__ == "__main__":
    if not SCHEMA.exists():
        print("skipped: REAL_DATA_DIR is not set or has no ews-schema")
        print("0 passed, 0 failed, 2 skipped")
        sys.exit(0)
    main([each_request_of_ours_and_each_answer_to_it_is_valid, each_answer_to_what_other_clients_may_ask_is_valid])
