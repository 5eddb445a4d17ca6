/* SPDX-License-Identifier: MIT */
/* The host of a region, by AWS's rule set, and which custom endpoints are accepted. */
#include "unit.h"

#include "endpoint.h"
#include "emrs_config.h"

static char work[EMRS_WORK_SIZE];
static const emrs_credentials credentials = {EMRS_TEXT_INIT("AKIDEXAMPLE"),
                                             EMRS_TEXT_INIT("secret"), EMRS_TEXT_INIT(""), 0, 0};

static emrs_config config_of(emrs_text region, emrs_text endpoint, bool fips, bool dualstack)
{
    return (emrs_config){.region = region,
                         .endpoint = endpoint,
                         .use_fips = fips,
                         .use_dualstack = dualstack,
                         .credentials = &credentials,
                         .work = work,
                         .work_size = sizeof work};
}

/* By region */

enum { NEITHER, FIPS = 1, DUAL = 2, BOTH = 3 };

/* Asserts that emrs_init finds this host for a region, with TLS on port 443 and no base path. */
static void assert_region_gives(emrs_text region, int flags, const char *host)
{
    emrs_config config = config_of(region, EMRS_TEXT(""), (flags & FIPS) != 0, (flags & DUAL) != 0);
    emrs_client client;
    emrs_result result;
    assert_int_equal(emrs_init(&client, &config, &result), EMRS_DONE);
    assert_string_equal(client.host, host);
    assert_int_equal(client.port, 443);
    assert_true(client.tls);
    assert_int_equal(client.base_path.size, 0);
}

/* The service's endpoint tests, "endpoint-tests-1.json" of botocore: 20 of the 25 give a host. */
static void test_official_hosts(void **state)
{
    static const struct {
        emrs_text region;
        int flags;
        const char *host;
    } rows[] = {
        {EMRS_TEXT_INIT("ap-northeast-1"), NEITHER, "emr-serverless.ap-northeast-1.amazonaws.com"},
        {EMRS_TEXT_INIT("eu-west-1"), NEITHER, "emr-serverless.eu-west-1.amazonaws.com"},
        {EMRS_TEXT_INIT("us-east-1"), NEITHER, "emr-serverless.us-east-1.amazonaws.com"},
        {EMRS_TEXT_INIT("us-east-1"), FIPS, "emr-serverless-fips.us-east-1.amazonaws.com"},
        {EMRS_TEXT_INIT("us-west-2"), NEITHER, "emr-serverless.us-west-2.amazonaws.com"},
        {EMRS_TEXT_INIT("us-west-2"), FIPS, "emr-serverless-fips.us-west-2.amazonaws.com"},
        {EMRS_TEXT_INIT("us-east-1"), BOTH, "emr-serverless-fips.us-east-1.api.aws"},
        {EMRS_TEXT_INIT("us-east-1"), DUAL, "emr-serverless.us-east-1.api.aws"},
        {EMRS_TEXT_INIT("cn-north-1"), BOTH,
         "emr-serverless-fips.cn-north-1.api.amazonwebservices.com.cn"},
        {EMRS_TEXT_INIT("cn-north-1"), FIPS, "emr-serverless-fips.cn-north-1.amazonaws.com.cn"},
        {EMRS_TEXT_INIT("cn-north-1"), DUAL,
         "emr-serverless.cn-north-1.api.amazonwebservices.com.cn"},
        {EMRS_TEXT_INIT("cn-north-1"), NEITHER, "emr-serverless.cn-north-1.amazonaws.com.cn"},
        {EMRS_TEXT_INIT("us-gov-east-1"), BOTH, "emr-serverless-fips.us-gov-east-1.api.aws"},
        {EMRS_TEXT_INIT("us-gov-east-1"), FIPS, "emr-serverless-fips.us-gov-east-1.amazonaws.com"},
        {EMRS_TEXT_INIT("us-gov-east-1"), DUAL, "emr-serverless.us-gov-east-1.api.aws"},
        {EMRS_TEXT_INIT("us-gov-east-1"), NEITHER, "emr-serverless.us-gov-east-1.amazonaws.com"},
        {EMRS_TEXT_INIT("us-iso-east-1"), FIPS, "emr-serverless-fips.us-iso-east-1.c2s.ic.gov"},
        {EMRS_TEXT_INIT("us-iso-east-1"), NEITHER, "emr-serverless.us-iso-east-1.c2s.ic.gov"},
        {EMRS_TEXT_INIT("us-isob-east-1"), FIPS,
         "emr-serverless-fips.us-isob-east-1.sc2s.sgov.gov"},
        {EMRS_TEXT_INIT("us-isob-east-1"), NEITHER, "emr-serverless.us-isob-east-1.sc2s.sgov.gov"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_region_gives(rows[i].region, rows[i].flags, rows[i].host);
}

static void assert_init_refuses(const emrs_config *config, emrs_field field, emrs_rule rule,
                                const char *words)
{
    emrs_client client;
    emrs_result result;
    assert_int_equal(emrs_init(&client, config, &result), EMRS_E_ARGUMENT);
    assert_int_equal(result.code, EMRS_E_ARGUMENT);
    assert_int_equal(result.field, field);
    assert_int_equal(result.rule, rule);
    if (words != NULL)
        assert_string_equal(emrs_rule_words(result.field, result.rule), words);
}

/* The other 5 of the 25: a custom endpoint, with and without a region, and three errors. */
static void test_official_custom_and_errors(void **state)
{
    const emrs_text example = EMRS_TEXT("https://example.com");
    emrs_config config = config_of(EMRS_TEXT("us-east-1"), example, false, false);
    emrs_endpoint endpoint;
    emrs_client client;
    emrs_result result;
    (void)state;
    assert_int_equal(emrs_init(&client, &config, &result), EMRS_DONE);
    assert_string_equal(client.host, "example.com");
    config = config_of(EMRS_TEXT("us-east-1"), example, true, false);
    assert_init_refuses(&config, EMRS_FIELD_ENDPOINT, EMRS_RULE_CUSTOM_FIPS,
                        "Invalid Configuration: FIPS and custom endpoint are not supported");
    config = config_of(EMRS_TEXT("us-east-1"), example, false, true);
    assert_init_refuses(&config, EMRS_FIELD_ENDPOINT, EMRS_RULE_CUSTOM_DUALSTACK,
                        "Invalid Configuration: Dualstack and custom endpoint are not supported");
    config = config_of(EMRS_TEXT(""), EMRS_TEXT(""), false, false);
    assert_init_refuses(&config, EMRS_FIELD_REGION, EMRS_RULE_MISSING_REGION,
                        "Invalid Configuration: Missing Region");

    /* In the rule set a custom endpoint needs no region. Only a signature needs one. */
    assert_int_equal(emrs_endpoint_parse(example, &endpoint), EMRS_RULE_NONE);
    assert_true(emrs_text_is(endpoint.host, EMRS_TEXT("example.com")));
    config = config_of(EMRS_TEXT(""), example, false, false);
    assert_int_equal(emrs_init(&client, &config, &result), EMRS_DONE);
    config = config_of(EMRS_TEXT("us_east"), example, false, false);
    assert_init_refuses(&config, EMRS_FIELD_REGION, EMRS_RULE_BYTE, NULL);

    /* FIPS is checked first, as in the rule set. */
    config = config_of(EMRS_TEXT("us-east-1"), example, true, true);
    assert_init_refuses(&config, EMRS_FIELD_ENDPOINT, EMRS_RULE_CUSTOM_FIPS, NULL);
}

/* All 8 partitions, found by their list of regions, by their regular expression, and by their
 * global pseudo-region. aws and aws-us-gov have the same host names. */
static void test_partitions(void **state)
{
    enum { AWS, CN, EUSC, ISO, ISOB, ISOE, ISOF };
    static const char *const suffixes[] = {
        [AWS] = "amazonaws.com",   [CN] = "amazonaws.com.cn", [EUSC] = "amazonaws.eu",
        [ISO] = "c2s.ic.gov",      [ISOB] = "sc2s.sgov.gov",  [ISOE] = "cloud.adc-e.uk",
        [ISOF] = "csp.hci.ic.gov",
    };
    static const struct {
        emrs_text region;
        int partition;
    } rows[] = {
        {EMRS_TEXT_INIT("us-east-1"), AWS},
        {EMRS_TEXT_INIT("mx-central-1"), AWS},
        {EMRS_TEXT_INIT("il-central-1"), AWS},
        {EMRS_TEXT_INIT("aws-global"), AWS},
        {EMRS_TEXT_INIT("cn-northwest-1"), CN},
        {EMRS_TEXT_INIT("cn-x-9"), CN},
        {EMRS_TEXT_INIT("aws-cn-global"), CN},
        {EMRS_TEXT_INIT("eusc-de-east-1"), EUSC},
        {EMRS_TEXT_INIT("eusc-de-x-77"), EUSC},
        {EMRS_TEXT_INIT("us-gov-west-1"), AWS},
        {EMRS_TEXT_INIT("aws-us-gov-global"), AWS},
        {EMRS_TEXT_INIT("us-iso-west-1"), ISO},
        {EMRS_TEXT_INIT("aws-iso-global"), ISO},
        {EMRS_TEXT_INIT("us-isob-west-1"), ISOB},
        {EMRS_TEXT_INIT("aws-iso-b-global"), ISOB},
        {EMRS_TEXT_INIT("eu-isoe-west-1"), ISOE},
        {EMRS_TEXT_INIT("aws-iso-e-global"), ISOE},
        {EMRS_TEXT_INIT("us-isof-south-1"), ISOF},
        {EMRS_TEXT_INIT("us-isof-east-1"), ISOF},
        {EMRS_TEXT_INIT("aws-iso-f-global"), ISOF},
        /* Almost a match of a regular expression: the partition is aws */
        {EMRS_TEXT_INIT("us-gov-1"), AWS},
        {EMRS_TEXT_INIT("us-iso-1"), AWS},
        {EMRS_TEXT_INIT("eu-isoe-1"), AWS},
        {EMRS_TEXT_INIT("xx-unknown-1"), AWS},
        {EMRS_TEXT_INIT("cn-north"), AWS},
        {EMRS_TEXT_INIT("cn-north-"), AWS},
        {EMRS_TEXT_INIT("cn-north-1-"), AWS},
        {EMRS_TEXT_INIT("cn-north-1a"), AWS},
        {EMRS_TEXT_INIT("cn-north-a1"), AWS},
        {EMRS_TEXT_INIT("cn-north1"), AWS},
        {EMRS_TEXT_INIT("cn--1"), AWS},
        {EMRS_TEXT_INIT("cn-north-south-1"), AWS},
        {EMRS_TEXT_INIT("xcn-north-1"), AWS},
        {EMRS_TEXT_INIT("-cn-north-1"), AWS},
        {EMRS_TEXT_INIT("cnn-north-1"), AWS},
        {EMRS_TEXT_INIT("eusc-fr-east-1"), AWS},
        {EMRS_TEXT_INIT("eusc-east-1"), AWS},
        {EMRS_TEXT_INIT("us-isoc-east-1"), AWS},
        {EMRS_TEXT_INIT("us-gov-west-1-1"), AWS},
        {EMRS_TEXT_INIT("us-gov-west-"), AWS},
        {EMRS_TEXT_INIT("us-gov--1"), AWS},
        {EMRS_TEXT_INIT("aws-eusc-global"), AWS},
        {EMRS_TEXT_INIT("aws-cn-globa"), AWS},
        {EMRS_TEXT_INIT("fips-us-gov-west-1"), AWS},
        {EMRS_TEXT_INIT("1"), AWS},
        {EMRS_TEXT_INIT("-"), AWS},
        {EMRS_TEXT_INIT("-1"), AWS},
        {EMRS_TEXT_INIT("--1"), AWS},
        {EMRS_TEXT_INIT("a-1"), AWS},
        {EMRS_TEXT_INIT(""), AWS},
        /* \w and \d match any word and any number of digits */
        {EMRS_TEXT_INIT("us-gov-0-0"), AWS},
        {EMRS_TEXT_INIT("cn-1-1"), CN},
        {EMRS_TEXT_INIT("cn-north-0123456789"), CN},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const emrs_partition *partition = emrs_partition_of(rows[i].region);
        assert_string_equal(partition->dns_suffix, suffixes[rows[i].partition]);
    }
}

static void test_partition_hosts(void **state)
{
    static const struct {
        emrs_text region;
        const char *hosts[4]; /* by NEITHER, FIPS, DUAL, BOTH */
    } rows[] = {
        {EMRS_TEXT_INIT("eusc-de-east-1"),
         {"emr-serverless.eusc-de-east-1.amazonaws.eu",
          "emr-serverless-fips.eusc-de-east-1.amazonaws.eu",
          "emr-serverless.eusc-de-east-1.api.amazonwebservices.eu",
          "emr-serverless-fips.eusc-de-east-1.api.amazonwebservices.eu"}},
        {EMRS_TEXT_INIT("us-iso-east-1"),
         {"emr-serverless.us-iso-east-1.c2s.ic.gov", "emr-serverless-fips.us-iso-east-1.c2s.ic.gov",
          "emr-serverless.us-iso-east-1.api.aws.ic.gov",
          "emr-serverless-fips.us-iso-east-1.api.aws.ic.gov"}},
        {EMRS_TEXT_INIT("us-isob-east-1"),
         {"emr-serverless.us-isob-east-1.sc2s.sgov.gov",
          "emr-serverless-fips.us-isob-east-1.sc2s.sgov.gov",
          "emr-serverless.us-isob-east-1.api.aws.scloud",
          "emr-serverless-fips.us-isob-east-1.api.aws.scloud"}},
        {EMRS_TEXT_INIT("eu-isoe-west-1"),
         {"emr-serverless.eu-isoe-west-1.cloud.adc-e.uk",
          "emr-serverless-fips.eu-isoe-west-1.cloud.adc-e.uk",
          "emr-serverless.eu-isoe-west-1.api.cloud-aws.adc-e.uk",
          "emr-serverless-fips.eu-isoe-west-1.api.cloud-aws.adc-e.uk"}},
        {EMRS_TEXT_INIT("us-isof-south-1"),
         {"emr-serverless.us-isof-south-1.csp.hci.ic.gov",
          "emr-serverless-fips.us-isof-south-1.csp.hci.ic.gov",
          "emr-serverless.us-isof-south-1.api.aws.hci.ic.gov",
          "emr-serverless-fips.us-isof-south-1.api.aws.hci.ic.gov"}},
        {EMRS_TEXT_INIT("aws-global"),
         {"emr-serverless.aws-global.amazonaws.com", "emr-serverless-fips.aws-global.amazonaws.com",
          "emr-serverless.aws-global.api.aws", "emr-serverless-fips.aws-global.api.aws"}},
        {EMRS_TEXT_INIT("xx-unknown-1"),
         {"emr-serverless.xx-unknown-1.amazonaws.com",
          "emr-serverless-fips.xx-unknown-1.amazonaws.com", "emr-serverless.xx-unknown-1.api.aws",
          "emr-serverless-fips.xx-unknown-1.api.aws"}},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (int flags = NEITHER; flags <= BOTH; flags++)
            assert_region_gives(rows[i].region, flags, rows[i].hosts[flags]);
}

/* The pseudo-regions of older SDKs are replaced as in AWS's SDKs, in the signature too. */
static void test_regions_that_say_fips(void **state)
{
    static const struct {
        emrs_text spelled;
        const char *region, *host;
    } rows[] = {
        {EMRS_TEXT_INIT("fips-us-gov-west-1"), "us-gov-west-1",
         "emr-serverless-fips.us-gov-west-1.amazonaws.com"},
        {EMRS_TEXT_INIT("us-east-1-fips"), "us-east-1",
         "emr-serverless-fips.us-east-1.amazonaws.com"},
        {EMRS_TEXT_INIT("fips-us-east-1-fips"), "us-east-1",
         "emr-serverless-fips.us-east-1.amazonaws.com"},
        {EMRS_TEXT_INIT("fips-"), "fips-", "emr-serverless.fips-.amazonaws.com"},
        {EMRS_TEXT_INIT("-fips"), "-fips", "emr-serverless.-fips.amazonaws.com"},
        {EMRS_TEXT_INIT("fipsus-east-1"), "fipsus-east-1",
         "emr-serverless.fipsus-east-1.amazonaws.com"},
    };
    emrs_client client;
    emrs_result result;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        emrs_config config = config_of(rows[i].spelled, EMRS_TEXT(""), false, false);
        assert_region_gives(rows[i].spelled, NEITHER, rows[i].host);
        assert_int_equal(emrs_init(&client, &config, &result), EMRS_OK);
        assert_true(emrs_text_spells(client.config.region, rows[i].region));
    }
    emrs_config config =
        config_of(EMRS_TEXT("fips-us-east-1"), EMRS_TEXT("https://example.com"), false, false);
    assert_int_equal(emrs_init(&client, &config, &result), EMRS_E_ARGUMENT);
    assert_int_equal(result.rule, EMRS_RULE_CUSTOM_FIPS);
}

/* The host of the longest region fits, with every suffix. */
static void test_longest_region(void **state)
{
    char region[EMRS_REGION_SIZE_MAX];
    emrs_client client;
    emrs_result result;
    (void)state;
    memset(region, 'x', sizeof region);
    memcpy(region, "cn-", 3);
    memcpy(region + sizeof region - 2, "-1", 2);
    emrs_config config = config_of((emrs_text){region, sizeof region}, EMRS_TEXT(""), true, true);
    assert_int_equal(emrs_init(&client, &config, &result), EMRS_DONE);
    assert_int_equal(strlen(client.host), 20 + 63 + 1 + 28);
}

/* Custom */

#define X8 "xxxxxxxx"
#define X64 X8 X8 X8 X8 X8 X8 X8 X8
#define X252 X64 X64 X64 X8 X8 X8 X8 X8 X8 X8 "xxxx"
#define PATH_128 "/" X64 "/" X8 X8 X8 X8 X8 X8 X8 "xxxxxx"

static void test_custom_accepted(void **state)
{
    static const struct {
        emrs_text url;
        const char *host, *base_path;
        uint16_t port;
        bool tls;
    } rows[] = {
        {EMRS_TEXT_INIT("https://example.com"), "example.com", "", 443, true},
        {EMRS_TEXT_INIT("http://example.com"), "example.com", "", 80, false},
        {EMRS_TEXT_INIT("https://example.com/"), "example.com", "", 443, true},
        {EMRS_TEXT_INIT("https://example.com:8443"), "example.com", "", 8443, true},
        {EMRS_TEXT_INIT("https://example.com:8443/"), "example.com", "", 8443, true},
        {EMRS_TEXT_INIT("https://example.com:443"), "example.com", "", 443, true},
        {EMRS_TEXT_INIT("http://example.com:443"), "example.com", "", 443, false},
        {EMRS_TEXT_INIT("https://example.com:1"), "example.com", "", 1, true},
        {EMRS_TEXT_INIT("https://example.com:65535"), "example.com", "", 65535, true},
        {EMRS_TEXT_INIT("https://example.com:00443"), "example.com", "", 443, true},
        {EMRS_TEXT_INIT("https://example.com:000443"), "example.com", "", 443, true},
        {EMRS_TEXT_INIT("https://example.com/base"), "example.com", "/base", 443, true},
        {EMRS_TEXT_INIT("https://example.com/base/"), "example.com", "/base", 443, true},
        {EMRS_TEXT_INIT("https://example.com:9/a/b-c/._~/Z9"), "example.com", "/a/b-c/._~/Z9", 9,
         true},
        {EMRS_TEXT_INIT("https://example.com/.../a..b/.c/d."), "example.com", "/.../a..b/.c/d.",
         443, true},
        {EMRS_TEXT_INIT("https://example.com" PATH_128), "example.com", PATH_128, 443, true},
        {EMRS_TEXT_INIT("https://example.com" PATH_128 "/"), "example.com", PATH_128, 443, true},
        {EMRS_TEXT_INIT("https://EXAMPLE.Com/Base"), "example.com", "/Base", 443, true},
        {EMRS_TEXT_INIT("https://a"), "a", "", 443, true},
        {EMRS_TEXT_INIT("https://my_gateway-2.local"), "my_gateway-2.local", "", 443, true},
        {EMRS_TEXT_INIT("https://10.0.0.7:8443"), "10.0.0.7", "", 8443, true},
        {EMRS_TEXT_INIT("https://vpce-0a-1b.emr-serverless.us-east-1.vpce.example"),
         "vpce-0a-1b.emr-serverless.us-east-1.vpce.example", "", 443, true},
        {EMRS_TEXT_INIT("https://x" X252), "x" X252, "", 443, true}, /* 253 bytes */
        {EMRS_TEXT_INIT("https://[::1]"), "::1", "", 443, true},
        {EMRS_TEXT_INIT("https://[::]:8443/b"), "::", "/b", 8443, true},
        {EMRS_TEXT_INIT("https://[FD00:EC2::254]"), "fd00:ec2::254", "", 443, true},
        {EMRS_TEXT_INIT("https://[1:2:3:4:5:6:7:8]"), "1:2:3:4:5:6:7:8", "", 443, true},
        {EMRS_TEXT_INIT("https://[::ffff:10.0.0.7]/"), "::ffff:10.0.0.7", "", 443, true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        emrs_config config = config_of(EMRS_TEXT("us-east-1"), rows[i].url, false, false);
        emrs_client client;
        emrs_result result;
        config.allow_plain_http = true;
        assert_int_equal(emrs_init(&client, &config, &result), EMRS_DONE);
        assert_string_equal(client.host, rows[i].host);
        assert_int_equal(client.port, rows[i].port);
        assert_int_equal(client.tls, rows[i].tls);
        assert_true(emrs_text_is(client.base_path,
                                 (emrs_text){rows[i].base_path, strlen(rows[i].base_path)}));
    }
}

/* "::" may stand for a single group, so an address with eight colons may be valid: RFC
 * 4291, 2.2. */
static void test_ipv6_of_eight_colons(void **state)
{
    static const emrs_text urls[] = {EMRS_TEXT_INIT("https://[::2:3:4:5:6:7:8]"),
                                     EMRS_TEXT_INIT("https://[1:2:3:4:5:6:7::]")};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(urls); i++) {
        emrs_endpoint endpoint;
        assert_int_equal(emrs_endpoint_parse(urls[i], &endpoint), EMRS_RULE_NONE);
    }
}

static void test_custom_refused(void **state)
{
    static const struct {
        emrs_text url;
        emrs_rule rule;
    } rows[] = {
        {EMRS_TEXT_INIT("example.com"), EMRS_RULE_ENDPOINT_SCHEME},
        {EMRS_TEXT_INIT("//example.com"), EMRS_RULE_ENDPOINT_SCHEME},
        {EMRS_TEXT_INIT("ftp://example.com"), EMRS_RULE_ENDPOINT_SCHEME},
        {EMRS_TEXT_INIT("https:/example.com"), EMRS_RULE_ENDPOINT_SCHEME},
        {EMRS_TEXT_INIT("https:"), EMRS_RULE_ENDPOINT_SCHEME},
        {EMRS_TEXT_INIT("h"), EMRS_RULE_ENDPOINT_SCHEME},
        {EMRS_TEXT_INIT(" https://example.com"), EMRS_RULE_ENDPOINT_SCHEME},
        {EMRS_TEXT_INIT("https://user@example.com"), EMRS_RULE_ENDPOINT_EXTRA},
        {EMRS_TEXT_INIT("https://@example.com"), EMRS_RULE_ENDPOINT_EXTRA},
        {EMRS_TEXT_INIT("https://user:pass@example.com"), EMRS_RULE_ENDPOINT_EXTRA},
        {EMRS_TEXT_INIT("https://127.0.0.1@evil.example"), EMRS_RULE_ENDPOINT_EXTRA},
        {EMRS_TEXT_INIT("https://example.com/?q"), EMRS_RULE_ENDPOINT_EXTRA},
        {EMRS_TEXT_INIT("https://example.com?"), EMRS_RULE_ENDPOINT_EXTRA},
        {EMRS_TEXT_INIT("https://example.com#f"), EMRS_RULE_ENDPOINT_EXTRA},
        {EMRS_TEXT_INIT("https://example.com/a#"), EMRS_RULE_ENDPOINT_EXTRA},
        {EMRS_TEXT_INIT("https://"), EMRS_RULE_ENDPOINT_HOST},
        {EMRS_TEXT_INIT("https:///path"), EMRS_RULE_ENDPOINT_HOST},
        {EMRS_TEXT_INIT("https://:443"), EMRS_RULE_ENDPOINT_HOST},
        {EMRS_TEXT_INIT("https://."), EMRS_RULE_ENDPOINT_HOST},
        {EMRS_TEXT_INIT("https://.example.com"), EMRS_RULE_ENDPOINT_HOST},
        {EMRS_TEXT_INIT("https://example.com."), EMRS_RULE_ENDPOINT_HOST},
        {EMRS_TEXT_INIT("https://example..com"), EMRS_RULE_ENDPOINT_HOST},
        {EMRS_TEXT_INIT("https://exa mple.com"), EMRS_RULE_ENDPOINT_HOST},
        {EMRS_TEXT_INIT("https://exa\r\nmple.com"), EMRS_RULE_ENDPOINT_HOST},
        {EMRS_TEXT_INIT("https://example.com\0.evil"), EMRS_RULE_ENDPOINT_HOST},
        {EMRS_TEXT_INIT("https://exampl\xc3\xa9.com"), EMRS_RULE_ENDPOINT_HOST},
        {EMRS_TEXT_INIT("https://ex%61mple.com"), EMRS_RULE_ENDPOINT_HOST},
        {EMRS_TEXT_INIT("https://example.com\\a"), EMRS_RULE_ENDPOINT_HOST},
        {EMRS_TEXT_INIT("https://*.example.com"), EMRS_RULE_ENDPOINT_HOST},
        {EMRS_TEXT_INIT("https://::1"), EMRS_RULE_ENDPOINT_HOST},
        {EMRS_TEXT_INIT("https://["), EMRS_RULE_ENDPOINT_HOST},
        {EMRS_TEXT_INIT("https://[]"), EMRS_RULE_ENDPOINT_HOST},
        {EMRS_TEXT_INIT("https://[::1"), EMRS_RULE_ENDPOINT_HOST},
        {EMRS_TEXT_INIT("https://[::1]x"), EMRS_RULE_ENDPOINT_HOST},
        {EMRS_TEXT_INIT("https://[::1]]"), EMRS_RULE_ENDPOINT_HOST},
        {EMRS_TEXT_INIT("https://[[::1]]"), EMRS_RULE_ENDPOINT_HOST},
        {EMRS_TEXT_INIT("https://[:]"), EMRS_RULE_ENDPOINT_HOST},
        {EMRS_TEXT_INIT("https://[1]"), EMRS_RULE_ENDPOINT_HOST},
        {EMRS_TEXT_INIT("https://[10.0.0.7]"), EMRS_RULE_ENDPOINT_HOST},
        {EMRS_TEXT_INIT("https://[example.com]"), EMRS_RULE_ENDPOINT_HOST},
        {EMRS_TEXT_INIT("https://[fe80::1%eth0]"), EMRS_RULE_ENDPOINT_HOST},
        {EMRS_TEXT_INIT("https://[fe80::1%25eth0]"), EMRS_RULE_ENDPOINT_HOST},
        {EMRS_TEXT_INIT("https://[g::1]"), EMRS_RULE_ENDPOINT_HOST},
        {EMRS_TEXT_INIT("https://[1:2:3:4:5:6:7:8:9:a]"), EMRS_RULE_ENDPOINT_HOST},
        {EMRS_TEXT_INIT("https://[::1\0]"), EMRS_RULE_ENDPOINT_HOST},
        {EMRS_TEXT_INIT("https://xx" X252), EMRS_RULE_TOO_LONG},
        {EMRS_TEXT_INIT("https://[:" X252 ":]"), EMRS_RULE_TOO_LONG},
        {EMRS_TEXT_INIT("https://example.com:"), EMRS_RULE_ENDPOINT_PORT},
        {EMRS_TEXT_INIT("https://example.com:/"), EMRS_RULE_ENDPOINT_PORT},
        {EMRS_TEXT_INIT("https://example.com:0"), EMRS_RULE_ENDPOINT_PORT},
        {EMRS_TEXT_INIT("https://example.com:65536"), EMRS_RULE_ENDPOINT_PORT},
        {EMRS_TEXT_INIT("https://example.com:99999"), EMRS_RULE_ENDPOINT_PORT},
        {EMRS_TEXT_INIT("https://example.com:4294967739"), EMRS_RULE_ENDPOINT_PORT},
        {EMRS_TEXT_INIT("https://example.com:0000443"), EMRS_RULE_ENDPOINT_PORT},
        {EMRS_TEXT_INIT("https://example.com:443x"), EMRS_RULE_ENDPOINT_PORT},
        {EMRS_TEXT_INIT("https://example.com:x443"), EMRS_RULE_ENDPOINT_PORT},
        {EMRS_TEXT_INIT("https://example.com:+443"), EMRS_RULE_ENDPOINT_PORT},
        {EMRS_TEXT_INIT("https://example.com:-1"), EMRS_RULE_ENDPOINT_PORT},
        {EMRS_TEXT_INIT("https://example.com: 443"), EMRS_RULE_ENDPOINT_PORT},
        {EMRS_TEXT_INIT("https://example.com:443:443"), EMRS_RULE_ENDPOINT_PORT},
        {EMRS_TEXT_INIT("https://[::1]:"), EMRS_RULE_ENDPOINT_PORT},
        {EMRS_TEXT_INIT("https://[::1]:0"), EMRS_RULE_ENDPOINT_PORT},
        {EMRS_TEXT_INIT("https://example.com//"), EMRS_RULE_ENDPOINT_PATH},
        {EMRS_TEXT_INIT("https://example.com//a"), EMRS_RULE_ENDPOINT_PATH},
        {EMRS_TEXT_INIT("https://example.com/a//b"), EMRS_RULE_ENDPOINT_PATH},
        {EMRS_TEXT_INIT("https://example.com/a//"), EMRS_RULE_ENDPOINT_PATH},
        {EMRS_TEXT_INIT("https://example.com/."), EMRS_RULE_ENDPOINT_PATH},
        {EMRS_TEXT_INIT("https://example.com/./"), EMRS_RULE_ENDPOINT_PATH},
        {EMRS_TEXT_INIT("https://example.com/.."), EMRS_RULE_ENDPOINT_PATH},
        {EMRS_TEXT_INIT("https://example.com/a/../b"), EMRS_RULE_ENDPOINT_PATH},
        {EMRS_TEXT_INIT("https://example.com/a/./b"), EMRS_RULE_ENDPOINT_PATH},
        {EMRS_TEXT_INIT("https://example.com/a b"), EMRS_RULE_ENDPOINT_PATH},
        {EMRS_TEXT_INIT("https://example.com/a%20b"), EMRS_RULE_ENDPOINT_PATH},
        {EMRS_TEXT_INIT("https://example.com/%20"), EMRS_RULE_ENDPOINT_PATH},
        {EMRS_TEXT_INIT("https://example.com/a%2Fb"), EMRS_RULE_ENDPOINT_PATH},
        {EMRS_TEXT_INIT("https://example.com/a\r\nHost: evil"), EMRS_RULE_ENDPOINT_PATH},
        {EMRS_TEXT_INIT("https://example.com/a:b"), EMRS_RULE_ENDPOINT_PATH},
        {EMRS_TEXT_INIT("https://example.com/a;b"), EMRS_RULE_ENDPOINT_PATH},
        {EMRS_TEXT_INIT("https://example.com/\xc3\xa9"), EMRS_RULE_ENDPOINT_PATH},
        {EMRS_TEXT_INIT("https://example.com" PATH_128 "x"), EMRS_RULE_TOO_LONG},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        emrs_config config = config_of(EMRS_TEXT("us-east-1"), rows[i].url, false, false);
        config.allow_plain_http = true;
        assert_init_refuses(&config, EMRS_FIELD_ENDPOINT, rows[i].rule, NULL);
    }
}

/* Every byte in a host, in a port and in a path: accepted exactly where it is valid. */
static void test_every_byte(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        char host[] = "https://a_b", port[] = "https://a:1_", path[] = "https://a/b_c";
        emrs_endpoint endpoint;
        bool digit = byte >= '0' && byte <= '9';
        bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        bool common = digit || letter || byte == '-' || byte == '_' || byte == '.';
        host[9] = port[11] = path[11] = (char)byte;
        assert_int_equal(emrs_endpoint_parse((emrs_text){host, sizeof host - 1}, &endpoint)
                             == EMRS_RULE_NONE,
                         common || byte == '/');
        assert_int_equal(emrs_endpoint_parse((emrs_text){port, sizeof port - 1}, &endpoint)
                             == EMRS_RULE_NONE,
                         digit || byte == '/');
        assert_int_equal(emrs_endpoint_parse((emrs_text){path, sizeof path - 1}, &endpoint)
                             == EMRS_RULE_NONE,
                         common || byte == '~' || byte == '/');
    }
}

/* A URL cut at every byte, at the end of its memory: nothing is read past it. */
static void test_cut_at_every_byte(void **state)
{
    static const char url[] = "https://[fd00::1]:8443/base/path/";
    (void)state;
    for (size_t size = 0; size < sizeof url; size++) {
        emrs_endpoint endpoint;
        char *cut = malloc(size + (size == 0));
        assert_non_null(cut);
        memcpy(cut, url, size);
        (void)emrs_endpoint_parse((emrs_text){cut, size}, &endpoint);
        free(cut);
    }
}

/* Plain http */

static const struct {
    emrs_text host;
    bool loopback;
} loopbacks[] = {
    {EMRS_TEXT_INIT("localhost"), true},
    {EMRS_TEXT_INIT("127.0.0.1"), true},
    {EMRS_TEXT_INIT("127.0.0.0"), true},
    {EMRS_TEXT_INIT("127.1.2.3"), true},
    {EMRS_TEXT_INIT("127.255.255.255"), true},
    {EMRS_TEXT_INIT("127.10.99.100"), true},
    {EMRS_TEXT_INIT("::1"), true},
    {EMRS_TEXT_INIT(""), false},
    {EMRS_TEXT_INIT("127"), false},
    {EMRS_TEXT_INIT("127."), false},
    {EMRS_TEXT_INIT("127.1"), false},
    {EMRS_TEXT_INIT("127.0.1"), false},
    {EMRS_TEXT_INIT("127.0.0."), false},
    {EMRS_TEXT_INIT("127.0.0.1."), false},
    {EMRS_TEXT_INIT("127.0.0.1.1"), false},
    {EMRS_TEXT_INIT("127..0.1"), false},
    {EMRS_TEXT_INIT("127.0.0.256"), false},
    {EMRS_TEXT_INIT("127.0.0.1000"), false},
    {EMRS_TEXT_INIT("127.256.0.1"), false},
    {EMRS_TEXT_INIT("127.0.0.01"), false},
    {EMRS_TEXT_INIT("127.00.0.1"), false},
    {EMRS_TEXT_INIT("0127.0.0.1"), false},
    {EMRS_TEXT_INIT("127.0.0.0x1"), false},
    {EMRS_TEXT_INIT("0x7f.0.0.1"), false},
    {EMRS_TEXT_INIT("2130706433"), false},
    {EMRS_TEXT_INIT("127.0.0.a"), false},
    {EMRS_TEXT_INIT("127.0.0.1a"), false},
    {EMRS_TEXT_INIT("127.0.0.-1"), false},
    {EMRS_TEXT_INIT("127.a.b.c"), false},
    {EMRS_TEXT_INIT("127.0.0.1.evil.com"), false},
    {EMRS_TEXT_INIT("127.0.0.1-evil.com"), false},
    {EMRS_TEXT_INIT("127.0.0.1evil.com"), false},
    {EMRS_TEXT_INIT("128.0.0.1"), false},
    {EMRS_TEXT_INIT("126.0.0.1"), false},
    {EMRS_TEXT_INIT("12.7.0.1"), false},
    {EMRS_TEXT_INIT("0.0.0.0"), false},
    {EMRS_TEXT_INIT("169.254.169.254"), false},
    {EMRS_TEXT_INIT("localhost."), false},
    {EMRS_TEXT_INIT("localhos"), false},
    {EMRS_TEXT_INIT("localhost.evil.com"), false},
    {EMRS_TEXT_INIT("evil.localhost"), false},
    {EMRS_TEXT_INIT("localhost-evil"), false},
    {EMRS_TEXT_INIT("::2"), false},
    {EMRS_TEXT_INIT("::"), false},
    {EMRS_TEXT_INIT("::11"), false},
    {EMRS_TEXT_INIT("1::1"), false},
    {EMRS_TEXT_INIT("::ffff:127.0.0.1"), false},
    {EMRS_TEXT_INIT("fe80::1"), false},
};

static void test_loopback(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(loopbacks); i++)
        assert_int_equal(emrs_endpoint_is_loopback(loopbacks[i].host), loopbacks[i].loopback);
    for (unsigned value = 0; value < 300; value++) { /* each number of each part */
        char host[32];
        int size = snprintf(host, sizeof host, "127.%u.%u.%u", value, value, value);
        assert_int_equal(emrs_endpoint_is_loopback((emrs_text){host, (size_t)size}), value < 256);
    }
}

/* emrs_init accepts plain http to loopback, or with allow_plain_http, and https to any host. */
static void test_plain_http(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(loopbacks); i++)
        for (int way = 0; way < 3; way++) {
            char url[64];
            bool literal = emrs_text_find(loopbacks[i].host, ':') < loopbacks[i].host.size;
            int size = snprintf(url, sizeof url, "%s://%s%.*s%s:8080", way == 2 ? "https" : "http",
                                literal ? "[" : "", (int)loopbacks[i].host.size,
                                loopbacks[i].host.bytes, literal ? "]" : "");
            emrs_config config =
                config_of(EMRS_TEXT("us-east-1"), (emrs_text){url, (size_t)size}, false, false);
            emrs_endpoint endpoint;
            emrs_client client;
            emrs_result result;
            config.allow_plain_http = way == 1;
            if (emrs_endpoint_parse(config.endpoint, &endpoint) != EMRS_RULE_NONE)
                continue; /* "127." and similar are not hosts */
            assert_int_equal(emrs_init(&client, &config, &result),
                             way > 0 || loopbacks[i].loopback ? EMRS_DONE : EMRS_E_INSECURE);
            assert_int_equal(result.code, client.ready != 0 ? EMRS_MOVE_CONNECT : EMRS_E_INSECURE);
        }
}

/* Host names have no case: "LOCALHOST" is loopback like "localhost". */
static void test_loopback_in_upper_case(void **state)
{
    emrs_config config =
        config_of(EMRS_TEXT("us-east-1"), EMRS_TEXT("http://LocalHost:8080"), false, false);
    emrs_client client;
    emrs_result result;
    (void)state;
    assert_int_equal(emrs_init(&client, &config, &result), EMRS_DONE);
    assert_string_equal(client.host, "localhost");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_official_hosts),
        cmocka_unit_test(test_official_custom_and_errors),
        cmocka_unit_test(test_partitions),
        cmocka_unit_test(test_partition_hosts),
        cmocka_unit_test(test_regions_that_say_fips),
        cmocka_unit_test(test_longest_region),
        cmocka_unit_test(test_custom_accepted),
        cmocka_unit_test(test_ipv6_of_eight_colons),
        cmocka_unit_test(test_custom_refused),
        cmocka_unit_test(test_every_byte),
        cmocka_unit_test(test_cut_at_every_byte),
        cmocka_unit_test(test_loopback),
        cmocka_unit_test(test_plain_http),
        cmocka_unit_test(test_loopback_in_upper_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
