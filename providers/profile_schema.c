/*
 * providers/profile_schema.c - the tables of helpdesk-provider/1
 */
#include "providers/profile_schema.h"

#include "providers/profile_schema_internal.h"

#include <string.h>

/* clang-format off */

const char profile_kinds[] =
    "unauthorized forbidden protected not_found exists no_seat invalid "
    "temporary unsupported";

const char profile_operations[] =
    "probe users.list users.get users.find_by_email users.find_by_user_name "
    "users.find_by_external_id users.create users.invite users.resend_invite "
    "users.revoke_invite users.update users.set_role users.set_permissions "
    "users.deactivate users.reactivate users.promote users.delete "
    "users.login_history users.activity_log users.bulk_invite "
    "users.bulk_update users.bulk_deactivate customers.find_by_email "
    "teams.list teams.get teams.create teams.update teams.delete roles.list "
    "tickets.open tickets.assign tickets.assign_team tickets.unassign jobs.get";

const char profile_hooks[] = "helpscout_leave_rotation kustomer_move";

/* ---- users and groups ---------------------------------------------------- */

static const struct profile_key row_keys[] = {
    KEY("scim", PT_SCIM, REQUIRED),
    KEY("native", PT_NATIVE, REQUIRED),
    KEY("join", PT_ANY, OPTIONAL),
    WORD("write", OPTIONAL, "always create never"),
    WORD("read", OPTIONAL, "always never"),
    KEY("write_to", PT_PATH, OPTIONAL),
    WORD("transform", OPTIONAL,
         "lower iso8601 epoch_s epoch_ms string string_list not"),
    WORD("part", OPTIONAL, "given family"),
    KEY("required", PT_BOOL, OPTIONAL),
    KEY("default", PT_SCALAR, OPTIONAL),
    KEY("clearable", PT_BOOL, OPTIONAL),
    KEY("primary", PT_BOOL, OPTIONAL),
    KEY("values", PT_SCALARS, OPTIONAL),
    KEY("only_for_roles", PT_TEXTS, OPTIONAL),
    NUMBER("max", OPTIONAL, 1),
    KEY("pattern", PT_REGEX, OPTIONAL),
    KEY("op", PT_OP, OPTIONAL),
    KEY("update_op", PT_OP, OPTIONAL),
    WORD("type", OPTIONAL, "string boolean integer"),
    END,
};
static const struct profile_shape row_shape = {
    "a row of the map", row_keys, NULL, NULL};

static const struct profile_key state_keys[] = {
    KEY("when", PT_WHEN, REQUIRED),
    WORD("is", REQUIRED, "active pending inactive deleted"),
    END,
};
static const struct profile_shape state_shape = {
    "a state", state_keys, NULL, NULL};

static const struct profile_key role_keys[] = {
    KEY("scim", PT_TEXT, REQUIRED),
    KEY("set", PT_SETS, OPTIONAL),
    KEY("also", PT_WHENS, OPTIONAL),
    KEY("team", PT_TEXT, OPTIONAL),
    KEY("default", PT_BOOL, OPTIONAL),
    KEY("elevated", PT_BOOL, OPTIONAL),
    KEY("invite_as", PT_TEXT, OPTIONAL),
    KEY("assign", PT_BOOL, OPTIONAL),
    END,
};
static const struct profile_shape role_shape = {"a role", role_keys, NULL, NULL};

static const struct profile_key lookup_keys[] = {
    KEY("op", PT_OP, REQUIRED),
    KEY("by", PT_PATH, REQUIRED),
    KEY("value", PT_PATH, REQUIRED),
    KEY("writes", PT_TEXT, OPTIONAL),
    KEY("with", PT_SETS, OPTIONAL),
    KEY("optional", PT_TEXTS, OPTIONAL),
    END,
};
static const struct profile_shape lookup_shape = {
    "a look-up of roles", lookup_keys, NULL, NULL};

static const struct profile_key roles_keys[] = {
    SHAPE("values", PT_SHAPES, REQUIRED, role_shape),
    KEY("op", PT_OP, OPTIONAL),
    SHAPE("lookup", PT_SHAPE, OPTIONAL, lookup_shape),
    KEY("keep_unknown", PT_BOOL, OPTIONAL),
    KEY("member_of", PT_PATH, OPTIONAL),
    END,
};
static const struct profile_shape roles_shape = {
    "roles", roles_keys, NULL, NULL};

static const struct profile_key inboxes_keys[] = {
    KEY("op", PT_OP, REQUIRED),
    KEY("by", PT_PATH, REQUIRED),
    KEY("value", PT_PATH, REQUIRED),
    KEY("writes", PT_TEXT, REQUIRED),
    KEY("member", PT_TEXT, OPTIONAL),
    END,
};
static const struct profile_shape inboxes_shape = {
    "the inboxes", inboxes_keys, NULL, NULL};

static const struct profile_key user_keys[] = {
    KEY("id", PT_PATH, REQUIRED),
    KEY("under", PT_PATH, OPTIONAL),
    KEY("in_scope", PT_WHENS, OPTIONAL),
    KEY("exclude_ids", PT_SCALARS, OPTIONAL),
    KEY("identity", PT_PATHS, OPTIONAL),
    WORD("match", OPTIONAL, "emails userName"),
    KEY("clear", PT_SCALAR, OPTIONAL),
    SHAPE("map", PT_SHAPES, REQUIRED, row_shape),
    SHAPE("states", PT_SHAPES, REQUIRED, state_shape),
    KEY("editable_when_inactive", PT_BOOL, OPTIONAL),
    SHAPE("roles", PT_SHAPE, REQUIRED, roles_shape),
    SHAPE("inboxes", PT_SHAPE, OPTIONAL, inboxes_shape),
    KEY("protect", PT_WHENS, OPTIONAL),
    KEY("own", PT_TEMPLATE, OPTIONAL),
    END,
};
static const struct profile_shape user_shape = {"user", user_keys, NULL, NULL};

static const struct profile_key members_keys[] = {
    WORD("style", REQUIRED, "delta replace link user_list user_map"),
    KEY("list", PT_OP, OPTIONAL),
    KEY("read", PT_PATH, OPTIONAL),
    END,
};
static const struct profile_key members_delta[] = {
    KEY("add", PT_OP, OPTIONAL),
    KEY("remove", PT_OP, OPTIONAL),
    END,
};
static const struct profile_key members_replace[] = {
    KEY("set", PT_OP, REQUIRED),
    END,
};
static const struct profile_key members_link[] = {
    KEY("find", PT_OP, REQUIRED),
    KEY("user", PT_PATH, REQUIRED),
    KEY("link_id", PT_PATH, REQUIRED),
    KEY("add", PT_OP, REQUIRED),
    KEY("remove", PT_OP, REQUIRED),
    END,
};
static const struct profile_key members_user_list[] = {
    KEY("path", PT_PATH, REQUIRED),
    KEY("op", PT_OP, REQUIRED),
    END,
};
static const struct profile_key members_user_map[] = {
    KEY("path", PT_PATH, REQUIRED),
    KEY("value", PT_ANY, REQUIRED),
    KEY("op", PT_OP, REQUIRED),
    END,
};
static const struct profile_variant members_variants[] = {
    {"delta", members_delta},
    {"replace", members_replace},
    {"link", members_link},
    {"user_list", members_user_list},
    {"user_map", members_user_map},
    {NULL, NULL},
};
static const struct profile_shape members_shape = {
    "members", members_keys, "style", members_variants};

static const struct profile_key group_keys[] = {
    KEY("id", PT_PATH, REQUIRED),
    KEY("under", PT_PATH, OPTIONAL),
    KEY("in_scope", PT_WHENS, OPTIONAL),
    KEY("identity", PT_PATHS, OPTIONAL),
    KEY("clear", PT_SCALAR, OPTIONAL),
    SHAPE("map", PT_SHAPES, REQUIRED, row_shape),
    SHAPE("members", PT_SHAPE, OPTIONAL, members_shape),
    END,
};
static const struct profile_shape group_shape = {
    "group", group_keys, NULL, NULL};

/* ---- lifecycle ----------------------------------------------------------- */

static const struct profile_key create_keys[] = {
    WORD("mode", REQUIRED, "create invite"),
    KEY("op", PT_OP, REQUIRED),
    END,
};
static const struct profile_shape create_shape = {
    "create", create_keys, NULL, NULL};

static const struct profile_key resend_keys[] = {
    KEY("op", PT_OP, REQUIRED),
    WORD("when", OPTIONAL, "expired"),
    NUMBER("min_gap_s", OPTIONAL, 0),
    NUMBER("max", OPTIONAL, 0),
    END,
};
static const struct profile_shape resend_shape = {
    "resend", resend_keys, NULL, NULL};

static const struct profile_key invite_keys[] = {
    NUMBER("ttl_s", OPTIONAL, 1),
    KEY("sent_at", PT_PATH, OPTIONAL),
    KEY("expires_at", PT_PATH, OPTIONAL),
    SHAPE("resend", PT_SHAPE, OPTIONAL, resend_shape),
    END,
};
static const struct profile_shape invite_shape = {
    "invite", invite_keys, NULL, NULL};

static const struct profile_key tickets_keys[] = {
    KEY("list", PT_OP, REQUIRED),
    KEY("assign", PT_OP, OPTIONAL),
    KEY("assign_team", PT_OP, OPTIONAL),
    KEY("unassign", PT_OP, OPTIONAL),
    WORD("order", OPTIONAL, "before after"),
    END,
};
static const struct profile_shape tickets_shape = {
    "tickets", tickets_keys, NULL, NULL};

static const struct profile_key deactivate_keys[] = {
    KEY("op", PT_OP, REQUIRED),
    KEY("pending_op", PT_OP, OPTIONAL),
    KEY("snapshot", PT_PATHS, OPTIONAL),
    KEY("before", PT_OPS, OPTIONAL),
    KEY("after", PT_OPS, OPTIONAL),
    SHAPE("tickets", PT_SHAPE, OPTIONAL, tickets_shape),
    END,
};
static const struct profile_shape deactivate_shape = {
    "deactivate", deactivate_keys, NULL, NULL};

static const struct profile_key reactivate_keys[] = {
    KEY("op", PT_OP, REQUIRED),
    KEY("restore_snapshot", PT_BOOL, OPTIONAL),
    KEY("rejoin_teams", PT_BOOL, OPTIONAL),
    END,
};
static const struct profile_shape reactivate_shape = {
    "reactivate", reactivate_keys, NULL, NULL};

static const struct profile_key lifecycle_keys[] = {
    SHAPE("create", PT_SHAPE, OPTIONAL, create_shape),
    KEY("promote_op", PT_OP, OPTIONAL),
    SHAPE("invite", PT_SHAPE, OPTIONAL, invite_shape),
    SHAPE("deactivate", PT_SHAPE, OPTIONAL, deactivate_shape),
    SHAPE("reactivate", PT_SHAPE, OPTIONAL, reactivate_shape),
    END,
};
static const struct profile_shape lifecycle_shape = {
    "lifecycle", lifecycle_keys, NULL, NULL};

/* ---- operations ---------------------------------------------------------- */

static const struct profile_key file_keys[] = {
    KEY("field", PT_TEXT, REQUIRED),
    KEY("name", PT_TEXT, REQUIRED),
    KEY("csv", PT_TEXTS, REQUIRED),
    END,
};
static const struct profile_shape file_shape = {"file", file_keys, NULL, NULL};

static const struct profile_key pass_keys[] = {
    KEY("with", PT_SETS, OPTIONAL),
    KEY("assume", PT_SETS, OPTIONAL),
    END,
};
static const struct profile_shape pass_shape = {"a pass", pass_keys, NULL, NULL};

static const struct profile_key verify_keys[] = {
    KEY("path", PT_PATH, REQUIRED),
    KEY("equals", PT_TEMPLATE, OPTIONAL),
    KEY("equals_ci", PT_TEMPLATE, OPTIONAL),
    END,
};
static const struct profile_shape verify_shape = {
    "verify", verify_keys, NULL, NULL};

static const struct profile_key batch_keys[] = {
    KEY("param", PT_TEXT, REQUIRED),
    NUMBER("max", REQUIRED, 1),
    END,
};
static const struct profile_shape batch_shape = {
    "batch", batch_keys, NULL, NULL};

static const struct profile_key job_keys[] = {
    KEY("id", PT_PATH, REQUIRED),
    KEY("poll", PT_OP, REQUIRED),
    KEY("state", PT_PATH, REQUIRED),
    KEY("done", PT_TEXTS, REQUIRED),
    KEY("failed", PT_TEXTS, REQUIRED),
    KEY("results", PT_PATH, OPTIONAL),
    KEY("row_key", PT_PATH, OPTIONAL),
    KEY("row_error", PT_PATH, OPTIONAL),
    NUMBER("interval_ms", OPTIONAL, 1),
    NUMBER("max_ms", OPTIONAL, 1),
    END,
};
static const struct profile_shape job_shape = {"a job", job_keys, NULL, NULL};

static const struct profile_key step_keys[] = {
    KEY("op", PT_OP, REQUIRED),
    KEY("with", PT_SETS, OPTIONAL),
    KEY("save", PT_SAVES, OPTIONAL),
    KEY("may_end", PT_BOOL, OPTIONAL),
    END,
};
static const struct profile_shape step_shape = {"a step", step_keys, NULL, NULL};

static const struct profile_key choice_keys[] = {
    KEY("when", PT_WHEN, OPTIONAL),
    KEY("op", PT_OP, REQUIRED),
    END,
};
static const struct profile_shape choice_shape = {
    "a choice", choice_keys, NULL, NULL};

static const struct profile_key operation_keys[] = {
    WORD("method", OPTIONAL, "GET POST PUT PATCH DELETE"),
    KEY("path", PT_TEMPLATE, OPTIONAL),
    KEY("query", PT_DATA, OPTIONAL),
    KEY("headers", PT_DATA, OPTIONAL),
    KEY("body", PT_JSON, OPTIONAL),
    WORD("body_type", OPTIONAL, "json form multipart"),
    SHAPE("file", PT_SHAPE, OPTIONAL, file_shape),
    KEY("success", PT_STATUSES, OPTIONAL),
    KEY("record", PT_PATH, OPTIONAL),
    KEY("records", PT_PATH, OPTIONAL),
    KEY("empty_when", PT_WHEN, OPTIONAL),
    KEY("paging", PT_PAGING, OPTIONAL),
    KEY("sorted_by", PT_PATH, OPTIONAL),
    SHAPE("passes", PT_SHAPES, OPTIONAL, pass_shape),
    KEY("detail", PT_BOOL, OPTIONAL),
    KEY("include", PT_WHENS, OPTIONAL),
    SHAPE("verify", PT_SHAPE, OPTIONAL, verify_shape),
    KEY("reshape", PT_SAVES, OPTIONAL),
    KEY("id", PT_PATH, OPTIONAL),
    KEY("id_from", PT_TEXTS, OPTIONAL),
    KEY("repeatable", PT_BOOL, OPTIONAL),
    SHAPE("batch", PT_SHAPE, OPTIONAL, batch_shape),
    KEY("each", PT_TEXT, OPTIONAL),
    SHAPE("job", PT_SHAPE, OPTIONAL, job_shape),
    WORDS("ok_as", OPTIONAL, profile_kinds),
    SHAPE("steps", PT_SHAPES, OPTIONAL, step_shape),
    WORD("hook", OPTIONAL, profile_hooks),
    SHAPE("choose", PT_SHAPES, OPTIONAL, choice_shape),
    KEY("needs", PT_TEXTS, OPTIONAL),
    KEY("account", PT_TEXT, OPTIONAL),
    WORD("missing_as", OPTIONAL, profile_kinds),
    KEY("require", PT_WHEN, OPTIONAL),
    KEY("expect", PT_WHEN, OPTIONAL),
    END,
};
static const struct profile_shape operation_shape = {
    "an operation", operation_keys, NULL, NULL};

static const struct profile_key bulk_keys[] = {
    NUMBER("use_native_from", OPTIONAL, 1),
    END,
};
static const struct profile_shape bulk_shape = {"bulk", bulk_keys, NULL, NULL};

/* Where a person does what the API cannot; by kind of task. */
static const struct profile_key by_hand_keys[] = {
    KEY("where", PT_TEXT, OPTIONAL),
    KEY("url", PT_TEMPLATE, OPTIONAL),
    END,
};
static const struct profile_shape by_hand_shape = {
    "a place", by_hand_keys, NULL, NULL};
static const struct profile_key manual_keys[] = {
    SHAPE("invite", PT_SHAPE, OPTIONAL, by_hand_shape),
    SHAPE("resend", PT_SHAPE, OPTIONAL, by_hand_shape),
    SHAPE("deactivate", PT_SHAPE, OPTIONAL, by_hand_shape),
    SHAPE("update", PT_SHAPE, OPTIONAL, by_hand_shape),
    SHAPE("role", PT_SHAPE, OPTIONAL, by_hand_shape),
    SHAPE("team", PT_SHAPE, OPTIONAL, by_hand_shape),
    SHAPE("inbox", PT_SHAPE, OPTIONAL, by_hand_shape),
    SHAPE("owner", PT_SHAPE, OPTIONAL, by_hand_shape),
    SHAPE("offboard", PT_SHAPE, OPTIONAL, by_hand_shape),
    END,
};
static const struct profile_shape manual_shape = {
    "manual", manual_keys, NULL, NULL};

/* ---- the file ------------------------------------------------------------ */

static const struct profile_key file_level_keys[] = {
    WORD("format", REQUIRED, "helpdesk-provider/1"),
    KEY("name", PT_TEXT, REQUIRED),
    KEY("base_url", PT_TEMPLATE, OPTIONAL),
    KEY("secrets", PT_LABELS, OPTIONAL),
    SHAPE("vars", PT_NAMED, OPTIONAL, profile_var_shape),
    SHAPE("defaults", PT_SHAPE, OPTIONAL, profile_default_shape),
    SHAPE("auth", PT_SHAPE, REQUIRED, profile_auth_shape),
    KEY("headers", PT_DATA, OPTIONAL),
    SHAPE("accounts", PT_NAMED, OPTIONAL, profile_account_shape),
    SHAPE("tls", PT_SHAPE, OPTIONAL, profile_tls_shape),
    SHAPE("timeouts_ms", PT_SHAPE, OPTIONAL, profile_timeout_shape),
    NUMBER("max_response_bytes", OPTIONAL, 1024),
    SHAPE("rate", PT_SHAPE, OPTIONAL, profile_rate_shape),
    SHAPE("errors", PT_SHAPES, REQUIRED, profile_error_shape),
    KEY("error_detail", PT_NATIVE, OPTIONAL),
    SHAPE("capabilities", PT_NAMED, OPTIONAL, profile_capability_shape),
    SHAPE("paging", PT_NAMED, OPTIONAL, profile_paging_shape),
    SHAPE("user", PT_SHAPE, REQUIRED, user_shape),
    SHAPE("group", PT_SHAPE, OPTIONAL, group_shape),
    SHAPE("lifecycle", PT_SHAPE, OPTIONAL, lifecycle_shape),
    SHAPE("manual", PT_SHAPE, OPTIONAL, manual_shape),
    SHAPE("operations", PT_NAMED, REQUIRED, operation_shape),
    SHAPE("bulk", PT_SHAPE, OPTIONAL, bulk_shape),
    END,
};
const struct profile_shape profile_schema = {
    "a profile", file_level_keys, NULL, NULL};

/* clang-format on */

static const struct profile_key *in_table(const struct profile_key *keys,
                                          const char *name)
{
    for (; keys != NULL && keys->name != NULL; keys++) {
        size_t len = strlen(keys->name);
        bool prefix = keys->name[len - 1] == '*';
        if (prefix ? strncmp(name, keys->name, len - 1) == 0 && name[len - 1]
                   : strcmp(name, keys->name) == 0)
            return keys;
    }
    return NULL;
}

const struct profile_key *
profile_variant_keys(const struct profile_shape *shape, const char *variant)
{
    const struct profile_variant *v = shape->variants;
    for (; v != NULL && variant != NULL && v->value != NULL; v++)
        if (strcmp(v->value, variant) == 0)
            return v->keys;
    return NULL;
}

const struct profile_key *profile_key_find(const struct profile_shape *shape,
                                           const char *variant,
                                           const char *name)
{
    const struct profile_key *found = in_table(shape->keys, name);
    if (found != NULL)
        return found;
    return in_table(profile_variant_keys(shape, variant), name);
}
