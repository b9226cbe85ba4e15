// What a person does on a proposal's page: opens the editor, types in a section, reads the saved line.

import { until } from '../../support/wait.mjs';

/** One visitor on one proposal. */
export class Writer {
  constructor(visitor, proposalId) {
    this.visitor = visitor;
    this.proposalId = proposalId;
  }

  get page() {
    return this.visitor.page;
  }

  /** Opens the page, presses "Rédiger" and waits until the text is there and saved. */
  async write() {
    await this.visitor.open(`/propositions/${this.proposalId}`);
    await this.page.getByRole('button', { name: 'Rédiger', exact: true }).click();
    await this.section('Contexte').waitFor();
    await this.saved();
    return this;
  }

  /** The editor of a section, by the beginning of its title. */
  section(title) {
    return this.page.getByRole('textbox', { name: new RegExp(`Texte de la section.*${title}`) });
  }

  /** Types at the end of a section, key by key. */
  async type(title, text) {
    await this.toEnd(title);
    await this.page.keyboard.type(text);
  }

  /** Puts the caret at the end of a section. The key is pressed again when a caret of somebody else moved at that very moment. */
  async toEnd(title) {
    const editor = this.section(title);
    await editor.click();
    await until(`the caret is at the end of "${title}"`, async () => {
      await this.page.keyboard.press('ControlOrMeta+End');
      return editor.evaluate(staysAtEnd);
    });
  }

  /** What the section says, other people's carets left out. */
  text(title) {
    return this.section(title).evaluate((element) => {
      const copy = element.cloneNode(true);
      for (const caret of copy.querySelectorAll('[aria-hidden="true"], .ProseMirror-separator')) caret.remove();
      return [...copy.children].map((block) => block.textContent.replaceAll('\u2060', '')).join('\n');
    });
  }

  /** Waits until the section shows this text. */
  async sees(title, text) {
    await until(
      `"${text}" is shown in "${title}"`,
      async () => {
        const shown = await this.text(title);
        if (!shown.includes(text)) throw new Error(`it shows: ${shown}`);
        return true;
      },
      { within: 15_000, every: 50 }
    );
  }

  /** The saved line's state: `saved`, `pending`, `offline`, `suspended`... */
  state() {
    return this.page.locator('[data-saved]').getAttribute('data-saved');
  }

  async reaches(...states) {
    await until(`the page says ${states.join(' or ')}`, async () => {
      const state = await this.state();
      if (!states.includes(state)) throw new Error(`it says ${state}`);
      return true;
    });
  }

  saved() {
    return this.reaches('saved');
  }
}

/** Whether nothing but other people's carets stands behind the caret, now and two frames later. Runs in the page. */
function staysAtEnd(element) {
  const atEnd = () => {
    const { focusNode, focusOffset } = getSelection();
    if (!element.contains(focusNode)) return false;
    const behind = document.createRange();
    behind.setStart(focusNode, focusOffset);
    behind.setEnd(element, element.childNodes.length);
    const rest = behind.cloneContents();
    for (const caret of rest.querySelectorAll('[aria-hidden="true"]')) caret.remove();
    return rest.textContent.replaceAll('\u2060', '') === '';
  };
  if (!atEnd()) return false;
  return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(atEnd()))));
}
