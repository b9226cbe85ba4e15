/**
 * A seal alone, as the public page of an action gives it where names keep the whole text from being public:
 * `{"algorithm":"Ed25519","public_key":K,"signature":S,"statement":{..}}`. It proves the fingerprint it states.
 */
import { bytesOf, isSigned, jsonOf, keyId, standsAt, textOf, unhex, type Bytes } from './bytes.ts';
import { sealedFacts, textIn, type Opened } from './envelope.ts';
import { changed, noFacts, type Facts } from './report.ts';

const KEY = bytesOf('{"algorithm":"Ed25519","public_key":"');
const SIGNATURE = bytesOf('","signature":"');
const STATEMENT = bytesOf('","statement":');
const [KEY_DIGITS, SIGNATURE_DIGITS] = [64, 128];

/** Whether a file begins as a seal does. */
export const isSeal = (file: Bytes): boolean => standsAt(file, KEY, 0);

/** What the seal states; throws what does not hold. */
export async function checkSeal(file: Bytes, format: string): Promise<Facts> {
  const signatureAt = KEY.length + KEY_DIGITS + SIGNATURE.length;
  const statementAt = signatureAt + SIGNATURE_DIGITS + STATEMENT.length;
  const end = file.lastIndexOf(0x7d);
  if (!standsAt(file, SIGNATURE, KEY.length + KEY_DIGITS) || !standsAt(file, STATEMENT, signatureAt + SIGNATURE_DIGITS) || end < statementAt) throw changed('structure');
  const public_key = unhex(textOf(file.subarray(KEY.length, KEY.length + KEY_DIGITS)) ?? '-');
  const signature = unhex(textOf(file.subarray(signatureAt, signatureAt + SIGNATURE_DIGITS)) ?? '-');
  const signed = file.subarray(statementAt, end);
  if (!public_key || !signature || !(await isSigned(public_key, signed, signature))) throw changed('signature');
  const statement = jsonOf(signed);
  if (statement === null || typeof statement !== 'object' || Array.isArray(statement)) throw changed('signature');
  const opened: Opened = { content: new Uint8Array(0), statement: statement as Record<string, unknown>, public_key };
  if (textIn(opened, 'key_id') !== (await keyId(public_key)) || textIn(opened, 'format') !== format) throw changed('signature');
  return { ...noFacts(), keys: [public_key], sealed: [sealedFacts(opened)] };
}
