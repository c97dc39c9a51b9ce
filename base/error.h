/*
 * base/error.h - one error as a sentence for a person
 *
 * Below scim/ (which has SCIM errors) and providers/ (which has outcomes), an
 * error is only a sentence: what was wrong, and what to do. Whoever reports it
 * decides where it goes.
 *
 * Must not: carry a status, a code or a secret.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

struct error {
    char text[1024]; /* NUL-terminated; "" means no error; cut when too long */
};

/* Writes the sentence. `err` may be NULL: then nothing is done. */
void error_set(struct error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
