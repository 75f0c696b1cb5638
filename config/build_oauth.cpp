#include "base/text.hpp"
#include "config/build.hpp"
#include "config/checked_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace mailpreflight::config {

namespace {

bool is_guid(std::string_view text) {
    if (text.size() != 36) {
        return false;
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        const char c = text[i];
        const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        if (dash ? c != '-' : !hex) {
            return false;
        }
    }
    return true;
}

/// A directory's id, or one of its domains.
bool is_tenant(std::string_view text) {
    return !text.empty() && text.size() <= 255 && text.front() != '.' &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                      c == '.';
           });
}

/// Those names stand for "whoever signs in": an application has one directory.
bool is_nobodys_tenant(std::string_view text) {
    constexpr std::array names{"common", "organizations", "consumers"};
    return std::any_of(
        names.begin(), names.end(), [&](const char* name) { return base::equals_ignoring_case(text, name); });
}

class OAuthBuilder {
public:
    OAuthBuilder(const Node& table, std::string path, const BuildContext& context, Problems& problems) :
        table_(table),
        context_(context),
        problems_(problems),
        path_(std::move(path)) {}

    OAuth build() {
        oauth_.client_secret = build_secret(table_, "client_secret", path_, context_, problems_);
        oauth_.certificate = build_secret(table_, "certificate", path_, context_, problems_);
        oauth_.key = build_secret(table_, "key", path_, context_, problems_);
        oauth_.token = build_secret(table_, "token", path_, context_, problems_);
        oauth_.ca_file = resolved(context_.folder, text_of(table_, "ca_file").value_or(""));
        oauth_.rs256 = text_of(table_, "algorithm").value_or("PS256") == "RS256";
        read_proof();
        if (!has("token")) {
            read_application();
        }
        read_authority();
        read_scope();
        oauth_.secret_expires = date_of(table_, "secret_expires");
        if (oauth_.secret_expires && context_.now && *oauth_.secret_expires < *context_.now) {
            problems_.warning(place_of(table_, "secret_expires"),
                              fmt::format("{}.secret_expires: this day has passed", path_));
        }
        return std::move(oauth_);
    }

private:
    [[nodiscard]] bool has(std::string_view key) const {
        return table_.find(key) != nullptr;
    }

    void tell(std::string_view key, std::string_view text) {
        problems_.error(place_of(table_, key), fmt::format("{}.{}: {}", path_, key, text));
    }

    void read_proof() {
        const int proofs =
            (has("client_secret") ? 1 : 0) + (has("certificate") || has("key") ? 1 : 0) + (has("token") ? 1 : 0);
        if (proofs == 0) {
            problems_.error(table_.position,
                            fmt::format("[{}]: expected client_secret, certificate with key, or token, for example "
                                        "client_secret = {{ file = \"/etc/mailpreflight/client-secret\" }}",
                                        path_));
        } else if (proofs > 1) {
            problems_.error(
                table_.position,
                fmt::format("[{}]: expected one of client_secret, certificate with key, and token, not several",
                            path_));
        } else if (has("certificate") != has("key")) {
            tell(has("certificate") ? "certificate" : "key",
                 has("certificate") ? "its key is missing: key = { file = \"/path\" }"
                                    : "its certificate is missing: certificate = { file = \"/path\" }");
        }
        if (oauth_.rs256 && !has("certificate")) {
            tell("algorithm", "it is how a certificate's key signs, and there is no certificate");
        }
    }

    void read_application() {
        oauth_.tenant = text_of(table_, "tenant").value_or("");
        oauth_.client_id = text_of(table_, "client_id").value_or("");
        if (!has("tenant")) {
            problems_.error(table_.position,
                            fmt::format("[{}] lacks \"tenant\": the directory (tenant) ID, or one of "
                                        "its domains (contoso.onmicrosoft.com)",
                                        path_));
        } else if (is_nobodys_tenant(oauth_.tenant)) {
            tell("tenant",
                 fmt::format("\"{}\" is for users who sign in: an application names its own directory",
                             base::to_lower(oauth_.tenant)));
        } else if (!oauth_.tenant.empty() && !is_tenant(oauth_.tenant)) {
            tell("tenant", "expected the directory (tenant) ID, or one of its domains (contoso.onmicrosoft.com)");
        }
        if (!has("client_id")) {
            problems_.error(
                table_.position,
                fmt::format("[{}] lacks \"client_id\": the application (client) ID of the app registration", path_));
        } else if (!oauth_.client_id.empty() && !is_guid(oauth_.client_id)) {
            // Not shown: somebody may have put the secret here.
            tell("client_id", "expected the application (client) ID, 32 hex digits in five groups");
        }
    }

    void read_authority() {
        const auto cloud = core::cloud_named(text_of(table_, "cloud").value_or("worldwide"));
        oauth_.cloud = cloud.value_or(core::Cloud::worldwide);
        if (has("token") && (has("cloud") || has("authority"))) {
            tell(has("cloud") ? "cloud" : "authority", "whoever renews the token file asks for it, not we");
            return;
        }
        if (!has("authority")) {
            oauth_.authority = *parse_endpoint(core::authority_of(oauth_.cloud));
            return;
        }
        if (has("cloud")) {
            tell("authority", "it says where tokens come from; cloud does, too: leave one out");
        }
        const auto written = parse_endpoint(text_of(table_, "authority").value_or(""));
        if (!written) {
            tell("authority", written.error().message());
        } else if (written->path != "/" && !written->path.empty()) {
            tell("authority", "expected https://HOST alone: the path follows from tenant");
        } else {
            oauth_.authority = *written;
        }
    }

    void read_scope() {
        oauth_.scope = text_of(table_, "scope").value_or("");
        const bool plain =
            std::all_of(oauth_.scope.begin(), oauth_.scope.end(), [](char c) { return c > ' ' && c < '\x7F'; });
        if (!oauth_.scope.empty() && (!plain || !oauth_.scope.ends_with("/.default"))) {
            tell("scope",
                 "expected one resource with /.default behind it, such as "
                 "\"https://outlook.office365.com/.default\"");
        } else if (!oauth_.scope.empty() && has("token")) {
            tell("scope", "whoever renews the token file asks for it, not we");
        }
    }

    const Node& table_;
    const BuildContext& context_;
    Problems& problems_;
    std::string path_;
    OAuth oauth_;
};

} // namespace

std::optional<OAuth>
build_oauth(const Node& account, const std::string& path, const BuildContext& context, Problems& problems) {
    const Node* const table = account.find("oauth");
    if (table == nullptr || table->kind != Node::Kind::table) {
        return std::nullopt; // told by the schema
    }
    return OAuthBuilder(*table, path + ".oauth", context, problems).build();
}

} // namespace mailpreflight::config
