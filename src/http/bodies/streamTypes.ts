/** Media types of streams of events or of lines, which may be silent for as long as they like. */

const STREAMS = new RegExp(
  [
    '^(?:text/event-stream',
    '(?:application|text)/(?:x-)?(?:ndjson|jsonlines|json-lines|jsonl|json-stream)',
    // Sequences (RFC 7464, RFC 8742), also of a special kind ("application/geo+json-seq").
    'application/(?:[\\w.-]+\\+)?(?:json|cbor)-seq',
    'application/(?:stream\\+json|grpc[\\w+.-]*|connect\\+[\\w.-]+|vnd\\.amazon\\.eventstream)',
    'multipart/x-mixed-replace)[ \\t]*(?:[;,]|$)',
  ].join('|'),
  'i',
)

/** Whether a body with this `Content-Type` is a stream of events or of lines. */
export const isStreamType = (contentType: string | null | undefined): boolean =>
  contentType != null && STREAMS.test(contentType.slice(0, 200).trimStart())
