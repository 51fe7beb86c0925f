import { GetWorkloadIdentityCommand, ListTagsForResourceCommand } from '@aws-sdk/client-bedrock-agentcore-control'
import { type Refusal, refusalOf } from '../agentcore/calls.ts'
import { sendPresigned, sendRaw, sendUnsigned } from '../agentcore/unusual-requests.ts'
import type { Assumption, Experiment } from './assumption.ts'
import { describeRefusal, makeSurroundings } from './on-the-way.ts'

const MEBIBYTE = 1_048_576

const is = {
  bodyLimit: {
    id: 'body-limit',
    words: 'A body of exactly 1 MiB, and one with a byte more',
    expected: 'read; refused with 413',
  },
  bodyType: {
    id: 'body-of-wrong-type',
    words: 'A body with a number for a text, and one that is no JSON',
    expected: 'both refused with ValidationException',
  },
  presigned: {
    id: 'presigned-request',
    words: 'A request whose signature is in the query',
    expected: 'as one without a signature',
  },
  tagArn: {
    id: 'tags-of-oauth2-provider',
    words:
      "The tags of a provider under its ARN, which the API model's pattern leaves out (`oauth2credentialprovider`)",
    expected: 'taken',
  },
} satisfies Record<string, Assumption>

export const unusualRequests: Experiment = {
  name: 'unusual requests',
  assumptions: Object.values(is),
  async observe(trial) {
    const { control } = trial.service
    const { workload, created } = await makeSurroundings(trial)
    const ofWorkload = () => new GetWorkloadIdentityCommand({ name: workload })
    const withBody = (body: string) => refusalOf(sendRaw(control, ofWorkload(), body))

    const sizes: string[] = []
    for (const size of [MEBIBYTE, MEBIBYTE + 1]) sizes.push(describeSize(await withBody(padded(workload, size))))
    const wrongTypes = [await withBody('{"name":1}'), await withBody('not JSON')]
    const unlike = wrongTypes.filter((refusal) => refusal?.name !== 'ValidationException')
    const unsigned = await refusalOf(sendUnsigned(control, ofWorkload()))
    const presigned = await refusalOf(sendPresigned(control, ofWorkload()))
    const resourceArn = created.credentialProviderArn ?? ''
    const tags = await refusalOf(control.send(new ListTagsForResourceCommand({ resourceArn })))

    return {
      [is.bodyLimit.id]: sizes.join('; '),
      [is.bodyType.id]:
        unlike.length === 0 ? 'both refused with ValidationException' : wrongTypes.map(describeRefusal).join('; '),
      [is.presigned.id]:
        unsigned && presigned?.name === unsigned.name ? 'as one without a signature' : describeRefusal(presigned),
      [is.tagArn.id]: tags ? describeRefusal(tags) : 'taken',
    }
  },
}

function padded(name: string, bytes: number): string {
  const empty = JSON.stringify({ name, padding: '' })
  return JSON.stringify({ name, padding: 'x'.repeat(bytes - empty.length) })
}

function describeSize(refusal: Refusal | undefined): string {
  if (!refusal) return 'read'
  return refusal.status === 413 ? 'refused with 413' : describeRefusal(refusal)
}
