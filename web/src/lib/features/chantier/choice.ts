/** What a person chose to see of a chantier, and how; the shape is remembered on this device. */
export type ChantierTab = 'propositions' | 'membres' | 'reunions';
export type TableOrColumns = 'table' | 'columns';

const TABS: readonly ChantierTab[] = ['propositions', 'membres', 'reunions'];
const KEY = 'chantier.proposals-shape';

export function tabOf(wanted: string | null): ChantierTab {
  return TABS.find((tab) => tab === wanted) ?? 'propositions';
}

/** The shape an address asks for (`colonnes`), else the one chosen last; the table first. */
export function keptView(asked: string | null): TableOrColumns {
  if (asked) return asked === 'colonnes' ? 'columns' : 'table';
  try {
    return localStorage.getItem(KEY) === 'columns' ? 'columns' : 'table';
  } catch {
    return 'table';
  }
}

export function keepView(view: TableOrColumns): void {
  try {
    localStorage.setItem(KEY, view);
  } catch {
    // Storage is refused: the choice lasts as long as the page.
  }
}
