#include "core/cause.hpp"
#include "core/check.hpp"
#include "core/credential_gate.hpp"
#include "core/incident.hpp"
#include "core/plan.hpp"
#include "core/readiness.hpp"
#include "tests/core/values.hpp"

#include <set>

namespace mailpreflight::core {
namespace {

TEST(Catalogue, has_codes_of_lower_case_words_each_once_that_read_back) {
    std::set<std::string_view> codes;
    for (const CauseInfo& row : catalogue()) {
        EXPECT_TRUE(codes.insert(row.code).second) << row.code;
        EXPECT_EQ(row.code.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string_view::npos) << row.code;
        EXPECT_EQ(cause_coded(row.code), row.cause);
        EXPECT_EQ(&info(row.cause), &row);
    }
    EXPECT_EQ(cause_coded("no_such_cause"), std::nullopt);
}

TEST(Catalogue, has_a_sentence_for_every_cause_and_a_remedy_for_all_that_is_not_well) {
    for (const CauseInfo& row : catalogue()) {
        EXPECT_TRUE(row.sentence.ends_with('.')) << row.code;
        EXPECT_EQ(row.remedy.empty(), row.cause == Cause::ok) << row.code;
    }
}

TEST(Catalogue, passes_by_ok_alone_and_is_never_definitive_about_what_it_does_not_know) {
    for (const CauseInfo& row : catalogue()) {
        EXPECT_EQ(row.state == State::pass, row.cause == Cause::ok) << row.code;
        EXPECT_FALSE(row.state == State::unknown && row.certainty == Certainty::definitive) << row.code;
    }
}

TEST(Names, of_checks_read_back) {
    for (const Check check : all_checks) {
        EXPECT_EQ(check_named(name_of(check)), check);
        EXPECT_FALSE(sentence_about(check).empty());
    }
    EXPECT_EQ(check_named("mailbox"), std::nullopt);
}

template <typename Word, typename Reader>
void expect_to_read_back(std::initializer_list<Word> words, Reader read) {
    for (const Word word : words) {
        EXPECT_EQ(read(name_of(word)), word) << name_of(word);
    }
    EXPECT_EQ(read("nothing of ours"), std::nullopt);
}

TEST(Names, of_all_words_read_back) {
    expect_to_read_back({State::pass, State::warn, State::fail, State::unknown}, state_named);
    expect_to_read_back(
        {Stage::resolve, Stage::connect, Stage::tls, Stage::authenticate, Stage::exchange, Stage::judge}, stage_named);
    expect_to_read_back({Way::impersonation, Way::full_access, Way::owa}, way_named);
    expect_to_read_back({Direction::lost, Direction::gained, Direction::changed}, direction_named);
    expect_to_read_back({IncidentState::open, IncidentState::acknowledged, IncidentState::resolved},
                        incident_state_named);
}

TEST(Names, of_verdicts_differ_for_people_and_machines) {
    EXPECT_EQ(name_of(Verdict::no_go), "NO-GO");
    EXPECT_EQ(code_of(Verdict::no_go), "no_go");
}

TEST(RequiredWays, are_all_that_the_batch_proves_but_owa_for_a_sample_only) {
    Batch batch;
    batch.prove = {Way::impersonation, Way::owa};
    EXPECT_EQ(required_ways(batch, 4, Schedule{}), (std::vector<Way>{Way::impersonation, Way::owa}));
    EXPECT_EQ(required_ways(batch, 5, Schedule{}), (std::vector<Way>{Way::impersonation}));
    batch.prove = {Way::owa};
    EXPECT_EQ(required_ways(batch, 5, Schedule{}), (std::vector<Way>{Way::owa}));
}

TEST(Observe, takes_the_state_from_the_catalogue) {
    const TrackKey key = mailbox_key("anna@contoso.example");
    Observation expected;
    expected.key = key;
    expected.at = noon;
    expected.state = State::unknown;
    expected.cause = Cause::throttled;
    expected.detail = "wait 5 s";
    EXPECT_EQ(observe(key, noon, Failure{Stage::exchange, Cause::throttled, "wait 5 s", 5s}), expected);
    EXPECT_EQ(to_text(key.subject), "contoso/anna@contoso.example");
    EXPECT_EQ(to_text(Subject::of_source("contoso")), "contoso");
}

/// Remembers how each permit ended.
class RememberingGate final : public CredentialGate {
public:
    Outcome<Permit> begin(const Presentation&, const base::Deadline&) override {
        return Permit(*this, ++last_);
    }
    bool is_proven(const std::string&, const std::string&) override {
        return false;
    }
    std::vector<std::pair<std::uint64_t, PresentationResult>> ended;

protected:
    void finish(std::uint64_t permit, PresentationEnding ending) override {
        ended.emplace_back(permit, ending.result);
    }

private:
    std::uint64_t last_ = 0;
};

TEST(Permit, ends_exactly_once_and_as_unanswered_when_nobody_said_how) {
    RememberingGate gate;
    {
        Permit first = *gate.begin({}, {});
        Permit second = *gate.begin({}, {});
        Permit moved = std::move(first);
        moved.finish(PresentationResult::accepted, "200");
        moved.finish(PresentationResult::refused, "401");
        moved = std::move(second);
        moved = *gate.begin({}, {});
    }
    EXPECT_EQ(gate.ended,
              (std::vector<std::pair<std::uint64_t, PresentationResult>>{{1, PresentationResult::accepted},
                                                                         {2, PresentationResult::unanswered},
                                                                         {3, PresentationResult::unanswered}}));
}

} // namespace
} // namespace mailpreflight::core
