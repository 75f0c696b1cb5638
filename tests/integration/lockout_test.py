"""A wrong password is presented once, however often service and probe are started; then never again."""

import json
import random
import signal
import time

from harness import World, main


def presentations(world):
    counters = world.counters()
    account = counters["accounts"]["migadmin"] if isinstance(counters.get("accounts"), dict) else counters
    return counters["presentations"], counters["refused"], account


def one_wrong_presentation_over_50_forced_restarts_and_5_probes(bin_folder):
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")
    chance = random.Random(seed)
    with World(bin_folder, password="Wrong-Horse-7") as world:
        for restart in range(50):
            world.start_daemon()
            if restart % 10 == 0:
                world.wait_for_api()
            time.sleep(chance.uniform(0.0, 0.25))
            world.kill_daemon(signal.SIGKILL if restart % 5 else signal.SIGTERM)
            assert world.counters()["refused"] <= 1, world.counters()
        for _ in range(5):
            world.probe()
        world.start_daemon()
        world.wait_for_api()
        world.wait(lambda: any(check["check"] == "ews.login" and check.get("latest", {}).get("cause") ==
                               "credential_refused" for check in world.status()["sources"][0]["checks"]),
                   "the refusal in status")
        counters = world.counters()
        assert counters["refused"] == 1, counters
        accounts = json.loads(world.mpf("--json", "credential", "show").stdout)["accounts"]
        assert accounts[0]["state"] == "parked", accounts


def the_right_password_after_a_wrong_one_goes_on_at_once(bin_folder):
    with World(bin_folder, password="Wrong-Horse-7") as world:
        world.start_daemon()
        world.wait_for_api()
        world.wait(lambda: world.counters()["refused"] == 1, "the one refusal")
        world.write_private(world.folder / "password", "Correct-Horse-7\n")
        assert world.mpf("reload").returncode == 0
        world.wait(lambda: world.status()["sources"][0]["account"]["state"] == "proven", "a proven secret")
        assert world.counters()["refused"] == 1


if __name__ == "__main__":
    main([one_wrong_presentation_over_50_forced_restarts_and_5_probes,
          the_right_password_after_a_wrong_one_goes_on_at_once])
