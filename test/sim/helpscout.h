/*
 * test/sim/helpscout.h - Help Scout's Mailbox API 2.0, its gateway, its SCIM
 *
 * What it must do, by number; `where` is helpscout_WHERE.c ("-" the desk
 * itself), and each row has a test of that number in
 * test/e2e/test_sim_helpscout.py. A knob stands for what no official page
 * says; its first value is the one that is most likely.
 *
 *   no where          what; knobs
 *    1 token          client credentials as form, JSON, query; token_ttl
 *    2 token          token_json; the client in HTTP Basic
 *    3 token          errors in OAuth's shape; bad_client_status
 *    4 token          several live tokens; a refresh kills the one before
 *    5 token          without an active owner of the app: 401
 *    6 -              /v2/auth/token is no route
 *    7 list           50 rows a page; users_page_size page_past_end bad_page
 *                     users_order shift
 *    8 users          by email and mailbox; email_filter email_filter_case
 *                     email_alternates
 *    9 list           nothing found: no _embedded; empty_total_pages
 *   10 list           _links that keep the filters
 *   11 users          invited people are rows; system users; extra_types
 *   12 users          one user, me; bad_id missing_body light_text
 *   13 users_create   create; users_create
 *   14 users_create   refusals; dup_status seats light_seats seat_limit_status
 *                     alternate_conflict
 *   15 users_delete   delete; users_delete self_status admin_delete
 *   16 users_create   no id twice; reuse_deleted_email
 *   17 users          no update; user_update
 *   18 status         away and active; event user.status.changed
 *   19 human          the door; updated_at_on_role_change restore_id
 *   20 teams          teams are read only; teams_on_standard team_get
 *   21 mailboxes      inboxes and their rotation
 *   22 conversations  lists of 25; search_lag_ms open_means
 *   23 patch          one operation a call; patch_array bad_assignee
 *   24 patch          assignTo a user or a team
 *   25 rate           one budget a minute; plan rate retry_after_header window
 *                     count_token_calls burst12
 *   26 rate           refused calls cost too; count_errors
 *   27 answer         content types; empty bodies; body_401 error_links
 *   28 answer         Correlation-ID is logRef
 *   29 -              unknown path, method, type, size; no_route_text
 *   30 fault.h        faults of every kind
 *   31 answer         whole seconds, UTF-8
 *   32 webhooks       signed, to loopback alone, ten tries, 410 ends
 *   33 scim           /v2/scim; scim scim_token
 *   34 -              loopback, seeded, reset, dumped
 */
#ifndef SIM_HELPSCOUT_H
#define SIM_HELPSCOUT_H

#include "test/sim/desk.h"

extern const struct desk helpscout;

#endif
