# syntax=docker/dockerfile:1
# Trains a model and makes an image that holds the server and this model, nothing else.

ARG RUST_VERSION=1.95

FROM rust:${RUST_VERSION}-bookworm AS toolchain
WORKDIR /canopy
# The image's own toolchain, whatever rust-toolchain.toml would have rustup fetch.
ENV RUSTUP_TOOLCHAIN=${RUST_VERSION}
RUN cargo install --locked cargo-chef@0.1.78

# The recipe holds manifests and the lock only, so that a change of code keeps the layer of the dependencies.
FROM toolchain AS recipe
COPY . .
RUN cargo chef prepare --recipe-path recipe.json

FROM toolchain AS build
COPY --from=recipe /canopy/recipe.json recipe.json
RUN cargo chef cook --release --locked --package trainer --package server --recipe-path recipe.json
COPY . .
RUN cargo build --release --locked --package trainer --package server

FROM build AS model
ARG CONF=configs/boston.json
RUN mkdir /models && target/release/trainer train --conf "${CONF}" --set output.dir=/models

# The whole checkout with the toolchain: docker-compose.test.yaml runs the tests in it.
FROM toolchain AS tests
COPY . .
CMD [".ci/run"]

# The trainer alone, for jobs on a cluster: docker build --target trainer --tag canopy-trainer .
FROM gcr.io/distroless/cc-debian12:nonroot AS trainer
COPY --from=build /canopy/target/release/trainer /usr/local/bin/trainer
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/trainer"]

FROM gcr.io/distroless/cc-debian12:nonroot AS server
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="canopy" \
      org.opencontainers.image.description="A random forest as a typed, documented HTTP API" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /canopy/target/release/server /usr/local/bin/server
COPY --from=model /models /models
# A version of the models in MODEL_FOLDER; the newest when empty.
ARG MODEL_VERSION=
ENV HOST=0.0.0.0 \
    PORT=8000 \
    MODEL_FOLDER=/models \
    MODEL_VERSION=${MODEL_VERSION}
EXPOSE 8000
# The number of distroless' `nonroot`, which a host can check without the image's user list.
USER 65532:65532
# There is no shell and no curl: the server asks itself.
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 \
    CMD ["/usr/local/bin/server", "--health-check"]
ENTRYPOINT ["/usr/local/bin/server"]
CMD ["--log-format", "json"]
