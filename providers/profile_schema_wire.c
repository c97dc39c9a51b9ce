/*
 * providers/profile_schema_wire.c - the tables for the account and the wire
 */
#include "providers/profile_schema_internal.h"

/* clang-format off */

/* ---- the account and the wire -------------------------------------------- */

static const struct profile_key var_keys[] = {
    KEY("default", PT_SCALAR, OPTIONAL),
    WORD("type", OPTIONAL, "string boolean integer"),
    KEY("values", PT_SCALARS, OPTIONAL),
    END,
};
const struct profile_shape profile_var_shape = {"a variable", var_keys, NULL, NULL};

static const struct profile_key default_keys[] = {
    KEY("sync_interval", PT_TEXT, OPTIONAL),
    KEY("deadline", PT_TEXT, OPTIONAL),
    WORD("unsupported", OPTIONAL, "task refuse"),
    WORD("unsupported.*", OPTIONAL, "task refuse"),
    WORD("removal", OPTIONAL, "deactivate delete"),
    WORD("deactivation", OPTIONAL, "profile task refuse"),
    KEY("brake", PT_TEXT, OPTIONAL),
    KEY("offboard", PT_TEXT, OPTIONAL),
    KEY("protect", PT_TEXT, OPTIONAL),
    KEY("rate.headroom", PT_TEXT, OPTIONAL),
    KEY("role.*", PT_TEXT, OPTIONAL),
    KEY("seats", PT_TEXT, OPTIONAL),
    KEY("client", PT_TEXT, OPTIONAL),
    END,
};
const struct profile_shape profile_default_shape = {
    "defaults", default_keys, NULL, NULL};

static const struct profile_key auth_keys[] = {
    WORD("type", REQUIRED, "none basic bearer header query "
         "oauth2_client_credentials oauth2_refresh_token"),
    END,
};
static const struct profile_key auth_basic[] = {
    KEY("user", PT_TEMPLATE, REQUIRED),
    KEY("password", PT_TEMPLATE, REQUIRED),
    END,
};
static const struct profile_key auth_bearer[] = {
    KEY("token", PT_TEMPLATE, REQUIRED),
    END,
};
static const struct profile_key auth_pair[] = {
    KEY("name", PT_TEXT, REQUIRED),
    KEY("value", PT_TEMPLATE, REQUIRED),
    END,
};
static const struct profile_key auth_client[] = {
    KEY("token_url", PT_TEMPLATE, REQUIRED),
    KEY("client_id", PT_TEMPLATE, REQUIRED),
    KEY("client_secret", PT_TEMPLATE, REQUIRED),
    KEY("scope", PT_TEMPLATE, OPTIONAL),
    KEY("token_path", PT_PATH, OPTIONAL),
    KEY("expires_path", PT_PATH, OPTIONAL),
    END,
};
static const struct profile_key auth_refresh[] = {
    KEY("token_url", PT_TEMPLATE, REQUIRED),
    KEY("client_id", PT_TEMPLATE, REQUIRED),
    KEY("client_secret", PT_TEMPLATE, REQUIRED),
    KEY("refresh_token", PT_TEMPLATE, REQUIRED),
    KEY("scope", PT_TEMPLATE, OPTIONAL),
    KEY("token_path", PT_PATH, OPTIONAL),
    KEY("expires_path", PT_PATH, OPTIONAL),
    END,
};
static const struct profile_variant auth_variants[] = {
    {"basic", auth_basic},
    {"bearer", auth_bearer},
    {"header", auth_pair},
    {"query", auth_pair},
    {"oauth2_client_credentials", auth_client},
    {"oauth2_refresh_token", auth_refresh},
    {NULL, NULL},
};
const struct profile_shape profile_auth_shape = {
    "auth", auth_keys, "type", auth_variants};

static const struct profile_key account_keys[] = {
    KEY("base_url", PT_TEMPLATE, OPTIONAL),
    KEY("secrets", PT_LABELS, REQUIRED),
    SHAPE("auth", PT_SHAPE, REQUIRED, profile_auth_shape),
    KEY("headers", PT_DATA, OPTIONAL),
    KEY("error_detail", PT_PATH, OPTIONAL),
    END,
};
const struct profile_shape profile_account_shape = {
    "an account", account_keys, NULL, NULL};

static const struct profile_key tls_keys[] = {
    KEY("ca_file", PT_TEXT, OPTIONAL),
    KEY("client_cert", PT_TEXT, OPTIONAL),
    KEY("client_key", PT_TEXT, OPTIONAL),
    END,
};
const struct profile_shape profile_tls_shape = {"tls", tls_keys, NULL, NULL};

static const struct profile_key timeout_keys[] = {
    NUMBER("connect", OPTIONAL, 1),
    NUMBER("total", OPTIONAL, 1),
    END,
};
const struct profile_shape profile_timeout_shape = {
    "timeouts_ms", timeout_keys, NULL, NULL};

static const struct profile_key counter_keys[] = {
    KEY("name", PT_TEXT, REQUIRED),
    WORD("unit", OPTIONAL, "delta_s epoch_s epoch_ms http_date"),
    END,
};
static const struct profile_shape counter_shape = {
    "a rate header", counter_keys, NULL, NULL};

static const struct profile_key rate_header_keys[] = {
    SHAPE("limit", PT_COUNTER, OPTIONAL, counter_shape),
    SHAPE("remaining", PT_COUNTER, OPTIONAL, counter_shape),
    SHAPE("cost", PT_COUNTER, OPTIONAL, counter_shape),
    SHAPE("reset", PT_COUNTER, OPTIONAL, counter_shape),
    SHAPE("retry_after", PT_COUNTER, OPTIONAL, counter_shape),
    SHAPE("used_of_limit", PT_COUNTER, OPTIONAL, counter_shape),
    END,
};
static const struct profile_shape rate_header_shape = {
    "rate headers", rate_header_keys, NULL, NULL};

static const struct profile_key retry_keys[] = {
    KEY("status", PT_RETRY, OPTIONAL),
    NUMBER("max", OPTIONAL, 0),
    NUMBER("base_ms", OPTIONAL, 1),
    NUMBER("cap_ms", OPTIONAL, 1),
    END,
};
static const struct profile_shape retry_shape = {
    "retry", retry_keys, NULL, NULL};

static const struct profile_key rate_keys[] = {
    NUMBER("max", OPTIONAL, 1),
    NUMBER("window_s", OPTIONAL, 1),
    NUMBER("concurrency", OPTIONAL, 1),
    NUMBER("write_concurrency", OPTIONAL, 1),
    NUMBER("write_cost", OPTIONAL, 1),
    SHAPE("headers", PT_SHAPE, OPTIONAL, rate_header_shape),
    SHAPE("retry", PT_SHAPE, OPTIONAL, retry_shape),
    END,
};
const struct profile_shape profile_rate_shape = {"rate", rate_keys, NULL, NULL};

#define ANSWER_RULE(status_required)                \
    KEY("status", PT_STATUSES, status_required),    \
    KEY("path", PT_PATH, OPTIONAL),                 \
    KEY("header", PT_TEXT, OPTIONAL),               \
    KEY("in", PT_SCALARS, OPTIONAL),                \
    KEY("contains", PT_TEXTS, OPTIONAL)

static const struct profile_key error_keys[] = {
    ANSWER_RULE(REQUIRED),
    WORD("as", REQUIRED, profile_kinds),
    KEY("only_ops", PT_OPS, OPTIONAL),
    KEY("confirm", PT_OP, OPTIONAL),
    KEY("field", PT_PATH, OPTIONAL),
    KEY("existing_id", PT_PATH, OPTIONAL),
    END,
};
const struct profile_shape profile_error_shape = {
    "an error rule", error_keys, NULL, NULL};

static const struct profile_key answer_keys[] = {
    ANSWER_RULE(REQUIRED),
    END,
};
static const struct profile_shape answer_shape = {
    "an answer rule", answer_keys, NULL, NULL};

static const struct profile_key capability_keys[] = {
    KEY("op", PT_OP, OPTIONAL),
    KEY("asks", PT_TEXT, OPTIONAL),
    WORD("unknown", OPTIONAL, "present absent"),
    SHAPE("present", PT_SHAPES, OPTIONAL, answer_shape),
    SHAPE("absent", PT_SHAPES, OPTIONAL, answer_shape),
    NUMBER("recheck_s", OPTIONAL, 1),
    END,
};
const struct profile_shape profile_capability_shape = {
    "a capability", capability_keys, NULL, NULL};

/* ---- paging -------------------------------------------------------------- */

static const struct profile_key stop_keys[] = {
    KEY("total_pages", PT_PATH, OPTIONAL),
    KEY("total_count", PT_PATH, OPTIONAL),
    KEY("short_page", PT_BOOL, OPTIONAL),
    KEY("empty_page", PT_BOOL, OPTIONAL),
    END,
};
static const struct profile_shape stop_shape = {
    "the end of a list", stop_keys, NULL, NULL};

static const struct profile_key paging_keys[] = {
    WORD("type", REQUIRED, "page offset cursor next_url link_header"),
    KEY("size_param", PT_TEXT, OPTIONAL),
    NUMBER("size", OPTIONAL, 1),
    NUMBER("max_pages", OPTIONAL, 1),
    KEY("partial", PT_BOOL, OPTIONAL),
    KEY("total", PT_PATH, OPTIONAL),
    END,
};
static const struct profile_key paging_page[] = {
    KEY("page_param", PT_TEXT, REQUIRED),
    NUMBER("first", OPTIONAL, 0),
    SHAPE("stop", PT_SHAPE, REQUIRED, stop_shape),
    END,
};
static const struct profile_key paging_offset[] = {
    KEY("offset_param", PT_TEXT, REQUIRED),
    NUMBER("first", OPTIONAL, 0),
    SHAPE("stop", PT_SHAPE, REQUIRED, stop_shape),
    END,
};
static const struct profile_key paging_cursor[] = {
    KEY("cursor_param", PT_TEXT, REQUIRED),
    KEY("next", PT_PATH, REQUIRED),
    KEY("more", PT_PATH, OPTIONAL),
    END,
};
static const struct profile_key paging_next[] = {
    KEY("next", PT_PATH, REQUIRED),
    KEY("more", PT_PATH, OPTIONAL),
    END,
};
static const struct profile_variant paging_variants[] = {
    {"page", paging_page},
    {"offset", paging_offset},
    {"cursor", paging_cursor},
    {"next_url", paging_next},
    {NULL, NULL},
};
const struct profile_shape profile_paging_shape = {
    "a paging style", paging_keys, "type", paging_variants};

/* clang-format on */
