import { expect, test } from '@jest/globals'
import type { LocalStack } from './local-stack.ts'
import { welcome } from './terminal.ts'

const welcomeWith = (vendors: readonly string[]) =>
  welcome(
    {
      app: 'http://localhost:8080',
      users: [{ username: 'alice', password: 'of alice' }],
      agentcoreIdentity: 'http://127.0.0.1:8082',
      vendors: Object.fromEntries(vendors.map((id) => [id, 'http://127.0.0.1:8083'])),
    } as unknown as LocalStack,
    ['List my repositories'],
  )

test('the welcome names the vendors where users sign in, and no API without users', () => {
  expect(welcomeWith(['github', 'service-status', 'slack', 'time-off', 'warehouse'])).toContain(
    '\nSign in there, and again at GitHub and Slack, as one of\n  alice    of alice\n',
  )
  expect(welcomeWith(['warehouse'])).toContain('\nSign in there as one of\n')
})
