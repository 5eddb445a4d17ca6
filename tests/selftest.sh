#!/bin/sh
# SPDX-License-Identifier: MIT
# Tests the tests (here called gates): plants one defect at a time in a copy of the tree. The copy compiles, and exactly
# the gate for this defect must fail (turn red). All quick gates (unit programs, rules.sh, headers.sh, readme.sh) run for
# every defect. A slower gate (peer/, matrix.sh) runs only for its own defects, which no quick gate may find. Prints TAP.
# usage: tests/selftest.sh [GATE...]   runs only these gates
#        tests/selftest.sh --quick     runs only the quick gates: five minutes; all take twenty
#
# A quick gate is not run for a defect that cannot change its result. The result of a unit program cannot change if its bytes
# are the same as without the defect, and if it does not read the file with the defect. headers.sh tests only the headers, and
# the assertions in core/client.c.
cd "$(dirname "$0")/.." || exit 2
here=$(pwd)
tree=build/selftest
quick=
if [ "${1:-}" = --quick ]; then quick=yes && shift; fi
wanted=" $* "
count=0 status=0

copy() {
    mkdir -p $tree
    find $tree -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} +
    if git rev-parse --git-dir >/dev/null 2>&1; then git ls-files -co --exclude-standard; else
        find . -path ./build -prune -o -type f -print
    fi | tar -cf - -T - | tar -xmf - -C $tree
}
verdict() { # verdict STATUS NAME [DETAIL]
    count=$((count + 1))
    if [ "$1" -eq 0 ]; then echo "ok $count - $2"; else
        echo "not ok $count - $2: $3"
        status=1
    fi
}
# With ccache only the files that a defect changes are compiled again.
cached() {
    (export PATH="/usr/lib/ccache:$PATH" CCACHE_DIR="$here/build/ccache" && "$@")
}
build() {
    cached make -C $tree --no-print-directory -s -j"$(nproc)" "$@" >$tree/build/log 2>&1
}
# Without -g, so that a change of line numbers does not change a program.
build_quick() {
    build BUILD=build/check SANITIZE=1 WERROR=1 CFLAGS=-O1 unit-programs &&
        build BUILD=build/host all
}
# Prints the quick gates whose result a defect in FILE may change. Without FILE, prints all of them.
gates() { # gates [FILE]
    programs=$(ls build/check/tests/unit/test_*[a-z0-9] | grep -vE '\.(o|d|h)$')
    if [ $# -eq 0 ]; then
        echo "$programs"
        sha256sum $programs >build/sums
    else
        { sha256sum -c build/sums 2>/dev/null | sed -n 's/: FAILED.*//p'; grep -lF "$1" $programs; } | sort -u
    fi
    echo tests/rules.sh
    echo tests/readme.sh
    case ${1:-.h} in *.h | core/client.c) echo tests/headers.sh ;; esac
}
# Prints the names of the quick gates that fail, in one line.
red_gates() { # red_gates [FILE]
    (cd $tree && gates "$@" | ASAN_OPTIONS=detect_stack_use_after_return=0 cached xargs -P "$(nproc)" -I{} \
        sh -c 'timeout 600 {} >/dev/null 2>&1 || basename {} .sh') | sort | tr '\n' ' '
}

# plant GATE FILE SED: a defect for a quick gate. plant GATE FILE SED COMMAND: for a slower gate. If several quick gates
# must find a defect, GATE is all their names, sorted. On the command line the first one selects it.
plant() {
    case $wanted in "  " | *" ${1%% *} "*) ;; *) return ;; esac
    [ -z "$quick" ] || [ $# -eq 3 ] || return 0
    name="$1 turns red at: $2: $3"
    cp "$tree/$2" $tree/build/kept
    sed -i "$3" "$tree/$2"
    if cmp -s "$tree/$2" $tree/build/kept; then
        verdict 1 "$name" "the defect changes nothing"
        return
    fi
    if ! build_quick; then
        verdict 1 "$name" "it does not compile: $(grep -m1 -E 'error|Error' $tree/build/log)"
    else
        red=$(red_gates "$2")
        if [ $# -eq 3 ]; then
            [ "$red" = "$1 " ]
            verdict $? "$name" "red: ${red:-none}"
        else
            [ -z "$red" ] && ! (cd $tree && timeout 300 sh -c "$4") >$tree/build/log 2>&1
            verdict $? "$name" "red: ${red:-none, not even itself}"
            grep -m 1 '^not ok' $tree/build/log | sed 's/^/# /'
        fi
    fi
    cp $tree/build/kept "$tree/$2"
}

copy
mkdir -p $tree/build
[ ! -e build/deps ] || ln -sfn "$here/build/deps" $tree/build/deps # for what needs mbedTLS or lwIP from source
if ! build_quick; then
    verdict 1 "the tree builds" "$(tail -n 3 $tree/build/log)"
fi
red=$(red_gates)
[ -z "$red" ]
verdict $? "without a defect no gate is red" "$red"

# run.sh must fail if a program fails, is killed, prints no case, prints not ok, or ends early.
for command in "exit 3" "true" "echo ok 1 - a; kill -9 \$PPID" "echo 'ok 1 - a'; exit 1" "echo 'not ok 1 - a'" "echo 'ok 1 - a'; kill -9 \$\$" \
    "echo 1..2; echo 'ok 1 - a'"; do
    tests/run.sh "$command" >/dev/null 2>&1
    [ $? -ne 0 ]
    verdict $? "run.sh is red at: $command" "green"
done

# At its end run.sh must print the failed line and its details again, even if much was printed after them.
told=$(tests/run.sh "echo 'not ok 1 - the first'; echo '# because'; seq 300; exit 1" "echo 'ok 1 - more'" |
    sed -n '/^What failed:$/,$p')
case $told in
*"not ok 1 - the first"*"# because"*"exit status: 1"*"1 passed, 1 failed, 0 skipped") true ;;
*) false ;;
esac
verdict $? "run.sh prints at the end what failed" "$told"
# The first of two programs ends only when the second has run.
told=$(JOBS=2 timeout 60 tests/run.sh "while [ ! -e $tree/build/second ]; do sleep 0.1; done; echo ok - 1" \
    "echo >$tree/build/second; echo ok - 2" | tail -n 1)
rm -f $tree/build/second
[ "$told" = "2 passed, 0 failed, 0 skipped" ]
verdict $? "run.sh runs two programs side by side" "$told"
echo "a case" >$tree/build/skips
SKIPS=$tree/build/skips tests/run.sh "echo ok - b; echo 'ok - a case # SKIP why'; echo 'ok 3 # SKIP a case'" >/dev/null
verdict $? "run.sh passes a skip that SKIPS names" "red"
for skip in "ok - another # SKIP why" "ok 2 - a case more # SKIP why" "not ok 3 # SKIP another"; do
    ! SKIPS=$tree/build/skips tests/run.sh "echo ok - b; echo '$skip'" >/dev/null
    verdict $? "run.sh is red at a skip that SKIPS does not name: $skip" "green"
done

plant test_text core/text.c 's/^    pen->used += text.size;/    if (pen->used < pen->size \&\& text.size > 0)\n        pen->bytes[pen->used] = text.bytes[0];\n&/'
plant test_id core/id.c 's/(region, EMRS_REGION_SIZE_MAX)/(region, EMRS_REGION_SIZE_MAX + 1)/'
plant test_endpoint core/endpoint.c 's/csp.hci.ic.gov/csp.hci.ic.org/'
plant test_clock core/clock.c 's/36524u/36525u/'
plant "test_clock test_get_job_run" core/clock.c 's/size > 1 ? size : 0/size/'
plant test_provider tests/FAULTS.md '/^| 134 |/s/| never | NONE |/| yes | NONE |/'
plant test_provider core/container.c 's/"169.254.170.2")/"169.254.170.3")/'
plant test_provider core/credentials.c 's/rule == EMRS_RULE_MISSING \&\& is_optional/rule != EMRS_RULE_NONE \&\& is_optional/'
plant test_provider core/provider.c 's/if (!keeps_old(p))/if (false)/'
plant test_provider port/renew.c 's/^    int what = is_over/    if (is_over)\n        renewal->report = emrs_report_of(EMRS_NEWS_STOP);\n&/'
plant test_stop core/stop.c 's/!run->name_cut \&\& //'
plant test_stop core/stop.c 's/is_live \&\& may_cancel/((void)is_live, may_cancel)/'
plant test_stop core/stop.c 's/emrs_effect_with(stop->before, result->cancel.effect)/result->cancel.effect/'
plant test_stop core/stop.c 's/ \&\& stop->is_stopped)/ \&\& false)/'
plant test_stop port/stop_run.c 's/^        stop->result.code = what;/        (void)what;/'
plant test_sha256 core/sha256.c '/^    hash->words\[SIZE_HIGH\] += /d'
plant test_sha256 port/mbedtls/sha256.c 's/(context_of(hash), bytes, size)/(context_of(hash), bytes, size \& 0xffff)/'
plant test_sign core/sign.c 's/^    if (is_same(key->origin, origin))/    if (is_same(key->origin, origin) \&\& secret.size > 200)/'
plant test_engine core/sign.c 's/^    if (!ok || secret.size > /    if (secret.size > /'
plant test_mask core/mask.c 's/size >= EMRS_MASK_HEX_SIZE_MIN/size > EMRS_MASK_HEX_SIZE_MIN/'
plant test_request core/request.c '/emrs_put(pen, call->client->base_path);/d'
plant test_response core/response.c 's/r->head_size == EMRS_HEAD_SIZE_MAX/r->head_size == EMRS_HEAD_SIZE_MAX - 1/'
plant test_sieve core/sieve.c 's/(high \& 0x3ffu)/(high \& 0x1ffu)/'
plant test_sieve core/sieve.c 's/\(c == .\\r.\);/\1 || c == 14;/'
plant "test_get_job_run test_sieve" core/sieve.c 's/^        s->more = s->room;/        s->more = s->more;/'
plant "test_get_job_run test_sieve test_stop" core/sieve.c 's/\&s->names\[member - s->named_at\]/\&s->names[0]/'
plant "test_get_job_run test_stop" core/get_job_run.c '/^    memset(run, 0, sizeof \*run);/d'
plant test_get_job_run core/get_job_run.c 's/digit >= 5u/digit > 5u/'
plant test_get_job_run core/get_job_run.c 's/values\[i\].kind == EMRS_VALUE_STRING) << i/values[i].kind != EMRS_VALUE_ABSENT) << i/'
plant "test_json test_sieve" core/json.c 's/(bytes\[at + 2\]) << 4/(bytes[at + 2]) << 3/'
plant test_errors core/errors.c 's/EC2Throttled/EC2Throttle/'
plant test_effect core/effect.c 's/ \&\& attempt->status == 200 / /'
plant test_provider core/provider.c 's/^    sieve->more = EMRS_BODY_COUNT_MAX;.*//'
plant "test_call test_get_job_run test_provider test_stop" core/call.c 's/return call->operation->changes ?/return true ?/'
plant test_call core/call.c 's/call->state == EMRS_MOVE_CONNECT ? config->conn/call->state != EMRS_MOVE_CONNECT ? config->conn/'
plant test_attempts core/call.c 's/(EMRS_RENEW_EARLY_MAX_MS + 999u) \/ 1000u/0/'
plant "test_get_job_run test_provider test_secrets test_secrets_plain" core/call.c 's/(char \*)window.bytes, window.size);/(char *)window.bytes, window.size \& 1);/'
plant "test_secrets test_secrets_plain" core/request.c '/^    emrs_wipe(signature, sizeof signature);/d'
plant "test_secrets test_secrets_plain" core/sign.c '/^    emrs_wipe(start, sizeof start);/d'
plant test_secrets_plain core/sha256.c '/^    emrs_wipe(v, sizeof v);/d'
plant test_check_hash port/checker/check_hash.c '/^    memset(digest, GUARD, DIGEST_SIZE);/d'
plant test_check_hash port/checker/check_hash.c 's/^        if (is_early)$/        if (!is_early)/'
plant test_check_hash port/template/sha256_slots.c 's/own->is_open \&\& own->number == hash->words\[NUMBER\]/own->is_open/'
plant test_faults core/call.c 's/^        call->code == EMRS_E_CONNECT ||/        call->code == EMRS_E_TIMEOUT ||\n&/'
plant test_faults tests/FAULTS.md '/^| 13 |/s/| never | NONE |/| yes | NONE |/'
plant test_faults tests/faults/cases.c 's/SAYS("599", "")), SERVICE, NEVER/SAYS("599", "")), SERVICE, YES/'
plant test_hint core/hint.c '/\[EMRS_REASON_CHAIN_COST\] = "Give/d'
plant test_tls port/tls/trust.c 's/if (now_s < from_s)/if (now_s < from_s - 86400)/'
plant test_tls port/tls/trust.c 's/return tls->session_from_s > floor_s ?.*/return floor_s;/'
plant test_tls port/tls/tls.c '/^    tls->answered = tls->answered || code > 0;/d'
plant test_tls port/tls/tls.c 's/looks ? now_ms : tls->until_ms/looks ? now_ms + 5u : tls->until_ms/'
plant test_tls port/tls/tls.c 's/_OPEN \&\& tls->owner == move->owner;/_OPEN \&\& (tls->owner == move->owner || tls->owner != NULL);/'
plant test_tls port/tls/trust.c 's/CHAIN_COUNT_MAX = 5/CHAIN_COUNT_MAX = 9/'
plant test_tls port/tls/trust.c 's/(void)mbedtls_x509_crt_parse_der(\(.*\));/if (mbedtls_x509_crt_parse_der(\1) != 0)\n            break;/'
plant test_tls port/tls/identity.c 's/code = check_pair(.*/code = 0;/'
plant test_tls port/tls/identity.c '/^    mbedtls_pk_free(/d'
plant test_tls port/tls/identity.c '/ALERT_MSG_ACCESS_DENIED:$/d'
plant test_tls port/tls/tls.c 's/config->keep_session \&\& config->identity == NULL;/config->keep_session;/'
plant test_tls port/tls/tls.c '/^    tls->state = EMRS_TLS_OPEN;/{n;d}'
plant test_entropy port/posix/entropy.c 's/GRND_NONBLOCK);/0);/'
plant test_verified port/verified/verified.c 's/confirmation != EMRS_CONFIRMED_[A-Z_]*/confirmation == EMRS_NOT_CONFIRMED/'
plant test_verified port/verified/verified.c 's/!move->tls || //'
plant test_verified port/verified/verified.c 's/config->purpose, move/EMRS_FOR_THE_SERVICE, move/'
plant test_posix port/bsd.h 's/MSG_NOSIGNAL | //'
plant test_proxy port/proxy/proxy.c '/^static void close_proxy/,/^}/s/^    emrs_wipe(proxy->bytes, sizeof proxy->bytes);//'
plant test_proxy port/proxy/proxy.c 's/    return proxy->state == OPEN || proxy->owner != move->owner/    return proxy->state == OPEN/'
plant test_proxy port/proxy/proxy.c 's/if (has_more || inner->receive(/if (has_more \&\& inner->receive(/'
plant test_proxy port/proxy/proxy.c 's/status >= 300 \&\& status < 500/status >= 300 \&\& status < 501/'
plant test_trace port/trace/trace.c 's/EMRS_TEXT("Proxy-Authorization:")/EMRS_TEXT("Proxy-Authorisation:")/'
plant test_key_file boards/host/key_file.c 's/ \&\& header < der->size//'
plant test_key_file boards/host/key_file.c 's/tag == BIT_STRING/tag == OCTET_STRING/'
plant test_ini boards/host/ini.c 's/indent <= reader->indent/indent < reader->indent/'
plant test_ini boards/host/words.c 's/^    return quote == .*/    return c == (quote == 0 ? 39 : quote);/'
plant test_protect boards/host/protect.c 's/core.rlim_cur = 0;/core.rlim_cur = 1;/'
plant test_trace port/trace/trace.c 's/if (colon + sizeof .* == line.size)/if (false)/'
plant test_trace port/trace/trace.c '/^    emrs_mask_secrets(/d'
plant rules core/clock.c 's/^#include "clock.h"/&\n#include <stdio.h>/'
plant rules core/clock.c 's/^#include "clock.h"/&\n#include "errors.h"/'
plant rules core/stop_hint.c '$ a static int x;\nint emrs_x(void);\nint emrs_x(void)\n{\n    return x++;\n}'
plant rules port/stop_run.c 's/^#include "turn.h"/&\n#include <stdlib.h>\nvoid *emrs_x(void);\nvoid *emrs_x(void)\n{\n    return malloc(1);\n}/'
plant rules core/effect.h '1d'
plant rules port/posix/time.c '/^#define _POSIX_C_SOURCE/d'
plant rules port/checker/check.c 's/^#include "emrs_check.h"/&\n#include <stdlib.h>\nint emrs_x(void);\nint emrs_x(void)\n{\n    return rand();\n}/'
plant rules port/verified/verified.c 's/^static emrs_report refuse(void)/emrs_report refuse(void);\nemrs_report refuse(void)/'
plant rules core/sources.txt '$ a core/retry.c'
plant rules port/tls/sources.txt '$ a port/run.c'
plant rules port/lwip/sources.txt '/raw.c/d'
plant rules port/lwip/sources.txt '$ a port/lwip/none.c'
plant rules tests/secrets/run.sh 's|\$(sed .* core/sources.txt)|"$1"/../core/*.c|'
plant rules tests/README.md 's/^| `vectors\/`/| `vector\/`/'
plant rules SECURITY.md 's/c: test_truth_table`/c: test_of_truth`/'
plant rules boards/host/dry_run.c 's|^#include "emrs_sign.h"|#include "../../core/sign.h"|'
plant rules core/hint.c 's/or allow plain http in the configuration/or --allow-plain-http/'
plant rules port/template/yours.c 's/^typedef struct/\/* cancel_job_run *\/\n&/'
plant headers include/emrs.h 's/^#define EMRS_TEXT(literal) (emrs_text{\(.*\)})$/#define EMRS_TEXT(literal) ((emrs_text){\1})/'
plant headers include/emrs_state.h 's/^    char part\[32\];.*/    char part[EMRS_IDLE_DEFAULT_MS % 5000u + 32u];/'
plant headers include/emrs_config.h 's/^#ifndef EMRS_PHASE_MAX_MS/#if 1/'
plant headers core/client.c '/^EMRS_STATIC_ASSERT(head_fits/d'
plant headers include/emrs_state.h '/^#include "emrs.h"/d'
plant readme README.md 's/\.work_size = sizeof work/.work_bytes = sizeof work/'
plant readme README.md 's/emrs_seen_words(stop\.result\.seen)/emrs_seen_words(stop.seen)/'
plant readme port/README.md 's/\.one_half = true/.half = true/'

plant secrets core/text.c 's/return (char)(.0. + digit .*/return "0123456789abcdef"[digit];/' tests/secrets/run.sh
plant secrets core/sign.c 's/^        difference |= .*/        if (a[i] != b[i])\n            return false;/' tests/secrets/run.sh
python=$(tests/peer/python.sh 2>/dev/null)
plant matrix core/stop_hint.c '$ a static inline int unused(void)\n{\n    return 0;\n}' \
    "tests/matrix.sh none clang-system"
plant peer_sign core/sign.c 's/text->bytes, text->size)/text->bytes, text->size % 3500)/' \
    "make -s peer-programs && $python tests/peer/test_sign.py build/host/tests/peer/signer"
plant peer_endpoint core/endpoint.c 's/^ *emrs_put_form(host, fips ?/    if (region.size == 21)\n        region.size = 20;\n&/' \
    "make -s peer-programs && $python tests/peer/test_endpoint.py build/host/tests/peer/resolver"
plant peer_get_job_run tests/peer/looker.c 's/(int)run->state, /!run->state, /' \
    "make -s peer-programs && $python tests/peer/test_get_job_run.py build/host/tests/peer/looker"
plant peer_provider tests/peer/metadata.py 's/if given != token:/if given == token:/' \
    "make -s peer-programs && $python tests/peer/test_provider.py build/host/tests/peer/renewer"
for defect in job_runs.py:'s/^STREAMING_GRACE_S = 120/STREAMING_GRACE_S = 60/' \
    emr_serverless.py:'s/if not hmac.compare_digest(wanted, signature):/if wanted == signature:/' \
    emr_serverless.py:'s/"GetJobRun": (10, 50)/"GetJobRun": (10, 51)/' \
    emr_serverless.py:'s/            self._replace(self.strike("done", peer, request))/            pass/' \
    demo.py:'s/emr.clock.advance(GRACE_S)/emr.clock.advance(GRACE_S - 1)/'; do
    plant peer_emr_serverless "tests/peer/${defect%%:*}" "${defect#*:}" \
        "$python tests/peer/test_emr_serverless.py build/host/emrs"
done
plant consumers boards/host/emrs.1 's/^.It Fl -persistent/.It Fl -persist/' tests/consumers/run.sh
plant consumers boards/host/emrs.pc.in 's/-lemrs/-lemr/' tests/consumers/run.sh
plant template port/template/yours.c 's/return -1; \/\* TODO: 1 open/return 1; \/* TODO: 1 open/' tests/template.sh
plant template port/template/yours.c 's/TODO: seconds since/seconds since/' tests/template.sh
plant template port/template/yours.h 's/^extern "C" {/namespace c {/' tests/template.sh
plant template port/template/yours.h 's/the marked lines/TODO: lines/' tests/template.sh
plant peer_checker port/checker/check.c 's/report.news != EMRS_NEWS_CUT)/report.news == EMRS_NEWS_PENDING)/' \
    "make -s peer-programs && $python tests/peer/test_checker.py build/host/tests/peer/checked"
plant peer_moto boards/host/cancel.c 's/{\\n    \\"appl/{\\n  \\"appl/' \
    "$python tests/peer/test_moto.py build/host/emrs"
# Without moto, .ci/run must fail, because tests/skips.txt does not name this skip.
plant peer_python tests/peer/python.sh 's/^take_from_path .*/exit 1/' "SKIPS=tests/skips.txt make -s moto"
plant peer_tls boards/host/trust.c 's/\.trust = trust,/.trust = NULL,/' \
    "$python tests/peer/test_tls.py build/host/emrs"
plant peer_command boards/exit_codes.h 's/EXIT_CONFIGURATION = 253/EXIT_CONFIGURATION = 251/' \
    "$python tests/peer/test_command.py build/host/emrs"
plant peer_command boards/host/help.c 's/print_text(stderr, text_of(text));/(void)fputs(text, stderr);/' \
    "$python tests/peer/test_command.py build/host/emrs"
plant peer_command boards/host/print.c 's/^    mask_text((emrs_text){bytes, size});/    (void)mask_text;/' \
    "$python tests/peer/test_command.py build/host/emrs"
plant peer_command boards/host/next_step.c 's/"Signature expired"/"Signature has expired"/' \
    "$python tests/peer/test_command.py build/host/emrs"
plant peer_command boards/host/deadline.c 's/^    is_held = 1;//' \
    "$python tests/peer/test_command.py build/host/emrs"
for defect in options.c:'s/^            return usage_error(o, "argument --%s: %s does not have/            (void)usage_error(o, "argument --%s: %s does not have/' \
    arn.c:'s/at == 12 \&\& /at > 0 \&\& /' \
    environment.c:'s/1 - strlen(reason));/1);/'; do
    plant peer_command "boards/host/${defect%%:*}" "${defect#*:}" "$python tests/peer/test_command.py build/host/emrs"
done
for defect in job_run.c:'s/i > 0 || \*title/i > 1 || *title/' job_run.c:'s/exponent >= 16/exponent >= 15/' \
    data.c:'s/run >= SIGNATURE_SIZE/false/' data.c:'s/shown\[start + at\] = window\[at\];/(void)shown;/'; do
    plant peer_get_job_run "boards/host/${defect%%:*}" "${defect#*:}" \
        "$python tests/peer/test_get_job_run_command.py build/host/emrs"
done
for defect in drill.c:'s,result->status / 100 == 4,true,' drill.c:'s/^        return report_success(o, result);/        return report_proof(o, client, result);/'; do
    plant peer_drill "boards/host/${defect%%:*}" "${defect#*:}" "$python tests/peer/test_drill.py build/host/emrs"
done
plant peer_readme README.md 's/^exit code 3$/exit code 0/' "$python tests/peer/test_readme.py build/host/emrs"
for defect in host/stop_options.c:'s/size == 0 || size > EMRS/size > EMRS/' \
    host/stop_options.c:'s/o->looks = o->stops;/o->looks = o->waits;/' \
    host/stop_report.c:'s/major == 7 \&\& minor < 9/major == 7/' host/stop_report.c:'s/has_grace \&\& may_start/may_start/' \
    host/stop_report.c:'s/is_there ? known/true ? known/' \
    host/main.c:'s/\.keep_stream = o->stops,/.keep_stream = false,/' host/progress.c:'s/^        stop_note(p->o, p->result);/        (void)stop_note;/' \
    host/error_format.c:'s/^    if (has_service_error()) {/    if (false) {/' host/deadline.c:'s/^    write_answer(o);/    (void)write_answer;/' \
    host/deadline.c:'s/ANSWER_SIZE = 131072/ANSWER_SIZE = 8192/' host/report.c:'s/ARGUMENT \&\& is_unsent(result))/ARGUMENT)/' \
    exit_codes.h:'s/waited ? EXIT_STOPPING : EXIT_ACCEPTED/waited ? EXIT_ACCEPTED : EXIT_STOPPING/'; do
    plant peer_wait "boards/${defect%%:*}" "${defect#*:}" "$python tests/peer/test_wait.py build/host/emrs"
done
plant peer_iam boards/host/policy.c 's/jobruns.%s/jobruns\/*/' "$python tests/peer/test_iam.py build/host/emrs"
plant peer_addresses SECURITY.md '/^| NTP |/d' \
    "$python tests/peer/test_addresses.py build/host/emrs"
plant peer_addresses SECURITY.md 's/^\(| the service |.*\)| 443 |/\1| 8443 |/' \
    "$python tests/peer/test_addresses.py build/host/emrs"
plant peer_addresses boards/host/main.c 's/^    emrs_tls_free(&tls);/    extern int getaddrinfo(const char *, const char *, const void *, void *);\n    void *list;\n    (void)getaddrinfo("telemetry.example", "443", NULL, \&list);\n&/' \
    "$python tests/peer/test_addresses.py build/host/emrs"
plant peer_iam port/iam/gateway-cancel.json 's/:CancelJobRun/:*/' \
    "$python tests/peer/test_iam.py build/host/emrs"
plant peer_iam port/iam/role-trust.json 's/"sts:AssumeRole"/&, "Condition": {}/' "$python tests/peer/test_iam.py build/host/emrs"
plant peer_iam port/iam/gateway-find.json 's|APPLICATION"|APPLICATION/jobruns/*"|' \
    "$python tests/peer/test_iam.py build/host/emrs"
plant peer_iam port/iam/README.md 's/--credential-duration-seconds 900/--credential-duration-seconds 3600/' \
    "$python tests/peer/test_iam.py build/host/emrs"
peer_proxy="make -s build/host/tests/peer/chooser && $python tests/peer/test_proxy.py build/host/emrs build/host/tests/peer/chooser"
plant peer_proxy boards/host/main.c 's/proxy_over(&o->proxy, &tcp.stream)/\&tcp.stream/' "$peer_proxy"
plant peer_proxy boards/host/proxy.c 's/169.254.0.0.16,//' "$peer_proxy"
plant peer_proxy boards/host/proxy.c 's/ && n->bit_count < / \&\& n->bit_count > /' "$peer_proxy"
plant peer_proxy boards/host/trust.c 's/"SSL_CERT_FILE", "CURL_CA_BUNDLE"/"CURL_CA_BUNDLE", "SSL_CERT_FILE"/' "$peer_proxy"
for defect in credentials.c:'s/if (result != SOURCE_ABSENT)/if (result == SOURCE_FOUND)/' \
    profile.c:'s/^    case INI_FAULT:/&\n        return true;/' \
    profile.c:'s/misnamed_line = event->line/misnamed_line = 0/' \
    credentials.c:'s/"%sand use it: /"%.0sand use it: /' \
    shared_file.c:'s/file->others_write = .*/file->others_write = false;/' \
    process.c:'s/^    close_others_on_exec();//' \
    process.c:'s/^    emrs_mask_secrets(&secrets, errors);//' \
    print.c:'s/if (hidden\[i\] != NULL)/if (false)/'; do
    plant peer_profiles "boards/host/${defect%%:*}" "${defect#*:}" \
        "$python tests/peer/test_profiles.py build/host/emrs 1 200"
done
for defect in provider.c:"s/^    if (memchr(own.token.bytes, '.n'.*/    if (true/" \
    provider.c:'s/own.settings->kind == PROVIDER_IOT;/false;/' \
    provider.c:'s/^    emrs_wipe(&own, sizeof own);//' \
    provider.c:'s/ || result->status == 404);/);/' \
    provider.c:'s/if (kind == wanted)/if (true)/' \
    provider.c:'s/own.machine.stage > 0/false/' \
    credentials.c:'s/s->client, store, sizeof store/NULL, store, sizeof store/' \
    deadline.c:'s/^        ended.code = EMRS_E_CREDENTIALS;/        ended.code = EMRS_E_TIMEOUT;/'; do
    plant peer_sources "boards/host/${defect%%:*}" "${defect#*:}" \
        "$python tests/peer/test_sources.py build/host/emrs"
done
plant peer_awscli boards/host/environment.c 's/"AWS_REGION", "AWS_DEFAULT_REGION"/"AWS_DEFAULT_REGION", "AWS_REGION"/' \
    "$python tests/peer/test_awscli.py build/host/emrs"
plant peer_awscli boards/host/report.c 's/An error occurred/An error occured/' \
    "$python tests/peer/test_awscli.py build/host/emrs"
# Here the simulated service does the work, and then sends an error by which the client must think that it refused. No client
# can detect this, but the simulation must.
plant sim tests/sim/service.c 's/say_refused(s, a, utc_s, 407,/say_refused(s, a, utc_s, 409,/' "make -s sim COUNT=20000"
plant sim tests/sim/service.c 's/{400, "RequestAbortedException"}/{400, "ConflictException"}/' "make -s sim COUNT=20000"
plant sim tests/sim/source.c 's/if (m == HALF \&\& i == wrong)/if (false)/' "make -s sim COUNT=20000"
plant sim tests/sim/source.c 's/strlen(body) + 1 + chance_below(s->chance, 9)/strlen(body)/' "make -s sim COUNT=20000"
plant sim tests/sim/sim.c 's/w.is_own = chance_one_in(c, 4);/w.is_own = true;/' "make -s sim COUNT=20000"
# The simulated service answers CANCELLED while the job run is still CANCELLING.
plant sim_stop tests/sim/job.c 's/"CANCELLING",$/"CANCELLED",/' "make -s sim-stop COUNT=20000"
plant sim_stop core/stop.c 's/return expected.size == 0 ||/if (run->state == EMRS_JOB_RUN_QUEUED)\n        return true;\n    &/' "make -s sim-stop COUNT=20000"
plant sim_fleet tests/sim/fleet.c 's/\.persistent = persistent}/.persistent = false}/' "make -s fleet"
plant mutate tests/mutate/mutate.py 's/^    tests = .*/    tests = ["test_text"]/' "make -s mutate FILES=effect"
plant coverage tests/unit/test_client.c '/assert_false(emrs_release/d' "make -s coverage"
plant fuzz core/call.c 's/probably_ended = ended;/probably_ended = ended || result->attempt_count > 2;/' \
    "make -s fuzz-programs && tests/fuzz/run.sh call"
plant fuzz tests/fuzz/fuzz_sieve.c 's/json_object_getn(around, /json_object_getn(root, /' \
    "make -s fuzz-programs && tests/fuzz/run.sh sieve"
plant fuzz tests/fuzz/fuzz_job_run.c 's/json_object_get(job, "tags")/json_object_get(root, "tags")/' \
    "make -s fuzz-programs && tests/fuzz/run.sh job_run"
# One line per tool. Each tool runs alone, because a defect that one tool finds is often found by others too.
analyse='MBEDTLS_DIR=none tests/analyse/run.sh'
plant analyse core/stop_hint.c '$ a int emrs_x(int a, int b);\nint emrs_x(int a, int b)\n{\n    return a == 1 || b == 2 || a == 3 || b == 4 || a == 5 || b == 6 || a == 7 || b == 8 || a == 9;\n}' "$analyse pmccabe"
plant analyse core/stop_hint.c '$ a int emrs_x(const int *a);\nint emrs_x(const int *a)\n{\n    return a == NULL ? *a : 0;\n}' "$analyse gcc"
plant analyse core/stop_hint.c '$ a void emrs_x(size_t size, void (*use)(void *));\nvoid emrs_x(size_t size, void (*use)(void *))\n{\n    use(__builtin_alloca(size));\n}' "$analyse gcc"
plant analyse core/stop_hint.c '$ a int emrs_x(int a);\nint emrs_x(int a)\n{\n    return a > 0 ? emrs_x(a - 1) : 0;\n}' "$analyse gcc"
plant analyse core/stop_hint.c '$ a size_t emrs_x(unsigned a, unsigned b);\nsize_t emrs_x(unsigned a, unsigned b)\n{\n    return a * b;\n}' "$analyse clang-tidy"
plant analyse core/stop_hint.c '$ a int emrs_x(const int *a);\nint emrs_x(const int *a)\n{\n    return a == NULL ? *a : 0;\n}' "$analyse scan-build"
plant analyse core/stop_hint.c '$ a int emrs_x(const int *a);\nint emrs_x(const int *a)\n{\n    int b = *a;\n    return a != NULL ? b : 0;\n}' "$analyse cppcheck"
plant analyse core/stop_hint.c '$ a int emrs_x(int a);\nint emrs_x(int a)\n{\n    return a + 010;\n}' "$analyse cppcheck"
plant analyse tests/analyse/MISRA.md 's/^| 21.1 |/| 7.1 | required | x |\n&/' "$analyse cppcheck"
# These gates need sources of mbedTLS or lwIP, which are not in the copy.
plant_deps() { # plant_deps NAME GATE FILE SED COMMAND: where there is build/deps/NAME
    [ -z "$quick" ] || return 0
    case $wanted in "  " | *" $2 "*) ;; *) return ;; esac
    if [ ! -e "build/deps/$1" ]; then
        count=$((count + 1))
        echo "ok $count - $2 turns red # SKIP no sources of $1"
        return
    fi
    ln -sfn "$here/build/deps" $tree/build/deps
    shift
    plant "$@"
}
plant_deps lwip lwip port/lwip/sockets.c 's/return ECONNREFUSED;/return error;/' \
    "make -s lwip LWIP_VARIANTS=plain"
plant_deps lwip lwip_names port/lwip/names.c 's/ \&\& s->look_up == look_up ?/ ?/' \
    "make -s build/lwip/test_names && build/lwip/test_names"
plant_deps lwip lwip_raw port/lwip/raw.c 's/^    raw->pcb = NULL;$//' \
    "make -s lwip-raw RAW_COMPILERS=gcc RAW_OPTIONS=tight"
plant_deps lwip lwip_raw port/lwip/raw.c 's/size >= raw->segment_size ||/size >= 0u * raw->segment_size ||/' \
    "make -s lwip-raw RAW_COMPILERS=gcc RAW_OPTIONS=small"
plant_deps mbedtls roots port/tls/trust.c 's/ i < config->root_count; i++/ i < 1; i++/' \
    "make -s roots-program && build/roots/tests/unit/test_tls"
plant_deps mbedtls peer_calls port/tls/compat.h 's/config, MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_EN/config, !MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_EN/' \
    "tests/peer/unpack.sh nginx nginx build/nginx && make -s BUILD=build/36 MBEDTLS_DIR=build/deps/mbedtls build/36/tests/peer/caller && $python tests/peer/test_calls.py build/36/tests/peer/caller"
plant_deps mbedtls peer_identity port/tls/identity.c '/^    tls->config.version_max = EMRS_TLS_1_2;/d' \
    "make -s BUILD=build/36 MBEDTLS_DIR=build/deps/mbedtls build/36/tests/peer/caller && $python tests/peer/test_identity.py build/36/tests/peer/caller"
plant_deps mbedtls peer_provider port/tls/compat.h 's/bytes, size, NULL, 0, config->f_rng/bytes, size - 1, NULL, 0, config->f_rng/' \
    "make -s BUILD=build/36 MBEDTLS_DIR=build/deps/mbedtls build/36/tests/peer/renewer && $python tests/peer/test_provider.py build/36/tests/peer/renewer"
plant peer_faults tests/peer/faults.py 's/alert(80), "TLS", True/alert(80), "TLS", False/' \
    "make -s peer-programs && $python tests/peer/test_faults.py build/host/tests/peer/caller"
plant test_posix port/run.c 's/if (emrs_release(client))/if (!emrs_release(client))/'

# Defects that have no effect on the host: they need big-endian words, words of 32 bits, or an unsigned char.
targets=$here/build/deps/mbedtls
plant_target() { # plant_target NAME FILE SED: if the target's tools are installed
    [ -z "$quick" ] || return 0
    case $wanted in "  " | *" $1 "*) ;; *) return ;; esac
    (cd $tree && make -s "target-$1" MBEDTLS_DIR="$targets") >/dev/null 2>&1 ||
        { count=$((count + 1)); echo "ok $count - $1 turns red # SKIP it does not build here"; return; }
    plant "$@" "tests/target/run.sh $1 $targets"
}
plant_target powerpc core/sign.c 's/^        hex\[2 \* i + 1\] = .*/        uint32_t word; memcpy(\&word, bytes + i \/ 4 * 4, 4);\n        hex[2 * i + 1] = emrs_to_hex(word >> (i % 4 * 8) \& 15u);/'
plant_target mps2-an385 core/response.c 's/r->body_left > r->body_size_max - r->body_size/(size_t)r->body_size + r->body_left > r->body_size_max/'
plant_target lm3s6965evb core/sieve.c 's/^    if (byte >= 0x80u)/    if (c >> 8 != 0)/'

# One defect for each row of tests/size: a size that SIZE.md does not have, and limits that are exceeded.
plant_size() { # plant_size WORDS FILE SED: the row that begins with WORDS must fail. If nothing can be measured, another row fails
    [ -z "$quick" ] || return 0
    case $wanted in "  " | *" size "*) ;; *) return ;; esac
    (cd $tree && tests/size/size.sh $targets) >$tree/build/log 2>&1
    if grep -q '^ok 1 .*# SKIP' $tree/build/log; then
        count=$((count + 1))
        echo "ok $count - size turns red # SKIP $(sed -n 's/.*# SKIP //p' $tree/build/log)"
    else
        plant size "$2" "$3" "! tests/size/size.sh $targets | grep '^not ok $1'"
    fi
}
plant_size '1 - every size' core/text.c 's/^    pen->used++;/&\n    if (pen->used == 12345u)\n        pen->used = 12344u;/'
plant_size '.* bytes: sign, request' tests/size/size.py 's/^LIKE_MAX = .*/LIKE_MAX = 768/'
plant_size '.* bytes: the core, linked' tests/size/size.py 's/^CORE_MAX = .*/CORE_MAX = 1752/'
plant_size '.* bytes: .emrs_client' tests/size/size.py 's/^CLIENT_MAX = .*/CLIENT_MAX = 44/'
plant_size '.* bytes: stack of' tests/size/size.py 's/^STEP_MAX = .*/STEP_MAX = 134/'

# Defects that only the tests of the images can find.
plant_image() { # plant_image NAME FILE SED COMMAND
    [ -z "$quick" ] || return 0
    case $wanted in "  " | *" $1 "*) ;; *) return ;; esac
    if ! command -v arm-none-eabi-gcc >/dev/null || [ ! -e "$here/build/deps/lwip" ]; then
        count=$((count + 1))
        echo "ok $count - $1 turns red # SKIP no compiler for Cortex-M, or no sources"
        return
    fi
    plant "$@"
}
image=build/firmware/lm3s6965evb
plant_image images port/tls/roots.sh '/^amazon Amazon_Root_CA_4/d' \
    "make -s $image-production.elf && tests/images.sh"
plant_image images boards/bare/bare.ld '/^ASSERT(!DEFINED(malloc)/,$d' \
    "make -s $image-production.elf && tests/images.sh"
plant_image peer_board boards/bare/settings.c 's/^    emrs_wipe(credentials, sizeof credentials);//' \
    "make -s $image.elf && $python tests/peer/test_board.py build/firmware/trust $image.elf"
plant_image peer_board_identity port/tls/identity.c '/^    identity->signs_with = &identity->parsed.pk;/d' \
    "make -s $image-iot.elf && $python tests/peer/test_board_identity.py build/firmware/trust $image-iot.elf"
plant_image peer_board_identity boards/bare/iot.c 's/\.teaches = client/.teaches = NULL/' \
    "make -s $image-iot.elf && $python tests/peer/test_board_identity.py build/firmware/trust $image-iot.elf"
plant_image peer_board_identity boards/bare/main.c 's/\.ran_out = arena_ran_out/.identity = identity_of_device(), &/; s/^#include "iot.h"/&\n#include "identity.h"/' \
    "make -s $image-iot.elf && $python tests/peer/test_board_identity.py build/firmware/trust $image-iot.elf"
for defect in stop.c:'s/\.expected_name = expected_name,//' stop.c:'s/known->look.request_id);/known->cancel.request_id);/' \
    settings.c:'s/ || digit > most//'; do
    plant_image peer_board_stop "boards/bare/${defect%%:*}" "${defect#*:}" \
        "make -s $image-iot.elf && $python tests/peer/test_board_stop.py build/firmware/trust $image-iot.elf"
done
# With this defect the board treats an accepted cancellation as the end of the job run.
plant_image peer_power_cut boards/bare/stop.c 's/\.wait = waits/.wait = false/; s/emrs_stop_outcome(known);/\n        known->effect == EMRS_EFFECT_ACCEPTED ? EMRS_OUTCOME_OVER : &/' \
    "make -s $image-iot.elf && $python tests/peer/test_power_cut.py build/firmware/trust $image-iot.elf"

echo "1..$count"
exit $status
