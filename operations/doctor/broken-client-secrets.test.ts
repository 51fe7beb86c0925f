import { type Input, notFound } from '../test-support/aws-stub.ts'
import { doctorFinds } from '../test-support/doctor-finds.ts'
import { PREFIX } from '../test-support/healthy-stage.ts'

const secret =
  (change: object) =>
  (reply: object, { SecretId }: Input) =>
    String(SecretId).includes('-profile') ? { ...reply, ...change } : reply
const FOREIGN_SECRET = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:somebody-elses-AbCdEf'
const WITH_FOREIGN_SECRET = {
  githubOauth2ProviderConfig: {
    clientId: 'at-github',
    clientSecretSource: 'EXTERNAL' as const,
    clientSecretConfig: { secretId: FOREIGN_SECRET, jsonKey: 'key' },
  },
}

doctorFinds([
  [
    'a client secret with a name that the policies do not match',
    {
      replies: {
        'secretsmanager:DescribeSecret': secret({
          Name: `bedrock-agentcore-identity!default/oauth2/${PREFIX}-profile-new-form`,
        }),
      },
    },
    [
      `client secrets of the providers: AgentCore names the client secret of ${PREFIX}-profile in a way that the policies do not match.`,
    ],
  ],
  [
    'a client secret without its owner tag',
    { replies: { 'secretsmanager:DescribeSecret': secret({ Tags: [] }) } },
    [
      `client secrets of the providers: The client secret of ${PREFIX}-profile does not have the tag aws:secretsmanager:owningService=bedrock-agentcore-identity, which the policies require.`,
    ],
  ],
  [
    'a client secret that is marked for deletion',
    { replies: { 'secretsmanager:DescribeSecret': secret({ DeletedDate: 1_790_000_000 }) } },
    [`client secrets of the providers: The client secret of ${PREFIX}-profile is marked for deletion.`],
  ],
  [
    'a client secret that is gone',
    {
      replies: {
        'secretsmanager:DescribeSecret': (reply, { SecretId }) =>
          String(SecretId).includes('-profile') ? notFound() : reply,
      },
    },
    [`client secrets of the providers: The client secret of the credential provider ${PREFIX}-profile does not exist.`],
  ],
  [
    'a client secret that AgentCore does not own',
    {
      agentcore: (options) => ({
        ...options,
        secrets: { [FOREIGN_SECRET]: { key: 'client-secret-of-github' } },
        oauth2CredentialProviders: (options.oauth2CredentialProviders ?? []).map((provider) =>
          provider.name === `${PREFIX}-github`
            ? { ...provider, oauth2ProviderConfigInput: WITH_FOREIGN_SECRET }
            : provider,
        ),
      }),
    },
    [
      `client secrets of the providers: The credential provider ${PREFIX}-github uses a secret that AgentCore does not own (EXTERNAL), which the task roles may not read.`,
    ],
  ],
])
