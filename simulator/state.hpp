#pragma once

#include "simulator/directory.hpp"
#include "simulator/faults.hpp"
#include "simulator/oauth.hpp"
#include "simulator/organisation.hpp"
#include "simulator/version_profile.hpp"

#include <map>
#include <string>
#include <vector>

namespace mailpreflight::simulator {

/** IIS' extendedProtection tokenChecking. */
enum class ExtendedProtection { off, allow, require };

enum class CertificateChoice { good, expired, self_signed, wrong_name };

/** Everything about the server that is not an account, a mailbox or a right. */
struct ServerSettings {
    VersionProfile version = *find_version_profile("2019");
    std::vector<std::string> front_ends = {"EX01"}; ///< a connection gets one of them, in turn
    std::map<std::string, std::string> back_ends;   ///< database → server name
    std::string back_end = "MBX01";                 ///< for databases that are not listed
    std::string dns_suffix = "contoso.example";
    CertificateChoice certificate = CertificateChoice::good;
    ExtendedProtection extended_protection = ExtendedProtection::allow;
    std::vector<std::string> offers = {"negotiate", "ntlm"}; ///< EWS and autodiscover, in this order
    std::string basic_realm;                                 ///< empty: the host name
    bool lockout_body = false;                               ///< 401 of a locked account says so in its body

    bool ews_enabled = true;
    std::vector<std::string> blocked_user_agents; ///< EwsBlockList: patterns with *
    std::vector<std::string> allowed_user_agents; ///< EwsAllowList: empty, it is not enforced
    bool disabled_blocks_impersonation = true;
    bool accept_alias_as_primary = false; ///< PrimarySmtpAddress with an alias works
    bool resolve_needs_mailbox = false;   ///< ResolveNames for a caller without mailbox: ErrorNameResolutionNoMailbox
    int max_mailboxes_per_request = 16;
    int max_concurrency = 27; ///< open requests of one account that do not impersonate; 0: unlimited

    bool forms = true; ///< forms login on /owa; else HTTP authentication
    std::vector<std::string> owa_offers = {"basic"};
    bool explicit_logon_enabled = true;
    bool change_expired_password = true; ///< expiredpassword.aspx; else reason=2
    bool shell_before_access = false;    ///< explicit logon answers 200 and leaves the refusal to sessiondata.ashx
    bool sessiondata_needs_canary = false;
    std::string logon_format = "FullDomain"; ///< LogonFormat: FullDomain, PrincipalName, UserName: what the label says
    std::string logon_page = "form";         ///< form; script, frame: an outer page leads to it (2007)
    int logon_status = 200;                  ///< of the logon page; some 2007 servers say 400
    int form_reason = 0;         ///< not 0: a right form is answered by the logon page with this reason (3, 4, 5, 6)
    bool form_ignored = false;   ///< the logon page comes back with reason=0: an update overwrote web.config
    bool form_unchecked = false; ///< 2003: cookies for whatever was typed; the first request with them is refused
    bool form_in_ansi = false;   ///< what Latin-1 does not know becomes "?" before the directory sees it
    bool session_lost = false;   ///< cookies are given and not known afterwards: an expired OAuth certificate
    std::string cafe_error;      ///< the front end's own code after the login: CAS14WithNoWIA
    std::string cross_site_host; ///< a right form is answered by one that hands the password over to this host
    std::string target_owa_url;  ///< where OWA sends people whose mailbox has moved
    bool webdav = false;         ///< /exchange of 2007; of 2003 it always is there
    bool exchange_forms = true;  ///< forms login in front of it; else HTTP authentication by owa_offers

    std::string front_door; ///< what stands in front (simulator/front_door.hpp); empty: nothing
    std::vector<std::string> front_door_paths = {"/owa", "/ecp", "/exchange"};

    std::chrono::seconds cookie_lifetime{12 * 3600};
    std::chrono::seconds idle_timeout{120}; ///< a connection without a request is closed
};

/** The whole world of one simulated organisation. Not synchronised by itself. */
struct State {
    ServerSettings server;
    Directory directory;
    Organisation organisation;
    FaultPlan faults;
    OAuthState oauth;

    /** The back end that holds the mailbox; the default one for none. */
    const std::string& back_end_of(const Mailbox* mailbox) const;
};

} // namespace mailpreflight::simulator
