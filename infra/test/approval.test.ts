import { expect, test } from '@jest/globals'
import { approval } from '../commands/approval.ts'
import { DeploymentError } from '../read-deployment.ts'

const sandbox = { name: 'sandbox', keepsData: false }
const production = { name: 'production', keepsData: true }

test('a stage that keeps its data asks before it adds permissions', () => {
  expect(approval(production, { terminal: true })).toBe('broadening')
})

test('without a terminal, it is deployed with --yes only', () => {
  expect(() => approval(production, { terminal: false })).toThrow(DeploymentError)
  expect(approval(production, { yes: true, terminal: false })).toBe('never')
})

test('a stage that does not keep its data asks nothing', () => {
  expect(approval(sandbox, { terminal: false })).toBe('never')
})
