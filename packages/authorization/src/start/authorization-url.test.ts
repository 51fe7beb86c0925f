import { describe, expect, test } from '@jest/globals'
import { isAuthorizationUrlAt } from './authorization-url.ts'

const isOurs = (url: string) => isAuthorizationUrlAt('https://agentcore.example')(url)

test.each([
  'https://agentcore.example/',
  'https://agentcore.example/identities/oauth2/authorize?request_uri=x',
  // Browsers treat a backslash as a slash.
  'https://agentcore.example\\@attacker.example/',
])('is AgentCore’s: %s', (url) => {
  expect(isOurs(url)).toBe(true)
})

describe('is not AgentCore’s:', () => {
  test.each([
    '',
    'agentcore.example/authorize',
    '/authorize',
    'http://agentcore.example/authorize',
    'https://agentcore.example:8443/authorize',
    'https://agentcore.example.attacker.example/authorize',
    'https://attacker.example/https://agentcore.example/',
    'https://agentcore.example@attacker.example/',
    'https://somebody:secret@agentcore.example/authorize',
    'blob:https://agentcore.example/authorize',
    'javascript:location="https://agentcore.example/"',
  ])('%s', (url) => {
    expect(isOurs(url)).toBe(false)
  })
})
