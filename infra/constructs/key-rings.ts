import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager'
import type { Construct } from 'constructs'
import type { SecretsKey } from './secrets-key.ts'

/** One key ring per kind of record: who holds a ring opens that kind and no other. */
export interface KeyRings {
  userSessions: secretsmanager.ISecret
  identityArtifacts: secretsmanager.ISecret
  userTokens: secretsmanager.ISecret
  turns: secretsmanager.ISecret
}

/** Made by Secrets Manager at the first deployment. */
export const createKeyRings = (scope: Construct, key: SecretsKey): KeyRings => ({
  userSessions: key.keyRing(scope, 'UserSessionKeys', 'Seals who is signed in; both services open it'),
  identityArtifacts: key.keyRing(scope, 'IdentityArtifactKeys', 'Seals proofs of the user between both services'),
  userTokens: key.keyRing(scope, 'UserTokensKeys', 'Seals the users’ own tokens; the agent workload only'),
  turns: key.keyRing(scope, 'TurnKeys', 'Seals turns and authorization URLs; the agent workload only'),
})
