/** What the page shows only while somebody writes: loaded with the editor, so that it is there when the line breaks. */
export { default as PenNotices } from './PenNotices.svelte';
export { default as WritingBar } from './WritingBar.svelte';
