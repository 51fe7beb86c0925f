import type { Experiment } from './assumption.ts'
import { authorizationCookie } from './authorization-cookie.ts'
import { browserLegs } from './browser-legs.ts'
import { changes } from './changes.ts'
import { completing } from './completing.ts'
import { controlPlane } from './control-plane.ts'
import { machineTokens } from './machine-tokens.ts'
import { minting } from './minting.ts'
import { outOfReach } from './out-of-reach.ts'
import { polling } from './polling.ts'
import { refreshing } from './refreshing.ts'
import { returnUrls } from './return-urls.ts'
import { sessionExpiry } from './session-expiry.ts'
import { unusualRequests } from './unusual-requests.ts'
import { vault } from './vault.ts'

export const EXPERIMENTS: readonly Experiment[] = [
  controlPlane,
  changes,
  unusualRequests,
  minting,
  returnUrls,
  polling,
  authorizationCookie,
  browserLegs,
  completing,
  vault,
  refreshing,
  machineTokens,
  sessionExpiry,
  outOfReach,
]
