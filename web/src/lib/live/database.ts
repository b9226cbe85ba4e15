/** IndexedDB as promises: the only file that names it. Every failure is a rejection, never silence. */

/** The updates of one document, in the order in which they were made or received. */
export const UPDATES = 'updates';
/** What is known about them. */
export const MARKS = 'marks';

const LISTED = 'chantier.stores';

/** Every copy of an account starts so. */
export function accountPrefix(account: string): string {
  return `chantier/${encodeURIComponent(account)}/`;
}

/** Every copy an account has of a document starts so. */
export function documentPrefix(account: string, document: string): string {
  return `${accountPrefix(account)}${encodeURIComponent(document)}/`;
}

/** A request as a promise. */
export function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('indexeddb'));
  });
}

/** The end of a transaction: only then are its writes kept. */
export function done(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error('indexeddb'));
    transaction.onerror = () => reject(transaction.error ?? new Error('indexeddb'));
  });
}

/** Opens (and makes, when new) the database of this name. */
export async function openDatabase(name: string): Promise<IDBDatabase> {
  if (typeof indexedDB === 'undefined') throw new Error('indexeddb');
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(UPDATES, { autoIncrement: true });
    request.result.createObjectStore(MARKS);
  };
  const database = await answer(request);
  // Another tab clears this person's copies: let it.
  database.onversionchange = () => database.close();
  list(name, true);
  return database;
}

/** Removes a database for good. */
export async function deleteDatabase(name: string): Promise<void> {
  await answer(indexedDB.deleteDatabase(name));
  list(name, false);
}

/** The names of every database that starts so. */
export async function databaseNames(prefix: string): Promise<string[]> {
  if (typeof indexedDB === 'undefined') return [];
  const names = new Set(listed());
  try {
    const known = await indexedDB.databases?.();
    if (known) {
      names.clear();
      for (const each of known) if (each.name) names.add(each.name);
    }
  } catch {
    // Private windows of some browsers refuse the list: the names we noted serve.
  }
  return [...names].filter((name) => name.startsWith(prefix)).sort();
}

function listed(): string[] {
  try {
    const names: unknown = JSON.parse(localStorage.getItem(LISTED) ?? '[]');
    return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
  } catch {
    return [];
  }
}

function list(name: string, present: boolean): void {
  try {
    const names = new Set(listed());
    if (present) names.add(name);
    else names.delete(name);
    localStorage.setItem(LISTED, JSON.stringify([...names]));
  } catch {
    // Only a help for browsers without `indexedDB.databases`.
  }
}
