import { CloudTrailClient } from '@aws-sdk/client-cloudtrail'
import { afterEach, describe, expect, test } from '@jest/globals'
import { Mask } from '../report/mask.ts'
import { type FakeAws, startFakeAws } from '../test-support/fake-aws.ts'
import { lookAtCloudTrail } from './cloudtrail.ts'

let aws: FakeAws
afterEach(() => aws.close())

const COMPLETION = { userIdentity: { type: 'AssumedRole' } }
const RECORDS: Record<string, object[]> = {
  CompleteResourceTokenAuth: [
    { ...COMPLETION, requestID: 'one' },
    { ...COMPLETION, requestID: 'two' },
    { ...COMPLETION, requestID: "somebody else's" },
  ],
  GetResourceOauth2Token: [
    { requestParameters: { workloadIdentityToken: 'HIDDEN_DUE_TO_SECURITY_REASONS' } },
    { requestParameters: null },
  ],
  GetSecretValue: [
    {
      requestParameters: {
        secretId: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:bedrock-agentcore-identity!default/oauth2/a',
      },
      userIdentity: { invokedBy: 'bedrock-agentcore.amazonaws.com' },
    },
    { requestParameters: { secretId: 'theirs' }, userIdentity: {} },
  ],
}

/** @param options.after the number of waits before records exist */
async function look(records: typeof RECORDS, { after = 0, pages = 1, completionRequestIds = ['one', 'two'] } = {}) {
  const said: string[] = []
  let waits = 0
  aws = await startFakeAws({
    LookupEvents({ LookupAttributes, NextToken }) {
      if (pages > 1 && NextToken === undefined) return { NextToken: 'next' }
      const [{ AttributeValue = '' } = {}] = LookupAttributes as { AttributeValue?: string }[]
      const found = waits >= after ? (records[AttributeValue] ?? []) : []
      return { Events: found.map((record) => ({ CloudTrailEvent: JSON.stringify(record) })) }
    },
  })
  const now = Date.now
  try {
    const rows = await lookAtCloudTrail(
      { authorizationIds: ['a', 'b'], completionRequestIds },
      {
        client: new CloudTrailClient(aws.configuration),
        since: new Date(),
        limitMs: 16 * 60_000,
        mask: new Mask(),
        say: (sentence) => said.push(sentence),
        async wait(milliseconds) {
          waits += 1
          const later = Date.now() + milliseconds
          Date.now = () => later
        },
      },
    )
    return { rows: rows.map(({ id, seen, verdict }) => [id, seen, verdict]), said, waits: () => waits }
  } finally {
    Date.now = now
  }
}

describe('CloudTrail', () => {
  test('has one record for each completion; those of others do not count', async () => {
    const { rows, said } = await look(RECORDS)
    expect(rows).toEqual([
      ['one-completion', '1', 'holds'],
      ['cloudtrail-class', 'management event', 'holds'],
      ['cloudtrail-hides-token', 'HIDDEN_DUE_TO_SECURITY_REASONS', 'holds'],
      ['secret-read-for-caller', 'invokedBy bedrock-agentcore.amazonaws.com', 'holds'],
    ])
    expect(said).toEqual([])
  })

  test('two records of one completion are two', async () => {
    const twice = {
      ...RECORDS,
      CompleteResourceTokenAuth: [...(RECORDS.CompleteResourceTokenAuth ?? []), { ...COMPLETION, requestID: 'one' }],
    }
    expect((await look(twice)).rows[0]).toEqual(['one-completion', '1, 2', 'contradicted'])
  })

  test('a record that does not come is no failure of the flow', async () => {
    const [first] = RECORDS.CompleteResourceTokenAuth ?? []
    const { rows } = await look({ ...RECORDS, CompleteResourceTokenAuth: first ? [first] : [] })
    const why = 'not tried: no record had come after 16 minutes, for one of the calls at least'
    expect(rows[0]).toEqual(['one-completion', why, 'not tried'])
  })

  test('is late: the wait shows the remaining time', async () => {
    const { rows, said } = await look(RECORDS, { after: 3 })
    expect(rows.map(([, , verdict]) => verdict)).toEqual(['holds', 'holds', 'holds', 'holds'])
    expect(said).toEqual([16, 16, 15].map((minutes) => `Waiting for CloudTrail, for ${minutes} more minutes at most.`))
  })

  test('is asked for its pages with a pause between two of them', async () => {
    const { rows, waits } = await look(RECORDS, { pages: 2 })
    expect(rows.map(([, , verdict]) => verdict)).toEqual(['holds', 'holds', 'holds', 'holds'])
    expect(waits()).toBe(3)
  })

  test('never delivers: the wait ends after the limit, and the rows say so', async () => {
    const { rows, waits } = await look({})
    expect(waits()).toBe(32)
    const why = 'not tried: no record had come after 16 minutes'
    expect(rows.map(([, seen, verdict]) => [seen, verdict])).toEqual(Array(4).fill([why, 'not tried']))
  })

  test('is not waited for when the audit trail names no completion', async () => {
    const { rows, waits } = await look({}, { completionRequestIds: [] })
    expect(waits()).toBe(0)
    expect(rows[0]).toEqual([
      'one-completion',
      'not tried: the audit trail names no call of CompleteResourceTokenAuth',
      'not tried',
    ])
  })

  test('contradicts the assumptions without completions in the Event history, or with a visible token', async () => {
    const { rows } = await look({
      GetResourceOauth2Token: [{ requestParameters: { workloadIdentityToken: 'eyJ.secret.token' } }],
      GetSecretValue: [
        { requestParameters: { secretId: 'bedrock-agentcore-identity!default/oauth2/a' }, userIdentity: {} },
      ],
    })
    expect(rows).toEqual([
      ['one-completion', 'not tried: no record had come after 16 minutes', 'not tried'],
      ['cloudtrail-class', 'not in the Event history', 'contradicted'],
      ['cloudtrail-hides-token', 'shown', 'contradicted'],
      ['secret-read-for-caller', 'not through a service', 'contradicted'],
    ])
  })
})
