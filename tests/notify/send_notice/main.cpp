// Reads settings and a notice as JSON from standard input, makes one attempt, prints what came of it as JSON. What
// tests/integration/notify_test.py drives; a tool of the tests, not of operators.

#include "http/rest_client.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"
#include "notify/make.hpp"

#include <iostream>
#include <iterator>

namespace mailpreflight {

namespace {

using json::Reader;

base::Secret secret(Reader& reader, std::string_view name) {
    std::string text;
    reader.optional(name, text);
    return base::Secret(text);
}

notify::Service service(Reader& reader) {
    notify::Service service{secret(reader, "url"), {}, false};
    reader.optional("ca_file", service.ca_file);
    reader.optional("allow_plaintext", service.allow_plaintext);
    return service;
}

base::Duration duration(Reader& reader, std::string_view name, base::Duration otherwise) {
    std::string text;
    reader.optional(name, text);
    return text.empty() ? otherwise : base::parse_duration(text).value();
}

notify::EmailSettings email(Reader& reader) {
    notify::EmailSettings of;
    int port = 0;
    std::string tls = "starttls";
    reader.required("server", of.server);
    reader.optional("port", port);
    reader.optional("tls", tls);
    reader.optional("ca_file", of.ca_file);
    reader.optional("username", of.username);
    of.password = secret(reader, "password");
    reader.required("from", of.from);
    reader.required("to", of.to);
    of.tls = notify::mail_tls_named(tls).value();
    if (port != 0) {
        of.port = static_cast<unsigned short>(port);
    }
    return of;
}

notify::WebhookSettings webhook(Reader& reader) {
    notify::WebhookSettings of;
    of.service = service(reader);
    of.signing_key = secret(reader, "signing_key");
    reader.optional("template", of.body_template);
    std::map<std::string, std::string> headers;
    reader.optional("headers", headers);
    for (const auto& [name, value] : headers) {
        of.headers.push_back({name, base::Secret(value)});
    }
    return of;
}

notify::AlertmanagerSettings alertmanager(Reader& reader) {
    notify::AlertmanagerSettings of;
    of.service = service(reader);
    reader.optional("username", of.username);
    of.password = secret(reader, "password");
    of.bearer = secret(reader, "bearer");
    of.resend_every = duration(reader, "resend_every", of.resend_every);
    return of;
}

notify::CommandSettings command(Reader& reader) {
    notify::CommandSettings of;
    reader.required("argv", of.argv);
    of.time_limit = duration(reader, "time_limit", of.time_limit);
    return of;
}

notify::PagerdutySettings pagerduty(Reader& reader) {
    notify::PagerdutySettings of;
    of.routing_key = secret(reader, "routing_key");
    of.service = service(reader);
    return of;
}

notify::ReceiverSettings receiver(Reader& reader) {
    core::ReceiverKind kind{};
    reader.nested("type", [&](Reader& type) { type.word(kind, core::receiver_kind_named, "type"); });
    switch (kind) {
    case core::ReceiverKind::email:
        return email(reader);
    case core::ReceiverKind::webhook:
        return webhook(reader);
    case core::ReceiverKind::alertmanager:
        return alertmanager(reader);
    case core::ReceiverKind::command:
        return command(reader);
    case core::ReceiverKind::slack:
        return notify::SlackSettings{service(reader)};
    case core::ReceiverKind::teams:
        return notify::TeamsSettings{service(reader)};
    case core::ReceiverKind::pagerduty:
        return pagerduty(reader);
    case core::ReceiverKind::journal:
    case core::ReceiverKind::heartbeat:
        break;
    }
    throw std::invalid_argument("no receiver of notices");
}

core::NoticeBatch batch(Reader& reader) {
    core::NoticeBatch batch;
    std::uint64_t affected = 0;
    std::uint64_t listed = 0;
    reader.required("name", batch.name);
    reader.optional("affected", affected);
    reader.optional("listed", listed);
    batch.affected = affected;
    batch.listed = listed;
    std::string verdict;
    reader.optional("verdict", verdict);
    batch.verdict = verdict == "go"      ? core::Verdict::go
                    : verdict == "no_go" ? core::Verdict::no_go
                                         : core::Verdict::unknown;
    reader.nested("window", [&](Reader& inner) {
        core::Window window;
        inner.required("start", window.start);
        inner.required("end", window.end);
        inner.required("zone", window.zone);
        batch.window = window;
    });
    return batch;
}

core::Notice notice(Reader& reader) {
    core::Notice notice;
    const auto word = [&](std::string_view name, auto& out, auto named) {
        reader.nested(name, [&](Reader& inner) { inner.word(out, named, name); });
    };
    reader.required("id", notice.id);
    reader.optional("receiver", notice.receiver);
    reader.required("group", notice.group);
    word("class", notice.notice_class, core::notice_class_named);
    word("status", notice.status, core::notice_status_named);
    word("severity", notice.severity, core::severity_named);
    word("direction", notice.direction, core::direction_named);
    core::Cause cause{};
    reader.nested("cause", [&](Reader& inner) {
        inner.word(cause, core::cause_coded, "cause");
        notice.cause = cause;
    });
    reader.optional("reason", notice.reason);
    reader.required("at", notice.at);
    reader.optional("source", notice.source);
    reader.optional("since", notice.since);
    reader.optional("ended", notice.ended);
    reader.required("title", notice.title);
    reader.optional("text", notice.text);
    reader.optional("remedy", notice.remedy);
    std::uint64_t subjects = 0;
    reader.optional("subjects", subjects);
    notice.subjects = subjects;
    reader.optional("mailboxes", notice.mailboxes);
    reader.each("batches", [&](Reader& element) { notice.batches.push_back(batch(element)); });
    reader.each("samples", [&](Reader& element) {
        core::NoticeSample sample;
        sample.check = core::Check::mailbox_impersonation;
        element.required("subject", sample.subject);
        element.optional("last_good", sample.last_good);
        notice.samples.push_back(std::move(sample));
    });
    return notice;
}

std::string_view word_of(notify::DeliveryResult result) {
    switch (result) {
    case notify::DeliveryResult::delivered:
        return "delivered";
    case notify::DeliveryResult::later:
        return "later";
    case notify::DeliveryResult::refused:
        return "refused";
    }
    throw std::logic_error("no such result");
}

notify::Delivery attempt(Reader& reader) {
    net::Network network;
    std::string link;
    std::uint64_t timeout = 10'000;
    reader.optional("link", link);
    reader.optional("timeout_ms", timeout);
    const auto deadline = base::Deadline::in(std::chrono::milliseconds(timeout));
    std::optional<notify::Delivery> delivery;
    reader.nested("heartbeat", [&](Reader& settings) {
        std::string kind;
        std::string text;
        settings.required("kind", kind);
        settings.optional("text", text);
        const auto which = kind == "start"     ? notify::HeartbeatKind::start
                           : kind == "success" ? notify::HeartbeatKind::success
                                               : notify::HeartbeatKind::fail;
        delivery = notify::make_heartbeat(network, {service(settings)})->beat(which, text, deadline);
    });
    reader.nested("settings", [&](Reader& settings) {
        const auto made = notify::make_receiver(
            network, {"test", receiver(settings), link}, {"migrator1.contoso.example", "0123456789abcdef", "1.2.0"});
        reader.nested("notice", [&](Reader& inner) { delivery = made->send(notice(inner), deadline); });
    });
    return delivery.value();
}

int run() {
    const std::string text(std::istreambuf_iterator<char>(std::cin), {});
    const auto value = json::parse(text, {.bytes = std::size_t{64} << 20U});
    if (!value) {
        throw std::invalid_argument(value.error().message());
    }
    Reader reader(*value);
    const notify::Delivery delivery = attempt(reader);
    if (reader.failed()) {
        throw std::invalid_argument(reader.finish(0).error().message());
    }
    json::Writer writer;
    writer.add("result", word_of(delivery.result)).add("detail", delivery.detail);
    if (delivery.retry_after) {
        writer.add("retry_after", base::to_text(*delivery.retry_after));
    }
    std::cout << json::write(writer.take()) << "\n";
    return 0;
}

} // namespace

} // namespace mailpreflight

int main() {
    try {
        mailpreflight::http::prepare_rest_client();
        return mailpreflight::run();
    } catch (const std::exception& error) {
        std::cerr << error.what() << "\n";
        return 1;
    }
}
