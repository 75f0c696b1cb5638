#include "config/password_list.hpp"

#include "base/text.hpp"
#include "config/address.hpp"
#include "config/mailbox_list.hpp"
#include "config/secret_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace mailpreflight::config {

namespace {

constexpr std::array<std::string_view, 6> address_columns{
    "EmailAddress", "PrimarySmtpAddress", "Source Email", "Email Address", "Email", "Address"};
constexpr std::array<std::string_view, 2> username_columns{"UserName", "Source Login Name"};
constexpr std::array<std::string_view, 2> password_columns{"Password", "Source Password"};
constexpr std::array<std::string_view, 3> destination_columns{"ForceChangePassword", "ExportName", "ImportName"};
constexpr std::string_view wanted = "name the columns in its first line: EmailAddress,UserName,Password";
constexpr std::size_t longest_password = 1024;

/// One line's fields as they stand there, with their quotes; empty where a quote is not closed on its line.
std::vector<std::string_view> split(std::string_view line, char delimiter) {
    std::vector<std::string_view> fields;
    std::size_t begin = 0;
    bool quoted = false;
    for (std::size_t at = 0; at < line.size(); ++at) {
        if (quoted) {
            const bool doubled = line.substr(at, 2) == "\"\"";
            quoted = line[at] != '"' || doubled;
            at += doubled ? 1 : 0;
        } else if (line[at] == '"' && at == begin) {
            quoted = true;
        } else if (line[at] == delimiter) {
            fields.push_back(line.substr(begin, at - begin));
            begin = at + 1;
        }
    }
    if (quoted) {
        return {};
    }
    fields.push_back(line.substr(begin));
    return fields;
}

/// Gives the field's characters, without its quotes, to `take`.
template <typename Take>
void each_character(std::string_view field, Take take) {
    const bool quoted = field.size() >= 2 && field.front() == '"' && field.back() == '"';
    if (quoted) {
        field = field.substr(1, field.size() - 2);
    }
    for (std::size_t at = 0; at < field.size(); ++at) {
        take(field[at]);
        if (quoted && field[at] == '"' && at + 1 < field.size() && field[at + 1] == '"') {
            ++at;
        }
    }
}

std::string text_of(std::string_view field) {
    std::string text;
    each_character(base::trim(field), [&](char c) { text += c; });
    return std::string(base::trim(text));
}

base::Secret secret_of(std::string_view field) {
    std::vector<char> bytes;
    bytes.reserve(field.size()); // a vector that grows leaves its content behind
    each_character(field, [&](char c) { bytes.push_back(c); });
    return base::Secret::take(std::move(bytes));
}

struct Columns {
    char delimiter = ',';
    bool has_header = true;
    std::size_t count = 0;
    std::size_t address = 0;
    std::optional<std::size_t> username;
    std::size_t password = 0;
};

template <std::size_t size>
std::optional<std::size_t> column(const std::vector<std::string_view>& header,
                                  const std::array<std::string_view, size>& names) {
    for (const std::string_view name : names) {
        for (std::size_t i = 0; i < header.size(); ++i) {
            if (base::equals_ignoring_case(text_of(header[i]), name)) {
                return i;
            }
        }
    }
    return std::nullopt;
}

/// host1;user1;password1;host2;user2;password2
std::optional<Columns> imapsync_columns(std::string_view line) {
    const auto fields = split(line, ';');
    if (fields.size() < 6 || fields[0].find('@') != std::string_view::npos ||
        fields[1].find('@') == std::string_view::npos) {
        return std::nullopt;
    }
    return Columns{
        .delimiter = ';', .has_header = false, .count = 6, .address = 1, .username = std::nullopt, .password = 2};
}

/// By the first line that counts, or what is wrong with it.
base::Result<Columns> columns_of(std::string_view line) {
    for (const char delimiter : {',', ';', '\t'}) {
        const auto header = split(line, delimiter);
        const auto address = column(header, address_columns);
        const auto password = column(header, password_columns);
        if (!address || !password) {
            continue;
        }
        if (column(header, destination_columns) &&
            base::equals_ignoring_case(text_of(header[*password]), password_columns.front())) {
            return base::failure(base::ErrorCode::invalid_argument,
                                 fmt::format("its Password is that of the new mailbox at the destination; {}", wanted));
        }
        return Columns{.delimiter = delimiter,
                       .count = header.size(),
                       .address = *address,
                       .username = column(header, username_columns),
                       .password = *password};
    }
    if (const auto loop = imapsync_columns(line)) {
        return *loop;
    }
    return base::failure(base::ErrorCode::invalid_argument, std::string(wanted));
}

/// Why it cannot be a password.
std::optional<std::string_view> unusable(std::string_view password) {
    if (password.empty()) {
        return "is missing";
    }
    if (password.size() > longest_password) {
        return "has more than 1024 bytes";
    }
    const bool control = std::any_of(
        password.begin(), password.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7F'; });
    return control ? std::optional<std::string_view>("holds a control character") : std::nullopt;
}

class Rows {
public:
    explicit Rows(PasswordList& list) :
        list_(list) {}

    void add(std::string_view line, int number) {
        if (!columns_) {
            auto columns = columns_of(line);
            if (!columns) {
                tell(number, columns.error().message());
                broken_ = true;
                return;
            }
            columns_ = *columns;
            if (columns_->has_header) {
                return;
            }
        }
        const auto fields = split(line, columns_->delimiter);
        if (fields.empty()) {
            tell(number, "a quote is not closed on its line: write \"\" for a quote within a quoted field");
        } else if (columns_->has_header ? fields.size() != columns_->count : fields.size() < columns_->count) {
            tell(number,
                 fmt::format("row has {} fields, expected {}: put a field with a delimiter in it into quotes",
                             fields.size(),
                             columns_->count));
        } else {
            add_row(fields, number);
        }
    }

    /// The layout is not known, so no row can be read.
    [[nodiscard]] bool broken() const {
        return broken_;
    }

private:
    void tell(int line, std::string text) {
        list_.problems.push_back({line, std::move(text)});
    }

    void add_row(const std::vector<std::string_view>& fields, int number) {
        const auto address = parse_address(text_of(fields[columns_->address]));
        if (!address) {
            tell(number, address.error().message());
            return;
        }
        base::Secret password = secret_of(fields[columns_->password]);
        if (const auto why = password.expose_to([](std::string_view text) { return unusable(text); })) {
            tell(number, fmt::format("the password of {} {}", *address, *why));
            return;
        }
        if (const auto known = list_.passwords.find(*address); known != list_.passwords.end()) {
            tell(number, fmt::format("{} stands on line {} already: remove one of them", *address, known->second.line));
            return;
        }
        std::string username = columns_->username ? text_of(fields[*columns_->username]) : std::string();
        if (username.empty()) {
            username = *address;
        }
        const auto [other, is_new] = lines_.emplace(base::to_lower(username), number);
        if (!is_new) {
            tell(number,
                 fmt::format("the user name of {} stands on line {} already: each mailbox has a login of its own",
                             *address,
                             other->second));
            return;
        }
        list_.passwords.emplace(*address, IndividualPassword{std::move(username), std::move(password), number});
    }

    PasswordList& list_;
    std::optional<Columns> columns_;
    std::map<std::string, int> lines_; ///< of the user names
    bool broken_ = false;
};

void read_rows(std::string_view text, PasswordList& list) {
    if (text.starts_with("\xEF\xBB\xBF")) {
        text.remove_prefix(3);
    }
    if (!base::is_valid_utf8(text) || text.find('\0') != std::string_view::npos) {
        list.problems.push_back({0, "it is not UTF-8: save it as \"CSV UTF-8\""});
        return;
    }
    Rows rows(list);
    int number = 0;
    int count = 0;
    while (!text.empty() && !rows.broken()) {
        const std::size_t end = text.find_first_of("\r\n");
        const std::string_view line = text.substr(0, end);
        const bool crlf = end != std::string_view::npos && text.substr(end, 2) == "\r\n";
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + (crlf ? 2 : 1));
        ++number;
        if (base::trim(line).empty() || line.front() == '#') {
            continue;
        }
        if (++count > most_rows + 1) {
            list.problems.push_back({number, fmt::format("more than {} rows: split the file", most_rows)});
            return;
        }
        rows.add(line, number);
    }
    if (count == 0) {
        list.problems.push_back({0, "it is empty"});
    }
}

} // namespace

PasswordList parse_password_list(const base::Secret& content) {
    PasswordList list;
    content.expose_to([&](std::string_view text) { read_rows(text, list); });
    return list;
}

base::Result<PasswordList> load_password_list(const std::filesystem::path& path) {
    const auto content = load_private_file(path, longest_password_list);
    if (!content) {
        return base::failure(content.error());
    }
    return parse_password_list(*content);
}

} // namespace mailpreflight::config
