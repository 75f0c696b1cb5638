"""Notices end to end: a real service over the simulator, and real receivers that fail in every way there is.

    notices_test.py BIN [KILLS]      20 kills unless told otherwise; SEED=N repeats a run
"""

import collections
import json
import os
import pathlib
import random
import re
import signal
import socket
import sqlite3
import sys
import time

from harness import main, npm_modules
from notice_receivers import CUT, GARBAGE, Hook, KEY, LATE, REDIRECT, SLOW, ToldWorld, free_port, may_mount
from notify_test import MAIL, PASSWORD as SMTP_PASSWORD, VALIDATOR

KILLS = int(sys.argv[2]) if len(sys.argv) > 2 else 20
DATABASES = ("DB01", "DB02", "DB03", "DB04")


def a_trial_reaches_each_receiver_and_says_so_by_its_exit_code(bin_folder):
    with ToldWorld(bin_folder, mailboxes=10) as world:
        hook, mail = world.hook("hook", key=KEY), world.mail("mail")
        beats, refusing = world.hook("beats"), world.hook("refusing")
        world.add("beats", "heartbeat", f'url = "http://127.0.0.1:{beats.port}/beat"\n')
        refusing.mood = 403
        world.add("program", "command", f'command = ["/usr/bin/tee", "{world.folder}/told"]\n')
        world.start_daemon()
        world.wait_for_api()
        for name in ("hook", "mail", "program", "journal", "beats"):
            trial = world.trial(name)
            assert trial.returncode == 0 and "took the trial" in trial.stdout, (name, trial)
        trial = world.trial("refusing")
        assert trial.returncode == 1 and "refused the trial" in trial.stdout and "403" in trial.stdout, trial
        assert world.trial("nobody").returncode not in (0, 3)
        (trial,) = hook.told("trial", "told")
        assert not hook.forged, hook.forged
        for body in (*hook.notices(), trial, json.loads((world.folder / "told").read_text())):
            VALIDATOR.validate(body)
        assert [one["path"] for one in beats.arrived].count("/beat") >= 1, beats.arrived
        (trial,) = mail.told("trial", "told")
        assert trial["secure"] and trial["subject"].startswith("[mailpreflight] TRIAL"), trial
        row = world.outbox("--receiver", "refusing")[0]
        assert (row["state"], row["attempts"]) == ("dead", 1), row


def a_revoked_right_is_told_once_to_each_and_its_return_too(bin_folder):
    with ToldWorld(bin_folder) as world:
        hook, other, mail = world.hook("hook", key=KEY), world.hook("other"), world.mail("mail")
        world.begin()
        world.revoke("DB02")
        receivers = (hook, other, mail)
        world.wait(lambda: all(receiver.told("rights", "firing") for receiver in receivers), "the first word", 60)
        # Until each of its 10 mailboxes was looked at twice: it is one notice still.
        world.wait(lambda: world.status()["batches"][0]["readiness"]["failed"] == 10, "all of them")
        world.restore("DB02")
        world.wait(lambda: all(receiver.told("rights", "resolved") for receiver in receivers), "the last word", 90)
        groups = set()
        for receiver in (hook, other):
            (fired,), (resolved,) = receiver.told("rights", "firing"), receiver.told("rights", "resolved")
            assert fired["group"] == resolved["group"] and fired["dedup_key"] == resolved["dedup_key"], (fired, resolved)
            assert fired["severity"] == "critical" and fired["cause"] == "impersonation_denied", fired
            assert fired["remedy"] and fired["samples"] and fired["batches"][0]["verdict"] == "no_go", fired
            VALIDATOR.validate(fired)
            VALIDATOR.validate(resolved)
            groups.add(fired["group"])
        (fired,), (resolved,) = mail.told("rights", "firing"), mail.told("rights", "resolved")
        assert groups == {fired["headers"]["x-mailpreflight-group"], resolved["headers"]["x-mailpreflight-group"]}, groups
        assert fired["references"] == resolved["references"] == resolved["in_reply_to"], (fired, resolved)
        assert fired["id"] != resolved["id"] and "mailboxes.csv" in [part["name"] for part in fired["attachments"]]
        assert not hook.forged, hook.forged


class Closed:
    """A port on which nobody listens until it is opened."""

    def __init__(self):
        self.port, self.hook = free_port(), None

    def open(self):
        self.hook = Hook(self.port)
        return self.hook


def a_receiver_that_fails_holds_its_own_queue_alone(bin_folder):
    with ToldWorld(bin_folder) as world:
        trap = Hook()
        world.receivers.append(trap)
        good, down = world.hook("good"), Closed()
        moods = {"broken": 500, "cut": CUT, "garbage": GARBAGE, "slow": SLOW, "moved": REDIRECT}
        failing = {name: world.hook(name) for name in moods}
        for name, mood in moods.items():
            failing[name].mood, failing[name].elsewhere = mood, f"http://127.0.0.1:{trap.port}/"
        world.add("down", "webhook", f'url = "http://127.0.0.1:{down.port}/"\n')
        owing = {*moods, "down"} - {"moved"}
        if may_mount():
            world.blind_names = True
            world.add("nowhere", "webhook", 'url = "https://hook.nowhere.example/"\n')
            owing.add("nowhere")
        else:
            print("skipped: a name that is never answered takes root and unshare", flush=True)
        world.begin()
        world.revoke("DB02")
        world.wait(lambda: good.told("rights", "firing"), "the notice", 60)
        (fired,) = good.told("rights", "firing")
        took = good.taken[fired["id"]] - world_time(fired["at"])
        assert took < 3, f"{took} s after it was planned"
        world.wait(lambda: owing == {row["receiver"] for row in world.owed() if row["class"] == "rights"},
                   "what is owed to the others", 10)
        world.wait(lambda: [row for row in world.outbox("--receiver", "moved", "--state", "dead")
                            if row["class"] == "rights"], "the end of what a redirect was told")
        heard = {one["name"]: (one["owed"] > 0, one["dead"] > 0) for one in world.status()["receivers"]}
        assert heard == dict.fromkeys(owing, (True, False)) | {"good": (False, False), "moved": (False, True)}, heard
        shown = world.mpf("status", check=False).stdout
        assert "Receiver moved" in shown and "given up" in shown and "Receiver good" not in shown, shown
        began = time.monotonic()
        assert world.trial("good").returncode == 0 and time.monotonic() - began < 5
        assert not trap.arrived, trap.arrived
        # Once they are back they get it by themselves, but for the one that refused.
        down_hook = down.open()
        world.receivers.append(down_hook)
        for name in ("broken", "cut", "garbage", "slow"):
            failing[name].mood = 200
        back = {name: failing[name] for name in ("broken", "cut", "garbage", "slow")} | {"down": down_hook}
        world.wait(lambda: all(hook.told("rights", "firing") for hook in back.values()), "what was owed", 120)
        assert not failing["moved"].told("rights", "firing")
        failing["moved"].mood = 200
        assert "tried again" in world.mpf("notices", "--retry", "--receiver", "moved").stdout
        world.wait(lambda: failing["moved"].told("rights", "firing"), "what was dead")
        assert not trap.arrived, trap.arrived
        for hook in (*back.values(), failing["moved"]):
            check_bodies(hook)
        assert {row["receiver"] for row in world.owed()} <= {"nowhere"}, world.owed()
        print(f"told {took:.2f} s after it was planned, beside {len(owing) + 1} receivers that fail", flush=True)


def world_time(text):
    whole, _, rest = text.removesuffix("Z").partition(".")
    return time.mktime(time.strptime(whole + " UTC", "%Y-%m-%dT%H:%M:%S %Z")) - time.timezone + float("0." + (rest or "0"))


def check_bodies(hook):
    """One id has one body, at every attempt and for ever."""
    bodies = collections.defaultdict(set)
    with hook.lock:
        for one in hook.arrived:
            bodies[one["id"]].add(one["body"])
    for name, different in bodies.items():
        assert len(different) == 1 and json.loads(next(iter(different)))["id"] == name, (name, different)
    return len(bodies)


def number_of(notice):
    return int(notice["id"].split(".")[1])


def what_is_owed_survives_a_kill_at_any_instant(bin_folder):
    seed = int(os.environ.get("SEED", random.randrange(1 << 30)))
    print(f"seed {seed}", flush=True)
    chance = random.Random(seed)
    with ToldWorld(bin_folder, mailboxes=60) as world:
        hooks = [world.hook("hook", key=KEY), world.hook("other")]
        world.begin()
        revoked = set()
        for hook in hooks:  # of requests that come in threads: a generator of its own
            fate = random.Random(chance.random())
            hook.mood = lambda fate=fate: fate.choice((200, 200, LATE, LATE, 500, 503, 404, CUT, GARBAGE))
        for round_ in range(KILLS):
            database = chance.choice(DATABASES)
            if database in revoked:
                world.restore(database)
            else:
                world.revoke(database)
            revoked ^= {database}
            time.sleep(chance.uniform(0.0, 5.0))
            clients = [world.client("notify", "test", chance.choice(("hook", "other"))) for _ in range(chance.randrange(3))]
            if chance.random() < 0.3:
                clients.append(world.client("notices", "--retry"))
            time.sleep(chance.uniform(0.0, 0.7))
            world.kill_daemon()
            for client in clients:
                client.wait(timeout=60)
            with sqlite3.connect(world.folder / "state" / "state.db") as database:
                assert database.execute("PRAGMA integrity_check").fetchone()[0] == "ok", f"round {round_}"
            world.start_daemon()
            world.wait_for_api()
        for hook in hooks:
            hook.mood = 200
        world.restore(*DATABASES)
        world.wait(lambda: world.verdict() == "go", "GO", 120)

        def is_quiet():
            world.mpf("notices", "--retry")
            time.sleep(1)
            return not world.owed() and not [row for row in world.outbox("--state", "dead")]
        world.wait(is_quiet, "everything that was owed", 90)
        known = world.outbox()
        still_open = {f"I{row['number']}" if "number" in row else row["id"]
                      for row in json.loads(world.mpf("--json", "incidents").stdout)["incidents"]
                      if row["state"] != "resolved"}
        told = repeated = 0
        for name, hook in zip(("hook", "other"), hooks):
            mine = [row for row in known if row["receiver"] == name]
            missing = [row["id"] for row in mine if row["state"] != "delivered" or row["id"] not in hook.taken]
            assert mine and not missing, f"{name} was not told {missing}"
            check_bodies(hook)
            assert not hook.forged, hook.forged
            told += len(hook.taken)
            repeated += sum(1 for one in hook.arrived if one["id"] in hook.taken) - len(hook.taken)
            last = {}
            for notice in sorted(hook.notices(), key=number_of):
                if re.fullmatch(r"I\d+", notice["group"]):
                    last[notice["group"]] = notice["status"]
            left = {group for group, status in last.items() if status != "resolved"} - still_open
            assert not left, f"{name} was never told that these are over: {left}; open are {still_open}"
        assert any(notice["class"] == "rights" for notice in hooks[0].notices()), "there was something to tell"
        print(f"{KILLS} kills; {told} notices told, {repeated} attempts more than that, none lost", flush=True)


def what_a_receiver_that_is_gone_is_owed_is_dead_and_no_id_comes_back(bin_folder):
    with ToldWorld(bin_folder, mailboxes=20) as world:
        gone, stays = world.hook("gone"), world.hook("stays")
        gone.mood = 500
        world.begin()
        world.revoke("DB02")
        world.wait(lambda: [row for row in world.owed() if row["receiver"] == "gone" and row["class"] == "rights"],
                   "what is owed", 60)
        table = world.tables["gone"]
        world.remove("gone")
        assert world.mpf("reload").returncode == 0
        rows = world.outbox("--receiver", "gone")
        assert rows and {row["state"] for row in rows} == {"dead"}, rows
        assert all("there is no receiver gone any more" in row["detail"] for row in rows), rows
        world.mpf("notices", "--retry")
        assert {row["state"] for row in world.outbox("--receiver", "gone")} == {"dead"}
        assert world.trial("gone").returncode != 0 and world.trial("stays").returncode == 0
        world.tables["gone"], gone.mood = table, 200
        world.write_tables()
        assert world.mpf("reload").returncode == 0
        world.wait(lambda: gone.told("rights", "firing"), "what goes on, told to one who is new", 30)
        check_bodies(gone)
        assert not {notice["id"] for notice in gone.notices()} & {row["id"] for row in rows}, "an id came back"
        assert world.trial("gone").returncode == 0 and stays.told("rights", "firing")


def a_secret_that_changed_takes_effect_with_a_reload(bin_folder):
    with ToldWorld(bin_folder, mailboxes=10) as world:
        hook = world.hook("hook", key=KEY)
        world.start_daemon()
        world.wait_for_api()
        assert world.trial("hook").returncode == 0 and not hook.forged
        hook.key = "Signing-Key-8"
        world.secret("hook.key", hook.key)
        assert world.trial("hook").returncode == 0 and len(hook.forged) == 1, "the old key is in force until the reload"
        assert world.mpf("reload").returncode == 0
        assert world.trial("hook").returncode == 0 and len(hook.forged) == 1, hook.forged
        page = world.run(["curl", "-sf", "--unix-socket", world.folder / "view.sock", "http://localhost/metrics"]).stdout
        taken = re.search(r'^mailpreflight_notifications_total{receiver="hook",outcome="delivered"} (\d+)$', page, re.M)
        assert taken and int(taken.group(1)) == len(hook.arrived) >= 3, "it counts on after a reload"
        assert 'mailpreflight_notices_owed{receiver="hook"} 0\n' in page, page


def a_command_gets_a_clean_environment_and_json(bin_folder):
    with ToldWorld(bin_folder) as world:
        program = world.folder / "tell"
        program.write_text("""#!/usr/bin/python3 -IS
import json, os, sys
told = {"environment": open("/proc/self/environ").read().split("\\0")[:-1], "place": os.getcwd(), "body": sys.stdin.read(),
        "files": [number for number in range(1024) if os.path.exists(f"/proc/self/fd/{number}")], "group": os.getpgrp()}
json.dump(told, open(f"{sys.argv[1]}/told.{os.getpid()}", "w"))
""")
        program.chmod(0o755)
        world.add("program", "command", f'command = ["{program}", "{world.folder}"]\n')
        world.daemon_environment = {**os.environ, "PLANTED": "in-the-environment"}
        world.begin()
        world.revoke("DB02")

        def told():
            every = [json.loads(path.read_text() or "{}") for path in world.folder.glob("told.*")]
            return [one for one in every if one and json.loads(one["body"])["class"] == "rights"]
        world.wait(told, "the command", 60)
        (call,) = told()
        body = json.loads(call["body"])
        VALIDATOR.validate(body)
        environment = dict(line.split("=", 1) for line in call["environment"])
        assert environment["PATH"] == "/usr/bin:/bin" and environment["LANG"] == "C.UTF-8", environment
        assert environment["MAILPREFLIGHT_ID"] == body["id"] and environment["MAILPREFLIGHT_STATUS"] == "firing", environment
        assert all(name in ("PATH", "LANG") or name.startswith("MAILPREFLIGHT_") for name in environment), environment
        assert call["place"] == "/" and call["files"] == [0, 1, 2], call
        assert call["group"] != os.getpgid(world.daemon.pid), call


def a_heartbeat_is_told_of_sweeps(bin_folder):
    with ToldWorld(bin_folder, mailboxes=10) as world:
        beats = world.hook("beats")
        world.add("beats", "heartbeat", f'secret_url = {world.secret("beat.url", f"http://127.0.0.1:{beats.port}/uuid")}\n')
        world.begin()
        world.wait(lambda: {"/uuid/start", "/uuid"} <= {one["path"] for one in list(beats.arrived)}, "start and success", 60)
        first = [one["path"] for one in beats.arrived]
        assert first[0] == "/uuid/start" and "/uuid/fail" not in first, first
        assert not [row for row in world.outbox() if row["receiver"] == "beats"], "a beat is no notice"


def no_secret_of_a_receiver_is_written_answered_or_shown(bin_folder):
    planted = {"path": "Planted-Path-1", "key": "Planted-Key-2", "routing": "PlantedRouting3", "bearer": "Planted-Token-4",
               "beat": "Planted-Beat-5", "smtp": SMTP_PASSWORD, "own": "Planted-Query-6"}
    with ToldWorld(bin_folder, mailboxes=20) as world:
        hooks = {name: world.hook(name) for name in ("slack", "pager", "hook", "beats", "refusing", "cut")}
        mail = world.mail("mail")
        url = {name: f"http://127.0.0.1:{hook.port}" for name, hook in hooks.items()}
        world.add("slack", "slack", f'secret_url = {world.secret("slack.url", url["slack"] + "/" + planted["path"])}\n')
        world.add("pager", "pagerduty", f'url = "{url["pager"]}/"\nrouting_key = {world.secret("pager.key", planted["routing"])}\n')
        world.add("hook", "webhook", f'secret_url = {world.secret("hook.url", url["hook"] + "/?x=" + planted["own"])}\n'
                  f'signing_key = {world.secret("hook.key", planted["key"])}\n'
                  f'authorization = {world.secret("hook.token", "Bearer " + planted["bearer"])}\n')
        world.add("beats", "heartbeat", f'secret_url = {world.secret("beats.url", url["beats"] + "/" + planted["beat"])}\n')
        for name, mood in (("refusing", 403), ("cut", CUT)):
            hooks[name].mood = mood
            world.add(name, "slack", f'secret_url = {world.secret(name + ".url", url[name] + "/" + planted["path"])}\n')
        world.add("dark", "slack", f'secret_url = {world.secret("dark.url", f"http://127.0.0.1:{free_port()}/" + planted["path"])}\n')
        world.begin()
        world.revoke("DB02")
        world.wait(lambda: mail.told("rights", "firing") and hooks["hook"].told("rights", "firing") and
                   hooks["refusing"].arrived and hooks["cut"].arrived, "the notices", 60)
        hooks["beats"].mood = 500
        outputs = {}
        for name in world.tables:
            if name not in ("cut", "dark"):
                outputs["test " + name] = world.trial(name)
        for arguments in (["notices"], ["notices", "--state", "dead"], ["notices", "--retry"], ["status"], ["incidents"],
                          ["explain", "contoso"], ["reload"], ["config", "check", str(world.folder / "mailpreflight.toml")],
                          ["report", "wave1"]):
            for form in ([], ["--json"]):
                outputs[" ".join(form + arguments)] = world.mpf(*form, *arguments, check=False)
        process = pathlib.Path(f"/proc/{world.daemon.pid}")
        for name in ("cmdline", "environ"):
            for which, secret in planted.items():
                assert secret.encode() not in (process / name).read_bytes(), (name, which)
        world.kill_daemon(signal.SIGTERM)
        for name, result in outputs.items():
            for which, secret in planted.items():
                assert secret not in result.stdout + result.stderr, f"{which} in {name}"
        assert planted["routing"].encode() in b"".join(one["body"] for one in hooks["pager"].arrived), "it was used"
        looked_at = 0
        for path in [*(world.folder / "state").rglob("*"), world.folder / "daemon.log"]:
            if path.is_file():
                looked_at += 1
                for which, secret in planted.items():
                    data = path.read_bytes()
                    assert secret.encode() not in data and json.dumps(secret)[1:-1].encode() not in data, f"{which} in {path}"
        assert looked_at >= 3, looked_at


if __name__ == "__main__":
    npm_modules(MAIL)
    main([a_trial_reaches_each_receiver_and_says_so_by_its_exit_code,
          a_revoked_right_is_told_once_to_each_and_its_return_too,
          a_receiver_that_fails_holds_its_own_queue_alone,
          what_is_owed_survives_a_kill_at_any_instant,
          what_a_receiver_that_is_gone_is_owed_is_dead_and_no_id_comes_back,
          a_secret_that_changed_takes_effect_with_a_reload,
          a_command_gets_a_clean_environment_and_json,
          a_heartbeat_is_told_of_sweeps,
          no_secret_of_a_receiver_is_written_answered_or_shown])
