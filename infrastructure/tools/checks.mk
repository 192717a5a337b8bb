# Checks of the templates by tools that others keep; our own rules are tests: tests/python/templates. The Makefile of the
# repository includes this.
.PHONY: lint-templates
lint-templates: .venv/ready .venv-checkov/ready ## cfn-lint, checkov, hadolint; what is left out has a reason in the template
	.venv/bin/cfn-lint infrastructure/*.yaml
	.venv/bin/hadolint Dockerfile
	for version in 1.36 1.37; do \
	  .venv/bin/kubernetes-validate --strict --quiet --kubernetes-version $$version \
	    infrastructure/kubernetes/[!k]*.yaml || exit 1; done
	@# It asks nobody: neither for a newer version of itself, nor for anything of its vendor's platform.
	CKV_SKIP_PACKAGE_UPDATE_CHECK=true .venv-checkov/bin/checkov --directory infrastructure --compact --quiet \
	  --skip-download

.venv-checkov/ready: infrastructure/tools/checkov-requirements.txt
	python3 -m venv .venv-checkov
	@echo '*' > .venv-checkov/.gitignore
	.venv-checkov/bin/pip install --quiet --require-hashes --requirement $<
	@touch $@
