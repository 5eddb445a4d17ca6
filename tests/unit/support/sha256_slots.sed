# SPDX-License-Identifier: MIT
# Fills in the marked lines of port/template/sha256_slots.c for the engine of test_check_hash.c.
s|^#define YOURS_ENGINE 0 .*TODO: .*|#define YOURS_ENGINE 1|
/TODO: include/d
s|^typedef int handle; .*TODO: .*|typedef int handle;|
s|^enum { SLOT_COUNT = 2 }; .*TODO: .*|enum { SLOT_COUNT = 9 };|
s|return false; .*TODO: begin .*|return (*h = sdk_open()) != BUSY;|
s|return false; .*TODO: hash .*|return sdk_update(h, bytes, size) == 0;|
s|return false; .*TODO: get .*|return sdk_finish(h, digest) == 0;|
s|(void)h; .*TODO: close h, .*|sdk_close(h);|
s|(void)0; .*TODO: take .*|assert_false(is_locked), is_locked = true;|
s|(void)0; .*TODO: release .*|assert_true(is_locked), is_locked = false;|
# How much of the table is in use changes from test to test.
s|i < SLOT_COUNT;|i < now->table_count;|
