#include "test/scim/patch_cases.h"

/* clang-format off */
const struct patch_person patch_people[] = {
    {"U1", "User",
     "{'schemas':['@U','@E'],'id':'u-1','externalId':'Ext-1',"
     "'userName':'bjensen@example.com',"
     "'name':{'familyName':'Jensen','givenName':'Barbara'},"
     "'displayName':'Babs','title':'Tour Guide','active':true,"
     "'emails':[{'value':'bjensen@example.com','type':'work','primary':true},"
     "{'value':'babs@jensen.org','type':'home'}],"
     "'groups':[{'value':'g-1','display':'Tour Guides'}],"
     "'@E':{'employeeNumber':'701984','department':'Sales'},"
     "'meta':{'resourceType':'User','created':'2024-05-13T04:42:34.000Z'}}"},
    {"U2", "User",
     "{'schemas':['@U'],'id':'u-2','userName':'jsmith',"
     "'name':{'familyName':'Smith','givenName':'James'},'active':true,"
     "'emails':[{'value':'jsmith@example.org','type':'work'}]}"},
    {"U3", "User",
     "{'schemas':['@U','@H'],'id':'u-3','userName':'\\u00c5sa',"
     "'preferredLanguage':'sv','active':false,'@H':{'seat':true}}"},
    {"U4", "User", /* with a manager, roles and addresses */
     "{'schemas':['@U','@E'],'id':'u-4','userName':'mia','active':true,"
     "'addresses':[{'locality':'Reno','type':'home'}],"
     "'roles':[{'value':'Agent','primary':true}],"
     "'@E':{'manager':{'value':'u-1','$ref':'../Users/u-1',"
     "'displayName':'Babs'}}}"},
    {"U5", "User", /* as no client may have it: two primary ones, no userName */
     "{'schemas':['@U'],'id':'u-5','active':true,'emails':[{'value':'a',"
     "'primary':true},{'value':'b','primary':true}]}"},
    {"G1", "Group",
     "{'schemas':['@G'],'id':'g-1','displayName':'Tour Guides',"
     "'members':[{'value':'u-1','$ref':'https://h.example/Users/u-1',"
     "'type':'User','display':'Babs'}]}"},
    {"G3", "Group", /* two members */
     "{'schemas':['@G'],'id':'g-3','displayName':'Both',"
     "'members':[{'value':'u-1'},{'value':'u-2'}]}"},
};

const struct patch_case patch_cases[] = {
    /* the operation itself */
    {"PA-001", "U1", "[{'op':'replace','path':'title','value':'Boss'}]", "{'title':'Boss'}", SCIM_NONE, NULL},
    {"PA-002 TQ-01", "U1", "[{'op':'Replace','path':'title','value':'Boss'}]", "{'title':'Boss'}", SCIM_NONE, NULL},
    {"names of members in any case", "U1", "[{'OP':'add','Path':'TITLE','VALUE':'Boss'}]", "{'title':'Boss'}", SCIM_NONE, NULL},
    {"PA-004", "U1", "[]", NULL, SCIM_INVALID_SYNTAX, "empty"},
    {"PA-005", "U1", "[{'op':'move','path':'title'}]", NULL, SCIM_INVALID_SYNTAX, "\"op\""},
    {"no op", "U1", "[{'path':'title','value':'x'}]", NULL, SCIM_INVALID_SYNTAX, "\"op\""},
    {"op is no text", "U1", "[{'op':1,'path':'title','value':'x'}]", NULL, SCIM_INVALID_SYNTAX, "\"op\""},
    {"two ops", "U1", "[{'op':'add','OP':'remove','path':'title','value':'x'}]", NULL, SCIM_INVALID_SYNTAX, "once"},
    {"no object", "U1", "['add']", NULL, SCIM_INVALID_SYNTAX, "object"},
    {"path is no text", "U1", "[{'op':'add','path':5,'value':'x'}]", NULL, SCIM_INVALID_PATH, "text"},
    {"PA-068", "U1", "[{'op':'add','name':'addMember','path':'title','value':'x'}]", "{'title':'x'}", SCIM_NONE, NULL},
    {"PA-043 in order", "U1", "[{'op':'remove','path':'title'},{'op':'add','path':'title','value':'A'},{'op':'replace','path':'title','value':'B'}]", "{'title':'B'}", SCIM_NONE, NULL},
    {"says which was wrong", "U1", "[{'op':'remove','path':'title'},{'op':'add','path':'nonsense','value':'A'}]", NULL, SCIM_INVALID_PATH, "Operation 2: "},

    /* add */
    {"PA-006", "U2", "[{'op':'add','path':'nickName','value':'Jim'}]", "{'nickName':'Jim'}", SCIM_NONE, NULL},
    {"PA-007", "U1", "[{'op':'add','value':{'emails':[{'type':'other','value':'o@x.example'}],'nickName':'B'}}]",
     "{'nickName':'B','emails':[{'value':'bjensen@example.com','type':'work','primary':true},{'value':'babs@jensen.org','type':'home'},{'value':'o@x.example','type':'other'}]}", SCIM_NONE, NULL},
    {"PA-008", "U1", "[{'op':'add','path':'title'}]", NULL, SCIM_INVALID_VALUE, "\"value\""},
    {"PA-009", "U1", "[{'op':'add','value':'x'}]", NULL, SCIM_INVALID_VALUE, "object"},
    {"PA-010", "U1", "[{'op':'add','path':'name','value':{'middleName':'Jane'}}]", "{'name':{'familyName':'Jensen','givenName':'Barbara','middleName':'Jane'}}", SCIM_NONE, NULL},
    {"PA-012", "U1", "[{'op':'add','path':'emails','value':[{'type':'work','value':'bjensen@example.com','primary':true}]}]", "=", SCIM_NONE, NULL},
    {"PA-013", "G1", "[{'op':'add','path':'members','value':[{'value':'u-1'}]}]", "=", SCIM_NONE, NULL},
    {"a member again, said otherwise", "G1", "[{'op':'add','path':'members','value':[{'value':'u-1','type':'Group','$ref':'x'}]}]", "=", SCIM_NONE, NULL},
    {"PA-014", "U1", "[{'op':'add','path':'emails','value':[{'type':'home2','value':'n@x.example','primary':true}]}]",
     "{'emails':[{'value':'bjensen@example.com','type':'work','primary':false},{'value':'babs@jensen.org','type':'home'},{'value':'n@x.example','type':'home2','primary':true}]}", SCIM_NONE, NULL},
    {"the same typed value melts", "U1", "[{'op':'add','path':'emails','value':[{'type':'home','value':'babs@jensen.org','display':'B'}]}]",
     "{'emails':[{'value':'bjensen@example.com','type':'work','primary':true},{'value':'babs@jensen.org','display':'B','type':'home'}]}", SCIM_NONE, NULL},
    {"two primary at once", "U1", "[{'op':'add','path':'emails','value':[{'value':'a@x.example','primary':true},{'value':'b@x.example','primary':true}]}]", NULL, SCIM_INVALID_VALUE, "primary"},
    {"PA-24 one object", "U1", "[{'op':'add','path':'phoneNumbers','value':{'value':'1'}}]", "{'phoneNumbers':[{'value':'1'}]}", SCIM_NONE, NULL},
    {"PA-24 a bare text", "U1", "[{'op':'add','path':'emails','value':'a@x.example'}]", NULL, SCIM_INVALID_VALUE, "emails"},
    {"PA-28 null, many", "U1", "[{'op':'add','path':'emails','value':null}]", "=", SCIM_NONE, NULL},
    {"PA-28 null, one", "U1", "[{'op':'add','path':'title','value':null}]", "{'title':null}", SCIM_NONE, NULL},
    {"addresses have no value", "U4", "[{'op':'add','path':'addresses','value':[{'type':'home','locality':'Reno'}]}]", "=", SCIM_NONE, NULL},
    {"another address of that type", "U4", "[{'op':'add','path':'addresses','value':[{'type':'home','locality':'Rome'}]}]", "{'addresses':[{'locality':'Reno','type':'home'},{'locality':'Rome','type':'home'}]}", SCIM_NONE, NULL},
    {"PA-040 PA-12", "U2", "[{'op':'add','path':'@E:department','value':'R&D'}]", "{'schemas':['@U','@E'],'department':'R&D'}", SCIM_NONE, NULL},
    {"a wrong type", "U2", "[{'op':'add','path':'title','value':5}]", NULL, SCIM_INVALID_VALUE, "title"},
    {"a sub-attribute of one value", "U3", "[{'op':'add','path':'name.givenName','value':'A'}]", "{'name':{'givenName':'A'}}", SCIM_NONE, NULL},
    {"a sub-attribute in every value", "U1", "[{'op':'add','path':'emails.display','value':'x'}]",
     "{'emails':[{'value':'bjensen@example.com','display':'x','type':'work','primary':true},{'value':'babs@jensen.org','display':'x','type':'home'}]}", SCIM_NONE, NULL},
    {"a sub-attribute where no value is", "U3", "[{'op':'add','path':'emails.value','value':'a@x.example'}]", "{'emails':[{'value':'a@x.example'}]}", SCIM_NONE, NULL},

    /* add by a filter */
    {"PA-26 into the match", "U1", "[{'op':'add','path':'emails[type eq \\\"home\\\"].display','value':'H'}]",
     "{'emails':[{'value':'bjensen@example.com','type':'work','primary':true},{'value':'babs@jensen.org','display':'H','type':'home'}]}", SCIM_NONE, NULL},
    {"PA-26 an object", "U1", "[{'op':'add','path':'emails[type eq \\\"home\\\"]','value':{'display':'H','type':null}}]",
     "{'emails':[{'value':'bjensen@example.com','type':'work','primary':true},{'value':'babs@jensen.org','display':'H'}]}", SCIM_NONE, NULL},
    {"PA-026 TQ-05", "U3", "[{'op':'Add','path':'emails[type eq \\\"Work\\\"].value','value':'a@x.example'}]", "{'emails':[{'value':'a@x.example','type':'Work'}]}", SCIM_NONE, NULL},
    {"PA-027", "U3", "[{'op':'add','path':'emails[type eq \\\"work\\\" or type eq \\\"home\\\"].value','value':'x'}]", NULL, SCIM_NO_TARGET, "emails"},
    {"and of two", "U3", "[{'op':'add','path':'addresses[type eq \\\"work\\\" and primary eq true].formatted','value':'x'}]", "{'addresses':[{'formatted':'x','type':'work','primary':true}]}", SCIM_NONE, NULL},
    {"not primary", "U3", "[{'op':'add','path':'roles[primary eq false].value','value':'x'}]", "{'roles':[{'value':'x','primary':false}]}", SCIM_NONE, NULL},
    {"PA-062 TQ-03", "U1", "[{'op':'add','path':'roles[primary eq \\\"True\\\"].value','value':'Agent'}]", "{'roles':[{'value':'Agent','primary':true}]}", SCIM_NONE, NULL},
    {"a new primary one", "U4", "[{'op':'add','path':'roles[value eq \\\"Admin\\\"].primary','value':'True'}]", "{'roles':[{'value':'Agent','primary':false},{'value':'Admin','primary':true}]}", SCIM_NONE, NULL},
    {"an object where none matches", "U2", "[{'op':'add','path':'phoneNumbers[type eq \\\"fax\\\"]','value':{'value':'1'}}]", "{'phoneNumbers':[{'value':'1','type':'fax'}]}", SCIM_NONE, NULL},

    /* remove */
    {"PA-016", "U1", "[{'op':'remove','path':'title'}]", "{'title':null}", SCIM_NONE, NULL},
    {"PA-017", "U1", "[{'op':'remove'}]", NULL, SCIM_NO_TARGET, "\"path\""},
    {"PA-018", "U1", "[{'op':'remove','path':'userName'}]", NULL, SCIM_MUTABILITY, "userName"},
    {"required by the way of null", "U1", "[{'op':'replace','path':'userName','value':null}]", NULL, SCIM_MUTABILITY, "userName"},
    {"required by the way of nothing", "U1", "[{'op':'replace','path':'userName','value':' '}]", NULL, SCIM_INVALID_VALUE, "userName"},
    {"active always is one or the other", "U1", "[{'op':'remove','path':'active'}]", NULL, SCIM_MUTABILITY, "active"},
    {"PA-019", "U1", "[{'op':'remove','path':'emails[type eq \\\"home\\\"]'}]", "{'emails':[{'value':'bjensen@example.com','type':'work','primary':true}]}", SCIM_NONE, NULL},
    {"PA-020", "U2", "[{'op':'remove','path':'emails[type eq \\\"work\\\"]'}]", "{'emails':null}", SCIM_NONE, NULL},
    {"PA-021", "U1", "[{'op':'remove','path':'emails[type eq \\\"fax\\\"]'}]", "=", SCIM_NONE, NULL},
    {"PA-022", "U1", "[{'op':'remove','path':'emails'}]", "{'emails':null}", SCIM_NONE, NULL},
    {"PA-023", "U1", "[{'op':'remove','path':'nickName'}]", "=", SCIM_NONE, NULL},
    {"a sub-attribute", "U1", "[{'op':'remove','path':'name.givenName'}]", "{'name':{'familyName':'Jensen'}}", SCIM_NONE, NULL},
    {"the last sub-attribute", "U1", "[{'op':'remove','path':'name.givenName'},{'op':'remove','path':'name.familyName'}]", "{'name':null}", SCIM_NONE, NULL},
    {"PA-34", "U1", "[{'op':'remove','path':'emails[type eq \\\"home\\\"].value'}]", "{'emails':[{'value':'bjensen@example.com','type':'work','primary':true}]}", SCIM_NONE, NULL},
    {"PA-34 but something is left", "U1", "[{'op':'remove','path':'emails[type eq \\\"home\\\"].type'}]", "{'emails':[{'value':'bjensen@example.com','type':'work','primary':true},{'value':'babs@jensen.org'}]}", SCIM_NONE, NULL},
    {"in every value", "U1", "[{'op':'remove','path':'emails.value'}]", "{'emails':null}", SCIM_NONE, NULL},
    {"PA-041 C-02", "U1", "[{'op':'remove','path':'@E:employeeNumber'},{'op':'remove','path':'department'}]", "{'schemas':['@U'],'department':null,'employeeNumber':null}", SCIM_NONE, NULL},
    {"PA-37", "U1", "[{'op':'remove','path':'@E'}]", "{'schemas':['@U'],'department':null,'employeeNumber':null}", SCIM_NONE, NULL},
    {"PA-37 of what only the server tells", "U3", "[{'op':'remove','path':'urn:scim-bridge:params:scim:schemas:extension:helpdesk:2.0:User:seat'}]", NULL, SCIM_MUTABILITY, "seat"},
    {"the core", "U1", "[{'op':'remove','path':'@U'}]", NULL, SCIM_MUTABILITY, "core"},
    {"PA-049 TQ-04", "G3", "[{'op':'Remove','path':'members','value':[{'$ref':null,'value':'u-1'}]}]", "{'members':[{'value':'u-2'}]}", SCIM_NONE, NULL},
    {"TQ-04 never empties by itself", "G3", "[{'op':'Remove','path':'members','value':[]}]", "=", SCIM_NONE, NULL},
    {"TQ-04 by their ids", "G3", "[{'op':'remove','path':'members','value':['u-1','u-2']}]", "{'members':null}", SCIM_NONE, NULL},
    {"TQ-04 one object", "G3", "[{'op':'remove','path':'members','value':{'value':'u-2','display':'J'}}]", "{'members':[{'value':'u-1'}]}", SCIM_NONE, NULL},
    {"PA-36 of another attribute", "U1", "[{'op':'remove','path':'emails','value':[{'value':'BABS@jensen.org'}]}]", "{'emails':[{'value':'bjensen@example.com','type':'work','primary':true}]}", SCIM_NONE, NULL},
    {"PA-050", "G1", "[{'op':'remove','path':'members[value eq \\\"u-1\\\"]'}]", "{'members':null}", SCIM_NONE, NULL},
    {"PA-051", "G1", "[{'op':'remove','path':'members'}]", "{'members':null}", SCIM_NONE, NULL},
    {"PA-052", "G1", "[{'op':'remove','path':'members[value eq \\\"UU\\\"]'}]", "=", SCIM_NONE, NULL},
    {"members by another filter", "G3", "[{'op':'remove','path':'members[value sw \\\"u\\\" and not (value ew \\\"2\\\")]'}]", "{'members':[{'value':'u-2'}]}", SCIM_NONE, NULL},
    {"removed and added again", "G3", "[{'op':'remove','path':'members[value eq \\\"u-1\\\"]'},{'op':'add','path':'members','value':'u-1'},{'op':'remove','path':'members[value eq \\\"u-2\\\"]'}]", "{'members':[{'value':'u-1'}]}", SCIM_NONE, NULL},

    /* replace */
    {"PA-011", "U1", "[{'op':'replace','path':'name','value':{'familyName':'Doe'}}]", "{'name':{'familyName':'Doe','givenName':'Barbara'}}", SCIM_NONE, NULL},
    {"a sub-attribute by null", "U1", "[{'op':'replace','path':'name','value':{'familyName':null}}]", "{'name':{'givenName':'Barbara'}}", SCIM_NONE, NULL},
    {"PA-015", "U1", "[{'op':'replace','path':'emails[type eq \\\"home\\\"].primary','value':true}]", "{'emails':[{'value':'bjensen@example.com','type':'work','primary':false},{'value':'babs@jensen.org','type':'home','primary':true}]}", SCIM_NONE, NULL},
    {"two made primary", "U1", "[{'op':'replace','path':'emails[value pr].primary','value':true}]", NULL, SCIM_INVALID_VALUE, "primary"},
    {"PA-024", "U1", "[{'op':'replace','path':'emails[type eq \\\"work\\\"].value','value':'w@x.example'}]", "{'emails':[{'value':'w@x.example','type':'work','primary':true},{'value':'babs@jensen.org','type':'home'}]}", SCIM_NONE, NULL},
    {"PA-025", "U1", "[{'op':'replace','path':'emails[type eq \\\"fax\\\"].value','value':'x'}]", NULL, SCIM_NO_TARGET, "add"},
    {"PA-025 whole value", "U1", "[{'op':'replace','path':'emails[type eq \\\"fax\\\"]','value':{'value':'x'}}]", NULL, SCIM_NO_TARGET, "add"},
    {"null where none matches", "U1", "[{'op':'replace','path':'emails[type eq \\\"fax\\\"].value','value':null}]", NULL, SCIM_NO_TARGET, NULL},
    {"PA-028", "U1", "[{'op':'replace','path':'emails','value':[{'value':'only@x.example'}]}]", "{'emails':[{'value':'only@x.example'}]}", SCIM_NONE, NULL},
    {"PA-029", "U1", "[{'op':'replace','path':'emails','value':[]}]", "{'emails':null}", SCIM_NONE, NULL},
    {"all by null", "U1", "[{'op':'replace','path':'emails','value':null}]", "{'emails':null}", SCIM_NONE, NULL},
    {"two primary in the new set", "U1", "[{'op':'replace','path':'emails','value':[{'value':'a','primary':true},{'value':'b','primary':true}]}]", NULL, SCIM_INVALID_VALUE, "primary"},
    {"PA-030", "U1", "[{'op':'replace','path':'emails[type eq \\\"work\\\"]','value':{'value':'w@x.example'}}]", "{'emails':[{'value':'w@x.example','type':'work'},{'value':'babs@jensen.org','type':'home'}]}", SCIM_NONE, NULL},
    {"the match by null", "U1", "[{'op':'replace','path':'emails[type eq \\\"work\\\"]','value':null}]", "{'emails':[{'value':'babs@jensen.org','type':'home'}]}", SCIM_NONE, NULL},
    {"a sub-attribute of the match by null", "U1", "[{'op':'replace','path':'emails[type eq \\\"work\\\"].primary','value':null}]", "{'emails':[{'value':'bjensen@example.com','type':'work'},{'value':'babs@jensen.org','type':'home'}]}", SCIM_NONE, NULL},
    {"a wrong type of the match", "U1", "[{'op':'replace','path':'emails[type eq \\\"work\\\"]','value':'w'}]", NULL, SCIM_INVALID_VALUE, "emails"},
    {"PA-067", "U1", "[{'op':'replace','path':'title','value':null}]", "{'title':null}", SCIM_NONE, NULL},
    {"PA-43 absent", "U2", "[{'op':'replace','path':'title','value':'x'}]", "{'title':'x'}", SCIM_NONE, NULL},
    {"PA-49", "U1", "[{'op':'replace','path':'title','value':'Tour Guide'}]", "=", SCIM_NONE, NULL},
    {"PA-48", "U1", "[{'op':'replace','path':'title'}]", NULL, SCIM_INVALID_VALUE, "\"value\""},
    {"PA-053", "G1", "[{'op':'replace','path':'members','value':[{'value':'u-2'},{'value':'u-3'}]}]", "{'members':[{'value':'u-2'},{'value':'u-3'}]}", SCIM_NONE, NULL},
    {"the same members, said shorter", "G1", "[{'op':'replace','path':'members','value':[{'value':'u-1'}]}]", "=", SCIM_NONE, NULL},
    {"a member twice", "G1", "[{'op':'replace','path':'members','value':[{'value':'u-2'},'u-2']}]", "{'members':[{'value':'u-2'}]}", SCIM_NONE, NULL},
    {"PA-065", "U1", "[{'op':'replace','path':'password','value':'n3w'}]", "{'password':'n3w'}", SCIM_NONE, NULL},

    /* what cannot be changed */
    {"PA-031", "U1", "[{'op':'replace','path':'id','value':'x'}]", NULL, SCIM_MUTABILITY, "id"},
    {"PA-032", "U1", "[{'op':'replace','path':'meta.created','value':'2024-05-13T04:42:34Z'}]", NULL, SCIM_MUTABILITY, "meta"},
    {"PA-033", "U1", "[{'op':'replace','path':'groups','value':[]}]", NULL, SCIM_MUTABILITY, "groups"},
    {"groups by a filter", "U1", "[{'op':'remove','path':'groups[value eq \\\"g-1\\\"]'}]", NULL, SCIM_MUTABILITY, "groups"},
    {"a readOnly part", "U4", "[{'op':'replace','path':'manager.displayName','value':'x'}]", NULL, SCIM_MUTABILITY, "manager.displayName"},
    {"PA-034", "G1", "[{'op':'replace','path':'members[value eq \\\"u-1\\\"].value','value':'u-2'}]", NULL, SCIM_MUTABILITY, "members.value"},
    {"G-02 the same value", "G1", "[{'op':'replace','path':'members[value eq \\\"u-1\\\"].value','value':'u-1'}]", "=", SCIM_NONE, NULL},
    {"G-02 removed from a member", "G1", "[{'op':'remove','path':'members[value eq \\\"u-1\\\"].type'}]", NULL, SCIM_MUTABILITY, "members.type"},
    {"G-02 the whole member", "G1", "[{'op':'replace','path':'members[value eq \\\"u-1\\\"]','value':{'value':'u-2'}}]", NULL, SCIM_MUTABILITY, "members.value"},
    {"immutable without a value", "G3", "[{'op':'add','path':'members[value eq \\\"u-1\\\"].type','value':'User'}]", "{'members':[{'value':'u-1','type':'User'},{'value':'u-2'}]}", SCIM_NONE, NULL},
    {"PA-13 add to schemas", "U2", "[{'op':'add','path':'schemas','value':['@E','urn:example:x']}]", "=", SCIM_NONE, NULL},
    {"PA-13 remove the base", "U1", "[{'op':'remove','path':'schemas','value':['@U']}]", NULL, SCIM_MUTABILITY, "schemas"},
    {"PA-13 remove all", "U1", "[{'op':'remove','path':'schemas'}]", NULL, SCIM_MUTABILITY, "schemas"},
    {"PA-13 remove an extension", "U1", "[{'op':'remove','path':'schemas','value':['@E']}]", "{'schemas':['@U'],'department':null}", SCIM_NONE, NULL},

    /* without a path */
    {"PA-045 TQ-07", "U1", "[{'op':'replace','value':{'active':false}}]", "{'active':false,'title':'Tour Guide'}", SCIM_NONE, NULL},
    {"PA-046 TQ-08", "U1", "[{'op':'replace','value':{'name.givenName':'B','@E:department':'X'}}]", "{'name':{'familyName':'Jensen','givenName':'B'},'department':'X','employeeNumber':'701984'}", SCIM_NONE, NULL},
    {"an extension's object", "U2", "[{'op':'add','value':{'@E':{'department':'X','manager':{'value':'u-1'}}}}]", "{'department':'X','manager':{'value':'u-1'},'schemas':['@U','@E']}", SCIM_NONE, NULL},
    {"a path within an extension's object", "U2", "[{'op':'add','value':{'@E':{'manager.value':'u-1'}}}]", "{'manager':{'value':'u-1'}}", SCIM_NONE, NULL},
    {"an extension by null", "U1", "[{'op':'replace','value':{'@E':null}}]", "{'schemas':['@U'],'department':null}", SCIM_NONE, NULL},
    {"the extension as path", "U2", "[{'op':'add','path':'@E','value':{'department':'X'}}]", "{'department':'X'}", SCIM_NONE, NULL},
    {"the core as path", "U2", "[{'op':'replace','path':'@U','value':{'title':'X','nonsense':1}}]", "{'title':'X'}", SCIM_NONE, NULL},
    {"a filter as name", "U1", "[{'op':'replace','value':{'emails[type eq \\\"work\\\"].value':'w@x.example'}}]", "{'emails':[{'value':'w@x.example','type':'work','primary':true},{'value':'babs@jensen.org','type':'home'}]}", SCIM_NONE, NULL},
    {"a bad filter as name", "U1", "[{'op':'replace','value':{'emails[kind eq \\\"work\\\"].value':'w'}}]", NULL, SCIM_INVALID_FILTER, "kind"},
    {"PA-047 TQ-09", "G1", "[{'op':'replace','value':{'id':'g-1','displayName':'TG'}}]", "{'displayName':'TG','members':[{'value':'u-1','$ref':'https://h.example/Users/u-1','type':'User','display':'Babs'}]}", SCIM_NONE, NULL},
    {"PA-048", "G1", "[{'op':'replace','value':{'id':'other'}}]", NULL, SCIM_MUTABILITY, "id"},
    {"PA-50 what the server tells", "U1", "[{'op':'replace','value':{'meta':{'created':'x'},'schemas':['urn:example:x'],'groups':[],'@H':{'seat':false},'manager.displayName':'x','meta.version':'y'}}]", "=", SCIM_NONE, NULL},
    {"PA-50 readOnly extension by null", "U3", "[{'op':'replace','value':{'@H':null,'urn:scim-bridge:params:scim:schemas:extension:helpdesk:2.0:User:seat':null}}]", "=", SCIM_NONE, NULL},
    {"PA-51 unknown", "U1", "[{'op':'replace','value':{'nonsense':1,'name.nonsense':2}}]", "=", SCIM_NONE, NULL},
    {"replaced as a whole", "U1", "[{'op':'replace','value':{'emails':[{'value':'a@x.example'}]}}]", "{'emails':[{'value':'a@x.example'}]}", SCIM_NONE, NULL},
    {"names in any case", "U1", "[{'op':'replace','value':{'TITLE':'x'}}]", "{'title':'x'}", SCIM_NONE, NULL},
    {"one name twice", "U1", "[{'op':'replace','value':{'TITLE':'x','title':'y'}}]", NULL, SCIM_INVALID_SYNTAX, "twice"},
    {"path of null", "U1", "[{'op':'replace','path':null,'value':{'title':'x'}}]", "{'title':'x'}", SCIM_NONE, NULL},
    {"path of nothing", "U1", "[{'op':'replace','path':'','value':{'title':'x'}}]", "{'title':'x'}", SCIM_NONE, NULL},
    {"an extension that is no object", "U1", "[{'op':'replace','value':{'@E':'x'}}]", NULL, SCIM_INVALID_VALUE, "object"},

    /* what real clients send */
    {"PA-044 TQ-03", "U1", "[{'op':'Replace','path':'active','value':'False'}]", "{'active':false}", SCIM_NONE, NULL},
    {"PA-054 TQ-12", "G1", "[{'op':'Add','path':'members','value':[{'$ref':null,'value':'u-2'}]}]", "{'members':[{'value':'u-1','$ref':'https://h.example/Users/u-1','type':'User','display':'Babs'},{'value':'u-2'}]}", SCIM_NONE, NULL},
    {"PA-055 TQ-11", "G3", "[{'op':'add','path':'members','value':'u-3'},{'op':'add','path':'members','value':{'value':'u-4','displayName':'x'}}]", "{'members':[{'value':'u-1'},{'value':'u-2'},{'value':'u-3'},{'value':'u-4'}]}", SCIM_NONE, NULL},
    {"PA-058 TQ-10", "U2", "[{'op':'Add','path':'@E:manager','value':'u-1'}]", "{'manager':{'value':'u-1'}}", SCIM_NONE, NULL},
    {"PA-059 TQ-10", "U2", "[{'op':'add','path':'manager','value':[{'$ref':'../Users/u-1','value':'u-1'}]}]", "{'manager':{'value':'u-1','$ref':'../Users/u-1'}}", SCIM_NONE, NULL},
    {"PA-060 TQ-10", "U4", "[{'op':'replace','path':'manager','value':''}]", "{'manager':null}", SCIM_NONE, NULL},
    {"TQ-10 by null", "U4", "[{'op':'replace','path':'manager','value':null}]", "{'manager':null}", SCIM_NONE, NULL},
    {"another manager has another address", "U4", "[{'op':'replace','path':'manager','value':'u-2'}]", "{'manager':{'value':'u-2'}}", SCIM_NONE, NULL},
    {"the same by its part", "U4", "[{'op':'replace','path':'manager.value','value':'u-2'}]", "{'manager':{'value':'u-2'}}", SCIM_NONE, NULL},
    {"the same manager", "U4", "[{'op':'replace','path':'manager','value':'u-1'}]", "=", SCIM_NONE, NULL},
    {"PA-061 TQ-17", "U1", "[{'op':'Add','path':'roles','value':[{'value':'{\\\"id\\\":\\\"1\\\",\\\"value\\\":\\\"Admin\\\",\\\"displayName\\\":\\\"Admin\\\"}'}]}]",
     "{'roles':[{'value':'Admin','display':'Admin'}]}", SCIM_NONE, NULL},
    {"TQ-18", "U1", "[{'op':'replace','path':'roles','value':[{'value':'A','displayName':'Agent'}]}]", "{'roles':[{'value':'A','display':'Agent'}]}", SCIM_NONE, NULL},
    {"what the helpdesk lacks is no obstacle", "U5", "[{'op':'replace','path':'active','value':false}]", "{'active':false}", SCIM_NONE, NULL},
    {"desk of the helpdesk", "U1", "[{'op':'replace','path':'@H:desk.shift','value':'late'}]", "{'schemas':['@U','@E','@H'],'desk':{'shift':'late'}}", SCIM_NONE, NULL},
};
/* clang-format on */
const size_t patch_cases_count = sizeof patch_cases / sizeof patch_cases[0];
