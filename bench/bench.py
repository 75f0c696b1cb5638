"""Measures the service against its limits and its peers; scripts/bench is the way to call it.

A run is one daemon against one simulator, both real processes on this machine, over TLS and NTLM, with a latency that the
simulator adds to each answer. `mailpreflight check` of the whole source uses all lanes; it is what is timed.
"""

import argparse
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "integration"))
sys.dont_write_bytecode = True

from harness import World, npm_modules  # noqa: E402

# A file for `perf record` of the service while it is timed; it costs some CPU itself.
PROFILE = os.environ.get("PROFILE")
TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def peak_mib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmHWM")


def move_to_own_network():
    """Starts anew in a network namespace: there the loopback's bytes are those of the measurement alone."""
    if os.environ.get("BENCH_OWN_NETWORK") or os.geteuid() != 0 or not shutil.which("ip"):
        return
    os.environ["BENCH_OWN_NETWORK"] = "yes"
    os.execvp("unshare", ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh", sys.executable, *sys.argv])


def loopback_bytes():
    """Each byte on the loopback counts once; outside of a network of our own others must keep quiet."""
    for line in pathlib.Path("/proc/net/dev").read_text().splitlines():
        if line.strip().startswith("lo:"):
            return int(line.split(":")[1].split()[0])
    raise RuntimeError("no loopback")


class Bench:
    """A simulator with N mailboxes that all open, and a daemon that has looked at each once."""

    def __init__(self, bin_folder, mailboxes, latency, lanes):
        self.mailboxes, self.latency, self.lanes = mailboxes, latency, lanes
        # Lifted for the measurement: at the default of 5 a second the rate would be all that is seen. Canaries, sweeps and
        # source checks are put off, so that nothing but what is timed runs.
        self.world = World(bin_folder, mailboxes=mailboxes, lanes=lanes, rate=10000.0, schedule={
            "source_interval": "1h", "canary_interval": "1h", "sweep_interval": "7d", "sweep_interval_72h": "3d",
            "sweep_interval_4h": "4h", "login_interval": "15m"})
        self.world.control("POST", "/mend-all")
        self.world.control("POST", "/rights/restore-impersonation", {"databases": []})

    def __enter__(self):
        try:
            self.prepare()
        except BaseException:
            self.world.__exit__(*sys.exc_info())
            raise
        return self

    def prepare(self):
        world = self.world
        world.start_daemon()
        world.wait_for_api()
        world.wait(lambda: self.seen() >= self.mailboxes, "the first sweep", 1800)
        if self.latency:
            world.control("POST", "/faults", {"kind": "latency", "path": "/ews", "value": self.latency})

    def seen(self):
        readiness = self.world.status()["batches"][0]["readiness"]
        time.sleep(0.2)
        return readiness["passed"] + readiness["failed"]

    def __exit__(self, *trace):
        self.world.__exit__(*trace)

    def measure(self):
        world = self.world
        pids = {"service": world.daemon.pid, "simulator": world.simulator.pid}
        before = {name: cpu_seconds(pid) for name, pid in pids.items()}
        judge_before = world.status()["judge"]
        bytes_before = loopback_bytes()
        profile = subprocess.Popen(["perf", "record", "-q", "-F", "499", "-g", "-o", PROFILE, "-p", str(pids["service"])]) \
            if PROFILE else None
        start = time.monotonic()
        result = subprocess.run([world.bin / "mailpreflight", "--socket", world.folder / "control.sock", "--json",
                                 "check", "contoso"], capture_output=True, text=True, timeout=3600)
        seconds = time.monotonic() - start
        if profile:
            profile.terminate()
            profile.wait()
        last = json.loads(result.stdout.splitlines()[-1])
        if result.returncode != 0:
            raise RuntimeError(f"the check ended with {result.returncode}: {last}")
        judge = world.status()["judge"]
        limit = self.lanes / (self.latency / 1000) if self.latency else None
        rate = self.mailboxes / seconds
        return {
            "mailboxes": self.mailboxes, "latency_ms": self.latency, "lanes": self.lanes,
            "seconds": round(seconds, 2), "mailboxes_per_s": round(rate, 1),
            "ratio_to_lanes_over_latency": round(rate / limit, 3) if limit else None,
            "service_cpu_s_per_10k": round((cpu_seconds(pids["service"]) - before["service"]) / self.mailboxes * 1e4, 2),
            "simulator_cpu_s_per_10k":
                round((cpu_seconds(pids["simulator"]) - before["simulator"]) / self.mailboxes * 1e4, 2),
            "peak_rss_mib": round(peak_mib(pids["service"]), 1),
            "wire_bytes_per_mailbox": round((loopback_bytes() - bytes_before) / self.mailboxes),
            "judge_s": round((judge["turn_ms"] - judge_before["turn_ms"]) / 1000, 2),
            "store_s": round((judge["commit_ms"] - judge_before["commit_ms"]) / 1000, 2),
            "commits": judge["commits"] - judge_before["commits"],
        }

    def addresses(self, count):
        """Of mailboxes that open by their listed address: other clients end at an alias."""
        text = self.world.mpf("--plain", "mailboxes", "--batch", "wave1", "--all").stdout
        rows = [line.split("\t") for line in text.splitlines()]
        return [row[0] for row in rows if row[4] == "ok"][:count]

    def peer(self, name, command, count, environment=None):
        """Wall and CPU seconds of another client that opens `count` of the mailboxes."""
        addresses = "\n".join(self.addresses(count)) + "\n"
        simulator = cpu_seconds(self.world.simulator.pid)
        usage_before = os.times()
        start = time.monotonic()
        result = subprocess.run([str(part) for part in command], input=addresses, capture_output=True, text=True,
                                timeout=1800, env={**os.environ, **(environment or {})})
        seconds = time.monotonic() - start
        usage = os.times()
        cpu = usage.children_user + usage.children_system - usage_before.children_user - usage_before.children_system
        if result.returncode != 0 or result.stdout.split()[-1:] != [str(count)]:
            raise RuntimeError(f"{name}: {result.returncode} {result.stdout[-300:]} {result.stderr[-2000:]}")
        return {"peer": name, "mailboxes": count, "seconds": round(seconds, 2), "mailboxes_per_s": round(count / seconds, 1),
                "cpu_s_per_10k": round(cpu / count * 1e4, 2),
                "simulator_cpu_s_per_10k":
                    round((cpu_seconds(self.world.simulator.pid) - simulator) / count * 1e4, 2)}

    def peers(self, count, threads):
        url = f"https://localhost:{self.world.port}/EWS/Exchange.asmx"
        arguments = [url, self.world.folder / "tls/ca.pem", "CONTOSO\\migadmin", self.world.folder / "password", threads]
        rows = [self.peer("python3-exchangelib", ["/usr/bin/python3", ROOT / "bench/peer_exchangelib.py", *arguments], count)]
        rows.append(self.peer("ews-javascript-api", ["node", ROOT / "bench/peer_ews_javascript_api.mjs", *arguments], count,
                              {"NODE_EXTRA_CA_CERTS": str(self.world.folder / "tls/ca.pem")}))
        return rows


def table(rows):
    names = list(rows[0])
    cells = [names] + [["" if row[name] is None else str(row[name]) for name in names] for row in rows]
    lines = ["| " + " | ".join(line) + " |" for line in cells]
    return "\n".join([lines[0], "| " + " | ".join("---" for _ in names) + " |", *lines[1:]])


def machine():
    model = next((line.split(":")[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    memory = int(pathlib.Path("/proc/meminfo").read_text().split()[1]) // 1024 // 1024
    return f"{os.cpu_count()} cores ({model}), {memory} GiB, Linux {platform.release()}"


CENTRE = {"mailboxes": 10_000, "latency": 50, "lanes": 8}
AXES = {"latency": (0, 5, 200), "lanes": (1, 4, 16), "mailboxes": (1_000, 30_000, 100_000)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bin_folder", help="of mailpreflightd, mailpreflight and exchange-simulator")
    parser.add_argument("--full", action="store_true", help="one axis at a time around the centre")
    parser.add_argument("--json", help="file that gets the rows")
    parser.add_argument("--mailboxes", type=int, default=CENTRE["mailboxes"], help="of the centre, for trials")
    parser.add_argument("--repeat", type=int, default=2, help="times that the centre is measured")
    parser.add_argument("--no-peers", action="store_true", help="the service alone")
    arguments = parser.parse_args()
    npm_modules(ROOT / "tests/foreign")
    move_to_own_network()
    commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    print(f"commit {commit}; {machine()}; load {os.getloadavg()[0]:.2f} at the start\n", flush=True)
    print("the loopback is the measurement's own\n" if os.environ.get("BENCH_OWN_NETWORK") else
          "the loopback is shared: bytes on the wire are those of everybody\n", flush=True)
    judgement = json.loads(subprocess.run([pathlib.Path(arguments.bin_folder) / "bench_judgement", "100000"],
                                          capture_output=True, text=True, check=True).stdout)
    print(f"judging: {judgement}\n", flush=True)
    rows, peers = [], []
    centre = {**CENTRE, "mailboxes": arguments.mailboxes}
    with Bench(arguments.bin_folder, **centre) as bench:
        for _ in range(arguments.repeat):
            rows.append(bench.measure())
            print(rows[-1], flush=True)
        if not arguments.no_peers:
            peers = bench.peers(min(1000, arguments.mailboxes * 9 // 10), bench.lanes)
    if arguments.full:
        for axis, values in AXES.items():
            for value in values:
                with Bench(arguments.bin_folder, **{**centre, axis: value}) as bench:
                    rows.append(bench.measure())
                    print(rows[-1], flush=True)
    print()
    print(table(rows))
    if peers:
        for peer in peers:
            peer["cpu_ratio_to_ours"] = round(peer["cpu_s_per_10k"] / rows[0]["service_cpu_s_per_10k"], 1)
        print()
        print(table(peers))
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(
            {"commit": commit, "machine": machine(), "judgement": judgement, "rows": rows,
             "peers": peers}, indent=1) + "\n")


main()
