"""A planted password is found nowhere but where it belongs: not in what the service writes, answers, shows of its
process or leaves behind; and after a rotation not in its memory."""

import base64
import hashlib
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import urllib.parse

from harness import PASSWORD, World, main


def forms_of(password):
    """What a leak could look like."""
    user_and_password = f"CONTOSO\\migadmin:{password}".encode()
    utf16 = password.encode("utf-16-le")
    forms = {"plain": password.encode(), "utf-16": utf16, "basic": base64.b64encode(user_and_password),
             "base64": base64.b64encode(password.encode()).rstrip(b"=")[:-1],
             "base64 of utf-16": base64.b64encode(utf16).rstrip(b"=")[:-1],
             "form": urllib.parse.quote_plus(password).encode(), "hex": password.encode().hex().encode()}
    try:
        nt_hash = hashlib.new("md4", utf16).digest()
    except ValueError:  # OpenSSL 3 keeps MD4 in its legacy provider
        nt_hash = bytes.fromhex(subprocess.run(
            ["openssl", "dgst", "-md4", "-provider", "legacy", "-provider", "default", "-r"], input=utf16,
            capture_output=True, check=True).stdout.decode().split()[0])
    return {**forms, "nt hash": nt_hash, "nt hash, hex": nt_hash.hex().encode()}


def found_in(data, forms):
    return [name for name, form in forms.items() if form in data]


def work_through(world):
    """Everything that the service can be asked, on a source with drift, so that evidence is written."""
    world.start_daemon()
    world.wait_for_api()
    world.mpf("check", "wave1")
    world.control("POST", "/rights/revoke-impersonation", {"databases": ["DB02"]})
    world.wait(lambda: world.status()["open_incidents"] > 0, "an incident")
    answers = []
    for arguments in (["status"], ["mailboxes", "--all"], ["drift"], ["incidents"], ["baseline", "show", "--all"],
                      ["credential", "show"], ["explain", "I1"], ["explain", "contoso"], ["reload"], ["version"]):
        for form in ([], ["--json"]):
            result = world.mpf(*form, *arguments, check=False)
            answers.append((result.stdout + result.stderr).encode())
    return answers


def no_secret_in_what_is_written_answered_or_shown(bin_folder):
    no_secret_is_found(bin_folder, "ntlm")


def no_secret_of_basic_is_written_answered_or_shown(bin_folder):
    no_secret_is_found(bin_folder, "basic")


def no_secret_that_was_refused_is_written_answered_or_shown(bin_folder):
    """What goes wrong is told with the server's words and evidence, and not with what was sent."""
    wrong = "Wrong&Horse=7"
    for auth in ("ntlm", "basic"):
        with World(bin_folder, mailboxes=10, password=wrong) as world:
            world.control("POST", "/server", {"offers": [auth]})
            world.start_daemon()
            world.wait_for_api()
            world.wait(lambda: world.counters()["refused"] == 1, "the refusal")
            forms = forms_of(wrong)
            for arguments in (["status"], ["credential", "show"], ["explain", "contoso"], ["incidents"]):
                result = world.mpf("--json", *arguments, check=False)
                assert not found_in((result.stdout + result.stderr).encode(), forms), arguments
            doctor = subprocess.run([str(world.bin / "mailpreflight"), "--json", "doctor", "--login", "--config",
                                     str(world.folder / "mailpreflight.toml"), "contoso"], capture_output=True,
                                    timeout=60)
            assert doctor.stdout and not found_in(doctor.stdout + doctor.stderr, forms)
            world.kill_daemon(signal.SIGTERM)
            for path in world.folder.rglob("*"):
                if path.is_file() and path.name != "password":
                    assert not found_in(path.read_bytes(), forms), path


def no_individual_password_is_written_answered_or_shown(bin_folder):
    """Of 60 users, accepted and refused, by NTLM and by Basic."""
    for auth in ("ntlm", "basic"):
        for planted, wrong in (("Own&Planted=7", None), ("Other-Planted-1", "Wrong&Planted=7")):
            sent = wrong or planted
            with World(bin_folder) as world:
                world.control("POST", "/server", {"offers": [auth]})
                addresses = world.give_own_passwords(planted, wrong=wrong)
                forms = {**forms_of(sent), "basic": base64.b64encode(f"{addresses[0]}:{sent}".encode())}
                world.start_daemon()
                world.wait_for_api()
                wanted = 5 if wrong else 60
                world.wait(lambda: sum(1 for account in world.counters()["accounts"] if account["presentations"] and
                                       not account["account"].endswith("migadmin")) >= wanted, "the logins")
                world.mpf("check", "wave1", check=False)
                for arguments in (["status"], ["mailboxes", "--all"], ["credential", "show"], ["incidents"],
                                  ["explain", addresses[0]], ["explain", "contoso"], ["reload"], ["report", "wave1"]):
                    for form in ([], ["--json"]):
                        result = world.mpf(*form, *arguments, check=False)
                        assert not found_in((result.stdout + result.stderr).encode(), forms), arguments
                process = pathlib.Path(f"/proc/{world.daemon.pid}")
                for name in ("cmdline", "environ"):
                    assert not found_in((process / name).read_bytes(), forms), name
                world.kill_daemon(signal.SIGTERM)
                world.probe()
                looked_at = 0
                for path in world.folder.rglob("*"):
                    if path.is_file() and path.name != "passwords.csv":
                        looked_at += 1
                        assert not found_in(path.read_bytes(), forms), path
                assert looked_at >= 8, looked_at
                assert found_in((world.folder / "passwords.csv").read_bytes(), forms)


def keys_of(keytab):
    """Each key of a keytab as it could leak: raw, in hex and in base64."""
    shown = subprocess.run(["klist", "-k", "-K", str(keytab)], capture_output=True, text=True, check=True).stdout
    keys = [bytes.fromhex(word[3:-1]) for word in shown.split() if word.startswith("(0x")]
    assert keys, shown
    forms = {}
    for number, key in enumerate(keys):
        forms.update({f"key {number}": key, f"key {number}, hex": key.hex().encode(),
                      f"key {number}, base64": base64.b64encode(key).rstrip(b"=")[:-1]})
    return forms


def no_secret_of_kerberos_is_written_answered_or_shown(bin_folder):
    if not shutil.which("krb5kdc", path=os.environ["PATH"] + ":/usr/sbin"):
        print("skipped: no KDC here (package krb5-kdc)")
        return
    from kerberos_test import Doors
    for means in ("password", "keytab"):
        with Doors(bin_folder) as doors:
            keytab = doors.realm_folder / "migadmin.keytab"
            forms = {**forms_of(PASSWORD), **keys_of(keytab)}
            if means == "password":
                doors.by_password()
            else:
                doors.account(f'keytab = {{ file = "{keytab}" }}')
            doors.start_daemon()
            doors.wait_for_api()
            doors.wait(lambda: doors.status()["sources"][0]["account"]["state"] == "proven", "a proven secret")
            doors.mpf("check", "wave1")
            for arguments in (["status"], ["credential", "show"], ["explain", "contoso"], ["mailboxes", "--all"]):
                result = doors.mpf("--json", *arguments, check=False)
                assert not found_in((result.stdout + result.stderr).encode(), forms), arguments
            process = pathlib.Path(f"/proc/{doors.daemon.pid}")
            for name in ("cmdline", "environ"):
                assert not found_in((process / name).read_bytes(), forms), name
            doors.kill_daemon(signal.SIGTERM)
            looked_at = 0
            for path in [*(doors.folder / "state").rglob("*"), doors.folder / "daemon.log"]:
                if path.is_file():
                    looked_at += 1
                    assert not found_in(path.read_bytes(), forms), path
            assert looked_at >= 4, looked_at


def no_secret_is_found(bin_folder, auth):
    forms = forms_of(PASSWORD)
    with World(bin_folder) as world:
        world.control("POST", "/server", {"offers": [auth]})
        answers = work_through(world)
        for answer in answers:
            assert not found_in(answer, forms), answer
        process = pathlib.Path(f"/proc/{world.daemon.pid}")
        for name in ("cmdline", "environ"):
            assert not found_in((process / name).read_bytes(), forms), name
        world.kill_daemon(signal.SIGTERM)
        world.probe()
        assert found_in((world.folder / "password").read_bytes(), forms) == ["plain", "form"]
        allowed = {"password", "simulator.password", "organisation.json"}
        looked_at = 0
        for path in world.folder.rglob("*"):
            if path.is_file() and path.name not in allowed:
                looked_at += 1
                assert not found_in(path.read_bytes(), forms), path
        assert looked_at >= 8, looked_at  # databases, ledger, logs


def a_crash_leaves_no_core(bin_folder):
    with World(bin_folder) as world:
        soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))  # as generous as we are allowed to be
        try:
            world.start_daemon()
        finally:
            resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))
        world.wait_for_api()
        limits = pathlib.Path(f"/proc/{world.daemon.pid}/limits").read_text()
        core = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
        assert core.split()[4:6] == ["0", "0"], core
        # What is not dumpable belongs to root in /proc (proc(5)), so that nobody else's debugger may attach either.
        if os.geteuid() != 0:
            assert pathlib.Path(f"/proc/{world.daemon.pid}/mem").stat().st_uid == 0
        world.daemon.send_signal(signal.SIGSEGV)
        assert world.daemon.wait(timeout=20) == -signal.SIGSEGV
        world.daemon = None
        for folder in (world.folder, pathlib.Path.cwd()):
            assert not [path for path in folder.glob("core*") if path.is_file()], folder


def writable_memory(pid):
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            span, rights = line.split()[:2]
            begin, end = (int(part, 16) for part in span.split("-"))
            if "w" in rights and "[v" not in line:
                try:
                    memory.seek(begin)
                    yield memory.read(end - begin)
                except OSError:
                    continue


def after_a_rotation_the_old_secret_is_out_of_memory(bin_folder):
    if os.geteuid() != 0:
        print("skipped: reading another process's memory takes root")
        return
    old, new = forms_of(PASSWORD), "Other-Horse-8"
    with World(bin_folder) as world:
        world.start_daemon()
        world.wait_for_api()
        world.wait(lambda: world.status()["sources"][0]["account"]["state"] == "proven", "a proven secret")
        world.control("POST", "/accounts/migadmin", {"password": new})
        world.write_private(world.folder / "password", new)
        assert world.mpf("reload").returncode == 0
        world.wait(lambda: world.status()["sources"][0]["account"]["state"] == "proven", "the new secret, proven")
        world.mpf("check", "wave1")
        memory = list(writable_memory(world.daemon.pid))
        assert any(new.encode() in part for part in memory), "the scan does not even see the secret in force"
        left = sorted({name for part in memory for name in found_in(part, old)})
        assert not left, f"the old secret is still in memory as {left}"


if __name__ == "__main__":
    main([no_secret_in_what_is_written_answered_or_shown, no_secret_of_basic_is_written_answered_or_shown,
          no_secret_that_was_refused_is_written_answered_or_shown,
          no_individual_password_is_written_answered_or_shown,
          no_secret_of_kerberos_is_written_answered_or_shown, a_crash_leaves_no_core,
          after_a_rotation_the_old_secret_is_out_of_memory])
