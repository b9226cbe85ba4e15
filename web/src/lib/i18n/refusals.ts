/**
 * What a live text's refusals are called: each code the server can give on a connection - the rules
 * of the gate, rights, bounds, close codes - as one sentence that says what happened, what was kept
 * and what to do. `tests/tidy/refusals.rs` holds it to the codes of the server.
 */
import { m } from '#lib/paraglide/messages.js';

type Sentence = () => string;

const all = (sentence: Sentence, codes: string): [string, Sentence][] => codes.split(' ').map((code) => [code, sentence]);

/** Bytes that no editor of ours sends: a page too old, or a defect. */
const UNREADABLE =
  'truncated trailing_bytes number_not_canonical number_too_large count_beyond_bytes text_not_utf8 section_empty ' +
  'section_order content_kind content_empty parent_flag type_kind value_tag value_depth value_count value_key ' +
  'json_malformed json_depth json_count json_key_twice json_surrogate json_number deletes_client_twice deletes_empty ' +
  'deletes_order vector_client_twice parent_not_type neighbours_apart neighbour_gone continues_other ' +
  'held_names_unknown held_cuts_character neighbours_order neighbour_missing attribute_order attribute_length close_4400';

/** Content that the sheet's schema does not know. */
const STRUCTURE =
  'root_name text_place format_place embed_place value_place element_place element_name tree_depth key_place ' +
  'attribute_content attribute_name attribute_value mark_name mark_value';

const sentences = new Map<string, Sentence>([
  ...all(m.refusal_unreadable, UNREADABLE),
  ...all(m.refusal_structure, STRUCTURE),
  ...all(m.refusal_link, 'link_address'),
  ...all(m.refusal_too_large, 'update_too_large too_large close_4413'),
  ...all(m.refusal_document_full, 'client_count struct_count crossing_count document_full'),
  ...all(m.refusal_document_damaged, 'document_damaged'),
  ...all(m.refusal_role_missing, 'role_missing close_4403'),
  ...all(m.refusal_stage, 'stage'),
  ...all(m.refusal_schema_behind, 'schema_behind'),
  ...all(m.refusal_foreign_client, 'foreign_client'),
  ...all(m.refusal_gap, 'gap'),
  ...all(m.refusal_late, 'kept_aside'),
  ...all(m.refusal_late_full, 'late_full'),
  ...all(m.refusal_section, 'section_closed'),
  ...all(m.refusal_deletion, 'deletion_closed'),
  ...all(m.refusal_signed_out, 'close_4401'),
  ...all(m.refusal_gone, 'close_4404'),
  ...all(m.saved_slow_more, 'close_4508'),
  ...all(m.saved_fast_more, 'close_4529'),
  ...all(m.refusal_storage, 'close_1011'),
  ...all(m.saved_restart_more, 'close_1012'),
]);

/** The sentence of a code; one that names the code when we do not know it. */
export function refusalSentence(code: string): string {
  return sentences.get(code)?.() ?? m.refusal_other({ code });
}

/** What to add about a connection that was closed with this code, and comes back by itself. */
export function closedSentence(code: number | null): string | undefined {
  return code === null || code < 1011 ? undefined : sentences.get(`close_${code}`)?.();
}
