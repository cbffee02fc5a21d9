import { errorFromNetwork, errorFromProblem } from './errors';

/**
 * One REST call to the gateway; throws PlayheadError.
 * Signing happens by cookie: these are the calls that get and renew access tokens.
 */
export async function requestJson<Answer>(
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
): Promise<Answer> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (body !== undefined) headers['content-type'] = 'application/json';
  let response: Response;
  let text: string;
  try {
    response = await fetch(path, {
      method,
      headers,
      credentials: 'same-origin',
      body: body === undefined ? null : JSON.stringify(body),
    });
    text = await response.text();
  } catch (cause) {
    throw errorFromNetwork(cause);
  }
  if (!response.ok) throw errorFromProblem(response.status, text);
  try {
    return (text === '' ? undefined : JSON.parse(text)) as Answer;
  } catch (cause) {
    throw errorFromNetwork(cause);
  }
}
