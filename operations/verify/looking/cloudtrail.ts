import { type CloudTrailClient, type Event, paginateLookupEvents } from '@aws-sdk/client-cloudtrail'
import type { Assumption, Observed } from '../assumptions/assumption.ts'
import { rowOf } from '../assumptions/observe-assumptions.ts'
import { flowRow, flowRowNotTried } from '../flow/flow-row.ts'
import type { FlowTraces } from '../place/place.ts'
import type { Mask } from '../report/mask.ts'
import type { Row } from '../report/row.ts'

/** Records take minutes to arrive. */
const PAUSE_MS = 30_000
/** CloudTrail allows two look-ups a second per account and Region. */
const PAGE_PAUSE_MS = 600

/** CloudTrail user guide, cloudtrail-event-reference-record-contents. */
interface Recorded {
  requestID?: string
  userIdentity?: { invokedBy?: string }
  requestParameters?: { workloadIdentityToken?: string; secretId?: string } | null
}

const is = {
  management: {
    id: 'cloudtrail-class',
    words: 'CloudTrail records Complete as a management event: the Event history has it without a trail',
    expected: 'management event',
  },
  hidden: {
    id: 'cloudtrail-hides-token',
    words: 'The workload access token in the records of GetResourceOauth2Token',
    expected: 'HIDDEN_DUE_TO_SECURITY_REASONS',
  },
  calledVia: {
    id: 'secret-read-for-caller',
    words:
      "The managed client secret is read with the caller's rights, through AgentCore (what `aws:CalledVia` relies on)",
    expected: 'invokedBy bedrock-agentcore.amazonaws.com',
  },
} satisfies Record<string, Assumption>

const ONE_EACH = 'CloudTrail: the number of records of CompleteResourceTokenAuth for each bound consent'
const EXPECTED = '1'

interface Options {
  client: CloudTrailClient
  since: Date
  limitMs: number
  mask: Mask
  say(sentence: string): void
  wait(milliseconds: number): Promise<void>
}

export async function lookAtCloudTrail({ completionRequestIds }: FlowTraces, options: Options): Promise<Row[]> {
  const { client, since, limitMs, mask, say, wait } = options
  const records = async (name: string) => {
    const found: Recorded[] = []
    const input = { LookupAttributes: [{ AttributeKey: 'EventName' as const, AttributeValue: name }], StartTime: since }
    for await (const { Events, NextToken } of paginateLookupEvents({ client }, input)) {
      found.push(...(Events ?? []).map(parse))
      if (NextToken) await wait(PAGE_PAUSE_MS)
    }
    return found
  }
  const until = Date.now() + limitMs
  let completions: Recorded[] = []
  const countOf = (id: string) => completions.filter(({ requestID }) => requestID === id).length
  for (;;) {
    completions = await records('CompleteResourceTokenAuth')
    if (completionRequestIds.length > 0 && completionRequestIds.every((id) => countOf(id) > 0)) break
    const left = until - Date.now()
    if (completionRequestIds.length === 0 || left <= 0) break
    say(`Waiting for CloudTrail, for ${Math.ceil(left / 60_000)} more minutes at most.`)
    await wait(Math.min(PAUSE_MS, left))
  }
  const late = {
    notTried:
      completionRequestIds.length === 0
        ? 'the audit trail names no call of CompleteResourceTokenAuth'
        : `no record had come after ${Math.round(limitMs / 60_000)} minutes`,
  }
  const ours = completions.filter(({ requestID }) => requestID && completionRequestIds.includes(requestID))
  // A denied call's record may have no parameters.
  const fetched = (await records('GetResourceOauth2Token')).flatMap(
    ({ requestParameters }) => requestParameters?.workloadIdentityToken ?? [],
  )
  const read = (await records('GetSecretValue'))
    .filter(({ requestParameters }) => requestParameters?.secretId?.includes('bedrock-agentcore-identity!'))
    .map(({ userIdentity }) => userIdentity?.invokedBy)
  // The Event history has management events only. When it has reads of secrets, it counts as up to date.
  const isDelivered = completionRequestIds.length > 0 && read.length > 0
  const observed: Record<keyof typeof is, Observed> = {
    management: ours.length > 0 ? is.management.expected : isDelivered ? 'not in the Event history' : late,
    hidden:
      fetched[0] === undefined
        ? late
        : distinct(fetched.map((token) => (token === is.hidden.expected ? token : 'shown'))),
    calledVia:
      read.length === 0 ? late : distinct(read.map((by) => (by ? `invokedBy ${by}` : 'not through a service'))),
  }
  const counts = completionRequestIds.map(countOf)
  // Two records of one call are a finding, also while the record of another call is missing.
  const isLate = !counts.some((count) => count > 1) && (counts.length === 0 || counts.includes(0))
  const missing = ours.length === 0 ? late.notTried : `${late.notTried}, for one of the calls at least`
  return [
    isLate
      ? flowRowNotTried('one-completion', ONE_EACH, EXPECTED, missing)
      : flowRow('one-completion', ONE_EACH, EXPECTED, distinct(counts.map(String))),
    ...(Object.keys(is) as (keyof typeof is)[]).map((name) => rowOf(is[name], observed[name], mask)),
  ]
}

const distinct = (values: readonly string[]) => [...new Set(values)].sort().join(', ')

function parse({ CloudTrailEvent }: Event): Recorded {
  return JSON.parse(CloudTrailEvent ?? '{}') as Recorded
}
