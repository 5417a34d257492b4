/**
 * The isolates that listen for the changes of one account, each by a WebSocket. The object can be
 * evicted meanwhile: the platform keeps the sockets, and answers their pings.
 * See docs/decisions/0050.
 */
import { LISTENER_PING, LISTENER_PONG, type News } from '../../src/contract/heartbeat.ts'

export type Listeners = ReturnType<typeof createListeners>

/** The listening isolates of an object. */
export function createListeners(state: DurableObjectState) {
  state.setWebSocketAutoResponse(new WebSocketRequestResponsePair(LISTENER_PING, LISTENER_PONG))

  return {
    /** Opens a socket for an isolate, whose first message is `news`. */
    accept(news: News): Response {
      const pair = new WebSocketPair()
      state.acceptWebSocket(pair[1])
      pair[1].send(JSON.stringify(news))
      return new Response(null, { status: 101, webSocket: pair[0] })
    },

    /** Tells all isolates. One that cannot be told has lost its socket, and asks anew. */
    tell(news: News): void {
      const message = JSON.stringify(news)
      for (const socket of state.getWebSockets()) {
        try {
          socket.send(message)
        } catch {
          // The socket is closing.
        }
      }
    },
  }
}
