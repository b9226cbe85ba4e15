/** An action after the decision, and what of it is public: the API's values as they are described. */
import type { components } from './types.ts';

type Schemas = components['schemas'];

export type ActionPage = Schemas['ActionBody'];
export type Agreement = Schemas['AgreementBody'];
export type Report = Schemas['ActionReport'];
export type Prefilled = Schemas['PrefilledBody'];
export type JobLine = Schemas['JobLineBody'];
export type PublicAction = Schemas['ActionPublic'];
export type PublicDecision = Schemas['DecisionPublic'];
export type PublicList = Schemas['ActionList'];
export type PublicCard = Schemas['ActionCard'];
export type UpcomingList = Schemas['UpcomingList'];
