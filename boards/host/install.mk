# SPDX-License-Identifier: MIT
# `make install`, `make uninstall` and `make static`.
#
# PREFIX   the default is /usr/local; BINDIR, LIBDIR, INCLUDEDIR, MANDIR and COMPLETIONDIR are folders below it
# DESTDIR  a folder that is put before all these, for packagers

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
MANDIR ?= $(PREFIX)/share/man
COMPLETIONDIR ?= $(PREFIX)/share/bash-completion/completions
EMRS_VERSION = $(shell sed -n 's/^.define EMRS_VERSION "\(.*\)"/\1/p' include/emrs.h)
# lwIP's port is compiled with the user's own lwipopts.h, so it is not in the library.
INSTALL_HEADERS = $(filter-out include/emrs_lwip%,$(wildcard include/*.h))

# mbedTLS 3.6 has .pc files, and 2.28 has none.
$(BUILD)/emrs.pc: boards/host/emrs.pc.in include/emrs.h boards/host/install.mk
	@mkdir -p $(@D)
	@if pkg-config --exists mbedtls 2>/dev/null; then private="Requires.private: mbedtls mbedx509 mbedcrypto"; \
	else private="Libs.private: -lmbedtls -lmbedx509 -lmbedcrypto"; fi; \
	sed -e "s|@LIBDIR@|$(LIBDIR)|; s|@INCLUDEDIR@|$(INCLUDEDIR)|; s|@VERSION@|$(EMRS_VERSION)|" \
	    -e "s|@PRIVATE@|$$private|" $< >$@

# The options come from the command's own table, except those that it refuses.
$(BUILD)/emrs.bash: boards/host/emrs.bash.in boards/host/options.def
	@mkdir -p $(@D)
	@of() { sed -n "/, REFUSED,/!s/^OPTION([A-Z_]*, \"\([a-z-]*\)\",.*, \(.*$$1.*\))$$/--\1/p" boards/host/options.def | tr '\n' ' '; }; \
	sed -e "s/@ANY@/$$(of '')/; s/@CANCEL@/$$(of '\(ALL\|CANCEL\)')/; s/@GET@/$$(of '\(ALL\|GET\)')/; s/@DRILL@/$$(of '\(ALL\|DRILL\)')/" $< >$@

# uninstall removes exactly these.
INSTALLED = $(BINDIR)/emrs $(LIBDIR)/libemrs.a $(LIBDIR)/pkgconfig/emrs.pc $(MANDIR)/man1/emrs.1 \
            $(COMPLETIONDIR)/emrs $(INSTALL_HEADERS:include/%=$(INCLUDEDIR)/emrs/%)

# make splits names at spaces: install and uninstall would take `/opt/my emrs` for the two names /opt/my and emrs.
# emrs.pc names PREFIX, so it must be absolute. The mbedTLS in MBEDTLS_DIR is built with one more option than the
# system's. If an application for the system's mbedTLS used a library for this one, it would overwrite memory.
refuse = $(foreach name,DESTDIR PREFIX BINDIR LIBDIR INCLUDEDIR MANDIR COMPLETIONDIR,\
    $(if $(word 2,[$($(name))]),$(error $(name) has a space: [$($(name))])))\
    $(if $(filter /%,$(PREFIX)),,$(error PREFIX must begin with /: [$(PREFIX)]))\
    $(if $(MBEDTLS_DIR),$(error make install takes the system's mbedTLS: leave MBEDTLS_DIR out))

install: all $(BUILD)/emrs.pc $(BUILD)/emrs.bash ## installs command, library, headers, emrs.pc, man page and completion into PREFIX
	$(refuse)install -d $(sort $(dir $(addprefix $(DESTDIR),$(INSTALLED))))
	install -m 755 $(BUILD)/emrs $(DESTDIR)$(BINDIR)/emrs
	install -m 644 $(BUILD)/libemrs.a $(DESTDIR)$(LIBDIR)/libemrs.a
	install -m 644 $(BUILD)/emrs.pc $(DESTDIR)$(LIBDIR)/pkgconfig/emrs.pc
	install -m 644 boards/host/emrs.1 $(DESTDIR)$(MANDIR)/man1/emrs.1
	install -m 644 $(BUILD)/emrs.bash $(DESTDIR)$(COMPLETIONDIR)/emrs
	install -m 644 $(INSTALL_HEADERS) $(DESTDIR)$(INCLUDEDIR)/emrs

uninstall: ## removes what `make install` installed
	$(refuse)rm -f $(addprefix $(DESTDIR),$(INSTALLED))
	-rmdir $(DESTDIR)$(INCLUDEDIR)/emrs

# The shell of the inner make reads these again, hence the quotes within quotes.
STATIC_CFLAGS = -Os -ffunction-sections -fdata-sections -Iboards/host -Ibuild/static \
                "-DMBEDTLS_CONFIG_FILE=<static_mbedtls.h>" "-DEMRS_ROOTS=<amazon_roots.c>"
STATIC_CC ?= musl-gcc

static: ## builds build/static/emrs, which needs no other file, not even a CA bundle (installs what it needs)
	@tests/install.sh musl-tools openssl ca-certificates
	@[ -n "$(MBEDTLS_DIR)" ] || $(MAKE) $(PARALLEL) -s deps
	@$(MAKE) $(PARALLEL) -s build/static/amazon_roots.c
	@$(MAKE) $(PARALLEL) -s BUILD=build/static CC=$(STATIC_CC) MBEDTLS_DIR=$(or $(MBEDTLS_DIR),$(DEPS)/mbedtls) \
	    CFLAGS='$(STATIC_CFLAGS)' LDFLAGS='-static -s -Wl,--gc-sections' build/static/emrs
	@ls -l build/static/emrs
build/static/amazon_roots.c: port/tls/roots.sh
	@mkdir -p $(@D)
	@port/tls/roots.sh $@
# The .pc file is always written anew, because PREFIX may have changed.
.PHONY: install uninstall static $(BUILD)/emrs.pc
