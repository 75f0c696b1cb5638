#include "simulator/folders.hpp"
#include "tests/simulator/ews_fixture.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

/** FindFolder, FindItem and SyncFolderHierarchy: the tree of a mailbox and its counts. */
namespace mailpreflight::simulator {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr std::string_view display_name = R"(<t:FieldURI FieldURI="folder:DisplayName"/>)";

class EwsFindTest : public EwsServiceTest {
protected:
    static std::string constant(std::string_view value) {
        return "<t:FieldURIOrConstant><t:Constant Value=\"" + std::string(value) + "\"/></t:FieldURIOrConstant>";
    }

    static std::string shape(std::string_view element, std::string_view properties, std::string_view base = "IdOnly") {
        return "<m:" + std::string(element) + "><t:BaseShape>" + std::string(base) +
               "</t:BaseShape><t:AdditionalProperties>" + std::string(properties) +
               "</t:AdditionalProperties></m:" + std::string(element) + ">";
    }

    struct Find {
        std::string_view operation = "FindFolder";
        std::string_view traversal = "Shallow";
        std::string properties = std::string(display_name);
        std::string between; ///< views, restriction, order
        std::string parents = folder("msgfolderroot");
        std::string header = impersonate("anna@contoso.example");
    };

    EwsAnswer find(const Find& what) {
        const std::string operation(what.operation);
        return ask(soap(version("Exchange2010_SP1") + what.header,
                        "<m:" + operation + " Traversal=\"" + std::string(what.traversal) + "\">" +
                            shape(operation == "FindItem" ? "ItemShape" : "FolderShape", what.properties) +
                            what.between + "<m:ParentFolderIds>" + what.parents +
                            "</m:ParentFolderIds></m:" + operation + ">"));
    }

    std::vector<std::string> folders_where(const std::string& expression, std::string_view traversal = "Deep") {
        return display_names(
            find({.traversal = traversal, .between = "<m:Restriction>" + expression + "</m:Restriction>"}));
    }

    static std::string page(std::string_view element, int offset, int limit) {
        return fmt::format(
            R"(<m:{} MaxEntriesReturned="{}" Offset="{}" BasePoint="Beginning"/>)", element, limit, offset);
    }

    static std::vector<std::string> item_ids(const EwsAnswer& answer) {
        return all_between(answer.body, "<t:ItemId Id=\"", "\"");
    }

    EwsAnswer
    sync(std::string_view state_text, std::string_view target = "", std::string_view address = "anna@contoso.example") {
        std::string body = "<m:SyncFolderHierarchy>" + shape("FolderShape", display_name);
        if (!target.empty()) {
            body += "<m:SyncFolderId>" + std::string(target) + "</m:SyncFolderId>";
        }
        if (!state_text.empty()) {
            body += "<m:SyncState>" + std::string(state_text) + "</m:SyncState>";
        }
        return ask(soap(version("Exchange2010_SP1") + impersonate(address), body + "</m:SyncFolderHierarchy>"));
    }

    static std::string sync_state(const EwsAnswer& answer) {
        const auto found = all_between(answer.body, "<m:SyncState>", "</m:SyncState>");
        return found.empty() ? "" : found.front();
    }

    void set_facts(const FolderFacts& facts) {
        state.organisation.change("anna@contoso.example", [&](Mailbox& anna) {
            std::erase_if(anna.folder_facts, [&](const FolderFacts& old) { return old.key == facts.key; });
            anna.folder_facts.push_back(facts);
        });
    }
};

TEST_F(EwsFindTest, find_folder_pages_through_the_tree) {
    const auto ask_page = [&](int offset) {
        return find({.traversal = "Deep", .between = page("IndexedPageFolderView", offset, 10)});
    };
    const EwsAnswer first = ask_page(0);
    EXPECT_THAT(first.body,
                HasSubstr("IndexedPagingOffset=\"10\" TotalItemsInView=\"13\" IncludesLastItemInRange=\"false\""));
    EXPECT_THAT(display_names(first), SizeIs(10));
    const EwsAnswer second = ask_page(10);
    EXPECT_THAT(second.body,
                HasSubstr("IndexedPagingOffset=\"13\" TotalItemsInView=\"13\" IncludesLastItemInRange=\"true\""));
    EXPECT_THAT(display_names(second), SizeIs(3));
    EXPECT_THAT(display_names(ask_page(99)), IsEmpty());
}

TEST_F(EwsFindTest, shallow_shows_the_children_and_deep_their_children_too) {
    EXPECT_THAT(display_names(find({.parents = folder("inbox")})), ElementsAre("Projects"));
    EXPECT_THAT(display_names(find({.traversal = "Deep", .parents = folder("inbox")})),
                ElementsAre("Projects", "2019"));
    EXPECT_THAT(display_names(find({.traversal = "SoftDeleted", .parents = folder("inbox")})), IsEmpty());
    EXPECT_EQ(find({.traversal = "Associated"}).response_code, "ErrorSchemaValidation");
}

TEST_F(EwsFindTest, a_tree_is_put_together_by_the_parents_ids) {
    const EwsAnswer children =
        find({.properties = R"(<t:FieldURI FieldURI="folder:ParentFolderId"/>)", .parents = folder("inbox")});
    const std::string inbox = encode_folder_id({state.organisation.find("anna@contoso.example")->guid, "inbox"});
    EXPECT_THAT(children.body, HasSubstr("<t:ParentFolderId Id=\"" + inbox));
    EXPECT_THAT(display_names(find({.parents = "<t:FolderId Id=\"" + inbox + "\"/>"})), ElementsAre("Projects"));
}

TEST_F(EwsFindTest, a_restriction_admits_what_meets_it) {
    const std::string container_class = R"(<t:ExtendedFieldURI PropertyTag="0x3613" PropertyType="String"/>)";
    const std::string count = R"(<t:FieldURI FieldURI="folder:TotalCount"/>)";
    EXPECT_THAT(folders_where("<t:IsEqualTo>" + std::string(display_name) + constant("projects") + "</t:IsEqualTo>"),
                ElementsAre("Projects"));
    EXPECT_THAT(folders_where("<t:Or><t:IsEqualTo>" + container_class + constant("IPF.Task") + "</t:IsEqualTo>" +
                              "<t:IsEqualTo>" + container_class + constant("IPF.Contact") + "</t:IsEqualTo></t:Or>"),
                ElementsAre("Contacts", "Tasks"));
    EXPECT_THAT(folders_where("<t:And><t:IsEqualTo>" + container_class + constant("IPF.Note") +
                              "</t:IsEqualTo><t:Not><t:IsNotEqualTo>" + std::string(display_name) + constant("Outbox") +
                              "</t:IsNotEqualTo></t:Not></t:And>"),
                ElementsAre("Outbox"));
    EXPECT_THAT(folders_where("<t:IsEqualTo>" + count + constant("42") + "</t:IsEqualTo>"), ElementsAre("Inbox"));
    EXPECT_THAT(folders_where("<t:Contains ContainmentMode=\"Prefixed\" ContainmentComparison=\"IgnoreCase\">" +
                              std::string(display_name) + "<t:Constant Value=\"dele\"/></t:Contains>"),
                ElementsAre("Deleted Items"));
    EXPECT_THAT(folders_where("<t:Not><t:Exists>" + container_class + "</t:Exists></t:Not>"), IsEmpty());
    EXPECT_THAT(folders_where("<t:Exists>" + container_class + "</t:Exists>"), SizeIs(13));
}

TEST_F(EwsFindTest, numbers_are_compared_as_numbers) {
    const auto where = [&](std::string_view comparison) {
        return folders_where("<t:" + std::string(comparison) + R"(><t:FieldURI FieldURI="folder:TotalCount"/>)" +
                                 constant("9") + "</t:" + std::string(comparison) + ">",
                             "Shallow");
    };
    const auto more = where("IsGreaterThan");
    const auto less = where("IsLessThanOrEqualTo");
    EXPECT_THAT(more, ::testing::Contains("Inbox")); // 42, which as text comes before 9
    EXPECT_EQ(more.size() + less.size(), 11U);
}

TEST_F(EwsFindTest, a_boolean_may_be_written_as_a_number) {
    for (const std::string_view value : {"false", "0", "False"}) {
        const EwsAnswer answer =
            find({.operation = "FindItem",
                  .properties = "",
                  .between = R"(<m:Restriction><t:IsEqualTo><t:FieldURI FieldURI="message:IsRead"/>)" +
                             constant(value) + "</t:IsEqualTo></m:Restriction>",
                  .parents = folder("inbox")});
        EXPECT_THAT(item_ids(answer), SizeIs(3)) << value;
    }
}

TEST_F(EwsFindTest, a_folder_shows_the_properties_of_mapi_that_clients_ask_for) {
    std::string properties;
    for (const std::string_view path : {R"(PropertyTag="0x3602" PropertyType="Integer")",
                                        R"(PropertyTag="0x3603" PropertyType="Integer")",
                                        R"(PropertyTag="0x360a" PropertyType="Boolean")",
                                        R"(PropertyTag="0x3001" PropertyType="String")",
                                        R"(PropertyTag="0x670a" PropertyType="SystemTime")"}) {
        properties += "<t:ExtendedFieldURI " + std::string(path) + "/>";
    }
    const EwsAnswer answer = ask(soap(version("Exchange2010_SP1") + impersonate("anna@contoso.example"),
                                      get_folder(folder("inbox"), properties)));
    EXPECT_THAT(all_between(answer.body, "<t:Value>", "</t:Value>"),
                ElementsAre("42", "3", "true", "Inbox", "2024-01-01T07:00:00Z"));
}

TEST_F(EwsFindTest, items_are_as_many_as_the_folder_counts_and_always_the_same) {
    const Find all{.operation = "FindItem", .properties = "", .parents = folder("inbox")};
    const EwsAnswer answer = find(all);
    EXPECT_THAT(answer.body, HasSubstr(R"(<m:RootFolder TotalItemsInView="42" IncludesLastItemInRange="true">)"));
    const auto ids = item_ids(answer);
    EXPECT_THAT(ids, SizeIs(42));
    EXPECT_EQ(item_ids(find(all)), ids);
    EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 42U);
}

TEST_F(EwsFindTest, items_are_paged_and_no_page_holds_more_than_a_thousand) {
    const auto items = [&](int offset, int limit) {
        return find({.operation = "FindItem",
                     .properties = "",
                     .between = page("IndexedPageItemView", offset, limit),
                     .parents = folder("inbox")});
    };
    EXPECT_THAT(items(0, 30).body,
                HasSubstr(R"(IndexedPagingOffset="30" TotalItemsInView="42" IncludesLastItemInRange="false")"));
    EXPECT_THAT(item_ids(items(30, 30)), SizeIs(12));
    EXPECT_THAT(items(30, 30).body,
                HasSubstr(R"(IndexedPagingOffset="42" TotalItemsInView="42" IncludesLastItemInRange="true")"));
    EXPECT_EQ(items(-1, 30).response_code, "ErrorInvalidIndexedPagingParameters");
    EXPECT_EQ(items(0, 0).response_code, "ErrorInvalidPagingMaxRows");
    set_facts({.key = "inbox", .items = 1500});
    EXPECT_THAT(item_ids(items(0, 5000)), SizeIs(1000));
}

TEST_F(EwsFindTest, an_item_shows_what_was_asked_in_the_order_of_the_schema) {
    const EwsAnswer answer =
        find({.operation = "FindItem",
              .properties = R"(<t:FieldURI FieldURI="message:IsRead"/><t:FieldURI FieldURI="item:Size"/>)"
                            R"(<t:ExtendedFieldURI PropertyTag="0xe23" PropertyType="Integer"/>)"
                            R"(<t:FieldURI FieldURI="item:Subject"/><t:FieldURI FieldURI="item:ItemClass"/>)",
              .between = page("IndexedPageItemView", 41, 1),
              .parents = folder("inbox")});
    EXPECT_THAT(answer.body,
                HasSubstr("<t:ItemClass>IPM.Note</t:ItemClass><t:Subject>Item 42</t:Subject><t:Size>119047619</t:Size>"
                          R"(<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="0xe23" PropertyType="Integer"/>)"
                          "<t:Value>42</t:Value></t:ExtendedProperty><t:IsRead>false</t:IsRead></t:Message>"));
    EXPECT_THAT(find({.operation = "FindItem", .properties = "", .parents = folder("calendar")}).body,
                HasSubstr("<t:CalendarItem><t:ItemId "));
}

TEST_F(EwsFindTest, unread_items_are_the_newest_and_descending_begins_with_them) {
    const std::string unread = R"(<m:Restriction><t:IsEqualTo><t:FieldURI FieldURI="message:IsRead"/>)" +
                               constant("false") + "</t:IsEqualTo></m:Restriction>";
    const std::string uid = R"(<t:ExtendedFieldURI PropertyTag="0x0E23" PropertyType="Integer"/>)";
    const std::string newest_first =
        "<m:SortOrder><t:FieldOrder Order=\"Descending\">" + uid + "</t:FieldOrder></m:SortOrder>";
    const auto uids = [&](const std::string& between) {
        return all_between(
            find({.operation = "FindItem", .properties = uid, .between = between, .parents = folder("inbox")}).body,
            "<t:Value>",
            "</t:Value>");
    };
    EXPECT_THAT(uids(unread), ElementsAre("40", "41", "42"));
    EXPECT_THAT(uids(unread + newest_first), ElementsAre("42", "41", "40"));
    ASSERT_THAT(uids(newest_first), SizeIs(42));
    EXPECT_EQ(uids(newest_first).front(), "42");
    EXPECT_EQ(uids("").front(), "1");
}

TEST_F(EwsFindTest, no_folder_has_hidden_or_deleted_items) {
    for (const std::string_view traversal : {"Associated", "SoftDeleted"}) {
        EXPECT_THAT(
            find({.operation = "FindItem", .traversal = traversal, .properties = "", .parents = folder("inbox")}).body,
            HasSubstr(R"(TotalItemsInView="0" IncludesLastItemInRange="true"><t:Items></t:Items>)"));
    }
}

TEST_F(EwsFindTest, every_operation_on_folders_opens_a_mailbox_by_the_same_rights) {
    struct Row {
        std::string name;
        std::string header;
        std::string parent;
        std::string code;
        int status;
    };
    set_state("ben@contoso.example", MailboxState::store_down);
    state.organisation.add({.address = "closed@contoso.example", .database = "DB01", .state = MailboxState::disabled});
    for (const Row& row :
         {Row{"impersonated", impersonate("anna@contoso.example"), folder("inbox"), "NoError", 200},
          Row{"full access", "", folder("inbox", "anna@contoso.example"), "NoError", 200},
          Row{"outside the scope",
              impersonate("outside@contoso.example"),
              folder("inbox"),
              "ErrorImpersonateUserDenied",
              500},
          Row{"no right", "", folder("inbox", "outside@contoso.example"), "ErrorAccessDenied", 200},
          Row{"unknown", "", folder("inbox", "nobody@contoso.example"), "ErrorNonExistentMailbox", 200},
          Row{"disabled", impersonate("closed@contoso.example"), folder("inbox"), "ErrorAccountDisabled", 200},
          Row{"store down", impersonate("ben@contoso.example"), folder("inbox"), "ErrorMailboxStoreUnavailable", 200},
          Row{"no such folder", impersonate("anna@contoso.example"), folder("voicemail"), "ErrorFolderNotFound", 200},
          Row{"no id",
              impersonate("anna@contoso.example"),
              "<t:FolderId Id=\"AAAA\"/>",
              "ErrorInvalidIdMalformed",
              200}}) {
        const std::string sync_request = "<m:SyncFolderHierarchy>" + shape("FolderShape", "") + "<m:SyncFolderId>" +
                                         row.parent + "</m:SyncFolderId></m:SyncFolderHierarchy>";
        for (const EwsAnswer& answer :
             {find({.operation = "FindFolder", .parents = row.parent, .header = row.header}),
              find({.operation = "FindItem", .properties = "", .parents = row.parent, .header = row.header}),
              ask(soap(version("Exchange2010_SP1") + row.header, get_folder(row.parent))),
              ask(soap(version("Exchange2010_SP1") + row.header, sync_request))}) {
            EXPECT_EQ(answer.response_code, row.code) << row.name;
            EXPECT_EQ(answer.status, row.status) << row.name;
        }
    }
}

TEST_F(EwsFindTest, a_reader_of_one_folder_finds_no_other_below_it) {
    state.organisation.read_only_folders.push_back(
        {.account = admin, .mailbox = "outside@contoso.example", .folders = {"inbox", "projects2019"}});
    EXPECT_THAT(
        display_names(find({.traversal = "Deep", .parents = folder("inbox", "outside@contoso.example"), .header = ""})),
        ElementsAre("2019"));
    EXPECT_EQ(find({.parents = folder("msgfolderroot", "outside@contoso.example"), .header = ""}).response_code,
              "ErrorItemNotFound");
}

TEST_F(EwsFindTest, find_answers_one_message_for_each_parent_and_errors_have_nothing_behind_them) {
    const EwsAnswer answer = find({.parents = folder("voicemail") + folder("inbox")});
    EXPECT_EQ(codes(answer), (Codes{"ErrorFolderNotFound", "NoError"}));
    EXPECT_THAT(answer.body, HasSubstr("<m:DescriptiveLinkKey>0</m:DescriptiveLinkKey></m:FindFolderResponseMessage>"));
}

TEST_F(EwsFindTest, children_out_of_order_or_unknown_fail_the_whole_request) {
    const std::string restriction =
        "<m:Restriction><t:Exists>" + std::string(display_name) + "</t:Exists></m:Restriction>";
    expect_fault(find({.between = restriction + page("IndexedPageFolderView", 0, 10)}), "ErrorSchemaValidation");
    expect_fault(find({.between = "<m:Nonsense/>"}), "ErrorSchemaValidation");
    expect_fault(find({.between = "<m:Restriction><t:Nonsense/></m:Restriction>"}), "ErrorSchemaValidation");
    expect_fault(find({.between = "<m:Restriction><t:Not><t:Nonsense/></t:Not></m:Restriction>"}),
                 "ErrorSchemaValidation");
    expect_fault(sync("", folder("inbox") + "</m:SyncFolderId><m:SyncFolderId>" + folder("inbox")),
                 "ErrorSchemaValidation");
}

TEST_F(EwsFindTest, views_that_the_simulator_does_not_know_are_refused_and_not_ignored) {
    expect_fault(find({.between = R"(<m:FractionalPageFolderView Numerator="1" Denominator="2"/>)"}),
                 "ErrorInvalidRequest");
    expect_fault(find({.between = R"(<m:IndexedPageFolderView Offset="0" BasePoint="End"/>)"}), "ErrorInvalidRequest");
    expect_fault(
        find({.operation = "FindItem",
              .properties = "",
              .between = R"(<m:CalendarView StartDate="2024-01-01T00:00:00Z" EndDate="2024-02-01T00:00:00Z"/>)"}),
        "ErrorInvalidRequest");
}

TEST_F(EwsFindTest, a_first_sync_creates_every_folder_and_the_next_nothing) {
    const EwsAnswer first = sync("");
    EXPECT_EQ(codes(first), Codes{"NoError"});
    EXPECT_THAT(all_between(first.body, "<t:Create>", "</t:Create>"), SizeIs(13));
    EXPECT_THAT(first.body,
                HasSubstr("</m:SyncState><m:IncludesLastFolderInRange>true</m:IncludesLastFolderInRange><m:Changes>"));
    const EwsAnswer second = sync(sync_state(first));
    EXPECT_THAT(second.body, HasSubstr("<m:Changes></m:Changes>"));
    EXPECT_EQ(sync_state(second), sync_state(first));
}

TEST_F(EwsFindTest, a_sync_tells_what_has_gone_and_what_has_come_and_not_of_counts) {
    const std::string before = sync_state(sync(""));
    set_facts({.key = "inbox", .items = 43});
    EXPECT_THAT(sync(before).body, HasSubstr("<m:Changes></m:Changes>"));
    set_facts({.key = "notes", .absent = true});
    const EwsAnswer gone = sync(before);
    const std::string notes = encode_folder_id({state.organisation.find("anna@contoso.example")->guid, "notes"});
    EXPECT_THAT(gone.body, HasSubstr("<m:Changes><t:Delete><t:FolderId Id=\"" + notes));
    set_facts({.key = "notes"});
    EXPECT_THAT(all_between(sync(sync_state(gone)).body, "<t:DisplayName>", "<"), ElementsAre("Notes"));
}

TEST_F(EwsFindTest, a_sync_state_that_is_none_or_of_another_root_is_refused) {
    const std::string good = sync_state(sync(""));
    for (const EwsAnswer& answer :
         {sync("H4sIAA=="), sync("nonsense"), sync(good, folder("inbox")), sync(good, "", "ben@contoso.example")}) {
        EXPECT_EQ(answer.response_code, "ErrorInvalidSyncStateData");
        EXPECT_THAT(answer.body,
                    HasSubstr("<m:SyncState/><m:IncludesLastFolderInRange>true</m:IncludesLastFolderInRange></m:"));
    }
    EXPECT_THAT(display_names(sync("", folder("inbox"))), ElementsAre("Projects", "2019"));
}

TEST_F(EwsFindTest, answers_are_valid_by_microsofts_schema) {
    const char* const data = std::getenv("REAL_DATA_DIR");
    const auto schema = std::filesystem::path(data == nullptr ? "" : data) / "ews-schema" / "all.xsd";
    if (data == nullptr || !std::filesystem::exists(schema)) {
        GTEST_SKIP() << "REAL_DATA_DIR is not set or has no ews-schema";
    }
    if (std::system("xmllint --version >/dev/null 2>&1") != 0) {
        GTEST_SKIP() << "xmllint is not installed";
    }
    const std::string mapi = R"(<t:ExtendedFieldURI PropertyTag="0x3008" PropertyType="SystemTime"/>)"
                             R"(<t:ExtendedFieldURI PropertyTag="0x0E08" PropertyType="Long"/>)";
    const auto everything = [&](std::string_view operation, std::string_view element, const std::string& rest) {
        const std::string name(operation);
        return ask(soap(version("Exchange2016") + impersonate("anna@contoso.example"),
                        "<m:" + name + (name.starts_with("Find") ? " Traversal=\"Shallow\">" : ">") +
                            shape(element, mapi, "AllProperties") + rest + "</m:" + name + ">"));
    };
    std::string parents;
    for (const std::string_view key :
         {"msgfolderroot", "inbox", "calendar", "contacts", "tasks", "notes", "voicemail"}) {
        parents += folder(key);
    }
    const std::string state_text = sync_state(sync(""));
    set_facts({.key = "notes", .absent = true});
    const auto convert = [&](const std::string& id) {
        return ask(soap(version("Exchange2016"),
                        "<m:ConvertId DestinationFormat=\"EwsId\"><m:SourceIds><t:AlternateId Format=\"EwsId\" Id=\"" +
                            id + "\" Mailbox=\"a@b.example\"/></m:SourceIds></m:ConvertId>"));
    };
    const std::vector<std::pair<std::string, EwsAnswer>> answers = {
        {"GetFolder", everything("GetFolder", "FolderShape", "<m:FolderIds>" + parents + "</m:FolderIds>")},
        {"FindFolder",
         everything("FindFolder", "FolderShape", "<m:ParentFolderIds>" + parents + "</m:ParentFolderIds>")},
        {"FindItem", everything("FindItem", "ItemShape", "<m:ParentFolderIds>" + parents + "</m:ParentFolderIds>")},
        {"SyncFolderHierarchy", everything("SyncFolderHierarchy", "FolderShape", "")},
        {"SyncFolderHierarchy again",
         everything("SyncFolderHierarchy", "FolderShape", "<m:SyncState>" + state_text + "</m:SyncState>")},
        {"SyncFolderHierarchy refused",
         everything("SyncFolderHierarchy", "FolderShape", "<m:SyncState>nonsense</m:SyncState>")},
        {"ConvertId", convert(encode_folder_id({state.organisation.find("anna@contoso.example")->guid, "root"}))},
        {"ConvertId refused", convert("AAAA")}};
    for (const auto& [name, answer] : answers) {
        const auto file = std::filesystem::path(::testing::TempDir()) / "simulator-answer.xml";
        std::ofstream(file) << answer.body;
        const std::string command =
            "xmllint --nonet --noout --schema '" + schema.string() + "' '" + file.string() + "' 2>&1";
        EXPECT_EQ(std::system(command.c_str()), 0) << name << '\n' << answer.body;
        EXPECT_EQ(answer.status, 200) << name;
    }
}

} // namespace
} // namespace mailpreflight::simulator
