// Where cargo puts the server: honours CARGO_TARGET_DIR and cargo's own settings.
// Run alone it prints the path.

import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** The path of the development build of the server. */
export function binary() {
  if (process.env.CHANTIER_BINARY) return process.env.CHANTIER_BINARY;
  const described = execFileSync('cargo', ['metadata', '--format-version', '1', '--no-deps', '--offline'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024
  });
  return path.join(JSON.parse(described).target_directory, 'debug', 'chantier');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(binary());
