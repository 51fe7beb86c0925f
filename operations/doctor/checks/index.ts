import type { Demo } from '../demo.ts'
import type { Check } from '../finding.ts'
import type { Stage } from '../stage.ts'
import { account } from './account.ts'
import { app } from './app.ts'
import { callbackUrls } from './callback-urls.ts'
import { credentialProviders } from './credential-providers.ts'
import { firewall } from './firewall.ts'
import { images } from './images.ts'
import { issuer } from './issuer.ts'
import { keyRings } from './key-rings.ts'
import { leftovers } from './leftovers.ts'
import { managedSecrets } from './managed-secrets.ts'
import { mcpClients, mcpServer } from './mcp-server.ts'
import { model } from './model.ts'
import { quotas } from './quotas.ts'
import { replicas } from './replicas.ts'
import { revocationSecrets } from './revocation-secrets.ts'
import { services } from './services.ts'
import { sessionStore } from './session-store.ts'
import { signIn } from './sign-in.ts'
import { stacks } from './stacks.ts'
import { targets } from './targets.ts'
import { taskRoles } from './task-roles.ts'
import { workloadIdentity } from './workload-identity.ts'

/** When it finds something wrong, the other checks are not run. */
export const FIRST_OF_STAGE: Check<Stage> = account

export const CHECKS_OF_STAGE: readonly Check<Stage>[] = [
  stacks,
  firewall,
  targets,
  services,
  images,
  app,
  mcpServer,
  issuer,
  signIn,
  mcpClients,
  workloadIdentity,
  credentialProviders,
  callbackUrls,
  managedSecrets,
  taskRoles,
  revocationSecrets,
  keyRings,
  sessionStore,
  model,
  quotas,
  leftovers,
]

export const CHECKS_OF_DEMO: readonly Check<Demo>[] = [replicas, app, issuer, workloadIdentity, credentialProviders]
