/** Where a refused form begins to be corrected. */
import { tick } from 'svelte';

/** Puts the focus in the first field that is wrong, once the page says so. */
export async function toFirstFault(form: EventTarget | null): Promise<void> {
  await tick();
  if (form instanceof HTMLElement) form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
}
