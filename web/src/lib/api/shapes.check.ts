/**
 * What the client expects is what the server describes: no code, only types. A field that the server
 * renames, drops or changes makes `npm run check` fail here. `types.ts` is made from the API's
 * description; `shapes.ts` gives its values the client's names and narrower words.
 */
import type * as admin from './admin.ts';
import type * as copil from './copil.ts';
import type * as joined from './joined.ts';
import type * as region from './region.ts';
import type * as shapes from './shapes.ts';
import type { components } from './types.ts';

type Served = components['schemas'];

/** A value with every field there: the server leaves none out, it writes null. */
type Whole<T> = T extends (infer Item)[] ? Whole<Item>[] : T extends object ? { [Key in keyof T]-?: Whole<Exclude<T[Key], undefined>> } : T;
/** Words as plain strings: the description does not list them. */
type Plain<T> = T extends string ? string : T extends (infer Item)[] ? Plain<Item>[] : T extends object ? { [Key in keyof T]: Plain<T[Key]> } : T;
/** Compiles only when what is served does wherever the shape is expected. */
type Fits<Shape, Given extends Plain<Whole<Shape>>> = [Shape, Given];
type Of<Name extends keyof Served> = Plain<Whole<Served[Name]>>;

export type Checked = [
  Fits<shapes.Me, Of<'Me'>>,
  Fits<shapes.Workspace, Of<'Workspace'>>,
  Fits<shapes.ProgrammePage, Of<'ProgrammePage'>>,
  Fits<shapes.Chantier, Of<'Chantier'>>,
  Fits<shapes.ChantierDetail, Of<'ChantierDetail'>>,
  Fits<shapes.BoardPage, Of<'Board'>>,
  Fits<shapes.MeetingPage, Of<'MeetingBody'>>,
  Fits<shapes.Desk, Of<'Desk'>>,
  Fits<shapes.Card, Of<'ProposalCard'>>,
  Fits<shapes.CardPage, Of<'ProposalList'>>,
  Fits<shapes.Neighbour, Of<'NeighbourCard'>>,
  Fits<shapes.Proposal, Of<'Proposal'>>,
  Fits<shapes.ThreadPage, Of<'ThreadList'>>,
  Fits<shapes.SheetPage, Of<'SheetPage'>>,
  Fits<shapes.FoundTerritory, Of<'TerritoryEntry'>>,
  Fits<shapes.Transitions, Of<'Transitions'>>,
  Fits<shapes.Rights, Of<'Rights'>>,
  Fits<shapes.Opinions, Of<'OpinionList'>>,
  Fits<shapes.TextHistory, Of<'TextHistory'>>,
  Fits<shapes.PastText, Of<'PastText'>>,
  Fits<shapes.RestorationDone, Of<'RestorationDone'>>,
  Fits<shapes.Versions, Of<'Versions'>>,
  Fits<shapes.DocumentHead, Of<'Document'>>,
  Fits<shapes.Authorship, Of<'Authorship'>>,
  Fits<shapes.SessionRow, Of<'Session'>>,
  Fits<shapes.TokenRow, Of<'Token'>>,
  Fits<shapes.NewToken, Of<'MadeToken'>>,
  Fits<shapes.ListedPerson, Of<'PersonEntry'>>,
  Fits<shapes.Body, Of<'BodyEntry'>>,
  Fits<shapes.College, Of<'College'>>,
  Fits<shapes.LinkPage, Of<'OneTimeLink'>>,
  Fits<shapes.SetupPrefill, Of<'SetupForm'>>,
  Fits<joined.MergePage, Of<'Merge'>>,
  Fits<joined.MergeHead, Of<'MergeHead'>>,
  Fits<joined.SplitPage, Of<'SplitPage'>>,
  Fits<copil.CopilTable, Of<'CopilPage'>>,
  Fits<copil.Sessions, Of<'SessionList'>>,
  Fits<copil.Envelopes, Of<'Envelopes'>>,
  Fits<copil.EnvelopeLines, Of<'EnvelopeLines'>>,
  Fits<region.RegionDesk, Of<'RegionDesk'>>,
  Fits<region.ReviewPage, Of<'ReviewBody'>>,
  Fits<region.DecisionSheet, Of<'DecisionSheet'>>,
  Fits<region.Decisions, Of<'DecisionList'>>,
  Fits<admin.AdminProgramme, Of<'AdminProgramme'>>,
  Fits<admin.AdminChantiers, Of<'AdminChantiers'>>,
  Fits<admin.OrganisationPage, Of<'AdminOrganisations'>>,
  Fits<admin.OrganisationDetail, Of<'AdminOrganisationDetail'>>,
  Fits<{ memberships: admin.Membership[] }, Of<'AdminMemberships'>>,
  Fits<admin.AdminPerson, Of<'AdminPerson'>>,
  Fits<admin.JournalPage, Of<'AdminJournal'>>,
  Fits<admin.Validators, Of<'Validators'>>,
  // The shapes of `action.ts` are the description's own.
];

// A check that cannot fail is worth nothing: a missing field does not fit.
// @ts-expect-error: `email` is not served here.
export type Caught = Fits<{ email: string }, { address: string }>;
