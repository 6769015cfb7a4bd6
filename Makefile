# The two commands of the README are `make demo` and `make test`; both do all the set-up.

PREFIX ?= /usr/local
DESTDIR ?=
SWIFT ?= swift
RELEASE := .build/release
RELEASE_FLAGS := -c release --static-swift-stdlib
# A Python with PyPI's varlink, for the test with a client that is not ours.
export NOVI_VARLINK_PYTHON ?= $(CURDIR)/.build/python/bin/python
# The same Python, with schemathesis and prometheus_client, for the tests of the API.
export NOVI_TEST_PYTHON ?= $(CURDIR)/.build/python/bin/python

.PHONY: help setup build release manual test check format lint demo bench simulate e2e oracle faults cgroups deb deb-test install clean

help:
	@echo "make demo      set up, build, start database, API, WhatsApp simulator and examples, show them"
	@echo "make test      set up, build, run all tests"
	@echo "make check     formatter and tests"
	@echo "make build     debug build          make release   static release build"
	@echo "make format    format the sources   make bench     figures against other supervisors"
	@echo "make simulate SEED=n                replay one simulation"
	@echo "make e2e       end-to-end tests     make install PREFIX=/usr/local"
	@echo "make oracle    logs against 300 kills of the daemon and a line of a gigabyte"
	@echo "make faults    kill -9 of the daemon at every system call"
	@echo "make cgroups   apps' cgroups with memory and pids, on a kernel of its own"
	@echo "make deb       Debian package in .build/deb"
	@echo "make deb-test  that package installed, upgraded, removed on a real systemd and in a clean Debian (root)"

setup:
	@scripts/setup.sh

build: setup
	$(SWIFT) build

release: setup
	$(SWIFT) build $(RELEASE_FLAGS) --product noviSupervisord
	$(SWIFT) build $(RELEASE_FLAGS) --product noviSupervisor
	$(SWIFT) build $(RELEASE_FLAGS) --product noviKeeper
	$(SWIFT) build $(RELEASE_FLAGS) --product noviMonitor
	$(SWIFT) build $(RELEASE_FLAGS) --product noviWorker
	$(SWIFT) build $(RELEASE_FLAGS) --product noviGateway

# One build, then the tests of all targets in five processes. The gateway's tests play the supervisor that it asks, with deadlines
# as people have them: a machine that is full of other tests would miss them. The simulation computes for a minute and would starve tests
# that wait for others. The tests of the kernel wrappers make their process the reaper of orphans, which would catch the
# children that other tests leave behind on purpose; unreaped ones stop the runner's own wait for exit tests.
test: setup
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build --skip EndToEndTests --skip SupervisorSimulationTests --skip LinuxSystemTests --skip noviGatewayTests
	$(SWIFT) test --skip-build --filter noviGatewayTests
	$(SWIFT) test --skip-build --filter LinuxSystemTests
	$(SWIFT) test --skip-build --filter SupervisorSimulationTests
	$(SWIFT) test --skip-build --filter EndToEndTests

check: lint test

lint:
	$(SWIFT) format lint --strict --recursive Sources Tests Package.swift

format:
	$(SWIFT) format --in-place --recursive Sources Tests Package.swift

demo: release
	@scripts/demo.sh $(RELEASE)

bench: release
	@Benchmarks/run.sh

simulate:
	NOVI_SEED=$(SEED) $(SWIFT) test --filter SupervisorSimulationTests

e2e: setup
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build --filter EndToEndTests

# Logs held against what was written, over KILLS kills of the daemon under load, and a line of BYTES: takes some minutes and 2 GB of disk.
oracle: setup
	$(SWIFT) build --build-tests
	NOVI_ORACLE_KILLS=$(or $(KILLS),300) NOVI_LONG_LINE_BYTES=$(or $(BYTES),1000000000) $(SWIFT) test --skip-build \
		--filter 'LogsEndToEndTests|LogFaultEndToEndTests'

# kill -9 of the daemon at every system call of start, stop, restart, scale, replace, delete, respawn, rotate, upgrade and of its
# own start: takes most of an hour. FAULTS=40 for so many of each, OPERATIONS=stop,upgrade for some.
faults: setup
	$(SWIFT) build --build-tests
	NOVI_FAULTS=$(or $(FAULTS),all) NOVI_FAULT_OPERATIONS=$(OPERATIONS) $(SWIFT) test --skip-build --filter KillCampaignTests

# Memory and tasks counted by the kernel, on a systemd with a kernel of its own; installs user-mode-linux where it is missing.
cgroups: setup
	command -v linux.uml >/dev/null || apt-get install -y -qq --no-install-recommends user-mode-linux
	$(SWIFT) build --build-tests
	NOVI_OWN_KERNEL=1 $(SWIFT) test --skip-build --filter ControllerEndToEndTests

# What makes manual pages of --help, by the authors of the argument parser. Not a product of ours, so that it is built apart.
MANUAL := .build/manual/release/generate-manual
manual:
	$(SWIFT) build -c release --package-path .build/checkouts/swift-argument-parser --scratch-path .build/manual \
		--product generate-manual

deb: release manual
	@scripts/deb.sh $(RELEASE) $(MANUAL) .build/deb

# Takes the newest package that is there.
deb-test: setup
	@scripts/deb-test.sh .build/deb

install: release manual
	@scripts/install.sh $(RELEASE) $(MANUAL) "$(PREFIX)" "$(DESTDIR)"

clean:
	rm -rf .build
