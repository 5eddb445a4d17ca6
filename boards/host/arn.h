/* SPDX-License-Identifier: MIT */
/* The ARN of an application or of a job run:
 *
 *   arn:aws:emr-serverless:eu-west-1:123456789012:/applications/APP
 *   arn:aws:emr-serverless:eu-west-1:123456789012:/applications/APP/jobruns/RUN */
#ifndef EMRS_HOST_ARN_H
#define EMRS_HOST_ARN_H

/* Strings. All are set, but the job run id of an application's ARN is empty. */
typedef struct {
    char partition[16], region[64], account[12 + 1], application_id[64 + 1], job_run_id[64 + 1];
} arn;

/* ret: NULL, or which part is wrong and its rule: "the account must have 12 digits" */
const char *arn_read(arn *a, const char *text);

/* ret: the partition of a region: "aws", "aws-cn" and so on */
const char *arn_partition_of(const char *region);

#endif
