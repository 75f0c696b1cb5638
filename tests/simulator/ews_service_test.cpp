#include "simulator/ews_service.hpp"

#include "simulator/text.hpp"
#include "tests/simulator/ews_fixture.hpp"

namespace mailpreflight::simulator {
namespace {

using namespace testing;
using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(EwsServiceTest, impersonation_inside_the_scope_opens_the_mailbox) {
    const EwsAnswer answer = ask(proof_of("anna@contoso.example"));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(codes(answer), Codes{"NoError"});
    EXPECT_THAT(answer.body,
                HasSubstr("MajorVersion=\"15\" MinorVersion=\"2\" MajorBuildNumber=\"1544\" "
                          "MinorBuildNumber=\"4\" Version=\"V2017_07_11\""));
}

TEST_F(EwsServiceTest, impersonation_outside_the_scope_is_a_fault_for_the_whole_request) {
    const EwsAnswer answer = ask(proof_of("outside@contoso.example"));
    expect_fault(answer, "ErrorImpersonateUserDenied");
    EXPECT_THAT(answer.body, HasSubstr("The account does not have permission to impersonate the requested user."));
    EXPECT_THAT(answer.body, Not(HasSubstr("MessageXml")));
}

TEST_F(EwsServiceTest, full_access_gives_no_impersonation_and_the_reverse) {
    state.organisation.impersonation.clear();
    expect_fault(ask(proof_of("anna@contoso.example")), "ErrorImpersonateUserDenied");
    EXPECT_EQ(codes(ask(delegate(folder("inbox", "anna@contoso.example")))), Codes{"NoError"});
    EXPECT_EQ(codes(ask(delegate(folder("inbox", "ben@contoso.example")))), Codes{"ErrorAccessDenied"});
}

TEST_F(EwsServiceTest, an_unknown_impersonated_address_is_named_in_the_fault) {
    const EwsAnswer answer = ask(proof_of("nobody@contoso.example"));
    expect_fault(answer, "ErrorNonExistentMailbox");
    EXPECT_THAT(answer.body, HasSubstr("<t:Value Name=\"SmtpAddress\">nobody@contoso.example</t:Value>"));
}

TEST_F(EwsServiceTest, an_alias_as_primary_address_is_refused_with_the_primary_one) {
    const EwsAnswer answer = ask(proof_of("a.adler@contoso.example"));
    expect_fault(answer, "ErrorNonPrimarySmtpAddress");
    EXPECT_THAT(answer.body, HasSubstr("<t:Value Name=\"Primary\">anna@contoso.example</t:Value>"));
    state.server.accept_alias_as_primary = true;
    EXPECT_EQ(ask(proof_of("a.adler@contoso.example")).status, 200);
}

TEST_F(EwsServiceTest, the_other_forms_of_impersonation_find_the_mailbox) {
    const auto ask_as = [&](std::string_view value, std::string_view form) {
        return ask(soap(version("Exchange2010_SP1") + impersonate(value, form), get_folder(folder("inbox"))));
    };
    EXPECT_EQ(ask_as("a.adler@contoso.example", "SmtpAddress").status, 200);
    EXPECT_EQ(ask_as("anna@contoso.example", "PrincipalName").status, 200);
    EXPECT_EQ(ask_as(state.organisation.find("anna@contoso.example")->sid, "SID").status, 200);
    expect_fault(ask_as("nobody@contoso.example", "PrincipalName"), "ErrorInvalidUserPrincipalName");
    expect_fault(ask_as("S-1-5-21-1-2-3-4", "SID"), "ErrorInvalidUserSid");
    expect_fault(ask_as("anna", "SID"), "ErrorInvalidSid");
}

TEST_F(EwsServiceTest, a_connecting_sid_has_exactly_one_name) {
    const std::string both = "<t:ExchangeImpersonation><t:ConnectingSID><t:PrincipalName>a@b</t:PrincipalName>"
                             "<t:SID>S-1-5</t:SID></t:ConnectingSID></t:ExchangeImpersonation>";
    const std::string none = "<t:ExchangeImpersonation><t:ConnectingSID/></t:ExchangeImpersonation>";
    for (const std::string& header : {both, none, impersonate("")}) {
        expect_fault(ask(soap(version("Exchange2010_SP1") + header, get_folder(folder("inbox")))),
                     "ErrorInvalidExchangeImpersonationHeaderData");
    }
}

TEST_F(EwsServiceTest, states_of_an_impersonated_mailbox) {
    struct Row {
        MailboxState state;
        int status;
        std::string code;
    };
    for (const Row& row : {Row{MailboxState::disabled, 200, "ErrorAccountDisabled"},
                           Row{MailboxState::moved, 500, "ErrorNonExistentMailbox"},
                           Row{MailboxState::missing, 500, "ErrorNonExistentMailbox"},
                           Row{MailboxState::in_transit, 200, "ErrorMailboxMoveInProgress"},
                           Row{MailboxState::store_down, 200, "ErrorMailboxStoreUnavailable"}}) {
        set_state("anna@contoso.example", row.state);
        const EwsAnswer answer = ask(proof_of("anna@contoso.example"));
        EXPECT_EQ(answer.status, row.status) << row.code;
        EXPECT_EQ(answer.response_code, row.code);
    }
}

TEST_F(EwsServiceTest, a_moved_mailbox_is_recognised_by_its_guid_in_both_ways) {
    set_state("anna@contoso.example", MailboxState::moved);
    const std::string guid = state.organisation.find("anna@contoso.example")->guid;
    for (const std::string& request :
         {proof_of("anna@contoso.example"), delegate(folder("inbox", "anna@contoso.example"))}) {
        const EwsAnswer answer = ask(request);
        EXPECT_EQ(answer.response_code, "ErrorNonExistentMailbox");
        EXPECT_THAT(answer.body, HasSubstr("No mailbox with such guid."));
        EXPECT_THAT(answer.body, HasSubstr("<t:Value Name=\"MailboxGuid\">" + guid + "</t:Value>"));
    }
}

TEST_F(EwsServiceTest, a_disabled_account_does_not_close_the_mailbox_to_full_access) {
    set_state("anna@contoso.example", MailboxState::disabled);
    EXPECT_EQ(codes(ask(delegate(folder("inbox", "anna@contoso.example")))), Codes{"NoError"});
    state.server.disabled_blocks_impersonation = false;
    EXPECT_EQ(codes(ask(proof_of("anna@contoso.example"))), Codes{"NoError"});
}

TEST_F(EwsServiceTest, one_message_for_each_id_in_order_with_empty_folders_in_errors) {
    const EwsAnswer answer = ask(soap(version("Exchange2010_SP1") + impersonate("anna@contoso.example"),
                                      get_folder(folder("inbox") + folder("voicemail") + folder("calendar"))));
    EXPECT_EQ(codes(answer), (Codes{"NoError", "ErrorFolderNotFound", "NoError"}));
    EXPECT_THAT(answer.body, HasSubstr("<m:DescriptiveLinkKey>0</m:DescriptiveLinkKey><m:Folders/>"));
    EXPECT_THAT(answer.body, HasSubstr("<t:CalendarFolder>"));
}

TEST_F(EwsServiceTest, a_refused_mailbox_stops_the_rest_of_the_batch_as_warnings) {
    const EwsAnswer answer =
        ask(delegate(folder("inbox", "ben@contoso.example") + folder("inbox", "anna@contoso.example")));
    EXPECT_EQ(codes(answer), (Codes{"ErrorAccessDenied", "ErrorBatchProcessingStopped"}));
    EXPECT_THAT(answer.body, HasSubstr("ResponseClass=\"Warning\""));
}

TEST_F(EwsServiceTest, an_unknown_mailbox_does_not_stop_the_batch) {
    EXPECT_EQ(codes(ask(delegate(folder("inbox", "nobody@contoso.example") + folder("inbox", "anna@contoso.example")))),
              (Codes{"ErrorNonExistentMailbox", "NoError"}));
}

TEST_F(EwsServiceTest, a_reader_sees_the_shared_folder_only_and_not_its_permissions) {
    state.organisation.read_only_folders.push_back(
        {.account = admin, .mailbox = "outside@contoso.example", .folders = {"calendar"}});
    const std::string rights = "<t:FieldURI FieldURI=\"folder:EffectiveRights\"/>";
    const EwsAnswer answer =
        ask(delegate(folder("calendar", "outside@contoso.example") +
                         folder("msgfolderroot", "outside@contoso.example") + folder("root", "outside@contoso.example"),
                     rights));
    EXPECT_EQ(codes(answer), (Codes{"NoError", "ErrorItemNotFound", "ErrorItemNotFound"}));
    EXPECT_THAT(answer.body, HasSubstr("<t:Modify>false</t:Modify><t:Read>true</t:Read>"));
    EXPECT_THAT(answer.body, HasSubstr(", The process failed to get the correct properties."));
    EXPECT_THAT(answer.body, HasSubstr(", Default folder Root not found."));
    EXPECT_EQ(codes(ask(delegate(folder("calendar", "outside@contoso.example"),
                                 "<t:FieldURI FieldURI=\"folder:PermissionSet\"/>"))),
              Codes{"ErrorAccessDenied"});
}

TEST_F(EwsServiceTest, the_own_mailbox_is_meant_where_none_is_named) {
    EXPECT_EQ(codes(ask(delegate(folder("inbox")))), Codes{"NoError"});
    caller = {"CONTOSO\\nobox", ""};
    EXPECT_EQ(codes(ask(delegate(folder("inbox")))), Codes{"ErrorNonExistentMailbox"});
    state.server.version = *find_version_profile("2013");
    EXPECT_EQ(codes(ask(delegate(folder("inbox")))), Codes{"ErrorMissingEmailAddress"});
}

TEST_F(EwsServiceTest, only_2013_wants_the_impersonating_account_to_have_a_mailbox) {
    caller = {"CONTOSO\\nobox", ""};
    for (const auto& [name, code] : std::vector<std::pair<std::string, std::string>>{
             {"2010sp2", "NoError"}, {"2013", "ErrorMissingEmailAddress"}, {"2016", "NoError"}, {"2019", "NoError"}}) {
        state.server.version = *find_version_profile(name);
        EXPECT_EQ(codes(ask(proof_of("anna@contoso.example"))), Codes{code}) << name;
    }
}

TEST_F(EwsServiceTest, properties_come_in_the_order_of_the_schema) {
    const EwsAnswer answer = ask(soap(version("Exchange2010_SP1") + impersonate("anna@contoso.example"),
                                      get_folder(folder("inbox"),
                                                 "<t:FieldURI FieldURI=\"folder:EffectiveRights\"/>"
                                                 "<t:ExtendedFieldURI PropertyTag=\"0x0E08\" PropertyType=\"Long\"/>"
                                                 "<t:FieldURI FieldURI=\"folder:TotalCount\"/>"
                                                 "<t:FieldURI FieldURI=\"folder:DisplayName\"/>"
                                                 "<t:FieldURI FieldURI=\"folder:FolderClass\"/>")));
    EXPECT_THAT(answer.body,
                HasSubstr("<t:FolderClass>IPF.Note</t:FolderClass><t:DisplayName>Inbox</t:DisplayName>"
                          "<t:TotalCount>42</t:TotalCount><t:ExtendedProperty><t:ExtendedFieldURI "
                          "PropertyTag=\"0xe08\" PropertyType=\"Long\"/><t:Value>5000000000</t:Value>"
                          "</t:ExtendedProperty><t:EffectiveRights>"));
}

TEST_F(EwsServiceTest, folder_ids_name_their_mailbox_and_change_when_it_is_recreated) {
    const auto id_of_root = [&] {
        const EwsAnswer answer = ask(proof_of("anna@contoso.example"));
        const auto at = answer.body.find("<t:FolderId Id=\"") + 16;
        return answer.body.substr(at, answer.body.find('"', at) - at);
    };
    const std::string before = id_of_root();
    EXPECT_EQ(id_of_root(), before);
    EXPECT_EQ(codes(ask(delegate("<t:FolderId Id=\"" + before + "\"/>"))), Codes{"NoError"});
    EXPECT_EQ(codes(ask(delegate("<t:FolderId Id=\"AAAA\"/>"))), Codes{"ErrorInvalidIdMalformed"});
    state.organisation.recreate("anna@contoso.example");
    EXPECT_NE(id_of_root(), before);
    EXPECT_EQ(codes(ask(delegate("<t:FolderId Id=\"" + before + "\"/>"))), Codes{"ErrorNonExistentMailbox"});
}

TEST_F(EwsServiceTest, request_versions_are_refused_as_each_product_refuses_them) {
    struct Row {
        std::string product;
        std::string version;
        std::string code;
    };
    for (const Row& row : {Row{"2019", "Exchange2019", "ErrorInvalidRequest"},
                           Row{"2019", "Exchange2016", "NoError"},
                           Row{"2019", "Exchange2007_SP1", "NoError"},
                           Row{"2013", "Exchange2013_SP1", "NoError"},
                           Row{"2013", "Exchange2016", "ErrorInvalidServerVersion"},
                           Row{"2010sp2", "Exchange2019", "ErrorInvalidServerVersion"},
                           Row{"2010sp2", "Exchange2013", "ErrorInvalidServerVersion"},
                           Row{"2010sp2", "Exchange2010_SP2", "NoError"},
                           Row{"2007sp1", "Exchange2010_SP1", "ErrorInvalidServerVersion"},
                           Row{"2007sp1", "Exchange2007_SP1", "NoError"}}) {
        state.server.version = *find_version_profile(row.product);
        const EwsAnswer answer =
            ask(soap(version(row.version) + impersonate("anna@contoso.example"), get_folder(folder("inbox"))));
        EXPECT_EQ(answer.response_code, row.code) << row.product << ' ' << row.version;
    }
}

TEST_F(EwsServiceTest, faults_of_2007_carry_the_version_and_the_code_client) {
    state.server.version = *find_version_profile("2007sp1");
    const EwsAnswer answer = ask(proof_of("anna@contoso.example"));
    EXPECT_EQ(answer.status, 500);
    EXPECT_THAT(answer.body, HasSubstr("<faultcode>soap11:Client</faultcode>"));
    EXPECT_THAT(answer.body, HasSubstr("MajorVersion=\"8\" MinorVersion=\"1\" MajorBuildNumber=\"436\""));
}

TEST_F(EwsServiceTest, a_folder_name_that_the_schema_does_not_know_fails_the_whole_request) {
    for (const std::string_view id : {"invalidparentid", "archiveinbox"}) {
        const EwsAnswer answer = ask(soap(version("Exchange2010_SP1") + impersonate("anna@contoso.example"),
                                          get_folder(folder("inbox") + folder(id))));
        expect_fault(answer, "ErrorSchemaValidation");
        EXPECT_THAT(answer.body,
                    HasSubstr("<t:Violation>The 'Id' attribute is invalid - The value '" + std::string(id)));
    }
}

TEST_F(EwsServiceTest, the_order_of_elements_is_the_schemas) {
    const std::string body = "<m:GetFolder><m:FolderIds><t:DistinguishedFolderId Id=\"inbox\"/></m:FolderIds>"
                             "<m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape></m:GetFolder>";
    expect_fault(ask(soap(version("Exchange2010_SP1"), body)), "ErrorSchemaValidation");
    expect_fault(ask(soap(version("Exchange2010_SP1"), "<m:GetFolder/>")), "ErrorSchemaValidation");
    expect_fault(ask(soap(version("Exchange2010_SP1"), "<m:FindFolder/>")), "ErrorSchemaValidation");
}

TEST_F(EwsServiceTest, prefixes_and_default_namespaces_are_the_clients_choice) {
    const EwsAnswer answer =
        ask("<Envelope xmlns='http://schemas.xmlsoap.org/soap/envelope/'><Header/><Body>"
            "<GetFolder xmlns='http://schemas.microsoft.com/exchange/services/2006/messages' "
            "xmlns:q='http://schemas.microsoft.com/exchange/services/2006/types'><FolderShape><q:BaseShape>IdOnly</"
            "q:BaseShape>"
            "</FolderShape><FolderIds><q:DistinguishedFolderId Id='inbox'/></FolderIds></GetFolder></Body></Envelope>");
    EXPECT_EQ(codes(answer), Codes{"NoError"});
}

TEST_F(EwsServiceTest, operations_that_write_do_not_exist) {
    expect_fault(ask(soap(version("Exchange2010_SP1"), "<m:DeleteItem/>")), "ErrorInvalidRequest");
    expect_fault(ask(soap(version("Exchange2010_SP1") + version("Exchange2010"), get_folder(folder("inbox")))),
                 "ErrorDuplicateSOAPHeader");
}

TEST_F(EwsServiceTest, broken_xml_and_document_types_are_no_requests) {
    EXPECT_FALSE(read_soap_request("<a><b></a>"));
    EXPECT_FALSE(read_soap_request("<!DOCTYPE a [<!ENTITY x 'y'>]><a/>"));
    EXPECT_FALSE(read_soap_request(""));
}

TEST_F(EwsServiceTest, convert_id_of_a_dummy_proves_the_login_and_of_a_real_id_names_the_mailbox) {
    const auto convert = [&](const std::string& id) {
        return ask(soap(version("Exchange2010_SP1"),
                        "<m:ConvertId DestinationFormat=\"EwsId\"><m:SourceIds><t:AlternateId "
                        "Format=\"EwsId\" Id=\"" +
                            id + "\" Mailbox=\"DUMMY\"/></m:SourceIds></m:ConvertId>"));
    };
    EXPECT_EQ(codes(convert("DUMMY")), Codes{"ErrorInvalidIdMalformed"});
    const std::string id = encode_folder_id({state.organisation.find("anna@contoso.example")->guid, "root"});
    EXPECT_THAT(convert(id).body, HasSubstr("Mailbox=\"anna@contoso.example\""));
}

TEST_F(EwsServiceTest, names_resolve_by_alias_and_not_if_hidden_or_missing) {
    const auto resolve = [&](const std::string& entry) {
        return ask(soap(version("Exchange2010_SP1"),
                        "<m:ResolveNames ReturnFullContactData=\"true\" SearchScope=\"ActiveDirectory\">"
                        "<m:UnresolvedEntry>" +
                            entry + "</m:UnresolvedEntry></m:ResolveNames>"));
    };
    EXPECT_THAT(resolve("smtp:a.adler@contoso.example").body,
                HasSubstr("<t:Entry Key=\"EmailAddress1\">SMTP:anna@contoso.example</t:Entry>"));
    EXPECT_EQ(resolve("smtp:nobody@contoso.example").response_code, "ErrorNameResolutionNoResults");
    state.organisation.add({.address = "anna2@contoso.example", .display_name = "Anna Berg"});
    const EwsAnswer several = resolve("Anna");
    EXPECT_EQ(several.response_code, "ErrorNameResolutionMultipleResults");
    EXPECT_THAT(several.body, HasSubstr("ResponseClass=\"Warning\""));
    state.organisation.change("anna2@contoso.example", [](Mailbox& mailbox) { mailbox.hidden = true; });
    EXPECT_EQ(resolve("Anna").response_code, "NoError");
    set_state("anna@contoso.example", MailboxState::missing);
    EXPECT_EQ(resolve("smtp:anna@contoso.example").response_code, "ErrorNameResolutionNoResults");
}

TEST_F(EwsServiceTest, the_seventeenth_mailbox_of_a_request_is_too_many) {
    std::string ids;
    state.organisation.full_access.push_back({.account = admin, .all = true});
    for (int i = 0; i < 17; ++i) {
        std::string address = "m";
        address += std::to_string(i);
        address += "@contoso.example";
        state.organisation.add({.address = address});
        ids += folder("inbox", address);
    }
    Codes expected(16, "NoError");
    expected.emplace_back("ErrorTooManyObjectsOpened");
    EXPECT_EQ(codes(ask(delegate(ids))), expected);
}

TEST_F(EwsServiceTest, errors_on_command_come_as_fault_or_as_messages) {
    const std::string request =
        delegate(folder("inbox", "anna@contoso.example") + folder("tasks", "anna@contoso.example"));
    EwsError busy = make_error("ErrorServerBusy");
    busy.values.emplace_back("BackOffMilliseconds", "5000");
    const EwsAnswer fault = ask(request, {.error = busy, .as_message = false, .answer_for = {}});
    expect_fault(fault, "ErrorServerBusy");
    EXPECT_THAT(fault.body, HasSubstr("<t:Value Name=\"BackOffMilliseconds\">5000</t:Value>"));
    EXPECT_EQ(codes(ask(request, {.error = busy, .as_message = true, .answer_for = {}})),
              (Codes{"ErrorServerBusy", "ErrorServerBusy"}));
}

TEST_F(EwsServiceTest, the_database_never_appears_in_an_answer) {
    for (const std::string& request : {proof_of("anna@contoso.example"), proof_of("outside@contoso.example")}) {
        EXPECT_THAT(ask(request).body, Not(HasSubstr("DB0")));
    }
}

} // namespace
} // namespace mailpreflight::simulator
