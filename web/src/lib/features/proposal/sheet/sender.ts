/** The requests of the sheet, one a row. */
import { api, path } from '#lib/api/client.ts';
import type { SheetPage } from '#lib/api/shapes.ts';
import type { Sender } from './sheet.svelte.ts';

export function senderOf(proposal: string): Sender {
  return {
    read: () => api.get<SheetPage>(path`/api/proposals/${proposal}/sheet`),
    add: (section, row_id, place, row) => api.post<SheetPage>(path`/api/proposals/${proposal}/sheet/${section}`, { row_id, place, row }),
    change: (section, row_id, expected_version, row) => api.put<SheetPage>(path`/api/proposals/${proposal}/sheet/${section}/${row_id}`, { expected_version, row }),
    part: (part, expected_version, row) => api.put<SheetPage>(path`/api/proposals/${proposal}/sheet/${part}`, { expected_version, row }),
    remove: (section, row_id, expected_version) => api.delete<SheetPage>(path`/api/proposals/${proposal}/sheet/${section}/${row_id}`, { query: { expected_version } }),
    move: (section, row_id, place) => api.put<SheetPage>(path`/api/proposals/${proposal}/sheet/${section}/${row_id}/place`, { place }),
  };
}

/** The porteur's reference person answers for it. */
export function answerPorteur(proposal: string, organisation_id: string, accepts: boolean): Promise<SheetPage> {
  return api.post<SheetPage>(path`/api/proposals/${proposal}/porteur_answers`, { organisation_id, accepts });
}
