import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';
import { shadowStyleHashes } from './tools/shadow-styles.mjs';

const gateway = `http://127.0.0.1:${process.env['GATEWAY_PORT'] ?? '8000'}`;

/** The address names a video; the page is the same for all. */
const embedPage = (): string => '/embed.html';

/** Only this method goes to the gateway: the page of the same path belongs to the app. */
function postOnly(request: { method?: string }): string | undefined {
  return request.method === 'POST' ? undefined : '/index.html';
}

/**
 * Tells the browser to fetch at once what the first screen needs but no script imports directly:
 * for every page of the app the chunk that speaks gRPC-Web, in watch.html, the same shell for watch
 * pages, also the player and hls.js, and in embed.html hls.js. Script download dominates the time to
 * the first frame.
 */
function preloads(): Plugin {
  return {
    name: 'playhead-preloads',
    enforce: 'post',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        const page = (name: string): { source: string | Uint8Array } => {
          const found = bundle[name];
          if (found?.type !== 'asset') throw new Error(`${name} was not built`);
          return found;
        };
        const withPreloads = (html: string, names: string[]): string => {
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
        const shell = page('index.html');
        const embed = page('embed.html');
        const plain = String(shell.source);
        shell.source = withPreloads(plain, ['video-service']);
        embed.source = withPreloads(String(embed.source), ['hls']);
        this.emitFile({
          type: 'asset',
          fileName: 'watch.html',
          source: withPreloads(plain, ['video-service', 'WatchPage', 'hls']),
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

export default defineConfig({
  plugins: [svelte(), preloads(), shadowStyles()],
  build: {
    target: 'es2023',
    // Small scripts are better cached as files, and a content security policy forbids inline ones.
    assetsInlineLimit: 0,
    // hls.js is one deliberate chunk; tools/check-size.mjs holds the real budgets.
    chunkSizeWarningLimit: 800,
    rolldownOptions: {
      input: { index: 'index.html', embed: 'embed.html' },
      output: {
        codeSplitting: {
          groups: [
            {
              name: 'tus',
              test: /node_modules\/(tus-js-client|js-base64|url-parse|requires-port|querystringify)/,
            },
            { name: 'hls', test: /node_modules\/hls\.js/ },
            { name: 'grpc', test: /node_modules\/@(connectrpc|bufbuild)|src\/gen/ },
          ],
        },
      },
    },
  },
  server: {
    proxy: {
      '/api': gateway,
      '/config.json': gateway,
      '/embed/': { target: gateway, bypass: embedPage },
      '/oembed': gateway,
      '/upload': { target: gateway, bypass: postOnly },
      '^/videos/[^/]+/master\\.m3u8$': gateway,
    },
  },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
} as import('vite').UserConfig & { test: object });
