import { AgentWorkloadEnvironment, McpServerEnvironment, SessionBindingEnvironment } from '@agent-identity/contracts'
import { expect, test } from '@jest/globals'
import type { z } from 'zod'
import { ConfigurationError, readEnvironment } from './read-environment.ts'

const ringOf = (letter: string) => JSON.stringify({ sealWith: 'k1', k1: letter.repeat(43) })
const complete = {
  PORT: '8080',
  PUBLIC_URL: 'https://agent.example.com',
  REDIS_URL: 'rediss://cache.example.com:6379',
  USER_SESSION_KEYS: ringOf('x'),
  IDENTITY_ARTIFACT_KEYS: ringOf('y'),
  AWS_REGION: 'eu-central-1',
}

const mistakesOf = (
  environment: Record<string, string | undefined>,
  schema: z.ZodType = SessionBindingEnvironment,
): string => {
  try {
    readEnvironment(schema, environment)
    return ''
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError)
    return (error as Error).message
  }
}

test('names every mistake in one message', () => {
  const message = mistakesOf({ ...complete, PORT: 'eighty', PUBLIC_URL: 'http://agent.example.com', AWS_REGION: '' })
  expect(message).toContain('PORT')
  expect(message).toContain('PUBLIC_URL: must be https')
  expect(message).toContain('AWS_REGION is missing')
})

test.each([
  ['PUBLIC_URL', 'agent.example.com'],
  ['PUBLIC_URL', 'https://agent.example.com/app'],
  ['PUBLIC_URL', 'https://user@agent.example.com'],
  ['REDIS_URL', 'https://cache.example.com'],
  ['REDIS_COMMAND_TIMEOUT_MS', '8001'],
  ['USER_SESSION_KEYS', 'not json'],
  ['USER_SESSION_KEYS', JSON.stringify({ sealWith: 'k2', k1: 'x'.repeat(43) })],
  ['USER_SESSION_KEYS', JSON.stringify({ sealWith: 'k1', k1: 'too short' })],
  ['USER_SESSION_KEYS', JSON.stringify({ sealWith: 'sealWith' })],
])('refuses %s=%s and does not print a value', (name, value) => {
  const message = mistakesOf({ ...complete, [name]: value })
  expect(message).toContain(name)
  expect(message).not.toContain('too short')
  expect(message).not.toContain('x'.repeat(43))
})

test.each([
  ['session-binding', SessionBindingEnvironment],
  ['agent-workload', AgentWorkloadEnvironment],
  ['mcp-server', McpServerEnvironment],
])('%s refuses spaces for a number, for a list and for an origin', (_service, schema) => {
  const names = Object.keys(schema.shape).filter((name) =>
    /PORT|PROX|PER_|_MS$|SECONDS|_MAX_|AT_ONCE_PER|CALLS_AT|MCP_CLIENT_IDS|ORIGINS$|PROVIDERS/.test(name),
  )
  expect(names.length).toBeGreaterThan(6)
  const message = mistakesOf(Object.fromEntries(names.map((name) => [name, '  '])), schema)
  expect(names.filter((name) => !message.includes(`${name}: `))).toEqual([])
})

test('a complete configuration is parsed, and variables that are not set get their defaults', () => {
  expect(readEnvironment(SessionBindingEnvironment, complete)).toMatchObject({
    PORT: 8080,
    USER_SESSION_KEYS: { sealWith: 'k1', keys: { k1: 'x'.repeat(43) } },
    REDIS_TOPOLOGY: 'single',
  })
})
