/** The rich-text sections of a sheet: the roots of its document, in reading order. */

export const SECTIONS = ['context', 'description', 'transversal', 'conditions', 'experiment'] as const;

export type SectionKey = (typeof SECTIONS)[number];

/** The number of the editor's schema (`server/live/schema.rs`). */
export const SCHEMA = 1;
