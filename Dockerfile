# Understudy: the server, which is h2agent too, and its load generator.
#
#   docker build -t understudy .
#   docker run --rm -p 8000:8000 -p 8074:8074 -p 8080:8080 understudy
#   docker run --rm understudy serve --help                                     another command or other options
#   docker run --rm --entrypoint h2agent understudy --help                      in the place of h2agent
#   docker run --rm --network host --entrypoint loadtest understudy --help      the load generator
#
# `st/docker` runs these steps without Docker, on a bare Debian; it knows the instructions that stand here, and refuses
# others.

# The manifests, and crates with nothing in them. They change only when a dependency does: the layer below, in which all
# dependencies are compiled, is made anew then, and not for every change of the sources.
FROM debian:bookworm-slim AS manifests
WORKDIR /understudy
COPY . .
RUN find . -type f ! -name Cargo.toml ! -name Cargo.lock ! -name lib.rs ! -name main.rs -delete \
    && find . -type d -empty -delete \
    && find . -name '*.rs' -exec sh -c 'echo "fn main() { }" > "$1"' _ {} \;

# The compiler's image has a C compiler, which mimalloc and ring need.
FROM rust:1.95-slim-bookworm AS build
# The symbols stay, for perf; the line tables, three quarters of the file, do not.
ENV CARGO_PROFILE_RELEASE_STRIP=debuginfo
WORKDIR /understudy
COPY --from=manifests /understudy .
RUN cargo build --release --locked --workspace --bins
COPY . .
# Cargo goes by times, and the files may be older than the empty crates that were compiled a moment ago.
RUN find . -name '*.rs' -not -path './target/*' -exec touch {} + \
    && cargo build --release --locked --workspace --bins

FROM debian:bookworm-slim
COPY LICENSE-APACHE LICENSE-MIT /usr/share/doc/understudy/
COPY --from=build /understudy/target/release/understudy /understudy/target/release/loadtest /usr/local/bin/
# Under the name h2agent the program has h2agent's options; its charts look for it in /opt.
RUN ln -s /usr/local/bin/understudy /usr/local/bin/h2agent \
    && ln -s /usr/local/bin/understudy /opt/h2agent

# A number, so that Kubernetes sees that it is not root. All ports are above 1024, and nothing is written to files.
USER 65532:65532

# Traffic, the REST interface, metrics.
EXPOSE 8000 8074 8080

# Asks the REST interface. Where it has another address, or TLS (--secure-admin), say so in UNDERSTUDY_HEALTH_URL.
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 CMD ["understudy", "health"]

# In the exec form the server is process 1 itself: SIGTERM reaches it, it stops taking connections and finishes what is
# in progress, for 10 seconds at most (--drain-timeout-ms). Docker kills after 10 seconds, too: to wait longer, raise
# both.
#
# Docker's default seccomp profile refuses io_uring. The server then runs on epoll, at nearly the same speed, and says
# so in the `driver` line when it starts. A profile that permits io_uring_setup, io_uring_enter and io_uring_register
# (docker run --security-opt seccomp=FILE) gives io_uring back.
ENTRYPOINT ["/usr/local/bin/understudy"]
CMD ["serve"]
