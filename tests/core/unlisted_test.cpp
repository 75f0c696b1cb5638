#include "core/unlisted.hpp"

#include <gmock/gmock.h>

namespace mailpreflight::core {
namespace {

using testing::ElementsAre;

Plan plan() {
    Plan plan;
    plan.sources = {{.name = "contoso", .must_not_open = {"boss@contoso.example"}}};
    Batch one{.name = "wave1", .source = "contoso"};
    one.list.mailboxes = {{.address = "anna@contoso.example"}};
    Batch two{.name = "wave2", .source = "contoso"};
    two.list.mailboxes = {{.address = "b.meyer@contoso.example"}};
    Batch elsewhere{.name = "other", .source = "fabrikam"};
    elsewhere.list.mailboxes = {{.address = "dora@contoso.example"}};
    plan.batches = {one, two, elsewhere};
    return plan;
}

TEST(Unlisted, is_whom_no_batch_of_the_source_lists) {
    EXPECT_THAT(unlisted(plan(),
                         "contoso",
                         {{"emil@contoso.example", {}}, {"anna@contoso.example", {}}, {"dora@contoso.example", {}}},
                         {}),
                ElementsAre("dora@contoso.example", "emil@contoso.example"));
}

TEST(Unlisted, is_nobody_who_is_listed_by_an_alias_stays_on_purpose_or_was_accepted) {
    EXPECT_THAT(unlisted(plan(),
                         "contoso",
                         {{"bert.meyer@contoso.example", {"b.meyer@contoso.example"}},
                          {"boss@contoso.example", {}},
                          {"scanner@contoso.example", {}}},
                         {"scanner@contoso.example"}),
                ElementsAre());
}

} // namespace
} // namespace mailpreflight::core
