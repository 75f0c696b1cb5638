#include "base/text.hpp"
#include "runner/doctor.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailpreflight::runner {

namespace {

using core::State;

Advice advise(const char* topic, State state, std::string text, std::string remedy = {}) {
    return {topic, state, std::move(text), std::move(remedy)};
}

std::string listed(const std::vector<std::string>& offers) {
    return offers.empty() ? "nothing" : base::join(offers, ", ");
}

bool offers(const std::vector<std::string>& list, std::string_view scheme) {
    return std::find(list.begin(), list.end(), scheme) != list.end();
}

std::string said_by(const core::Failure& failure) {
    return failure.detail.empty() ? std::string(core::info(failure.cause).sentence) : failure.detail;
}

/// The three forms in which a name can be written.
struct Written {
    std::string domain; ///< of DOMAIN\user
    std::string suffix; ///< of user@suffix
    std::string user;
};

Written parts_of(const std::string& name) {
    if (const std::size_t backslash = name.find('\\'); backslash != std::string::npos) {
        return {name.substr(0, backslash), "", name.substr(backslash + 1)};
    }
    if (const std::size_t at = name.find('@'); at != std::string::npos) {
        return {"", name.substr(at + 1), name.substr(0, at)};
    }
    return {"", "", name};
}

std::string how_to_write(const std::string& name) {
    return fmt::format("if that is the account, write username = '{}' and run: mailpreflight reload", name);
}

/// What the server's own NTLM challenge says of its domain.
std::vector<Advice> advice_from_ntlm(const Written& name, const http::NtlmTarget& server) {
    std::vector<Advice> advice;
    if (server.netbios_domain.empty() && server.dns_domain.empty()) {
        return advice;
    }
    const std::string domain = server.netbios_domain.empty() ? server.dns_domain : server.netbios_domain;
    advice.push_back(advise("user name",
                            State::pass,
                            fmt::format("The server {} is in the domain {} ({}).",
                                        server.computer,
                                        domain,
                                        server.dns_domain.empty() ? "no DNS name told" : server.dns_domain)));
    const auto is = [](const std::string& a, const std::string& b) { return base::equals_ignoring_case(a, b); };
    if (!name.domain.empty()) {
        const bool same = is(name.domain, server.netbios_domain) || is(name.domain, server.dns_domain);
        advice.push_back(
            same ? advise("user name",
                          State::pass,
                          fmt::format("The configured name is of that domain: {}\\{}.", name.domain, name.user))
                 : advise("user name",
                          State::warn,
                          fmt::format("The configured name is of the domain {}, the server of {}: that is right where "
                                      "{} trusts it.",
                                      name.domain,
                                      domain,
                                      domain),
                          how_to_write(domain + "\\" + name.user)));
    } else if (!name.suffix.empty()) {
        const bool same = is(name.suffix, server.dns_domain);
        advice.push_back(advise(
            "user name",
            State::pass,
            same ? fmt::format("The configured name is a principal name of that domain: {}@{}.", name.user, name.suffix)
                 : fmt::format(
                       "The configured name has the suffix {}, which is not the domain's own name: right where it "
                       "is the account's userPrincipalName (Get-ADUser {} -Properties userPrincipalName).",
                       name.suffix,
                       name.user)));
    } else {
        advice.push_back(advise("user name",
                                State::warn,
                                "The configured name has no domain; NTLM is often refused so.",
                                how_to_write(domain + "\\" + name.user)));
    }
    return advice;
}

/// What OWA's form calls the name. Its language is the server's choice; a backslash or an @ is the same in all.
std::optional<Advice> advice_from_label(const Written& name, const std::string& label) {
    if (label.empty()) {
        return std::nullopt;
    }
    const std::string low = base::to_lower(label);
    const bool wants_domain = label.find('\\') != std::string::npos;
    const bool wants_principal =
        !wants_domain && (label.find('@') != std::string::npos || low.find("mail") != std::string::npos ||
                          low.find("upn") != std::string::npos);
    const std::string told = fmt::format("OWA's form asks for \"{}\"", label);
    if (wants_domain && name.domain.empty()) {
        return advise("user name",
                      name.suffix.empty() ? State::warn : State::pass,
                      name.suffix.empty() ? told + "; the configured name has no domain."
                                          : told + "; a principal name as configured works there as a rule.",
                      name.suffix.empty() ? "write username = 'DOMAIN\\" + name.user + "'" : "");
    }
    if (wants_principal && name.suffix.empty()) {
        return advise(
            "user name",
            State::warn,
            told + "; the configured name is of another form.",
            "write username = 'user@domain' as Get-ADUser shows userPrincipalName, and the other form in no key");
    }
    if (wants_domain || wants_principal) {
        return advise("user name", State::pass, told + ", and so it is configured.");
    }
    return advise("user name",
                  State::pass,
                  told + ": a bare name of its default domain is enough there; with a domain it works as well.");
}

} // namespace

std::vector<Advice> advice_on_user_name(const config::Account& account, const checks::LogonHints& hints) {
    const Written name = parts_of(account.username);
    std::vector<Advice> advice;
    if (hints.ntlm) {
        advice = advice_from_ntlm(name, *hints.ntlm);
    }
    if (auto from_label = advice_from_label(name, hints.owa_label)) {
        advice.push_back(std::move(*from_label));
    }
    if (!hints.basic_realm.empty()) {
        advice.push_back(
            advise("user name", State::pass, fmt::format("EWS names the realm \"{}\" for Basic.", hints.basic_realm)));
    }
    if (advice.empty()) {
        advice.push_back(
            advise("user name",
                   State::unknown,
                   fmt::format("The server tells nothing of its user names; {} is configured.", account.username)));
    }
    if (name.suffix.empty() && account.upn.empty()) {
        advice.push_back(advise(
            "user name", State::pass, "upn is not configured. With it the guard knows both names for one person."));
    }
    return advice;
}

std::vector<Advice> advice_on_offers(http::Scheme allowed,
                                     const http::Means& means,
                                     const checks::LogonHints& hints,
                                     const core::RemedyNames& names) {
    std::vector<Advice> advice;
    if (hints.ews_failure) {
        advice.push_back(advise("EWS",
                                core::info(hints.ews_failure->cause).state,
                                said_by(*hints.ews_failure),
                                core::remedy_for(hints.ews_failure->cause, names)));
    } else if (hints.ews_status == 401) {
        const auto way = http::best_way(allowed, means, hints.offers);
        const std::string offered = fmt::format("EWS asks for a login and offers {}", listed(hints.offers));
        if (way) {
            advice.push_back(advise("EWS",
                                    State::pass,
                                    fmt::format("{}. With auth = \"{}\" we would log in by {}.",
                                                offered,
                                                http::name_of(allowed),
                                                http::name_of(*way))));
        } else {
            advice.push_back(advise("EWS",
                                    State::fail,
                                    fmt::format("{}, of which auth = \"{}\" and an account with {} can do none.",
                                                offered,
                                                http::name_of(allowed),
                                                means.password ? "a password" : "tickets"),
                                    allowed == http::Scheme::automatic
                                        ? "give the account a password, or have Windows authentication enabled on EWS: "
                                          "Set-WebServicesVirtualDirectory -WindowsAuthentication $true"
                                        : "write auth = \"auto\""));
        }
        if (means.kerberos && !offers(hints.offers, "negotiate")) {
            advice.push_back(advise("EWS",
                                    State::warn,
                                    "Kerberos is configured, and EWS does not offer Negotiate.",
                                    "take realm, keytab or ccache out of the account, or enable Negotiate on EWS"));
        }
        if (way == http::Way::basic) {
            advice.push_back(advise("EWS",
                                    State::pass,
                                    "With Basic each request carries the password: one is in flight at a time unless "
                                    "lockout_threshold is declared."));
        }
    } else if (hints.ews_status != 0) {
        advice.push_back(advise("EWS",
                                State::fail,
                                fmt::format("EWS answers {} where it should ask for a login (401). {}",
                                            hints.ews_status,
                                            core::info(hints.ews_cause).sentence),
                                core::remedy_for(hints.ews_cause, names)));
    }
    if (hints.owa_failure) {
        advice.push_back(advise("OWA", core::info(hints.owa_failure->cause).state, said_by(*hints.owa_failure)));
    } else if (hints.owa_status != 0) {
        const char* const without_owa = "write owa_url = \"none\" if OWA is not needed";
        if (!hints.owa_front_door.empty() || !hints.owa_leads_to.empty()) {
            advice.push_back(advise("OWA",
                                    State::fail,
                                    fmt::format("{} stands before OWA{}; nothing is ever posted there.",
                                                hints.owa_front_door.empty() ? "Another server" : hints.owa_front_door,
                                                hints.owa_leads_to.empty() ? "" : " at " + hints.owa_leads_to),
                                    without_owa));
        } else if (hints.owa_has_form) {
            advice.push_back(
                advise("OWA", State::pass, "OWA shows its own logon form; the password goes there by one POST."));
        } else if (hints.owa_status == 401) {
            advice.push_back(advise("OWA",
                                    State::warn,
                                    fmt::format("OWA has its form off and offers {}; we enter OWA by its form alone.",
                                                listed(hints.owa_offers)),
                                    without_owa));
        } else {
            advice.push_back(
                advise("OWA",
                       State::fail,
                       fmt::format("OWA answers {} without a logon form of its own; nothing is ever posted "
                                   "there.",
                                   hints.owa_status),
                       without_owa));
        }
    }
    return advice;
}

Advice advice_on_guard(const std::string& account,
                       const std::string& fingerprint,
                       const core::AccountLedger& kept,
                       const core::GuardPolicy& policy,
                       base::SystemTime now) {
    const core::AccountLedger ledger = core::settle(core::for_secret(kept, fingerprint), policy, now);
    std::string past = ledger.accepted_at ? "accepted last at " + base::to_rfc3339(*ledger.accepted_at)
                                          : "not accepted by any door that the guard remembers";
    past +=
        fmt::format("; refused {} times in 24 h, of at most {}", ledger.refusals.size(), policy.most_refusals_a_day);
    core::Presentation presentation;
    presentation.account = account;
    presentation.fingerprint = fingerprint;
    presentation.proving = true;
    const auto grant = core::may_present(ledger, presentation, policy, now);
    if (grant) {
        return advise("guard", State::pass, fmt::format("This secret was {}. A login may go now.", past));
    }
    const core::Failure& held = grant.error();
    const std::string next = held.retry_after
                                 ? " The next may go at " + base::to_rfc3339(now + *held.retry_after) + "."
                                 : " Nothing more goes until the secret's content changes or an operator says so.";
    return advise("guard",
                  core::info(held.cause).state,
                  fmt::format("This secret was {}. Held back: {}.{}", past, held.detail, next),
                  held.retry_after
                      ? fmt::format("to try now, at the risk of a lockout: mailpreflight credential retry {} "
                                    "--force",
                                    account)
                      : fmt::format("put another secret in its place and run mailpreflight reload, or: "
                                    "mailpreflight credential retry {}",
                                    account));
}

Advice advice_on_clock(base::Duration ahead) {
    constexpr base::Duration borne = std::chrono::minutes(5); // by Kerberos
    constexpr base::Duration exact = std::chrono::seconds(2); // as a Date field and the way of the answer allow
    const base::Duration off = ahead < base::Duration::zero() ? -ahead : ahead;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(off);
    if (off <= exact) {
        return advise("clock", State::pass, "The server's clock agrees with ours.");
    }
    return advise("clock",
                  off < borne ? State::pass : State::warn,
                  fmt::format("The server's clock is {} {} ours.",
                              base::to_text(seconds),
                              ahead > base::Duration::zero() ? "ahead of" : "behind"),
                  off < borne ? "" : "Kerberos bears 5 minutes: timedatectl status; w32tm /query /status");
}

} // namespace mailpreflight::runner
