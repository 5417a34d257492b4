/** Media types of streams of events or of lines, which may be silent for as long as they like. */

const STREAMS =
  /^(?:text\/event-stream|application\/(?:x-ndjson|ndjson|x-jsonlines|jsonlines|jsonl|x-jsonl|json-seq|stream\+json|x-json-stream|grpc[\w+.-]*|connect\+[\w.-]+)|multipart\/x-mixed-replace)[ \t]*(?:;|$)/i

/** Whether a body with this `Content-Type` is a stream of events or of lines. */
export const isStreamType = (contentType: string | null | undefined): boolean =>
  contentType != null && STREAMS.test(contentType.slice(0, 200).trimStart())
