"""mailpreflightd as a service manager sees it: notifications in their order, reload by signal, sockets that are passed,
and an end within 5 s."""

import json
import os
import signal
import socket
import subprocess
import time

from harness import World, main

STOP_LIMIT = 5.0  # seconds, with requests in flight


class Manager:
    """The receiving end of sd_notify."""

    def __init__(self, folder):
        self.path = str(folder / "notify.sock")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.settimeout(20)

    def environment(self, **more):
        return {**os.environ, "NOTIFY_SOCKET": self.path, **more}

    def next(self):
        return dict(line.split("=", 1) for line in self.socket.recv(4096).decode().splitlines())

    def next_with(self, key):
        """What follows up to the message that carries `key`, that message last."""
        came = []
        while not came or key not in came[-1]:
            came.append(self.next())
        return came


def start(world, command=(), **options):
    world.daemon_log = open(world.folder / "daemon.log", "a")
    world.daemon = subprocess.Popen(
        [*command, str(world.bin / "mailpreflightd"), "--config", str(world.folder / "mailpreflight.toml")],
        stdout=world.daemon_log, stderr=world.daemon_log, **options)


def stop(world, number=signal.SIGTERM):
    begun = time.monotonic()
    world.daemon.send_signal(number)
    code = world.daemon.wait(timeout=20)
    world.daemon = None
    return code, time.monotonic() - begun


def ready_comes_when_the_api_answers_and_stopping_before_the_end(bin_folder):
    with World(bin_folder) as world:
        manager = Manager(world.folder)
        start(world, env=manager.environment())
        first = manager.next()
        assert first.get("READY") == "1" and first["STATUS"] == "started", first
        assert world.mpf("version").returncode == 0
        code, took = stop(world)
        assert "STOPPING" in manager.next_with("STOPPING")[-1]
        assert code == 0 and took < STOP_LIMIT, (code, took)


def sighup_takes_a_good_configuration_and_keeps_the_old_one_before_a_bad_one(bin_folder):
    with World(bin_folder) as world:
        manager = Manager(world.folder)
        start(world, env=manager.environment())
        manager.next_with("READY")

        world.lanes = 1
        world.configure()
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        world.daemon.send_signal(signal.SIGHUP)
        reloading = manager.next_with("RELOADING")[-1]
        assert before <= int(reloading["MONOTONIC_USEC"]) <= before + 20_000_000, reloading
        assert manager.next_with("READY")[-1]["STATUS"] == "configuration reloaded"

        good = (world.folder / "mailpreflight.toml").read_text()
        (world.folder / "mailpreflight.toml").write_text(good + "\n[daemon2]\n")
        world.daemon.send_signal(signal.SIGHUP)
        manager.next_with("RELOADING")
        ready = manager.next_with("READY")[-1]
        assert "the old one stays in force" in ready["STATUS"], ready
        assert [source["name"] for source in world.status()["sources"]] == ["contoso"]
        refused = world.mpf("reload", check=False)
        assert refused.returncode == 1 and "daemon2" in refused.stdout + refused.stderr, refused
        stop(world)


def the_watchdog_is_fed_while_all_parts_turn(bin_folder):
    with World(bin_folder) as world:
        manager = Manager(world.folder)
        start(world, env=manager.environment(WATCHDOG_USEC="1000000"))
        manager.next_with("READY")
        begun = time.monotonic()
        for _ in range(3):
            manager.next_with("WATCHDOG")
        assert time.monotonic() - begun < 5
        world.daemon.send_signal(signal.SIGSTOP)  # a service that hangs feeds nothing
        time.sleep(0.2)
        manager.socket.setblocking(False)
        try:
            while True:
                manager.socket.recv(4096)
        except BlockingIOError:
            pass
        manager.socket.settimeout(1.5)
        try:
            raise AssertionError(f"a stopped service said {manager.next()}")
        except TimeoutError:
            pass
        world.daemon.send_signal(signal.SIGCONT)
        stop(world)


def sockets_that_are_passed_are_served_by_their_names(bin_folder):
    with World(bin_folder) as world:
        control, view = world.folder / "control.sock", world.folder / "view.sock"
        # Other paths in the configuration: what is passed counts.
        text = (world.folder / "mailpreflight.toml").read_text()
        (world.folder / "mailpreflight.toml").write_text(text.replace("/control.sock", "/unused-control.sock")
                                                         .replace("/view.sock", "/unused-view.sock"))
        start(world, ["systemd-socket-activate", "-l", str(control), "-l", str(view), "--fdname=api:view"])
        world.wait(lambda: view.exists() and world.mpf("version", check=False).returncode == 0, "the passed socket")
        assert not (world.folder / "unused-control.sock").exists()

        def by(path, *command):
            return subprocess.run(["curl", "-s", "-w", "%{http_code}", "--unix-socket", str(path), *command],
                                  capture_output=True, text=True, timeout=20).stdout
        assert by(view, "http://localhost/v1/version").endswith("200")
        assert by(view, "-X", "POST", "-H", "Content-Type: application/json", "-d", "{}",
                  "http://localhost/v1/reload").endswith("403")
        assert by(control, "-X", "POST", "-H", "Content-Type: application/json", "-d", "{}",
                  "http://localhost/v1/reload").endswith("200")
        code, took = stop(world)
        assert code == 0 and took < STOP_LIMIT, (code, took)


def a_stop_with_requests_in_flight_ends_in_time_and_parks_nothing(bin_folder):
    with World(bin_folder) as world:
        world.start_daemon()
        world.wait_for_api()
        world.wait(lambda: world.status()["sources"][0]["account"]["state"] == "proven", "a proven secret")
        world.control("POST", "/faults", {"kind": "latency", "path": "/ews", "value": 60000})
        world.wait(lambda: world.status()["sources"][0]["in_flight"] > 0, "a request in flight")
        code, took = stop(world)
        assert code == 0 and took < STOP_LIMIT, (code, took)
        world.control("DELETE", "/faults")
        world.start_daemon()
        world.wait_for_api()
        world.wait(lambda: world.status()["sources"][0]["account"]["state"] == "proven", "a proven secret again")
        assert world.counters()["refused"] == 0


def a_configuration_with_errors_ends_with_ex_config_and_names_each(bin_folder):
    with World(bin_folder) as world:
        path = world.folder / "mailpreflight.toml"
        path.write_text(path.read_text().replace("lanes = 2", "lanes = 0").replace("account = ", "acount = "))
        result = subprocess.run([str(world.bin / "mailpreflightd"), "--config", str(path)], capture_output=True,
                                text=True, timeout=20)
        assert result.returncode == 78, result
        assert "acount" in result.stderr and "lanes" in result.stderr, result.stderr
        checked = json.loads(world.mpf("--json", "config", "check", str(path), check=False).stdout)
        assert len(checked["problems"]) >= 2, checked


if __name__ == "__main__":
    main([ready_comes_when_the_api_answers_and_stopping_before_the_end,
          sighup_takes_a_good_configuration_and_keeps_the_old_one_before_a_bad_one,
          the_watchdog_is_fed_while_all_parts_turn,
          sockets_that_are_passed_are_served_by_their_names,
          a_stop_with_requests_in_flight_ends_in_time_and_parks_nothing,
          a_configuration_with_errors_ends_with_ex_config_and_names_each])
