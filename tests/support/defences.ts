import type { LocalStackOptions } from '@agent-identity/local'
import type { Service } from './stack-shape.ts'

export interface Defence {
  service: Service
  /** In the repository. */
  file: string
  intact: string
  without: string
  /** Of AgentCore, where the defence matters only with them. */
  assumptions?: LocalStackOptions['identityAssumptions']
  /** Of the rows of `npm run verify`, one that must fail. */
  row: string
}

const CHECKS = { service: 'session-binding', file: 'services/session-binding/src/binding/binding-checks.ts' } as const

export const DEFENCES = {
  'the comparison of the user': { ...CHECKS, intact: '[sameUser, ', without: '[', row: 'audit-refusals' },
  'the comparison of the user session': {
    ...CHECKS,
    intact: 'sameUserSession(owningSession), ',
    without: '',
    row: 'audit-refusals',
  },
  'the comparison of the state': { ...CHECKS, intact: ' sameState, ', without: ' ', row: 'tampered-state' },
  'the comparison of the browser': {
    ...CHECKS,
    intact: ', sameBrowser]',
    without: ']',
    row: 'return-with-a-stolen-cookie',
  },
  'the single use of a return': {
    service: 'session-binding',
    file: 'services/session-binding/src/binding/bind-session.ts',
    intact: "  if (record.status !== 'pending') return ",
    without: '  if (false) return ',
    row: 'replay',
  },
  'the end of an authorization that has left its browser': {
    service: 'session-binding',
    file: 'services/session-binding/src/binding/bind-session.ts',
    intact: "if (record.status === 'pending' && hasLeftItsBrowser(record, returned))",
    without: 'if (false)',
    assumptions: { authorizationUrl: 'reusable' },
    row: 'forwarded-url-after-return',
  },
  'the refusal of starts from another site': {
    service: 'agent-workload',
    file: 'packages/authorization/src/start/start-routes.ts',
    intact: "if (isFromElsewhere(request)) return refuseUnknown('another-site')(request, response, next)\n",
    without: '\n',
    row: 'start-from-another-site',
  },
} as const satisfies Record<string, Defence>

export type DefenceName = keyof typeof DEFENCES
