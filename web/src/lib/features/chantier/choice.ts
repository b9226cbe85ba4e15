/** What a person chose to see of a chantier, and how; remembered on this device. */
export type ChantierTab = 'propositions' | 'membres' | 'reunions';
export type BoardOrList = 'board' | 'list';

const TABS: readonly ChantierTab[] = ['propositions', 'membres', 'reunions'];
const KEY = 'chantier.proposals-view';

export function tabOf(wanted: string | null): ChantierTab {
  return TABS.find((tab) => tab === wanted) ?? 'propositions';
}

export function keptView(): BoardOrList {
  try {
    return localStorage.getItem(KEY) === 'list' ? 'list' : 'board';
  } catch {
    return 'board';
  }
}

export function keepView(view: BoardOrList): void {
  try {
    localStorage.setItem(KEY, view);
  } catch {
    // Storage is refused: the choice lasts as long as the page.
  }
}
