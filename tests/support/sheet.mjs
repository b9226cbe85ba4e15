// What a proposal's sheet needs before it can be deposited, as a program would send it.

const LATER = '2027';
let made = 0;

/** A UUID nobody else makes. */
function id() {
  made += 1;
  return `01900000-0000-7000-8000-${String(process.pid).padStart(6, '0')}${String(made).padStart(6, '0')}`;
}

/** Fills what is missing beside the text, until nothing but text is. */
export async function completeSheet(account, proposal) {
  const address = `/api/proposals/${proposal}/sheet`;
  const { sheet } = await account.json('GET', address);
  const version = (part) => sheet.parts.find((each) => each.part === part)?.version ?? 0;
  const put = (part, row) => account.json('PUT', `${address}/${part}`, { expected_version: version(part), row });
  const add = (section, row) => account.json('POST', `${address}/${section}`, { row_id: id(), row }, 201);
  if (sheet.objectives.length === 0) await add('objectives', { body: 'Former quarante personnes' });
  await put('owner', { ...sheet.owner, co_porteurs: sheet.owner.co_porteurs.map((each) => each.organisation_id), contact_name: 'Victor Demo', contact_email: 'victor.demo@golfe.example' });
  if (sheet.partners.length === 0) await put('no_partner', { none: true });
  await put('target_public', { text: 'Entreprises sous-traitantes', headcount: 40, women_percent: 30, tags: [] });
  if (sheet.territories.length === 0) await put('territory', { codes: ['93'] });
  if (sheet.calendar.length === 0) await add('calendar', { label: 'Lancement', starts_on: `${LATER}-01-01`, ends_on: `${LATER}-06-30` });
  if (sheet.indicators.length === 0) await add('indicators', { label: 'Entreprises engagées', kind: 'output', unit: 'entreprises', target: '40' });
  await put('vat', { vat_mode: sheet.vat_mode ?? 'TTC' });
  if (sheet.expenses.length === 0) await add('budget', { year: Number(LATER), nature: 'operation', account: '62', label: 'Animation', amount_cents: 1_000_000 });
  const { lacks } = await account.json('GET', address);
  const gap = lacks.find((lack) => lack.code === 'funding_differs' || lack.code === 'funding_missing');
  if (gap) {
    const year = sheet.expenses[0]?.year ?? Number(LATER);
    const amount_cents = gap.expected_cents === null ? 1_000_000 : gap.expected_cents - gap.found_cents;
    await add('funding', { year, funder: 'Fonds propres', kind: 'own', amount_cents, state: 'secured', nature: 'cash' });
  }
  if (sheet.jobs.length === 0) await put('no_jobs', { motive: 'Une étude, sans embauche attendue.' });
}
