// Brotli (RFC 7932) and gzip of what the build wrote, as strong as they get: it is done once.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const brotli = promisify(brotliCompress);
const deflate = promisify(gzip);
const texts = new Set(['.css', '.html', '.js', '.json', '.svg', '.txt', '.webmanifest']);
/** Below this a compressed file saves no packet. */
const least_bytes = 1000;

/** Writes `name.br` and `name.gz` beside every text file in the folder, however deep. */
export async function compress(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && texts.has(extname(entry.name)));
  await Promise.all(files.map((entry) => compressFile(join(entry.parentPath, entry.name))));
}

async function compressFile(path) {
  const content = await readFile(path);
  if (content.length < least_bytes) return;
  const options = { params: { [constants.BROTLI_PARAM_SIZE_HINT]: content.length } };
  await Promise.all([
    brotli(content, options).then((data) => writeFile(`${path}.br`, data)),
    deflate(content, { level: 9 }).then((data) => writeFile(`${path}.gz`, data)),
  ]);
}
