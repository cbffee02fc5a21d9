// Holds the build to its budgets: what a person downloads, compressed, before a page works.
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const dist = new URL('../dist/', import.meta.url);
const assets = readdirSync(new URL('assets/', dist)).filter((name) => name.endsWith('.js'));

/** Files that a page imports before it runs, the page's own chunk included. */
function closure(start) {
  const found = new Set();
  const visit = (name) => {
    if (found.has(name)) return;
    found.add(name);
    const code = readFileSync(new URL(`assets/${name}`, dist), 'utf8');
    // Static imports only: a dynamic one reads import(`./name.js`).
    for (const [, imported] of code.matchAll(/(?:from|import)\s*["'`]\.\/([^"'`]+\.js)["'`]/g)) {
      visit(imported);
    }
  };
  start.forEach(visit);
  return found;
}

function chunk(prefix) {
  const name = assets.find((asset) => asset.startsWith(`${prefix}-`));
  if (name === undefined)
    throw new Error(`no chunk called ${prefix} in dist/assets: run the build`);
  return name;
}

function gzip_bytes(names) {
  let sum = 0;
  for (const name of names) sum += gzipSync(readFileSync(new URL(`assets/${name}`, dist))).length;
  return sum;
}

/** The script that a page begins with. */
function entry(page) {
  const html = readFileSync(new URL(page, dist), 'utf8');
  const name = /<script type="module"[^>]*src="\/assets\/([^"]+)"/.exec(html)?.[1];
  if (name === undefined) throw new Error(`${page} names no entry`);
  return name;
}

/** Style sheets that a page begins with. */
function styles(page) {
  const html = readFileSync(new URL(page, dist), 'utf8');
  return [...html.matchAll(/<link rel="stylesheet"[^>]*href="\/assets\/([^"]+)"/g)].map(
    ([, name]) => name,
  );
}

const shell = closure([entry('index.html')]);
const without = (names, ...others) => [...names].filter((name) => !others.some((o) => o.has(name)));
const service = new Set(without(closure([chunk('video-service')]), shell));
const parts = [
  // name, files, budget in kB
  ['shell', [...shell], 45],
  ['gRPC-Web, fetched beside the shell', [...service], 40],
  ['home', without(closure([chunk('HomePage')]), shell, service), 13],
  [
    'upload',
    without(closure([chunk('UploadPage'), chunk('tus')]), shell, service),
    // tus-js-client alone is 15.5 kB, and the page brings its own texts.
    29,
  ],
  // hls.js is 137 kB of it, with only the parts that are used: see vite.config.ts.
  ['watch', without(closure([chunk('WatchPage'), chunk('hls')]), shell, service), 212],
  // All that another site's page gets for a frame; hls.js is fetched by name, not imported.
  [
    'embed, its styles and page too',
    [...closure([entry('embed.html'), chunk('hls')]), ...styles('embed.html'), '../embed.html'],
    300,
  ],
];

let over = false;
// What a frame fetches later must not bring the app along: it would also put on the app's colours.
const late = closure(['de', 'Settings', 'Shortcuts', 'StatisticsNote', 'UpNext'].map(chunk));
if (late.has(chunk('shell'))) {
  over = true;
  console.log('embed: something that is fetched later imports the shell');
}
for (const [name, files, budget_kB] of parts) {
  const size_kB = gzip_bytes(files) / 1000;
  const verdict = size_kB > budget_kB ? 'TOO LARGE' : 'ok';
  over ||= size_kB > budget_kB;
  console.log(
    `${name.padEnd(36)} ${size_kB.toFixed(1).padStart(7)} kB of ${budget_kB}  ${verdict}`,
  );
}
process.exit(over ? 1 : 0);
