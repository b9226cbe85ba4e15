import { expect, test } from 'vitest';
import { ApiProblem } from './problem.ts';
import { isOpen, safeReturn } from './return.ts';
import { Session } from './session.svelte.ts';
import type { Me, Workspace } from './shapes.ts';

const me = { account_id: 'acc-1', may: ['manage_people'] } as Me;
const workspace = { ready: true, region_name: 'Région' } as Workspace;
const refusing = () => Promise.reject(new ApiProblem(401, { code: 'unauthenticated' }));

test('nobody signed in is a state, not a failure', async () => {
  const session = new Session({ workspace: async () => workspace, me: refusing });
  await session.known();
  expect(session.me).toBeNull();
  expect(session.workspace?.region_name).toBe('Région');
  expect(session.may('manage_people')).toBe(false);
});

test('the server is asked once, and again after a failure', async () => {
  let asked = 0;
  let failing = true;
  const session = new Session({
    workspace: async () => workspace,
    me: async () => {
      asked += 1;
      if (failing) throw new ApiProblem(0, { code: 'offline' });
      return me;
    },
  });
  await expect(session.known()).rejects.toMatchObject({ code: 'offline' });
  failing = false;
  await session.known();
  await session.known();
  expect(asked).toBe(2);
  expect(session.may('manage_people')).toBe(true);
});

test('signing in and out changes who is here at once', () => {
  const session = new Session({ workspace: async () => workspace, me: refusing });
  session.begin(me);
  expect(session.me?.account_id).toBe('acc-1');
  session.end();
  expect(session.me).toBeNull();
});

test('one goes back only to a page of this site', () => {
  expect(safeReturn('/propositions/pro-02?x=1')).toBe('/propositions/pro-02?x=1');
  for (const bad of [null, '', 'https://evil.example', '//evil.example', '/\\evil.example', 'javascript:1', '/connexion?retour=/']) {
    expect(safeReturn(bad)).toBe('/');
  }
});

test('the pages that need nobody signed in', () => {
  for (const path of ['/connexion', '/invitation/abc', '/installation/abc', '/accessibilite', '/aide']) expect(isOpen(path)).toBe(true);
  for (const path of ['/', '/chantiers/CH5', '/connexionx', '/invitation']) expect(isOpen(path)).toBe(false);
});
