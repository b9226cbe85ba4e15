/**
 * Which modules travel in one file. Left alone, each set of pages that share something gets a file of its own,
 * and dozens of files of a few words each cost more in headers than in words. What belongs together is read
 * from the sources: what a page imports, and the messages said there.
 */
import fs from 'node:fs';
import path from 'node:path';

const SRC = path.resolve('src');
const MESSAGE = /[\\/]paraglide[\\/]messages[\\/](\w+)\.js$/;
const read = (file: string): string => fs.readFileSync(file, 'utf8');
const files = fs.readdirSync(SRC, { recursive: true, encoding: 'utf8' }).map((name) => path.join(SRC, name));
const sources = files.filter((name) => /\.(ts|svelte)$/.test(name) && !/\.(test|fixture)\.ts$/.test(name) && !name.includes('paraglide'));
const texts = new Map(sources.map((file) => [file, read(file)]));

/** A module that an import names; null for a package's, or one that is made. */
function named(from: string, name: string): string | null {
  const to = name.startsWith('#lib/') ? path.join(SRC, 'lib', name.slice(5)) : path.resolve(path.dirname(from), name);
  return texts.has(to) ? to : null;
}

/** What these files import, themselves included; with `late`, also what they load when it is called for. */
function imported(from: string[], late: boolean): Set<string> {
  const found = new Set(from);
  for (const file of found) {
    const text = texts.get(file) ?? '';
    const at = [...text.matchAll(/^\s*(?:import|export)\s(?!type\b)(?:[^'"`;=]*?\sfrom\s*)?['"]([^'"]+)['"]/gm), ...(late ? text.matchAll(/import\(['"]([^'"]+)['"]\)/g) : [])];
    for (const [, name] of at) {
      const to = named(file, name ?? '');
      if (to) found.add(to);
    }
  }
  return found;
}

/** The messages said in these files. */
const saidIn = (from: Iterable<string>): Set<string> => new Set([...from].flatMap((file) => [...(texts.get(file) ?? '').matchAll(/\bm\.(\w+)/g)].map(([, key]) => key ?? '')));
const under = (folder: string): string[] => sources.filter((file) => file.startsWith(path.join(SRC, folder) + path.sep));
const without = <T>(all: Set<T>, ...less: Set<T>[]): Set<T> => new Set([...all].filter((one) => !less.some((set) => set.has(one))));

/** Whether a module is one of these files, or one of these messages. */
const isOf = (modules: Set<string>, messages: Set<string>) => (id: string): boolean => {
  const key = MESSAGE.exec(id)?.[1];
  return key === undefined ? modules.has(path.normalize(id.split('?')[0] ?? id)) : messages.has(key);
};
const isLib = (file: string): boolean => file.startsWith(path.join(SRC, 'lib') + path.sep);
const libOf = (all: Set<string>): Set<string> => new Set([...all].filter(isLib));

/** What two sets have in common. */
const both = <T>(one: Set<T>, other: Set<T>): Set<T> => new Set([...one].filter((each) => other.has(each)));

const frame = imported([path.join(SRC, 'routes/+layout.svelte'), path.join(SRC, 'routes/+layout.ts'), path.join(SRC, 'routes/+error.svelte'), path.join(SRC, 'hooks.client.ts')], false);
const tables = new Set(['sentences.ts', 'guards.ts', 'rules.ts'].map((name) => path.join(SRC, 'lib/i18n', name)));
const page = path.join(SRC, 'routes/propositions/[id]') + path.sep;
const reading = imported([`${page}+page.svelte`, `${page}+page.ts`], false);
const elsewhere = imported(under('routes').filter((file) => path.dirname(file) + path.sep !== page), true);
const isSheet = (file: string): boolean => file.startsWith(path.join(SRC, 'lib/features/proposal') + path.sep);
const shared = both(libOf(reading), elsewhere);

/** The groups, the first that knows a module takes it with what it needs. */
export const groups = [
  // What every page begins with.
  { name: 'frame', test: isOf(libOf(frame), saidIn(frame)) },
  // What the page of a proposal shares with others.
  { name: 'shared', test: isOf(new Set([...shared].filter((file) => !isSheet(file))), both(saidIn(reading), saidIn(elsewhere))) },
  // Why things are refused: loaded with the first refusal, or with a dialog that explains one.
  { name: 'refusals', test: isOf(tables, without(saidIn(tables), saidIn(sources.filter((file) => !tables.has(file))))) },
  // What many others share.
  { name: 'common', test: /src[\\/]lib[\\/](ui|api|i18n|paraglide)[\\/]/, minShareCount: 3 },
  // The sheet as other pages show it too; then what only a proposal's page and its parts need.
  { name: 'sheet', test: isOf(new Set([...shared].filter(isSheet)), new Set()) },
  { name: 'proposal', test: isOf(libOf(without(reading, elsewhere, tables)), without(saidIn(reading), saidIn(elsewhere))) },
].map((group, at, all) => ({ ...group, priority: all.length - at }));
