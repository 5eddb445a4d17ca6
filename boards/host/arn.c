/* SPDX-License-Identifier: MIT */
#include "arn.h"

#include <stdio.h>
#include <string.h>

#include "emrs.h"
#include "emrs_text.h"

/* src: botocore's partitions.json, as core/endpoint.c */
static const struct {
    const char *region_prefix, *name;
} partitions[] = {
    {"cn-", "aws-cn"},         {"us-gov-", "aws-us-gov"},
    {"us-iso-", "aws-iso"},    {"us-isob-", "aws-iso-b"},
    {"eu-isoe-", "aws-iso-e"}, {"us-isof-", "aws-iso-f"},
    {"eusc-", "aws-eusc"},     {"", "aws"},
};

const char *arn_partition_of(const char *region)
{
    size_t i = 0;
    while (strncmp(region, partitions[i].region_prefix, strlen(partitions[i].region_prefix)) != 0)
        i++;
    return partitions[i].name;
}

static bool is_partition(emrs_text text)
{
    for (size_t i = 0; i < sizeof partitions / sizeof partitions[0]; i++)
        if (emrs_text_spells(text, partitions[i].name))
            return true;
    return false;
}

static bool is_scheme(emrs_text text)
{
    return emrs_text_spells(text, "arn");
}

static bool is_service(emrs_text text)
{
    return emrs_text_spells(text, "emr-serverless");
}

/* AWS's SDKs accept fips-REGION and REGION-fips as names of a region. No ARN has such a name, and
 * its prefix would hide which partition the region belongs to. */
static bool is_fips(emrs_text text)
{
    const emrs_text start = EMRS_TEXT("fips-"), end = EMRS_TEXT("-fips");
    return emrs_text_starts(text, start)
           || (text.size > end.size
               && emrs_text_is(emrs_text_from(text, text.size - end.size), end));
}

static bool has_region_characters(emrs_text text)
{
    size_t at = 0;
    while (at < text.size
           && (emrs_is_digit(text.bytes[at]) || text.bytes[at] == '-'
               || (text.bytes[at] >= 'a' && text.bytes[at] <= 'z')))
        at++;
    return at > 0 && at == text.size && at < sizeof((arn *)NULL)->region;
}

static bool is_region(emrs_text text)
{
    return has_region_characters(text) && !is_fips(text);
}

static bool is_account(emrs_text text)
{
    size_t at = 0;
    while (at < text.size && emrs_is_digit(text.bytes[at]))
        at++;
    return at == 12 && at == text.size;
}

static bool is_id(emrs_text text)
{
    size_t at = 0;
    while (at < text.size
           && (emrs_is_digit(text.bytes[at]) || (text.bytes[at] >= 'a' && text.bytes[at] <= 'z')))
        at++;
    return at > 0 && at == text.size && at < sizeof((arn *)NULL)->application_id;
}

static bool is_empty(emrs_text text)
{
    return text.size == 0;
}

static bool is_applications(emrs_text text)
{
    return emrs_text_spells(text, "applications");
}

static bool is_job_runs(emrs_text text)
{
    return emrs_text_spells(text, "jobruns");
}

/* The parts in their order. */
enum { SCHEME, PARTITION, SERVICE, REGION, ACCOUNT, SLASH, NOUN, APPLICATION, JOB_RUNS, JOB_RUN };
static const struct {
    char end; /* what follows the part */
    bool (*is_right)(emrs_text part);
    const char *rule;
} parts[] = {
    [SCHEME] = {':', is_scheme, "it must begin with arn:"},
    [PARTITION] = {':', is_partition,
                   "the partition must be aws, aws-cn, aws-us-gov, aws-iso, aws-iso-b, aws-iso-e, "
                   "aws-iso-f or aws-eusc"},
    [SERVICE] = {':', is_service, "the service must be emr-serverless"},
    [REGION] =
        {':', is_region,
         "the region must have 1 to 63 characters, a-z, 0-9 and '-', and must not be a FIPS name"},
    [ACCOUNT] = {':', is_account, "the account must have 12 digits"},
    [SLASH] = {'/', is_empty, "the resource must begin with /applications/"},
    [NOUN] = {'/', is_applications, "the resource must begin with /applications/"},
    [APPLICATION] = {'/', is_id, "the application id must have 1 to 64 characters, 0-9 and a-z"},
    [JOB_RUNS] = {'/', is_job_runs, "after the application id only /jobruns/ and an id may follow"},
    [JOB_RUN] = {'\0', is_id, "the job run id must have 1 to 64 characters, 0-9 and a-z"},
};

/* Removes the text up to a byte, and the byte, from `rest`.      ret: the text before the byte */
static emrs_text take_part(emrs_text *rest, char end)
{
    emrs_text part = {rest->bytes, emrs_text_find(*rest, end)};
    *rest = emrs_text_from(*rest, part.size < rest->size ? part.size + 1 : part.size);
    return part;
}

static void copy(char *to, size_t size, emrs_text part)
{
    (void)snprintf(to, size, "%.*s", (int)part.size, part.bytes);
}

const char *arn_read(arn *a, const char *text)
{
    emrs_text rest = {text, strlen(text)}, found[JOB_RUN + 1];
    bool ends_early = false;
    *a = (arn){.partition = ""};
    for (int i = SCHEME; i <= JOB_RUN && !ends_early; i++) {
        bool has_end = emrs_text_find(rest, parts[i].end) < rest.size;
        found[i] = take_part(&rest, parts[i].end);
        if (!parts[i].is_right(found[i]))
            return parts[i].rule;
        ends_early = i == APPLICATION && !has_end;
    }
    copy(a->partition, sizeof a->partition, found[PARTITION]);
    copy(a->region, sizeof a->region, found[REGION]);
    copy(a->account, sizeof a->account, found[ACCOUNT]);
    copy(a->application_id, sizeof a->application_id, found[APPLICATION]);
    if (!ends_early)
        copy(a->job_run_id, sizeof a->job_run_id, found[JOB_RUN]);
    return strcmp(a->partition, arn_partition_of(a->region)) != 0
               ? "the region must be one of the partition"
               : NULL;
}
