/** The programme's name, words and two colours, checked while they are chosen. */
import { api } from '#lib/api/client.ts';
import { fieldSentences } from '#lib/i18n/problems.ts';
import { TEXT_RATIO, contrast, parse } from '#lib/theme/contrast.ts';

export type LookSettings = { region_name: string; title: string; intro: string; accent: string | null; second: string | null; logo_url: string | null; version: number };

/** The colours of `tokens.css`, when the Region chose none. */
export const OURS = { accent: '#14508c', second: '#b4690e' };
/** What our second colour becomes where it is text (`--second-text`). */
const OURS_AS_TEXT = '#8f5208';
const LOGO_BYTES_MAX = 200_000;

export type Checked = { state: 'ok' | 'low' | 'none'; ratio: number };

/** A colour against white, where it is a button or a link. */
export function checkColour(text: string): Checked {
  if (!parse(text)) return { state: 'none', ratio: 1 };
  const ratio = Math.floor(contrast(text, '#ffffff') * 10) / 10;
  return { state: ratio >= TEXT_RATIO ? 'ok' : 'low', ratio };
}

export class Look {
  region_name = $state('');
  title = $state('');
  intro = $state('');
  accent = $state(OURS.accent);
  second = $state(OURS.second);
  wrong = $state<Record<string, string>>({});
  accentCheck = $derived(checkColour(this.accent));
  secondCheck = $derived(checkColour(this.second.toLowerCase() === OURS.second ? OURS_AS_TEXT : this.second));
  readable = $derived(this.#fine(this.accentCheck, this.accent, OURS.accent) && this.#fine(this.secondCheck, this.second, OURS.second));

  constructor(settings: LookSettings) {
    this.region_name = settings.region_name;
    this.title = settings.title;
    this.intro = settings.intro;
    this.accent = settings.accent ?? OURS.accent;
    this.second = settings.second ?? OURS.second;
  }

  #fine(check: Checked, colour: string, ours: string): boolean {
    return check.state === 'ok' || colour.toLowerCase() === ours;
  }

  defaults(): void {
    this.accent = OURS.accent;
    this.second = OURS.second;
  }

  async save(): Promise<void> {
    const chosen = (colour: string, ours: string) => (colour.toLowerCase() === ours ? null : colour);
    try {
      await api.patch('/api/programme', {
        region_name: this.region_name.trim(),
        title: this.title.trim(),
        intro: this.intro.trim(),
        accent: chosen(this.accent, OURS.accent),
        second: chosen(this.second, OURS.second),
      });
      this.wrong = {};
    } catch (failure) {
      this.wrong = fieldSentences(failure);
      throw failure;
    }
  }

  async putLogo(file: File): Promise<'done' | 'too_large'> {
    if (file.size > LOGO_BYTES_MAX) return 'too_large';
    await api.upload('/api/programme/logo', file);
    return 'done';
  }

  async removeLogo(): Promise<void> {
    await api.delete('/api/programme/logo');
  }
}
