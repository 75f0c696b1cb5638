"""`mailpreflight batch ...` through a batch's life, with real processes: an exception, a list that waits, a window, done, forget."""

import datetime
import json
import sqlite3

from harness import World, main


def verdict(world):
    return world.mpf("status", "wave1").stdout.splitlines()[0]


def an_exception_is_counted_kept_and_withdrawn(bin_folder):
    with World(bin_folder, mailboxes=20) as world:
        world.control("POST", "/mend-all")
        world.start_daemon()
        world.wait_for_api()
        world.wait(lambda: verdict(world) == "wave1  GO", "GO")
        world.control("POST", "/rights/revoke-impersonation", {"databases": ["DB02"]})
        hit = sum(",DB02," in line for line in (world.folder / "list.csv").read_text().splitlines())

        def failed():
            return world.status()["batches"][0]["readiness"]["failed"]
        world.wait(lambda: failed() == hit, "NO-GO with all that is hit")
        failing = [line.split("\t")[0] for line in
                   world.mpf("--plain", "mailboxes", "--state", "fail", "--all").stdout.splitlines()]
        for address in failing:
            said = world.mpf("batch", "except", address, "-m", "left", "--until", "2100-01-01T00:00:00Z")
            assert said.returncode == 0 and "is excepted from wave1 until" in said.stdout, (said.stdout, said.stderr)
        world.wait(lambda: verdict(world) == f"wave1  GO, {len(failing)} excepted", f"GO with {len(failing)} exceptions")
        world.kill_daemon()
        world.start_daemon()
        world.wait_for_api()
        world.wait(lambda: verdict(world) == f"wave1  GO, {len(failing)} excepted", "the same after a kill")
        shown = world.mpf("batch", "show", "wave1")
        assert shown.returncode == 0 and "uid " in shown.stdout and "left" in shown.stdout, shown.stdout
        report = json.loads(world.mpf("report", "wave1", "--format", "json").stdout)
        excepted = [row for row in report["rows"] if "excepted" in row]
        assert sorted(row["address"] for row in excepted) == sorted(failing), excepted
        assert {row["excepted"]["reason"] for row in excepted} == {"left"}, excepted
        assert report["head"]["excepted"] == len(failing) and not report["head"]["failed"], report["head"]
        assert world.mpf("batch", "except", failing[0], "-m", "is back", "--until", "now").returncode == 0
        world.wait(lambda: verdict(world).startswith("wave1  NO-GO"), "NO-GO again")
        refused = world.mpf("batch", "except", failing[0], "-m", "x", "--until", "2026-02-30 10:00", check=False)
        assert refused.returncode != 0 and "expected year-month-day" in refused.stderr, refused.stderr


def a_batch_goes_from_its_list_to_its_last_report(bin_folder):
    with World(bin_folder, mailboxes=20) as world:
        world.control("POST", "/mend-all")
        configuration = world.folder / "mailpreflight.toml"
        now = datetime.datetime.now(datetime.timezone.utc)
        window = (f'window = {{ start = "{now - datetime.timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}", '
                  f'end = "{now + datetime.timedelta(hours=3):%Y-%m-%dT%H:%M:%SZ}", zone = "America/Chicago" }}\n')
        configuration.write_text(configuration.read_text().replace("[schedule]", window + "[schedule]"))
        lint = world.mpf("batch", "lint", "--config", str(configuration), "wave1")
        assert lint.returncode == 0 and "20 mailboxes" in lint.stdout and "label Database" in lint.stdout, lint.stdout
        world.start_daemon()
        world.wait_for_api()
        shown = world.mpf("batch", "show", "wave1").stdout
        assert "State: moving" in shown and "America/Chicago" in shown and "UTC" in shown, shown
        path = world.folder / "list.csv"
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join(lines[:12]))
        assert "stays in force until `mailpreflight batch confirm wave1`" in world.mpf("reload").stdout
        assert "A list waits to be confirmed" in world.mpf("batch", "show", "wave1").stdout
        assert "11 mailboxes" in world.mpf("batch", "confirm", "wave1").stdout
        assert world.mpf("batch", "forget", "wave1").returncode == 1, "it is not done"
        done = world.mpf("batch", "done", "wave1")
        assert "batch wave1 is done, said uid" in done.stdout, done.stdout
        assert verdict(world) == "wave1  done"
        world.wait(lambda: "rights_still_work" in world.mpf("incidents").stdout, "the warning that rights still work")
        assert "Remove-ManagementRoleAssignment" in world.mpf("incidents").stdout
        assert "11 addresses of wave1 are forgotten" in world.mpf("batch", "forget", "wave1").stdout
        with sqlite3.connect(f"file:{world.folder}/state/state.db?mode=ro", uri=True) as database:
            for table in ("track", "transition", "baseline"):
                left = database.execute(f"SELECT count(*) FROM \"{table}\" WHERE subject_kind = 'mailbox'").fetchone()
                assert left == (0,) or table == "track", (table, left)
        assert "were forgotten" in world.mpf("batch", "show", "wave1").stdout


if __name__ == "__main__":
    main([an_exception_is_counted_kept_and_withdrawn, a_batch_goes_from_its_list_to_its_last_report])
