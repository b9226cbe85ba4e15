/** From a line of what is missing to its field: once it is on the page, for the editor may have to open first. */
import type { Lack } from '#lib/api/shapes.ts';

const LOOKS = 100;
const PAUSE_MS = 50;

/** The field a lack is about; without one, nothing but the section. */
function fieldOf({ section, field }: Lack): HTMLElement | null {
  const place = document.getElementById(section);
  const find = (selector: string) => place?.querySelector<HTMLElement>(selector) ?? null;
  if (field === 'text') return find('[role="textbox"]') ?? find('textarea');
  if (field === 'rows') return find('[data-add]');
  if (field === 'porteur') return find('[data-field="porteur"] input');
  if (field === 'envelope_requests') return find('[data-add="envelope_requests"]');
  return find(`[name="${field}"]`);
}

/** Goes there and puts the focus in it. Answers whether it was found. */
export async function goToLack(lack: Lack, looks = LOOKS): Promise<boolean> {
  for (let look = 0; look < looks; look += 1) {
    const field = fieldOf(lack);
    if (field) {
      field.scrollIntoView({ block: 'center' });
      field.focus({ preventScroll: true });
      return true;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  document.getElementById(lack.section)?.scrollIntoView({ block: 'start' });
  return false;
}
