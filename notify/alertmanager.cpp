#include "notify/alertmanager.hpp"

#include "base/prose.hpp"
#include "base/text.hpp"
#include "http/base64.hpp"
#include "json/writer.hpp"
#include "notify/words.hpp"
#include "report/redact.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace mailpreflight::notify {

namespace {

using core::NoticeClass;
using core::NoticeStatus;
using core::Severity;
using json::Writer;

std::string_view alert_name(NoticeClass notice_class) {
    switch (notice_class) {
    case NoticeClass::rights:
        return "MailpreflightRights";
    case NoticeClass::incident:
        return "MailpreflightIncident";
    case NoticeClass::verdict:
        return "MailpreflightVerdict";
    case NoticeClass::blind:
        return "MailpreflightBlind";
    case NoticeClass::trial:
        return "MailpreflightTrial";
    case NoticeClass::digest:
    case NoticeClass::summary:
    case NoticeClass::held:
        return "";
    }
    throw std::logic_error("no such class of notice");
}

/// From when to when the alert stands.
struct Span {
    base::SystemTime start;
    base::SystemTime end;
};

Span span_of(const core::Notice& notice, base::Duration resend_every, base::SystemTime now) {
    const base::SystemTime start = notice.since.value_or(notice.at);
    switch (notice.status) {
    case NoticeStatus::firing:
    case NoticeStatus::acknowledged:
        return {start, now + 4 * resend_every};
    case NoticeStatus::resolved:
        return {start, std::max(start, notice.ended.value_or(notice.at))};
    case NoticeStatus::told:
        return {start, notice.at + 4 * resend_every};
    }
    throw std::logic_error("no such status of a notice");
}

/// What stands around an @, up to blanks, is no matter of Alertmanager's, whether or not it is an address.
std::string without_addresses(std::string_view text) {
    std::string kept;
    std::string word;
    const auto end_word = [&] {
        kept += word.find('@') == std::string::npos ? word : "(address)";
        word.clear();
    };
    for (const char c : text) {
        if (c == ' ' || c == '\n' || c == '\t') {
            end_word();
            kept += c;
        } else {
            word += c;
        }
    }
    end_word();
    return kept;
}

/// By nothing but the notice's own words, so that they are the same at every notice of the incident.
json::Value labels_of(const core::Notice& notice, const Origin& origin, Severity severity) {
    Writer labels;
    labels.add("alertname", alert_name(notice.notice_class))
        .add("installation", origin.installation)
        .add("group", without_addresses(notice.group))
        .add_unless_empty("source", without_addresses(notice.source));
    if (notice.cause) {
        labels.add("cause", core::code_of(*notice.cause)).add("direction", core::name_of(notice.direction));
    }
    // The batches of an incident change while it lasts; that of a verdict is what it is about.
    if (notice.status == NoticeStatus::told && notice.batches.size() == 1) {
        labels.add("batch", without_addresses(notice.batches.front().name));
    }
    return labels.add("severity", core::name_of(severity)).take();
}

json::Value annotations_of(const core::Notice& notice) {
    report::Redactor redactor;
    for (const std::string& mailbox : notice.mailboxes) {
        redactor.declare(report::Redactor::Kind::mailbox, mailbox);
    }
    for (const core::NoticeSample& sample : notice.samples) {
        if (sample.subject != notice.source) {
            redactor.declare(report::Redactor::Kind::mailbox, sample.subject);
        }
    }
    const auto clean = [&](std::string_view text, std::size_t limit) {
        return base::shorten(without_addresses(redactor.redacted(base::shorten(text, 2 * limit))), limit);
    };
    std::vector<std::string> batches;
    for (const core::NoticeBatch& batch : notice.batches) {
        batches.push_back(fmt::format("{} {}", batch.name, core::name_of(batch.verdict)));
    }
    Writer annotations;
    annotations.add("summary", clean(headline(notice), 250))
        .add("description", clean(safe_lines(notice.text), 4000))
        .add("status", core::name_of(notice.status))
        .add("reason", clean(base::safe(notice.reason), 250))
        .add("affected", std::to_string(notice.subjects))
        .add_unless_empty("batches", clean(base::safe(base::join(batches, ", ")), 1000));
    return annotations.take();
}

/// The path of the call, whether or not the URL names it.
std::string path_of(std::string_view path) {
    constexpr std::string_view call = "/api/v2/alerts";
    while (path.ends_with('/')) {
        path.remove_suffix(1);
    }
    return path.ends_with(call) ? std::string(path) : std::string(path) + std::string(call);
}

} // namespace

json::Value alerts(const core::Notice& notice,
                   const Origin& origin,
                   base::Duration resend_every,
                   std::string_view link,
                   base::SystemTime now) {
    if (alert_name(notice.notice_class).empty()) {
        return json::Value::array();
    }
    const json::Value annotations = annotations_of(notice);
    const Span span = span_of(notice, resend_every, now);
    std::vector<json::Value> list;
    for (const Severity severity : {Severity::info, Severity::warning, Severity::error, Severity::critical}) {
        const bool is_its_own = severity == notice.severity;
        if (!is_its_own && notice.status == NoticeStatus::told) {
            continue;
        }
        Writer alert;
        alert.add("labels", labels_of(notice, origin, severity))
            .add("annotations", annotations)
            .add("startsAt", span.start)
            .add("endsAt", is_its_own ? span.end : std::max(span.start, std::min(span.end, notice.at)))
            .add_unless_empty("generatorURL", link);
        list.push_back(alert.take());
    }
    return json::Value::array(std::move(list));
}

Alertmanager::Alertmanager(ServiceDoor door, AlertmanagerSettings settings, Origin origin, std::string link) :
    door_(std::move(door)),
    settings_(std::move(settings)),
    origin_(std::move(origin)),
    link_(std::move(link)) {}

Delivery Alertmanager::send(const core::Notice& notice, const base::Deadline& deadline) {
    const json::Value list = alerts(notice, origin_, settings_.resend_every, link_, base::RealClock().now());
    if (list.size() == 0) {
        return {DeliveryResult::delivered, "no alert is made of it", std::nullopt};
    }
    Post post{.body = json::write(list)};
    post.headers.add("Content-Type", "application/json");
    if (!settings_.bearer.empty()) {
        settings_.bearer.expose_to(
            [&](std::string_view token) { post.headers.add("Authorization", fmt::format("Bearer {}", token)); });
    } else if (!settings_.username.empty()) {
        settings_.password.expose_to([&](std::string_view password) {
            std::string login = fmt::format("{}:{}", settings_.username, password);
            post.headers.add("Authorization", "Basic " + http::to_base64(login));
            base::wipe(login);
        });
    }
    return door_.send(std::move(post), deadline, path_of);
}

} // namespace mailpreflight::notify
