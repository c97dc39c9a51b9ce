#include "test/scim/filter_cases.h"

#include "test/scim/given.h"

#include <stdlib.h>
#include <string.h>

/* clang-format off */
const struct filter_person filter_people[] = {
    {"U1", "User",
     "{'schemas':['@U','@E'],'id':'11111111-1111-4111-8111-111111111111',"
     "'externalId':'Ext-1','userName':'bjensen@\\u0045xample.com',"
     "'name':{'familyName':'Jensen','givenName':'Barbara'},"
     "'displayName':'Babs','nickName':'','title':'Tour Guide','active':true,"
     "'profileUrl':'HTTPS://Login.Example.COM/Bjensen',"
     "'emails':[{'value':'bjensen@example.com','type':'work','primary':true},"
     "{'value':'babs@jensen.org','type':'home'}],"
     "'addresses':[{'type':'work','locality':'Hollywood'},"
     "{'type':'home','locality':'Reno'}],"
     "'groups':[{'value':'91111111-1111-4111-8111-111111111111',"
     "'display':'Tour Guides'}],"
     "'@E':{'employeeNumber':'701984','department':'Sales',"
     "'manager':{'value':'m-1','$ref':'https://h.example/scim/v2/Users/m-1'}},"
     "'@H':{'seat':true,'tombstone':{'openWorkFound':12}},"
     "'meta':{'resourceType':'User','created':'2024-05-13T04:42:34.000Z',"
     "'lastModified':'2024-05-13T04:42:34.000Z'}}"},
    {"U2", "User",
     "{'schemas':['@U'],'id':'22222222-2222-4222-8222-222222222222',"
     "'externalId':'ext-1','userName':'jsmith',"
     "'name':{'familyName':'Smith','givenName':'James'},'active':true,"
     "'emails':[{'value':'jsmith@example.org','type':'work'}],"
     "'@H':{'tombstone':{'openWorkFound':3}},"
     "'meta':{'resourceType':'User','created':'2024-05-13T05:42:34.000Z',"
     "'lastModified':'2024-05-13T05:42:34.000Z'}}"},
    {"U3", "User",
     "{'schemas':['@U'],'id':'33333333-3333-4333-8333-333333333333',"
     "'userName':'Åsa','preferredLanguage':'sv','active':false,"
     "'meta':{'resourceType':'User','created':'2024-05-13T06:42:34.000Z',"
     "'lastModified':'2024-05-13T06:42:34.000Z'}}"},
    {"U4", "User",
     "{'schemas':['@U'],'id':'44444444-4444-4444-8444-444444444444',"
     "'userName':'x\\\"y','displayName':'100%_sure \\ud83d\\ude00',"
     "'roles':[{'value':'Agent','primary':true}],"
     "'x509Certificates':[{'value':'QUJD'}],"
     "'meta':{'resourceType':'User','created':'2024-06-01T00:00:00.000Z',"
     "'lastModified':'2024-06-01T00:00:00.000Z'}}"},
    {"G1", "Group",
     "{'schemas':['@G'],'id':'91111111-1111-4111-8111-111111111111',"
     "'displayName':'Tour Guides',"
     "'members':[{'value':'11111111-1111-4111-8111-111111111111',"
     "'type':'User'}],'meta':{'resourceType':'Group',"
     "'created':'2024-05-13T04:42:34.000Z'}}"},
    {"G2", "Group",
     "{'schemas':['@G'],'id':'92222222-2222-4222-8222-222222222222',"
     "'displayName':'Employees','meta':{'resourceType':'Group',"
     "'created':'2024-05-13T04:42:35.000Z'}}"},
};
const size_t filter_people_count =
    sizeof filter_people / sizeof filter_people[0];

const struct filter_case filter_cases[] = {
    /* names and case */
    {"F-001 not caseExact", "userName eq \"BJENSEN@example.com\"", "U1", NULL},
    {"F-002 names and operators in any case", "USERNAME EQ \"jsmith\"", "U2", NULL},
    {"F-003 caseExact", "externalId eq \"Ext-1\"", "U1", NULL},
    {"F-004 core URN", "@U:userName sw \"J\"", "U2", NULL},
    {"core URN in capitals", "URN:IETF:PARAMS:SCIM:SCHEMAS:CORE:2.0:USER:NAME.FAMILYNAME eq \"smith\"", "U2", NULL},
    {"F-005 folding beyond ASCII", "userName ew \"SA\"", "U3", NULL},
    {"folding the literal", "userName eq \"ÅSA\"", "U3", NULL},
    {"decomposed is composed", "userName eq \"A\xcc\x8asa\"", "U3", NULL},
    {"F-006", "name.familyName co \"ens\"", "U1", NULL},
    {"F-031", "@E:employeeNumber eq \"701984\"", "U1", NULL},
    {"F-032 extension without URN", "department eq \"sales\"", "U1", NULL},
    {"sub-attribute of an extension", "@E:manager.value eq \"m-1\"", "U1", NULL},
    {"F-044 common attribute", "id eq \"11111111-1111-4111-8111-111111111111\"", "U1", NULL},
    {"id is caseExact", "userName sw \"b\" and meta.resourceType eq \"user\"", "", NULL},
    {"F-033", "meta.resourceType eq \"User\"", "U1 U2 U3 U4", NULL},
    {"a common attribute behind the URN", "@U:externalId eq \"ext-1\"", "U2", NULL},

    /* pr, null, ne */
    {"F-007", "title pr", "U1", NULL},
    {"F-008 false is present", "active pr", "U1 U2 U3", NULL},
    {"an empty text is not present", "nickName pr", "", NULL},
    {"but it is equal to itself", "nickName eq \"\"", "U1", NULL},
    {"pr of a complex", "name pr", "U1 U2", NULL},
    {"pr of a multi-valued", "emails pr", "U1 U2", NULL},
    {"pr of members", "members pr", "G1", NULL},
    {"not pr of members", "not (members pr)", "G2", NULL},
    {"pr of groups", "groups pr", "U1", NULL},
    {"pr of an extension's complex", "manager pr", "U1", NULL},
    {"pr of what has no value of its own", "addresses pr", "U1", NULL},
    {"F-022", "title ne \"Tour Guide\"", "U2 U3 U4", NULL},
    {"F-023 no value equals", "emails.type ne \"home\"", "U2 U3 U4", NULL},
    {"F-024", "title eq null", "U2 U3 U4", NULL},
    {"F-025", "title ne null", "U1", NULL},
    {"null of a complex", "name eq null", "U3 U4", NULL},
    {"null of a reference to another", "manager ne null", "U1", NULL},
    {"ne of a boolean, absent too", "active ne true", "U3 U4", NULL},

    /* booleans */
    {"F-009", "active eq false", "U3", NULL},
    {"F-010", "active eq \"False\"", "U3", NULL},
    {"TQ-03", "roles[primary eq \"True\"].value eq \"agent\"", "U4", NULL},
    {"boolean of an extension", "seat eq true", "U1", NULL},
    {"primary is false when absent", "emails[primary eq false]", "U1 U2", NULL},
    {"the same without brackets", "emails.primary eq false", "U1 U2", NULL},
    {"no value is the primary one", "emails.primary ne true", "U2 U3 U4", NULL},
    {"not even one is not primary", "emails.primary ne false", "U3 U4", NULL},
    {"primary ne false in brackets", "emails[primary ne false]", "U1", NULL},
    {"primary and another", "emails[primary ne true and type eq \"work\"]", "U2", NULL},

    /* many values */
    {"F-012 bare complex", "emails co \"example.org\"", "U2", NULL},
    {"F-013 different elements", "emails.type eq \"home\" and emails.value co \"example.com\"", "U1", NULL},
    {"F-014 the same element", "emails[type eq \"home\" and value co \"example.com\"]", "", NULL},
    {"F-015", "emails[type eq \"work\" and value co \"@example.com\"]", "U1", NULL},
    {"F-016 Entra ID", "emails[type eq \"work\"].value eq \"jsmith@example.org\"", "U2", NULL},
    {"and goes on behind it", "emails[type eq \"work\"].value co \"j\" and active eq true", "U1 U2", NULL},
    {"or within", "emails[type eq \"home\" or value co \"jsmith\"]", "U1 U2", NULL},
    {"not within", "emails[not (type eq \"work\")]", "U1", NULL},
    {"not and or within", "emails[not (type eq \"work\" or value co \"org\")]", "", NULL},
    {"not around brackets", "not (emails[type eq \"home\"])", "U2 U3 U4", NULL},
    {"ne within", "emails[type ne \"work\"]", "U1", NULL},
    {"null within", "emails[primary eq null]", "U1 U2", NULL},
    {"parentheses within", "emails[(type eq \"home\" or type eq \"work\") and value ew \".org\"]", "U1 U2", NULL},
    {"an attribute without value", "addresses[type eq \"home\" and locality eq \"reno\"]", "U1", NULL},
    {"the same, not one element", "addresses[type eq \"work\" and locality eq \"reno\"]", "", NULL},
    {"spaces within", "emails[ type eq \"home\" ]", "U1", NULL},
    {"F-030", "schemas eq \"@E\"", "U1", NULL},
    {"URNs have no case", "schemas eq \"URN:ietf:params:scim:schemas:CORE:2.0:User\"", "U1 U2 U3 U4", NULL},
    {"F-049", "members.value eq \"11111111-1111-4111-8111-111111111111\"", "G1", NULL},
    {"F-050 TQ-25", "id eq \"91111111-1111-4111-8111-111111111111\" and members eq \"11111111-1111-4111-8111-111111111111\"", "G1", NULL},
    {"members in brackets", "members[value eq \"11111111-1111-4111-8111-111111111111\" and type eq \"user\"]", "G1", NULL},
    {"not a member", "members ne \"11111111-1111-4111-8111-111111111111\"", "G2", NULL},
    {"TQ-25 manager", "manager eq \"m-1\"", "U1", NULL},
    {"groups of a user", "groups.value eq \"91111111-1111-4111-8111-111111111111\"", "U1", NULL},
    {"groups by name", "groups[display co \"guide\"]", "U1", NULL},

    /* logic */
    {"F-017 and before or", "title pr or active eq true and userName eq \"jsmith\"", "U1 U2", NULL},
    {"F-018", "(title pr or active eq true) and userName eq \"jsmith\"", "U2", NULL},
    {"F-019", "not (active eq true)", "U3 U4", NULL},
    {"F-020", "not(active eq true)", "U3 U4", NULL},
    {"words in any case", "NOT (active eq TRUE) AND userName PR Or title pr", "U1 U3 U4", NULL},
    {"not not", "not (not (title pr))", "U1", NULL},
    {"not over and", "not (active eq true and title pr)", "U2 U3 U4", NULL},
    {"not over or", "not (active eq true or userName sw \"x\")", "U3", NULL},
    {"many spaces", "  userName   eq   \"jsmith\"  ", "U2", NULL},
    {"spaces in parentheses", "( userName eq \"jsmith\" )", "U2", NULL},

    /* times, numbers, order */
    {"F-026", "meta.created eq \"2024-05-13T06:42:34+02:00\"", "U1", NULL},
    {"F-027", "meta.created gt \"2024-05-13T04:42:34.000Z\"", "U2 U3 U4", NULL},
    {"F-028", "meta.created ge \"2024-05-13T04:42:34Z\"", "U1 U2 U3 U4", NULL},
    {"no offset is UTC", "meta.created le \"2024-05-13T05:42:34\"", "U1 U2", NULL},
    {"lt", "meta.created lt \"2024-05-13T05:42:34.000000Z\"", "U1", NULL},
    {"ne of a time", "meta.created ne \"2024-05-13T04:42:34Z\"", "U2 U3 U4", NULL},
    {"integers", "tombstone.openWorkFound gt 3", "U1", NULL},
    {"integers by their number", "tombstone.openWorkFound eq 3.0", "U2", NULL},
    {"integers with exponent", "tombstone.openWorkFound le 1.2e1", "U1 U2", NULL},
    {"negative", "tombstone.openWorkFound gt -1", "U1 U2", NULL},
    {"order of texts", "userName gt \"BZ\"", "U2 U3 U4", NULL},
    {"order of texts, le", "userName le \"jsmith\"", "U1 U2", NULL},

    /* texts */
    {"F-040 escaped quote", "userName eq \"x\\\"y\"", "U4", NULL},
    {"\\u", "userName eq \"\\u006aSMITH\"", "U2", NULL},
    {"a surrogate pair", "displayName ew \"\\ud83d\\uDE00\"", "U4", NULL},
    {"F-047", "userName co \"'; DROP TABLE users;--\"", "", NULL},
    {"F-048", "userName eq \"50%_off\"", "", NULL},
    {"% and _ are characters", "displayName co \"0%_s\"", "U4", NULL},
    {"% does not stand for any", "displayName co \"%sure\"", "", NULL},
    {"sw", "displayName sw \"100%\"", "U4", NULL},
    {"co with nothing", "displayName co \"\"", "U1 U4", NULL},
    {"sw with nothing, of an empty text", "nickName sw \"\"", "", NULL},
    {"sw at the end of a range", "displayName sw \"B\"", "U1", NULL},
    {"sw beyond ASCII", "userName sw \"å\"", "U3", NULL},
    {"ew longer than the value", "displayName ew \"xxxxBabs\"", "", NULL},
    {"F-022 (reference) host without case", "profileUrl eq \"https://login.example.com/Bjensen\"", "U1", NULL},
    {"but the path has case", "profileUrl eq \"https://login.example.com/bjensen\"", "", NULL},
    {"inside a reference, as it is", "profileUrl sw \"HTTPS\"", "U1", NULL},
    {"inside a reference, not folded", "profileUrl co \"example.com\"", "", NULL},
    {"the end of a reference", "profileUrl ew \"/Bjensen\"", "U1", NULL},
    {"M-21 version segment", "manager.$ref eq \"https://H.example/scim/Users/m-1\"", "U1", NULL},
    {"M-21 another version", "@E:manager.$ref eq \"https://h.example/scim/v3/Users/m-1\"", "U1", NULL},
    {"ne of a reference", "profileUrl ne \"https://login.example.com/Bjensen\"", "U2 U3 U4", NULL},
    {"binary is exact", "x509Certificates.value eq \"QUJD\"", "U4", NULL},
    {"binary has case", "x509Certificates eq \"qujd\"", "", NULL},
    {"F-054", "userName eq \"3f0a8c0e-1c9b-4b1f-9d0c-c0ffee000000\"", "", NULL},

    /* refused */
    {"F-011", "active gt false", NULL, "no order"},
    {"F-021", "not active eq true", NULL, "parentheses"},
    {"F-029", "meta.created gt \"yesterday\"", NULL, "byte 17"},
    {"F-034 names the operator", "userName regex \"a\"", NULL, "At byte 10 of the filter: \"regex\" is not an operator (eq, ne"},
    {"F-035", "", NULL, "empty"},
    {"only spaces", "   ", NULL, "empty"},
    {"F-036", "userName eq", NULL, "ends where a value"},
    {"F-037", "userName eq \"a", NULL, "closing quote"},
    {"F-038", "(userName eq \"a\"", NULL, "\")\""},
    {"F-039 says how", "userName eq bjensen", NULL, "\"bjensen\""},
    {"F-041", "nonsense eq \"x\"", NULL, "nonsense"},
    {"F-041 with a suggestion", "usrname eq \"x\"", NULL, "Did you mean \"userName\"?"},
    {"a forgotten parent", "givenName eq \"x\"", NULL, "\"name.givenName\""},
    {"a forgotten s", "email eq \"x\"", NULL, "\"emails\""},
    {"F-042", "name eq \"x\"", NULL, "parts"},
    {"a complex without value", "addresses co \"x\"", NULL, "parts"},
    {"F-043", "password eq \"x\"", NULL, "never disclosed"},
    {"password pr", "password pr", NULL, "never disclosed"},
    {"F-045", "emails[type eq \"work\"][value pr]", NULL, "byte 23"},
    {"brackets in brackets", "emails[value[type eq \"x\"]]", NULL, "brackets"},
    {"brackets on one value", "name[givenName eq \"x\"]", NULL, "single value"},
    {"brackets on a text", "userName[value eq \"x\"]", NULL, "no parts"},
    {"empty brackets", "emails[]", NULL, "attribute name"},
    {"open bracket", "emails[type eq \"work\"", NULL, "\"]\""},
    {"a name within that is elsewhere", "emails[userName eq \"x\"]", NULL, "sub-attribute"},
    {"nothing behind the dot", "emails[type eq \"work\"]. eq \"x\"", NULL, "sub-attribute"},
    {"single quotes", "userName eq 'x'", NULL, "double quotes"},
    {"typographic quotes", "userName eq \xe2\x80\x9cx\xe2\x80\x9d", NULL, "quotes"},
    {"F-019 type mismatch", "active eq \"yes\"", NULL, "true or false"},
    {"a number for a boolean", "active eq 1", NULL, "true or false"},
    {"a number for a text", "userName eq 5", NULL, "in double quotes"},
    {"a boolean for a text", "userName eq true", NULL, "in double quotes"},
    {"a text for a number", "tombstone.openWorkFound eq \"3\"", NULL, "without quotes"},
    {"F-020 inside a boolean", "active co true", NULL, "no texts"},
    {"inside a time", "meta.created sw \"2024\"", NULL, "no texts"},
    {"inside a number", "tombstone.openWorkFound co 1", NULL, "no texts"},
    {"inside a binary", "x509Certificates co \"QU\"", NULL, "no texts"},
    {"order of a binary", "x509Certificates gt \"QU\"", NULL, "no order"},
    {"order of references", "profileUrl gt \"a\"", NULL, "no order"},
    {"null has no order", "title gt null", NULL, "eq and ne"},
    {"nothing behind pr", "title pr \"x\"", NULL, "end of the filter"},
    {"two filters", "title pr title pr", NULL, "byte 10"},
    {"and at the end", "title pr and", NULL, "ends where"},
    {"and at the start", "and title pr", NULL, NULL},
    {"no space before and", "(title pr)and title pr", NULL, "space"},
    {"no space before a value", "title eq\"x\"", NULL, "space"},
    {"an unknown escape", "title eq \"\\x41\"", NULL, "escape"},
    {"half a surrogate pair", "title eq \"\\ud83d\"", NULL, "escape"},
    {"the wrong half", "title eq \"\\ude00\\ud83d\"", NULL, "escape"},
    {"I-05 NUL as an escape", "title eq \"a\\u0000b\"", NULL, "escape"},
    {"a control character", "title eq \"a\nb\"", NULL, "control"},
    {"not UTF-8", "title eq \"\xff\"", NULL, "UTF-8"},
    {"a bad number", "tombstone.openWorkFound eq 01", NULL, "number"},
    {"a number too large", "tombstone.openWorkFound eq 1e999", NULL, "too large"},
    {"a schema is no attribute", "@E pr", NULL, "schema"},
    {"an unknown schema", "urn:example:x:title pr", NULL, "no attribute"},
    {"too many dots", "name.givenName.x eq \"a\"", NULL, "no attribute"},
    {"a strange character", "title = \"x\"", NULL, "byte 7"},
};
/* clang-format on */
const size_t filter_cases_count = sizeof filter_cases / sizeof filter_cases[0];

char *filter_text(const char *shorthand)
{
    /* The shorthand of given_text makes " of ', which filters need as it is. */
    char *text = given_text(shorthand);
    const char *from = shorthand;
    for (char *c = text; *c != '\0'; c++) {
        while (*from != '\0' && *from != '"' && *from != '\'')
            from++;
        if (*c != '"')
            continue;
        *c = *from++;
    }
    return text;
}
