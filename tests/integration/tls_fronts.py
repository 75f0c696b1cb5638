"""TLS servers before the simulator, none written for this project but the last: nginx, GnuTLS, and a stub of SSL 3."""

import ctypes
import datetime
import pathlib
import select
import socket
import ssl
import subprocess
import threading

from harness import World


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Authority:
    """A root with an intermediate, and the certificates that they sign; made by openssl."""

    def __init__(self, folder, name="Contoso Test", organization=None):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        self.organization = f"/O={organization}" if organization else ""
        self.count = 0
        (self.folder / "ca.cnf").write_text(f"""
[ca]
default_ca = this
[this]
database = {self.folder}/index
new_certs_dir = {self.folder}
rand_serial = yes
policy = any
default_md = sha256
unique_subject = no
email_in_dn = no
[any]
commonName = supplied
organizationName = optional
""")
        (self.folder / "index").write_text("")
        self.root = self.folder / "root.pem"
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.folder / "root.key", "-out",
                     self.root, "-days", "3650", "-subj", f"{self.organization}/CN={name} Root", "-addext",
                     "keyUsage=critical,keyCertSign,cRLSign")
        self.intermediate = self.make("intermediate", f"{self.organization}/CN={name} Intermediate", by="root",
                                      extensions="basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign")[0]

    @staticmethod
    def openssl(*arguments):
        World.run(["openssl", *arguments])

    def make(self, file, subject, key=("rsa:2048",), by="intermediate", extensions="", days=(-1, 60), options=()):
        """(certificate, key) in files of that name; `days` from now: valid from, until."""
        self.count += 1
        base = self.folder / f"{file}-{self.count}" if by != "root" or file != "intermediate" else self.folder / file
        certificate, private, request, more = (base.with_suffix(s) for s in (".pem", ".key", ".csr", ".ext"))
        self.openssl("req", "-new", "-newkey", *key, "-nodes", "-keyout", private, "-out", request, "-subj", subject)
        more.write_text(extensions + "\n")
        start, end = ((datetime.datetime.utcnow() + datetime.timedelta(days=d)).strftime("%Y%m%d%H%M%SZ") for d in days)
        self.openssl("ca", "-batch", "-config", self.folder / "ca.cnf", "-in", request, "-out", certificate, "-notext",
                     "-startdate", start, "-enddate", end, "-cert", self.folder / f"{by}.pem", "-keyfile",
                     self.folder / f"{by}.key", "-extfile", more, *options)
        return certificate, private

    def leaf(self, file="leaf", names="DNS:localhost,IP:127.0.0.1", chain=True, aia=None, subject="/CN=localhost",
             **options):
        """A server's certificate with its intermediate behind it, and its key."""
        extensions = f"subjectAltName={names}\nextendedKeyUsage=serverAuth"
        if aia:
            extensions += f"\nauthorityInfoAccess=caIssuers;URI:{aia}"
        certificate, key = self.make(file, subject, extensions=extensions, **options)
        if chain and options.get("by", "intermediate") == "intermediate":
            certificate.write_text(certificate.read_text() + self.intermediate.read_text())
        return certificate, key


class Nginx:
    """Debian's nginx ends TLS and hands the bytes of each connection on to one of its own to the simulator."""

    def __init__(self, folder, upstream, leaf, protocols="TLSv1.2 TLSv1.3", ciphers="DEFAULT:@SECLEVEL=0", more="",
                 by_name=None):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.upstream, self.protocols, self.ciphers, self.more, self.by_name = (upstream, protocols, ciphers, more,
                                                                                 by_name)
        self.process = None
        self.show(leaf)

    def show(self, leaf):
        """Starts, or starts anew with another certificate."""
        self.stop()
        certificate, key = leaf
        maps = ""
        if self.by_name:
            name, (named, named_key) = self.by_name
            maps = "".join(f'map $ssl_server_name ${variable} {{ {name} "{a}"; default "{b}"; }}\n' for variable, a, b in
                           (("shown", named, certificate), ("shown_key", named_key, key)))
            certificate, key = "$shown", "$shown_key"
        (self.folder / "nginx.conf").write_text(f"""
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
daemon off;
master_process off;
pid {self.folder}/nginx.pid;
error_log {self.folder}/nginx.log;
events {{}}
stream {{
{maps}
server {{
listen 127.0.0.1:{self.port} ssl;
ssl_certificate "{certificate}";
ssl_certificate_key "{key}";
ssl_protocols {self.protocols};
ssl_ciphers "{self.ciphers}";
{self.more}
proxy_ssl on;
proxy_pass 127.0.0.1:{self.upstream};
}}
}}
""")
        self.process = subprocess.Popen(["/usr/sbin/nginx", "-e", self.folder / "nginx.log", "-c", self.folder / "nginx.conf"],
                                        stderr=subprocess.DEVNULL)
        World.wait(self.listens, f"nginx: {self.folder}/nginx.log")

    def listens(self):
        if self.process.poll() is not None:
            raise RuntimeError((self.folder / "nginx.log").read_text())
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(timeout=10)
            self.process = None


class Listener:
    """A server on a port of the loopback, one thread a connection."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.serve_safely, args=(connection,), daemon=True).start()

    def serve_safely(self, connection):
        with connection:
            try:
                self.serve(connection)
            except OSError:
                pass

    def stop(self):
        self.socket.close()


class Gnutls(Listener):
    """GnuTLS can do what Debian's OpenSSL has lost: no RFC 5746, RC4, 3DES. Hands on to the simulator like Nginx."""

    def __init__(self, upstream, leaf, priority):
        self.library = ctypes.CDLL("libgnutls.so.30")
        self.library.gnutls_record_recv.restype = self.library.gnutls_record_send.restype = ctypes.c_ssize_t
        self.upstream, self.priority = upstream, priority.encode()
        self.credentials = ctypes.c_void_p()
        self.must(self.library.gnutls_certificate_allocate_credentials(ctypes.byref(self.credentials)))
        pem = 1
        self.must(self.library.gnutls_certificate_set_x509_key_file(self.credentials, str(leaf[0]).encode(),
                                                                    str(leaf[1]).encode(), pem))
        super().__init__()

    @staticmethod
    def must(code):
        if code < 0:
            raise OSError(f"GnuTLS: {code}")

    def serve(self, connection):
        library, session = self.library, ctypes.c_void_p()
        server, certificate = 1, 1
        self.must(library.gnutls_init(ctypes.byref(session), server))
        try:
            self.must(library.gnutls_priority_set_direct(session, self.priority, None))
            self.must(library.gnutls_credentials_set(session, certificate, self.credentials))
            library.gnutls_transport_set_int2(session, connection.fileno(), connection.fileno())
            while True:
                code = library.gnutls_handshake(session)
                if code == 0:
                    break
                if library.gnutls_error_is_fatal(code):
                    library.gnutls_alert_send_appropriate(session, code)
                    return
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            with context.wrap_socket(socket.create_connection(("127.0.0.1", self.upstream))) as up:
                self.pump(session, connection, up)
        finally:
            library.gnutls_deinit(session)

    def pump(self, session, connection, up):
        library, buffer = self.library, ctypes.create_string_buffer(16384)
        while True:
            ready = [connection] if library.gnutls_record_check_pending(session) else []
            if up.pending():
                ready.append(up)
            if not ready:
                ready, _, _ = select.select([connection, up], [], [])
            if connection in ready:
                size = library.gnutls_record_recv(session, buffer, len(buffer))
                if size <= 0:
                    return
                up.sendall(buffer.raw[:size])
            if up in ready:
                data = up.recv(16384)
                if not data:
                    return
                while data:
                    sent = library.gnutls_record_send(session, data, len(data))
                    self.must(sent)
                    data = data[sent:]


class Ssl3Stub(Listener):
    """Answers any hello as a server of SSL 3 does, with RC4; there is nothing behind it."""

    def serve(self, connection):
        hello = connection.recv(16384)
        if hello[:1] != b"\x16":
            return
        body = b"\x03\x00" + bytes(32) + b"\x00" + b"\x00\x05" + b"\x00"
        message = b"\x02" + len(body).to_bytes(3, "big") + body
        connection.sendall(b"\x16\x03\x00" + len(message).to_bytes(2, "big") + message)
        connection.recv(16384)
