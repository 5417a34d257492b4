/** The memory in which one isolate may hold bodies at a time. */

/** The memory for the bodies of all accounts together, and of one account, in bytes. */
const ACCOUNTS_BYTES = 16_777_216
const ACCOUNT_BYTES = 8_388_608

/** The memory for the bodies of all callers without an account, and of one address, in bytes. */
const STRANGERS_BYTES = 8_388_608
const STRANGER_BYTES = 1_048_576

/**
 * The memory for answers that are withheld until they are paid for, or that their payers are
 * reading; and of one payer, in bytes.
 */
const ANSWERS_BYTES = 12_582_912
const PAYER_BYTES = 4_194_304

/**
 * After this time without a chunk, the request of a body has died without giving its memory back,
 * in milliseconds: the platform ends the code of a call whose client is gone, and no origin may
 * take longer.
 */
const STALE_MS = 180_000

/** A body that is given to a caller is never cut before this time, in milliseconds. */
const READ_MS = 5_000

/** The time in which a request gives back the memory of a body that was cut, in milliseconds. */
const CUT_MS = 3_000

export type Hold = ReturnType<typeof createHold>

/** The memory that one body has of a hold. */
export interface Share {
  /** Takes memory for bytes. Returns false, and takes none, if there is too little. */
  take(bytes: number): boolean
  /** Gives all of it back. Does nothing the second time, or if the body was given to a caller. */
  release(): void
  /**
   * Says that a caller is reading the body, at its own pace: after 5 s, `cut` may be called when
   * somebody needs the memory. Returns the function that gives the memory back.
   */
  give(cut: () => void): () => void
}

/** A body that a caller is reading. */
interface Given {
  holder: string
  bytes: number
  since: number
  cut: () => void
  /** When it was cut: its request soon gives the memory back, unless the request has died. */
  cutAt?: number
}

/**
 * Creates an empty hold. No holder (an account, an address) has more than `maxEachBytes` of it, so
 * that one cannot take the place of all others.
 */
export function createHold(maxBytes: number, maxEachBytes = maxBytes) {
  let held = 0
  const holders = new Map<string, number>()
  /** The shares that have memory, by when they took the last of it. */
  const shares = new Map<Share, number>()
  /** The shares whose bodies callers are reading, the oldest first. */
  const given = new Map<Share, Given>()

  function add(holder: string, bytes: number): void {
    held += bytes
    const left = (holders.get(holder) ?? 0) + bytes
    if (left > 0) holders.set(holder, left)
    else holders.delete(holder)
  }

  /** Returns the bytes that a holder lacks of what is its own, and of all, to take `bytes`. */
  const lackOf = (holder: string, bytes: number): [own: number, all: number] => [
    (holders.get(holder) ?? 0) + bytes - maxEachBytes,
    held + bytes - maxBytes,
  ]
  const hasRoom = (holder: string, bytes: number): boolean =>
    lackOf(holder, bytes).every((lack) => lack <= 0)

  function free(share: Share, holder: string, bytes: number): void {
    shares.delete(share)
    given.delete(share)
    add(holder, -bytes)
  }

  /** Gives back what requests hold that have died. */
  function sweep(now: number): void {
    for (const [share, takenAt] of shares) {
      const one = given.get(share)
      const isDead = one?.cutAt !== undefined && now >= one.cutAt + CUT_MS
      if (now < takenAt + STALE_MS && !isDead) continue
      one?.cut()
      given.delete(share)
      share.release()
    }
  }

  /** Cuts the oldest bodies of slow readers, so that a later try of this holder has room. */
  function makeRoom(holder: string, bytes: number, now: number): void {
    let [own, all] = lackOf(holder, bytes)
    for (const one of given.values()) {
      if (now < one.since + READ_MS) return
      const isOwn = one.holder === holder
      if (own > 0 ? !isOwn : all <= 0) continue
      one.cut()
      one.cutAt ??= now
      all -= one.bytes
      if (isOwn) own -= one.bytes
    }
  }

  return {
    /** Returns an empty share for one body of a holder. */
    share(holder: string): Share {
      let taken = 0
      const share: Share = {
        take(bytes) {
          const now = Date.now()
          if (!hasRoom(holder, bytes)) sweep(now)
          if (!hasRoom(holder, bytes)) {
            makeRoom(holder, bytes, now)
            return false
          }
          taken += bytes
          add(holder, bytes)
          shares.set(share, now)
          return true
        },
        release() {
          if (given.has(share)) return
          free(share, holder, taken)
          taken = 0
        },
        give(cut) {
          given.set(share, { holder, bytes: taken, since: Date.now(), cut })
          return () => {
            given.delete(share)
            share.release()
          }
        },
      }
      return share
    },
  }
}

/** How many of the largest bodies one address may have held at a time: people share addresses. */
const LARGEST_OF_STRANGER = 4

/**
 * Creates the holds of an isolate: callers without an account, who may be anybody, cannot fill the
 * memory for accounts, nor the reverse. `unpaidBytes` is the largest body that a caller without an
 * account may send; one address has room for some of it.
 */
export function createBodyHolds(unpaidBytes: number) {
  const strangerBytes = Math.max(STRANGER_BYTES, LARGEST_OF_STRANGER * unpaidBytes)
  return {
    accounts: createHold(ACCOUNTS_BYTES, ACCOUNT_BYTES),
    strangers: createHold(Math.max(STRANGERS_BYTES, strangerBytes), strangerBytes),
    /** Answers that are withheld until they are paid for, or that their payers read, by payer. */
    answers: createHold(ANSWERS_BYTES, PAYER_BYTES),
  }
}
