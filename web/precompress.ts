import { promises as fs } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Plugin } from "vite";

const WORTHWHILE = /\.(js|css|svg)$/;
const SMALLEST = 1_000; // bytes; below, headers weigh more than what is saved

/** Lays `.br` and `.gz` beside each asset, so that the server compresses nothing itself. */
export function precompress(): Plugin {
  return {
    name: "precompress",
    apply: "build",
    async writeBundle({ dir = "" }, bundle) {
      const names = Object.keys(bundle).filter((name) => WORTHWHILE.test(name));
      await Promise.all(names.map((name) => compress(path.join(dir, name))));
    },
  };
}

async function compress(file: string): Promise<void> {
  const content = await fs.readFile(file);
  if (content.length < SMALLEST) return;
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };
  await fs.writeFile(`${file}.br`, await promisify(brotliCompress)(content, quality));
  await fs.writeFile(`${file}.gz`, await promisify(gzip)(content));
}
