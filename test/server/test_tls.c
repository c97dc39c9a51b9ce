/* Promises: with a certificate the listener speaks TLS 1.2 and newer, and
 * nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "test/server/client.h"
#include "test/server/expect.h"
#include "test/server/fixture.h"

struct room {
    char folder[64];
    struct fixture f;
};

static void sign(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key)
{
    time_t now = time(NULL);
    assert_int_equal(gnutls_x509_crt_set_version(crt, 3), 0);
    assert_int_equal(gnutls_x509_crt_set_serial(crt, "\x01", 1), 0);
    assert_int_equal(gnutls_x509_crt_set_activation_time(crt, now - 60), 0);
    assert_int_equal(gnutls_x509_crt_set_expiration_time(crt, now + 3600), 0);
    assert_int_equal(gnutls_x509_crt_set_dn(crt, "CN=localhost", NULL), 0);
    assert_int_equal(gnutls_x509_crt_set_key(crt, key), 0);
    assert_int_equal(gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0),
                     0);
}

/* A certificate that signs itself, in two PEM files. */
static void make_certificate(const char *folder)
{
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t crt;
    gnutls_datum_t pem;
    char path[256];
    assert_int_equal(gnutls_x509_privkey_init(&key), 0);
    assert_int_equal(gnutls_x509_privkey_generate(
                         key, GNUTLS_PK_ECDSA,
                         GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0),
                     0);
    assert_int_equal(gnutls_x509_crt_init(&crt), 0);
    sign(crt, key);
    assert_int_equal(
        gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &pem), 0);
    fixture_write(folder, "key.pem", (const char *)pem.data, path);
    gnutls_free(pem.data);
    assert_int_equal(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &pem),
                     0);
    fixture_write(folder, "cert.pem", (const char *)pem.data, path);
    gnutls_free(pem.data);
    gnutls_x509_crt_deinit(crt);
    gnutls_x509_privkey_deinit(key);
}

static int start(void **state)
{
    static struct room room;
    char more[512];
    fixture_folder(room.folder);
    make_certificate(room.folder);
    (void)snprintf(more, sizeof more,
                   "request_timeout = 1s\n"
                   "tls_certificate = %s/cert.pem\ntls_key = %s/key.pem\n",
                   room.folder, room.folder);
    fixture_start(&room.f, more);
    *state = &room;
    return 0;
}

static int stop(void **state)
{
    struct room *room = *state;
    fixture_stop(&room->f);
    fixture_remove(room->folder);
    return 0;
}

/* Sends a request over TLS of a certain version; the status, or the negative
 * error of the handshake. */
static int ask(struct fixture *f, const char *priority, struct buf *out)
{
    gnutls_session_t session;
    gnutls_certificate_credentials_t trust;
    struct buf request = {0};
    char piece[4096];
    ssize_t n;
    int fd = client_dial(f->port);
    assert_int_equal(gnutls_certificate_allocate_credentials(&trust), 0);
    assert_int_equal(gnutls_init(&session, GNUTLS_CLIENT), 0);
    assert_int_equal(gnutls_priority_set_direct(session, priority, NULL), 0);
    (void)gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, trust);
    gnutls_transport_set_int(session, fd);
    gnutls_handshake_set_timeout(session, 5000);
    int rc;
    do
        rc = gnutls_handshake(session);
    while (rc < 0 && gnutls_error_is_fatal(rc) == 0);
    if (rc == 0) {
        buf_fmt(&request,
                "GET /scim/v2/Users HTTP/1.1\r\nHost: x\r\n"
                "Connection: close\r\n%s\r\n",
                f->writer);
        (void)gnutls_record_send(session, request.data, request.len);
        while ((n = gnutls_record_recv(session, piece, sizeof piece)) > 0)
            buf_add(out, piece, (size_t)n);
        rc = out->len > 12
                 ? (out->data[9] - '0') * 100 + (out->data[10] - '0') * 10 +
                       out->data[11] - '0'
                 : 0;
    }
    buf_clear(&request);
    gnutls_deinit(session);
    gnutls_certificate_free_credentials(trust);
    (void)close(fd);
    return rc;
}

static void new_versions_are_spoken(void **state)
{
    struct room *room = *state;
    static const char *const versions[] = {"NORMAL:-VERS-ALL:+VERS-TLS1.3",
                                           "NORMAL:-VERS-ALL:+VERS-TLS1.2"};
    for (size_t i = 0; i < 2; i++) {
        struct buf answer = {0};
        int status = ask(&room->f, versions[i], &answer);
        if (status != 200)
            fail_msg("%s: %d", versions[i], status);
        buf_clear(&answer);
    }
}

static void old_versions_are_not(void **state)
{
    struct room *room = *state;
    struct buf answer = {0};
    assert_true(ask(&room->f, "NORMAL:-VERS-ALL:+VERS-TLS1.1:+SHA1", &answer) <
                0);
    buf_clear(&answer);
}

static void plain_http_hears_nothing(void **state)
{
    struct room *room = *state;
    struct answer a;
    struct buf answer = {0};
    client_ask(room->f.port, "GET", "/scim/v2/Users", room->f.writer, NULL, &a);
    assert_true(a.status == 0);
    client_clear(&a);
    assert_int_equal(ask(&room->f, "NORMAL", &answer), 200);
    buf_clear(&answer);
}

static void a_handshake_that_never_comes_is_given_up(void **state)
{
    struct room *room = *state;
    struct answer a;
    int fd = client_dial(room->f.port);
    client_say(fd, "\x16\x03\x01");
    client_read(fd, &a); /* fails after 10 s when it is not closed */
    assert_true(a.status == 0);
    client_clear(&a);
    expect_log(&room->f, "half a handshake", "status=408");
}

static void the_public_address_says_https(void **state)
{
    struct room *room = *state;
    assert_int_equal(
        strncmp(room->f.server->public_url, "https://127.0.0.1:", 18), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_versions_are_spoken),
        cmocka_unit_test(old_versions_are_not),
        cmocka_unit_test(plain_http_hears_nothing),
        cmocka_unit_test(a_handshake_that_never_comes_is_given_up),
        cmocka_unit_test(the_public_address_says_https),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
