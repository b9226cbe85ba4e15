// Whether a licence expression (SPDX, and the older `A/B`) is met by a list of accepted licences.

/** Whether one may take what is under `expression` when only `accepted` licences are. */
export function accepts(expression, accepted) {
  const words = expression
    .replaceAll('/', ' OR ')
    .replace(/[()]/g, ' $& ')
    .trim()
    .split(/\s+/);
  let at = 0;

  const any = () => {
    let met = all();
    while (words[at] === 'OR') {
      at += 1;
      met = all() || met;
    }
    return met;
  };
  const all = () => {
    let met = one();
    while (words[at] === 'AND') {
      at += 1;
      met = one() && met;
    }
    return met;
  };
  const one = () => {
    if (words[at] === '(') {
      at += 1;
      const met = any();
      if (words[at] !== ')') throw new Error(`unreadable licence: ${expression}`);
      at += 1;
      return met;
    }
    let name = words[at];
    if (!name || /^(OR|AND|WITH|\))$/.test(name)) throw new Error(`unreadable licence: ${expression}`);
    at += 1;
    if (words[at] === 'WITH') {
      name = `${name} WITH ${words[at + 1]}`;
      at += 2;
    }
    return accepted.has(name);
  };

  const met = any();
  if (at !== words.length) throw new Error(`unreadable licence: ${expression}`);
  return met;
}
