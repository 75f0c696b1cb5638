#include "notify/program.hpp"

#include "base/unique_fd.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <fcntl.h>
#include <functional>
#include <optional>
#include <poll.h>
#include <spawn.h>
#include <stop_token>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace mailpreflight::notify {

namespace {

using base::UniqueFd;

/// A file in memory: unlike a pipe it needs nobody who writes while the program reads, and breaks under nobody.
base::Result<UniqueFd> file_of(std::string_view text) {
    UniqueFd file(::memfd_create("notice", MFD_CLOEXEC));
    if (!file.valid()) {
        return base::failure(base::errno_error(errno, "no memory for the program's input"));
    }
    while (!text.empty()) {
        const ssize_t written = ::write(file.get(), text.data(), text.size());
        if (written < 0 && errno != EINTR) {
            return base::failure(base::errno_error(errno, "no memory for the program's input"));
        }
        text.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
    }
    ::lseek(file.get(), 0, SEEK_SET);
    return file;
}

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (const std::string& text : texts) {
        pointers.push_back(const_cast<char*>(text.c_str()));
    }
    pointers.push_back(nullptr);
    return pointers;
}

/// Of a program that will never start another code than of a machine that is short of something.
base::Error start_error(int number, const std::string& path) {
    base::Error error = base::errno_error(number, "it cannot be started", path);
    if (error.code() != base::ErrorCode::io || number == EAGAIN || number == ENOMEM) {
        return error;
    }
    return {base::ErrorCode::unsupported, error.message()};
}

/// posix_spawn's two descriptions, freed in the end.
class SpawnPlan {
public:
    SpawnPlan(int input, int output) {
        posix_spawn_file_actions_init(&actions_);
        posix_spawn_file_actions_adddup2(&actions_, input, 0);
        posix_spawn_file_actions_adddup2(&actions_, output, 1);
        posix_spawn_file_actions_adddup2(&actions_, output, 2);
        posix_spawn_file_actions_addclosefrom_np(&actions_, 3);
        posix_spawn_file_actions_addchdir_np(&actions_, "/");
        posix_spawnattr_init(&attributes_);
        posix_spawnattr_setpgroup(&attributes_, 0);
        sigset_t all;
        sigfillset(&all);
        posix_spawnattr_setsigdefault(&attributes_, &all); // we ignore SIGPIPE, it should not
        sigset_t none;
        sigemptyset(&none);
        posix_spawnattr_setsigmask(&attributes_, &none);
        posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    }
    ~SpawnPlan() {
        posix_spawn_file_actions_destroy(&actions_);
        posix_spawnattr_destroy(&attributes_);
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;

    int spawn(pid_t& process, const Program& program) const {
        const std::vector<char*> argv = pointers_to(program.argv);
        const std::vector<char*> environment = pointers_to(program.environment);
        return ::posix_spawn(&process, argv[0], &actions_, &attributes_, argv.data(), environment.data());
    }

private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

/// The process and its group: killed and reaped whatever happens.
class Process {
public:
    explicit Process(pid_t process) :
        process_(process),
        handle_(static_cast<int>(::syscall(SYS_pidfd_open, process, 0))) {}
    ~Process() {
        end();
    }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    [[nodiscard]] int handle() const {
        return handle_.get();
    }

    /// Kills what is left of the group and returns how the process ended. As long as nobody has reaped it, its number
    /// is nobody else's.
    int end() {
        if (process_ > 0) {
            ::kill(-process_, SIGKILL);
            while (::waitpid(process_, &status_, 0) < 0 && errno == EINTR) {
            }
            process_ = -1;
        }
        return status_;
    }

private:
    pid_t process_;
    UniqueFd handle_;
    int status_ = 0;
};

enum class Drained { some, nothing_yet, end };

Drained drain(int from, std::string& to) {
    std::array<char, 4096> bytes{};
    const ssize_t got = ::read(from, bytes.data(), bytes.size());
    if (got > 0) {
        to.append(bytes.data(), std::min(static_cast<std::size_t>(got), longest_output - to.size()));
        return Drained::some;
    }
    return got < 0 && (errno == EAGAIN || errno == EINTR) ? Drained::nothing_yet : Drained::end;
}

/// Until the process has ended; what it writes meanwhile is taken.
ProgramEnd::How await(const Process& process, UniqueFd output, std::string& text, const base::Deadline& deadline) {
    const UniqueFd stopped(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    const std::stop_callback on_stop(deadline.stop, [&] {
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto written = ::write(stopped.get(), &one, sizeof one);
    });
    for (;;) {
        if (deadline.stop.stop_requested()) {
            return ProgramEnd::How::stopped;
        }
        if (deadline.passed()) {
            return ProgramEnd::How::deadline;
        }
        std::array<pollfd, 3> fds{
            pollfd{process.handle(), POLLIN, 0}, pollfd{output.get(), POLLIN, 0}, pollfd{stopped.get(), POLLIN, 0}};
        const auto left = std::min(deadline.left() + std::chrono::milliseconds(1), std::chrono::milliseconds(60'000));
        if (::poll(fds.data(), fds.size(), static_cast<int>(left.count())) < 0 && errno != EINTR) {
            return ProgramEnd::How::deadline;
        }
        if (fds[1].revents != 0 && drain(output.get(), text) == Drained::end) {
            output.reset();
        }
        if (fds[0].revents != 0) {
            // What it wrote last may still be in the pipe; what lives on may write without end.
            for (int i = 0; i < 64 && output.valid() && drain(output.get(), text) == Drained::some; ++i) {
            }
            return ProgramEnd::How::exited;
        }
    }
}

} // namespace

base::Result<ProgramEnd> run_program(const Program& program, const base::Deadline& deadline) {
    auto input = file_of(program.input);
    if (!input) {
        return base::failure(input.error());
    }
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return base::failure(base::errno_error(errno, "no pipe for the program's output"));
    }
    UniqueFd output(ends[0]);
    UniqueFd written(ends[1]);
    ::fcntl(output.get(), F_SETFL, O_NONBLOCK); // our end alone
    pid_t pid = -1;
    const int error = SpawnPlan(input->get(), written.get()).spawn(pid, program);
    if (error != 0) {
        return base::failure(start_error(error, program.argv.front()));
    }
    written.reset();
    Process process(pid);
    ProgramEnd end;
    end.how =
        process.handle() < 0 ? ProgramEnd::How::deadline : await(process, std::move(output), end.output, deadline);
    const int status = process.end();
    if (end.how == ProgramEnd::How::exited) {
        end.how = WIFSIGNALED(status) ? ProgramEnd::How::signalled : ProgramEnd::How::exited;
        end.code = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
    }
    return end;
}

} // namespace mailpreflight::notify
