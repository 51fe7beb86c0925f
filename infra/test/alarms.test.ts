import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AuditLine, BINDING_REFUSALS, START_REFUSALS, VENDOR_REVOCATIONS } from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import type { JsonObject } from '../json.ts'
import { STAGE_NAMES, stage } from './stages.ts'

describe.each(STAGE_NAMES)('in the %s stage', (name) => {
  const resources = (type: string) => stage(name).resources(type)
  const alarms = () => resources('AWS::CloudWatch::Alarm').map(({ properties }) => properties)

  test('every alarm has a description, and notifies the topic when it begins and when it ends', () => {
    expect(alarms()).toHaveLength(name === 'sandbox' ? 19 : 22)
    for (const { AlarmDescription, AlarmActions, OKActions } of alarms()) {
      expect(String(AlarmDescription)).toMatch(/^[a-z].*: .*\.$/)
      expect(JSON.stringify(AlarmActions)).toMatch(/AlarmsTopic/)
      expect(OKActions).toEqual(AlarmActions)
    }
  })

  test('only alarms of this account may publish to the topic, over TLS', () => {
    const [policy, ...others] = resources('AWS::SNS::TopicPolicy')
    expect(others).toEqual([])
    const { Statement } = (policy?.properties.PolicyDocument ?? {}) as { Statement: JsonObject[] }
    const [allowed, ...more] = Statement.filter(({ Effect }) => Effect === 'Allow')
    expect(more).toEqual([])
    expect(allowed).toMatchObject({
      Action: 'sns:Publish',
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } }, ArnLike: expect.anything() },
    })
    expect(Statement).toContainEqual(
      expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
    )
  })

  test('the topic is encrypted, with a key that alarms of this account may use', () => {
    const [topic] = resources('AWS::SNS::Topic')
    const [keyId] = ((topic?.properties.KmsMasterKeyId ?? {}) as { 'Fn::GetAtt'?: string[] })['Fn::GetAtt'] ?? []
    const key = resources('AWS::KMS::Key').find(({ logicalId }) => logicalId === keyId)
    const { Statement } = (key?.properties.KeyPolicy ?? { Statement: [] }) as { Statement: JsonObject[] }
    expect(Statement.filter(({ Principal }) => JSON.stringify(Principal).includes('Service'))).toEqual([
      expect.objectContaining({
        Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        Effect: 'Allow',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } }, ArnLike: expect.anything() },
      }),
    ])
  })

  test('each node of the session store has alarms', () => {
    const nodes = alarms()
      .filter(({ MetricName }) => MetricName === 'DatabaseMemoryUsagePercentage')
      .map(({ Dimensions }) => /-((\d{4}-)?\d{3})"/.exec(JSON.stringify(Dimensions))?.[1])
    expect(nodes).toEqual(name === 'sandbox' ? ['001'] : ['0001-001', '0001-002'])
  })

  test('a service without a healthy task is an alarm also without data', () => {
    const healthy = alarms().filter(({ MetricName }) => MetricName === 'HealthyHostCount')
    expect(healthy).toHaveLength(2)
    for (const alarm of healthy)
      expect(alarm).toMatchObject({
        TreatMissingData: 'breaching',
        Statistic: 'Maximum',
        ComparisonOperator: 'LessThanThreshold',
        Threshold: 1,
      })
  })

  test('each filter of log lines counts into its own alarm', () => {
    const counted = resources('AWS::Logs::MetricFilter').map(({ properties }) => {
      const [{ MetricName = '', MetricNamespace = '' } = {}] = properties.MetricTransformations as JsonObject[]
      return `${MetricNamespace}/${MetricName}`
    })
    expect(new Set(counted).size).toBe(13)
    const watched = alarms().map(({ MetricName, Namespace }) => `${Namespace}/${MetricName}`)
    for (const metric of counted) expect(watched.filter((other) => other === metric)).toHaveLength(1)
  })

  test('revocations that a vendor leaves unanswered are an alarm until it answers', () => {
    const unanswered = alarms().filter(({ MetricName }) => String(MetricName).endsWith('UnansweredRevocations'))
    expect(unanswered).toHaveLength(1)
    // While its user has no consent open at the provider, a revocation's attempts are less than a period apart.
    expect(unanswered[0]).toMatchObject({ Period: 20 * 60, EvaluationPeriods: 3, Threshold: 1, Statistic: 'Sum' })
  })

  test('consents that share an entry of the token vault are an alarm at once', () => {
    const shared = alarms().filter(({ MetricName }) => String(MetricName).endsWith('TokenVaultDoesNotSeparate'))
    expect(shared).toMatchObject([{ Threshold: 1, Statistic: 'Sum', EvaluationPeriods: 1 }])
    const patterns = resources('AWS::Logs::MetricFilter').map(({ properties }) => properties.FilterPattern)
    expect(patterns).toContain('{ ($.alarm = "label-does-not-separate") || ($.alarm = "completed-and-empty") }')
  })

  test('each service has an alarm about calls that AWS denies', () => {
    const denied = alarms().filter(({ MetricName }) => String(MetricName).endsWith('AccessDenied'))
    expect(denied.map(({ AlarmDescription }) => String(AlarmDescription).split(':')[0]).sort()).toEqual([
      'agent-workload',
      'session-binding',
    ])
    const patterns = resources('AWS::Logs::MetricFilter').map(({ properties }) => properties.FilterPattern)
    const pattern = '{ ($.exception = "AccessDeniedException") && ($.kind = "refused") }'
    expect(patterns.filter((one) => one === pattern)).toHaveLength(2)
  })

  test('no line that can be caused without a sign-in triggers an alarm about refusals', () => {
    const patterns = resources('AWS::Logs::MetricFilter').map(({ properties }) => String(properties.FilterPattern))
    const refusals = patterns.filter((pattern) => pattern.includes('_refused'))
    expect(refusals).toHaveLength(2)
    for (const pattern of refusals)
      expect([...pattern.matchAll(/\$\.reason = "([^"]+)"/g)].map(([, reason]) => reason)).toEqual(['different-*'])
  })

  test('the patterns of the filters match lines that the services write', () => {
    const patterns = resources('AWS::Logs::MetricFilter').map(({ properties }) => String(properties.FilterPattern))
    const terms = patterns.flatMap((pattern) => [...pattern.matchAll(/\$\.(\w+) = "([^"]+)"/g)])
    expect(terms.length).toBeGreaterThanOrEqual(12)
    for (const [, field = '', words = ''] of terms) expect(WORDS[field]?.(words) ?? []).not.toEqual([])
  })
})

const EVENTS = AuditLine.options.map(({ shape }) => shape.event.value)
const REASONS = [...BINDING_REFUSALS, ...START_REFUSALS]

/** By field of a filter: the values of the contract that match, or the sources that contain the value. */
const WORDS: Record<string, (words: string) => unknown[]> = {
  event: (event) => EVENTS.filter((known) => known === event),
  outcome: (outcome) => VENDOR_REVOCATIONS.filter((known) => known === outcome),
  reason: (reason) =>
    REASONS.filter((known) => (reason.endsWith('*') ? known.startsWith(reason.slice(0, -1)) : known === reason)),
  exception: (name) => sources().filter((source) => source.includes(`=== '${name}'`)),
  alarm: (what) => sources().filter((source) => new RegExp(`type Alarm = .*'${what}'`).test(source)),
  kind: (kind) => sources().filter((source) => new RegExp(`type AwsFailureKind = .*'${kind}'`).test(source)),
  msg: (message) => sources().filter((source) => source.includes(`'${message}'`)),
}

let known: readonly string[] | undefined

function sources(): readonly string[] {
  const root = join(import.meta.dirname, '../..')
  known ??= ['services', 'packages'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => /\/src\/.*(?<!\.test)\.ts$/.test(path) && !path.includes('node_modules'))
      .map((path) => readFileSync(join(root, folder, path), 'utf8')),
  )
  return known
}
