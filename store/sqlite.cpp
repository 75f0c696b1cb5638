#include "store/sqlite.hpp"

#include "base/unique_fd.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <sys/stat.h>
#include <utility>

namespace mailpreflight::store {

namespace {

constexpr int busy_timeout_ms = 5000;

base::Error sqlite_error(int code, std::string_view message, const std::string& path) {
    switch (code & 0xFF) {
    case SQLITE_FULL:
        return {base::ErrorCode::io, "the disk is full", path};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return {base::ErrorCode::io, fmt::format("the database is damaged ({})", message), path};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return {base::ErrorCode::timeout, "another process held the database for too long", path};
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
        return {base::ErrorCode::permission_denied, fmt::format("the database may not be written ({})", message), path};
    case SQLITE_CANTOPEN:
        return {base::ErrorCode::io, fmt::format("the database cannot be opened ({})", message), path};
    case SQLITE_IOERR:
        return {base::ErrorCode::io, fmt::format("the disk does not work ({})", message), path};
    default:
        return {base::ErrorCode::internal, fmt::format("the database refused ({})", message), path};
    }
}

/// SQLite gives its -wal and -shm files the mode of the database.
base::Status make_private_file(const std::filesystem::path& path) {
    const base::UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600));
    if (!fd.valid()) {
        return base::failure(base::errno_error(errno, "cannot open the database", path.string()));
    }
    struct stat info {};
    if (::fstat(fd.get(), &info) != 0) {
        return base::failure(base::errno_error(errno, "cannot open the database", path.string()));
    }
    if (!S_ISREG(info.st_mode)) {
        return base::failure(base::ErrorCode::invalid_argument, "the database is not a regular file", path.string());
    }
    if ((info.st_mode & 0177U) != 0 && ::fchmod(fd.get(), 0600) != 0) {
        return base::failure(base::errno_error(errno, "cannot close the database to others", path.string()));
    }
    return {};
}

} // namespace

void Database::Close::operator()(sqlite3* handle) const noexcept {
    ::sqlite3_close_v2(handle);
}

Database::Database(Handle handle, std::filesystem::path path) :
    handle_(std::move(handle)),
    path_(std::move(path)) {}

base::Result<Database> Database::open(const std::filesystem::path& path) {
    if (auto status = make_private_file(path); !status) {
        return base::failure(status.error());
    }
    auto database = open(path, SQLITE_OPEN_READWRITE);
    if (!database) {
        return database;
    }
    for (const char* const setting : {"PRAGMA journal_mode = WAL",
                                      "PRAGMA synchronous = FULL",
                                      "PRAGMA foreign_keys = ON",
                                      "PRAGMA secure_delete = FAST"}) {
        if (auto status = database->execute(setting); !status) {
            return base::failure(status.error());
        }
    }
    return database;
}

base::Result<Database> Database::open_for_reading(const std::filesystem::path& path) {
    return open(path, SQLITE_OPEN_READONLY);
}

base::Result<Database> Database::open(const std::filesystem::path& path, int flags) {
    sqlite3* raw = nullptr;
    const int code = ::sqlite3_open_v2(
        path.c_str(), &raw, flags | SQLITE_OPEN_FULLMUTEX | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE, nullptr);
    Handle handle(raw);
    if (code != SQLITE_OK) {
        return base::failure(sqlite_error(code, ::sqlite3_errstr(code), path.string()));
    }
    ::sqlite3_busy_timeout(handle.get(), busy_timeout_ms);
    return Database(std::move(handle), path);
}

base::Status Database::execute(const std::string& sql) {
    const int code = ::sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) {
        return base::failure(sqlite_error(code, ::sqlite3_errmsg(handle_.get()), path_.string()));
    }
    return {};
}

base::Result<Statement> Database::prepare(std::string_view sql) {
    sqlite3_stmt* raw = nullptr;
    const int code = ::sqlite3_prepare_v2(handle_.get(), sql.data(), static_cast<int>(sql.size()), &raw, nullptr);
    Statement::Handle handle(raw);
    if (code != SQLITE_OK) {
        return base::failure(sqlite_error(code, ::sqlite3_errmsg(handle_.get()), path_.string()));
    }
    return Statement(std::move(handle), path_.string());
}

base::Result<std::int64_t> Database::number(std::string_view sql) {
    auto statement = prepare(sql);
    if (!statement) {
        return base::failure(statement.error());
    }
    const auto row = statement->step();
    if (!row) {
        return base::failure(row.error());
    }
    if (!*row) {
        return base::failure(base::ErrorCode::not_found, "the database has no such value", path_.string());
    }
    return statement->number(0);
}

base::Status Database::check_integrity() {
    auto statement = prepare("SELECT integrity_check FROM pragma_integrity_check(5) WHERE integrity_check <> 'ok' "
                             "UNION ALL SELECT 'row without its parent in ' || \"table\" FROM pragma_foreign_key_check "
                             "LIMIT 5");
    if (!statement) {
        return base::failure(statement.error());
    }
    std::string findings;
    for (;;) {
        const auto row = statement->step();
        if (!row) {
            return base::failure(row.error());
        }
        if (!*row) {
            break;
        }
        findings += (findings.empty() ? "" : "; ") + statement->text(0);
    }
    if (!findings.empty()) {
        return base::failure(
            base::ErrorCode::io, fmt::format("the database is damaged ({})", findings), path_.string());
    }
    return {};
}

std::int64_t Database::rows_changed() const {
    return ::sqlite3_changes64(handle_.get());
}

void Statement::Finalize::operator()(sqlite3_stmt* handle) const noexcept {
    ::sqlite3_finalize(handle);
}

Statement::Statement(Handle handle, std::string path) :
    handle_(std::move(handle)),
    path_(std::move(path)) {}

void Statement::note(int code) {
    if (bind_result_ == SQLITE_OK) {
        bind_result_ = code;
    }
}

Statement& Statement::bind(int parameter, std::string_view text) {
    const char* const bytes = text.data() == nullptr ? "" : text.data(); // a null pointer would bind NULL
    // -1 is SQLITE_TRANSIENT: SQLite copies the text. The macro itself is an old-style cast.
    const auto transient = reinterpret_cast<sqlite3_destructor_type>(static_cast<std::intptr_t>(-1));
    note(::sqlite3_bind_text64(handle_.get(), parameter, bytes, text.size(), transient, SQLITE_UTF8));
    return *this;
}

Statement& Statement::bind(int parameter, std::int64_t number) {
    note(::sqlite3_bind_int64(handle_.get(), parameter, number));
    return *this;
}

Statement& Statement::bind(int parameter, const std::optional<std::int64_t>& number) {
    if (number) {
        return bind(parameter, *number);
    }
    note(::sqlite3_bind_null(handle_.get(), parameter));
    return *this;
}

Statement& Statement::bind(int parameter, const std::optional<std::string>& text) {
    if (text) {
        return bind(parameter, std::string_view(*text));
    }
    note(::sqlite3_bind_null(handle_.get(), parameter));
    return *this;
}

base::Result<bool> Statement::step() {
    if (const int code = std::exchange(bind_result_, SQLITE_OK); code != SQLITE_OK) {
        return base::failure(sqlite_error(code, ::sqlite3_errstr(code), path_));
    }
    const int code = ::sqlite3_step(handle_.get());
    if (code == SQLITE_ROW) {
        return true;
    }
    if (code == SQLITE_DONE) {
        ::sqlite3_reset(handle_.get());
        return false;
    }
    base::Error error = sqlite_error(code, ::sqlite3_errmsg(::sqlite3_db_handle(handle_.get())), path_);
    ::sqlite3_reset(handle_.get());
    return base::failure(std::move(error));
}

base::Status Statement::run() {
    for (;;) {
        const auto row = step();
        if (!row) {
            return base::failure(row.error());
        }
        if (!*row) {
            return {};
        }
    }
}

std::string Statement::text(int column) const {
    const unsigned char* const bytes = ::sqlite3_column_text(handle_.get(), column);
    if (bytes == nullptr) {
        return {};
    }
    return {reinterpret_cast<const char*>(bytes),
            static_cast<std::size_t>(::sqlite3_column_bytes(handle_.get(), column))};
}

std::int64_t Statement::number(int column) const {
    return ::sqlite3_column_int64(handle_.get(), column);
}

bool Statement::is_null(int column) const {
    return ::sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
}

base::Result<Transaction> Transaction::begin(Database& database) {
    if (auto status = database.execute("BEGIN IMMEDIATE"); !status) {
        return base::failure(status.error());
    }
    return Transaction(database);
}

Transaction::Transaction(Transaction&& other) noexcept :
    database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() {
    // A full disk may have rolled it back already.
    if (database_ != nullptr && ::sqlite3_get_autocommit(database_->handle_.get()) == 0) {
        ::sqlite3_exec(database_->handle_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
}

base::Status Transaction::commit() {
    auto status = database_->execute("COMMIT");
    if (status) {
        database_ = nullptr;
    }
    return status; // the destructor rolls back what was not committed
}

} // namespace mailpreflight::store
