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

const html = readFileSync(new URL('index.html', dist), 'utf8');
const entry = /<script type="module"[^>]*src="\/assets\/([^"]+)"/.exec(html)?.[1];
if (entry === undefined) throw new Error('index.html names no entry');

const shell = closure([entry]);
const without = (names, ...others) => [...names].filter((name) => !others.some((o) => o.has(name)));
const service = new Set(without(closure([chunk('video-service')]), shell));
const parts = [
  // name, files, budget in kB
  ['shell', [...shell], 45],
  ['gRPC-Web, fetched beside the shell', [...service], 40],
  [
    'upload',
    without(closure([chunk('UploadPage'), chunk('tus')]), shell, service),
    // tus-js-client alone is 15.5 kB.
    23,
  ],
  // hls.js is 137 kB of it, with only the parts that are used: see vite.config.ts.
  ['watch', without(closure([chunk('WatchPage'), chunk('hls')]), shell, service), 205],
];

let over = false;
for (const [name, files, budget_kB] of parts) {
  const size_kB = gzip_bytes(files) / 1000;
  const verdict = size_kB > budget_kB ? 'TOO LARGE' : 'ok';
  over ||= size_kB > budget_kB;
  console.log(
    `${name.padEnd(36)} ${size_kB.toFixed(1).padStart(7)} kB of ${budget_kB}  ${verdict}`,
  );
}
process.exit(over ? 1 : 0);
