#include "base/text.hpp"
#include "config/build.hpp"
#include "config/checked_table.hpp"
#include "config/local_time.hpp"

#include <fmt/format.h>

#include <charconv>

namespace mailpreflight::config {

namespace {

using core::ReceiverKind;

std::optional<int> minute_of_day(std::string_view text) {
    int hour = 0;
    int minute = 0;
    if (text.size() != 5 || text[2] != ':') {
        return std::nullopt;
    }
    const auto read = [&](std::size_t at, int& into) {
        const auto end = std::from_chars(text.data() + at, text.data() + at + 2, into);
        return end.ec == std::errc() && end.ptr == text.data() + at + 2;
    };
    if (!read(0, hour) || !read(3, minute) || hour < 0 || hour > 23 || minute < 0 || minute > 59) {
        return std::nullopt;
    }
    return hour * 60 + minute;
}

/// One receiver's table as it is read.
class Builder {
public:
    Builder(const NamedTable& named, const BuildContext& context, const Config& config, Problems& problems) :
        table_(*named.table),
        path_("notify." + named.name),
        context_(context),
        config_(config),
        problems_(problems) {
        receiver_.name = named.name;
    }

    std::optional<Receiver> build() {
        const auto kind = core::receiver_kind_named(text_of(table_, "type").value_or(""));
        if (!kind) {
            return std::nullopt; // told by the schema
        }
        receiver_.kind = *kind;
        read_routing();
        read_pace();
        read_digest();
        read_place();
        check_place();
        return std::move(receiver_);
    }

private:
    void tell(std::string_view key, std::string_view text) {
        problems_.error(place_of(table_, key), fmt::format("{}.{}: {}", path_, key, text));
    }

    template <typename Known>
    std::set<std::string> names(std::string_view key, std::string_view what, Known is_known) {
        std::set<std::string> names;
        for (const PlacedText& item : texts_of(table_, key)) {
            if (!is_known(item.text)) {
                problems_.error(item.position, fmt::format("{}.{}: there is no {} {}", path_, key, what, item.text));
            }
            names.insert(item.text);
        }
        return names;
    }

    void read_routing() {
        receiver_.sources =
            names("sources", "source", [&](const std::string& name) { return config_.sources.contains(name); });
        receiver_.batches = names("batches", "batch", [&](const std::string& name) {
            return std::any_of(config_.batches.begin(), config_.batches.end(), [&](const core::Batch& batch) {
                return batch.name == name;
            });
        });
        for (const PlacedText& item : texts_of(table_, "classes")) {
            if (const auto known = core::notice_class_named(item.text)) {
                receiver_.classes.insert(*known);
            }
        }
        receiver_.at_least =
            core::severity_named(text_of(table_, "severity").value_or("info")).value_or(core::Severity::info);
        receiver_.resolved = text_of(table_, "resolved").value_or("send") == "send";
        receiver_.most_an_hour = integer_of(table_, "most_an_hour").value_or(receiver_.most_an_hour);
        receiver_.link = text_of(table_, "link").value_or("");
    }

    void read(std::string_view key, base::Duration& into) {
        into = duration_of(table_, key).value_or(into);
    }

    void read_pace() {
        read("wait", receiver_.pace.wait);
        read("interval", receiver_.pace.interval);
        read("repeat", receiver_.pace.repeat);
        read("urgent_wait", receiver_.urgent.wait);
        read("urgent_interval", receiver_.urgent.interval);
        read("urgent_repeat", receiver_.urgent.repeat);
        read("rights_repeat", receiver_.rights_repeat);
        read("give_up_after", receiver_.give_up_after);
        read("resend_every", receiver_.resend_every);
        read("time_limit", receiver_.time_limit);
    }

    void read_digest() {
        const std::string time = text_of(table_, "digest").value_or("");
        if (time.empty()) {
            return;
        }
        receiver_.digest = minute_of_day(time);
        if (!receiver_.digest) {
            tell("digest", fmt::format("expected a time of the day such as \"07:00\", found \"{}\"", time));
        }
        const std::string zone = text_of(table_, "digest_zone").value_or("");
        receiver_.digest_zone = zone.empty() ? zone_of_batches() : zone;
        if (const auto known = parse_zone(receiver_.digest_zone)) {
            receiver_.digest_zone = *known;
        } else {
            tell("digest_zone", known.error().message());
        }
    }

    [[nodiscard]] std::string zone_of_batches() const {
        for (const core::Batch& batch : config_.batches) {
            if (batch.window && (receiver_.batches.empty() || receiver_.batches.contains(batch.name)) &&
                (receiver_.sources.empty() || receiver_.sources.contains(batch.source))) {
                return batch.window->zone;
            }
        }
        return "UTC";
    }

    void read_place() {
        const auto text = [&](std::string_view key, std::string& into) { into = text_of(table_, key).value_or(into); };
        text("server", receiver_.server);
        text("tls", receiver_.mail_tls);
        text("username", receiver_.username);
        text("from", receiver_.from);
        text("url", receiver_.url);
        text("content_type", receiver_.content_type);
        receiver_.port = integer_of(table_, "port").value_or(0);
        receiver_.plain_http = text_of(table_, "plain_http").value_or("refuse") == "allow";
        receiver_.ca_file = resolved(context_.folder, text_of(table_, "ca_file").value_or(""));
        for (const PlacedText& item : texts_of(table_, "to")) {
            receiver_.to.push_back(item.text);
        }
        for (const PlacedText& item : texts_of(table_, "command")) {
            receiver_.command.push_back(item.text);
        }
        const auto secret = [&](std::string_view key) { return build_secret(table_, key, path_, context_, problems_); };
        receiver_.password = secret("password");
        receiver_.secret_url = secret("secret_url");
        receiver_.signing_key = secret("signing_key");
        receiver_.authorization = secret("authorization");
        receiver_.bearer = secret("bearer");
        receiver_.routing_key = secret("routing_key");
        read_template();
    }

    void read_template() {
        const std::string file = resolved(context_.folder, text_of(table_, "template").value_or(""));
        if (file.empty()) {
            return;
        }
        auto content = context_.read_list(file);
        if (!content) {
            tell("template", content.error().message());
        } else {
            receiver_.body_template = std::move(content->content);
        }
    }

    void require(bool there, std::string_view key, std::string_view example) {
        if (!there) {
            problems_.error(
                table_.position,
                fmt::format(
                    "{}: type \"{}\" needs {}, for example {}", path_, core::name_of(receiver_.kind), key, example));
        }
    }

    void check_place() {
        const bool has_url = !receiver_.url.empty() || receiver_.secret_url;
        switch (receiver_.kind) {
        case ReceiverKind::email:
            require(!receiver_.server.empty(), "server", "server = \"smtp.example.net\"");
            require(!receiver_.from.empty(), "from", "from = \"mailpreflight@example.net\"");
            require(!receiver_.to.empty(), "to", "to = [\"ops@example.net\"]");
            require(receiver_.username.empty() == !receiver_.password,
                    "username and password, or neither",
                    "password = { file = \"/etc/mailpreflight/smtp-password\" }");
            check_mail_server();
            break;
        case ReceiverKind::webhook:
        case ReceiverKind::alertmanager:
        case ReceiverKind::slack:
        case ReceiverKind::teams:
        case ReceiverKind::heartbeat:
            require(has_url, "url or secret_url", "secret_url = { file = \"/etc/mailpreflight/hook-url\" }");
            break;
        case ReceiverKind::command:
            require(!receiver_.command.empty() && receiver_.command.front().starts_with('/'),
                    "command with an absolute path",
                    "command = [\"/usr/local/bin/tell\", \"--now\"]");
            break;
        case ReceiverKind::pagerduty:
            require(receiver_.routing_key.has_value(), "routing_key", "routing_key = { credential = \"pagerduty\" }");
            break;
        case ReceiverKind::journal:
            break;
        }
        if (!receiver_.url.empty() && receiver_.secret_url) {
            tell("url", "expected url or secret_url, not both");
        }
        check_url();
    }

    void check_url() {
        const std::string_view url = receiver_.url;
        if (url.empty() || url.starts_with("https://")) {
            return;
        }
        constexpr std::string_view plain = "http://";
        if (!url.starts_with(plain)) {
            tell("url", "expected https://HOST/..., or http:// to this host");
            return;
        }
        const std::string_view host = url.substr(plain.size());
        const bool is_here = host.starts_with("127.") || host.starts_with("localhost") || host.starts_with("[::1]");
        if (!is_here && !receiver_.plain_http) {
            tell("url",
                 "http:// sends notices readable to all on the way; use https://, or say plain_http = \"allow\" where "
                 "that is borne");
        }
    }

    /// Who is broken cannot tell of it.
    void check_mail_server() {
        for (const auto& [name, source] : config_.sources) {
            if (!receiver_.server.empty() && source.may_visit(base::to_lower(receiver_.server))) {
                problems_.warning(place_of(table_, "server"),
                                  fmt::format("{}.server: {} is the mail system under test (source {}): when it fails, "
                                              "nobody hears of it",
                                              path_,
                                              receiver_.server,
                                              name));
            }
        }
    }

    const Node& table_;
    const std::string path_;
    const BuildContext& context_;
    const Config& config_;
    Problems& problems_;
    Receiver receiver_;
};

} // namespace

void build_receivers(const Node& document, const BuildContext& context, Config& config, Problems& problems) {
    for (const NamedTable& named : named_tables(document, "notify")) {
        if (auto receiver = Builder(named, context, config, problems).build()) {
            config.receivers.emplace(named.name, std::move(*receiver));
        }
    }
}

} // namespace mailpreflight::config
