// SPDX-License-Identifier: MIT
// Signs the requests on stdin with AWS's JavaScript signer, for test_sign.py.
//
//     node sign.mjs NPM_FOLDER <requests >authorizations
//
// stdin, one JSON object per line: accessKeyId, secretAccessKey, sessionToken, region, endpoint, path,
// grace (a string, or null: absent), utc_s. stdout: one line per request, its Authorization header.
import { createHash, createHmac } from "node:crypto";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { createInterface } from "node:readline";

const require = createRequire(resolve(process.argv[2], "package.json"));
const { SignatureV4 } = require("@smithy/signature-v4");

// The hash class that the signer needs. With a key it is an HMAC.
class Sha256 {
    constructor(key) {
        this.hash = key ? createHmac("sha256", key) : createHash("sha256");
    }
    update(bytes) {
        this.hash.update(bytes);
    }
    async digest() {
        return new Uint8Array(this.hash.digest());
    }
}

async function authorization(request) {
    const { accessKeyId, secretAccessKey, sessionToken, region, endpoint, path, grace } = request;
    const url = new URL(endpoint);
    const signer = new SignatureV4({
        service: "emr-serverless",
        region,
        credentials: { accessKeyId, secretAccessKey, sessionToken: sessionToken || undefined },
        sha256: Sha256,
        applyChecksum: false, // x-amz-content-sha256 is for S3
    });
    const signed = await signer.sign(
        {
            method: "DELETE",
            protocol: url.protocol,
            hostname: url.hostname,
            path: url.pathname.replace(/\/$/, "") + path,
            query: grace === null ? {} : { shutdownGracePeriodInSeconds: grace },
            headers: { host: url.host },
        },
        { signingDate: new Date(request.utc_s * 1000) },
    );
    return signed.headers.authorization;
}

const lines = [];
for await (const line of createInterface({ input: process.stdin })) {
    lines.push(await authorization(JSON.parse(line)));
}
process.stdout.write(lines.map((line) => `${line}\n`).join(""));
