"""doctor explains a source and its account without a login; with --login it makes one, under the guard."""

import json
import subprocess

from harness import PASSWORD, World, main

WRONG = "Wrong-Horse-7"


def doctor(world, *arguments, code=0):
    result = subprocess.run([str(world.bin / "mailpreflight"), "--json", "doctor", "--config",
                             str(world.folder / "mailpreflight.toml"), "contoso", *arguments],
                            capture_output=True, text=True, timeout=90, env=world.environment())
    assert result.returncode == code, (result.returncode, result.stdout, result.stderr)
    return json.loads(result.stdout)


def told(report, topic):
    return [(advice["state"], advice["text"]) for advice in report["advice"] if advice["topic"] == topic]


def says(report, topic, words):
    found = [text for _, text in told(report, topic)]
    assert any(words in text for text in found), (topic, words, report["advice"])


def with_name(world, name):
    path = world.folder / "mailpreflight.toml"
    path.write_text(path.read_text().replace("username = 'CONTOSO\\migadmin'", f"username = '{name}'"))


def a_healthy_source_is_explained_without_a_presentation(bin_folder):
    with World(bin_folder, mailboxes=10) as world:
        report = doctor(world)
        for topic in ("name", "connection", "TLS", "clock", "EWS", "OWA", "user name", "secret", "guard", "next"):
            assert told(report, topic), (topic, report)
        says(report, "EWS", "ntlm")
        says(report, "OWA", "its own logon form")
        says(report, "guard", "A login may go now")
        says(report, "next", "--login")
        assert report["presentations"] == 0 and world.counters()["presentations"] == 0, report
        text = subprocess.run([str(world.bin / "mailpreflight"), "doctor", "--config",
                               str(world.folder / "mailpreflight.toml"), "contoso"], capture_output=True, text=True,
                              timeout=90, env=world.environment()).stdout
        assert "The secret was not presented." in text, text
        assert PASSWORD not in text


def each_form_of_the_user_name_is_explained_and_none_is_tried(bin_folder):
    for name, topic, words in (("CONTOSO\\migadmin", "user name", "and so it is configured"),
                               ("migadmin@contoso.example", "user name", "a principal name"),
                               ("migadmin", "user name", "has no domain")):
        with World(bin_folder, mailboxes=10) as world:
            with_name(world, name)
            report = doctor(world)
            says(report, topic, words)
            says(report, "user name", 'OWA\'s form asks for "Domain\\user name:"')
            assert world.counters()["presentations"] == 0, (name, world.counters())


def one_login_is_made_when_it_is_asked_for(bin_folder):
    with World(bin_folder, mailboxes=10) as world:
        report = doctor(world, "--login")
        says(report, "login", "was accepted")
        says(report, "next", "mailpreflight probe contoso")
        assert world.counters()["presentations"] == 1 and report["presentations"] == 1, world.counters()


def a_wrong_password_is_presented_once_however_often_doctor_is_asked(bin_folder):
    with World(bin_folder, mailboxes=10, password=WRONG) as world:
        for _ in range(3):
            doctor(world, "--login", code=1)
        report = doctor(world, code=1)
        says(report, "guard", "is parked since")
        assert world.counters()["refused"] == 1, world.counters()
        # The service and the probe know it, too: it is one ledger where there is a service.
        world.probe()
        assert world.counters()["refused"] == 1, world.counters()


def the_ledger_is_the_services_own(bin_folder):
    with World(bin_folder, mailboxes=10, password=WRONG) as world:
        world.start_daemon()
        world.wait_for_api()
        world.wait(lambda: world.counters()["refused"] == 1, "the one refusal")
        report = doctor(world, "--login", code=1)
        says(report, "guard", "is parked since")
        assert not told(report, "login"), report
        assert world.counters()["refused"] == 1, world.counters()


def what_is_offered_and_what_is_configured_are_compared(bin_folder):
    with World(bin_folder, mailboxes=10) as world:
        world.configure(extra_source='auth = "ntlm"')
        world.control("POST", "/server", {"offers": ["basic"]})
        report = doctor(world, code=1)
        assert ("fail" in [state for state, _ in told(report, "EWS")]), report
        says(report, "EWS", 'offers basic, of which auth = "ntlm"')
        says(report, "next", '"EWS" first')
        assert not told(report, "login")
        world.configure()
        says(doctor(world), "EWS", "log in by basic")
        assert world.counters()["presentations"] == 0


def what_stands_before_the_login_is_told_first(bin_folder):
    with World(bin_folder, mailboxes=10) as world:
        world.control("POST", "/server", {"certificate": "expired"})
        report = doctor(world, "--login", code=1)
        assert told(report, "TLS")[0][0] == "fail", report
        assert not told(report, "EWS") and not told(report, "login")
        assert world.counters()["presentations"] == 0


def a_secret_that_cannot_be_read_is_told_without_its_content(bin_folder):
    with World(bin_folder, mailboxes=10) as world:
        (world.folder / "password").chmod(0o644)
        report = doctor(world, "--login", code=3)
        says(report, "secret", "chmod 0600")
        assert PASSWORD not in json.dumps(report)
        assert world.counters()["presentations"] == 0


def an_unknown_source_and_a_bad_configuration_are_usage(bin_folder):
    with World(bin_folder, mailboxes=10) as world:
        result = subprocess.run([str(world.bin / "mailpreflight"), "doctor", "--config",
                                 str(world.folder / "mailpreflight.toml"), "nowhere"], capture_output=True, text=True,
                                timeout=30)
        assert result.returncode == 2 and "no [source.nowhere]" in result.stderr, result


if __name__ == "__main__":
    main([a_healthy_source_is_explained_without_a_presentation,
          each_form_of_the_user_name_is_explained_and_none_is_tried,
          one_login_is_made_when_it_is_asked_for,
          a_wrong_password_is_presented_once_however_often_doctor_is_asked,
          the_ledger_is_the_services_own,
          what_is_offered_and_what_is_configured_are_compared,
          what_stands_before_the_login_is_told_first,
          a_secret_that_cannot_be_read_is_told_without_its_content,
          an_unknown_source_and_a_bad_configuration_are_usage])
