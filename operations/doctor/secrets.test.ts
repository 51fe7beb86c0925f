import { expect, test } from '@jest/globals'
import { AwsRefusal, type Input } from '../test-support/aws-stub.ts'
import { examineStage } from '../test-support/examine-stage.ts'
import { HEALTHY, KEYS, keyRing } from '../test-support/healthy-stage.ts'
import { jsonReport, textReport } from './report.ts'

const SECRET = 'SECRETthatNobodyMaySee'
const OPERATIONS = Object.keys(HEALTHY)

/** A secret in every member that a reply may have besides what doctor reads. */
function withSecrets(reply: unknown): unknown {
  if (Array.isArray(reply)) return reply.map(withSecrets)
  if (typeof reply !== 'object' || reply === null) return reply
  const members = Object.entries(reply).map(([name, value]) => [name, withSecrets(value)])
  const lists = Object.getOwnPropertySymbols(reply).map((symbol) => [symbol, Reflect.get(reply, symbol)])
  const secrets = {
    Description: SECRET,
    ClientSecret: SECRET,
    Message: SECRET,
    description: SECRET,
    failureReason: SECRET,
  }
  return { ...secrets, ...Object.fromEntries(members), ...Object.fromEntries(lists) }
}

const everywhere = (change: (reply: object, input: Input) => object) =>
  Object.fromEntries(OPERATIONS.map((operation) => [operation, change]))

async function told(broken: Parameters<typeof examineStage>[0]): Promise<string> {
  const { target, results } = await examineStage(broken)
  return textReport(target, results) + jsonReport(target, results)
}

const NEVER = [...Object.values(KEYS), 'client-secret-of', 'secret-access-key-of-doctor', SECRET]

test('nothing secret is told of a stage that is in order, whatever else AWS writes into its replies', async () => {
  const text = await told({ replies: everywhere((reply) => withSecrets(reply) as object) })
  for (const secret of NEVER) expect(text).not.toContain(secret)
})

test.each([
  ['no key ring', SECRET],
  ['a ring whose key is called like a secret', JSON.stringify({ sealWith: SECRET, [SECRET]: SECRET })],
  ['a key in every ring', keyRing(`${SECRET}-0123456789012345678901234567890`)],
])('nothing of a secret is told when it is %s', async (_what, SecretString) => {
  const text = await told({ replies: { 'secretsmanager:GetSecretValue': () => ({ SecretString }) } })
  expect(text).toMatch(/is no key ring|have a key in common/)
  for (const secret of NEVER) expect(text).not.toContain(secret)
})

test.each(OPERATIONS)(
  'nothing of what AWS says when it refuses %s is told, and nothing is called in order by it',
  async (operation) => {
    const refused = () => {
      throw new AwsRefusal('ValidationException', `The value ${SECRET} is not valid`)
    }
    const text = await told({ replies: { [operation]: refused } })
    expect(text).toMatch(/^(wrong|not checked)/m)
    for (const secret of NEVER) expect(text).not.toContain(secret)
  },
)

test('a variable of the containers that somebody put a secret into is not told', async () => {
  const text = await told({
    replies: {
      'ecs:DescribeTaskDefinition': (reply) =>
        JSON.parse(
          JSON.stringify(reply).replaceAll(
            '"environment":[',
            `"environment":[{"name":"GITHUB_TOKEN","value":"${SECRET}"},`,
          ),
        ),
    },
  })
  expect(text).not.toContain(SECRET)
})
