#include "config/mailbox_list.hpp"

#include "base/text.hpp"
#include "config/address.hpp"
#include "config/csv.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <optional>
#include <stdexcept>
#include <unordered_map>
#include <utility>
#include <vector>

namespace mailpreflight::config {

namespace {

// The address column of Exchange, of Get-Mailbox | Export-Csv, MigrationWiz and Transend, CloudM and the cross-tenant
// script; the first that a header has counts.
constexpr std::array<std::string_view, 8> address_columns{"EmailAddress",
                                                          "PrimarySmtpAddress",
                                                          "Source Email",
                                                          "ExportName",
                                                          "SourceUser",
                                                          "WindowsEmailAddress",
                                                          "Email Address",
                                                          "Email"};
constexpr std::array<char, 3> delimiters{',', ';', '\t'};

std::string sha256(std::string_view bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
        throw std::runtime_error("EVP_Digest failed");
    }
    std::string text;
    for (unsigned i = 0; i < size; ++i) {
        text += fmt::format("{:02x}", digest[i]);
    }
    return text;
}

/// What `>` and Out-File of Windows PowerShell write. Unpaired surrogates become U+FFFD.
std::string from_utf16(std::string_view bytes, bool little_endian) {
    std::string text;
    text.reserve(bytes.size());
    const auto unit = [&](std::size_t at) {
        const auto first = static_cast<unsigned char>(bytes[at]);
        const auto second = static_cast<unsigned char>(bytes[at + 1]);
        return static_cast<char32_t>(little_endian ? first | second << 8 : first << 8 | second);
    };
    for (std::size_t at = 0; at + 1 < bytes.size(); at += 2) {
        char32_t code = unit(at);
        if (code >= 0xD800 && code < 0xDC00 && at + 3 < bytes.size() && unit(at + 2) >= 0xDC00 &&
            unit(at + 2) < 0xE000) {
            code = 0x10000 + ((code - 0xD800) << 10) + (unit(at + 2) - 0xDC00);
            at += 2;
        } else if (code >= 0xD800 && code < 0xE000) {
            code = 0xFFFD;
        }
        base::append_utf8(text, code);
    }
    return text;
}

std::string without_byte_order_mark(std::string_view bytes) {
    if (bytes.starts_with("\xEF\xBB\xBF")) {
        return std::string(bytes.substr(3));
    }
    if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) {
        return from_utf16(bytes.substr(2), bytes.front() == '\xFF');
    }
    return std::string(bytes);
}

bool names_secret(std::string_view column) {
    const std::string lower = base::to_lower(column);
    for (const std::string_view word : {"password", "passwd", "pwd", "secret", "token"}) {
        if (lower.find(word) != std::string::npos) {
            return true;
        }
    }
    return false;
}

/// How the rows of a list are laid out.
struct Layout {
    char delimiter = ',';
    bool has_header = false;
    std::size_t address = 0;
    std::vector<std::string> labels; ///< by column; empty: not kept
    bool has_passwords = false;
    bool is_imapsync = false;
};

std::optional<std::size_t> column_named(const std::vector<std::string>& header, std::string_view name) {
    for (std::size_t i = 0; i < header.size(); ++i) {
        if (base::equals_ignoring_case(base::trim(header[i]), name)) {
            return i;
        }
    }
    return std::nullopt;
}

std::optional<Layout> layout_of_header(const std::vector<std::string>& header, char delimiter) {
    for (const std::string_view name : address_columns) {
        const auto column = column_named(header, name);
        if (!column) {
            continue;
        }
        Layout layout{.delimiter = delimiter, .has_header = true, .address = *column};
        for (std::size_t i = 0; i < header.size(); ++i) {
            const bool secret = names_secret(header[i]);
            layout.has_passwords = layout.has_passwords || secret;
            const std::string label = base::to_valid_utf8(base::shorten(base::trim(header[i]), 64));
            layout.labels.push_back(secret || i == *column ? std::string() : label);
        }
        return layout;
    }
    return std::nullopt;
}

bool has_at(const std::vector<std::string>& fields) {
    return std::any_of(
        fields.begin(), fields.end(), [](const std::string& field) { return field.find('@') != std::string::npos; });
}

/// host1;user1;password1;host2;user2;password2
bool is_imapsync(const std::vector<std::string>& fields) {
    return fields.size() >= 6 && fields[0].find('@') == std::string::npos && fields[1].find('@') != std::string::npos;
}

std::optional<CsvRecord> first_record(std::string_view text, char delimiter) {
    CsvReader reader(text, delimiter);
    auto record = reader.next();
    while (record && record->ignored) {
        record = reader.next();
    }
    return record;
}

std::size_t without_empty_end(const std::vector<std::string>& fields) {
    std::size_t size = fields.size();
    while (size > 0 && base::trim(fields[size - 1]).empty()) {
        --size;
    }
    return size;
}

/// By the first line that counts. Nothing: it is a header without a column that we know.
std::optional<Layout> sniff(std::string_view text) {
    for (const char delimiter : delimiters) {
        const auto record = first_record(text, delimiter);
        if (!record) {
            return Layout{};
        }
        if (auto layout = layout_of_header(record->fields, delimiter)) {
            return layout;
        }
    }
    if (const auto loop = first_record(text, ';'); is_imapsync(loop->fields)) {
        return Layout{.delimiter = ';', .address = 1, .has_passwords = true, .is_imapsync = true};
    }
    Layout plain;
    std::size_t most = 0;
    bool header = true;
    for (const char delimiter : delimiters) {
        const auto record = first_record(text, delimiter);
        const std::size_t fields = without_empty_end(record->fields);
        if (fields > most) {
            most = fields;
            plain.delimiter = delimiter;
        }
        header = header && record->problem.empty() && !has_at(record->fields);
    }
    // A single word without @ is a bad row, not a header.
    return header && most > 1 ? std::nullopt : std::optional(plain);
}

/// Turns rows into mailboxes and problems.
class Rows {
public:
    Rows(const Layout& layout, core::MailboxList& list) :
        layout_(layout),
        list_(list) {}

    void add(const CsvRecord& record) {
        if (!record.problem.empty()) {
            tell(record.line, record.problem);
            return;
        }
        if (const auto why = misfit(record.fields)) {
            tell(record.line, *why);
            return;
        }
        const auto address = parse_address(base::trim(record.fields[layout_.address]));
        if (!address) {
            tell(record.line, address.error().message());
            return;
        }
        const auto [earlier, is_new] = lines_.emplace(*address, record.line);
        if (!is_new) {
            tell(record.line,
                 fmt::format("{} stands on line {} already: remove one of them", *address, earlier->second));
            return;
        }
        list_.mailboxes.push_back({*address, labels_of(record.fields), record.line});
    }

private:
    void tell(int line, std::string text) {
        list_.problems.push_back({line, std::move(text)});
    }

    /// Why the fields are not what the header promises. A row whose columns have shifted might show a password as a
    /// label, so it is refused as a whole.
    [[nodiscard]] std::optional<std::string> misfit(const std::vector<std::string>& fields) const {
        const std::size_t size = without_empty_end(fields);
        if (layout_.is_imapsync) {
            return fields.size() >= 6
                       ? std::nullopt
                       : std::optional(fmt::format("row has {} fields, an imapsync list has 6 or more", fields.size()));
        }
        if (!layout_.has_header) {
            return size <= 1
                       ? std::nullopt
                       : std::optional(fmt::format("row has {} fields and the list has no header: name the columns "
                                                   "in its first line, the address as EmailAddress",
                                                   size));
        }
        const std::size_t columns = layout_.labels.size();
        if (size > columns || (layout_.has_passwords && fields.size() < columns)) {
            return fmt::format("row has {} fields, the header {}: put a field with a delimiter in it into quotes",
                               fields.size(),
                               columns);
        }
        if (fields.size() <= layout_.address) {
            return "the row ends before the address";
        }
        return std::nullopt;
    }

    [[nodiscard]] std::map<std::string, std::string> labels_of(const std::vector<std::string>& fields) const {
        std::map<std::string, std::string> labels;
        for (std::size_t i = 0; i < fields.size() && i < layout_.labels.size(); ++i) {
            const std::string_view value = base::trim(fields[i]);
            if (!layout_.labels[i].empty() && !value.empty()) {
                labels.emplace(layout_.labels[i], base::to_valid_utf8(base::shorten(value, 256)));
            }
        }
        return labels;
    }

    const Layout& layout_;
    core::MailboxList& list_;
    std::unordered_map<std::string, int> lines_;
};

void tell_unknown_header(core::MailboxList& list, int line) {
    list.problems.push_back(
        {line,
         fmt::format("the header has no column for the address: name it EmailAddress (known are {})",
                     fmt::join(address_columns, ", "))});
}

} // namespace

ParsedList read_mailbox_list(std::string_view bytes) {
    ParsedList parsed;
    core::MailboxList& list = parsed.list;
    list.digest = sha256(bytes);
    if (bytes.size() > longest_list) {
        list.problems.push_back({0, "the list is larger than 64 MiB: split the batch"});
        return parsed;
    }
    const std::string text = without_byte_order_mark(bytes);
    const auto layout = sniff(text);
    if (!layout) {
        tell_unknown_header(list, first_record(text, ',')->line);
        return parsed;
    }
    parsed.has_passwords = layout->has_passwords;
    Rows rows(*layout, list);
    CsvReader reader(text, layout->delimiter);
    bool header_is_next = layout->has_header;
    int count = 0;
    while (const auto record = reader.next()) {
        if (record->ignored) {
            continue;
        }
        if (std::exchange(header_is_next, false)) {
            continue;
        }
        if (++count > most_rows) {
            list.problems.push_back(
                {record->line,
                 fmt::format("more than {} rows: this one and those after it are not read; split the batch",
                             most_rows)});
            break;
        }
        rows.add(*record);
    }
    if (count == 0) {
        list.problems.push_back({0, "the list is empty"});
    }
    return parsed;
}

core::MailboxList parse_mailbox_list(std::string_view bytes) {
    return read_mailbox_list(bytes).list;
}

} // namespace mailpreflight::config
