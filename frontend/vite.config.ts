import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';
import { compress } from './tools/compress.mjs';
import { shadowStyleHashes } from './tools/shadow-styles.mjs';

const gateway = `http://127.0.0.1:${process.env['GATEWAY_PORT'] ?? '8000'}`;

/** The address names a video; the page is the same for all. */
const embedPage = (): string => '/embed.html';

/** Only this method goes to the gateway: the page of the same path belongs to the app. */
function postOnly(request: { method?: string }): string | undefined {
  return request.method === 'POST' ? undefined : '/index.html';
}

interface Modules {
  getModuleInfo(id: string): {
    importedIds: readonly string[];
    dynamicallyImportedIds: readonly string[];
  } | null;
}

/** What an entry imports, and what that imports; `late`: also what that fetches later. */
function imports(entry: string, modules: Modules, late = false): Set<string> {
  const found = new Set<string>();
  const start = fileURLToPath(new URL(entry, import.meta.url));
  const queue = [start];
  for (const id of queue) {
    if (found.has(id)) continue;
    found.add(id);
    const module = modules.getModuleInfo(id);
    queue.push(...(module?.importedIds ?? []), ...((late && module?.dynamicallyImportedIds) || []));
  }
  // It does something, and must be nobody's but its own page's.
  found.delete(start);
  return found;
}

let app: Set<string> | null = null;
let embed: Set<string> | null = null;

/** All that the app's entry imports is one file, but for what frames on other sites need too. */
function shellChunk(moduleId: string, modules: Modules): string | null {
  app ??= imports('src/app/main.ts', modules);
  embed ??= imports('src/embed/main.ts', modules, true);
  // What only other pages share with frames would bring the shell along, in the chunk `ui`.
  const shared = app.has(moduleId) || /\/src\/(ui\/|text\/plural)/.test(moduleId);
  if (embed.has(moduleId)) return shared ? 'base' : null;
  return app.has(moduleId) ? 'shell' : null;
}

/** Pages that get the shell in a document of their own: the chunks that they need beside it. */
const documents: Record<string, string[]> = {
  'index.html': [],
  'home.html': ['HomePage'],
  'watch.html': ['WatchPage', 'hls'],
};

/**
 * Tells the browser to fetch at once what the first screen needs but no script imports directly:
 * the chunk that speaks gRPC-Web and what the gateway says of itself, in the documents of single
 * pages those, and wherever the player comes first hls.js. Script download dominates the time to
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
          // In this order: the line is shared, and what is said first comes first.
          for (const name of names) {
            const found = Object.values(bundle).find(
              (chunk) => chunk.type === 'chunk' && chunk.name === name,
            );
            if (!found) throw new Error(`no chunk is called ${name}`);
            need(found.fileName);
          }
          const links = [...files]
            .filter((name) => !html.includes(name))
            .map((name) => `<link rel="modulepreload" crossorigin href="/${name}">`);
          const config = '<link rel="preload" as="fetch" crossorigin href="/config.json">';
          return html.replace('</head>', `  ${[config, ...links].join('\n    ')}\n  </head>`);
        };
        const shell = page('index.html');
        const embed = page('embed.html');
        const plain = String(shell.source);
        embed.source = withPreloads(String(embed.source), ['hls']);
        for (const [fileName, names] of Object.entries(documents)) {
          const source = withPreloads(plain, ['video-service', ...names]);
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
  plugins: [svelte(), preloads(), shadowStyles(), compressed()],
  build: {
    target: 'es2023',
    // Browsers that run es2023 know module preloads.
    modulePreload: { polyfill: false },
    // Small scripts are better cached as files, and a content security policy forbids inline ones.
    assetsInlineLimit: 0,
    // All of it is less than what a dozen more requests cost, and no page is ever drawn without.
    cssCodeSplit: false,
    // hls.js is one deliberate chunk; tools/check-size.mjs holds the real budgets.
    chunkSizeWarningLimit: 600,
    rolldownOptions: {
      input: { index: 'index.html', embed: 'embed.html' },
      output: {
        codeSplitting: {
          groups: [
            // Many small files cost a slow line more than they save.
            { name: shellChunk, debugName: 'shell', priority: 3 },
            { name: 'ui', test: /src\/ui\//, priority: 2 },
            // What a video's own page has in common with those of its owner.
            {
              name: 'video',
              test: /src\/pages\/(attempt|Form|LazyDialog|Process|processing|submission|TryAgain)/,
              priority: 1,
            },
            { name: 'player', test: /media-chrome|src\/player\//, minShareCount: 2 },
            {
              name: 'tus',
              test: /node_modules\/(tus-js-client|js-base64|url-parse|requires-port|querystringify)/,
            },
            // What every page needs; other services come with the pages that need them.
            {
              name: 'grpc',
              test: /node_modules\/@(connectrpc|bufbuild)|src\/gen\/.*\/(video|errors)_pb|src\/api\/(grpc|pass-header|rpc-errors|wire)\.ts/,
            },
            { name: 'hls', test: /node_modules\/(hls\.js|eventemitter3|url-toolkit|@svta)\// },
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
