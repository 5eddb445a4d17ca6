#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks port/lwip with different configurations of lwIP: it compiles without a warning, does not use libc's sockets or
# heap, and names an option that is missing. Prints TAP.
# usage: tests/lwip/builds.sh LWIP_DIR
lwip=$(cd "${1:?usage: tests/lwip/builds.sh LWIP_DIR}" && pwd) || exit 2
cd "$(dirname "$0")/../.." || exit 2
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
count=0 status=0
verdict() { # verdict STATUS NAME DETAIL
    count=$((count + 1))
    if [ "$1" -eq 0 ]; then echo "ok $count - $2"; else
        echo "not ok $count - $2: $3"
        status=1
    fi
}
# compile FILE OPTION=VALUE...
compile() {
    file=$1
    shift
    {
        echo "#include \"$PWD/tests/lwip/lwipopts.h\""
        for each in "$@"; do echo "#undef ${each%%=*}"; echo "#define ${each%%=*} ${each#*=}"; done
    } >"$scratch/lwipopts.h"
    "${CC:-cc}" -std=c99 -Os -Wall -Wextra -Wconversion -Wshadow -Wvla -pedantic -Werror -Iinclude \
        -I"$scratch" -isystem "$lwip/src/include" -isystem "$lwip/contrib/ports/unix/port/include" \
        -D_POSIX_C_SOURCE=200809L -c -o "$scratch/$(basename "$file").o" "$file" >"$scratch/log" 2>&1
}
# builds NAME OPTION=VALUE...
builds() {
    name=$1
    shift
    rm -f "$scratch"/*.o
    compile port/lwip/names.c "$@" && compile port/lwip/sockets.c "$@"
    verdict $? "builds with $name" "$(head -n 1 "$scratch/log")"
}
# refuses FILE WORD OPTION=VALUE...: it must not compile, and the error must name WORD
refuses() {
    file=$1 word=$2
    shift 2
    ! compile "$file" "$@" && grep -q "error.*emrs.*$word" "$scratch/log"
    verdict $? "$file asks for $word if it is compiled with $*" "$(head -n 1 "$scratch/log")"
}

builds "both families of addresses"
others=$(nm "$scratch"/*.o | grep ' U ' |
    grep -vE ' U (emrs_|lwip_|dns_|sys_|ip_?addr|mem(cpy|set)$|strchr$|__errno_location$|lock_tcpip_core$)' | tr -s ' \n' ' ')
[ -z "$others" ]
verdict $? "refers only to lwIP, mem*, strchr and errno" "$others"
nm "$scratch/sockets.c.o" | grep -q ' U lwip_poll$'
verdict $? "nm lists the symbols that it refers to" "no lwip_poll"
builds "IPv4 alone" LWIP_IPV6=0
builds "IPv6 alone" LWIP_IPV4=0
builds "the BSD names as macros" LWIP_COMPAT_SOCKETS=1
builds "the BSD names as functions" LWIP_COMPAT_SOCKETS=2
builds "no SO_LINGER" LWIP_SO_LINGER=0
builds "a semaphore per thread" LWIP_NETCONN_SEM_PER_THREAD=1 LWIP_NETCONN_FULLDUPLEX=1
# holds OWN SYMBOL OTHER NAME OPTION=VALUE...: all of sources.txt compiles, OWN has SYMBOL, and OTHER has no symbol
holds() {
    own=$1 symbol=$2 other=$3 name=$4
    shift 4
    : >"$scratch/wrong"
    while read -r source; do
        compile "$source" "$@" || head -n 1 "$scratch/log" >>"$scratch/wrong"
    done <port/lwip/sources.txt
    nm "$scratch/$own.o" | grep -q " T $symbol\$" || echo "$own has no $symbol" >>"$scratch/wrong"
    nm "$scratch/$other.o" 2>&1 | grep -v 'no symbols' >>"$scratch/wrong"
    [ ! -s "$scratch/wrong" ]
    verdict $? "sources.txt is right $name: $other is empty" "$(head -n 1 "$scratch/wrong")"
}
holds sockets.c emrs_lwip_tcp_init raw.c "with an operating system"
holds raw.c emrs_lwip_raw_init sockets.c "without an operating system" NO_SYS=1 LWIP_SOCKET=0 LWIP_NETCONN=0
refuses port/lwip/names.c LWIP_DNS LWIP_DNS=0
refuses port/lwip/names.c LWIP_TCPIP_CORE_LOCKING LWIP_TCPIP_CORE_LOCKING=0
refuses port/lwip/sockets.c LWIP_SOCKET_POLL LWIP_SOCKET_POLL=0
echo "1..$count"
exit $status
