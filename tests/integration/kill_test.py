"""kill -9 at random instants during sweeps with a good password: confirmed drift stays, nothing is parked, the sweep goes on."""

import json
import random
import sqlite3
import time

from harness import World, main


def twenty_kills_lose_no_confirmed_drift_and_park_nothing(bin_folder):
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")
    chance = random.Random(seed)
    with World(bin_folder, mailboxes=120) as world:
        world.start_daemon()
        world.wait_for_api()
        world.control("POST", "/mend-all")
        world.wait(lambda: world.status()["batches"][0]["readiness"]["verdict"] == "go", "GO", 60)
        world.control("POST", "/rights/revoke-impersonation", {"databases": ["DB03"]})
        world.wait(lambda: world.status()["open_incidents"] == 1, "the incident", 60)
        known = set()
        for kill in range(20):
            drift = json.loads(world.mpf("--json", "drift", "--limit", "1000").stdout)["drift"]
            subjects = {row["subject"] for row in drift}
            assert known <= subjects, f"kill {kill}: lost {known - subjects}"
            known = subjects
            time.sleep(chance.uniform(0.0, 0.6))
            world.kill_daemon()
            with sqlite3.connect(world.folder / "state/state.db") as database:
                assert database.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            world.start_daemon()
            world.wait_for_api()
        assert known, "there was drift to lose"
        account = json.loads(world.mpf("--json", "credential", "show").stdout)["accounts"][0]
        assert account["state"] == "proven", account
        assert account["refusals"] == 0, account
        assert world.counters()["refused"] == 0
        # The sweep goes on: the drift grows to the whole database and then heals.
        world.wait(lambda: len(json.loads(world.mpf("--json", "drift", "--limit", "1000").stdout)["drift"]) == 20,
                   "the drift of all 20 mailboxes of DB03", 60)
        world.control("POST", "/rights/restore-impersonation", {"databases": ["DB03"]})
        world.wait(lambda: world.status()["open_incidents"] == 0, "the incident's end", 60)


if __name__ == "__main__":
    main([twenty_kills_lose_no_confirmed_drift_and_park_nothing])
