/* Promises: a preference is known in every form of RFC 7240, and only there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/prefer.h"

static const struct {
    const char *line;
    bool names;
} cases[] = {
    {"dry-run", true},
    {"Dry-Run", true},
    {"  dry-run  ", true},
    {"return=minimal, dry-run", true},
    {"return=minimal,dry-run;a=b", true},
    {"dry-run=true", true},
    {"dry-run = \"\"", true},
    {"a=\"x, y\", dry-run", true},
    {"a=\"x\\\", y\", dry-run", true},
    {",, ,dry-run", true},
    {"", false},
    {"dry-running", false},
    {"dry", false},
    {"a=dry-run", false},
    {"a=\"x, dry-run\"", false},
    {"a; dry-run", false},
    {"a=\"not closed, dry-run", false},
};

static void knows_a_preference_in_its_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (prefer_names(cases[i].line, PREFER_DRY_RUN) != cases[i].names)
            fail_msg("\"%s\"", cases[i].line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_a_preference_in_its_forms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
