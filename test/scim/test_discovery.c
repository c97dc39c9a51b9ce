/* Promises: discovery has the shapes of RFC 7643 sections 5 to 7, absolute
 * locations, and nothing that is for us alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scim/discovery.h"
#include "test/scim/given.h"

#define BASE "https://bridge.example/support/scim/v2"
#define CORE "urn:ietf:params:scim:schemas:core:2.0:"

static struct scim_model *model;

static const struct scim_service service = {
    .patch = true,
    .filter = true,
    .sort = true,
    .etag = true,
    .cursor = true,
    .bulk_operations = 1000,
    .bulk_payload = 1048576,
    .max_results = 200,
    .default_results = 100,
    .cursor_timeout = 3600,
    .documentation = "https://bridge.example/docs",
};

#define SCHEMES                                                                \
    "'authenticationSchemes':[{'type':'oauthbearertoken','name':"              \
    "'Bearer token','description':'A token of the bridge in the "              \
    "Authorization header (RFC 6750).','specUri':"                             \
    "'https://www.rfc-editor.org/info/rfc6750','primary':true}]"

static void the_service_says_what_it_does(void **state)
{
    (void)state;
    json_t *config = scim_service_config(&service, BASE);
    assert_true(given_same(
        "config", config,
        "{'schemas':['" CORE "ServiceProviderConfig'],"
        "'documentationUri':'https://bridge.example/docs',"
        "'patch':{'supported':true},"
        "'bulk':{'supported':false,'maxOperations':1000,"
        "'maxPayloadSize':1048576},"
        "'filter':{'supported':true,'maxResults':200},"
        "'changePassword':{'supported':false},'sort':{'supported':true},"
        "'etag':{'supported':true},"
        "'pagination':{'cursor':true,'index':true,"
        "'defaultPaginationMethod':'index','defaultPageSize':100,"
        "'maxPageSize':200,'cursorTimeout':3600}," SCHEMES ","
        "'meta':{'resourceType':'ServiceProviderConfig',"
        "'location':'" BASE "/ServiceProviderConfig'}}"));
    json_decref(config);
}

static void a_service_without_cursors_names_no_timeout(void **state)
{
    (void)state;
    struct scim_service s = service;
    s.cursor = false;
    s.documentation = NULL;
    json_t *config = scim_service_config(&s, BASE);
    const json_t *pages = json_object_get(config, "pagination");
    assert_null(json_object_get(config, "documentationUri"));
    assert_true(json_is_false(json_object_get(pages, "cursor")));
    assert_null(json_object_get(pages, "cursorTimeout"));
    json_decref(config);
}

#define TYPE_USER                                                              \
    "{'schemas':['" CORE "ResourceType'],'id':'User','name':'User',"           \
    "'description':'A person with an account at the helpdesk.',"               \
    "'endpoint':'/Users','schema':'@U','schemaExtensions':["                   \
    "{'schema':'@E','required':false},{'schema':'@H','required':false}],"      \
    "'meta':{'resourceType':'ResourceType','location':'" BASE                  \
    "/ResourceTypes/User'}}"
#define TYPE_GROUP                                                             \
    "{'schemas':['" CORE "ResourceType'],'id':'Group','name':'Group',"         \
    "'description':'A group of users: a team, a role, or a group that only "   \
    "the bridge keeps.','endpoint':'/Groups','schema':'@G',"                   \
    "'schemaExtensions':[{'schema':'@J','required':false}],"                   \
    "'meta':{'resourceType':'ResourceType','location':'" BASE                  \
    "/ResourceTypes/Group'}}"

static void resource_types_are_listed_and_found(void **state)
{
    (void)state;
    json_t *list = scim_resource_types(model, BASE);
    assert_true(given_same(
        "types", list,
        "{'schemas':['urn:ietf:params:scim:api:messages:2.0:ListResponse'],"
        "'totalResults':2,'startIndex':1,'itemsPerPage':2,"
        "'Resources':[" TYPE_USER "," TYPE_GROUP "]}"));
    json_decref(list);
    json_t *one = scim_resource_type(model, "User", BASE);
    assert_true(given_same("User", one, TYPE_USER));
    json_decref(one);
    one = scim_resource_type(model, "group", BASE);
    assert_non_null(one);
    json_decref(one);
    assert_null(scim_resource_type(model, "Nope", BASE));
    assert_null(scim_resource_type(model, "/Users", BASE));
}

static void a_type_without_extensions_lists_none(void **state)
{
    (void)state;
    struct scim_error err = {0};
    json_t *documents =
        given("[{'id':'@U','name':'User','attributes':[]},"
              "{'id':'@G','name':'Group','description':'g','attributes':[]}]");
    struct scim_model *m = scim_model_new(documents, &err);
    json_t *one = scim_resource_type(m, "User", BASE);
    assert_null(json_object_get(one, "schemaExtensions"));
    assert_string_equal(json_string_value(json_object_get(one, "description")),
                        "User");
    json_decref(one);
    json_decref(documents);
    scim_model_free(m);
}

static void schemas_are_listed_with_their_places(void **state)
{
    (void)state;
    static const char *const wanted[] = {
        "@U",
        "@E",
        "@H",
        "@G",
        "@J",
        CORE "Schema",
        CORE "ResourceType",
        CORE "ServiceProviderConfig",
    };
    json_t *list = scim_schemas(model, BASE);
    const json_t *all = json_object_get(list, "Resources");
    assert_int_equal(json_array_size(all), 8);
    assert_int_equal(json_integer_value(json_object_get(list, "totalResults")),
                     8);
    for (size_t i = 0; i < 8; i++) {
        json_t *d = json_array_get(all, i);
        char *urn = given_text(wanted[i]), location[256] = BASE "/Schemas/";
        assert_string_equal(json_string_value(json_object_get(d, "id")), urn);
        strncat(location, urn, sizeof location - strlen(location) - 1);
        assert_string_equal(json_string_value(json_object_get(
                                json_object_get(d, "meta"), "location")),
                            location);
        assert_null(json_object_get(d, "x-extends"));
        assert_true(json_array_size(json_object_get(d, "schemas")) == 1);
        free(urn);
    }
    json_decref(list);
}

static void a_schema_is_found_in_any_case(void **state)
{
    (void)state;
    json_t *d = scim_schema_document(
        model, "urn:ietf:params:scim:schemas:core:2.0:user", BASE);
    assert_string_equal(json_string_value(json_object_get(d, "id")),
                        SCIM_URN_USER);
    json_decref(d);
    d = scim_schema_document(model, CORE "Schema", BASE);
    assert_non_null(d);
    json_decref(d);
    assert_null(scim_schema_document(model, "urn:x:y", BASE));
    assert_null(scim_schema_document(model, "", BASE));
    /* A second look is the same: `meta` is not kept in the model. */
    json_t *documents = scim_model_documents(model);
    assert_null(json_object_get(json_array_get(documents, 0), "meta"));
    json_decref(documents);
}

static void an_attribute_of_a_helpdesk_is_published(void **state)
{
    (void)state;
    char *urn = given_text("@H");
    json_t *d = scim_schema_document(model, urn, BASE), *a, *desk = NULL;
    size_t i;
    json_array_foreach (json_object_get(d, "attributes"), i, a) {
        if (strcmp(json_string_value(json_object_get(a, "name")), "desk") == 0)
            desk = a;
    }
    assert_int_equal(json_array_size(json_object_get(desk, "subAttributes")),
                     2);
    json_decref(d);
    free(urn);
}

static void lists_count_what_they_hold(void **state)
{
    (void)state;
    json_t *list = scim_list(json_pack("[{}, {}]"), 250, 101);
    assert_true(given_same(
        "page", list,
        "{'schemas':['urn:ietf:params:scim:api:messages:2.0:ListResponse'],"
        "'totalResults':250,'startIndex':101,'itemsPerPage':2,"
        "'Resources':[{},{}]}"));
    json_decref(list);
    list = scim_list(json_array(), 0, 1);
    assert_true(given_same(
        "empty", list,
        "{'schemas':['urn:ietf:params:scim:api:messages:2.0:ListResponse'],"
        "'totalResults':0,'startIndex':1,'itemsPerPage':0,'Resources':[]}"));
    json_decref(list);
    list = scim_list(json_array(), 5000000000, 0);
    assert_null(json_object_get(list, "startIndex"));
    assert_true(json_integer_value(json_object_get(list, "totalResults")) ==
                5000000000);
    json_decref(list);
    assert_null(scim_list(NULL, 0, 1));
}

static int set_up(void **state)
{
    (void)state;
    model = given_model();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    scim_model_free(model);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_service_says_what_it_does),
        cmocka_unit_test(a_service_without_cursors_names_no_timeout),
        cmocka_unit_test(resource_types_are_listed_and_found),
        cmocka_unit_test(a_type_without_extensions_lists_none),
        cmocka_unit_test(schemas_are_listed_with_their_places),
        cmocka_unit_test(a_schema_is_found_in_any_case),
        cmocka_unit_test(an_attribute_of_a_helpdesk_is_published),
        cmocka_unit_test(lists_count_what_they_hold),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
