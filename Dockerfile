# The image holds the one static binary, and busybox for the health check.
# Build:  docker build --build-arg VERSION="$(git describe --tags --always --dirty)" -t yunzhuan .
# Run:    docker run -d --name yunzhuan -p 127.0.0.1:8642:8642 \
#             -v yunzhuan:/var/lib/yunzhuan \
#             -v "$PWD/config.yaml:/etc/yunzhuan/config.yaml:ro" --stop-timeout 20 yunzhuan
# The config must be readable for uid 10001; relative paths in it are below the volume.
# The demo listens on loopback alone, so it is of no use in a container: run the
# binary itself to try it.

FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/yunzhuan . \
 && mkdir -p /out/state

FROM busybox:1.37
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/yunzhuan /usr/local/bin/yunzhuan
# A new volume takes over the owner of the folder it is mounted on.
COPY --from=build --chown=10001:10001 --chmod=0700 /out/state /var/lib/yunzhuan
USER 10001:10001
WORKDIR /var/lib/yunzhuan
VOLUME /var/lib/yunzhuan
# A container's loopback cannot be reached from outside it; what may come in is
# decided by the port that is published.
ENV YUNZHUAN_HTTP_LISTEN=0.0.0.0:8642
EXPOSE 8642
STOPSIGNAL SIGTERM
# Alive, not ready: starting again does not mend a platform that is down.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8642/healthz"]
ENTRYPOINT ["yunzhuan"]
CMD ["serve", "--config", "/etc/yunzhuan/config.yaml"]
