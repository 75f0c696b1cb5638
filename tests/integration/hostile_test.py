"""A server that answers with malice: no crash, nothing believed, no wait past the deadline, no more than 16 MiB for it."""

import gzip
import json
import os
import pathlib
import re
import socket
import ssl
import subprocess
import sys
import threading
import time

from harness import World, main

MOST_MEMORY = 16 * 1024  # KiB above what a good server costs
TIMEOUT = 3  # seconds of request_timeout

SOAP = 'xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"'
MESSAGES = 'xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"'
TYPES = 'xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"'
HEADER = ('<s:Header><t:ServerVersionInfo MajorVersion="15" MinorVersion="2" MajorBuildNumber="1544" MinorBuildNumber="4" '
          f'{TYPES}/></s:Header>')
LOGIN_PAGE = ('<html><head><title>Outlook</title></head><body><form action="/owa/auth.owa" method="POST">'
              '<input name="username"><input type="password" name="password"></form></body></html>')
LIMIT = 2 * 1024 * 1024 - 4096  # as much as is read at all


def envelope(body):
    return f'<?xml version="1.0" encoding="utf-8"?><s:Envelope {SOAP}>{HEADER}<s:Body>{body}</s:Body></s:Envelope>'


def operation_answer(operation, inner, code="NoError", response_class="Success"):
    return envelope(f'<m:{operation}Response {MESSAGES} {TYPES}><m:ResponseMessages>'
                    f'<m:{operation}ResponseMessage ResponseClass="{response_class}"><m:ResponseCode>{code}</m:ResponseCode>'
                    f'{inner}</m:{operation}ResponseMessage></m:ResponseMessages></m:{operation}Response>')


FOLDER = ('<m:Folders><t:Folder><t:FolderId Id="AQMkADAwATE0MTAwAC0x" ChangeKey="AQAAAA=="/>'
          '<t:DisplayName>Top of Information Store</t:DisplayName><t:EffectiveRights><t:CreateAssociated>true'
          '</t:CreateAssociated><t:CreateContents>true</t:CreateContents><t:CreateHierarchy>true</t:CreateHierarchy>'
          '<t:Delete>true</t:Delete><t:Modify>true</t:Modify><t:Read>true</t:Read></t:EffectiveRights></t:Folder></m:Folders>')


def good(request):
    """What an honest server would say: the login works and every folder opens."""
    if b"ConvertId" in request:
        return operation_answer("ConvertId", "<m:AlternateId/>", "ErrorInvalidIdMalformed", "Error")
    if b"ResolveNames" in request:
        return operation_answer("ResolveNames", "", "ErrorNameResolutionNoResults", "Error")
    return operation_answer("GetFolder", FOLDER)


def http(body, status="200 OK", more="", length=None):
    body = body if isinstance(body, bytes) else body.encode()
    return (f"HTTP/1.1 {status}\r\nContent-Type: text/xml; charset=utf-8\r\n{more}"
            f"Content-Length: {len(body) if length is None else length}\r\n\r\n").encode() + body


def endless(piece):
    def play(send, _):
        for _ in range(100_000):
            send(piece)
    return play


def drip(text):
    def play(send, _):
        for at in range(len(text)):
            send(text[at:at + 1])
            time.sleep(1)
    return play


def always(bytes_):
    return lambda send, _: send(bytes_)


def many(unit, total=LIMIT):
    return unit * (total // len(unit))


# What is answered once the credential was shown, each a function of (send, request).
CASES = {
    "endless_header": endless(b"HTTP/1.1 200 OK\r\n" + b"X-Padding: " + b"x" * 1000 + b"\r\n"),
    "endless_chunks": lambda send, _: (send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
                                       endless(b"4000\r\n" + b"x" * 0x4000 + b"\r\n")(send, _)),
    "giant_chunk": always(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n" + b"x" * 100000),
    "giant_length": always(http("x" * 100000, length=2**62)),
    "gzip_bomb": always(http(gzip.compress(b"x" * 256 * 1024 * 1024), more="Content-Encoding: gzip\r\n")),
    "gzip_bomb_of_xml": always(http(gzip.compress(envelope("<a/>" * 20_000_000).encode()),
                                    more="Content-Encoding: gzip\r\n")),
    "one_byte_a_second": drip(http(good(b"GetFolder"))),
    "megabytes_of_cookies": always(http(good(b"GetFolder"), more="".join(
        f"Set-Cookie: c{n}={'x' * 4000}; path=/; secure\r\n" for n in range(1000)))),
    "ten_thousand_fields": always(http(good(b"GetFolder"), more="".join(f"X-{n}: 1\r\n" for n in range(10_000)))),
    "a_login_page_for_soap": always(http(LOGIN_PAGE, more="X-FEServer: FE1\r\n")),
    "an_answer_to_another_question": lambda send, request: send(http(
        operation_answer("ResolveNames", "") if b"GetFolder" in request else operation_answer("GetFolder", FOLDER))),
    "two_answers_at_once": lambda send, request: send(http(operation_answer("FindItem", "")) + http(good(request))),
    "many_elements": always(http(envelope(many("<a/>")))),
    "many_open_elements": always(http(many("<a>"))),
    "many_attributes": always(http(envelope("<a " + many('a="" ') + "/>"))),
    "many_namespaces": always(http(envelope("<a " + "".join(f'xmlns:n{n}="urn:x" ' for n in range(150_000)) + "/>"))),
    "one_long_text": always(http(envelope("x" * LIMIT))),
    "one_long_name": always(http(envelope("<" + "a" * (LIMIT // 2) + "/>"))),
    "many_messages": always(http(envelope(
        f"<m:GetFolderResponse {MESSAGES} {TYPES}><m:ResponseMessages>" +
        many('<m:GetFolderResponseMessage ResponseClass="Success"/>', LIMIT // 2) +
        "</m:ResponseMessages></m:GetFolderResponse>"))),
    "a_long_message_text": always(http(operation_answer("GetFolder", f"<m:MessageText>{'x' * (LIMIT // 2)}</m:MessageText>"))),
    "a_bomb_of_entities": always(http('<!DOCTYPE a [<!ENTITY a "xxxxxxxxxx">' + "".join(
        f'<!ENTITY a{n} "&a{n - 1 or ""};&a{n - 1 or ""};&a{n - 1 or ""};">' for n in range(1, 40)) + "]><a>&a39;</a>")),
    "nothing": lambda send, _: None,
    "binary": always(os.urandom(100_000)),
    "a_redirect_to_itself": always(http("", "302 Found", "Location: /EWS/Exchange.asmx\r\n")),
    "a_redirect_elsewhere": always(http("", "302 Found", "Location: https://elsewhere.example/EWS/Exchange.asmx\r\n")),
    "interim_answers_without_end": endless(b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
}

PAGES = {
    "many_tags": always(http("<html>" + many("<b>"))),
    "many_attributes": always(http("<html><form " + many('a="" ') + ">")),
    "many_hidden_fields": always(http("<html><form action='/owa/auth.owa'>" + many("<input type=hidden name=a value=b>"))),
    "a_long_action": always(http(f"<html><form action='/owa/{'a' * (LIMIT // 2)}'><input name=username>")),
    "endless_header": CASES["endless_header"],
    "gzip_bomb": CASES["gzip_bomb"],
    "one_byte_a_second": drip(http(LOGIN_PAGE)),
    "megabytes_of_cookies": always(http(LOGIN_PAGE, more="".join(
        f"Set-Cookie: c{n}={'x' * 4000}; path=/; secure\r\n" for n in range(1000)))),
    "a_redirect_to_itself": always(http("", "302 Found", "Location: /owa/\r\n")),
    "redirects_without_end": lambda send, request: send(http("", "302 Found", "Location: /owa/" + str(
        len(request)) + request.split(b" ")[1].decode()[-200:] + "x\r\n")),
    "binary": CASES["binary"],
}


class HostileServer:
    """Asks for Basic, and answers who shows a credential with whatever `play` does. TLS with the simulator's key."""

    def __init__(self, world):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(world.folder / "tls/server.pem", world.folder / "tls/server.key")
        self.context = context
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.play = always(http(""))
        self.page = None
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        try:
            client.settimeout(TIMEOUT + 5)
            with self.context.wrap_socket(client, server_side=True) as stream:
                while self.answer_one(stream):
                    pass
        except (OSError, ValueError):
            pass  # the client had enough: that is what is wanted of it

    def answer_one(self, stream):
        request = b""
        while b"\r\n\r\n" not in request:
            piece = stream.recv(65536)
            if not piece:
                return False
            request += piece
        head, _, body = request.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        while length and len(body) < int(length[1]):
            body += stream.recv(65536)
        if head.split(b" ")[1].lower().startswith(b"/owa"):
            (self.page or always(http("")))(stream.sendall, head)
        elif b"\nauthorization:" not in head.lower():
            stream.sendall(http("", "401 Unauthorized", 'WWW-Authenticate: Basic realm="x"\r\n'))
        else:
            self.play(stream.sendall, body)
        return self.play not in (CASES["nothing"],)

    def close(self):
        self.listener.close()


# A process takes the peak of whoever forked it along, and this one has megabytes of malice in memory.
MEASURE = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
print("peak", code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
"""


def run_probe(world, *addresses):
    """Its steps, peak memory in KiB, seconds."""
    start = time.monotonic()
    result = subprocess.run([sys.executable, "-c", MEASURE, world.bin / "mailpreflight", "--json", "probe", "--config",
                             world.folder / "mailpreflight.toml", "contoso", *addresses],
                            capture_output=True, text=True, env=world.environment(), timeout=120)
    *said, measured = result.stderr.splitlines()
    _, code, peak = measured.split()
    assert int(code) in (0, 1, 3) and result.stdout, f"ended with {code}: {said[-5:]}"
    return json.loads(result.stdout)["steps"], int(peak), time.monotonic() - start


def against(bin_folder, cases, play, step):
    with World(bin_folder, mailboxes=10) as world:
        server = HostileServer(world)
        base = f"https://localhost:{server.port}"
        extra = 'auth = "basic"'
        address = (world.folder / "list.csv").read_text().splitlines()[1].split(",")[0]
        world.configure(url=f"{base}/owa", extra_source=extra)
        text = (world.folder / "mailpreflight.toml").read_text()
        (world.folder / "mailpreflight.toml").write_text(
            text.replace('request_timeout = "5s"', f'request_timeout = "{TIMEOUT}s"'))
        server.play = lambda send, request: send(http(good(request)))
        rows, idle, _ = run_probe(world, address)
        steps = {row["step"]: row["observation"]["cause"] for row in rows}
        assert steps["login"] == "ok" and steps[f"impersonation {address}"] == "ok" and "OWA login" in steps, steps
        wrong = []
        worst = ("", 0)
        for name, case in cases.items():
            play(server, case)
            try:
                rows, memory, seconds = run_probe(world, address)
            except Exception as error:  # whatever it was, the other cases are still looked at
                wrong.append(f"{name}: {error}")
                continue
            if os.environ.get("VERBOSE"):
                print(f"      {name:32} {(memory - idle) / 1024:6.1f} MiB {seconds:5.1f} s", flush=True)
            worst = max(worst, (name, memory - idle), key=lambda pair: pair[1])
            passed = [row["step"] for row in rows if row["observation"]["state"] == "pass"]
            if any(name_of_step.startswith(step) for name_of_step in passed):
                wrong.append(f"{name}: {step} passes")
            if memory - idle > MOST_MEMORY:
                wrong.append(f"{name}: {(memory - idle) / 1024:.1f} MiB more than a good server costs")
            # The steps of a probe each have the deadline; behind a failed gate there are no more than a few.
            if seconds > 4 * TIMEOUT + 2:
                wrong.append(f"{name}: {seconds:.1f} s")
        print(f"   {len(cases)} cases; the dearest is {worst[0]} with {worst[1] / 1024:.1f} MiB", flush=True)
        server.close()
        assert not wrong, "\n".join(wrong)


def each_malice_of_an_ews_server_is_bounded_and_believed_by_nobody(bin_folder):
    def play(server, case):
        server.play = case
    against(bin_folder, CASES, play, "impersonation")


def each_malice_of_an_owa_server_is_bounded(bin_folder):
    def play(server, case):
        server.page = case
    against(bin_folder, PAGES, play, "OWA login")


def hostile_documents_of_others_are_bounded(bin_folder):
    """REAL_DATA_DIR/xml-hostile, each file as the answer."""
    folder = pathlib.Path(os.environ["REAL_DATA_DIR"]) / "xml-hostile"
    cases = {str(path.relative_to(folder)): always(http(path.read_bytes())) for path in sorted(folder.rglob("*"))
             if path.is_file()}
    assert cases

    def play(server, case):
        server.play = case
    against(bin_folder, cases, play, "impersonation")


def the_service_itself_stays_within_its_memory(bin_folder):
    """All cases one after the other against one daemon with two lanes."""
    with World(bin_folder, mailboxes=10) as world:
        server = HostileServer(world)
        server.play = lambda send, request: send(http(good(request)))
        world.configure(url=f"https://localhost:{server.port}/owa", extra_source='auth = "basic"')
        text = (world.folder / "mailpreflight.toml").read_text()
        (world.folder / "mailpreflight.toml").write_text(text.replace('request_timeout = "5s"', 'request_timeout = "1s"'))
        world.start_daemon()
        world.wait_for_api()
        world.wait(lambda: world.status()["batches"][0]["readiness"]["passed"] == 10 or
                   world.status()["sources"][0]["account"]["state"] == "proven", "the login", 30)
        pid = world.daemon.pid

        def memory(field):
            return int(re.search(rf"{field}:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1])
        idle = memory("VmRSS")
        for name, case in CASES.items():
            server.play = case
            world.mpf("check", "contoso", check=False)
            if os.environ.get("VERBOSE"):
                print(f"      {name:32} {(memory('VmHWM') - idle) / 1024:6.1f} MiB", flush=True)
            assert world.daemon.poll() is None, "the service died"
        more = (memory("VmHWM") - idle) / 1024
        print(f"   {more:.1f} MiB above idle at most", flush=True)
        assert more * 1024 <= MOST_MEMORY, more
        server.play = lambda send, request: send(http(good(request)))
        server.close()


if __name__ == "__main__":
    tests = [each_malice_of_an_ews_server_is_bounded_and_believed_by_nobody, each_malice_of_an_owa_server_is_bounded,
             the_service_itself_stays_within_its_memory]
    if os.environ.get("REAL_DATA_DIR"):
        tests.append(hostile_documents_of_others_are_bounded)
    else:
        print("skipped: REAL_DATA_DIR is not set: hostile_documents_of_others_are_bounded")
    main(tests)
