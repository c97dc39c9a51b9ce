/*
 * test/sim/kustomer.h - Kustomer's REST API, version 1
 *
 * What it must do, by number; `where` is kustomer_WHERE.c ("-" the desk
 * itself), and each row has a test of that number in
 * test/e2e/test_sim_kustomer.py. What no page of Kustomer says is a choice
 * with a knob of its own (kustomer_strict.c); the knob `preset` sets them all
 * at once: default (most likely), legacy (older pages), adverse (each at its
 * least convenient).
 *
 *   no  where          what; knobs
 *   01  -              /v1, with or without a last slash; JSON
 *   02  -              token, role, budget, size, JSON, fields, existence,
 * state 03  -              unknown path or method; bad_method 04  answer
 * unknown fields; unknown_fields 05  answer         24 hex digits,
 * milliseconds, updatedAt, modifiedBy 06  answer         two shapes of errors;
 * error_shape 10  key            no, expired, foreign key; pod region_status 11
 * key            a role is missing; missing_role 12  key            which call
 * needs which role; a role covers those below 13  key            several keys;
 * what needs no role 20  rate           one budget for all keys; plan rate
 * count_failed 21  rate           x-ratelimit headers; rate_headers 22  rate
 * over the budget: 429 without Retry-After, no effect 23  rate searches have a
 * budget too; search_rate 24  rate           and updates of one conversation;
 * update_rate 25  rate           window_s 30  users_write    create, invite,
 * taken addresses; dup_status 31  users_write    default roles; cut to those of
 * the key; trim_group 32  users_write    one role group; several_groups 33
 * users_write    unknown role group; unknown_group limited_groups 34  list
 * pages; page_size page_too_big past_end list_order shift 35  users one filter;
 * two_filters 36  users          unfiltered deleted_false email_finds 37  users
 * a deactivated user by id; several ids; extra_fields role_groups_shape 38
 * users_write    update, deactivate, restore; put_status deleted_twice
 *                      deleted_as_false deleted_groups email_change last_admin
 *   39  users_write    deactivation leaves teams and conversations alone
 *   40  human          an invitation is accepted
 *   41  users_write    seats; seats seat_status
 *   50  teams          teams and members; unknown_member deactivated_member
 *                      member_noop team_name external_id
 *   51  teams          deletion; team_deleted teams_list
 *   52  teams          DELETE with a body
 *   53  groups         role groups, those of the system fixed
 *   60  conversations  rev
 *   61  conversations  PUT merges, ?replace=true replaces
 *   62  search         and, or, not; six operators
 *   63  search         at most 100 pages, whose last has a next; search_pages
 *                      search_size search_past ids_only
 *   64  search         the index lags; index_lag_ms
 *   65  conversations  who may be assigned; assign_unknown assign_deactivated
 *   66  bulk           a job; bulk_delay_ms
 *   70  webhooks       five hooks, twelve events
 *   71  webhooks       signed, tried eight times; hook_minute_s
 *   72  webhooks       no event for a deletion
 *   80  fault.h        faults of every kind
 */
#ifndef SIM_KUSTOMER_H
#define SIM_KUSTOMER_H

#include "test/sim/desk.h"

extern const struct desk kustomer;

#endif
