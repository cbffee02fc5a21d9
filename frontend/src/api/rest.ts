import { errorFromNetwork, errorFromProblem } from './errors';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * One REST call to the gateway; throws PlayheadError. An answer without a body is undefined.
 * Without a token it carries only the cookie: so access tokens are got and renewed.
 */
export async function requestJson<Answer>(
  method: Method,
  path: string,
  body?: unknown,
  token: string | null = null,
): Promise<Answer> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (token !== null) headers['authorization'] = `Bearer ${token}`;
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
