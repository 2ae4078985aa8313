# What a person types. Each line hands over to one script of build/, where the how and the why stand.

.DEFAULT_GOAL := help
.PHONY: help run build cli test test-all lint fuzz bench check-outside dist dist-test clean

help: ## say what there is
	@sed -n 's/^\([a-z-]*\):.*## /  make \1|/p' Makefile | while IFS='|' read -r a b; do printf '%-18s %s\n' "$$a" "$$b"; done

run: ## build Passerelle and open its window
	@sh build/run.sh

build: ## build the window program: ./passerelle
	@sh build/program.sh window passerelle

cli: ## build the terminal program, without cgo: ./passerelle
	@sh build/program.sh terminal passerelle

test: ## everything fast: style, every package, the lab, one story in the window (10 minutes at most)
	@sh build/test.sh

test-all: ## everything there is, fuzzing included (FUZZTIME=1m a target)
	@PASSERELLE_ALL=1 sh build/test.sh

lint: ## style, vet, staticcheck, and vet for Windows and macOS
	@sh build/lint.sh

fuzz: ## every fuzz target for FUZZTIME (1m)
	@sh build/fuzz.sh

bench: ## how fast: beside curl over a wire of 40 ms, a table to read (README)
	@PASSERELLE_BENCH=1 CGO_ENABLED=0 go test -count=1 -timeout 20m -run '^TestSpeed$$' -v ./checks/lab

check-outside: ## ask the real api.globalping.io once (needs the Internet; never part of the tests)
	@PASSERELLE_LIVE=1 CGO_ENABLED=0 go test -count=1 -timeout 1m -run '^TestLive$$' -v ./checks/outside

dist: ## what people download: exe, deb, tar.xz in dist/
	@sh build/dist.sh

dist-test: ## install the deb in a clean root and open its window; start the exe under Wine
	@sh build/test-deb.sh
	@sh build/test-wine.sh

clean: ## remove what was built here
	rm -rf dist build/out passerelle passerelle.exe rsrc_windows_amd64.syso
