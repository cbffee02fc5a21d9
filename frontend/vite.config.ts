import { readFileSync } from 'node:fs';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';
import { shadowStyleHashes } from './tools/shadow-styles.mjs';

const gateway = `http://127.0.0.1:${process.env['GATEWAY_PORT'] ?? '8000'}`;

/** Only this method goes to the gateway: the page of the same path belongs to the app. */
function postOnly(request: { method?: string }): string | undefined {
  return request.method === 'POST' ? undefined : '/index.html';
}

/**
 * Tells the browser to fetch at once what the first screen needs but no script imports directly:
 * for every page the chunk that speaks gRPC-Web, and in watch.html, the same shell for watch
 * pages, also the player and hls.js. Script download dominates the time to the first frame.
 */
function preloads(): Plugin {
  return {
    name: 'playhead-preloads',
    enforce: 'post',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        const shell = bundle['index.html'];
        if (shell?.type !== 'asset') throw new Error('index.html was not built');
        const html = String(shell.source);
        const withPreloads = (names: string[]): string => {
          const files = new Set<string>();
          const need = (fileName: string): void => {
            const chunk = bundle[fileName];
            if (chunk?.type !== 'chunk' || files.has(fileName)) return;
            files.add(fileName);
            chunk.imports.forEach(need);
          };
          for (const chunk of Object.values(bundle)) {
            if (chunk.type === 'chunk' && names.includes(chunk.name)) need(chunk.fileName);
          }
          const links = [...files]
            .filter((name) => !html.includes(name))
            .map((name) => `<link rel="modulepreload" crossorigin href="/${name}">`);
          return html.replace('</head>', `  ${links.join('\n    ')}\n  </head>`);
        };
        shell.source = withPreloads(['video-service']);
        this.emitFile({
          type: 'asset',
          fileName: 'watch.html',
          source: withPreloads(['video-service', 'WatchPage', 'hls']),
        });
      },
    },
  };
}

/** Writes styles.json for the gateway: which style elements its policy has to allow. */
function shadowStyles(): Plugin {
  return {
    name: 'playhead-shadow-styles',
    async generateBundle() {
      const source = JSON.stringify(await shadowStyleHashes());
      this.emitFile({ type: 'asset', fileName: 'styles.json', source });
    },
  };
}

/**
 * hls.js is built from its sources with its own switches (its build-config.js): what Playhead never
 * publishes (DRM, ad breaks, content steering, …) stays out. That is 40 kB gzip of 180.
 */
const hlsFeatures = {
  ALT_AUDIO: true,
  SUBTITLES: true,
  MEDIA_CAPABILITIES: true,
  CMCD: false,
  CONTENT_STEERING: false,
  EME_DRM: false,
  IFRAMES: false,
  INTERSTITIALS: false,
  M2TS_ADVANCED_CODECS: false,
  VARIABLE_SUBSTITUTION: false,
};
const hls = new URL('node_modules/hls.js/', import.meta.url);
const { version } = JSON.parse(readFileSync(new URL('package.json', hls), 'utf8')) as {
  version: string;
};

export default defineConfig({
  resolve: { alias: [{ find: /^hls\.js$/, replacement: new URL('src/hls.ts', hls).pathname }] },
  define: {
    ...Object.fromEntries(
      Object.entries(hlsFeatures).map(([name, used]) => [`__USE_${name}__`, String(used)]),
    ),
    __VERSION__: JSON.stringify(version),
    __IN_WORKER__: 'false',
  },
  plugins: [svelte(), preloads(), shadowStyles()],
  build: {
    target: 'es2023',
    // Small scripts are better cached as files, and a content security policy forbids inline ones.
    assetsInlineLimit: 0,
    // hls.js is one deliberate chunk; tools/check-size.mjs holds the real budgets.
    chunkSizeWarningLimit: 600,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            {
              name: 'tus',
              test: /node_modules\/(tus-js-client|js-base64|url-parse|requires-port|querystringify)/,
            },
            { name: 'hls', test: /node_modules\/(hls\.js|eventemitter3|url-toolkit|@svta)\// },
            // What every page needs; other services come with the pages that need them.
            {
              name: 'grpc',
              test: /node_modules\/@(connectrpc|bufbuild)|src\/gen\/.*\/(video|errors)_pb/,
            },
          ],
        },
      },
    },
  },
  server: {
    proxy: {
      '/api': gateway,
      '/config.json': gateway,
      '/upload': { target: gateway, bypass: postOnly },
      '^/videos/[^/]+/master\\.m3u8$': gateway,
    },
  },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
} as import('vite').UserConfig & { test: object });
