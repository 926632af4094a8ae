# Bobbin with the page built beforehand: one process by default, its parts by other commands (docker-compose.yml).
# The build needs the package registry; running needs nothing but its volume.
FROM node:24.11.0-bookworm-slim AS build
WORKDIR /bobbin
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev
COPY . .
RUN node -e "import('./setup.js').then(({ buildWeb }) => process.exit(buildWeb() ? 0 : 1))"

FROM node:24.11.0-bookworm-slim
WORKDIR /bobbin
COPY --from=build --chown=root:root /bobbin ./
RUN mkdir /data && chown node:node /data
USER node
ENV NODE_ENV=production BOBBIN_DATA=/data BOBBIN_HTTP=0.0.0.0:8080 BOBBIN_MQTT=0.0.0.0:1883
VOLUME /data
EXPOSE 8080 1883
# Broker and collector answer there too, for this question alone.
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/api/v1/health').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
STOPSIGNAL SIGTERM
CMD ["node", "start.js"]
