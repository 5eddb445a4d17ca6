#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes tests/SIZE.md: the flash, RAM and stack that core and ports take on a microcontroller (README.md).

usage: tests/size/size.py --out FILE --cc "COMPILER FLAGS" --ports "FLAGS" --hash "FLAGS" --mbedtls DIR
                      --headers "HEADER..." SOURCE...

--ports are more flags for the ports' objects (a board's mbedTLS and lwIP), --hash those for the core's objects and
mbedTLS's SHA-256. Figures of running images come from build/firmware/*.json, which measure_board.py writes. If there
are no such files, the figures in tests/SIZE.md are kept."""
import argparse
import fnmatch
import glob
import json
import os
import re
import shlex
import subprocess
import sys

WORK = 'build/size'
MEASURED = '<!-- measured in images: begin -->', '<!-- measured in images: end -->'

# The files that do the work of coreHTTP, coreJSON, SigV4 and backoffAlgorithm together.
LIKE = ['sign', 'request', 'response', 'sieve', 'json', 'retry', 'text', 'sha256']
TEXTS = 'hint'  # messages for people: only a program that prints them links them
# Limits in bytes. None may be raised; a change that makes something smaller may lower one.
LIKE_MAX = 7680
CORE_MAX = 17527
CLIENT_MAX = 440
STEP_MAX = 1342
STOP_MAX = 24576
STOP_RAM_MAX = 10752
STOP_STEP_MAX = 1536
HASH = 'port/mbedtls/'  # the core's hash with mbedTLS, which replaces core/sha256.c: it counts as a part of the core

# The functions that a call through a pointer may reach, as patterns of node names. An empty list: code outside of
# emrs, whose stack is not counted; the table names it beside the figure. A pointer that is not here is an error.
POINTERS = {
    'emrs_operation_cancel_job_run.check': ['core/*.c:check_input'],
    'operation->check': ['core/*.c:check_input'],
    'operation->put_path': ['core/*.c:put_path'],
    'operation->put_query': ['core/*.c:put_query'],
    'operation->read': ['core/*.c:read_answer', 'emrs_provider_read'],
    'operation->header': [],  # CancelJobRun and GetJobRun have none
    'prepare': ['core/*.c:prepare', 'emrs_provider_prepare'],
    'source->set_up': ['core/*.c:set_up'],
    'stream->connect': ['port/tls/tls.c:connect_tls'],
    'stream->send': ['port/tls/tls.c:send_tls'],
    'stream->receive': ['port/tls/tls.c:receive_tls'],
    'stream->close': ['port/tls/tls.c:close_tls'],
    'identity->begin': ['port/tls/identity.c:begin_identity'], 'identity->end': ['port/tls/identity.c:end_identity'],
    'identity->reason': ['port/tls/identity.c:reason_of_identity'],
    'identity->take_key': ['port/tls/identity.c:take_*'], 'identity->sign': [],
    'steps': ['table'],  # the functions that the table of this name lists, in the same file
    'inner->connect': [], 'inner->send': [], 'inner->receive': [], 'inner->close': [],
    'port->now': [], 'port->stopped': [], 'port->wait': [], 'port->renew': [], 'config.now': [], 'config.random': [], 'config.alive': [], 'config.ran_out': [],
    'config->open': [], 'config->send': [], 'config->receive': [], 'config.close': [], 'config.reason': [],
}
# The C library and the compiler's run time have no figures: these are the most bytes that their code pushes.
LEAVES = {r'mem(cpy|cmp|chr|set|move)|str(len|cmp|chr)': 16, r'__aeabi_u?ldivmod': 48}
# Functions outside of emrs that a port may call. Their stack is measured in the running image instead.
OUTSIDE = r'mbedtls_\w+|psa_\w+|tcp_\w+|pbuf_\w+|dns_\w+|netconn_\w+|lwip_\w+|sys_\w+|mem_\w+'


def run(*command):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if result.returncode:
        sys.exit('size: %s\n%s' % (' '.join(command), result.stderr))
    return result.stdout


def table(*rows):
    """A Markdown table. The first row has the headings. Numbers are aligned to the right."""
    yield '| %s |' % ' | '.join(rows[0])
    yield '|%s|' % '|'.join('---' if i == 0 or not isinstance(cell, int) else '---:'
                            for i, cell in enumerate(rows[1] if len(rows) > 1 else rows[0]))
    for row in rows[1:]:
        yield '| %s |' % ' | '.join(str(cell) for cell in row)


class Objects:
    """Each source compiled by itself: sections, call graph with stack frames."""

    def __init__(self, options):
        self.cc = shlex.split(options.cc)
        self.prefix = self.cc[0][:-len('gcc')]
        self.path = {}
        for source in options.sources:
            flags = shlex.split(options.hash if is_core(source) else options.ports)
            self.compile(source, flags + ['-std=c99'])
        library = options.mbedtls + '/library'
        for name in 'sha256', 'platform_util':
            self.compile('%s/%s.c' % (library, name), shlex.split(options.hash) + ['-w', '-I' + library])

    def compile(self, source, flags):
        is_ours = source.startswith(('core/', 'port/'))
        path = '%s/%s.o' % (WORK, source[:-2] if is_ours else 'mbedtls/' + os.path.basename(source)[:-2])
        os.makedirs(os.path.dirname(path), exist_ok=True)
        run(*self.cc, '-fcallgraph-info=su', *flags, '-c', source, '-o', path)
        self.path[source] = path

    def sections(self, source):
        """text, rodata, data, bss in bytes"""
        sums = [0, 0, 0, 0]
        for name, size in re.findall(r'^(\.\S+)\s+(\d+)\s+\d+$',
                                     run(self.prefix + 'size', '-A', self.path[source]), re.M):
            kind = kind_of(name)
            if kind is not None:
                sums[kind] += int(size)
        return sums


def is_core(source):
    return source.startswith(('core/', HASH))


def kind_of(section):
    kinds = r'\.text|\.ARM\.ex', r'\.rodata', r'\.data', r'\.bss|COMMON'
    return next((i for i, kind in enumerate(kinds) if re.match(kind, section)), None)


def object_rows(objects, sources):
    rows = [['object', 'text', 'rodata', 'data', 'bss']]
    for room in 'core', 'port':
        own = [[source] + objects.sections(source) for source in sources if is_core(source) == (room == 'core')]
        rows += own + [['**%s**' % room] + [sum(row[i] for row in own) for i in range(1, 5)]]
    return rows


def like_size(rows):
    names = [folder + name + '.c' for name in LIKE for folder in ('core/', HASH)]
    return sum(row[1] + row[2] for row in rows[1:] if row[0] in names)


# Linked programs, with --gc-sections

CANCEL = '''#include "emrs.h"
int main(void);
int main(void)
{
    static emrs_client client; static emrs_call call; static emrs_result result;
    static emrs_config config; static emrs_cancel_job_run_input input; static emrs_now now;
    static emrs_report report; static emrs_move move;
    int code = emrs_init(&client, &config, &result);
    code += emrs_cancel_job_run_start(&call, &client, &input, &result);
    code += emrs_step(&call, now, report, &move);
    emrs_forget(&client);
    return code;
}
'''
# A device with a certificate: its credentials from AWS IoT Core, a guard, the cancellation, and the wait.
STOP = '''#include "emrs_provider.h"
#include "emrs_stop.h"
int main(void);
int main(void)
{
    static emrs_client client; static emrs_config config; static emrs_credentials credentials;
    static emrs_provider provider; static emrs_provider_config provider_config;
    static emrs_stop stop; static emrs_stop_config stop_config; static emrs_result result;
    static char work[EMRS_WORK_SIZE], provider_work[EMRS_WORK_SIZE], keys[2048], store[EMRS_STOP_STORE_SIZE(1)];
    static emrs_now now; static emrs_report report; static emrs_move move;
    config.work = work; config.credentials = &credentials;
    provider_config.source = &emrs_source_iot;
    provider_config.work = provider_work; provider_config.store = keys; provider_config.credentials = &credentials;
    stop_config.client = &client; stop_config.store = store;
    int code = emrs_provider_init(&provider, &provider_config);
    emrs_provider_start(&provider, 0);
    code += emrs_provider_step(&provider, now, report, &move);
    code += emrs_init(&client, &config, &result);
    code += emrs_stop_start(&stop, &stop_config);
    code += emrs_stop_step(&stop, now, report, &move);
    return code + (int)emrs_stop_outcome(&stop.result);
}
'''


def linked_rows(objects, program, name):
    """The sections that a program keeps, by the linker's own map.
    ret: the rows; the core's flash; the program's static RAM"""
    main, image = '%s/%s.c' % (WORK, name), '%s/%s.elf' % (WORK, name)
    with open(main, 'w') as file:
        file.write(program)
    parts = [path for source, path in objects.path.items() if is_core(source) or not source.startswith('port/')]
    run(*objects.cc, '-std=c99', '-Iinclude', '-nostartfiles', '--specs=nano.specs', '-Wl,--gc-sections',
        '-Wl,-e,main', '-Wl,-Map,%s.map' % image, '-o', image, main, *parts)
    with open(image + '.map') as file:
        kept = file.read().split('Linker script and memory map')[1]
    sums = {}
    found = re.findall(r'^ (\.\S+|COMMON)\s+(0x[0-9a-f]+)\s+0x([0-9a-f]+) (\S+)$', kept, re.M)
    for (name, at, size, origin), (_, next_at, _, _) in zip(found, found[1:] + [('', '', '', '')]):
        who = origin_of(origin)
        kind = kind_of(name)
        # If ld has merged all strings of a section with others, the size that it writes is wrong.
        if who and kind is not None and at != next_at:
            sums.setdefault(who, [0, 0, 0, 0])[kind] += int(size, 16)
    core = sorted(filter(is_core, sums))
    rows = [['object', 'text', 'rodata', 'data', 'bss']] + [[who] + sums[who] for who in core if any(sums[who])]
    rows.append(['**core**'] + [sum(row[i] for row in rows[1:]) for i in range(1, 5)])
    others = [[who] + sums[who] for who in ('mbedTLS: SHA-256', 'C library, run time') if who in sums]
    ram = sum(int(size, 16) for section, _, size, origin in found
              if kind_of(section) in (2, 3) and '.a(' not in origin and origin_of(origin) is None)
    return rows + others, sum(rows[-1][1:3]), ram


def origin_of(path):
    for folder in 'core/', HASH:
        if path.startswith('%s/%s' % (WORK, folder)):
            return folder + os.path.basename(path)[:-2] + '.c'
    if path.startswith(WORK + '/mbedtls/'):
        return 'mbedTLS: SHA-256'
    return 'C library, run time' if '.a(' in path else None


# Stack: the call graph that the compiler wrote, with the frame of each function

class Stack:
    def __init__(self, objects):
        self.frame, self.calls, self.known = {}, {}, {}
        for source, path in objects.path.items():
            with open(path[:-2] + '.ci') as file:
                self.read(file.read())
            self.add_spilled(source, run(objects.prefix + 'objdump', '-d', path))

    def add_spilled(self, source, code):
        """Struct arguments that come in registers are stored above the frame, and are not in the compiler's figure.
        So if a function's code subtracts more from the stack pointer than that figure, this sum counts."""
        for name, body in re.findall(r'^[0-9a-f]+ <([\w.]+)>:\n(.*?)(?:\n\n|\Z)', code, re.M | re.S):
            pushed = re.findall(r'\t(?:push|stmdb\s+sp!,)\s*\{([^}]*)\}', body)
            taken = re.findall(r'\t(?:subw?\s+sp, (?:sp, )?#|str\s+lr, \[sp, #-)(\d+)', body)
            size = sum(4 * (registers.count(',') + 1) for registers in pushed) + sum(map(int, taken))
            title = name if name in self.frame else '%s:%s' % (source, name)
            if size > self.frame[title]:
                self.frame[title] = size

    def read(self, graph):
        for title, label in re.findall(r'^node: \{ title: "([^"]+)" label: "([^"]+)"', graph, re.M):
            frame = re.search(r'\\n(\d+) bytes \(([^)]*)\)', label)
            if frame and frame[2] != 'static':
                sys.exit('size: the stack of %s is %s' % (title, frame[2]))
            if frame:
                self.frame[title] = int(frame[1])
        for source, target, place in re.findall(
                r'^edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"(?: label: "([^"]+)")?', graph, re.M):
            targets = self.pointer_targets(source, place) if target == '__indirect_call' else [target]
            self.calls.setdefault(source, set()).update(targets)

    def pointer_targets(self, source, place):
        """The functions that a pointer may call, by its words in the source at the place that the compiler names."""
        if source.startswith('mbedtls_') or '/library/' in source:
            return ['memset']  # mbedTLS's only pointer here, so that the compiler does not remove the memset
        path, line, column = place.rsplit(':', 2)
        with open(path) as file:
            text = file.read()
        call = text.split('\n')[int(line) - 1][int(column) - 1:]
        # Sometimes the compiler names the place of the outer call, which has the call through the pointer as an argument.
        call = re.sub(r'^emrs_\w+\(\w+, ', '', call)
        words = re.search(r'(\w+(->|\.))?\w*$', re.match(r'[\w.>-]*', call)[0])[0]
        if words not in POINTERS:
            sys.exit('size: %s: a call through the pointer "%s", which is not in POINTERS' % (place, words))
        if POINTERS[words] == ['table']:
            listed = re.search(r'\b%s\[\w*\][^;{]* = \{(.*?)\};' % words, text, re.S)[1]
            return ['%s:%s' % (path, name) for name in re.findall(r'(?<![\[\w])[a-z_]\w*', listed)]
        return ['?' + pattern for pattern in POINTERS[words] or ['the application']]

    def targets(self, name):
        for target in sorted(self.calls.get(name, ())):
            if target.startswith('?') and '*' not in target and '/' not in target:
                yield target[1:]
            elif target.startswith('?'):
                found = fnmatch.filter(self.frame, target[1:])
                if not found:
                    sys.exit('size: no function matches %s' % target[1:])
                yield from found
            else:
                yield target

    def depth(self, name, above=()):
        """(bytes, path, functions that are not counted) of the deepest call path."""
        if name in above:
            sys.exit('size: recursion: %s' % ' > '.join(above + (name,)))
        if name not in self.known:
            self.known[name] = self.look(name, above)
        return self.known[name]

    def look(self, name, above):
        if name not in self.frame:
            size = next((size for names, size in LEAVES.items() if re.fullmatch(names, name)), None)
            return size or 0, [name], {name} if size is None else set()
        below = [self.depth(target, above + (name,)) for target in self.targets(name)]
        size, path, _ = max(below, default=(0, [], set()), key=lambda way: way[0])
        return self.frame[name] + size, [name] + path, set().union(*(way[2] for way in below))


def stack_rows(stack, headers):
    rows = [['entry point', 'bytes', 'the deepest call path', 'called below it, not counted']]
    public = set(re.findall(r'\b(emrs_\w+)\(', '\n'.join(headers.values())))
    called = {target for calls in stack.calls.values() for target in calls}
    for name in sorted(stack.frame, key=lambda name: (':' in name, name)):
        is_port = name.startswith('port/') and name not in called
        if name not in public and not is_port:
            continue
        size, path, outside = stack.depth(name)
        shown = sorted({outsider(name, who) for who in outside})
        rows.append(['`%s`' % short(name), size, ' > '.join(short(step) for step in path), ', '.join(shown)])
    return rows


def outsider(entry, name):
    if name == 'the application':
        return name
    if not re.fullmatch(OUTSIDE, name):
        sys.exit('size: %s calls %s, whose stack is unknown' % (entry, name))
    return 'mbedTLS' if name.startswith(('mbedtls_', 'psa_')) else 'lwIP'


def short(name):
    return name.rsplit(':', 1)[-1]


def struct_rows(objects, headers, flags):
    """sizeof of every struct that the public headers have, read from an object."""
    text = re.sub(r'/\*.*?\*/', '', '\n'.join(headers.values()), flags=re.S)
    names = re.findall(r'^typedef struct[^{;]*\{[^}]*\} (\w+);', text, re.M)
    if len(names) != len(re.findall(r'^typedef struct\b[^;]*\{', text, re.M)):
        sys.exit('size: a public struct is declared in a way that size.py cannot read')
    source, path = WORK + '/structs.c', WORK + '/structs.o'
    with open(source, 'w') as file:
        file.writelines('#include "%s"\n' % os.path.abspath(header) for header in headers)
        file.writelines('char size_of_%s[sizeof(%s)];\n' % (name, name) for name in names)
    run(*objects.cc, '-std=c99', *shlex.split(flags), '-fno-common', '-c', source, '-o', path)
    found = re.findall(r'^\w+ (\w+) \w size_of_(\w+)$', run(objects.prefix + 'nm', '-S', path), re.M)
    sizes = {name: int(size, 16) for size, name in found}
    return [['struct', 'bytes']] + [['`%s`' % name, sizes[name]] for name in names]


# Figures of running images

def measured(before):
    """Tables of what measure_board.py has measured. If there is nothing, the old tables."""
    paths = sorted(glob.glob('build/firmware/*.json'))
    if not paths:
        kept = re.search('%s\n(.*?)%s' % tuple(map(re.escape, MEASURED)), before, re.S)
        return kept[1] if kept else 'No image has been measured yet.\n'
    boards = []
    for path in paths:
        with open(path) as file:
            boards.append(json.load(file))
    limits = [['what', 'bytes', 'limit', 'margin']]
    for board in boards:
        for row in (row for row in board['chains'] if row['ram']):
            limit = row['limit']
            what = '%s, RAM in all: %s' % (board['board'], row['chain'])
            limits.append([what, row['ram'], limit, limit and limit - row['ram']])
    lines = ['RAM in all: all static memory with the whole stack, and the arena that the chain needs with 3 % added.',
             'The arena is found by trying smaller ones until one is too small; the stack is painted. Nothing else is',
             'needed: an image has no heap. Lent memory is wiped and given back at the end of a call.', '', *table(*limits), '']
    lines += table(['image', 'flash', 'resident: data and bss', 'resident: stack', 'of it ever used',
                    'only during a call: work buffer, call, TLS struct'],
                   *([board[name] for name in ('board', 'flash', 'resident', 'stack_size', 'stack', 'in_call')]
                     for board in boards))
    lines += ['', 'Instructions, counted by the emulator, to two digits:', '']
    lines += table(['image', 'chain', 'only during a call: arena', 'longest without returning', 'longest without feeding a watchdog'],
                   *([board['board'], row['chain'], row['arena'], row['instructions'], row['unfed']]
                     for board in boards for row in board['chains']))
    return '\n'.join(lines) + '\n'


def title(options):
    """The versions that the figures are for."""
    with open(options.mbedtls + '/include/mbedtls/build_info.h') as file:
        mbedtls = re.search(r'MBEDTLS_VERSION_STRING +"([^"]+)"', file.read())[1]
    return '# Sizes, by %s, mbedTLS %s' % (run(shlex.split(options.cc)[0], '--version').split('\n')[0], mbedtls)


def configuration(flags):
    named = re.search(r'MBEDTLS_CONFIG_FILE=\W*([\w./-]+)', flags)
    return 'the mbedTLS configuration ' + named[1] if named else "mbedTLS's default configuration"


def write(options):
    objects = Objects(options)
    headers = {}
    for path in options.headers.split():
        with open(path) as file:
            headers[path] = file.read()
    rows = object_rows(objects, options.sources)
    linked, total, _ = linked_rows(objects, CANCEL, 'cancel')
    linked_stop, stop_flash, stop_ram = linked_rows(objects, STOP, 'stop')
    like = like_size(rows)
    structs = struct_rows(objects, headers, options.ports)
    stack = Stack(objects)
    figures = [
        ('sign, request, response, sieve, json with jsmn, retry, text, sha256: what coreHTTP, coreJSON, SigV4 and '
         'backoffAlgorithm do', like, LIKE_MAX),
        ('the core, linked for CancelJobRun alone', total, CORE_MAX),
        ('`emrs_client`', dict(structs[1:])['`emrs_client`'], CLIENT_MAX),
        ('stack of `emrs_step`', stack.depth('emrs_step')[0], STEP_MAX),
        ('the core, linked for credentials (IoT), look, cancel and wait', stop_flash, STOP_MAX),
        ('RAM of the same: structs, two work buffers, the stores of 2,048 bytes and for one tag', stop_ram, STOP_RAM_MAX),
        ('stack of `emrs_stop_step`', stack.depth('emrs_stop_step')[0], STOP_STEP_MAX)]
    texts = next(row for row in rows if row[0] == 'core/%s.c' % TEXTS)
    before = ''
    if os.path.exists('tests/SIZE.md'):
        with open('tests/SIZE.md') as file:
            before = file.read()
    lines = [
        title(options), '',
        'Written by `make size`; `tests/size/size.sh` compares it under the versions above. Bytes everywhere. Flags:',
        '`%s`; ports with %s.' % (' '.join(objects.cc[1:]), configuration(options.ports)), '',
        '## Limits', '',
        *table(['what', 'bytes', 'limit', 'margin'], *([what, size, most, most - size] for what, size, most in figures)),
        '', '## Flash', '',
        'Messages for people (hint.c) take %d bytes in a program that prints them.' % (texts[1] + texts[2]), '',
        '### Each object, whole', '', *table(*rows), '',
        '### As linked for CancelJobRun, by --gc-sections', '', *table(*linked), '',
        '### As linked for credentials (IoT), look, cancel and wait', '', *table(*linked_stop), '',
        '## Stack', '',
        'The deepest call path from each entry point, by the frames of -fcallgraph-info=su. Pointers are resolved by '
        'a table, recursion is an error.',
        'Not counted: interrupts, and the caller. `emrs_cancel_job_run` is inline, so its emrs_call is in the frame of '
        'the caller.', '',
        *table(*stack_rows(stack, headers)), '',
        '## Structs', '', *table(*structs), '',
        '## Measured in images', '', MEASURED[0], measured(before) + MEASURED[1]]
    with open(options.out, 'w') as file:
        file.write('\n'.join(lines) + '\n')


if __name__ == '__main__':
    parser = argparse.ArgumentParser(usage=__doc__)
    for name in 'out', 'cc', 'ports', 'hash', 'mbedtls', 'headers':
        parser.add_argument('--' + name, required=True)
    parser.add_argument('sources', nargs='+')
    parser.add_argument('--title', action='store_true', help='only the first line, on stdout')
    given = parser.parse_args()
    print(title(given)) if given.title else write(given)
