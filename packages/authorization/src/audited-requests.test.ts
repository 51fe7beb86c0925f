import type { AuthorizationId } from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import { existingToken, requestAccess } from './request-authorization.ts'
import {
  actor,
  asked,
  requesting,
  sessionUri,
  toConsent,
  token,
  turnId,
  userSession,
} from './test-support/requesting.ts'

describe('the audit trail of a request for access', () => {
  test('has the authorization that was created, with its session URI, its turn and the AWS request id', async () => {
    const { said, records, minted, ports } = requesting([toConsent])
    const { outcome } = await requestAccess(asked, ports)
    expect(outcome).toBe('authorization-required')
    expect(said).toEqual([
      {
        event: 'authorization_created',
        ...actor,
        authorizationId: records[0]?.id,
        correlationId: 'the-turn',
        provider: 'github',
        scopes: ['repo'],
        sessionUri,
        turnId,
        awsRequestId: 'aws-1',
      },
    ])
    expect(records[0]?.correlationId).toBe('the-turn')
    expect(minted).toEqual([actor])
  })

  test('has no line when the user was erased meanwhile: the authorization is erased with its user session', async () => {
    const { said, records, ports } = requesting([toConsent], undefined, true)
    expect(await requestAccess(asked, ports)).toEqual({ outcome: 'signed-out' })
    expect([records.length, said]).toEqual([1, []])
  })

  test.each([
    [
      'another request for the same was first',
      { outcome: 'created', id: `${userSession}.${'o'.repeat(22)}` as AuthorizationId },
    ],
    ['the user session has reached its limit', { outcome: 'too-many' }],
    ['the user has signed out', { outcome: 'signed-out' }],
  ] as const)('has no line when %s', async (_why, created) => {
    const { said, ports } = requesting([toConsent], created)
    await requestAccess(asked, ports)
    expect(said).toEqual([])
  })

  test('has no line when the URL is not AgentCore’s, and none when AgentCore does not answer', async () => {
    const { said, records, ports } = requesting([{ ...toConsent, authorizationUrl: 'https://elsewhere.example' }])
    expect(await requestAccess(asked, ports)).toEqual({ outcome: 'unavailable' })
    expect(await requestAccess(asked, ports)).toEqual({ outcome: 'unavailable' })
    expect([said, records]).toEqual([[], []])
  })

  test('has a line for the token without its value, with its authorization', async () => {
    const { said, ports } = requesting([token, token, token])
    const after = {
      authorizationId: `${userSession}.${'i'.repeat(22)}` as AuthorizationId,
      correlationId: 'another-turn',
    }
    await requestAccess({ ...asked, after }, ports)
    const { turnId: _, ...outsideOfATurn } = asked
    await existingToken({ ...outsideOfATurn, after }, ports)
    await requestAccess(asked, ports)
    const access = { provider: 'github', credential: 'user', scopes: ['repo'] }
    const obtained = { event: 'token_obtained', ...actor, ...access, awsRequestId: 'aws-2' }
    expect(said).toEqual([
      { ...obtained, ...after, turnId },
      { ...obtained, ...after },
      { ...obtained, turnId },
    ])
    expect(JSON.stringify(said)).not.toContain('a-secret')
  })
})
