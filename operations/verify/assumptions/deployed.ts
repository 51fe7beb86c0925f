import type { Deployment } from '@agent-identity/infra/read-deployment'
import type { Mask } from '../report/mask.ts'
import type { Row } from '../report/row.ts'
import type { Assumption, Observed } from './assumption.ts'
import { rowOf } from './observe-assumptions.ts'

const WORKS = 'the flow works with it'

const is = {
  cognitoVendor: {
    id: 'vendor-cognito',
    words: 'A provider with the vendor `CognitoOauth2` exchanges the code at a Cognito app client',
    expected: WORKS,
  },
  owningService: {
    id: 'condition-owning-service',
    words: "The task roles' condition on the tag `aws:secretsmanager:owningService` of the managed secret",
    expected: WORKS,
  },
  calledVia: {
    id: 'condition-called-via',
    words: "The task roles' condition on `aws:CalledVia`",
    expected: WORKS,
  },
  jwtClaims: {
    id: 'condition-jwt-claims',
    words: "The task roles' conditions on `bedrock-agentcore:InboundJwtClaim/iss` and `…/client_id`",
    expected: WORKS,
  },
  userId: {
    id: 'condition-user-id',
    words: "The task roles' condition on `bedrock-agentcore:userid`",
    expected: WORKS,
  },
  redisAccess: {
    id: 'session-store-selectors',
    words: "Selectors and `%R~`, `%W~` in the access strings of the session store's users",
    expected: WORKS,
  },
  weakReferences: {
    id: 'weak-references',
    words: '`Fn::GetStackOutput` hands values from stack to stack (decision 0107)',
    expected: WORKS,
  },
  weakReferencesRollback: {
    id: 'weak-references-rollback',
    words: '`Fn::GetStackOutput` in an update that rolls back',
    expected: 'the previous values',
  },
  weakReferencesChangeSet: {
    id: 'weak-references-change-set',
    words:
      '`Fn::GetStackOutput` in a change set that only changes a health check: what CloudFormation plans to replace',
    expected: 'no target group, listener rule or security group',
  },
  originInVpc: {
    id: 'vpc-origin-holds-vpc',
    words: 'How long CloudFront keeps its network interfaces in the VPC after the last VPC origin',
    expected: 'a second `npm run destroy` goes through',
  },
  trail: {
    id: 'trail-selectors',
    words: "Which records the production stage's trail contains",
    expected: "AgentCore Identity's calls",
  },
} satisfies Record<string, Assumption>

/** The flow works only where the conditions of the task roles allow its calls. Whether they refuse others is not tested: verify creates no roles. */
export function deployedAssumptions(deployment: Deployment, flowWorks: boolean, mask: Mask): Row[] {
  const shown: Observed = flowWorks ? WORKS : { notTried: 'not every consent of the flow was bound' }
  const only = (used: boolean, why: string): Observed => (used ? shown : { notTried: why })
  const isJwt = deployment.identityArtifact === 'jwt'
  const observed: Record<keyof typeof is, Observed> = {
    cognitoVendor: shown,
    owningService: shown,
    calledVia: only(
      deployment.clientSecretsOnlyViaAgentCore,
      'this stage does not ask for it: set clientSecretsOnlyViaAgentCore in infra/stages/, deploy, and run this again',
    ),
    jwtClaims: only(isJwt, 'this stage mints by user id'),
    userId: only(!isJwt, 'this stage mints by JWT: set identityArtifact to user-id in a stage of your own'),
    redisAccess: only(!('url' in deployment.sessionStore), 'this stage uses a Redis of yours'),
    weakReferences: shown,
    weakReferencesRollback: { notTried: 'an update would have to fail, and nothing of the deployment is changed here' },
    weakReferencesChangeSet: {
      notTried:
        'the template of `services` may be too large to be sent: docs/deploy.md, "After the first deployment", has the step',
    },
    originInVpc: { notTried: 'only destroying the deployment shows it' },
    trail: { notTried: 'its bucket is not read here; the Event history is' },
  }
  return (Object.keys(is) as (keyof typeof is)[]).map((name) => rowOf(is[name], observed[name], mask))
}
