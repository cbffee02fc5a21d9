import { BinaryReader } from '@bufbuild/protobuf/wire';
import { Code, ConnectError } from '@connectrpc/connect';
import { factsOf, isReason, PlayheadError, translated, type Reason } from './errors';

const reasonOfCode: Partial<Record<Code, Reason>> = {
  [Code.InvalidArgument]: 'INVALID_INPUT',
  [Code.Unauthenticated]: 'NOT_SIGNED_IN',
  [Code.PermissionDenied]: 'NOT_ALLOWED',
  [Code.NotFound]: 'NOT_FOUND',
  [Code.FailedPrecondition]: 'NOT_READY',
  [Code.ResourceExhausted]: 'RATE_LIMITED',
  [Code.Unavailable]: 'UNAVAILABLE',
  [Code.DeadlineExceeded]: 'UNAVAILABLE',
  // What a browser reports when it cannot reach the server at all.
  [Code.Unknown]: 'UNAVAILABLE',
};

/** From whatever a gRPC call threw. */
export function errorFromRpc(thrown: unknown): PlayheadError {
  if (thrown instanceof PlayheadError) return thrown;
  const error = ConnectError.from(thrown);
  const info = errorInfo(error);
  const reason = isReason(info?.reason) ? info.reason : (reasonOfCode[error.code] ?? 'INTERNAL');
  const metadata = info?.metadata ?? {};
  const field = metadata['field'];
  return new PlayheadError(
    reason,
    {
      ...factsOf({ detail: info ? error.rawMessage : undefined, ...metadata }),
      ...(field === undefined
        ? {}
        : { fields: [{ field, message: translated(error.rawMessage, metadata) }] }),
    },
    { cause: error },
  );
}

/** google.rpc.ErrorInfo, field numbers from googleapis google/rpc/error_details.proto. */
function errorInfo(
  error: ConnectError,
): { reason: string; metadata: Record<string, string> } | undefined {
  for (const detail of error.details) {
    if (!('type' in detail) || detail.type !== 'google.rpc.ErrorInfo') continue;
    const message = { reason: '', domain: '', metadata: {} as Record<string, string> };
    const reader = new BinaryReader(detail.value);
    while (reader.pos < reader.len) {
      const [field, wireType] = reader.tag();
      if (field === 1) message.reason = reader.string();
      else if (field === 2) message.domain = reader.string();
      else if (field === 3) {
        const entry = { key: '', value: '' };
        const end = reader.uint32() + reader.pos;
        while (reader.pos < end) {
          const [part, partType] = reader.tag();
          if (part === 1) entry.key = reader.string();
          else if (part === 2) entry.value = reader.string();
          else reader.skip(partType);
        }
        message.metadata[entry.key] = entry.value;
      } else reader.skip(wireType);
    }
    if (message.domain === 'playhead') return message;
  }
  return undefined;
}
