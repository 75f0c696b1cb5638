#include "config/schema.hpp"

#include "config/schema_notify.hpp"

#include <iterator>
#include <utility>

namespace mailpreflight::config {

namespace {

template <typename Row>
std::vector<Row> with(std::vector<Row> rows, std::vector<Row> more) {
    std::move(more.begin(), more.end(), std::back_inserter(rows));
    return rows;
}

} // namespace

const std::vector<Table>& schema_tables() {
    static const std::vector<Table> own{
        {.path = "account.*",
         .paragraph =
             "One identity in the directory, however many sources use it. The guard against lock-out counts per "
             "account, so the same person must not be written down twice under two names."},
        {.path = "account.*.password",
         .not_a_table = "never the text itself: put it into a file that only the daemon can read and use "
                        "{ file = \"/path\" } or { credential = \"NAME\" }",
         .paragraph = "Where the password is kept; exactly one of the two keys."},
        {.path = "account.*.keytab",
         .not_a_table = "use { file = \"/path\" } or { credential = \"NAME\" }",
         .paragraph =
             "Where the keytab is kept, instead of a password; exactly one of the two keys. A keytab holds the "
             "account's key: it is as good as the password."},
        {.path = "account.*.ccache",
         .not_a_table = "use { file = \"/path\" }",
         .paragraph = "Tickets that somebody else gets and renews (k5start, kinit), instead of a password."},
        {.path = "account.*.ldap",
         .not_a_table = "use { url = \"ldaps://HOST\", base = \"DC=...\", account = \"NAME\" }",
         .paragraph =
             "A directory server (Active Directory) that tells when this account's password ends, and whether the "
             "account is locked, disabled or over, before a login is tried. It is read by another account, whose "
             "password the guard keeps as it does this one's. Always over TLS. docs/authentication.md."},
        {.path = "account.*.oauth",
         .not_a_table =
             "expected a table [account.NAME.oauth] with tenant, client_id and client_secret, or certificate "
             "and key",
         .paragraph =
             "An application registered in Microsoft Entra, which opens mailboxes by its own permission "
             "(`full_access_as_app`), for Exchange Online; instead of a password, and `username` is then not needed. "
             "It proves itself by `client_secret`, or by `certificate` with `key`; or somebody else gets its tokens, "
             "and "
             "`token` says where they are."},
        {.path = "account.*.oauth.client_secret",
         .not_a_table = "never the text itself: put it into a file that only the daemon can read and use "
                        "{ file = \"/path\" } or { credential = \"NAME\" }",
         .paragraph = "Where the client secret's value (not its ID) is kept; exactly one of the two keys."},
        {.path = "account.*.oauth.certificate",
         .not_a_table = "use { file = \"/path\" } or { credential = \"NAME\" }",
         .paragraph =
             "Where the certificate is kept that was uploaded to the app registration, as PEM; exactly one of the "
             "two keys."},
        {.path = "account.*.oauth.key",
         .not_a_table = "never the text itself: use { file = \"/path\" } or { credential = \"NAME\" }",
         .paragraph =
             "Where the certificate's key is kept: PEM, RSA of 2048 bits or more, without a passphrase; exactly "
             "one of the two keys."},
        {.path = "account.*.oauth.token",
         .not_a_table = "never the text itself: use { file = \"/path\" }",
         .paragraph =
             "Where somebody else puts an access token, and renews it; exactly one of the two keys. It is read at "
             "each login."},
        {.path = "source.*", .paragraph = "A mail server that one migrates from."},
        {.path = "source.*.tls", .paragraph = "How the source's certificate is judged."},
        {.path = "source.*.limits", .paragraph = "How much the source is asked to bear."},
        {.path = "batch.*",
         .paragraph =
             "A list of mailboxes of one source that move together. A batch may not have the name of a source: "
             "`mailpreflight check NAME` could not tell them apart."},
        {.path = "batch.*.window",
         .not_a_table =
             "expected { start = \"2026-12-05 22:00\", end = \"2026-12-06 04:00\", zone = \"America/Chicago\" }",
         .paragraph =
             "The planned start and end of the cutover. Without a window the batch is checked at the pace of its "
             "source."},
        {.path = "schedule", .paragraph = "How often one looks, and when a difference counts as confirmed."},
        {.path = "api", .paragraph = "The sockets on which the daemon answers."},
        {.path = "daemon", .paragraph = "The daemon itself."},
        {.path = "store", .paragraph = "What is kept, and for how long."},
    };
    static const std::vector<Table> tables = with(own, notify_tables());
    return tables;
}

const std::vector<LaterKey>& schema_later_keys() {
    static const std::vector<LaterKey> keys{
        {"source.*", "allow_plaintext"},
    };
    return keys;
}

const std::vector<Option>& schema_options() {
    using enum OptionType;
    static const std::vector<Option> own{
        // account
        {.table = "account.*",
         .key = "username",
         .paragraph =
             "`DOMAIN\\user`, `user@domain` or `user`, as the server expects it. Write it in single quotes: in "
             "double quotes TOML takes the backslash for an escape. Only an application (`oauth`) has none."},
        {.table = "account.*",
         .key = "upn",
         .paragraph =
             "The user principal name of the same account, if `username` is in the other form. It is never tried as "
             "a second guess: that would be a second presentation."},
        {.table = "account.*",
         .key = "lockout_threshold",
         .type = integer,
         .least = "1",
         .most = "999",
         .paragraph =
             "After how many bad passwords the directory locks the account, if known; 3 is assumed. Declaring it "
             "allows more than one request in flight that carries the password: half of what the directory bears."},
        {.table = "account.*",
         .key = "lockout_window",
         .type = duration,
         .default_value = "\"60m\"",
         .least = "1m",
         .most = "70d",
         .paragraph = "Over which time the directory counts bad passwords, and for how long it locks."},
        {.table = "account.*",
         .key = "password_expires",
         .type = date,
         .paragraph =
             "The day on which the password expires, if neither the directory nor EWS can tell. It counts from its "
             "first moment, UTC. A batch whose window is not over by then is NO-GO."},
        {.table = "account.*.password",
         .key = "credential",
         .paragraph = "The name of a systemd credential (`LoadCredential=NAME:/path`), read from "
                      "`$CREDENTIALS_DIRECTORY`."},
        {.table = "account.*.password",
         .key = "file",
         .type = path,
         .paragraph =
             "A file that nobody else can read: owned by root or the daemon's user, mode 0600 or 0400, or 0640 with "
             "a group of the daemon's. One newline at its end is not part of the password; blanks are."},
        {.table = "account.*.keytab",
         .key = "credential",
         .paragraph = "The name of a systemd credential (`LoadCredential=NAME:/path`), read from "
                      "`$CREDENTIALS_DIRECTORY`."},
        {.table = "account.*.keytab",
         .key = "file",
         .type = path,
         .paragraph = "A file that nobody else can read, as for a password."},
        {.table = "account.*.ccache",
         .key = "file",
         .type = path,
         .required = true,
         .paragraph = "A ticket cache of MIT Kerberos' FILE type. It is read at each login."},
        {.table = "account.*",
         .key = "realm",
         .default_value = "\"\"",
         .paragraph =
             "The Kerberos realm in capitals, as a rule the name of the Active Directory domain "
             "(`\"CONTOSO.EXAMPLE\"`). With a password this is what asks for Kerberos; without it the password "
             "goes by NTLM. A keytab knows its own."},
        {.table = "account.*",
         .key = "kdc",
         .type = texts,
         .default_value = "[]",
         .paragraph =
             "Hosts of key distribution centres (domain controllers), each with a port if it is not 88, in the "
             "order in which they are asked. Without any the realm's own name is asked, which in Active "
             "Directory is every domain controller. The next is asked only while not a byte has left: a wrong "
             "password is never shown to two."},
        {.table = "account.*.ldap",
         .key = "url",
         .required = true,
         .paragraph =
             "`ldaps://HOST` (port 636), or `ldap://HOST` (port 389), where TLS is asked for (StartTLS) before "
             "anything else; a password never goes without it. Referrals are not followed."},
        {.table = "account.*.ldap",
         .key = "base",
         .required = true,
         .paragraph = "Where the account is searched for, with all that is below: as a rule the domain, "
                      "`\"DC=contoso,DC=example\"`. Exactly one account must be found, by `sAMAccountName` (of "
                      "`DOMAIN\\user` and `user`) or `userPrincipalName` (of `user@domain`)."},
        {.table = "account.*.ldap",
         .key = "account",
         .required = true,
         .paragraph =
             "The name of the `[account.NAME]` that reads; another one than this, with a password. Any user of "
             "the domain may read what is asked for. Its `username` may also be a distinguished name."},
        {.table = "account.*.ldap",
         .key = "ca_file",
         .type = path,
         .default_value = "\"\"",
         .paragraph = "PEM file of the authorities that are trusted for this server instead of the system's."},
        {.table = "account.*.ldap",
         .key = "server_name",
         .default_value = "\"\"",
         .paragraph = "The name that the certificate must carry, where it is not the URL's host."},
        {.table = "account.*.oauth",
         .key = "tenant",
         .paragraph =
             "The directory (tenant) ID, or one of its domains: `\"contoso.onmicrosoft.com\"`. Required unless "
             "there is `token`."},
        {.table = "account.*.oauth",
         .key = "client_id",
         .paragraph = "The application (client) ID of the app registration. Required unless there is `token`."},
        {.table = "account.*.oauth",
         .key = "cloud",
         .type = word,
         .default_value = "\"worldwide\"",
         .words = {"worldwide", "us-government", "dod", "china"},
         .paragraph =
             "Which of Microsoft's clouds the tenant is in: it decides where tokens come from. GCC is worldwide, "
             "GCC High is `us-government`."},
        {.table = "account.*.oauth",
         .key = "authority",
         .type = url,
         .paragraph = "Where tokens come from, if `cloud` does not say it: `https://HOST`."},
        {.table = "account.*.oauth",
         .key = "scope",
         .default_value = "\"\"",
         .paragraph = "What the token is for. Empty: `https://HOST/.default` with the host of the source's EWS."},
        {.table = "account.*.oauth",
         .key = "algorithm",
         .type = word,
         .default_value = "\"PS256\"",
         .words = {"PS256", "RS256"},
         .paragraph = "How the certificate's key signs."},
        {.table = "account.*.oauth",
         .key = "ca_file",
         .type = path,
         .default_value = "\"\"",
         .paragraph = "PEM file of the authorities that are trusted for the token endpoint instead of the system's."},
        {.table = "account.*.oauth",
         .key = "secret_expires",
         .type = date,
         .paragraph =
             "The day on which the client secret expires: no answer tells it. A certificate knows its own end."},
        {.table = "account.*.oauth.client_secret",
         .key = "credential",
         .paragraph = "The name of a systemd credential (`LoadCredential=NAME:/path`), read from "
                      "`$CREDENTIALS_DIRECTORY`."},
        {.table = "account.*.oauth.client_secret",
         .key = "file",
         .type = path,
         .paragraph = "A file that nobody else can read, as for a password."},
        {.table = "account.*.oauth.certificate",
         .key = "credential",
         .paragraph = "The name of a systemd credential (`LoadCredential=NAME:/path`), read from "
                      "`$CREDENTIALS_DIRECTORY`."},
        {.table = "account.*.oauth.certificate",
         .key = "file",
         .type = path,
         .paragraph = "A file that nobody else can read, as for a password."},
        {.table = "account.*.oauth.key",
         .key = "credential",
         .paragraph = "The name of a systemd credential (`LoadCredential=NAME:/path`), read from "
                      "`$CREDENTIALS_DIRECTORY`."},
        {.table = "account.*.oauth.key",
         .key = "file",
         .type = path,
         .paragraph = "A file that nobody else can read, as for a password."},
        {.table = "account.*.oauth.token",
         .key = "credential",
         .paragraph = "The name of a systemd credential (`LoadCredential=NAME:/path`), read from "
                      "`$CREDENTIALS_DIRECTORY`."},
        {.table = "account.*.oauth.token",
         .key = "file",
         .type = path,
         .paragraph = "A file that nobody else can read, as for a password."},
        // source
        {.table = "source.*",
         .key = "type",
         .type = word,
         .required = true,
         .words = {"exchange"},
         .later = {"imap", "pop3"},
         .paragraph = "What kind of server it is."},
        {.table = "source.*",
         .key = "url",
         .type = url,
         .required = true,
         .paragraph =
             "The address that the migration tool is given: `https://HOST/owa`, `https://HOST/exchange`, the EWS "
             "URL itself, or `https://HOST`. The others are derived on the same host. Only https: a credential "
             "never goes over plain HTTP."},
        {.table = "source.*",
         .key = "ews_url",
         .type = url,
         .paragraph =
             "The EWS URL, where it is not `https://HOST/EWS/Exchange.asmx`; `\"none\"` if the source has no EWS. "
             "Its host must be that of `url` or stand in `hosts`. Of a source whose `url` ends in `/exchange` and "
             "whose batches prove `owa` alone, none is asked for unless it stands here."},
        {.table = "source.*",
         .key = "owa_url",
         .type = url,
         .paragraph =
             "The OWA URL, where it is not `https://HOST/owa`; `\"none\"` if OWA is not to be used. Its host must "
             "be that of `url` or stand in `hosts`. It stands above an `/exchange` in `url`."},
        {.table = "source.*",
         .key = "owa_front_door",
         .type = word,
         .words = {"tmg"},
         .paragraph = "`tmg`: ISA or TMG stands in front of OWA, and its own form (`/CookieAuth.dll`) may be given the "
                      "credential. Without it nothing is posted to any form but OWA's own."},
        {.table = "source.*",
         .key = "account",
         .required = true,
         .paragraph = "The name of the `[account.NAME]` that opens the mailboxes."},
        {.table = "source.*",
         .key = "hosts",
         .type = texts,
         .default_value = "[]",
         .paragraph = "Other hosts that this credential may be sent to. Whatever a redirect or autodiscover names "
                      "is not asked unless it stands here."},
        {.table = "source.*",
         .key = "auth",
         .type = word,
         .default_value = "\"auto\"",
         .words = {"auto", "oauth", "negotiate", "ntlm", "basic"},
         .paragraph =
             "How EWS is logged in to. `auto` takes the strongest of the server's offers that the account can do: "
             "Bearer for an application, Kerberos where it is configured, NTLM (bare or within Negotiate), Basic. "
             "After a refusal no second one "
             "is "
             "tried. OWA is logged in to by its form; `/exchange` as EWS, unless a form stands there."},
        {.table = "source.*",
         .key = "user_agent",
         .default_value = "\"\"",
         .paragraph = "The migration tool's own User-Agent, where the server filters by it (`EwsAllowList`). Empty: "
                      "`mailpreflight/VERSION`."},
        {.table = "source.*",
         .key = "ip_version",
         .type = word,
         .default_value = "\"auto\"",
         .words = {"auto", "4", "6"},
         .paragraph = "Which addresses of the name all connections to the source use: IPv4, IPv6, or both in the "
                      "system's order. With a proxy: of the proxy's name."},
        {.table = "source.*",
         .key = "proxy",
         .type = text,
         .default_value = "\"\"",
         .paragraph =
             "The HTTP proxy that the source is reached through: `\"http://HOST:PORT\"`. It is asked by CONNECT; TLS "
             "stays between us and the source. The environment (`https_proxy`) is not read. docs/network.md."},
        {.table = "source.*",
         .key = "proxy_account",
         .default_value = "\"\"",
         .paragraph =
             "The name of the `[account.NAME]` that logs in at the proxy, by Basic, where it asks for it. Its password "
             "goes to the proxy unencrypted, so it may not be an account that opens mailboxes."},
        {.table = "source.*",
         .key = "must_not_open",
         .type = texts,
         .default_value = "[]",
         .paragraph = "Mailboxes that the account must not be able to open. Opening one is a right gained."},
        // source.tls
        {.table = "source.*.tls",
         .key = "ca_file",
         .type = path,
         .default_value = "\"\"",
         .paragraph = "PEM file of the authorities that are trusted for this source instead of the system's."},
        {.table = "source.*.tls",
         .key = "pin_sha256",
         .type = texts,
         .default_value = "[]",
         .paragraph =
             "SHA-256 of the server's certificate, 64 hex digits, colons allowed; more than one while it is being "
             "replaced. `openssl x509 -noout -fingerprint -sha256` prints it."},
        {.table = "source.*.tls",
         .key = "server_name",
         .default_value = "\"\"",
         .paragraph =
             "The name that the certificate must carry and that the server is asked for (SNI), where it is not "
             "the URL's host: for a source that is named by its address. Kerberos then asks for a ticket to that "
             "name too."},
        {.table = "source.*.tls",
         .key = "legacy",
         .type = word_list,
         .default_value = "[]",
         .words = {"tls1.0", "tls1.1", "legacy-server-connect", "dh1024", "rsa1024", "sha1-signature"},
         .paragraph =
             "Weaknesses of an old server that are accepted knowingly: the password then travels by them. Each opens "
             "itself alone, for this source alone, and is shown as a warning for as long as it is in use. A failed "
             "handshake names the word that would help. [TLS](tls.md) says what each opens."},
        {.table = "source.*",
         .key = "maintenance",
         .type = texts,
         .default_value = "[]",
         .paragraph = "Times in which notices about the source are held, while it is looked at as ever: "
                      "`\"Sun 02:00-04:00 Europe/Berlin\"`, or once: `\"2026-12-01 22:00 to 2026-12-02 02:00 "
                      "America/Chicago\"`. At the end one notice sums up what changed."},
        // source.limits
        {.table = "source.*.limits",
         .key = "lanes",
         .type = integer,
         .default_value = "2",
         .least = "1",
         .most = "32",
         .paragraph = "Connections at a time. Above 4 there is a warning: throttling policies of Exchange count them."},
        {.table = "source.*.limits",
         .key = "requests_per_second",
         .type = number,
         .default_value = "5.0",
         .least = "0.01",
         .most = "10000",
         .paragraph =
             "Requests a second over all lanes. Where mailboxes x ways / rate takes longer than the sweep interval, "
             "a warning says the rate that is needed, and the batch is UNKNOWN as long as that interval is in force."},
        {.table = "source.*.limits",
         .key = "request_timeout",
         .type = duration,
         .default_value = "\"120s\"",
         .least = "1s",
         .most = "15m",
         .paragraph = "How long one request may take, from name resolution to the last byte."},
        {.table = "source.*.limits",
         .key = "quiet",
         .type = texts,
         .default_value = "[]",
         .paragraph =
             "Times in which nothing is sent: `\"Mon-Fri 08:00-10:00 America/Chicago\"`, "
             "`\"Sat,Sun 00:00-24:00 Europe/Berlin\"`, `\"daily 22:00-02:00 UTC\"` (until 02:00 of the next day)."},
        // batch
        {.table = "batch.*",
         .key = "source",
         .required = true,
         .paragraph = "The name of the `[source.NAME]` that the mailboxes are on."},
        {.table = "batch.*",
         .key = "mailboxes",
         .type = path,
         .required = true,
         .paragraph = "The list. A bad list makes its batch NO-GO and stops nothing else."},
        {.table = "batch.*",
         .key = "prove",
         .type = word_list,
         .default_value = "[\"impersonation\"]",
         .words = {"impersonation", "full_access", "owa", "own_login"},
         .later = {"imap", "pop3"},
         .paragraph =
             "The ways into the mailbox that the migration needs: all that are named must pass. `own_login` is "
             "the mailbox's own user name and password, from the file that `passwords` names."},
        {.table = "batch.*",
         .key = "passwords",
         .type = path,
         .paragraph =
             "The individual passwords for `own_login`: a file that nobody else can read, as for the password of an "
             "account, with the columns `EmailAddress`, `UserName` (if it is not the address) and `Password`; the "
             "layouts of MigrationWiz and imapsync are understood, too. At most 64 MiB and 200,000 rows. It is read at "
             "the start and at each reload. A listed mailbox without a password makes its batch NO-GO."},
        {.table = "batch.*",
         .key = "destination",
         .type = word,
         .default_value = "\"hosted-exchange\"",
         .words = {"hosted-exchange", "rackspace-email", "exchange-online", "imap"},
         .paragraph = "What the batch moves to, which decides what is in scope."},
        {.table = "batch.*.window",
         .key = "start",
         .type = moment,
         .required = true,
         .paragraph =
             "Local time in `zone` (`\"2026-12-05 22:00\"`), or RFC 3339 with an offset "
             "(`\"2026-12-05T22:00:00-06:00\"`). A time that does not exist or exists twice when the clocks change is "
             "refused."},
        {.table = "batch.*.window",
         .key = "end",
         .type = moment,
         .required = true,
         .paragraph = "After `start`, written alike."},
        {.table = "batch.*.window",
         .key = "zone",
         .required = true,
         .paragraph = "IANA name (`America/Chicago`); the Windows name (`Central Standard Time`) is understood too."},
        // schedule
        {.table = "schedule",
         .key = "source_interval",
         .type = duration,
         .default_value = "\"5m\"",
         .least = "1s",
         .most = "1d",
         .paragraph = "Between checks of a source: name, connection, certificate."},
        {.table = "schedule",
         .key = "login_interval",
         .type = duration,
         .default_value = "\"15m\"",
         .least = "1s",
         .most = "1d",
         .paragraph = "Between logins on a new connection; also how long an accepted password counts as proven."},
        {.table = "schedule",
         .key = "tls_floor_interval",
         .type = duration,
         .default_value = "\"6h\"",
         .least = "1s",
         .most = "7d",
         .paragraph = "Between looks at the TLS versions that a source offers; each takes five short connections "
                      "without credential, and some more where `legacy` names weaknesses."},
        {.table = "schedule",
         .key = "canary_interval",
         .type = duration,
         .default_value = "\"15m\"",
         .least = "1s",
         .most = "1d",
         .paragraph = "Between looks at the canaries."},
        {.table = "schedule",
         .key = "sweep_interval",
         .type = duration,
         .default_value = "\"1d\"",
         .least = "1s",
         .most = "30d",
         .paragraph = "Between passes over all mailboxes of a source. A look older than 1.5 intervals is unknown."},
        {.table = "schedule",
         .key = "sweep_interval_72h",
         .type = duration,
         .default_value = "\"6h\"",
         .least = "1s",
         .most = "3d",
         .paragraph = "The same for a batch whose window opens in less than 72 hours."},
        {.table = "schedule",
         .key = "sweep_interval_4h",
         .type = duration,
         .default_value = "\"1h\"",
         .least = "1s",
         .most = "4h",
         .paragraph = "The same in the last 4 hours."},
        {.table = "schedule",
         .key = "confirm_after",
         .type = duration,
         .default_value = "\"15m\"",
         .least = "1s",
         .most = "1d",
         .paragraph = "How far apart two equal looks at one mailbox must be before a difference is drift."},
        {.table = "schedule",
         .key = "confirm_after_4h",
         .type = duration,
         .default_value = "\"5m\"",
         .least = "1s",
         .most = "4h",
         .paragraph = "The same in the last 4 hours before the window."},
        {.table = "schedule",
         .key = "blind_after",
         .type = duration,
         .default_value = "\"30m\"",
         .least = "1s",
         .most = "1d",
         .paragraph = "How long a source may be out of sight before that is an incident and a blocker."},
        {.table = "schedule",
         .key = "freeze",
         .type = duration,
         .default_value = "\"1d\"",
         .least = "1m",
         .most = "60d",
         .paragraph = "How long before its window a batch is frozen: from then until it is done, any drift of its "
                      "mailboxes or of its source is critical."},
        {.table = "schedule",
         .key = "moving_grace",
         .type = duration,
         .default_value = "\"1d\"",
         .least = "1m",
         .most = "60d",
         .paragraph = "How long after its window a batch counts as moving, unless `batch done` says otherwise."},
        {.table = "schedule",
         .key = "during_window",
         .type = word,
         .default_value = "\"canaries\"",
         .words = {"canaries", "sweeps"},
         .paragraph = "What goes on while a batch of the source moves. `canaries`: source checks and canaries, on one "
                      "lane; the sweeps over every batch of the source wait. `sweeps`: as before the window. `batch "
                      "done` ends the wait."},
        {.table = "schedule",
         .key = "most_canaries",
         .type = integer,
         .default_value = "20",
         .least = "1",
         .most = "200",
         .paragraph = "Mailboxes of a source that are looked at more often, at most."},
        {.table = "schedule",
         .key = "owa_sample",
         .type = integer,
         .default_value = "5",
         .least = "1",
         .most = "200000",
         .paragraph = "Mailboxes of a batch that are opened through OWA in each sweep, where `prove` names `owa` "
                      "beside another way; "
                      "where `owa` is the only one, all are."},
        // api, daemon, store
        {.table = "api",
         .key = "control_socket",
         .type = path,
         .default_value = "\"/run/mailpreflight/control.sock\"",
         .paragraph = "For those who may ask and change: group `mailpreflight-admin`."},
        {.table = "api",
         .key = "view_socket",
         .type = path,
         .default_value = "\"/run/mailpreflight/view.sock\"",
         .paragraph = "For those who may look."},
        {.table = "api",
         .key = "metrics_listen",
         .paragraph =
             "Where `/metrics` is served by TCP too, for a Prometheus on this host: `\"127.0.0.1:9480\"` or "
             "`\"[::1]:9480\"`. Loopback addresses alone; every user of this host may then read the metrics, which "
             "hold no address and no secret. Without it there is no TCP port, and `/metrics` is on the view socket. "
             "docs/metrics.md."},
        {.table = "daemon",
         .key = "state_directory",
         .type = path,
         .default_value = "\"/var/lib/mailpreflight\"",
         .paragraph = "Where the database and the guard's ledger are."},
        {.table = "daemon",
         .key = "total_lanes",
         .type = integer,
         .default_value = "64",
         .least = "1",
         .most = "1024",
         .paragraph = "Connections at a time over all sources."},
        {.table = "store",
         .key = "retention",
         .type = duration,
         .default_value = "\"90d\"",
         .least = "1d",
         .most = "3650d",
         .paragraph = "How long observations are kept. The last of each subject, drift and incidents of open batches "
                      "stay."},
    };
    static const std::vector<Option> options = with(own, notify_options());
    return options;
}

} // namespace mailpreflight::config
