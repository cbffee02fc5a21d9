import { PlayheadError } from './errors';
import { requestJson, type Method } from './rest';
import { session } from './session.svelte';

/** A REST call as whoever is signed in; one whose token was refused is made once more with a new one. */
export async function requestSigned<Answer>(
  method: Method,
  path: string,
  body?: unknown,
): Promise<Answer> {
  const token = await session.token();
  try {
    return await requestJson<Answer>(method, path, body, token);
  } catch (error) {
    if (token === null || !(error instanceof PlayheadError)) throw error;
    if (error.reason !== 'NOT_SIGNED_IN') throw error;
    await session.renew();
    return requestJson<Answer>(method, path, body, await session.token());
  }
}
