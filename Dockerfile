# syntax=docker/dockerfile:1
# `hark serve` as an image: the program, the C library that it needs, and nothing else. Containers are explained in
# infrastructure/kubernetes/README.md.
#
# Base images are named with their tags. To pin one to its content, give its digest instead, as
# `docker buildx imagetools inspect NAME` prints it:
#   docker build --build-arg RUN_IMAGE=gcr.io/distroless/cc-debian12@sha256:... .
ARG BUILD_IMAGE=docker.io/library/rust:1.95.0-slim-bookworm
ARG RUN_IMAGE=gcr.io/distroless/cc-debian12:nonroot

FROM ${BUILD_IMAGE} AS build
# That of the image, whatever rust-toolchain.toml lists beside it for developers.
ENV RUSTUP_TOOLCHAIN=1.95.0 CARGO_INCREMENTAL=0
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    cargo build --locked --release --package cli --bin hark \
    && install -D --mode 0755 target/release/hark /out/hark \
    && mkdir --mode 0700 /out/data

FROM ${RUN_IMAGE}
# Roots of trust for TLS are in the program (webpki-roots), and nothing is written outside of the volume: the root file
# system can be read-only.
COPY --from=build /out/hark /usr/local/bin/hark
# A new volume takes over whose folder this is.
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
ENV HARK_DATA=/data HARK_BIND=0.0.0.0 HARK_PORT=8080 HARK_LOG_FORMAT=json
VOLUME ["/data"]
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["/usr/local/bin/hark", "health"]
# Notes in work are finished first: stop it with `docker stop --time 40`.
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/hark"]
CMD ["serve"]
