import { requestSigned } from './signed';
import { dateOfJson } from './time';

export const roles = ['user', 'moderator', 'admin'] as const;
export type Role = (typeof roles)[number];

/** An account as admins see it. */
export interface User {
  id: string;
  email: string;
  name: string;
  role: Role;
  blocked: boolean;
  createdAt: Date;
  lastSeenAt: Date | null;
}

export interface Invitation {
  id: string;
  /** Null: for whoever has the link. */
  email: string | null;
  role: Role;
  createdAt: Date;
  expiresAt: Date;
  createdBy: { id: string; name: string };
}

/** Something that somebody did, in either service. */
export interface AuditEvent {
  id: string;
  time: Date;
  service: 'gateway' | 'video';
  /** Null: somebody unknown, or Playhead itself. */
  actor: { id: string; name: string } | null;
  action: string;
  subjectId: string;
  details: Record<string, string>;
}

export interface Page<Item> {
  items: Item[];
  /** Null on the last page. */
  nextPageToken: string | null;
}

/** How many one request brings. */
const page_items = 50;

export async function listUsers(
  request: { query?: string },
  pageToken: string | null,
): Promise<Page<User>> {
  const json = await requestSigned<{ users: UserJson[]; next_page_token: string }>(
    'GET',
    `/api/admin/users?${search(request, pageToken)}`,
  );
  return { items: json.users.map(userOf), nextPageToken: json.next_page_token || null };
}

/** Ends the person's sessions. */
export async function changeUser(
  id: string,
  changes: { role?: Role; blocked?: boolean },
): Promise<User> {
  return userOf(
    await requestSigned<UserJson>('PATCH', `/api/admin/users/${encodeURIComponent(id)}`, changes),
  );
}

export async function listInvitations(): Promise<Invitation[]> {
  const json = await requestSigned<{ invitations: InvitationJson[] }>(
    'GET',
    '/api/admin/invitations',
  );
  return json.invitations.map(invitationOf);
}

/** The new invitation and its address, which nobody can read again; mailed where there is an email. */
export async function createInvitation(wishes: {
  email: string | null;
  role: Role;
  expiresInDays: number;
}): Promise<{ invitation: Invitation; url: string }> {
  const json = await requestSigned<InvitationJson & { url: string }>(
    'POST',
    '/api/admin/invitations',
    {
      ...(wishes.email === null ? {} : { email: wishes.email }),
      role: wishes.role,
      expires_in_days: wishes.expiresInDays,
    },
  );
  return { invitation: invitationOf(json), url: json.url };
}

export async function revokeInvitation(id: string): Promise<void> {
  await requestSigned('DELETE', `/api/admin/invitations/${encodeURIComponent(id)}`);
}

/** `action` is the beginning of an action's name, `actor` a person's id. */
export async function listAuditEvents(
  request: { actor?: string; action?: string },
  pageToken: string | null,
): Promise<Page<AuditEvent>> {
  const json = await requestSigned<{ events: AuditEventJson[]; next_page_token: string }>(
    'GET',
    `/api/admin/audit?${search(request, pageToken)}`,
  );
  return {
    items: json.events.map(({ subject_id, ...event }) => ({
      ...event,
      id: `${event.service}:${event.id}`,
      time: new Date(event.time),
      subjectId: subject_id,
    })),
    nextPageToken: json.next_page_token || null,
  };
}

interface UserJson {
  id: string;
  email: string;
  name: string;
  role: Role;
  blocked: boolean;
  created_at: string;
  last_seen_at: string | null;
}

interface InvitationJson {
  id: string;
  email: string | null;
  role: Role;
  created_at: string;
  expires_at: string;
  created_by: { id: string; name: string };
}

interface AuditEventJson {
  id: string | number;
  time: string;
  service: 'gateway' | 'video';
  actor: { id: string; name: string } | null;
  action: string;
  subject_id: string;
  details: Record<string, string>;
}

function search(request: Record<string, string>, pageToken: string | null): string {
  const given = Object.entries(request).filter(([, value]) => value !== '');
  return new URLSearchParams([
    ...given,
    ['page_size', String(page_items)],
    ...(pageToken === null ? [] : [['page_token', pageToken]]),
  ]).toString();
}

function userOf(json: UserJson): User {
  return {
    id: json.id,
    email: json.email,
    name: json.name,
    role: json.role,
    blocked: json.blocked,
    createdAt: new Date(json.created_at),
    lastSeenAt: dateOfJson(json.last_seen_at),
  };
}

function invitationOf(json: InvitationJson): Invitation {
  return {
    id: json.id,
    email: json.email === '' ? null : json.email,
    role: json.role,
    createdAt: new Date(json.created_at),
    expiresAt: new Date(json.expires_at),
    createdBy: json.created_by,
  };
}
