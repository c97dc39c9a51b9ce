/*
 * bridge/task_alarm.h - what nobody has done in time
 *
 *   task         first alarm         level  then again after
 *   deactivate   when it opens       error  15 min, 30 min, 1 h, ... 4 h
 *   others       when it is overdue  warn   1 h, 2 h, 4 h, ... 1 day
 *
 * An alarm is a log line, task.alarm. The count is durable, so a restart
 * repeats none too soon.
 */
#ifndef BRIDGE_TASK_ALARM_H
#define BRIDGE_TASK_ALARM_H

#include "bridge/target.h"
#include "store/task.h"

/* How often a keeper looks, at least. */
#define TASK_ALARM_EVERY_MS 10000

/* When the next alarm about an open task is due. */
int64_t task_alarm_next(const struct store_task *task);
/* Gives the alarms that are due. */
void task_alarms(struct bridge_target *t, struct store_db *db);

#endif
