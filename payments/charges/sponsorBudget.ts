/**
 * The day's budget (UTC) for fees of sponsored payments, in the SQLite of the one object that
 * keeps it. Fees are in millionths of a dollar, and counted at the most that they can be.
 */

const DAY_MS = 86_400_000

export function createSponsorBudget(sql: SqlStorage) {
  sql.exec(`create table if not exists fees (
    challenge_id text primary key, day integer not null, fee integer not null)`)
  return {
    /**
     * Takes the fee of one try of a challenge, once, however often the try asks. False: the day's
     * budget has less left.
     */
    take(tryId: string, fee: number, perDay: number): boolean {
      const day = Math.floor(Date.now() / DAY_MS)
      sql.exec('delete from fees where day < ? or challenge_id = ?', day, tryId)
      const query = `insert into fees select ?1, ?2, ?3
        where ?3 + (select coalesce(sum(fee), 0) from fees) <= ?4 returning fee`
      return sql.exec(query, tryId, day, fee, perDay).toArray().length > 0
    },

    /** Gives the fee of a try back. */
    drop(tryId: string): void {
      sql.exec('delete from fees where challenge_id = ?', tryId)
    },
  }
}

export type SponsorBudget = ReturnType<typeof createSponsorBudget>
