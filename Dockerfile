# The program on Orleans; Silo__Role decides whether it is a silo, a gateway or both. What belongs to a rollup, its keys above all, is mounted and never in here.
FROM node:22-bookworm-slim AS dashboard
WORKDIR /source
COPY Gateway/Status/status.openapi.json Gateway/Status/
COPY dashboard/package.json dashboard/package-lock.json dashboard/
RUN cd dashboard && npm ci --no-audit --no-fund
COPY dashboard dashboard
RUN cd dashboard && npm run -s build

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc libc6-dev nodejs npm libsecp256k1-1 liblmdb0 \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY native native
RUN cd native && npm ci --no-audit --no-fund && ./build.sh
COPY . .
COPY --from=dashboard /source/dashboard/dist dashboard/dist
RUN dotnet publish Host -c Release -p:GrainRuntime=Orleans -o /program

FROM mcr.microsoft.com/dotnet/aspnet:10.0 AS program
RUN apt-get update \
    && apt-get install -y --no-install-recommends libsecp256k1-1 liblmdb0 \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o app -g app /data
WORKDIR /program
COPY --from=build /program .
COPY --from=build /source/dashboard/dist dashboard/dist
USER app
# As scripts/common.sh does, and for its reason: a youngest generation of 64 MiB.
ENV DOTNET_GCgen0size=4000000
EXPOSE 8080 11111 30000
STOPSIGNAL SIGTERM
ENTRYPOINT ["dotnet", "preconf-cloud.dll"]
CMD ["--data", "/data", "--listen", "http://0.0.0.0:8080"]
