/* SPDX-License-Identifier: MIT */
/* Values from three sources. Each row is one request, with the names of all cases equal to it:
 *   emr       8 EMR Serverless requests, signed alike by botocore 1.43 and @smithy/signature-v4
 *   c-auth    awslabs/aws-c-auth, its signing test suite for v4, by header (38 cases, 30 here)
 *   botocore  boto/botocore, the AWS Signature Version 4 Test Suite kept there (34 cases, 26 here)
 * Method, path and query are taken from the suite's canonical request, already encoded, sorted and
 * normalised, because our ids, query and base paths need none of this.
 * Left out are the same 8 cases of both suites:
 *   get-header-key-duplicate, get-header-value-multiline, get-header-value-order,
 *   get-header-value-trim, post-header-key-sort, post-header-value-case
 *       sign a header of the caller; we send none
 *   post-x-www-form-urlencoded, post-x-www-form-urlencoded-parameters
 *       have a body and a content type; we send neither
 * and c-auth's query-* files, which sign by query string; we never do. */
#include "sigv4.h"

#include "emrs_text.h"

#define TEXT_INIT EMRS_TEXT_INIT

#define RUNS "/applications/00fabcdefg123456/jobruns"
#define RUN RUNS "/00fhijklmn789012"
#define US_EAST_1 "emr-serverless.us-east-1.amazonaws.com"
#define CN_NORTH_1 "emr-serverless.cn-north-1.amazonaws.com.cn"

/* clang-format off */
#define EMR(name, method, path, query, host, region, token, signature)                             \
    {"emr: " name, 1,                                                                              \
     {TEXT_INIT(method), TEXT_INIT(path), TEXT_INIT(query), TEXT_INIT(host), TEXT_INIT(token),     \
      "20260102T030405Z", TEXT_INIT(region), TEXT_INIT("emr-serverless")},                         \
     signature}

#define SUITE(count, names, method, path, query, token, signature)                                 \
    {names, count,                                                                                 \
     {TEXT_INIT(method), TEXT_INIT(path), TEXT_INIT(query), TEXT_INIT("example.amazonaws.com"),    \
      TEXT_INIT(token), "20150830T123600Z", TEXT_INIT("us-east-1"), TEXT_INIT("service")},         \
     signature}

const sigv4_vector sigv4_vectors[] = {
    EMR("cancel-no-grace", "DELETE", RUN,
        "", US_EAST_1, "us-east-1",
        "",
        "58c543bdbbc55a894a2eedb04a5cc5e91cdb20cc38999e65bbbdc722ab1fa19a"),
    EMR("cancel-grace-0", "DELETE", RUN,
        "shutdownGracePeriodInSeconds=0", US_EAST_1, "us-east-1",
        "",
        "d01579ff801f7f9f1c8694cdfe2478d7a4c197212543109da480562b65930bd6"),
    EMR("cancel-grace-300", "DELETE", RUN,
        "shutdownGracePeriodInSeconds=300", US_EAST_1, "us-east-1",
        "",
        "50d418cc2a320c48be6e8bf452ba2828b421ea7403f6dcb7d47dc805fa6ad131"),
    EMR("cancel-grace-300-token", "DELETE", RUN,
        "shutdownGracePeriodInSeconds=300", US_EAST_1, "us-east-1",
        "IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVzLWVhc3QtMSJH+/==",
        "888fbdbad6eb9943e830c34f4cee833a81fa928d3368e1e3f6a2f53a7cf9ccb0"),
    EMR("cancel-cn", "DELETE", RUN,
        "", CN_NORTH_1, "cn-north-1",
        "",
        "c1a4ee4e32d99c463383358bcd1dc6a5085296b723bb999ea2e770978bafadc0"),
    EMR("cancel-custom-port", "DELETE", RUN,
        "", "localhost:8443", "us-east-1",
        "",
        "34f8f6ef9a70569d6373a9a06927416c323bc6874f69e211bfe90f1c6293a56c"),
    EMR("getjobrun", "GET", RUN,
        "", US_EAST_1, "us-east-1",
        "",
        "2f7cbe5225d676f5eeac22d6a36d79f1769f5fb70a559ef6587d09bff36bce0b"),
    EMR("listjobruns-multi", "GET", RUNS,
        "createdAtAfter=2026-01-02T03%3A04%3A05Z&maxResults=50&nextToken=AbC_-%3D%3D&states="
        "QUEUED&states=RUNNING", US_EAST_1, "us-east-1",
        "",
        "65ed12147a08b582ca6cb9579a5168a6b9c33ad604d6fef393b479cde49e1b0a"),
    SUITE(12,
          "c-auth: get-relative-normalized, get-relative-relative-normalized, "
          "get-slash-dot-slash-normalized, get-slash-normalized, get-vanilla, "
          "get-vanilla-query; botocore: get-vanilla, get-vanilla-query, get-relative, "
          "get-relative-relative, get-slash, get-slash-dot-slash",
          "GET", "/", "", "",
          "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    SUITE(1, "c-auth: get-relative-relative-unnormalized",
          "GET", "/example1/example2/../..", "", "",
          "dc33e0856fd4baca4d7aa2146c38958283844764f38c74252a333df5e613003b"),
    SUITE(1, "c-auth: get-relative-unnormalized",
          "GET", "/example/..", "", "",
          "eca7ead57bb5aa5c8e28007acd4ff04e1ff9a0ff3b237ec1554a184887ff9282"),
    SUITE(1, "c-auth: get-slash-dot-slash-unnormalized",
          "GET", "/./", "", "",
          "68714168e6557f8f2de0ef956fc24dc2593a4bd2961f8df51898d8a134695145"),
    SUITE(2, "c-auth: get-slash-pointless-dot-normalized; botocore: get-slash-pointless-dot",
          "GET", "/example", "", "",
          "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5"),
    SUITE(1, "c-auth: get-slash-pointless-dot-unnormalized",
          "GET", "/./example", "", "",
          "beb03f223f7deae4146464f06e29eebbee9c8afbe15c290cf07aa8b119e14cff"),
    SUITE(1, "c-auth: get-slash-unnormalized",
          "GET", "//", "", "",
          "c88bcd3d312d75078c0cd961d6deae3f4c754924b01669efcfcb439fd5e5b76e"),
    SUITE(2, "c-auth: get-slashes-normalized; botocore: get-slashes",
          "GET", "/example/", "", "",
          "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"),
    SUITE(1, "c-auth: get-slashes-unnormalized",
          "GET", "//example//", "", "",
          "87cca117541a147f6df867677d98a7d80dff226d2bfca9e4ffa899665623c7e5"),
    SUITE(3, "c-auth: get-space-normalized, get-space-unnormalized; botocore: get-space",
          "GET", "/example%20space/", "", "",
          "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"),
    SUITE(2, "c-auth: get-unreserved; botocore: get-unreserved",
          "GET", "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "", "",
          "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"),
    SUITE(2, "c-auth: get-utf8; botocore: get-utf8",
          "GET", "/%E1%88%B4", "", "",
          "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"),
    SUITE(2, "c-auth: get-vanilla-empty-query-key; botocore: get-vanilla-empty-query-key",
          "GET", "/", "Param1=value1", "",
          "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"),
    SUITE(2, "c-auth: get-vanilla-query-order-encoded; botocore: get-vanilla-query-order-encoded",
          "GET", "/", "%E1%88%B4=Value1&Param=Value2&Param-3=Value3", "",
          "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac"),
    SUITE(2, "c-auth: get-vanilla-query-order-key-case; botocore: get-vanilla-query-order-key-case",
          "GET", "/", "Param1=value1&Param2=value2", "",
          "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
    SUITE(2, "c-auth: get-vanilla-query-unreserved; botocore: get-vanilla-query-unreserved",
          "GET", "/",
          "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz=-._~0123456789ABCDE"
          "FGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
          "",
          "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"),
    SUITE(2, "c-auth: get-vanilla-utf8-query; botocore: get-vanilla-utf8-query",
          "GET", "/", "%E1%88%B4=bar", "",
          "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"),
    SUITE(2, "c-auth: get-vanilla-with-session-token; botocore: get-vanilla-with-session-token",
          "GET", "/",
          "",
          "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267",
          "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8"),
    SUITE(6,
          "c-auth: post-header-key-case, post-sts-header-after, post-vanilla; botocore: "
          "post-header-key-case, post-sts-header-after, post-vanilla",
          "POST", "/", "", "",
          "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
    SUITE(2, "c-auth: post-sts-header-before; botocore: post-sts-header-before",
          "POST", "/",
          "",
          "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRX"
          "mxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburE"
          "Dy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL"
          "64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==",
          "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"),
    SUITE(4,
          "c-auth: post-vanilla-empty-query-value, post-vanilla-query; botocore: "
          "post-vanilla-empty-query-value, post-vanilla-query",
          "POST", "/", "Param1=value1", "",
          "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"),
    SUITE(1, "botocore: get-vanilla-query-order-key",
          "GET", "/", "Param1=Value1&Param1=value2", "",
          "eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1"),
    SUITE(1, "botocore: get-vanilla-query-order-value",
          "GET", "/", "Param1=value1&Param1=value2", "",
          "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694"),
    SUITE(1, "botocore: get-special-character",
          "GET", "/example/%24delete", "", "",
          "a853c9b21b528b19643d00910d35b83a10c366a10833ceefb45edd6c80e40f27"),
};
/* clang-format on */
const size_t sigv4_vector_count = sizeof sigv4_vectors / sizeof sigv4_vectors[0];

bool sigv4_vector_passes(const sigv4_vector *vector, emrs_signing_key *key)
{
    char signature[64];
    return emrs_signing_key_make(key, EMRS_TEXT(SIGV4_SECRET), &vector->signing)
           && emrs_sign(key, &vector->signing, signature)
           && memcmp(signature, vector->signature, sizeof signature) == 0;
}

const sigv4_vector *sigv4_vectors_run(void)
{
    emrs_signing_key key = {.origin = {0}};
    const sigv4_vector *failed = NULL;
    for (size_t i = 0; i < sigv4_vector_count && failed == NULL; i++)
        if (!sigv4_vector_passes(&sigv4_vectors[i], &key))
            failed = &sigv4_vectors[i];
    emrs_wipe(&key, sizeof key);
    return failed;
}
