/* SPDX-License-Identifier: MIT */
#include "words.h"

#include "clock.h"
#include "row.h"
#include "sign.h"
#include "emrs_text.h"
#include "plain_sha256.h"
#include "vectors/sigv4.h"

void words_note(void)
{
    const uint16_t probe = 0x0102;
    bool is_big = *(const unsigned char *)&probe == 1;
    bool is_signed = (char)-1 < 0;
    row_note("# words of ", (uint32_t)sizeof(size_t) * 8u,
             is_big
                 ? is_signed ? " bits, big-endian, char signed" : " bits, big-endian, char unsigned"
             : is_signed ? " bits, little-endian, char signed"
                         : " bits, little-endian, char unsigned");
}

static const char *hex_differs(const uint8_t digest[32], const char *hex)
{
    for (size_t i = 0; i < 64; i++) {
        unsigned byte = digest[i / 2], nibble = (i % 2 == 0 ? byte >> 4 : byte) & 15u;
        if ((char)(nibble < 10 ? '0' + nibble : 'a' + nibble - 10) != hex[i])
            return "the digest differs";
    }
    return NULL;
}

/* SHA-256 of `unit`, repeated `count` times.
 * src: FIPS 180-4's examples, and NIST's additional ones around the sizes where the padding needs
 * another block */
static const struct {
    emrs_text unit;
    uint32_t count;
    const char *name, *digest;
} hashes[] = {
    {EMRS_TEXT_INIT(""), 1, "nothing",
     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {EMRS_TEXT_INIT("abc"), 1, "abc",
     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {EMRS_TEXT_INIT("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"), 1, "448 bits",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {EMRS_TEXT_INIT("\0"), 55, "55 zeros",
     "02779466cdec163811d078815c633f21901413081449002f24aa3e80f0b88ef7"},
    {EMRS_TEXT_INIT("\0"), 56, "56 zeros",
     "d4817aa5497628e7c77e6b606107042bbba3130888c5f47a375e6179be789fbb"},
    {EMRS_TEXT_INIT("\0"), 64, "64 zeros",
     "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b"},
    {EMRS_TEXT_INIT("\0"), 65, "65 zeros",
     "98ce42deef51d40269d542f5314bef2c7468d401ad5d85168bfab4c0108f75f7"},
    {EMRS_TEXT_INIT("aaaaaaaaaaaaaaaaaaaaaaaaa"), 40000, "a million a",
     "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
};

static void hash_rows(void)
{
    for (size_t i = 0; i < COUNT_OF(hashes); i++) {
        uint8_t digest[32];
        emrs_sha256 hash, plain;
        emrs_sha256_init(&hash);
        plain_init(&plain);
        for (uint32_t left = hashes[i].count; left > 0; left--) {
            emrs_sha256_update(&hash, hashes[i].unit.bytes, hashes[i].unit.size);
            plain_update(&plain, hashes[i].unit.bytes, hashes[i].unit.size);
        }
        bool ok = emrs_sha256_finish(&hash, digest);
        row_case(hashes[i].name, "hashed by mbedTLS", 0,
                 !ok ? "failed" : hex_differs(digest, hashes[i].digest));
        ok = plain_finish(&plain, digest);
        row_case(hashes[i].name, "hashed by the core", 0,
                 !ok ? "failed" : hex_differs(digest, hashes[i].digest));
    }
    row_close("sha256", "digests");
}

/* HMAC, src: RFC 4231, cases 1, 2 and 7: keys shorter and longer than a block */
static const struct {
    char key_byte;
    uint8_t key_size; /* 0: the key is "Jefe" */
    emrs_text message;
    const char *mac;
} macs[] = {
    {'\x0b', 20, EMRS_TEXT_INIT("Hi There"),
     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {0, 0, EMRS_TEXT_INIT("what do ya want for nothing?"),
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {'\xaa', 131,
     EMRS_TEXT_INIT(
         "This is a test using a larger than block-size key and a larger than block-size "
         "data. The key needs to be hashed before being used by the HMAC algorithm."),
     "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
};

static void mac_rows(void)
{
    for (size_t i = 0; i < COUNT_OF(macs); i++) {
        char key[131] = "Jefe";
        uint8_t mac[32];
        if (macs[i].key_size > 0)
            memset(key, macs[i].key_byte, macs[i].key_size);
        (void)emrs_hmac_of(key, macs[i].key_size > 0 ? macs[i].key_size : 4, macs[i].message, mac);
        row_case("RFC 4231", "row", i, hex_differs(mac, macs[i].mac));
    }
    row_close("hmac", "MACs");
}

/* Time. Seconds need 32 bits without a sign */

static const struct {
    uint32_t utc_s;
    const char *date;
} dates[] = {
    {0, "19700101T000000Z"},           {951782400, "20000229T000000Z"},
    {1767323045, "20260102T030405Z"},  {2147483647, "20380119T031407Z"},
    {2147483648u, "20380119T031408Z"}, {4107542400u, "21000301T000000Z"},
    {4294967295u, "21060207T062815Z"},
};

static void date_rows(void)
{
    static const uint32_t starts_ms[] = {0, 1, 0x7fffffffu, 0x80000000u, 0xffffffffu};
    for (size_t i = 0; i < COUNT_OF(dates); i++) {
        char date[16];
        emrs_clock_write(dates[i].utc_s, date);
        row_case(dates[i].date, "written", 0,
                 memcmp(date, dates[i].date, sizeof date) == 0 ? NULL : "another date");
    }
    for (size_t i = 0; i < COUNT_OF(starts_ms); i++) {
        uint32_t at_ms = starts_ms[i], later_ms = at_ms + 0x7fffffffu;
        bool right = emrs_clock_is_past(at_ms, at_ms) && !emrs_clock_is_past(at_ms, later_ms)
                     && emrs_clock_is_past(later_ms, at_ms);
        row_case("a deadline", "from tick", at_ms,
                 right ? NULL : "is wrong over the wrap of the tick");
    }
    row_close("clock", "dates and deadlines");
}

static void decimal_rows(void)
{
    static const struct {
        int32_t value;
        emrs_text text;
    } rows[] = {
        {0, EMRS_TEXT_INIT("0")},
        {-1, EMRS_TEXT_INIT("-1")},
        {1800, EMRS_TEXT_INIT("1800")},
        {65535, EMRS_TEXT_INIT("65535")},
        {INT32_MAX, EMRS_TEXT_INIT("2147483647")},
        {INT32_MIN, EMRS_TEXT_INIT("-2147483648")},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char bytes[11];
        emrs_pen pen = emrs_pen_on(bytes, sizeof bytes);
        emrs_put_decimal(&pen, rows[i].value);
        row_case(rows[i].text.bytes, "written", 0,
                 emrs_text_is(emrs_pen_text(&pen), rows[i].text) ? NULL : "another number");
    }
    row_close("pen", "decimals");
}

/* One call, from its start to ACCEPTED */

#define IDS "{\"applicationId\":\"00fabcdefg123456\",\"jobRunId\":\"00fhijklmn789012\"}"
#define ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 66\r\n\r\n" IDS

/* For 2027-01-15T08:00:00Z, computed by an implementation with Python's hmac and hashlib */
#define SIGNATURE "59617403e093f40b7febfdfc5fea0a945fa876ce209415d8a5a11bc87a007efb\r\n"

typedef struct {
    emrs_client client;
    emrs_call call;
    emrs_result result;
    emrs_move move;
    char work[EMRS_WORK_SIZE];
} bench;

static int step(bench *b, emrs_report report)
{
    /* The tick wraps before the deadline. */
    const emrs_now now = {.ms = 0xfffffff0u, .utc_s = 1800000000u};
    return emrs_step(&b->call, now, report, &b->move);
}

static bool holds(const char *bytes, size_t size, emrs_text text)
{
    for (size_t at = 0; at + text.size <= size; at++)
        if (memcmp(bytes + at, text.bytes, text.size) == 0)
            return true;
    return false;
}

/* ret: whether the signature was among the bytes sent */
static bool send(bench *b)
{
    bool is_signed = false;
    int what = step(b, (emrs_report){.news = EMRS_NEWS_CONNECTED, .detail = EMRS_PEER_VERIFIED});
    while (what == EMRS_MOVE_SEND) {
        is_signed =
            is_signed || holds(b->move.send, b->move.size, EMRS_TEXT("Signature=" SIGNATURE));
        what = step(b, (emrs_report){.news = EMRS_NEWS_SENT, .size = b->move.size});
    }
    return what == EMRS_MOVE_RECEIVE && is_signed;
}

static const char *call_fails(bench *b)
{
    static const emrs_credentials credentials = {EMRS_TEXT_INIT(SIGV4_ACCESS_KEY_ID),
                                                 EMRS_TEXT_INIT(SIGV4_SECRET),
                                                 EMRS_TEXT_INIT("IQoJ/+=EXAMPLE"), 0, 0};
    static const emrs_cancel_job_run_input input = {EMRS_TEXT_INIT("00fabcdefg123456"),
                                                    EMRS_TEXT_INIT("00fhijklmn789012"),
                                                    EMRS_GRACE_SECONDS, 300};
    const emrs_config config = {.region = EMRS_TEXT("us-east-1"),
                                .credentials = &credentials,
                                .work = b->work,
                                .work_size = sizeof b->work};
    const size_t answer_size = sizeof ANSWER - 1u;
    if (emrs_init(&b->client, &config, &b->result) != EMRS_OK
        || emrs_cancel_job_run_start(&b->call, &b->client, &input, &b->result) != EMRS_OK)
        return "does not start";
    if (step(b, (emrs_report){.news = EMRS_NEWS_PENDING}) != EMRS_MOVE_CONNECT)
        return "does not connect";
    if (!send(b))
        return "sends a wrong signature, or none";
    if (b->move.size < answer_size)
        return "has too small a window";
    memcpy(b->move.receive, ANSWER, answer_size);
    if (step(b, (emrs_report){.news = EMRS_NEWS_RECEIVED, .size = answer_size}) != EMRS_MOVE_CLOSE)
        return "does not close";
    if (step(b, (emrs_report){.news = EMRS_NEWS_CLOSED}) != EMRS_DONE)
        return "is not done";
    return b->result.effect == EMRS_EFFECT_ACCEPTED ? NULL : "is not accepted";
}

static void call_row(void)
{
    static bench b;
    row_case("CancelJobRun", "call", 1, call_fails(&b));
    row_case("CancelJobRun", "call", 2, call_fails(&b)); /* with the key of the first call */
    row_close("call", "calls to ACCEPTED");
}

void words_run(void)
{
    hash_rows();
    mac_rows();
    date_rows();
    decimal_rows();
    call_row();
}
