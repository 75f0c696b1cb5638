#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/** Small text helpers of the simulator. All case handling is ASCII, as host names, addresses and headers need. */
namespace mailpreflight::simulator {

std::string to_lower(std::string_view text);
std::string to_upper(std::string_view text);
bool equals_ignoring_case(std::string_view left, std::string_view right);
bool starts_with_ignoring_case(std::string_view text, std::string_view prefix);
std::string trimmed(std::string_view text);
std::vector<std::string> split(std::string_view text, char separator);

std::string to_base64(std::string_view bytes);
/** Strict: nothing but the alphabet and correct padding, else no value. */
std::optional<std::string> from_base64(std::string_view text);
std::string to_hex(std::string_view bytes);

/** Percent-encodes all but A-Z a-z 0-9 - _ . ~ with lower-case hexadecimal digits, as IIS writes them. */
std::string percent_encode(std::string_view text);
std::string percent_decode(std::string_view text, bool plus_is_space);
/** The value of a field in "a=1&b=2", decoded as application/x-www-form-urlencoded. Names ignore case. */
std::optional<std::string> form_field(std::string_view form, std::string_view name);

bool is_utf8(std::string_view bytes);
std::string utf8_from_latin1(std::string_view bytes);

std::string xml_escape(std::string_view text);

/** `*` matches any run of characters; ignores case. */
bool matches_pattern(std::string_view text, std::string_view pattern);

/** SHA-256 of the text, raw 32 bytes. */
std::string sha256(std::string_view text);
/** 8-4-4-4-12 form made of the SHA-256 of the text: the same text always gives the same GUID. */
std::string guid_of(std::string_view text);
/** A random GUID for request identifiers. */
std::string random_guid();
std::string random_bytes(std::size_t count);
/** A number that depends on nothing but the text. */
std::uint64_t stable_number(std::string_view text);

} // namespace mailpreflight::simulator
