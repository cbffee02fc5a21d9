import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, test } from 'vitest';
import { errorFromNetwork, errorFromProblem } from './errors';
import { errorFromRpc } from './rpc-errors';

/** google.rpc.ErrorInfo, encoded by the library's own writer. */
function withInfo(
  code: Code,
  reason: string,
  metadata: Record<string, string>,
  domain = 'playhead',
) {
  const writer = new BinaryWriter()
    .tag(1, WireType.LengthDelimited)
    .string(reason)
    .tag(2, WireType.LengthDelimited)
    .string(domain);
  for (const [key, value] of Object.entries(metadata)) {
    writer
      .tag(3, WireType.LengthDelimited)
      .fork()
      .tag(1, WireType.LengthDelimited)
      .string(key)
      .tag(2, WireType.LengthDelimited)
      .string(value)
      .join();
  }
  const error = new ConnectError('is too long', code);
  error.details.push({ type: 'google.rpc.ErrorInfo', value: writer.finish() });
  return error;
}

describe('problem details', () => {
  test('name the limit', () => {
    const body = JSON.stringify({ reason: 'TOO_LARGE', limit_bytes: 5e9 });
    expect(errorFromProblem(413, body).message).toContain('5 GB');
  });

  test('say what is wrong with a field', () => {
    const body = JSON.stringify({
      reason: 'INVALID_INPUT',
      errors: [{ field: 'email', message: 'Already taken.' }, { field: 7 }],
    });
    const error = errorFromProblem(400, body);
    expect(error.field('email')).toBe('Already taken.');
    expect(error.message).toBe('Already taken.');
  });

  test('say what is needed', () => {
    const body = JSON.stringify({ reason: 'NOT_ALLOWED', needs: 'password' });
    expect(errorFromProblem(403, body).facts.needs).toBe('password');
    expect(errorFromProblem(403, '{"reason":"NOT_ALLOWED"}').facts.needs).toBeUndefined();
  });

  test('tell the request id of a fault', () => {
    const body = JSON.stringify({ reason: 'INTERNAL', request_id: 'r-42' });
    expect(errorFromProblem(500, body).message).toContain('r-42');
  });

  test.each([
    [502, '<html>Bad gateway</html>', 'UNAVAILABLE'],
    [401, '', 'NOT_SIGNED_IN'],
    [418, '{"reason":"constructor"}', 'INTERNAL'],
    [429, 'null', 'RATE_LIMITED'],
  ])('are not needed: status %i', (status, body, reason) => {
    expect(errorFromProblem(status, body).reason).toBe(reason);
  });
});

describe('a quota that is used up', () => {
  const refusal = { reason: 'QUOTA_EXCEEDED', limit_bytes: 5e9, used_bytes: 4.2e9 };
  test.each([
    [
      'storage',
      'There is not enough storage left for this: 4.2 GB of 5 GB are used. Delete a video to make room.',
    ],
    [
      'daily',
      'This is more than you may upload in a day: 4.2 GB of 5 GB are used. Try again tomorrow.',
    ],
  ])('is named: %s', (quota, sentence) => {
    expect(errorFromProblem(413, JSON.stringify({ ...refusal, quota })).message).toBe(sentence);
  });
});

describe('gRPC errors', () => {
  test('carry reason and metadata', () => {
    const error = errorFromRpc(
      withInfo(Code.ResourceExhausted, 'QUOTA_EXCEEDED', { limit_bytes: '2000000' }),
    );
    expect(error.reason).toBe('QUOTA_EXCEEDED');
    expect(error.facts.limit_bytes).toBe(2_000_000);
  });

  test('name the field', () => {
    const error = errorFromRpc(withInfo(Code.InvalidArgument, 'INVALID_INPUT', { field: 'title' }));
    expect(error.field('title')).toBe('is too long');
  });

  test('of another domain count by their code', () => {
    const error = errorFromRpc(withInfo(Code.NotFound, 'NOT_ALLOWED', {}, 'proxy.example'));
    expect(error.reason).toBe('NOT_FOUND');
  });

  test('from a browser without network mean unavailable', () => {
    expect(errorFromRpc(new TypeError('Failed to fetch')).reason).toBe('UNAVAILABLE');
    expect(errorFromNetwork(new TypeError('Failed to fetch')).reason).toBe('UNAVAILABLE');
  });
});
