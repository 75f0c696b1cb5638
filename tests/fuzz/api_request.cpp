// A request on the control socket: target and body become fields or a clear refusal.
#include "api/http_form.hpp"
#include "api/service.hpp"
#include "json/value.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace mailpreflight;

namespace {

template <typename Call>
void read(const api::NamedTexts& path, std::string_view query, std::string_view body) {
    const auto fields = api::fields_of(path, query, body);
    if (!fields) {
        fuzz::must(!fields.error().message().empty(), "a refusal says why");
        return;
    }
    const auto request = api::from_fields<typename Call::Request>(Call::info, *fields);
    fuzz::must(request.has_value() || !request.error().message().empty(), "a refusal says why");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto [target, body] = fuzz::parts_of(fuzz::text_of(data, size));
    const std::size_t mark = target.find('?');
    const std::string_view query = mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
    for (const api::CallInfo& call : api::all_calls()) {
        const auto path = api::match_path(call.path, target.substr(0, mark));
        if (!path) {
            continue;
        }
        read<api::MailboxesCall>(*path, query, body);
        read<api::CheckCall>(*path, query, body);
        read<api::ExceptCall>(*path, query, body);
        read<api::AcceptBaselineCall>(*path, query, body);
        read<api::AcknowledgeCall>(*path, query, body);
        read<api::ExplainCall>(*path, query, body);
    }
    const auto value = json::parse(body);
    fuzz::must(!value || json::parse(json::write(*value)).has_value(), "what was read can be written and read again");
    return 0;
}
