/** Chooses few rows of a large table so that each two values of two columns meet in one of them. */

/** A row: one value of each column, by the column's name. */
export type Row<C extends Record<string, readonly string[]>> = { [K in keyof C]: C[K][number] }

/** Returns all rows of a table. */
export function allRows<C extends Record<string, readonly string[]>>(columns: C): Row<C>[] {
  let rows: Record<string, string>[] = [{}]
  for (const [name, values] of Object.entries(columns))
    rows = rows.flatMap((row) => values.map((value) => ({ ...row, [name]: value })))
  return rows as Row<C>[]
}

/** Returns rows in which each two values of two columns meet. The same ones each time. */
export function allPairs<C extends Record<string, readonly string[]>>(columns: C): Row<C>[] {
  const names = Object.keys(columns)
  const pairsOf = (row: Record<string, string>) =>
    names.flatMap((one, index) =>
      names.slice(index + 1).map((other) => `${one}=${row[one]} ${other}=${row[other]}`),
    )
  const rows = allRows(columns)
  const missing = new Set(rows.flatMap(pairsOf))
  const chosen: Row<C>[] = []
  while (missing.size > 0) {
    let best: Row<C> | undefined
    let most = 0
    for (const row of rows) {
      const found = pairsOf(row).filter((pair) => missing.has(pair)).length
      if (found > most) [best, most] = [row, found]
    }
    if (best === undefined) break
    chosen.push(best)
    for (const pair of pairsOf(best)) missing.delete(pair)
  }
  return chosen
}
