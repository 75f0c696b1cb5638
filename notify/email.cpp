#include "notify/email.hpp"

#include "base/prose.hpp"
#include "base/text.hpp"
#include "net/address.hpp"
#include "net/ca_store.hpp"
#include "notify/service_door.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

namespace mailpreflight::notify {

namespace {

using Easy = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using Mime = std::unique_ptr<curl_mime, decltype(&curl_mime_free)>;

class List {
public:
    List() = default;
    ~List() {
        curl_slist_free_all(list_);
    }
    List(const List&) = delete;
    List& operator=(const List&) = delete;

    void add(const std::string& text) {
        list_ = curl_slist_append(list_, text.c_str());
    }
    [[nodiscard]] curl_slist* get() const {
        return list_;
    }

private:
    curl_slist* list_ = nullptr;
};

unsigned short port_of(const EmailSettings& settings) {
    if (settings.port) {
        return *settings.port;
    }
    switch (settings.tls) {
    case MailTls::starttls:
        return 587;
    case MailTls::implicit:
        return 465;
    case MailTls::none:
        return 25;
    }
    throw std::logic_error("no such TLS of mail");
}

std::string place_of(const EmailSettings& settings) {
    return fmt::format("{}:{}", settings.server, port_of(settings));
}

std::string bracketed(const std::string& host) {
    return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

/// A name for EHLO: what is no host name would be refused by strict servers.
std::string hello_name(const std::string& host) {
    const bool fine = !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    });
    return fine ? host : "localhost";
}

int on_progress(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<const std::stop_token*>(stop)->stop_requested() ? 1 : 0;
}

/// What the server sends would go to standard output.
std::size_t on_line(char*, std::size_t size, std::size_t count, void*) {
    return size * count;
}

curl_mimepart* add_part(curl_mime* to, const std::string& content, const char* type, const char* encoding) {
    curl_mimepart* const part = curl_mime_addpart(to);
    curl_mime_data(part, content.data(), content.size());
    curl_mime_type(part, type);
    curl_mime_encoder(part, encoding);
    return part;
}

/// multipart/mixed{ multipart/alternative{ plain, html }, csv }.
Mime parts_of(CURL* easy, const MailMessage& message) {
    Mime mixed(curl_mime_init(easy), &curl_mime_free);
    curl_mime* const alternative = curl_mime_init(easy);
    add_part(alternative, message.text, "text/plain; charset=utf-8", "quoted-printable");
    add_part(alternative, message.html, "text/html; charset=utf-8", "quoted-printable");
    curl_mimepart* const first = curl_mime_addpart(mixed.get());
    curl_mime_subparts(first, alternative); // owned by the part from here on
    curl_mime_type(first, "multipart/alternative");
    if (message.csv) {
        curl_mime_filename(add_part(mixed.get(), *message.csv, "text/csv; charset=utf-8; header=present", "base64"),
                           "mailboxes.csv");
    }
    return mixed;
}

std::string words_of(CURLcode code) {
    switch (static_cast<int>(code)) {
    case CURLE_USE_SSL_FAILED:
        return "the server offers no STARTTLS";
    case CURLE_LOGIN_DENIED:
        return "the login was refused";
    case CURLE_OPERATION_TIMEDOUT:
        return "no answer in time";
    default:
        return curl_easy_strerror(code);
    }
}

} // namespace

std::optional<std::string> problem_of_email(const EmailSettings& settings) {
    const bool is_host =
        !settings.server.empty() && std::all_of(settings.server.begin(), settings.server.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
                   c == '_' || c == ':';
        });
    if (!is_host) {
        return "server is no host name or address";
    }
    if (!is_mail_address(settings.from)) {
        return fmt::format("from is not one address: {}", base::safe(settings.from));
    }
    if (settings.to.empty()) {
        return "to is empty";
    }
    for (const std::string& address : settings.to) {
        if (!is_mail_address(address)) {
            return fmt::format("to holds what is not one address: {}", base::safe(address));
        }
    }
    if (settings.username.empty() != settings.password.empty()) {
        return "username and password belong together";
    }
    if (settings.tls == MailTls::none && !settings.username.empty() && !is_loopback(settings.server)) {
        return "tls = \"none\" would send the password in the clear: use \"starttls\" or \"implicit\"";
    }
    return std::nullopt;
}

Delivery delivery_of(const MailEnd& end, std::string_view server) {
    if (end.is_sent) {
        return {DeliveryResult::delivered, fmt::format("{}: {}", server, end.reply), std::nullopt};
    }
    if (end.is_stopped) {
        return {DeliveryResult::later, "stopped", std::nullopt};
    }
    const bool refused = end.reply >= 500 && end.reply < 600;
    return {refused ? DeliveryResult::refused : DeliveryResult::later,
            refused || end.reply >= 400 ? fmt::format("{}: reply {}: {}", server, end.reply, end.problem)
                                        : fmt::format("{}: {}", server, end.problem),
            std::nullopt};
}

Email::Email(net::Network& network, EmailSettings settings, Origin origin, std::string link) :
    network_(&network),
    settings_(std::move(settings)),
    origin_(std::move(origin)),
    link_(std::move(link)) {
    static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (initialised != CURLE_OK) {
        throw std::runtime_error("libcurl cannot be initialised");
    }
}

Delivery Email::send(const core::Notice& notice, const base::Deadline& deadline) {
    const MailMessage message = mail_message(notice, origin_, settings_, link_);
    MailEnd end = attempt(message, deadline, false);
    const bool refused = !end.is_sent && end.reply >= 500;
    if (refused && message.recipients.size() > 1 && end.problem != words_of(CURLE_LOGIN_DENIED)) {
        end = attempt(message, deadline, true);
        if (end.is_sent) {
            Delivery delivery = delivery_of(end, place_of(settings_));
            delivery.detail += ", but the server refused some of the recipients";
            return delivery;
        }
    }
    return delivery_of(end, place_of(settings_));
}

MailEnd Email::attempt(const MailMessage& message, const base::Deadline& deadline, bool some_suffice) const {
    // libcurl would wait for getaddrinfo beyond its deadline: it gets the addresses.
    const auto addresses = network_->resolver().resolve(settings_.server, deadline);
    if (!addresses) {
        return {.is_stopped = deadline.stop.stop_requested(), .problem = addresses.error().detail};
    }
    const Easy easy(curl_easy_init(), &curl_easy_cleanup);
    if (!easy) {
        throw std::runtime_error("libcurl gives no handle");
    }
    const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(easy.get(), option, value); };

    const std::string url = fmt::format("{}://{}:{}/{}",
                                        settings_.tls == MailTls::implicit ? "smtps" : "smtp",
                                        bracketed(settings_.server),
                                        port_of(settings_),
                                        hello_name(origin_.host));
    List known;
    if (!net::is_address_literal(settings_.server)) {
        std::vector<std::string> texts;
        for (const net::Address& address : *addresses) {
            texts.push_back(bracketed(address.ip));
        }
        known.add(fmt::format("{}:{}:{}", settings_.server, port_of(settings_), base::join(texts, ",")));
    }
    List recipients;
    for (const std::string& recipient : message.recipients) {
        recipients.add("<" + recipient + ">");
    }
    List fields;
    for (const http::Headers::Field& field : message.fields) {
        fields.add(field.name + ": " + field.value);
    }
    const Mime parts = parts_of(easy.get(), message);
    const std::string sender = "<" + message.sender + ">";

    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    set(CURLOPT_PROXY, "");
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_RESOLVE, known.get());
    set(CURLOPT_USE_SSL, long{settings_.tls == MailTls::starttls ? CURLUSESSL_ALL : CURLUSESSL_NONE});
    set(CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
    set(CURLOPT_CAINFO, settings_.ca_file.empty() ? net::CaStores::system_bundle : settings_.ca_file.c_str());
    set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    if (!settings_.username.empty()) {
        // Left to choose, libcurl tries Kerberos without a ticket where a server offers it, and gives up.
        set(CURLOPT_LOGIN_OPTIONS, "AUTH=CRAM-MD5;AUTH=PLAIN;AUTH=LOGIN");
        set(CURLOPT_USERNAME, settings_.username.c_str());
        settings_.password.expose_to([&](std::string_view password) {
            std::string text(password);
            set(CURLOPT_PASSWORD, text.c_str());
            base::wipe(text);
        });
    }
    set(CURLOPT_MAIL_FROM, sender.c_str());
    set(CURLOPT_MAIL_RCPT, recipients.get());
    set(CURLOPT_MAIL_RCPT_ALLLOWFAILS, long{some_suffice ? 1 : 0});
    set(CURLOPT_HTTPHEADER, fields.get());
    set(CURLOPT_MIMEPOST, parts.get());
    // 0 would be no limit at all.
    const long left = std::max<long>(1, deadline.left().count());
    set(CURLOPT_TIMEOUT_MS, left);
    set(CURLOPT_CONNECTTIMEOUT_MS, left);
    set(CURLOPT_WRITEFUNCTION, &on_line);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, &on_progress);
    set(CURLOPT_XFERINFODATA, &deadline.stop);

    const CURLcode code = curl_easy_perform(easy.get());
    long reply = 0;
    curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &reply);
    return {.is_sent = code == CURLE_OK,
            .is_stopped = code == CURLE_ABORTED_BY_CALLBACK,
            .reply = static_cast<int>(reply),
            .problem = code == CURLE_OK ? std::string() : words_of(code)};
}

} // namespace mailpreflight::notify
