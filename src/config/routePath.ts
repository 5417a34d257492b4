/** The paths of routes, as they are written in other places than the table. */
import { belowBase, type Config, type Route } from './config.ts'

/** The path of a route, like "/api/v1/x/tweets/:id". */
export const pathOf = ({ segments }: Pick<Route, 'segments'>): string => `/${segments.join('/')}`

/** A route as the config writes it; with the host, if it is not below the base path. */
export function placedId(config: Config, route: Route): string {
  const isBelow = belowBase(config, pathOf(route)) !== null
  return isBelow ? route.id : route.id.replace(' ', ` ${config.publicUrl}`)
}
