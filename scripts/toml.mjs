// Reads the part of TOML that deny.toml is written in: tables, strings, booleans, numbers,
// arrays over several lines, inline tables, comments. Anything else is an error, never a guess.

/** The tables of a TOML text as plain objects. */
export function parseToml(text) {
  const reader = new Reader(text);
  const result = {};
  let table = result;
  for (;;) {
    reader.space();
    if (reader.ended()) return result;
    if (reader.take('[')) {
      table = (result[reader.key()] ??= {});
      reader.expect(']');
    } else {
      const key = reader.key();
      reader.expect('=');
      if (key in table) reader.fail(`${key} is there twice`);
      table[key] = reader.value();
    }
  }
}

class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  fail(why) {
    throw new Error(`line ${this.text.slice(0, this.at).split('\n').length}: ${why}`);
  }

  ended() {
    return this.at >= this.text.length;
  }

  space() {
    this.at += /^(?:\s|#[^\n]*)*/.exec(this.text.slice(this.at))[0].length;
  }

  take(mark) {
    this.space();
    if (this.text[this.at] !== mark) return false;
    this.at += 1;
    return true;
  }

  expect(mark) {
    if (!this.take(mark)) this.fail(`${mark} expected`);
  }

  match(pattern, what) {
    this.space();
    const found = pattern.exec(this.text.slice(this.at));
    if (!found) this.fail(`${what} expected`);
    this.at += found[0].length;
    return found;
  }

  key() {
    return this.match(/^[A-Za-z0-9_-]+/, 'a name')[0];
  }

  value() {
    if (this.take('[')) return this.list(']', () => this.value());
    if (this.take('{')) return Object.fromEntries(this.list('}', () => this.pair()));
    this.space();
    if (this.text[this.at] === '"') return JSON.parse(this.match(/^"(?:[^"\\\n]|\\.)*"/, 'a string')[0]);
    const word = this.match(/^(true|false|-?\d+(?:\.\d+)?)(?![\w.-])/, 'a value')[1];
    return word === 'true' ? true : word === 'false' ? false : Number(word);
  }

  pair() {
    const key = this.key();
    this.expect('=');
    return [key, this.value()];
  }

  list(end, item) {
    const items = [];
    while (!this.take(end)) {
      items.push(item());
      if (!this.take(',')) {
        this.expect(end);
        break;
      }
    }
    return items;
  }
}
