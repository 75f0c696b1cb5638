"""kill -9, a full disk and a broken disk at random instants: what was said stays, nothing is presented beyond the guard.

    durability_test.py BIN [KILLS [FAULTS]]      20 of each unless told otherwise; SEED=N repeats a run
"""

import json
import os
import pathlib
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time

from harness import World, main

KILLS = int(sys.argv[2]) if len(sys.argv) > 2 else 20
FAULTS = int(sys.argv[3]) if len(sys.argv) > 3 else 20
DATABASES = ("DB01", "DB02", "DB03", "DB04")


class Listener:
    """What `watch` says, as it says it: whatever was heard must be on the disk."""

    def __init__(self, world):
        self.heard = []
        self.process = subprocess.Popen(
            [world.bin / "mailpreflight", "--socket", world.folder / "control.sock", "--json", "watch"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.thread = threading.Thread(target=self.listen)
        self.thread.start()

    def listen(self):
        for line in self.process.stdout:
            try:
                event = json.loads(line)
            except ValueError:
                return  # the kill cut it
            if event.get("event") == "observation_changed":
                self.heard.append((event["subject"], event["check"], event["cause"]))

    def end(self):
        """After the service's death: what was heard till then."""
        self.process.wait(timeout=20)
        self.thread.join(timeout=20)
        return self.heard


class Ordeal:
    """A world whose rights come and go, and the account of what it was told and of what was acknowledged to it."""

    def __init__(self, world, chance):
        self.world, self.chance = world, chance
        self.revoked = set()
        self.told = {}  # (subject, check, cause) -> how often it was heard
        self.asked = 0  # acceptances of the baseline, each with its number as its reason
        self.accepted = 0  # the number of the last one that was answered
        self.children = []

    def act(self):
        """One thing that people or directories do, without waiting for its end."""
        kind = self.chance.choice(("revoke", "revoke", "restore", "restore", "accept", "reload", "hup", "check"))
        if kind == "revoke":
            database = self.chance.choice(DATABASES)
            self.revoked.add(database)
            self.world.control("POST", "/rights/revoke-impersonation", {"databases": [database]})
        elif kind == "restore" and self.revoked:
            database = self.chance.choice(sorted(self.revoked))
            self.revoked.discard(database)
            self.world.control("POST", "/rights/restore-impersonation", {"databases": [database]})
        elif kind == "accept":
            self.asked += 1
            self.client("accept", "--json", "baseline", "accept", "contoso", "-m", str(self.asked), number=self.asked)
        elif kind == "reload":
            text = (self.world.folder / "mailpreflight.toml").read_text()
            rate = self.chance.randrange(150, 200)
            (self.world.folder / "mailpreflight.toml").write_text(
                "\n".join(f"requests_per_second = {rate}.0" if line.startswith("requests_per_second") else line
                          for line in text.splitlines()) + "\n")
            self.client("reload", "reload")
        elif kind == "hup":
            self.world.daemon.send_signal(signal.SIGHUP)
        elif kind == "check":
            self.client("check", "--json", "check", "contoso")

    def client(self, kind, *arguments, number=0):
        self.children.append((kind, number, subprocess.Popen(
            [self.world.bin / "mailpreflight", "--socket", self.world.folder / "control.sock", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)))

    def gather(self, heard=()):
        """After the service's death: ends the clients and adds up what they were told."""
        for key in heard:
            self.told[key] = self.told.get(key, 0) + 1
        for kind, number, child in self.children:
            output, _ = child.communicate(timeout=30)
            # 3 is "some of it was too old", and, without a word, a service that was gone.
            if kind == "accept" and child.returncode in (0, 3) and output and json.loads(output).get("accepted", 0) > 0:
                self.accepted = max(self.accepted, number)
        self.children = []

    def look_at_the_disk(self, round_):
        """Integrity, and everything that was ever told, read as another program would read it."""
        folder = self.world.folder / "state"
        for name in ("state.db", "ledger.db"):
            with sqlite3.connect(folder / name) as database:
                found = database.execute("PRAGMA integrity_check").fetchone()[0]
                assert found == "ok", f"round {round_}: {name}: {found}"
        with sqlite3.connect(folder / "state.db") as database:
            kept = dict(((subject, check, cause), count) for subject, check, cause, count in database.execute(
                "SELECT subject, check_name, json_extract(after, '$.cause'), count(*) FROM transition GROUP BY 1, 2, 3"))
            accepted = database.execute(
                "SELECT max(CAST(json_extract(entry, '$.reason') AS INTEGER)) FROM baseline").fetchone()[0] or 0
        for key, count in self.told.items():
            assert kept.get(key, 0) >= count, f"round {round_}: told {count} times, kept {kept.get(key, 0)}: {key}"
        assert accepted >= self.accepted, f"round {round_}: acceptance {self.accepted} was answered, {accepted} is kept"
        with sqlite3.connect(folder / "ledger.db") as database:
            ledger = json.loads(database.execute("SELECT ledger FROM account WHERE name = 'migadmin'").fetchone()[0])
        assert not ledger.get("refusals"), f"round {round_}: {ledger}"

    def finish(self):
        """Rights as they are now must become what is believed, and then all heal."""
        world = self.world
        account = json.loads(world.mpf("--json", "credential", "show").stdout)["accounts"][0]
        assert account["state"] == "proven", account
        assert world.counters()["refused"] == 0, world.counters()
        world.control("POST", "/rights/revoke-impersonation", {"databases": ["DB03"]})
        world.wait(lambda: sum(1 for row in mailboxes(world) if row[3] == "fail") >= 20,
                   "the 20 mailboxes of DB03 to be seen", 90)
        for database in DATABASES:
            world.control("POST", "/rights/restore-impersonation", {"databases": [database]})
        world.wait(lambda: world.status()["batches"][0]["readiness"]["verdict"] == "go", "GO", 90)


def mailboxes(world):
    text = world.mpf("--plain", "mailboxes", "--batch", "wave1", "--all", check=False).stdout
    return [line.split("\t") for line in text.splitlines()]


def begin(bin_folder, environment=None):
    seed = int(os.environ.get("SEED", random.randrange(1 << 30)))
    print(f"seed {seed}", flush=True)
    # Each kill may leave a login without an answer, and the guard counts those: this directory is known to bear many.
    world = World(bin_folder, mailboxes=120, account_lines="lockout_threshold = 999")
    world.daemon_environment = environment(world) if environment else None
    world.start_daemon()
    world.wait_for_api()
    world.control("POST", "/mend-all")
    world.wait(lambda: world.status()["batches"][0]["readiness"]["verdict"] == "go", "GO", 60)
    return world, Ordeal(world, random.Random(seed))


def what_was_told_survives_a_kill_at_any_instant(bin_folder):
    world, ordeal = begin(bin_folder)
    with world:
        for round_ in range(KILLS):
            listener = Listener(world)
            ordeal.act()
            time.sleep(ordeal.chance.uniform(0.0, 1.0))
            if ordeal.chance.random() < 0.5:
                ordeal.act()
                time.sleep(ordeal.chance.uniform(0.0, 0.1))
            world.kill_daemon()
            ordeal.gather(listener.end())
            ordeal.look_at_the_disk(round_)
            world.start_daemon()
            world.wait_for_api()
        assert ordeal.told, "there was drift to lose"
        print(f"{KILLS} kills; {sum(ordeal.told.values())} changes and acceptance {ordeal.accepted} told, all kept",
              flush=True)
        ordeal.finish()


def disk_fault_library(world):
    library = world.folder / "disk_fault.so"
    source = pathlib.Path(__file__).with_name("disk_fault.c")
    World.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"])
    return {**os.environ, "LD_PRELOAD": str(library), "DISK_FAULT": str(world.folder / "disk-fault")}


def a_disk_that_fills_up_or_breaks_loses_nothing_and_is_said_so(bin_folder):
    world, ordeal = begin(bin_folder, disk_fault_library)
    degraded = 0
    with world:
        fault = world.folder / "disk-fault"
        for round_ in range(FAULTS):
            listener = Listener(world)
            ordeal.act()
            time.sleep(ordeal.chance.uniform(0.0, 0.3))
            before_the_fault = len(listener.heard)
            kind = ordeal.chance.choice(("ENOSPC", "EIO", "EIO sync"))
            fault.write_text(kind)
            ordeal.act()
            time.sleep(ordeal.chance.uniform(0.0, 0.5))
            assert world.daemon.poll() is None, f"round {round_}: {kind} ended the service"
            killed = ordeal.chance.random() < 0.3
            if killed:
                world.kill_daemon()
                heard = listener.end()[:before_the_fault]
            else:
                degraded += 1 if world.status().get("degraded") else 0
            fault.unlink()
            if not killed:
                world.wait(lambda: not world.status().get("degraded"), f"round {round_}: the recovery from {kind}", 30)
                world.kill_daemon()
                heard = listener.end()
            ordeal.gather(heard)
            ordeal.look_at_the_disk(round_)
            world.start_daemon()
            world.wait_for_api()
        print(f"{FAULTS} disk faults, {degraded} of them seen in status; {sum(ordeal.told.values())} changes told, all kept",
              flush=True)
        assert degraded, "no fault was ever seen"
        ordeal.finish()


def a_guard_that_cannot_write_presents_nothing(bin_folder):
    with World(bin_folder, mailboxes=30) as world:
        world.daemon_environment = disk_fault_library(world)
        world.configure(url=f"https://localhost:1/owa")
        world.start_daemon()  # makes the databases
        world.wait_for_api()
        world.kill_daemon(signal.SIGTERM)
        presented = world.counters()["presentations"]
        fault = world.folder / "disk-fault"
        fault.write_text("ENOSPC")
        world.configure()
        world.start_daemon()
        world.wait(lambda: world.daemon.poll() is not None or world.mpf("version", check=False).returncode == 0,
                   "the API or a refusal to start")
        time.sleep(2)
        assert world.counters()["presentations"] == presented, world.counters()
        fault.unlink()
        if world.daemon.poll() is not None:
            world.start_daemon()
        world.wait(lambda: world.counters()["presentations"] > presented, "the login after the disk's recovery", 120)
        assert world.counters()["refused"] == 0


if __name__ == "__main__":
    main([what_was_told_survives_a_kill_at_any_instant,
          a_disk_that_fills_up_or_breaks_loses_nothing_and_is_said_so,
          a_guard_that_cannot_write_presents_nothing])
