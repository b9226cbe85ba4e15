/** Everything that writing needs, in one chunk loaded when somebody begins to write. */
export { LiveDocument } from '../live/document.svelte.ts';
// Here, so that they are loaded with the text: signing out asks for them without a network, too.
export { discardCopy, keptCopies } from '../live/copies.ts';
export { Bench } from './bench.svelte.ts';
export { watchChanges } from './changes.ts';
export { default as LinkDialog } from './LinkDialog.svelte';
export { default as SectionEditor } from './SectionEditor.svelte';
export { default as Toolbar } from './Toolbar.svelte';
