#include "core/addresses.hpp"

#include "core/drift.hpp"
#include "tests/core/values.hpp"

#include <rapidcheck/gtest.h>

namespace mailpreflight::core {
namespace {

const TrackKey dns = source_key(Check::source_dns);

Plan plan() {
    Plan plan;
    plan.sources = {{.name = "contoso"}};
    return plan;
}

/// The judge's way through one look at the name after the other.
class Name {
public:
    void answers(const std::string& addresses, base::SystemTime at) {
        take(look(dns, at, Cause::ok, {{answer_fact, addresses}}));
    }
    void fails(base::SystemTime at) {
        take(look(dns, at, Cause::dns_timeout, {{answer_fact, ""}}));
    }
    /// The same answer every five minutes from `from` until `to`.
    void keeps_answering(const std::string& addresses, base::SystemTime from, base::SystemTime to) {
        for (base::SystemTime at = from; at <= to; at += 5min) {
            answers(addresses, at);
        }
    }

    [[nodiscard]] std::vector<Cause> drift() const {
        std::vector<Cause> causes;
        for (const Drift& one : compare(plan(), baseline_, tracks_)) {
            causes.push_back(one.cause);
        }
        return causes;
    }
    [[nodiscard]] std::string judged() const {
        const auto& facts = tracks_.at(dns).confirmed->facts;
        const auto found = facts.find(address_set_fact);
        return found == facts.end() ? "" : found->second;
    }

private:
    void take(Observation seen) {
        tracks_ = judge(tracks_, remember_addresses({std::move(seen)}, tracks_), {}).tracks;
        baseline_ = adopt(plan(), baseline_, tracks_);
    }

    Tracks tracks_;
    Baseline baseline_;
};

TEST(Addresses, a_name_that_answers_alike_is_judged_after_two_hours_and_a_change_told_after_its_second_look) {
    Name name;
    name.keeps_answering("192.0.2.7", noon, noon + 115min);
    EXPECT_EQ(name.judged(), "");
    name.keeps_answering("192.0.2.7", noon + 2h, noon + 3h);
    EXPECT_EQ(name.judged(), "192.0.2.7");
    EXPECT_EQ(name.drift(), std::vector<Cause>{});

    name.answers("192.0.2.9", noon + 4h);
    EXPECT_EQ(name.drift(), std::vector<Cause>{}) << "one look is none";
    name.keeps_answering("192.0.2.9", noon + 4h + 5min, noon + 4h + 15min);
    EXPECT_EQ(name.drift(), std::vector<Cause>{Cause::addresses_changed});
    EXPECT_EQ(name.judged(), "192.0.2.7 192.0.2.9");
    name.keeps_answering("192.0.2.9", noon + 4h + 20min, noon + 29h);
    EXPECT_EQ(name.judged(), "192.0.2.9") << "the old one is gone for a day";
    EXPECT_EQ(name.drift(), std::vector<Cause>{Cause::addresses_changed}) << "and still one piece of news";
}

TEST(Addresses, an_address_that_comes_back_within_a_day_is_no_news) {
    Name name;
    name.keeps_answering("192.0.2.7 192.0.2.8", noon, noon + 3h);
    name.keeps_answering("192.0.2.8", noon + 3h + 5min, noon + 20h);
    EXPECT_EQ(name.drift(), std::vector<Cause>{});
    name.keeps_answering("192.0.2.8 192.0.2.7", noon + 20h + 5min, noon + 22h);
    EXPECT_EQ(name.drift(), std::vector<Cause>{}) << "another order is none either";
}

TEST(Addresses, an_address_that_is_gone_for_a_day_is_told) {
    Name name;
    name.keeps_answering("192.0.2.7 192.0.2.8", noon, noon + 3h);
    name.keeps_answering("192.0.2.8", noon + 3h + 5min, noon + 28h);
    EXPECT_EQ(name.judged(), "192.0.2.8");
    EXPECT_EQ(name.drift(), std::vector<Cause>{Cause::addresses_changed});
}

TEST(Addresses, a_name_that_hands_out_parts_of_its_addresses_in_turn_never_cries_wolf) {
    Name name;
    const std::vector<std::string> parts{
        "192.0.2.1 192.0.2.2", "192.0.2.3 192.0.2.4", "192.0.2.2 192.0.2.5", "192.0.2.4 192.0.2.1"};
    for (int i = 0; i < 12 * 24 * 5; ++i) {
        name.answers(parts[static_cast<std::size_t>(i) % parts.size()], noon + i * 5min);
        ASSERT_EQ(name.drift(), std::vector<Cause>{}) << i;
    }
    EXPECT_EQ(name.judged(), "192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5");
    // Parts or not, an address that never was among them is told.
    for (int i = 0; i < 12; ++i) {
        name.answers("192.0.2.1 198.51.100.1", noon + 120h + i * 5min);
    }
    EXPECT_EQ(name.drift(), std::vector<Cause>{Cause::addresses_changed});
}

TEST(Addresses, a_pool_that_brings_new_addresses_for_ever_is_never_judged) {
    Name name;
    for (int i = 0; i < 12 * 24 * 5; ++i) {
        const int nth = i / 12; // a new one every hour
        name.answers("10.0." + std::to_string(nth / 250) + "." + std::to_string(nth % 250), noon + i * 5min);
        // The first hour's address is answered alike for less than two hours.
        ASSERT_EQ(name.drift(), std::vector<Cause>{}) << i;
    }
    EXPECT_EQ(name.judged(), "");
}

TEST(Addresses, a_resolver_that_fails_forgets_nothing) {
    Name name;
    name.keeps_answering("192.0.2.7", noon, noon + 3h);
    for (int i = 1; i < 30; ++i) {
        name.fails(noon + 3h + i * 1min);
    }
    name.keeps_answering("192.0.2.7", noon + 4h, noon + 5h);
    EXPECT_EQ(name.judged(), "192.0.2.7");
    EXPECT_EQ(name.drift(), std::vector<Cause>{});
}

TEST(Addresses, looks_of_one_turn_are_taken_in_the_order_of_their_time) {
    std::vector<Observation> looks{look(dns, noon + 1min, Cause::ok, {{answer_fact, "192.0.2.8"}}),
                                   look(dns, noon, Cause::ok, {{answer_fact, "192.0.2.7"}})};
    looks = remember_addresses(std::move(looks), {});
    EXPECT_EQ(looks[0].facts.at("addresses_seen"),
              "192.0.2.7=" + base::to_rfc3339(noon) + " 192.0.2.8=" + base::to_rfc3339(noon + 1min));
    EXPECT_EQ(looks[1].facts.at("addresses_seen"), "192.0.2.7=" + base::to_rfc3339(noon));
}

RC_GTEST_PROP(AddressesProperty, any_answers_from_a_small_set_are_no_news_once_it_is_known, ()) {
    static const Name known = [] {
        Name name;
        name.keeps_answering("192.0.2.1 192.0.2.2 192.0.2.3", noon, noon + 3h);
        return name;
    }();
    Name name = known;
    const auto answers = *rc::gen::container<std::vector<int>>(rc::gen::inRange(1, 8));
    base::SystemTime at = noon + 3h;
    for (const int some : answers) {
        std::string answer;
        for (int n = 1; n <= 3; ++n) {
            if ((some & (1 << (n - 1))) != 0) {
                answer += " 192.0.2." + std::to_string(n);
            }
        }
        name.answers(answer, at += 5min);
        RC_ASSERT(name.drift().empty());
    }
}

TEST(PresentAddresses, are_those_that_the_newest_looks_of_their_source_still_saw) {
    const TrackKey sum = source_key(Check::source_address);
    const TrackKey here{Check::source_address, Subject::of_address("contoso", "192.0.2.7:443")};
    const TrackKey gone{Check::source_address, Subject::of_address("contoso", "192.0.2.8:443")};
    const Tracks tracks{{sum, believed(look(sum, noon + 8 * 24h, Cause::ok))},
                        {here, believed(look(here, noon + 8 * 24h - 15min, Cause::address_unreachable))},
                        {gone, believed(look(gone, noon, Cause::address_unreachable))}};
    EXPECT_EQ(present_addresses(tracks), std::vector<TrackKey>{here});
    EXPECT_EQ(forgotten_addresses(tracks), std::vector<TrackKey>{gone});
    EXPECT_TRUE(planned_keys(plan(), tracks).contains(here));
    EXPECT_FALSE(planned_keys(plan(), tracks).contains(gone));
    Plan other;
    EXPECT_TRUE(planned_keys(other, tracks).empty()) << "a source that is gone takes its addresses along";
}

TEST(PresentAddresses, drift_by_themselves_and_the_sum_of_a_source_does_not) {
    const TrackKey sum = source_key(Check::source_address);
    const TrackKey one{Check::source_address, Subject::of_address("contoso", "192.0.2.8:443")};
    const Baseline baseline{{sum, {.at = noon}}, {one, {.at = noon}}};
    const Tracks tracks{{sum, believed(look(sum, noon, Cause::address_unreachable))},
                        {one, believed(look(one, noon, Cause::address_unreachable))}};
    const std::vector<Drift> drift = compare(plan(), baseline, tracks);
    ASSERT_EQ(drift.size(), 1U);
    EXPECT_EQ(drift[0].key, one);
    EXPECT_EQ(drift[0].cause, Cause::address_unreachable);
}

} // namespace
} // namespace mailpreflight::core
