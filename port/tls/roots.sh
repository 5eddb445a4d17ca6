#!/bin/sh
# SPDX-License-Identifier: MIT
# Writes the trusted CAs as C: the five Amazon roots of this system's ca-certificates, each checked against
# its published SHA-256 (amazontrust.com/repository), and the given test CAs, if any.
# usage: port/tls/roots.sh OUTPUT.c [TEST_CA.pem...]
set -eu
output=${1:?usage: port/tls/roots.sh OUTPUT.c [TEST_CA.pem...]}
shift
folder=${CA_CERTIFICATES:-/usr/share/ca-certificates/mozilla}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
count=0

# add FILE COMMENT: writes a certificate as an array of its DER bytes
add() {
    count=$((count + 1))
    openssl x509 -in "$1" -outform DER -out "$scratch/der"
    {
        echo "/* $2 */"
        echo "static const unsigned char root_$count[] = {"
        od -An -v -tu1 -w20 "$scratch/der" | sed 's/  */,/g; s/^,/    /; s/$/,/'
        echo "};"
    } >>"$scratch/arrays"
    echo "    {root_$count, sizeof root_$count}," >>"$scratch/table"
}
# amazon FILE SHA256
amazon() {
    file=$folder/$1.crt
    [ -e "$file" ] || { echo "roots: there is no $file: install ca-certificates, or set CA_CERTIFICATES" >&2; exit 1; }
    is=$(openssl x509 -in "$file" -outform DER | sha256sum | cut -d' ' -f1)
    [ "$is" = "$2" ] || { echo "roots: $file is not the root it should be: SHA-256 $is" >&2; exit 1; }
    add "$file" "$1"
}
amazon Amazon_Root_CA_1 8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e
amazon Amazon_Root_CA_2 1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4
amazon Amazon_Root_CA_3 18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4
amazon Amazon_Root_CA_4 e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092
amazon Starfield_Services_Root_Certificate_Authority_-_G2 568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5
for file in "$@"; do
    add "$file" "TEST: $(basename "$file")"
done
{
    echo "/* Made by port/tls/roots.sh. */"
    echo '#include "emrs_tls.h"'
    echo
    echo '/* Declare these where you use them. */'
    echo 'extern const emrs_root roots[];'
    echo 'extern const size_t root_count, test_root_count;'
    echo
    cat "$scratch/arrays"
    echo "const emrs_root roots[] = {"
    cat "$scratch/table"
    echo "};"
    echo "const size_t root_count = sizeof roots / sizeof roots[0];"
    echo "const size_t test_root_count = $#;"
} >"$output.part"
mv "$output.part" "$output"
