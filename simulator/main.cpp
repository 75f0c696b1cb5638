#include "simulator/demo.hpp"
#include "simulator/simulator.hpp"
#include "simulator/state_json.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <pthread.h>
#include <sstream>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace {

using namespace mailpreflight::simulator;

struct Arguments {
    SimulatorOptions simulator;
    std::string state_file;
    std::string ready_file;
    int demo_mailboxes = 0;
    std::uint64_t seed = 1;
    std::string csv_file;
    std::string state_out;
    std::string password_file;
};

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file) {
        throw std::runtime_error("cannot read " + path);
    }
    return text.str();
}

/** Complete under its name or not there at all: others wait for the file to appear. */
void write_file(const std::string& path, const std::string& text, bool secret) {
    const std::string unfinished = path + ".new";
    {
        std::filesystem::remove(unfinished);
        std::ofstream file(unfinished, std::ios::binary);
        if (secret) {
            std::filesystem::permissions(unfinished,
                                         std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
        }
        file << text;
        file.close();
        if (!file) {
            throw std::runtime_error("cannot write " + path);
        }
    }
    std::filesystem::rename(unfinished, path);
}

/** A file's one line, as it would be typed: the final newline is no part of the password. */
std::string read_password(const std::string& path) {
    std::string text = read_file(path);
    if (text.ends_with('\n')) {
        text.pop_back();
    }
    if (text.ends_with('\r')) {
        text.pop_back();
    }
    if (text.empty()) {
        throw std::runtime_error("no password in " + path);
    }
    return text;
}

void write_demo(const Arguments& arguments) {
    const Demo demo = make_demo(arguments.demo_mailboxes, arguments.seed, read_password(arguments.password_file));
    write_file(arguments.csv_file, demo.csv, false);
    write_file(arguments.state_out,
               state_to_json(demo.state, Passwords::shown, std::chrono::system_clock::now()) + "\n",
               true);
}

void run_server(Arguments& arguments) {
    // Blocked before any thread starts, so that sigwait below is the only one to see them.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);

    if (!arguments.state_file.empty()) {
        state_from_json(arguments.simulator.state, read_file(arguments.state_file), std::chrono::system_clock::now());
    }
    arguments.simulator.on_shutdown_request = [] { ::kill(::getpid(), SIGTERM); };
    const Simulator simulator(std::move(arguments.simulator));
    const std::string ready = fmt::format("{{\"port\":{},\"control_port\":{},\"ca_file\":\"{}\"}}\n",
                                          simulator.port(),
                                          simulator.control_port(),
                                          std::filesystem::absolute(simulator.ca_file()).string());
    if (!arguments.ready_file.empty()) {
        write_file(arguments.ready_file, ready, false); // before the line: who reads that may look for the file
    }
    std::cout << ready << std::flush;
    int signal = 0;
    sigwait(&signals, &signal);
}

int run(int argc, char** argv) {
    CLI::App app("An Exchange server (EWS, OWA) that behaves as documented and fails on command.");
    Arguments arguments;
    SimulatorOptions& options = arguments.simulator;
    app.add_option("--port", options.port, "HTTPS port; 0 takes any free one")->default_val(0);
    app.add_option("--control-port", options.control_port, "port of the control API, on 127.0.0.1")->default_val(0);
    app.add_option("--listen", options.listen, "address to listen on")->default_val("127.0.0.1");
    app.add_option("--tls-dir", options.tls_directory, "where ca.pem, server.pem and server.key are written");
    app.add_option("--certificate", options.certificate_file, "PEM chain to show in place of a generated one")
        ->check(CLI::ExistingFile);
    app.add_option("--key", options.key_file, "PEM key of --certificate")->check(CLI::ExistingFile);
    app.add_option("--host-name", options.host_names, "further DNS name for the certificate");
    app.add_option("--record-soap", options.record_soap, "directory that gets each SOAP request and its answer");
    app.add_option("--ews-schema", options.ews_schema, "folder of services.wsdl, messages.xsd and types.xsd to serve")
        ->check(CLI::ExistingDirectory);
    app.add_option("--state", arguments.state_file, "state file (JSON)")->check(CLI::ExistingFile);
    app.add_option("--ready-file", arguments.ready_file, "gets the line that is printed when the simulator is ready");
    CLI::Option* demo =
        app.add_option("--demo-state", arguments.demo_mailboxes, "write a demo organisation of N mailboxes and end")
            ->check(CLI::Range(1, 1'000'000));
    app.add_option("--seed", arguments.seed, "of the demo organisation")->default_val(1);
    app.add_option("--csv", arguments.csv_file, "demo: the mailbox list")->needs(demo);
    app.add_option("--state-out", arguments.state_out, "demo: the state file")->needs(demo);
    app.add_option("--admin-password-file", arguments.password_file, "demo: holds the password of CONTOSO\\migadmin")
        ->needs(demo)
        ->check(CLI::ExistingFile);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 64;
    }
    if (arguments.demo_mailboxes > 0) {
        if (arguments.csv_file.empty() || arguments.state_out.empty() || arguments.password_file.empty()) {
            std::cerr << "exchange-simulator: --demo-state needs --csv, --state-out and --admin-password-file\n";
            return 64;
        }
        write_demo(arguments);
    } else {
        run_server(arguments);
    }
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& failure) {
        std::cerr << "exchange-simulator: " << failure.what() << '\n';
        return 1;
    }
}
