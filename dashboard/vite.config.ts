import { defineConfig, type Plugin } from 'vite';

/** The recorded scenario in the place of a gateway: `npm run demo`. */
function scenario(): Plugin {
  return {
    name: 'scenario',
    async configureServer(server) {
      const [{ ScenarioApi }, { Scenario }] = await Promise.all([import('./tests/scenario/server.js'), import('./tests/scenario/scenario.js')]);
      const api = new ScenarioApi(new Scenario());
      setInterval(() => api.scenario.advance(100), 100);
      server.middlewares.use((request, response, next) => {
        if (!api.handle(request, response)) {
          next();
        }
      });
    },
  };
}

const gateway = process.env['GATEWAY'] ?? 'http://127.0.0.1:8080';

export default defineConfig(({ mode }) => ({
  plugins: mode === 'scenario' ? [scenario()] : [],
  server: { host: '127.0.0.1', proxy: mode === 'scenario' ? {} : { '/api': gateway, '/rpc': { target: gateway, ws: true }, '/health': gateway } },
  build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
}));
