import { describe, expect, test } from '@jest/globals'
import { AwsRefusal, notFound } from '../test-support/aws-stub.ts'
import { doctorFinds, doctorSays } from '../test-support/doctor-finds.ts'
import { complaintsOf, examineStage, told } from '../test-support/examine-stage.ts'
import { CUSTOMER_KEY } from '../test-support/healthy-stacks.ts'

const CHECK = 'secrets of the functions that end access tokens'
const none = `${CHECK}: The secret agents/github with the OAuth client of github does not exist.`
const unusable = `${CHECK}: The function that ends access tokens of github needs the right to use ${CUSTOMER_KEY}, the key of its secret: give -c …SecretKeyArn=… and deploy.`

const ofClient =
  (change: () => object) =>
  (reply: object, { SecretId }: { SecretId?: unknown }) =>
    SecretId === 'agents/github' ? { ...reply, ...change() } : reply
const customerKey = {
  'secretsmanager:DescribeSecret': ofClient(() => ({ KmsKeyId: 'alias/ours' })),
  'kms:DescribeKey': () => ({ KeyMetadata: { Arn: CUSTOMER_KEY, KeyManager: 'CUSTOMER' } }),
}

doctorFinds([
  [
    'a client’s secret that is being deleted',
    { replies: { 'secretsmanager:DescribeSecret': ofClient(() => ({ DeletedDate: 1_900_000_000 })) } },
    [none],
  ],
  ['a client’s secret that is gone', { replies: { 'secretsmanager:DescribeSecret': ofClient(notFound) } }, [none]],
])

doctorSays('by hand', [
  ['a client’s secret with a key that the stage does not name', { replies: customerKey }, [unusable]],
  [
    'nothing about a key that the stage names',
    { replies: customerKey, context: { githubSecretKeyArn: CUSTOMER_KEY } },
    [],
  ],
  [
    'nothing when the secret names no key',
    { replies: { 'secretsmanager:DescribeSecret': ofClient(() => ({ KmsKeyId: undefined })) } },
    [],
  ],
])

describe('without the right to look at the key', () => {
  test('the secret is not checked', async () => {
    const refuse = () => {
      throw new AwsRefusal('AccessDeniedException', 'a message that must not be repeated')
    }
    const { results } = await examineStage({ replies: { ...customerKey, 'kms:DescribeKey': refuse } })
    expect(complaintsOf(results)).toEqual([`${CHECK}: These credentials may not call KMS:DescribeKey.`])
    expect(told(results, 'by hand')).not.toContain(unusable)
  })
})
