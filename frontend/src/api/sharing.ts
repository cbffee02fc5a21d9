import { requestSigned } from './signed';
import { dateOfJson } from './time';

export interface SharedPerson {
  id: string;
  name: string;
}

export interface ShareLink {
  id: string;
  /** What the owner calls it; may be empty. */
  label: string;
  createdAt: Date;
  /** Null: never. */
  expiresAt: Date | null;
  hasPassword: boolean;
}

export interface Shares {
  people: SharedPerson[];
  links: ShareLink[];
}

interface ShareLinkJson {
  id: string;
  label: string;
  created_at: string;
  expires_at: string | null;
  has_password: boolean;
}

/** With whom a video is shared, and through which links that still open it. Its owner's alone. */
export async function listShares(videoId: string): Promise<Shares> {
  const { people, links } = await requestSigned<{ people: SharedPerson[]; links: ShareLinkJson[] }>(
    'GET',
    sharesOf(videoId),
  );
  return { people, links: links.map(linkOf) };
}

/** Shares with whoever has an account with this address. */
export async function sharePerson(videoId: string, email: string): Promise<SharedPerson> {
  return requestSigned<SharedPerson>('POST', `${sharesOf(videoId)}/people`, { email });
}

export async function unsharePerson(videoId: string, personId: string): Promise<void> {
  await requestSigned('DELETE', `${sharesOf(videoId)}/people/${encodeURIComponent(personId)}`);
}

/** The new link and its address, which nobody can read again. */
export async function createShareLink(
  videoId: string,
  wishes: { label: string; expiresAt: Date | null; password: string | null },
): Promise<{ link: ShareLink; url: string }> {
  const json = await requestSigned<ShareLinkJson & { url: string }>(
    'POST',
    `${sharesOf(videoId)}/links`,
    {
      label: wishes.label,
      expires_at: wishes.expiresAt?.toISOString() ?? null,
      password: wishes.password,
    },
  );
  return { link: linkOf(json), url: json.url };
}

export async function revokeShareLink(videoId: string, linkId: string): Promise<void> {
  await requestSigned('DELETE', `${sharesOf(videoId)}/links/${encodeURIComponent(linkId)}`);
}

function sharesOf(videoId: string): string {
  return `/api/videos/${encodeURIComponent(videoId)}/shares`;
}

function linkOf(json: ShareLinkJson): ShareLink {
  return {
    id: json.id,
    label: json.label,
    createdAt: new Date(json.created_at),
    expiresAt: dateOfJson(json.expires_at),
    hasPassword: json.has_password,
  };
}
