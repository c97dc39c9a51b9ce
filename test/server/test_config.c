/* Promises: every mistake in the file is refused with its line and with what
 * would have been right; what is right arrives as it was meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/config.h"
#include "server/config_keys.h"
#include "test/server/fixture.h"

#define SERVER "[server]\nlisten = 127.0.0.1:0\ndatabase = b.db\n"
#define TARGET "[target t]\nprofile = refdesk\n"
#define GOOD   SERVER TARGET

/* `want` is the end of the sentence behind the file's name. */
static const struct {
    const char *why, *text, *want;
} mistakes[] = {
    {"unknown key, near one", GOOD "sync_intervall = 5m\n",
     ":6: There is no key \"sync_intervall\" in [target t]. Did you mean "
     "\"sync_interval\"?"},
    {"unknown key, near none", GOOD "zzzzzz = 5m\n",
     ":6: There is no key \"zzzzzz\" in [target t]. All keys are described in "
     "conf/scim-bridge.ini."},
    {"key of the other section", GOOD "listen = a:1\n",
     ":6: The key \"listen\" belongs into [server]."},
    {"prefix without a name", GOOD "secret. = env:A\n",
     ":6: \"secret.\" needs a name behind its dot."},
    {"unknown kind of work", GOOD "unsupported.fly = task\n",
     ":6: There is no key \"unsupported.fly\". After \"unsupported.\" comes "
     "one of invite|resend|"},
    {"unknown section", GOOD "[servr]\na = b\n",
     ":6: There is no section [servr]. Sections are [server] and "
     "[target NAME]."},
    {"target's name", GOOD "[target A b]\nprofile = refdesk\n",
     ":6: The target's name \"A b\" is not usable."},
    {"reserved name", GOOD "[target scim]\nprofile = refdesk\n",
     ":6: A target cannot be named \"scim\""},
    {"section twice", GOOD "[server]\n",
     ":6: The section [server] stands here a second time; the first is on line "
     "1."},
    {"key twice", SERVER "listen = a:1\n" TARGET,
     ":4: listen stands here a second time; the first is on line 2."},
    {"no listen", "[server]\ndatabase = b\n" TARGET,
     ":1: [server] lacks the key listen"},
    {"no profile", SERVER "[target t]\nseats = 1\n",
     ":4: [target t] lacks the key profile"},
    {"no target", SERVER, ": There is no [target NAME]"},
    {"no server", TARGET, ": [server] lacks the key listen"},
    {"key before a section", "a = b\n" GOOD,
     ":1: The key \"a\" stands before the first [section]."},
    {"no INI at all", GOOD "what is this\n",
     ":6: This is neither a [section], nor KEY = VALUE, nor a comment."},
    {"port", "[server]\nlisten = 127.0.0.1:99999\ndatabase = b\n" TARGET,
     ":2: listen = 127.0.0.1:99999: expected HOST:PORT"},
    {"no port", "[server]\nlisten = 127.0.0.1\ndatabase = b\n" TARGET,
     ":2: listen = 127.0.0.1: expected HOST:PORT"},
    {"bare IPv6", "[server]\nlisten = ::1:80\ndatabase = b\n" TARGET,
     ":2: listen = ::1:80: expected HOST:PORT"},
    {"duration", GOOD "sync_interval = 5\n",
     ":6: sync_interval = 5: expected a duration such as 30s, 5m, 1h or 90d."},
    {"duration out of bounds", GOOD "deadline = 90d\n",
     ":6: deadline = 90d: allowed are 1s to 10m."},
    {"size", SERVER "max_body = 1g\n" TARGET,
     ":4: max_body = 1g: expected a size in bytes"},
    {"size out of bounds", SERVER "max_body = 1k\n" TARGET,
     ":4: max_body = 1k: allowed are 16k to 64m."},
    {"overflow", SERVER "max_body = 999999999999999999999m\n" TARGET,
     ":4: max_body = 999999999999999999999m: expected a size"},
    {"too few connections", SERVER "connections_per_address = 99\n" TARGET,
     ":4: connections_per_address = 99: allowed are 100 to 100000."},
    {"share", GOOD "rate.headroom = 120%\n",
     ":6: rate.headroom = 120%: expected a share from 0% to 100%."},
    {"choice", GOOD "removal = erase\n",
     ":6: removal = erase: expected one of deactivate|delete."},
    {"brake", GOOD "brake = 5\n", ":6: brake = 5: expected a share and a"},
    {"yes or no", SERVER "insecure_http = true\n" TARGET,
     ":4: insecure_http = true: expected yes or no."},
    {"empty", GOOD "set.queue =\n",
     ":6: set.queue = : expected a text that is not empty."},
    {"a secret in the file", GOOD "secret.token = hunter2\n",
     ":6: secret.token = ...: expected env:NAME or file:PATH"},
    {"secret not set", GOOD "secret.token = env:SCIM_TEST_NOT_SET\n",
     ":6: secret.token: the environment variable SCIM_TEST_NOT_SET is not "
     "set."},
    {"secret's file", GOOD "secret.token = file:nowhere\n",
     ":6: secret.token: the file "},
    {"plain http to others", GOOD "base_url = http://desk.example.com\n",
     ":6: base_url = http://desk.example.com: expected an address that starts "
     "with https://"},
    {"loopback look-alike", GOOD "base_url = http://127.0.0.1.example.com\n",
     ":6: base_url = "},
    {"user in URL", GOOD "base_url = https://a@desk.example.com\n",
     ":6: base_url = "},
    {"unknown profile", SERVER "[target t]\nprofile = refdsk\n",
     ":5: profile = refdsk: no shipped profile has this name. There are: "},
    {"profile's file", SERVER "[target t]\nprofile = ./none.json\n",
     ":5: profile = ./none.json: "},
    {"half of TLS", SERVER "tls_key = k.pem\n" TARGET,
     ": tls_certificate and tls_key belong together"},
    {"plain HTTP for all",
     "[server]\nlisten = 0.0.0.0:80\ndatabase = b\n" TARGET,
     ":2: listen = 0.0.0.0:80: others can reach this address"},
    {"record and replay", GOOD "record = a\nreplay = b\n",
     ":7: record and replay exclude each other"},
    {"pages", SERVER "default_page = 50\nmax_page = 10\n" TARGET,
     ": default_page is larger than max_page."},
    {"open quote", GOOD "set.a = \"b\n",
     ":6: A value that starts with a quote must end with one."},
    {"not UTF-8", GOOD "set.a = \xff\n", ":6: The line is not UTF-8."},
};

static bool load(const char *text, struct config *out, struct error *err)
{
    char folder[64], path[256];
    fixture_folder(folder);
    fixture_write(folder, "c.ini", text, path);
    bool ok = config_load(path, true, out, err);
    fixture_remove(folder);
    return ok;
}

static void each_mistake_is_named_with_its_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        struct config c;
        struct error err = {{0}};
        if (load(mistakes[i].text, &c, &err))
            fail_msg("%s: was taken", mistakes[i].why);
        if (strstr(err.text, mistakes[i].want) == NULL)
            fail_msg("%s: \"%s\"", mistakes[i].why, err.text);
    }
}

static void all_mistakes_are_told_at_once(void **state)
{
    struct config c;
    struct error err = {{0}};
    (void)state;
    assert_false(load(GOOD "seats = x\nremoval = y\n", &c, &err));
    assert_non_null(strstr(err.text, ":6: seats"));
    assert_non_null(strstr(err.text, "\n"));
    assert_non_null(strstr(err.text, ":7: removal"));
}

static void a_secret_is_never_in_a_sentence(void **state)
{
    struct config c;
    struct error err = {{0}};
    (void)state;
    assert_false(load(GOOD "secret.token = hunter2\n", &c, &err));
    assert_null(strstr(err.text, "hunter2"));
}

static void defaults_count_where_the_file_is_silent(void **state)
{
    struct config c;
    struct error err = {{0}};
    (void)state;
    if (!load(GOOD, &c, &err))
        fail_msg("%s", err.text);
    assert_string_equal(c.host, "127.0.0.1");
    assert_int_equal(c.port, 0);
    assert_null(c.public_url);
    assert_int_equal(c.max_body, 1048576);
    assert_int_equal(c.max_connections, 512);
    assert_int_equal(c.log_level, LOG_INFO);
    assert_int_equal(c.default_page, 100);
    assert_int_equal(c.target_count, 1);
    assert_string_equal(c.targets[0].name, "t");
    assert_non_null(c.targets[0].profile_text);
    assert_true(c.targets[0].group_names_unique);
    assert_null(c.targets[0].sync_interval);
    assert_null(c.targets[0].secrets[0].name);
    assert_null(c.targets[0].protect[0]);
    config_clear(&c);
}

static const char everything[] =
    "# a comment\n"
    "[server]\n"
    "  listen = [::1]:8443      # behind it a comment\n"
    "public_url = https://scim.example.com/\n"
    "database = data/b.db\n"
    "log = json\n"
    "log_level = debug\n"
    "max_body = 64k\n"
    "request_timeout = 2m\n"
    "[target a]\n"
    "profile = refdesk\n"
    "set.queue = \"Queue #1; really\"\n"
    "secret.token = env:SCIM_TEST_SECRET\n"
    "secret.key = file:secret\n"
    "role.default = user\n"
    "role.admin = Helpdesk Admins\n"
    "unsupported.role = refuse\n"
    "protect = ann@example.com ,  bob@example.com,\n"
    "seats = 25\n"
    "group_names_unique = no\n"
    "brake = 100%, 1000000\n"
    "[target b]\n"
    "profile = refdesk\n";

static void check_target(const struct bridge_target_config *t)
{
    assert_string_equal(t->variables[0].name, "queue");
    assert_string_equal(t->variables[0].value, "Queue #1; really");
    assert_string_equal(t->secrets[0].name, "token");
    assert_string_equal(t->secrets[0].value, "from the environment");
    assert_string_equal(t->secrets[1].name, "key");
    assert_string_equal(t->secrets[1].value, "from a file");
    assert_null(t->secrets[2].name);
    assert_string_equal(t->roles[1].name, "admin");
    assert_string_equal(t->roles[1].value, "Helpdesk Admins");
    assert_string_equal(t->unsupported_kinds[0].name, "role");
    assert_string_equal(t->protect[0], "ann@example.com");
    assert_string_equal(t->protect[1], "bob@example.com");
    assert_null(t->protect[2]);
    assert_int_equal(t->seats, 25);
    assert_false(t->group_names_unique);
    assert_string_equal(t->brake, "100%, 1000000");
}

static void values_arrive_as_they_were_meant(void **state)
{
    char folder[64], path[256], want[300];
    struct config c;
    struct error err = {{0}};
    (void)state;
    fixture_folder(folder);
    fixture_write(folder, "secret", "from a file\r\n", path);
    fixture_write(folder, "c.ini", everything, path);
    assert_int_equal(setenv("SCIM_TEST_SECRET", "from the environment", 1), 0);
    if (!config_load(path, true, &c, &err))
        fail_msg("%s", err.text);
    assert_string_equal(c.host, "::1");
    assert_int_equal(c.port, 8443);
    assert_string_equal(c.public_url, "https://scim.example.com");
    (void)snprintf(want, sizeof want, "%s/data/b.db", folder);
    assert_string_equal(c.database, want);
    assert_true(c.log_json);
    assert_int_equal(c.log_level, LOG_DEBUG);
    assert_int_equal(c.max_body, 65536);
    assert_int_equal(c.request_timeout, 120000);
    assert_int_equal(c.target_count, 2);
    check_target(&c.targets[0]);
    assert_ptr_equal(config_target(&c, "b"), &c.targets[1]);
    assert_ptr_equal(config_target(&c, NULL), &c.targets[0]);
    assert_null(config_target(&c, "c"));
    config_clear(&c);
    fixture_remove(folder);
}

static void secrets_are_not_looked_up_when_not_asked_for(void **state)
{
    char folder[64], path[256];
    struct config c;
    struct error err = {{0}};
    (void)state;
    fixture_folder(folder);
    fixture_write(folder, "c.ini",
                  GOOD "secret.token = env:SCIM_TEST_NOT_SET\n", path);
    if (!config_load(path, false, &c, &err))
        fail_msg("%s", err.text);
    config_clear(&c);
    fixture_remove(folder);
}

static void a_file_that_is_not_there_is_said_so(void **state)
{
    struct config c;
    struct error err = {{0}};
    (void)state;
    assert_false(config_load("/nonexistent/c.ini", true, &c, &err));
    assert_string_equal(err.text,
                        "/nonexistent/c.ini: The file cannot be opened: No "
                        "such file or directory.");
    assert_false(config_load("/tmp", true, &c, &err));
    assert_string_equal(err.text, "/tmp: This is no file.");
}

static char *read_sample(void)
{
    static char text[32768];
    FILE *file = fopen("conf/scim-bridge.ini", "re");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    assert_int_equal(fclose(file), 0);
    return text;
}

static void the_sample_has_every_key_and_is_good(void **state)
{
    const char *sample = read_sample();
    struct config c;
    struct error err = {{0}};
    char line[80];
    (void)state;
    for (size_t i = 0; i < config_key_count; i++) {
        (void)snprintf(line, sizeof line, "\n%s", config_keys[i].name);
        bool found = strstr(sample, line) != NULL;
        (void)snprintf(line, sizeof line, "\n#%s", config_keys[i].name);
        if (!found && strstr(sample, line) == NULL)
            fail_msg("conf/scim-bridge.ini lacks %s", config_keys[i].name);
    }
    if (!config_load("conf/scim-bridge.ini", false, &c, &err))
        fail_msg("%s", err.text);
    config_clear(&c);
}

/* Every commented key of the sample, taken in turn, must be a good one. */
static void the_samples_comments_are_good_too(void **state)
{
    const char *sample = read_sample();
    char text[512], section[64] = "server";
    (void)state;
    for (const char *at = sample; at != NULL && *at != '\0';) {
        size_t len = strcspn(at, "\n");
        if (at[0] == '[')
            (void)snprintf(section, sizeof section, "%.*s",
                           (int)strcspn(at + 1, "]"), at + 1);
        bool key = at[0] == '#' && at[1] >= 'a' && at[1] <= 'z' &&
                   memchr(at, '=', len) != NULL;
        if (key && strncmp(at, "#tls_", 5) != 0) {
            struct config c;
            struct error err = {{0}};
            bool server = strcmp(section, "server") == 0;
            (void)snprintf(text, sizeof text, SERVER "%.*s\n" TARGET "%.*s\n",
                           server ? (int)len - 1 : 0, at + 1,
                           server ? 0 : (int)len - 1, at + 1);
            if (strncmp(at, "#secret.", 8) != 0 && !load(text, &c, &err))
                fail_msg("%.*s: %s", (int)len, at, err.text);
            else if (strncmp(at, "#secret.", 8) != 0)
                config_clear(&c);
        }
        at += len + (at[len] == '\n' ? 1 : 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_mistake_is_named_with_its_line),
        cmocka_unit_test(all_mistakes_are_told_at_once),
        cmocka_unit_test(a_secret_is_never_in_a_sentence),
        cmocka_unit_test(defaults_count_where_the_file_is_silent),
        cmocka_unit_test(values_arrive_as_they_were_meant),
        cmocka_unit_test(secrets_are_not_looked_up_when_not_asked_for),
        cmocka_unit_test(a_file_that_is_not_there_is_said_so),
        cmocka_unit_test(the_sample_has_every_key_and_is_good),
        cmocka_unit_test(the_samples_comments_are_good_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
