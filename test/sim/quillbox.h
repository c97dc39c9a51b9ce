/*
 * test/sim/quillbox.h - a helpdesk that nobody ever made
 *
 * It proves that a profile is enough. Base /quill. People are scribes (S-1),
 * teams guilds (G-1), and who is in which guild is an oath (O-1), an object of
 * its own. Lists are read by offset, and the first row is row 1. A change is a
 * POST. Who must not work any more rests. Open work is parchments. A refusal is
 * {"ink": {"blot": WORD, "where": FIELD, "says": SENTENCE}}.
 */
#ifndef SIM_QUILLBOX_H
#define SIM_QUILLBOX_H

#include "test/sim/desk.h"

extern const struct desk quillbox;

#endif
