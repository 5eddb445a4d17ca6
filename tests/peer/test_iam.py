#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The policies of port/iam: their syntax, what they allow and deny, and that the commands of their
README run.

    test_iam.py EMRS_BINARY

Two evaluators decide what AWS would do. Ours, in this file, supports only what the files use, and
fails on anything else. moto's is independent of ours, but it has no tags: it checks actions and ARNs.
The requests are those that the command really sends; botocore's model of the service says which
operation each is.
"""
from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

sys.dont_write_bytecode = True

from botocore import xform_name  # noqa: E402
from botocore.loaders import Loader  # noqa: E402
from moto.iam.access_control import IAMPolicy, PermissionResult  # noqa: E402
from moto.iam.policy_validation import IAMPolicyDocumentValidator  # noqa: E402

import running  # noqa: E402
import scripted  # noqa: E402
import service  # noqa: E402
import tap  # noqa: E402
from tap import Failed, want  # noqa: E402

HOME = Path(__file__).resolve().parents[2] / "port" / "iam"
README = (HOME / "README.md").read_text(encoding="utf-8")
GATEWAY = ("gateway-cancel", "gateway-look", "gateway-find")
OF_THE_ROLE = (*GATEWAY, "revoke")
TRUST = "role-trust"
POLICIES = (*OF_THE_ROLE, TRUST, "iot-policy")

ACCOUNT, APPLICATION, THING = service.ACCOUNT, scripted.APPLICATION, "gateway-17"
FILLED = {"REGION": scripted.REGION, "ACCOUNT": ACCOUNT, "APPLICATION": APPLICATION,
          "TIME": "2026-11-27T12:00:00Z"}
BEFORE, AFTER = "2026-11-27T11:59:59Z", "2026-11-27T12:00:00Z"

# The resource against which a request is checked: service authorization reference of EMR Serverless. "CancelJobRun:
# jobRun*", "GetJobRun: jobRun*", "ListJobRuns: application*", "ListApplications: -", and so on.
OF_A_JOB_RUN = {"CancelJobRun", "GetJobRun", "GetDashboardForJobRun", "ListJobRunAttempts"}

CASES = tap.Cases()


def text(name: str) -> str:
    """The text of a policy, with the values that the README's sed lines fill in."""
    words = (HOME / f"{name}.json").read_text(encoding="ascii")
    for word, value in FILLED.items():
        words = words.replace(word, value)
    return words


def document(name: str, tagged: bool = True) -> dict[str, Any]:
    """tagged: false: the policy has no condition. The README's sed line for job runs without a tag removes it"""
    lines = text(name).splitlines()
    return json.loads("\n".join(line for line in lines if tagged or '"Condition"' not in line))


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


# Syntax. "Grammar of the IAM JSON policy language" has these elements; NotAction and NotResource are
# part of it, but they grant everything that they do not list, so no file here may have them.

FIELDS = {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}
ARN = re.compile(r"arn:(aws|aws-cn|aws-us-gov):(?P<service>[a-z-]+):[a-z0-9-]+:\d{12}:(?P<rest>.+)")
REST = {"emr-serverless": r"/applications/[0-9a-z]+(/jobruns/(\*|[0-9a-z]+))?",
        "iot": r"rolealias/[\w=,@-]+"}
# The condition operators that may occur, and the values that each accepts.
OPERATORS = {"StringEquals": r".+", "DateLessThan": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"}


def faults(policy: Any, trust: bool = False) -> Iterator[str]:
    """What is wrong with a policy. trust: it is a role's trust policy, with a Principal and no Resource"""
    if not isinstance(policy, dict) or set(policy) != {"Version", "Statement"}:
        yield "not an object with Version and Statement"
        return
    if policy["Version"] != "2012-10-17":
        yield "Version: an older one has no policy variables"
    if not isinstance(policy["Statement"], list) or not policy["Statement"]:
        yield "Statement: not a list of at least one"
        return
    for statement in policy["Statement"]:
        yield from statement_faults(statement, trust)


def statement_faults(statement: dict[str, Any], trust: bool) -> Iterator[str]:
    needed = {"Effect", "Action", "Principal" if trust else "Resource"}
    if not needed <= set(statement) <= FIELDS - ({"Resource"} if trust else {"Principal"}):
        yield f"fields {sorted(statement)}"
        return
    if statement["Effect"] not in ("Allow", "Deny"):
        yield "Effect: neither Allow nor Deny"
    if not re.fullmatch(r"[A-Za-z0-9]*", statement.get("Sid", "")):
        yield "Sid: letters and digits only"
    grants = statement["Effect"] != "Deny"
    for action in listed(statement["Action"]):
        if not (re.fullmatch(r"[a-z0-9-]+:[A-Z][A-Za-z]+", action) or (action == "*" and not grants)):
            yield f"Action {action}"
    for resource in listed(statement.get("Resource", [])):
        if not (is_arn(resource) or (resource == "*" and not grants)):
            yield f"Resource {resource}"
    if trust and statement["Principal"] != {"Service": "credentials.iot.amazonaws.com"}:
        yield "Principal: not the credentials provider"
    for operator, keys in statement.get("Condition", {}).items():
        for key, value in keys.items():
            if not (re.fullmatch(r"[a-z-]+:[\w/]+", key) and re.fullmatch(OPERATORS[operator], value)):
                yield f"Condition {operator} {key}"


def is_arn(resource: str) -> bool:
    """Whether it is an ARN of EMR Serverless or AWS IoT.
    "arn:${Partition}:emr-serverless:${Region}:${Account}:/applications/${ApplicationId}/jobruns/${JobRunId}": a slash
    follows the colon."""
    arn = ARN.fullmatch(resource)
    return bool(arn and re.fullmatch(REST.get(arn["service"], "$."), arn["rest"]))


@CASES.case("each file is a policy")
def is_a_policy(bench: scripted.Bench) -> None:
    for name in POLICIES:
        found = list(faults(json.loads(text(name)), trust=name == TRUST))
        want(not found, f"no fault in {name}.json", found)
    rest = {path.stem for path in HOME.glob("*.json")} - set(POLICIES)
    want(not rest, "a test for each file", rest)
    for name in GATEWAY:
        found = list(faults(document(name, tagged=False)))
        want(not found and "Condition" not in str(document(name, tagged=False)),
             f"a policy in {name}.json without the tag", found)


@CASES.case("each file is a policy for moto too")
def is_a_policy_for_moto(bench: scripted.Bench) -> None:
    for name in (*OF_THE_ROLE, "iot-policy"):
        IAMPolicyDocumentValidator(text(name)).validate()


@CASES.case("each action of a file is an operation of the service")
def is_an_operation(bench: scripted.Bench) -> None:
    for name in GATEWAY:
        for statement in document(name)["Statement"]:
            unknown = {action.split(":")[1] for action in listed(statement["Action"])} - set(Model().operations)
            want(not unknown, f"only operations in {name}.json", unknown)


@CASES.case("the trust policy has no condition, and the README says why and who may set the tag")
def trust_is_as_documented(bench: scripted.Bench) -> None:
    """AWS IoT Core Developer Guide, "Authorizing direct calls to AWS services using AWS IoT Core credential
    provider", step 1: Effect, Principal and Action, and nothing else."""
    (statement,) = document(TRUST)["Statement"]
    want(set(statement) == {"Effect", "Principal", "Action"}, "the document's statement", statement)
    words = " ".join(README.split())
    for part in ("aws:SourceArn", "aws:SourceAccount", "`emr-serverless:TagResource`", "`emr-serverless:StartJobRun`",
                 "boards/README.md#which-credentials"):
        want(part in words, part, "port/iam/README.md")


@CASES.each("the checker finds", [
    ("no Version", '"Version": "2012-10-17",', ""),
    ("the old Version", "2012-10-17", "2008-10-17"),
    ("an Effect in lower case", '"Allow"', '"allow"'),
    ("no Effect", '"Effect": "Allow",', ""),
    ("no Resource", '"Resource"', '"NotResource"'),
    ("an action for everything", ":CancelJobRun", ":*"),
    ("an action without its service", "emr-serverless:Cancel", "Cancel"),
    ("an ARN without the slash", ":/applications", ":applications"),
    ("an ARN without the account", ACCOUNT, ""),
    ("an ARN for every application", f"applications/{APPLICATION}", "applications/*"),
    ("any resource", '"arn', '"*", "X": "arn'),
    ("a condition without a key", "aws:ResourceTag/gateway", "gateway"),
])
def finds(bench: scripted.Bench, before: str, after: str) -> None:
    wrong = text("gateway-cancel").replace(before, after)
    want(wrong != text("gateway-cancel"), "a change", before)
    want(list(faults(json.loads(wrong))), "a fault", wrong)


# What a policy allows


@dataclass(frozen=True)
class Request:
    """As IAM judges it: the action, the resource's ARN, and the keys of the request's context."""

    action: str
    arn: str
    context: tuple[tuple[str, str], ...] = ()


def allows(policy: dict[str, Any], request: Request) -> bool:
    """"An explicit deny in any policy overrides any allows"; "by default, all requests are implicitly
    denied" (IAM User Guide, Policy evaluation logic)."""
    effects = {each["Effect"] for each in policy["Statement"] if applies(each, request)}
    return effects == {"Allow"}


def applies(statement: dict[str, Any], request: Request) -> bool:
    # The names of actions are not case-sensitive; ARNs are.
    return (any(is_like(each.lower(), request.action.lower()) for each in listed(statement["Action"]))
            and any(is_like(each, request.arn) for each in listed(statement["Resource"]))
            and all(holds(operator, key, value, dict(request.context))
                    for operator, keys in statement.get("Condition", {}).items()
                    for key, value in keys.items()))


def is_like(pattern: str, value: str) -> bool:
    """"An asterisk (*) represents any combination of characters", slashes too."""
    parts = [re.escape(part) for part in pattern.split("*")]
    return bool(re.fullmatch(".*".join(parts), value))


def holds(operator: str, key: str, value: str, context: dict[str, str]) -> bool:
    """"If the key that you specify in a policy condition is not present in the request context, the
    values do not match"; the same if a policy variable has no value there."""
    variable = re.fullmatch(r"\$\{(.+)\}", value)
    wanted = context.get(variable[1]) if variable else value
    if wanted is None or key not in context:
        return False
    if operator == "StringEquals":
        return context[key] == wanted
    if operator == "DateLessThan":
        return context[key] < wanted  # both have the same format, so the texts compare as the dates do
    raise Failed(f"the evaluator does not support {operator}")


class Model:
    """botocore's model of the service."""

    def __init__(self) -> None:
        self.operations = Loader().load_service_model("emr-serverless", "service-2")["operations"]

    def request(self, head: bytes, job_tags: str | None, thing: str | None) -> Request:
        """A request as it was sent. in: the tag `gateway` of the job run, the thing of the credentials"""
        method, target = head.decode("latin-1").split()[:2]
        path = target.partition("?")[0]
        for name, operation in self.operations.items():
            pattern = re.sub(r"\{\w+\}", "[^/]+", operation["http"]["requestUri"])
            if operation["http"]["method"] == method and re.fullmatch(pattern, path):
                region = scripted.scope_in(head).split("/")[1]
                return request(name, resource_of(name, path, region), job_tags, thing)
        raise Failed(f"no operation of the service is {method} {path}")


def resource_of(operation: str, path: str, region: str) -> str:
    """The ARN that is checked: that of the job run, or of the application."""
    owner = path if operation in OF_A_JOB_RUN else "/".join(path.split("/")[:3])
    return f"arn:aws:emr-serverless:{region}:{ACCOUNT}:{owner}"


def request(operation: str, arn: str, tag: str | None = THING, thing: str | None = THING) -> Request:
    context = {"aws:ResourceTag/gateway": tag, "credentials-iot:ThingName": thing,
               "aws:TokenIssueTime": AFTER}
    return Request(f"emr-serverless:{operation}", arn,
                   tuple((key, value) for key, value in context.items() if value is not None))


OWN = f"arn:aws:emr-serverless:{scripted.REGION}:{ACCOUNT}:/applications/{APPLICATION}"
RUN = f"{OWN}/jobruns/{scripted.JOB}"
RESOURCES = (RUN, OWN, "*", RUN.replace(APPLICATION, "00app2"), OWN.replace(APPLICATION, "00app2"),
             RUN.replace(ACCOUNT, "210987654321"), RUN.replace(scripted.REGION, "us-east-2"),
             RUN.replace("arn:aws:", "arn:aws-cn:"), f"{OWN}/sessions/{scripted.JOB}",
             RUN.replace(APPLICATION, APPLICATION + "2"), OWN + "2")

CANCEL, LOOK, FIND = ("CancelJobRun", RUN), ("GetJobRun", RUN), ("ListJobRuns", OWN)
ALLOWED = {"gateway-cancel": {CANCEL}, "gateway-look": {CANCEL, LOOK}, "gateway-find": {CANCEL, LOOK, FIND}}
# Which policy each command of emrs needs.
COMMANDS = {"cancel-job-run": "gateway-cancel", "get-job-run": "gateway-look", "drill": "gateway-cancel"}


IDS = scripted.IDS
# The forms of the commands
LINES = [("cancel-job-run", *IDS), ("cancel-job-run", *IDS, "--shutdown-grace-period-in-seconds", "120"),
         ("cancel-job-run", *IDS, "--debug"), ("cancel-job-run", RUN), ("get-job-run", *IDS), ("get-job-run", RUN),
         ("get-job-run", *IDS, "--attempt", "2", "--query", "jobRun.state"), ("drill", *IDS[:2]), ("drill", OWN),
         ("drill", *IDS[:2], "--read-only")]


def sent(bench: scripted.Bench, *line: str, env: dict[str, str] | None = None) -> bytes:
    """The request of a command line."""
    with scripted.Server(scripted.says(scripted.http(404, "{}", "x-amzn-errortype: ResourceNotFoundException"))) as server:
        bench.run(*line, "--endpoint-url", server.url, command=False, env=env, heads=server.heads)
        want(len(server.heads) == 1, f"one request of {line}", server.heads)
        return server.heads[0]


@CASES.case("each command of emrs has a policy")
def commands(bench: scripted.Bench) -> None:
    shown = bench.run("--help", command=False).out.decode("ascii")
    found = set(re.findall(r"(?m)^(?:usage:| {6,})\s*emrs ([a-z-]+)", shown))
    want(found == set(COMMANDS), f"a policy for each command, {set(COMMANDS)}", found)


@CASES.case("each request of a command is allowed, by its policy and the larger ones")
def requests_are_allowed(bench: scripted.Bench) -> str:
    model = Model()
    for line in LINES:
        smallest = "gateway-look" if "--read-only" in line else COMMANDS[line[0]]
        head = sent(bench, *line, env=scripted.SESSION)
        asked, untagged = model.request(head, THING, THING), model.request(head, None, None)
        for name in GATEWAY[GATEWAY.index(smallest):]:
            want(allows(document(name), asked), f"allowed by {name}.json", asked)
        want(allows(document(smallest, tagged=False), untagged), "allowed without the tag", untagged)
        # "A policy with a tag condition answers 403": the drill's job run has no tags.
        want(not allows(document(smallest), untagged), "denied if there should be a tag", untagged)
    return f"{len(LINES)} requests"


# --print-policy


def printed(bench: scripted.Bench, *line: str, **more: Any) -> dict[str, Any]:
    nothing = {name: None for name in (*scripted.USER, *scripted.SESSION) if name != "AWS_REGION"}
    answer = bench.run(*line, "--print-policy", command=False, env={**nothing, **more})
    want(answer.code == 0 and answer.err == b"", "exit 0, without credentials", answer)
    return json.loads(answer.out)


@CASES.case("--print-policy allows what the command line sends, and nothing else")
def print_policy(bench: scripted.Bench) -> str:
    model, count = Model(), 0
    for line in LINES:
        policy, asked = printed(bench, *line), model.request(sent(bench, *line), None, None)
        want(allows(policy, asked), "allowed", (line, policy, asked))
        IAMPolicyDocumentValidator(json.dumps(policy)).validate()
        has_account = any(word.startswith("arn:") for word in line)
        found = [fault for fault in faults(policy) if has_account or not fault.startswith("Resource arn:")]
        want(not found, "no fault", (line, found))
        others = {*RESOURCES, asked.arn, asked.arn + "2", asked.arn.replace(ACCOUNT, "210987654321")}
        for operation, arn in product(model.operations, others):
            count += 1
            is_asked = f"emr-serverless:{operation}" == asked.action and (
                arn == asked.arn or (not has_account and arn == asked.arn.replace(ACCOUNT, "210987654321")))
            want(allows(policy, request(operation, arn)) == is_asked, f"allowed: {is_asked}", (line, operation, arn))
        for action in ("s3:GetObject", "iam:PassRole", "emr-serverless:*"):
            want(not allows(policy, Request(action, asked.arn)), "denied", action)
    return f"{len(LINES)} command lines, {count} pairs of operation and resource"


@CASES.case("--print-policy has the partition of each region")
def print_policy_partition(bench: scripted.Bench) -> str:
    data, count = Loader().load_data("partitions"), 0
    for partition in data["partitions"]:
        for region in partition["regions"]:
            if not region.endswith("-global"):
                count += 1
                (statement,) = printed(bench, "get-job-run", *IDS, "--region", region)["Statement"]
                start = f"arn:{partition['id']}:emr-serverless:{region}:*:"
                want(statement["Resource"].startswith(start), start, statement)
                arn = statement["Resource"].replace(":*:", f":{ACCOUNT}:")
                (statement,) = printed(bench, "get-job-run", arn)["Statement"]
                want(statement["Resource"] == arn, "the ARN of the command line", statement)
    return f"{count} regions"


@CASES.each("--print-policy refuses what the command refuses", [
    ("an id", ("cancel-job-run", *IDS[:2], "--job-run-id", '00"'), {}, 252, "may hold only 0-9 and a-z"),
    ("a star", ("get-job-run", *IDS[:2], "--job-run-id", "*"), {}, 252, "may hold only 0-9 and a-z"),
    ("a region", ("drill", *IDS[:2], "--region", 'a"b'), {}, 252, "may hold only a-z, 0-9 and '-'"),
    ("no region", ("drill", *IDS[:2]), {"AWS_REGION": None}, 253, "You must specify a region")])
def print_policy_refuses(bench: scripted.Bench, line: tuple, env: dict, code: int, shown: str) -> None:
    answer = bench.run(*line, "--print-policy", command=False, env=env)
    want(answer.code == code and answer.out == b"" and shown in answer.err.decode(), shown, answer)


@CASES.each("everything else is denied by", [(name, name) for name in GATEWAY])
def all_else_is_denied(bench: scripted.Bench, name: str) -> str:
    pairs = list(product(Model().operations, RESOURCES))
    for tagged in (True, False):
        seen = {pair for pair in pairs if allows(document(name, tagged), request(*pair))}
        want(seen == ALLOWED[name], f"{ALLOWED[name]} with the tag, and no more", seen)
    for tag, thing in ((None, THING), ("gateway-18", THING), (THING, None), (None, None),
                       (THING, "gateway-18"), ("*", THING), (THING.upper(), THING)):
        seen = {pair for pair in pairs if allows(document(name), request(*pair, tag, thing))}
        want(seen == ALLOWED[name] & {FIND}, f"no job run with tag {tag} for thing {thing}", seen)
    for action in ("s3:GetObject", "iam:PassRole", "sts:AssumeRole", "iot:Publish"):
        for arn in RESOURCES:
            asked = Request(action, arn, request(*CANCEL).context)
            want(not allows(document(name), asked), "denied", asked)
    return f"{len(pairs)} pairs of operation and resource, with 9 kinds of tag and thing"


@CASES.case("moto agrees about actions and resources")
def moto_agrees(bench: scripted.Bench) -> None:
    for name in GATEWAY:
        policy = document(name, tagged=False)
        moto = IAMPolicy(json.dumps(policy))
        for pair in product(Model().operations, RESOURCES):
            theirs = moto.is_action_permitted(f"emr-serverless:{pair[0]}", pair[1])
            ours = allows(policy, request(*pair))
            want((theirs == PermissionResult.PERMITTED) == ours, f"{theirs} by {name}.json", pair)


@CASES.case("a policy that allows too much fails these tests")
def wider_is_found(bench: scripted.Bench) -> None:
    wide = json.loads(text("gateway-cancel").replace(":CancelJobRun", ":*"))
    want(allows(wide, request("StopApplication", RUN)), "more is allowed", wide)
    want(list(faults(wide)), "the checker finds it too", wide)


@CASES.case("after a theft, credentials issued before it are denied, and later ones are not")
def revoked(bench: scripted.Bench) -> None:
    both = {"Statement": document("gateway-cancel")["Statement"] + document("revoke")["Statement"]}
    for issued, expected in ((BEFORE, False), (AFTER, True)):
        asked = request(*CANCEL)
        asked = Request(asked.action, asked.arn, (*asked.context, ("aws:TokenIssueTime", issued)))
        want(allows(both, asked) == expected, f"allowed: {expected}", asked)


@CASES.case("the README's sed lines make the policies that are checked here")
def readme_seds(bench: scripted.Bench) -> None:
    lines = [line.strip() for line in README.splitlines() if line.startswith("    sed -i")]
    fill = next(line for line in lines if "REGION" in line)
    untag = next(line for line in lines if "Condition" in line)
    for tagged in (True, False):
        with running.scratch("iam") as folder:
            for name in GATEWAY:
                shutil.copy(HOME / f"{name}.json", folder)
            for line in (fill, *(() if tagged else (untag,))):
                subprocess.run(["sh", "-c", line], cwd=folder, check=True)
            for name in GATEWAY:
                made = json.loads((folder / f"{name}.json").read_text(encoding="ascii"))
                want(not list(faults(made)), f"a policy in {name}.json", made)
                want(("Condition" in str(made)) == tagged, f"with a condition: {tagged}", made)


@CASES.case("after each theft, credentials issued before it are denied")
def revoked_again(bench: scripted.Bench) -> None:
    line = next(line.strip() for line in README.splitlines() if "TIME/" in line)
    with running.scratch("iam") as folder:
        shutil.copy(HOME / "revoke.json", folder)
        for time in ("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"):
            subprocess.run(["sh", "-c", f"date() {{ echo {time}; }}; {line}"], cwd=folder, check=True)
            made = (folder / "revoke-now.json").read_text(encoding="ascii")
            want(time in made and "TIME" not in made, f"a denial before {time}", made)


# The README's commands, with boto3 against moto

DROPPED = {"certificate-pem-outfile", "private-key-outfile"}  # options of AWS CLI only


def commands_in(markdown: str) -> list[list[str]]:
    """The lines that begin with `aws`, without those that have `...` for something."""
    lines = (line.strip() for line in markdown.splitlines() if line.startswith("    "))
    return [shlex.split(line)[1:] for line in lines if line.startswith("aws ") and "..." not in line]


def parameters(words: list[str], members: dict[str, Any], values: dict[str, str]) -> dict[str, Any]:
    """AWS CLI's options as the members of the operation's input."""
    names = {xform_name(member, "-"): member for member in members}
    given: dict[str, Any] = {}
    at = 0
    while at < len(words):
        name = words[at].removeprefix("--")
        value = words[at + 1] if at + 1 < len(words) and not words[at + 1].startswith("--") else None
        at += 1 if value is None else 2
        if name in DROPPED:
            continue
        want(name in names, "an option that the operation has", name)
        kind = members[names[name]].type_name
        given[names[name]] = converted(values.get(value, value), kind)
    return given


def converted(value: str | None, kind: str) -> Any:
    if value is None:
        return True
    if value.startswith("file://"):
        return text(Path(value[len("file://"):]).stem.removesuffix("-now"))
    return int(value) if kind == "integer" else value


@CASES.case("the README's commands run in their order")
def readme_runs(bench: scripted.Bench) -> str:
    lines, values, states = commands_in(README), {}, []
    with running.scratch("iam") as folder, service.running_service() as moto:
        for program, verb, *options in lines:
            client = moto.client(program)
            method = verb.replace("-", "_")
            shape = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[method])
            asked = parameters(options, dict(shape.input_shape.members), values)
            answer = getattr(client, method)(**asked)
            if "certificateArn" in answer:
                values = {"CERTIFICATE_ARN": answer["certificateArn"],
                          "CERTIFICATE_ID": answer["certificateId"]}
            if verb == "update-certificate":
                certificate = client.describe_certificate(certificateId=values["CERTIFICATE_ID"])
                states.append(certificate["certificateDescription"]["status"])
        want(states == ["INACTIVE"] * 2, "the certificate inactive after the theft, and when it is retired", states)
        check_what_was_made(moto)
    return f"{len(lines)} commands"


def check_what_was_made(moto: service.Service) -> None:
    iot, iam = moto.client("iot"), moto.client("iam")
    alias = iot.describe_role_alias(roleAlias="emrs-gateway")["roleAliasDescription"]
    want(alias["credentialDurationSeconds"] == 900, "900 seconds", alias)
    role = iam.get_role(RoleName=alias["roleArn"].rpartition("/")[2])["Role"]
    want(role["AssumeRolePolicyDocument"] == document(TRUST), "the role of the alias", role)
    arn = document("iot-policy")["Statement"][0]["Resource"]
    want(arn.endswith(f":rolealias/{alias['roleAlias']}"), "a permission for this alias", arn)
    policies = iam.list_role_policies(RoleName="emrs-gateway")["PolicyNames"]
    want(policies == ["cancel"], "the policy, and no denial left", policies)
    left = iot.list_certificates()["certificates"], iot.list_things()["things"]
    want(left == ([], []), "no certificate and no thing of the gateway that was retired", left)


if __name__ == "__main__":
    tap.main("test_iam.py EMRS_BINARY", lambda binary: CASES.run(scripted.Bench(binary)))
