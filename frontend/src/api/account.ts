import { requestJson } from './rest';
import { session, type Person } from './session.svelte';
import { requestSigned } from './signed';
import { dateOfJson } from './time';

/** A browser, or whatever else holds a refresh cookie. */
export interface SignIn {
  id: string;
  createdAt: Date;
  lastUsedAt: Date | null;
  /** IP address of the last use. */
  address: string;
  /** What the browser says about itself. */
  userAgent: string;
  /** The one that asks. */
  current: boolean;
}

export const scopes = ['read', 'upload', 'manage'] as const;
export type Scope = (typeof scopes)[number];

export interface ApiToken {
  id: string;
  name: string;
  scopes: Scope[];
  createdAt: Date;
  lastUsedAt: Date | null;
  expiresAt: Date | null;
}

/** What somebody stores and may store. A limit that is null is none. */
export interface Usage {
  storedBytes: number;
  storageQuotaBytes: number | null;
  uploadedTodayBytes: number;
  dailyQuotaBytes: number | null;
  openUploads: number;
  mostConcurrentUploads: number | null;
}

export async function listSignIns(): Promise<SignIn[]> {
  const { sessions } = await requestSigned<{ sessions: SignInJson[] }>('GET', '/api/auth/sessions');
  return sessions.map((json) => ({
    id: json.id,
    createdAt: new Date(json.created_at),
    lastUsedAt: dateOfJson(json.last_used_at),
    address: json.address,
    userAgent: json.user_agent,
    current: json.current,
  }));
}

export async function endSignIn(id: string): Promise<void> {
  await requestSigned('DELETE', `/api/auth/sessions/${encodeURIComponent(id)}`);
}

/** Ends all but this one; how many those were. */
export async function endOtherSignIns(): Promise<number> {
  return (await requestSigned<{ ended: number }>('POST', '/api/auth/sessions/end-others')).ended;
}

export async function rename(name: string): Promise<void> {
  session.update(await requestSigned<Person>('PATCH', '/api/auth/me', { name }));
}

/** Every other browser is signed out. */
export async function changePassword(current: string, next: string): Promise<void> {
  await requestSigned('POST', '/api/auth/password', {
    current_password: current,
    new_password: next,
  });
}

/** Asks for a mail with a link. Whether there is such an account, the answer does not tell. */
export async function askForReset(email: string): Promise<void> {
  await requestJson('POST', '/api/auth/forgot', { email });
}

/** Every browser is signed out, this one too. */
export async function resetPassword(token: string, next: string): Promise<void> {
  await requestJson('POST', '/api/auth/reset', { token, new_password: next });
  // The password is changed, whether or not we hear now that the old session is over.
  await session.renew().catch(() => undefined);
}

export async function listTokens(): Promise<ApiToken[]> {
  const { tokens } = await requestSigned<{ tokens: ApiTokenJson[] }>('GET', '/api/auth/tokens');
  return tokens.map(tokenOf);
}

/** The new token and its value, which nobody can read again. */
export async function createToken(
  name: string,
  granted: Scope[],
  expiresInDays: number | null,
): Promise<{ token: ApiToken; value: string }> {
  const json = await requestSigned<ApiTokenJson & { token: string }>('POST', '/api/auth/tokens', {
    name,
    scopes: granted,
    ...(expiresInDays === null ? {} : { expires_in_days: expiresInDays }),
  });
  return { token: tokenOf(json), value: json.token };
}

export async function revokeToken(id: string): Promise<void> {
  await requestSigned('DELETE', `/api/auth/tokens/${encodeURIComponent(id)}`);
}

export async function getUsage(): Promise<Usage> {
  const json = await requestSigned<UsageJson>('GET', '/api/usage');
  return {
    storedBytes: json.stored_bytes,
    storageQuotaBytes: json.storage_quota_bytes,
    uploadedTodayBytes: json.uploaded_today_bytes,
    dailyQuotaBytes: json.daily_quota_bytes,
    openUploads: json.open_uploads,
    mostConcurrentUploads: json.max_concurrent_uploads,
  };
}

/** Everything of theirs goes, and they are signed out. */
export async function deleteAccount(password: string): Promise<void> {
  await requestSigned('DELETE', '/api/auth/me', { password });
  session.end();
}

interface SignInJson {
  id: string;
  created_at: string;
  last_used_at: string | null;
  address: string;
  user_agent: string;
  current: boolean;
}

interface ApiTokenJson {
  id: string;
  name: string;
  scopes: Scope[];
  created_at: string;
  last_used_at: string | null;
  expires_at: string | null;
}

interface UsageJson {
  stored_bytes: number;
  storage_quota_bytes: number | null;
  uploaded_today_bytes: number;
  daily_quota_bytes: number | null;
  open_uploads: number;
  max_concurrent_uploads: number | null;
}

function tokenOf(json: ApiTokenJson): ApiToken {
  return {
    id: json.id,
    name: json.name,
    scopes: json.scopes,
    createdAt: new Date(json.created_at),
    lastUsedAt: dateOfJson(json.last_used_at),
    expiresAt: dateOfJson(json.expires_at),
  };
}
