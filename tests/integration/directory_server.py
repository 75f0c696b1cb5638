"""OpenLDAP's slapd with the attributes of Active Directory that are asked for: a directory that counts its binds."""

import datetime
import os
import re
import shutil
import subprocess

from harness import World
from kerberos_realm import free_port, is_listening

BASE = "DC=contoso,DC=example"
READER = f"CN=reader,{BASE}"
READER_PASSWORD = "Reading-Horse-1"
ROOT = f"cn=root,{BASE}"
ROOT_PASSWORD = "Rooting-Horse-1"
NEVER = 0x7FFFFFFFFFFFFFFF

# Names as in Active Directory, numbers below IANA's documentation arc (RFC 5612).
SCHEMA = """
attributetype ( 1.3.6.1.4.1.32473.1.1 NAME 'sAMAccountName' EQUALITY caseIgnoreMatch
  SUBSTR caseIgnoreSubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.32473.1.2 NAME 'userPrincipalName' EQUALITY caseIgnoreMatch
  SUBSTR caseIgnoreSubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
""" + "".join(f"""attributetype ( 1.3.6.1.4.1.32473.1.{3 + number} NAME '{name}' EQUALITY integerMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
""" for number, name in enumerate(["userAccountControl", "msDS-User-Account-Control-Computed",
                                   "msDS-UserPasswordExpiryTimeComputed", "accountExpires", "lockoutTime",
                                   "badPwdCount", "pwdLastSet"])) + """
objectclass ( 1.3.6.1.4.1.32473.2.1 NAME 'user' SUP top STRUCTURAL MUST cn
  MAY ( sAMAccountName $ userPrincipalName $ userPassword $ userAccountControl $ msDS-User-Account-Control-Computed $
        msDS-UserPasswordExpiryTimeComputed $ accountExpires $ lockoutTime $ badPwdCount $ pwdLastSet ) )
"""


def filetime(moment):
    """100 ns since 1601."""
    epoch = datetime.datetime(1601, 1, 1, tzinfo=datetime.timezone.utc)
    return int((moment - epoch).total_seconds()) * 10_000_000


def days_from_now(days):
    return datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(days=days)


class Slapd:
    """One slapd on two ports of its own: ldaps, and ldap for StartTLS, which takes no password in plain text."""

    def __init__(self, folder, tls):
        self.folder = folder
        self.tls = tls
        self.port, self.plain_port = free_port(), free_port()
        (folder / "ad.schema").write_text(SCHEMA)
        (folder / "db").mkdir()
        (folder / "slapd.conf").write_text(f"""
include /etc/ldap/schema/core.schema
include {folder}/ad.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {folder}/slapd.pid
TLSCertificateFile {tls}/server.pem
TLSCertificateKeyFile {tls}/server.key
security simple_bind=112
database mdb
suffix "{BASE}"
rootdn "{ROOT}"
rootpw {ROOT_PASSWORD}
directory {folder}/db
""")
        seed = folder / "seed.ldif"
        seed.write_text(f"""dn: {BASE}
objectClass: top
objectClass: dcObject
objectClass: organization
o: contoso
dc: contoso

dn: {READER}
objectClass: user
cn: reader
sAMAccountName: reader
userPassword: {READER_PASSWORD}

""")
        self.tool(["slapadd", "-f", folder / "slapd.conf", "-l", seed])
        self.log = folder / "slapd.log"
        self.process = None
        self.start()
        try:
            self.add_user("migadmin", "migadmin")
        except Exception:
            self.stop()
            raise

    def tool(self, command, **options):
        result = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=60,
                                env={**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin",
                                     "LDAPTLS_CACERT": str(self.tls / "ca.pem")}, **options)
        if result.returncode != 0:
            raise RuntimeError(f"{command}: {result.stdout}{result.stderr}")

    def start(self):
        slapd = shutil.which("slapd", path=os.environ["PATH"] + ":/usr/sbin")
        self.process = subprocess.Popen(
            [slapd, "-f", self.folder / "slapd.conf", "-d", "stats", "-h",
             f"ldap://127.0.0.1:{self.plain_port}/ ldaps://127.0.0.1:{self.port}/"],
            stdout=open(self.log, "a"), stderr=subprocess.STDOUT)
        World.wait(lambda: is_listening(self.port) and is_listening(self.plain_port), "slapd")

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(timeout=20)
            self.process = None

    def apply(self, ldif):
        self.tool(["ldapmodify", "-x", "-H", f"ldaps://127.0.0.1:{self.port}", "-D", ROOT, "-w", ROOT_PASSWORD],
                  input=ldif)

    def add_user(self, cn, sam, upn=None):
        self.apply(f"dn: CN={cn},{BASE}\nchangetype: add\nobjectClass: user\ncn: {cn}\nsAMAccountName: {sam}\n"
                   + (f"userPrincipalName: {upn}\n" if upn else ""))
        self.set(cn=cn)

    def set(self, cn="migadmin", end=None, **attributes):
        """A normal account whose password ends in 90 days, with what is given otherwise."""
        values = {"userAccountControl": 512, "msDS-User-Account-Control-Computed": 0,
                  "msDS-UserPasswordExpiryTimeComputed": end if end is not None else filetime(days_from_now(90)),
                  "accountExpires": NEVER, "lockoutTime": 0, "badPwdCount": 0,
                  "pwdLastSet": filetime(days_from_now(-10)),
                  **{name.replace("_", "-"): value for name, value in attributes.items()}}
        self.apply(f"dn: CN={cn},{BASE}\nchangetype: modify\n"
                   + "-\n".join(f"replace: {name}\n{name}: {value}\n" for name, value in values.items()))

    def binds(self, result=None):
        """How often the reader bound, or how often a bind ended with this result."""
        text = self.log.read_text()
        # "conn=7 op=0 BIND dn="..." method=128", and its "conn=7 op=0 RESULT tag=97 err=49"
        asked = set(re.findall(rf'(conn=\d+ op=\d+) BIND dn="{READER}" method=128', text, re.IGNORECASE))
        if result is None:
            return len(asked)
        ended = re.findall(r"(conn=\d+ op=\d+) RESULT tag=97 err=(\d+)", text)
        return sum(1 for place, error in ended if place in asked and int(error) == result)
