#include "store/batch_rows.hpp"

#include "json/batch_codec.hpp"
#include "json/writer.hpp"
#include "store/rows.hpp"

#include <utility>

namespace mailpreflight::store {

namespace {

std::string text_of(const std::map<std::string, std::string>& labels) {
    return json::write(json::Writer().add("labels", labels).take());
}

base::Result<std::map<std::string, std::string>> labels_in(const std::string& text) {
    const auto value = json::parse(text);
    if (!value) {
        return base::failure(value.error());
    }
    json::Reader reader(*value);
    std::map<std::string, std::string> labels;
    reader.optional("labels", labels);
    return reader.finish(std::move(labels));
}

base::Status remove_lists(Database& database, const std::vector<std::string>& names) {
    return run_each(database,
                    "DELETE FROM batch_mailbox WHERE batch = ?1",
                    names,
                    [](Statement& s, const std::string& name) { s.bind(1, name); });
}

base::Status read_lists(Database& database, core::KeptBatches& batches) {
    auto rows =
        database.prepare("SELECT batch, address, line, labels FROM batch_mailbox ORDER BY batch, line, address");
    if (!rows) {
        return base::failure(rows.error());
    }
    return for_each_row(*rows, [&](const Statement& row) -> base::Status {
        const auto batch = batches.find(row.text(0));
        if (batch == batches.end()) {
            return {};
        }
        auto labels = labels_in(row.text(3));
        if (!labels) {
            return base::failure(labels.error());
        }
        batch->second.list.push_back({row.text(1), *std::move(labels), static_cast<int>(row.number(2))});
        return {};
    });
}

} // namespace

base::Result<core::KeptBatches> read_batches(Database& database) {
    core::KeptBatches batches;
    auto rows = database.prepare("SELECT name, source, record FROM batch");
    if (!rows) {
        return base::failure(rows.error());
    }
    const base::Status read = for_each_row(*rows, [&](const Statement& row) -> base::Status {
        auto record = value_in<core::BatchRecord>(row.text(2));
        if (!record) {
            return base::failure(record.error());
        }
        batches.emplace(row.text(0), core::KeptBatch{row.text(1), *std::move(record), {}});
        return {};
    });
    if (!read) {
        return base::failure(read.error());
    }
    if (const base::Status lists = read_lists(database, batches); !lists) {
        return base::failure(lists.error());
    }
    return batches;
}

base::Status write_batches(Database& database, const std::map<std::string, BatchRow>& batches) {
    return run_each(database,
                    "INSERT INTO batch (name, source, record) VALUES (?1, ?2, ?3) "
                    "ON CONFLICT DO UPDATE SET source = ?2, record = ?3",
                    batches,
                    [](Statement& s, const auto& batch) {
                        s.bind(1, batch.first)
                            .bind(2, batch.second.source)
                            .bind(3, json::write(json::to_json(batch.second.record)));
                    });
}

base::Status write_lists(Database& database, const std::map<std::string, std::vector<core::ListedMailbox>>& lists) {
    for (const auto& [name, list] : lists) {
        if (auto status = remove_lists(database, {name}); !status) {
            return status;
        }
        auto status =
            run_each(database,
                     "INSERT OR IGNORE INTO batch_mailbox (batch, address, line, labels) VALUES (?1, ?2, ?3, ?4)",
                     list,
                     [&batch = name](Statement& s, const core::ListedMailbox& mailbox) {
                         s.bind(1, batch)
                             .bind(2, mailbox.address)
                             .bind(3, std::int64_t{mailbox.line})
                             .bind(4, text_of(mailbox.labels));
                     });
        if (!status) {
            return status;
        }
    }
    return {};
}

base::Status remove_batches(Database& database, const std::set<std::string>& names) {
    const std::vector<std::string> list(names.begin(), names.end());
    if (auto status = remove_lists(database, list); !status) {
        return status;
    }
    return run_each(database, "DELETE FROM batch WHERE name = ?1", list, [](Statement& s, const std::string& name) {
        s.bind(1, name);
    });
}

} // namespace mailpreflight::store
