import type { AuditEvent } from '../api/admin';
import { text, type Told } from '../text/en/audit';

/** Who did it, for a reader. */
export function auditActor(event: Pick<AuditEvent, 'actor' | 'action'>): string {
  if (event.actor !== null && event.actor.name !== '') return event.actor.name;
  return event.action.startsWith('owner.') ? text.playhead : text.Somebody;
}

/**
 * What they did, in words that follow their name. Whatever has no sentence yet is told as it is.
 * `names` are the people whose names are known, by id.
 */
export function auditSentence(
  event: Pick<AuditEvent, 'action' | 'subjectId' | 'details'>,
  names: ReadonlyMap<string, string>,
): string {
  const detail = (name: string): string =>
    Object.hasOwn(event.details, name) ? (event.details[name] ?? '') : '';
  const person = (id: string): string => {
    if (id === '') return text.somebody;
    return names.get(id) ?? text.somebodyWith(id.slice(0, 8));
  };
  const sentences: Record<string, (told: Told) => string> = text.sentences;
  const words = Object.hasOwn(sentences, event.action) ? sentences[event.action] : undefined;
  if (words !== undefined) {
    const from = detail('address') === '' ? '' : text.from(detail('address'));
    return words({ detail, person, subject: event.subjectId, from });
  }
  const told = Object.entries(event.details).map(([name, value]) => `${name}: ${value}`);
  return [event.action, ...told].join(', ');
}

/** The video that an event is about, or null. */
export function auditVideo(event: Pick<AuditEvent, 'action' | 'subjectId'>): string | null {
  return /^(video|share|moderation)\./.test(event.action) && event.subjectId !== ''
    ? event.subjectId
    : null;
}
