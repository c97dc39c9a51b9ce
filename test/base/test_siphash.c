/* Promises: hexadecimal digits and the keyed hash are as specified. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "base/siphash.h"

/* Of the texts 00, 00 01, 00 01 02, ... with the key 00 01 .. 0f: the vectors
 * of the authors' own implementation. */
static const struct {
    size_t len;
    const char *want;
} cases[] = {
    {0, "a3817f04ba25a8e66df67214c7550293"},
    {1, "da87c1d86b99af44347659119b22fc45"},
    {2, "8177228da4a45dc7fca38bdef60affe4"},
    {7, "a1f1ebbed8dbc153c0b84aa61ff08239"},
    {8, "3b62a9ba6258f5610f83e264f31497b4"},
    {15, "5493e99933b0a8117e08ec0f97cfc3d9"},
    {63, "5150d1772f50834a503e069a973fbd7c"},
};

static void write_little(unsigned char *to, uint64_t n)
{
    for (int i = 0; i < 8; i++)
        to[i] = (unsigned char)(n >> (8 * i));
}

static void hashes_as_its_authors_do(void **state)
{
    static const struct siphash_key key = {UINT64_C(0x0706050403020100),
                                           UINT64_C(0x0f0e0d0c0b0a0908)};
    (void)state;
    unsigned char text[64], raw[16];
    char got[33];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (unsigned char)i;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct siphash h = siphash(&key, text, cases[i].len);
        write_little(raw, h.a);
        write_little(raw + 8, h.b);
        *hex_write(got, raw, sizeof raw) = '\0';
        if (strcmp(got, cases[i].want) != 0)
            fail_msg("%zu bytes: %s", cases[i].len, got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_as_its_authors_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
