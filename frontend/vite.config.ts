import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';
import { compress } from './tools/compress.mjs';
import { shadowStyleHashes } from './tools/shadow-styles.mjs';

const gateway = `http://127.0.0.1:${process.env['GATEWAY_PORT'] ?? '8000'}`;

/** Only this method goes to the gateway: the page of the same path belongs to the app. */
function postOnly(request: { method?: string }): string | undefined {
  return request.method === 'POST' ? undefined : '/index.html';
}

interface Modules {
  getModuleInfo(id: string): { importedIds: readonly string[] } | null;
}

let shell: Set<string> | null = null;

/** What the entry imports, and what that imports, is one file. */
function shellChunk(moduleId: string, modules: Modules): string | null {
  if (shell === null) {
    shell = new Set();
    const queue = [fileURLToPath(new URL('src/app/main.ts', import.meta.url))];
    for (const id of queue) {
      if (shell.has(id)) continue;
      shell.add(id);
      queue.push(...(modules.getModuleInfo(id)?.importedIds ?? []));
    }
  }
  return shell.has(moduleId) ? 'shell' : null;
}

/** Pages that get the shell in a document of their own: the chunks that they need beside it. */
const documents: Record<string, string[]> = {
  'index.html': [],
  'home.html': ['HomePage'],
  'watch.html': ['WatchPage', 'hls'],
};

/**
 * Tells the browser to fetch at once what the first screen needs but no script imports directly:
 * the chunk that speaks gRPC-Web and what the gateway says of itself, and in the documents of
 * single pages those, player and hls.js with them. Script download dominates the time to the
 * first frame.
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
          const config = '<link rel="preload" as="fetch" crossorigin href="/config.json">';
          return html.replace('</head>', `  ${[config, ...links].join('\n    ')}\n  </head>`);
        };
        for (const [fileName, names] of Object.entries(documents)) {
          const source = withPreloads(['video-service', ...names]);
          if (fileName === 'index.html') shell.source = source;
          else this.emitFile({ type: 'asset', fileName, source });
        }
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

/** Beside each text file the same compressed, for the gateway to serve: it compresses nothing itself. */
function compressed(): Plugin {
  return {
    name: 'playhead-compressed',
    apply: 'build',
    enforce: 'post',
    writeBundle: ({ dir }) => compress(dir ?? 'dist'),
  };
}

export default defineConfig({
  plugins: [svelte(), preloads(), shadowStyles(), compressed()],
  build: {
    target: 'es2023',
    // Small scripts are better cached as files, and a content security policy forbids inline ones.
    assetsInlineLimit: 0,
    // All of it is less than what a dozen more requests cost, and no page is ever drawn without.
    cssCodeSplit: false,
    // hls.js is one deliberate chunk; tools/check-size.mjs holds the real budgets.
    chunkSizeWarningLimit: 800,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            // Many small files cost a slow line more than they save.
            { name: shellChunk, debugName: 'shell', priority: 3 },
            { name: 'ui', test: /src\/ui\//, priority: 1 },
            {
              name: 'tus',
              test: /node_modules\/(tus-js-client|js-base64|url-parse|requires-port|querystringify)/,
            },
            { name: 'hls', test: /node_modules\/hls\.js/ },
            {
              name: 'grpc',
              test: /node_modules\/@(connectrpc|bufbuild)|src\/gen|src\/api\/(grpc|rpc-errors|wire)\.ts/,
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
