"""A Kerberos realm of MIT's KDC, which counts refused passwords, and Apache with mod_auth_gssapi before the simulator."""

import base64
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess

from harness import PASSWORD, World

REALM = "CONTOSO.EXAMPLE"
ADMIN = f"migadmin@{REALM}"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_listening(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Realm:
    """One KDC on a port of its own. Accounts must prove themselves first, as in Active Directory."""

    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()
        self.process = None
        (folder / "krb5.conf").write_text(f"""
[libdefaults]
default_realm = {REALM}
dns_lookup_kdc = false
rdns = false
udp_preference_limit = 1
[realms]
{REALM} = {{
    kdc = 127.0.0.1:{self.port}
}}
""")
        (folder / "kdc.conf").write_text(f"""
[kdcdefaults]
kdc_listen = 127.0.0.1:{self.port}
kdc_tcp_listen = 127.0.0.1:{self.port}
[realms]
{REALM} = {{
    database_name = {folder}/principal
    key_stash_file = {folder}/stash
    acl_file = {folder}/acl
    max_life = 10h
}}
[logging]
kdc = FILE:{folder}/kdc.log
""")
        self.environment = {**os.environ, "KRB5_CONFIG": str(folder / "krb5.conf"),
                            "KRB5_KDC_PROFILE": str(folder / "kdc.conf")}
        self.tool(["kdb5_util", "create", "-s", "-P", "master of the tests", "-r", REALM])
        self.admin("addpol -maxfailure 5 -failurecountinterval 1h -lockoutduration 1h admins")
        self.admin(f"addprinc -pw {PASSWORD} -policy admins +requires_preauth migadmin")
        self.admin("addprinc -randkey HTTP/localhost")
        self.admin(f"ktadd -k {folder}/http.keytab HTTP/localhost")
        self.admin(f"ktadd -norandkey -k {folder}/migadmin.keytab migadmin")
        self.start()

    def tool(self, command, **options):
        return subprocess.run([str(part) for part in command], env=self.environment, check=True, capture_output=True,
                              text=True, timeout=60, **options)

    def admin(self, query):
        result = self.tool(["kadmin.local", "-r", REALM, "-q", query])
        if "kadmin.local:" in result.stderr and "while" in result.stderr:
            raise RuntimeError(f"{query}: {result.stderr}")
        return result.stdout

    def start(self):
        self.process = subprocess.Popen(["krb5kdc", "-n", "-r", REALM], env=self.environment,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        World.wait(lambda: is_listening(self.port), "the KDC")

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(timeout=10)
            self.process = None

    def refused(self):
        """Refused passwords that count against the account."""
        return int(re.search(r"Failed password attempts: (\d+)", self.admin("getprinc migadmin")).group(1))

    def requests(self, what):
        """How often the KDC's log tells of this."""
        log = self.folder / "kdc.log"
        return log.read_text().count(what) if log.exists() else 0


class Apache:
    """IIS' part: logs clients in by GSSAPI (Kerberos, or NTLM from a file) before /EWS, and passes the rest through."""

    MODULES = ["mpm_event", "authn_core", "authz_core", "authz_user", "auth_gssapi", "proxy", "proxy_http", "headers",
               "ssl", "socache_shmcb"]

    def __init__(self, folder, world, mechanism, keytab=None, connection_bound=True, service="localhost"):
        self.port = free_port()
        self.folder = folder
        tls = world.folder / "tls"
        password = base64.b64encode(f"CONTOSO\\migadmin:{PASSWORD}".encode()).decode()
        modules = pathlib.Path("/usr/lib/apache2/modules")
        loads = "\n".join(f"LoadModule {name}_module {modules}/mod_{name}.so" for name in self.MODULES)
        store = f"GssapiCredStore keytab:{keytab}" if keytab else ""
        (folder / "apache.conf").write_text(f"""
{loads}
ServerRoot {folder}
ServerName {service}
PidFile {folder}/apache.pid
ErrorLog {folder}/apache-error.log
Listen 127.0.0.1:{self.port}
StartServers 1
SSLSessionCache none
<VirtualHost *:{self.port}>
    SSLEngine on
    SSLCertificateFile {tls}/server.pem
    SSLCertificateKeyFile {tls}/server.key
    SSLProxyEngine on
    SSLProxyVerify none
    SSLProxyCheckPeerName off
    ProxyPass / https://localhost:{world.port}/
    <LocationMatch "(?i)^/ews/">
        AuthType GSSAPI
        AuthName "Exchange"
        {store}
        GssapiAllowedMech {mechanism}
        GssapiConnectionBound {"On" if connection_bound else "Off"}
        GssapiSignalPersistentAuth On
        GssapiNegotiateOnce Off
        Require valid-user
        RequestHeader set Authorization "Basic {password}"
    </LocationMatch>
</VirtualHost>
""")
        accounts = folder / "ntlm-accounts"
        World.write_private(accounts, f"CONTOSO:migadmin:{PASSWORD}\n")
        shutil.chown(accounts, "www-data" if os.geteuid() == 0 else None)
        self.process = subprocess.Popen(["apache2", "-f", folder / "apache.conf", "-DFOREGROUND"],
                                        env={**os.environ, "NTLM_USER_FILE": str(accounts)},
                                        stdout=open(folder / "apache.log", "w"), stderr=subprocess.STDOUT)
        World.wait(lambda: is_listening(self.port), "Apache")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=20)
