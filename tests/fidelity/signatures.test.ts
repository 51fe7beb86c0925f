import { BedrockAgentCoreClient, GetWorkloadAccessTokenCommand } from '@aws-sdk/client-bedrock-agentcore'
import { describe, expect, test } from '@jest/globals'
import { refusal } from './support/flow.ts'
import { useEmulator } from './support/subject.ts'

describe('signatures of the real SDK', () => {
  const used = useEmulator(() => ({
    region: 'eu-central-1',
    credentials: [
      { accessKeyId: 'LONGTERM', secretAccessKey: 'secret' },
      { accessKeyId: 'TEMPORARY', secretAccessKey: 'secret', sessionToken: 'session', principal: 'task-role' },
      { accessKeyId: 'EXPIRED', secretAccessKey: 'secret', sessionToken: 'session', expiresAt: '2020-01-01T00:00:00Z' },
    ],
    workloadIdentities: [{ name: 'agent' }],
  }))
  const call = (accessKeyId: string, changed: { secret?: string; sessionToken?: string; region?: string } = {}) => {
    const { secret = 'secret', sessionToken, region = 'eu-central-1' } = changed
    const credentials = { accessKeyId, secretAccessKey: secret, ...(sessionToken ? { sessionToken } : {}) }
    const client = new BedrockAgentCoreClient({ endpoint: used.emulator.url, region, credentials, maxAttempts: 1 })
    return client.send(new GetWorkloadAccessTokenCommand({ workloadName: 'agent' }))
  }

  test('long-term and temporary credentials, each its own principal', async () => {
    await call('LONGTERM')
    expect(used.emulator.calls().at(-1)?.principal).toBe('arn:aws:iam::123456789012:user/LONGTERM')
    await call('TEMPORARY', { sessionToken: 'session' })
    expect(used.emulator.calls().at(-1)?.principal).toBe('arn:aws:sts::123456789012:assumed-role/task-role/emulator')
  })

  test.each<[string, Parameters<typeof call>, string]>([
    ['an unknown key', ['UNKNOWN'], 'UnrecognizedClientException'],
    ['a wrong secret', ['LONGTERM', { secret: 'wrong' }], 'InvalidSignatureException'],
    ['another Region', ['LONGTERM', { region: 'us-east-1' }], 'InvalidSignatureException'],
    ['a missing session token', ['TEMPORARY'], 'UnrecognizedClientException'],
    ['a wrong session token', ['TEMPORARY', { sessionToken: 'other' }], 'UnrecognizedClientException'],
    ['a session token that is not expected', ['LONGTERM', { sessionToken: 'session' }], 'UnrecognizedClientException'],
    ['an expired session', ['EXPIRED', { sessionToken: 'session' }], 'ExpiredTokenException'],
  ])('%s is refused, and recorded without a principal', async (_case, args, name) => {
    expect(await refusal(call(...args))).toMatchObject({ name, status: 403 })
    expect(used.emulator.calls().at(-1)).toMatchObject({ status: 403, principal: null })
  })

  test('changes of the clock do not affect signatures', async () => {
    used.emulator.clock.advance(24 * 3600)
    await call('LONGTERM')
  })
})
