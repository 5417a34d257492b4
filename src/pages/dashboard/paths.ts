/** The pages of the dashboard, and the paths that their forms post to. */
import { OWN_PATHS } from '../../config/ownPaths.ts'

const below = (path: string) => `${OWN_PATHS.dashboard}/${path}`

export const DASHBOARD_PATHS = {
  keys: below('keys'),
  createKey: below('keys/new'),
  revokeKey: below('keys/revoke'),
  usage: below('usage'),
  usageCsv: below('usage.csv'),
  payments: below('payments'),
  paymentSums: below('payments/sums.csv'),
  apps: below('apps'),
  endApp: below('apps/end'),
  account: below('account'),
  endSession: below('account/end'),
  endSessions: below('account/end-all'),
  deleteAccount: below('account/delete'),
  accounts: below('accounts'),
  disable: below('accounts/disable'),
  enable: below('accounts/enable'),
  audit: below('audit'),
} as const
