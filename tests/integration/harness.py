"""What the integration tests share: a simulator, a configuration, the daemon and the client, all as real processes."""

import fcntl
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

PASSWORD = "Correct-Horse-7"


class World:
    """A simulator with a small organisation, and a configuration for it in a folder of its own."""

    def __init__(self, bin_folder, mailboxes=60, lanes=2, rate=200.0, schedule=None, password=PASSWORD,
                 record_soap=False, account_lines="", simulator_options=()):
        self.bin = pathlib.Path(bin_folder)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="mailpreflight-test."))
        self.daemon = None
        self.daemon_environment = None
        secret = self.folder / "simulator.password"
        self.write_private(secret, PASSWORD)
        self.run([self.bin / "exchange-simulator", "--demo-state", str(mailboxes), "--seed", "7", "--csv",
                  self.folder / "list.csv", "--state-out", self.folder / "organisation.json",
                  "--admin-password-file", secret])
        self.log = open(self.folder / "simulator.log", "w")
        ready = self.folder / "ready"
        self.simulator = subprocess.Popen(
            [self.bin / "exchange-simulator", "--tls-dir", self.folder / "tls", "--state",
             self.folder / "organisation.json", "--ready-file", ready,
             *(["--record-soap", self.folder / "soap"] if record_soap else []), *simulator_options], stdout=self.log, stderr=self.log)
        self.wait(lambda: ready.exists() and ready.stat().st_size > 0, "the simulator")
        where = json.loads(ready.read_text())
        self.port, self.control_port = where["port"], where["control_port"]
        self.write_private(self.folder / "password", password)
        self.lanes, self.rate, self.account_lines = lanes, rate, account_lines
        self.schedule = {"source_interval": "1s", "login_interval": "15m", "canary_interval": "1s",
                         "sweep_interval": "2s", "sweep_interval_72h": "2s", "sweep_interval_4h": "2s",
                         "confirm_after": "1s", "confirm_after_4h": "1s"}
        self.schedule.update(schedule or {})
        self.configure()

    def configure(self, url=None, extra_source="", ca=True):
        text = f"""
[account.migadmin]
username = 'CONTOSO\\migadmin'
password = {{ file = "password" }}
{self.account_lines}
[source.contoso]
type = "exchange"
url = "{url or f'https://localhost:{self.port}/owa'}"
account = "migadmin"
{extra_source}
[source.contoso.tls]
{'ca_file = "tls/ca.pem"' if ca else ''}
[source.contoso.limits]
lanes = {self.lanes}
requests_per_second = {self.rate}
request_timeout = "5s"
[batch.wave1]
source = "contoso"
mailboxes = "list.csv"
[schedule]
""" + "".join(f'{key} = "{value}"\n' for key, value in self.schedule.items()) + f"""
[api]
control_socket = "{self.folder}/control.sock"
view_socket = "{self.folder}/view.sock"
[daemon]
state_directory = "{self.folder}/state"
"""
        (self.folder / "mailpreflight.toml").write_text(text)

    def give_own_passwords(self, password, wrong=None):
        """Each mailbox gets an account of its own, and the batch is proved by these; the addresses of the list. `wrong` is
        what the file of passwords says instead."""
        self.control("POST", "/mend-all")
        state = self.control("GET", "/state?passwords=shown")
        addresses = [box["address"] for box in state["mailboxes"] if not box["address"].startswith("migadmin")]
        state["directory"]["accounts"] += [{"domain": "CONTOSO", "sam": address.split("@")[0], "upn": address,
                                            "mailbox": address, "password": password} for address in addresses]
        self.control("PUT", "/state", state)
        (self.folder / "list.csv").write_text("EmailAddress\n" + "".join(f"{address}\n" for address in addresses))
        self.write_own_passwords(addresses, wrong or password)
        path = self.folder / "mailpreflight.toml"
        path.write_text(path.read_text().replace(
            'mailboxes = "list.csv"', 'mailboxes = "list.csv"\nprove = ["own_login"]\npasswords = "passwords.csv"'))
        return addresses

    def write_own_passwords(self, addresses, password):
        self.write_private(self.folder / "passwords.csv", "EmailAddress,UserName,Password\n" + "".join(
            f"{address},,{password}\n" for address in addresses))

    @staticmethod
    def write_private(path, text):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)

    @staticmethod
    def run(command, **options):
        return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True, timeout=60,
                              **options)

    @staticmethod
    def wait(condition, what, seconds=30):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if condition():
                return
            time.sleep(0.02)
        raise TimeoutError(f"waited {seconds} s for {what}")

    def control(self, method, path, body=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.control_port}{path}", method=method,
                                         data=None if body is None else json.dumps(body).encode(),
                                         headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read().decode()
            return json.loads(text) if text else None

    def counters(self):
        return self.control("GET", "/counters")

    def start_daemon(self):
        self.daemon_log = open(self.folder / "daemon.log", "a")
        self.daemon = subprocess.Popen([self.bin / "mailpreflightd", "--config", self.folder / "mailpreflight.toml"],
                                       stdout=self.daemon_log, stderr=self.daemon_log,
                                       env=self.daemon_environment)

    def wait_for_api(self):
        self.wait(lambda: self.mpf("version", check=False).returncode == 0, "the API")

    def kill_daemon(self, number=signal.SIGKILL):
        self.daemon.send_signal(number)
        self.daemon.wait(timeout=15)
        self.daemon = None

    def mpf(self, *arguments, check=True):
        result = subprocess.run([str(self.bin / "mailpreflight"), "--socket", str(self.folder / "control.sock"),
                                 *arguments], capture_output=True, text=True, timeout=60)
        if check and result.returncode not in (0, 1, 3):
            raise AssertionError(f"mailpreflight {arguments}: {result.returncode}\n{result.stdout}{result.stderr}")
        return result

    def status(self):
        return json.loads(self.mpf("--json", "status").stdout)

    def probe(self, *arguments):
        result = subprocess.run([str(self.bin / "mailpreflight"), "--json", "probe", "--config",
                                 str(self.folder / "mailpreflight.toml"), "contoso", *arguments],
                                capture_output=True, text=True, timeout=90, env=self.environment())
        if not result.stdout:
            raise AssertionError(f"probe: {result.returncode}\n{result.stderr}")
        return json.loads(result.stdout)

    def environment(self):
        """Without a service probe keeps its ledger in the user's state folder: here, one of this world's own."""
        return {**os.environ, "XDG_STATE_HOME": str(self.folder / "user-state")}

    def close(self):
        if self.daemon:
            self.kill_daemon()
        self.simulator.kill()
        self.simulator.wait()
        self.log.close()
        if not os.environ.get("MAILPREFLIGHT_KEEP"):
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind is not None:
            for name in ("daemon.log", "simulator.log"):
                path = self.folder / name
                if path.exists():
                    print(f"--- {name}", *path.read_text().splitlines()[-20:], sep="\n", file=sys.stderr)
        self.close()


def npm_modules(folder):
    """What the folder's lock file names, installed once for each lock file."""
    modules, lock = folder / "node_modules", folder / "package-lock.json"
    mark = modules / ".installed-for"
    with open(lock) as one_at_a_time:  # several tests share a folder
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        if not mark.exists() or mark.read_text() != lock.read_text():
            shutil.rmtree(modules, ignore_errors=True)
            subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, check=True,
                           capture_output=True, timeout=600)
            mark.write_text(lock.read_text())


def main(tests):
    """Runs the functions given as tests over argv[1], the folder of the programs; prints the plain closing line."""
    passed = failed = 0
    for test in tests:
        try:
            test(sys.argv[1])
            passed += 1
            print(f"ok      {test.__name__}", flush=True)
        except Exception as error:  # a test may fail in any way; the others still run
            failed += 1
            print(f"FAILED  {test.__name__}: {type(error).__name__}: {error}", flush=True)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
