/** Everything that writing needs, in one chunk loaded when somebody begins to write. */
export { LiveDocument } from '../live/document.svelte.ts';
export { Bench } from './bench.svelte.ts';
export { watchChanges } from './changes.ts';
export { default as LinkDialog } from './LinkDialog.svelte';
export { default as SectionEditor } from './SectionEditor.svelte';
export { default as Toolbar } from './Toolbar.svelte';
