/* SPDX-License-Identifier: MIT */
/* Prints what GetJobRun read, with the names, the order and the formats of AWS CLI v2. */
#ifndef EMRS_HOST_JOB_RUN_H
#define EMRS_HOST_JOB_RUN_H

#include "emrs_job_run.h"
#include "host.h"

/* ret: whether the path, such as jobRun.state, names a member that job_run_print can print */
bool job_run_has(const char *path);

/* Prints a time as Python's isoformat does, in the time zone of this machine, as AWS CLI. */
void print_time(FILE *to, emrs_time time);

/* Prints all members that the answer has, or one of them. If the answer does not have that one,
 * prints null (json) or None (text).
 * in:  path: of the one member, as job_run_has accepts it; NULL: all */
void job_run_print(const emrs_get_job_run_input *input, const emrs_job_run *job_run,
                   const char *path, output_format output);

#endif
