/** The most rows of a list that a page shows; a page says so when it shows as many. */
export const MOST_LISTED = {
  /** Keys that have ended. Active ones are all shown, because their number is limited. */
  endedKeys: 100,
  sessions: 100,
  grants: 500,
} as const
