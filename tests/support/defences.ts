import type { Service } from './stack-shape.ts'

export interface Defence {
  service: Service
  /** In the repository. */
  file: string
  intact: string
  without: string
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
  'the refusal of starts from another site': {
    service: 'agent-workload',
    file: 'packages/authorization/src/authorization-routes.ts',
    intact: "if (site === undefined || site === 'same-origin' || site === 'none') return next()",
    without: 'return next()',
    row: 'start-from-another-site',
  },
} as const satisfies Record<string, Defence>

export type DefenceName = keyof typeof DEFENCES
