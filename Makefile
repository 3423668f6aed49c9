# The two commands of the README. Everything else is a CMake preset or a script in tools/.
PRESET ?= release
BUILD := build/$(PRESET)
JOBS ?= $(shell nproc)

.PHONY: all demo test test-slow test-asan fuzz configure build bootstrap check tidy bench-tasks clean
all: build

bootstrap:
	@tools/bootstrap.sh
configure: bootstrap
	@test -f $(BUILD)/build.ninja || cmake --preset $(PRESET)
build: configure
	@cmake --build $(BUILD) -j $(JOBS)
test: build
	@ctest --test-dir $(BUILD) -j $(JOBS) --output-on-failure -LE slow
test-slow: build
	@ctest --test-dir $(BUILD) -j $(JOBS) --output-on-failure -L slow
# The tests of these folders under AddressSanitizer and UndefinedBehaviorSanitizer; folders with torch may be named too.
SANITIZED ?= core config text tasks data store report
test-asan: bootstrap
	@test -f build/asan/build.ninja || cmake --preset asan
	@cmake --build build/asan -j $(JOBS) --target $(SANITIZED:%=test_%)
	@ASAN_OPTIONS=detect_leaks=$(if $(filter model adapter strategy train eval cli,$(SANITIZED)),0,1) \
	  ctest --test-dir build/asan -j $(JOBS) --output-on-failure -R '^($(subst $(subst ,, ),|,$(strip $(SANITIZED))))\.'
# Each fuzz target (or those of FUZZ_TARGETS) for FUZZ_SECONDS; needs clang and its sanitizer runtime. Part of the slow tier.
FUZZ_SECONDS ?= 30
FUZZ_TARGETS ?= $$(cat build/fuzz/tests/fuzz/fuzz_targets.txt)
fuzz: bootstrap
	@command -v clang++ >/dev/null || { echo "fuzz: needs clang and its run-time: apt-get install clang libclang-rt-dev" >&2; exit 2; }
	@test -f build/fuzz/build.ninja || cmake --preset fuzz
	@cmake --build build/fuzz -j $(JOBS) --target fuzz
	@set -e; for name in $(FUZZ_TARGETS); do \
	  mkdir -p build/fuzz/corpus/$$name; \
	  build/fuzz/tests/fuzz/$${name}_fuzz -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -timeout=10 -print_final_stats=1 \
	    -artifact_prefix=build/fuzz/$$name- build/fuzz/corpus/$$name; done
# Every task on the small model, public data where it is there; writes the table of docs/tasks.md.
bench-tasks: build
	@python3 bench/tasks.py --program $(BUILD)/src/cli/polyclinic
demo: build
	@$(BUILD)/src/cli/polyclinic demo
check:
	@tools/check.sh
tidy: configure
	@tools/tidy.sh
clean:
	rm -rf build
