# scim-bridge: `make demo` tries it, `make test` proves it, `make help` lists all.
#
# SAN=address,undefined or SAN=thread builds and tests with sanitizers, in a
# folder of its own. CC=clang works as well as gcc.

VERSION := 0.1.0
PREFIX  ?= /usr/local
LAYERS  := base schema scim store providers bridge server
B       ?= build/$(or $(subst $(comma),-,$(SAN)),plain)
comma   := ,

PKGS := libmicrohttpd jansson libcurl sqlite3 inih gnutls
# Asked once, and only when a recipe needs it: the packages may be installed by
# this very run.
PKG_CFLAGS = $(eval PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS)))$(PKG_CFLAGS)
PKG_LIBS   = $(eval PKG_LIBS := $(shell pkg-config --libs $(PKGS)) -lunistring -lpthread -lm)$(PKG_LIBS)

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wconversion -Wswitch-enum -Wvla -Werror
CFLAGS     ?= -O2 -g
HARDEN     ?= $(if $(SAN),,-D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE)
ALL_CFLAGS  = -std=c11 $(WARN) $(CFLAGS) $(HARDEN) -pthread \
	$(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer)
CPPFLAGS   += -I. -D_GNU_SOURCE -DSCIM_BRIDGE_VERSION='"$(VERSION)"'
ALL_LDFLAGS = $(LDFLAGS) $(if $(SAN),-fsanitize=$(SAN),-pie -Wl$(comma)-z$(comma)relro$(comma)-z$(comma)now)
# `make V=1` shows the commands themselves.
say         = $(if $(V),,@echo "  $(1)" && )
LINK        = $(call say,link $@)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^)

objs  = $(patsubst %.c,$(B)/%.o,$(wildcard $(1:%=%/*.c)))
EMBED := $(sort $(wildcard schema/*.json schema/*.sql providers/*.json))

# What a layer's tests are linked with: itself and what it may include.
base_NEEDS      := base
scim_NEEDS      := base schema scim
store_NEEDS     := base schema store
providers_NEEDS := base providers
# A helpdesk in memory (test/bridge/) stands in for providers/.
bridge_NEEDS    := base schema scim store bridge
# The server's tests bring a bridge of their own (test/server/fake_bridge.c).
server_NEEDS    := base schema scim store server
embedded = $(if $(filter schema,$(1)),$(B)/embedded.o)

all: build/scim-bridge build/helpdesk-sim
build/scim-bridge build/helpdesk-sim: build/%: $(B)/%
	@cmp -s $< $@ || cp $< $@

$(B)/scim-bridge: $(call objs,$(LAYERS)) $(B)/embedded.o
	$(LINK) $(PKG_LIBS)
$(B)/helpdesk-sim: $(call objs,test/sim)
	$(LINK) $(PKG_LIBS)

$(B)/embedded.c: $(EMBED) .ci/embed | need-build
	@mkdir -p $(@D)
	@.ci/embed $(EMBED) > $@.new && mv $@.new $@
$(B)/embedded.o: $(B)/embedded.c
	$(call say,cc   $<)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -Wno-overlength-strings -c -o $@ $<
$(B)/test/%.o: | need-test
$(B)/%.o: %.c | need-build
	@mkdir -p $(@D)
	$(call say,cc   $<)$(CC) $(CPPFLAGS) $(PKG_CFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# ---- tests ------------------------------------------------------------------

define unit_rules
$(1)_TESTS := $$(patsubst %.c,$$(B)/%,$$(wildcard test/$(1)/test_*.c))
$(1)_HELP := $$(patsubst %.c,$$(B)/%.o,$$(filter-out test/$(1)/test_%,$$(wildcard test/$(1)/*.c)))
$$($(1)_TESTS): $$(B)/test/$(1)/%: $$(B)/test/$(1)/%.o $$($(1)_HELP) \
		$$(filter-out %/server/main.o,$$(call objs,$$($(1)_NEEDS))) $$(call embedded,$$($(1)_NEEDS))
	$$(LINK) $$(PKG_LIBS) -lcmocka
unit-$(1): need-test $$($(1)_TESTS)
	@test/run $$($(1)_TESTS)
endef
$(foreach layer,base scim store providers bridge server,$(eval $(call unit_rules,$(layer))))
UNIT_TESTS := $(foreach layer,base scim store providers bridge server,$($(layer)_TESTS))

unit: need-test $(UNIT_TESTS)
	@test/run $(UNIT_TESTS)
e2e: need-test $(B)/scim-bridge $(B)/helpdesk-sim
	@BUILD=$(B) test/run $(sort $(wildcard test/e2e/test_*.py))
test: need-test $(UNIT_TESTS) $(B)/scim-bridge $(B)/helpdesk-sim
	@BUILD=$(B) test/run $(UNIT_TESTS) $(sort $(wildcard test/e2e/test_*.py))
# Every stop of every conversation in turn, then kill -9 at random (KILLS).
crash-points: need-test $(B)/test/bridge/test_recover $(B)/scim-bridge $(B)/helpdesk-sim
	@VERBOSE=1 BUILD=$(B) test/run $(B)/test/bridge/test_recover test/crash/kills
test-rt: need-test $(B)/scim-bridge
	@BUILD=$(B) test/run test/rt/conversations.py
# SCIM clients by others, in a folder of their own, against the bridge.
conformance: need-build need-test $(B)/scim-bridge $(B)/helpdesk-sim build/conformance/installed
	@BUILD=$(B) build/conformance/venv/bin/python test/conformance/run
build/conformance/installed: test/conformance/requirements.txt | need-conformance
	@mkdir -p $(@D)
	$(call say,pip  $<)python3 -m venv --clear $(@D)/venv && $(@D)/venv/bin/pip install -q --no-deps \
		--disable-pip-version-check -r $< && touch $@
# The end-to-end tests again, with the bridge under valgrind: those that reach
# every part of it, with all helpdesks once (test_suite).
VALGRIND_E2E := bulk cases crash cursor database demo groups helpscout invitations offboard parallel \
	protocol queries replay roles schemas shield start suite sync tasks users
test-valgrind: need-test need-memory $(B)/scim-bridge $(B)/helpdesk-sim
	@BUILD=$(B) WRAP="valgrind -q --error-exitcode=99 --leak-check=full" \
		test/run $(VALGRIND_E2E:%=test/e2e/test_%.py)

# A fuzzer's opening comment names what it is linked with: ` * Rooms: scim base`
# (whole rooms, or single .c files of one).
FUZZERS := $(patsubst test/fuzz/%.c,%,$(wildcard test/fuzz/fuzz_*.c))
FUZZ_SECONDS ?= 60
FUZZ_FLAGS := -g -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
fuzz_rooms   = $(shell sed -n 's/^ \* Rooms: *//p' test/fuzz/$(1).c)
fuzz_sources = $(foreach room,$(call fuzz_rooms,$(1)),$(if $(filter %.c,$(room)),$(room),$(wildcard $(room)/*.c)))
define fuzz_rule
build/fuzz/$(1): build/fuzz/test/fuzz/$(1).o $(patsubst %.c,build/fuzz/%.o,$(call fuzz_sources,$(1))) build/fuzz/embedded.o
	$$(call say,link $$@)clang -fsanitize=fuzzer,address,undefined -o $$@ $$^ $$(PKG_LIBS)
endef
ifneq ($(filter build/fuzz/%,$(MAKECMDGOALS)),)
$(foreach fuzzer,$(FUZZERS),$(eval $(call fuzz_rule,$(fuzzer))))
endif
build/fuzz/%.o: %.c
	@mkdir -p $(@D)
	$(call say,cc   $<)clang $(CPPFLAGS) $(PKG_CFLAGS) -std=c11 $(FUZZ_FLAGS) -MMD -MP -c -o $@ $<
build/fuzz/embedded.o: build/fuzz/embedded.c
	$(call say,cc   $<)clang $(CPPFLAGS) $(FUZZ_FLAGS) -c -o $@ $<
build/fuzz/embedded.c: $(EMBED) .ci/embed
	@mkdir -p $(@D)
	@.ci/embed $(EMBED) > $@
fuzz: need-build need-fuzz
	@$(MAKE) --no-print-directory $(FUZZERS:%=build/fuzz/%)
	@test/fuzz/run $(FUZZ_SECONDS) $(FUZZERS)

# The page of what each helpdesk can do; test/e2e/test_mistakes.py compares it.
docs: $(B)/scim-bridge
	@.ci/helpdesks $<

# ---- checks -----------------------------------------------------------------

SOURCES = $(shell git ls-files '*.c' '*.h')
check: need-build need-test need-check layers headers size banned format tidy cppcheck
layers:
	@awk -f .ci/layers.awk .ci/layers.txt $(SOURCES)
HEADERS := $(wildcard $(LAYERS:%=%/*.h) test/sim/*.h)
headers: $(HEADERS:%=$(B)/%.ok)
$(B)/%.h.ok: %.h | need-build
	@mkdir -p $(@D)
	@$(CC) $(CPPFLAGS) $(PKG_CFLAGS) $(ALL_CFLAGS) -fsyntax-only -x c $< && touch $@
size:
	@ctags -x --kinds-C=f --_xformat='%{end} %n %F %N' $(filter %.c,$(SOURCES)) | awk '\
		$$1 - $$2 >= 60 { print $$3 ":" $$2 ": " $$4 ": " $$1 - $$2 + 1 " lines"; bad = 1 } END { exit bad }'
	@wc -l $(filter %.c,$(SOURCES)) | awk '$$2 != "total" && $$1 > 600 { print $$2 ": " $$1 " lines"; bad = 1 } END { exit bad }'
	@wc -l $(filter %.h,$(SOURCES)) | awk '$$2 != "total" && $$1 > 300 { print $$2 ": " $$1 " lines"; bad = 1 } END { exit bad }'
banned:
	@! grep -nE '\<(strcpy|strcat|sprintf|vsprintf|strtok|gets|gmtime|localtime|atoi|atol|system|popen) *\(' $(SOURCES)
format:
	@clang-format --dry-run -Werror $(SOURCES)
TIDY := $(patsubst %.c,$(B)/%.tidy,$(wildcard $(LAYERS:%=%/*.c) test/sim/*.c))
tidy: $(TIDY)
$(B)/%.tidy: %.c .clang-tidy | need-build
	@mkdir -p $(@D)
	@clang-tidy --quiet --warnings-as-errors='*' $< -- -std=c11 $(CPPFLAGS) $(PKG_CFLAGS) 2>$@.log || { cat $@.log; exit 1; }
	@touch $@
# A NULL that ends variable arguments is a pointer wherever this is built.
cppcheck:
	@cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 --enable=warning,performance,portability \
		--suppress=missingIncludeSystem --suppress=varFuncNullUB -I. $(filter-out test/fuzz/%,$(filter %.c,$(SOURCES)))

# ---- running ----------------------------------------------------------------

demo: need-demo all
	@test/demo
bench: need-build need-bench all
	@bench/run
install: all
	install -D -m 755 build/scim-bridge $(DESTDIR)$(PREFIX)/bin/scim-bridge
	install -D -m 644 conf/scim-bridge.ini $(DESTDIR)$(PREFIX)/share/doc/scim-bridge/examples/scim-bridge.ini
	install -D -m 644 README.md $(DESTDIR)$(PREFIX)/share/doc/scim-bridge/README.md
	for f in providers/*.json; do install -D -m 644 $$f $(DESTDIR)$(PREFIX)/share/scim-bridge/$$f || exit 1; done
clean:
	rm -rf build
help:
	@echo "make         build/scim-bridge and build/helpdesk-sim"
	@echo "make demo    a simulated helpdesk with the bridge in front of it (PORT TOKEN STATE DESK)"
	@echo "make test    unit and end-to-end tests; with SAN=address,undefined or SAN=thread too"
	@echo "make test-rt the same conversations with a real Request Tracker"
	@echo "make crash-points  kill -9 at every stop of every conversation, then at random (KILLS=200)"
	@echo "make conformance  SCIM clients by others, every complaint fixed or argued"
	@echo "make check   layers, headers, sizes, banned calls, format, clang-tidy, cppcheck"
	@echo "make docs    docs/helpdesks.md, from the profiles"
	@echo "make fuzz | bench | test-valgrind | install (DESTDIR PREFIX) | clean"

NEEDS := need-demo need-bench need-build need-check need-conformance need-fuzz need-memory need-test
$(NEEDS):
	@.ci/need $(@:need-%=%)

-include $(wildcard $(B)/*.d $(B)/*/*.d $(B)/*/*/*.d build/fuzz/*/*.d build/fuzz/*/*/*.d)
.PHONY: need-demo all docs test unit e2e crash-points test-rt conformance test-valgrind fuzz check layers headers size \
	banned format tidy cppcheck demo bench install clean help need-build \
	need-test need-conformance need-check need-fuzz need-memory need-bench
