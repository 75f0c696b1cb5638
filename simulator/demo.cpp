#include "simulator/demo.hpp"

#include "simulator/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <set>
#include <vector>

namespace mailpreflight::simulator {

namespace {

constexpr std::array<std::string_view, 40> first_names = {
    "Anna",   "Ben",    "Carla", "David",  "Elena", "Felix",  "Grace", "Henry",  "Ines",  "Jonas",
    "Karin",  "Luca",   "Maria", "Nadia",  "Oscar", "Paula",  "Quinn", "Rafael", "Sofia", "Thomas",
    "Ursula", "Viktor", "Wendy", "Xavier", "Yara",  "Zoe",    "Amir",  "Bianca", "Cem",   "Dora",
    "Emil",   "Fatima", "Goran", "Hanna",  "Ivan",  "Jasmin", "Kofi",  "Lena",   "Milan", "Nora"};
constexpr std::array<std::string_view, 40> last_names = {
    "Adler",  "Baker",  "Costa",  "Dietrich", "Evans", "Fischer", "Garcia",   "Hoffman", "Ivanov",  "Jensen",
    "Keller", "Lopez",  "Meyer",  "Novak",    "Olsen", "Petrov",  "Quist",    "Rossi",   "Schmidt", "Taylor",
    "Ueda",   "Vargas", "Weber",  "Xu",       "Young", "Zimmer",  "Ahmed",    "Brandt",  "Cohen",   "Duarte",
    "Ekberg", "Farkas", "Greene", "Haas",     "Iqbal", "Jovic",   "Kowalski", "Lang",    "Marin",   "Nielsen"};
constexpr std::array<std::string_view, 5> units = {"Sales", "Finance", "Engineering", "Support", "Management"};
constexpr int database_count = 6;

/** SplitMix64: the same everywhere, unlike the distributions of the standard library. */
class Dice {
public:
    explicit Dice(std::uint64_t seed) :
        state_(seed) {}

    std::uint64_t next() {
        state_ += 0x9E3779B97F4A7C15U;
        std::uint64_t mixed = state_;
        mixed = (mixed ^ mixed >> 30U) * 0xBF58476D1CE4E5B9U;
        mixed = (mixed ^ mixed >> 27U) * 0x94D049BB133111EBU;
        return mixed ^ mixed >> 31U;
    }

    std::size_t below(std::size_t bound) {
        return next() % bound;
    }

private:
    std::uint64_t state_;
};

struct Row {
    Mailbox mailbox;
    std::string listed_as;
    std::string unit;
    std::string created;
    std::string kind;
};

Row make_row(int number, Dice& dice, std::set<std::string>& taken) {
    const std::string_view first = first_names[dice.below(first_names.size())];
    const std::string_view last = last_names[dice.below(last_names.size())];
    const std::string base = to_lower(first) + '.' + to_lower(last);
    std::string local = base;
    for (int copy = 2; !taken.insert(local).second; ++copy) {
        local = base + std::to_string(copy);
    }
    Row row;
    row.mailbox.address = local + "@contoso.example";
    row.mailbox.display_name = fmt::format("{} {}", first, last);
    row.mailbox.database = fmt::format("DB{:02}", number % database_count + 1);
    row.mailbox.aliases = {fmt::format("u{:05}@contoso.example", number + 1)};
    row.listed_as = row.mailbox.address;
    row.unit = fmt::format("contoso.example/Users/{}", units[dice.below(units.size())]);
    row.created = fmt::format("{}-{:02}-{:02} {:02}:{:02}:00",
                              2009 + dice.below(15),
                              1 + dice.below(12),
                              1 + dice.below(28),
                              8 + dice.below(10),
                              dice.below(60));
    row.kind = dice.below(20) == 0 ? "SharedMailbox" : "UserMailbox";
    return row;
}

/** Shuffled indices, from which each mishap takes its share. */
class Victims {
public:
    Victims(std::size_t count, Dice& dice) :
        order_(count) {
        std::iota(order_.begin(), order_.end(), std::size_t{0});
        for (std::size_t i = count; i > 1; --i) {
            std::swap(order_[i - 1], order_[dice.below(i)]);
        }
    }

    /** As many as `of_300` of 300 would be, at least one while there are any left. */
    std::vector<std::size_t> take(std::size_t of_300) {
        const std::size_t wanted = std::max<std::size_t>(1, order_.size() * of_300 / 300);
        std::vector<std::size_t> taken;
        while (taken.size() < wanted && used_ < order_.size()) {
            taken.push_back(order_[used_++]);
        }
        return taken;
    }

private:
    std::vector<std::size_t> order_;
    std::size_t used_ = 0;
};

} // namespace

Demo make_demo(int mailboxes, std::uint64_t seed, const std::string& admin_password) {
    Dice dice(seed);
    std::set<std::string> taken;
    std::vector<Row> rows;
    for (int number = 0; number < mailboxes; ++number) {
        rows.push_back(make_row(number, dice, taken));
    }
    ImpersonationGrant grant{.assignee = "CONTOSO\\migadmin"};
    Victims victims(rows.size(), dice);
    for (const std::size_t index : victims.take(9)) {
        grant.excluded_addresses.push_back(rows[index].mailbox.address);
    }
    for (const std::size_t index : victims.take(4)) {
        rows[index].mailbox.state = MailboxState::missing;
    }
    for (const std::size_t index : victims.take(3)) {
        rows[index].mailbox.state = MailboxState::disabled;
    }
    for (const std::size_t index : victims.take(3)) {
        rows[index].mailbox.state = MailboxState::moved;
    }
    for (const std::size_t index : victims.take(5)) {
        rows[index].listed_as = rows[index].mailbox.aliases.front();
    }

    Demo demo;
    demo.csv = "EmailAddress,Database,OU,WhenMailboxCreated,RecipientTypeDetails\n";
    for (Row& row : rows) {
        demo.csv +=
            fmt::format("{},{},{},{},{}\n", row.listed_as, row.mailbox.database, row.unit, row.created, row.kind);
        demo.state.organisation.add(std::move(row.mailbox));
    }
    for (int database = 0; database < database_count; ++database) {
        demo.state.server.back_ends[fmt::format("DB{:02}", database + 1)] = fmt::format("MBX{:02}", database / 2 + 1);
    }
    demo.state.server.front_ends = {"EX01", "EX02"};
    demo.state.organisation.add(
        {.address = "migadmin@contoso.example", .display_name = "Migration Admin", .database = "DB01", .hidden = true});
    demo.state.organisation.impersonation.push_back(std::move(grant));
    demo.state.directory.add({.domain = "CONTOSO",
                              .sam = "migadmin",
                              .upn = "migadmin@contoso.example",
                              .password = admin_password,
                              .mailbox = "migadmin@contoso.example"});
    return demo;
}

} // namespace mailpreflight::simulator
