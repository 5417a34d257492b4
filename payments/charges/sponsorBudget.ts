/** The budget, in the SQLite of the one object that keeps it. Fees are counted at the most they can be. */
export function createSponsorBudget(sql: SqlStorage) {
  sql.exec(
    'create table if not exists fees (challenge_id text primary key, day integer not null, fee integer not null)',
  )
  return {
    /** Takes a fee for one try of a challenge; once, however often it is asked. False: that is more than the day has. */
    take(tryId: string, fee: number, perDay: number): boolean {
      const day = Math.floor(Date.now() / DAY_MS)
      sql.exec('delete from fees where day < ? or challenge_id = ?', day, tryId)
      const taken =
        'insert into fees select ?1, ?2, ?3 where ?3 + (select coalesce(sum(fee), 0) from fees) <= ?4'
      return sql.exec(`${taken} returning fee`, tryId, day, fee, perDay).toArray().length > 0
    },

    drop(tryId: string): void {
      sql.exec('delete from fees where challenge_id = ?', tryId)
    },
  }
}

export type SponsorBudget = ReturnType<typeof createSponsorBudget>

export const DAY_MS = 86_400_000
