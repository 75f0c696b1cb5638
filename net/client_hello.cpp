#include "net/client_hello.hpp"

#include <algorithm>
#include <span>
#include <stdexcept>

namespace mailpreflight::net {

namespace {

// RFC 5246 A, RFC 8446 B; what a server of the last twenty years may have, the better first.
constexpr std::array<std::uint16_t, 3> suites13{0x1301, 0x1302, 0x1303};
constexpr std::array<std::uint16_t, 26> current_suites{
    0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0x009e, 0x009f, 0xc023, 0xc027, 0xc024, 0xc028, 0xc009,
    0xc013, 0xc00a, 0xc014, 0x0033, 0x0039, 0x0067, 0x006b, 0x009c, 0x009d, 0x003c, 0x003d, 0x002f, 0x0035};
constexpr std::array<std::uint16_t, 6> triple_des_suites{0xc008, 0xc012, 0x0016, 0x0013, 0x000a, 0x000d};
constexpr std::array<std::uint16_t, 4> rc4_suites{0xc007, 0xc011, 0x0005, 0x0004};

constexpr std::uint16_t renegotiation_info = 0x00ff; // RFC 5746's signalling suite: some servers insist on it

constexpr unsigned char alert_record = 21;
constexpr unsigned char handshake_record = 22;
constexpr unsigned char server_hello = 2;

void put(std::string& out, std::size_t value, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
        out += static_cast<char>(value >> static_cast<unsigned>(shift) & 0xffU);
    }
}

/// `content` behind its length.
void put_block(std::string& out, int length_bytes, std::string_view content) {
    put(out, content.size(), length_bytes);
    out += content;
}

void put_extension(std::string& out, std::uint16_t type, std::string_view content) {
    put(out, type, 2);
    put_block(out, 2, content);
}

void put_numbers(std::string& out, std::span<const std::uint16_t> numbers) {
    for (const std::uint16_t number : numbers) {
        put(out, number, 2);
    }
}

std::string list_of(int length_bytes, std::span<const std::uint16_t> numbers) {
    std::string items;
    put_numbers(items, numbers);
    std::string list;
    put_block(list, length_bytes, items);
    return list;
}

std::string suites_of(TlsVersion newest, Suites suites) {
    std::string list;
    if (newest == TlsVersion::tls13) {
        put_numbers(list, suites13);
        return list;
    }
    if (suites != Suites::obsolete) {
        put_numbers(list, current_suites);
    }
    if (suites != Suites::current) {
        put_numbers(list, triple_des_suites);
        put_numbers(list, rc4_suites);
    }
    put(list, renegotiation_info, 2);
    return list;
}

std::string extensions_of(TlsVersion newest, const std::string& server_name) {
    constexpr std::array<std::uint16_t, 4> groups{0x001d, 0x0017, 0x0018, 0x0019};
    constexpr std::array<std::uint16_t, 13> signatures{
        0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0807, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201, 0x0202};
    std::string extensions;
    if (!server_name.empty()) {
        std::string name(1, '\0'); // host_name
        put_block(name, 2, server_name);
        std::string names;
        put_block(names, 2, name);
        put_extension(extensions, 0, names);
    }
    put_extension(extensions, 10, list_of(2, groups));
    put_extension(extensions, 11, std::string_view("\x01\x00", 2)); // uncompressed points
    if (newest >= TlsVersion::tls12) {
        put_extension(extensions, 13, list_of(2, signatures));
    }
    if (newest == TlsVersion::tls13) {
        constexpr std::array<std::uint16_t, 1> versions{static_cast<std::uint16_t>(TlsVersion::tls13)};
        put_extension(extensions, 43, list_of(1, versions));
        put_extension(extensions, 51, std::string_view("\x00\x00", 2)); // no key: the server asks for one, and says so
    }
    return extensions;
}

/// Takes bytes off the front; nothing once there are too few.
class Bytes {
public:
    explicit Bytes(std::string_view text) :
        rest_(text) {}

    std::optional<std::string_view> take(std::size_t size) {
        if (size > rest_.size()) {
            return std::nullopt;
        }
        const std::string_view taken = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return taken;
    }
    std::optional<std::size_t> number(int bytes) {
        const auto taken = take(static_cast<std::size_t>(bytes));
        if (!taken) {
            return std::nullopt;
        }
        std::size_t value = 0;
        for (const char byte : *taken) {
            value = value << 8U | static_cast<unsigned char>(byte);
        }
        return value;
    }
    std::optional<std::string_view> block(int length_bytes) {
        const auto size = number(length_bytes);
        return size ? take(*size) : std::nullopt;
    }

private:
    std::string_view rest_;
};

HelloAnswer no_tls() {
    return {std::nullopt, "no TLS"};
}

std::optional<TlsVersion> version_numbered(std::size_t number) {
    const auto* const found = std::find_if(all_tls_versions.begin(), all_tls_versions.end(), [&](TlsVersion version) {
        return static_cast<std::size_t>(version) == number;
    });
    return found == all_tls_versions.end() ? std::nullopt : std::optional(*found);
}

/// RFC 8446 4.1.3 is 5246 7.4.1.3 with an extension that says the version; a request for another hello looks alike.
std::optional<ServerChoice> choice_of(std::string_view hello) {
    Bytes bytes(hello);
    auto version = bytes.number(2);
    const auto random = bytes.take(32);
    const auto session = bytes.block(1);
    const auto suite = bytes.number(2);
    const auto compression = bytes.number(1);
    if (!version || !random || !session || !suite || !compression) {
        return std::nullopt;
    }
    Bytes extensions(bytes.block(2).value_or(""));
    while (const auto type = extensions.number(2)) {
        const auto content = extensions.block(2);
        if (content && *type == 43) {
            version = Bytes(*content).number(2);
        }
    }
    const auto known = version ? version_numbered(*version) : std::nullopt;
    return known ? std::optional(ServerChoice{*known, static_cast<std::uint16_t>(*suite)}) : std::nullopt;
}

} // namespace

std::string_view name_of(TlsVersion version) {
    switch (version) {
    case TlsVersion::ssl3:
        return "SSLv3";
    case TlsVersion::tls10:
        return "TLSv1.0";
    case TlsVersion::tls11:
        return "TLSv1.1";
    case TlsVersion::tls12:
        return "TLSv1.2";
    case TlsVersion::tls13:
        return "TLSv1.3";
    }
    throw std::logic_error("no such version");
}

std::string client_hello(TlsVersion newest, Suites suites, const std::string& server_name, std::string_view random) {
    std::string body;
    put(body, static_cast<std::size_t>(std::min(newest, TlsVersion::tls12)), 2);
    body += random;
    put_block(
        body, 1, newest == TlsVersion::tls13 ? random : std::string_view()); // session: 1.3 keeps middleboxes calm
    put_block(body, 2, suites_of(newest, suites));
    put_block(body, 1, std::string_view("\x00", 1)); // no compression
    if (newest > TlsVersion::ssl3) {
        put_block(body, 2, extensions_of(newest, server_name));
    }
    std::string message(1, '\x01');
    put_block(message, 3, body);
    std::string record(1, static_cast<char>(handshake_record));
    put(record, static_cast<std::size_t>(std::min(newest, TlsVersion::tls10)), 2);
    put_block(record, 2, message);
    return record;
}

std::optional<HelloAnswer> hello_answer(std::string_view received) {
    std::string messages;
    Bytes records(received);
    while (true) {
        const auto type = records.number(1);
        const auto version = type ? records.number(2) : std::nullopt;
        if (!type) {
            return std::nullopt;
        }
        if ((*type != alert_record && *type != handshake_record) || (version && *version >> 8U != 3)) {
            return no_tls();
        }
        const auto content = version ? records.block(2) : std::nullopt;
        if (!content) {
            return std::nullopt;
        }
        if (*type == alert_record) {
            constexpr unsigned char warning = 1;
            if (content->size() == 2 && static_cast<unsigned char>((*content)[0]) == warning && (*content)[1] != '\0') {
                continue; // "unrecognized name": the handshake goes on
            }
            return content->size() == 2
                       ? HelloAnswer{std::nullopt, "alert " + std::to_string(static_cast<unsigned char>((*content)[1]))}
                       : no_tls();
        }
        messages += *content;
        Bytes bytes(messages);
        const auto message = bytes.number(1);
        if (message && *message != server_hello) {
            return no_tls();
        }
        // Once it is whole, nothing behind it matters.
        if (const auto hello = message ? bytes.block(3) : std::nullopt) {
            auto choice = choice_of(*hello);
            return choice ? HelloAnswer{choice, {}} : no_tls();
        }
    }
}

std::string_view obsolete_cipher(std::uint16_t suite) {
    const auto has = [&](const auto& suites) { return std::find(suites.begin(), suites.end(), suite) != suites.end(); };
    return has(rc4_suites) ? "RC4" : has(triple_des_suites) ? "3DES" : "";
}

} // namespace mailpreflight::net
