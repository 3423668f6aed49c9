# The two commands of the README. Everything else is a CMake preset or a script in tools/.
PRESET ?= release
BUILD := build/$(PRESET)
JOBS ?= $(shell nproc)

.PHONY: all demo test configure build bootstrap format check bench clean
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
demo: build
	@$(BUILD)/src/cli/polyclinic demo
check:
	@tools/check.sh
clean:
	rm -rf build
