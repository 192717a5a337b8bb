# Builds the functions' zips: target/lambda/{function}.zip. The Makefile of the repository includes this.
.PHONY: package package-local package-dev package-prod
package: .venv-package/ready ## builds the functions' zips for AWS, ARCH=x86_64|arm64
	@PATH="$(CURDIR)/.venv-package/bin:$$PATH" infrastructure/tools/package --release

package-dev package-prod: package

package-local:
	@infrastructure/tools/package --stack

.venv-package/ready: infrastructure/tools/package-requirements.txt
	python3 -m venv .venv-package
	@echo '*' > .venv-package/.gitignore
	.venv-package/bin/pip install --quiet --require-hashes --requirement $<
	@touch $@
