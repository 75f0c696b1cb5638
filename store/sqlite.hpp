#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace mailpreflight::store {

class Statement;

/// One connection to a SQLite file. WAL, synchronous=FULL: what commit() reported is on the disk. One thread at a time.
/// Every failure is an Error that says what the disk or the file did: full, damaged, held by somebody else.
class Database {
public:
    /// Opens the file for writing; makes it, readable by its owner alone, if it is not there. Files that others may
    /// read are closed to them.
    static base::Result<Database> open(const std::filesystem::path& path);
    /// Opens an existing file for reading.
    static base::Result<Database> open_for_reading(const std::filesystem::path& path);

    /// Runs statements that give no rows.
    base::Status execute(const std::string& sql);
    base::Result<Statement> prepare(std::string_view sql);
    /// The first column of the first row; `not_found` without a row.
    base::Result<std::int64_t> number(std::string_view sql);
    /// PRAGMA integrity_check and foreign_key_check: an Error with the first findings.
    base::Status check_integrity();

    [[nodiscard]] std::int64_t rows_changed() const;
    [[nodiscard]] const std::filesystem::path& path() const {
        return path_;
    }

private:
    friend class Statement;
    friend class Transaction;
    struct Close {
        void operator()(sqlite3* handle) const noexcept;
    };
    using Handle = std::unique_ptr<sqlite3, Close>;

    Database(Handle handle, std::filesystem::path path);
    static base::Result<Database> open(const std::filesystem::path& path, int flags);

    Handle handle_;
    std::filesystem::path path_;
};

/// A prepared statement: bind all, then step() or run(). What cannot be bound is reported by step(). Dies before its
/// Database.
class Statement {
public:
    /// Parameters are numbered from 1. Texts are copied.
    Statement& bind(int parameter, std::string_view text);
    Statement& bind(int parameter, const std::string& text) {
        return bind(parameter, std::string_view(text));
    }
    Statement& bind(int parameter, std::int64_t number);
    Statement& bind(int parameter, const std::optional<std::int64_t>& number);
    Statement& bind(int parameter, const std::optional<std::string>& text);

    /// True: a row is there to be read. False: that was the last; the statement can be bound and stepped again.
    base::Result<bool> step();
    /// Steps to the end; rows are not looked at.
    base::Status run();

    /// Of the row; columns are numbered from 0. A NULL reads as "" and 0.
    [[nodiscard]] std::string text(int column) const;
    [[nodiscard]] std::int64_t number(int column) const;
    [[nodiscard]] bool is_null(int column) const;

private:
    friend class Database;
    struct Finalize {
        void operator()(sqlite3_stmt* handle) const noexcept;
    };
    using Handle = std::unique_ptr<sqlite3_stmt, Finalize>;

    Statement(Handle handle, std::string path);
    void note(int code);

    Handle handle_;
    std::string path_;
    int bind_result_ = 0;
};

/// BEGIN IMMEDIATE; rolls back when it dies without commit(). Its statements must be at their end by then.
class Transaction {
public:
    static base::Result<Transaction> begin(Database& database);
    ~Transaction();
    Transaction(Transaction&& other) noexcept;
    Transaction& operator=(Transaction&&) = delete;
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;

    /// Durable when it returns success; rolled back otherwise.
    base::Status commit();

private:
    explicit Transaction(Database& database) :
        database_(&database) {}

    Database* database_;
};

} // namespace mailpreflight::store
