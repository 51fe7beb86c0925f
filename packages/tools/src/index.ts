export { auditedAct, type ToolAudit } from './audited-act.ts'
export { brokenOff, DISCONNECTED, UNREAD } from './disconnected.ts'
export { createEffects, digestOf, type EffectRecords, type Effects, type LeftByRuns } from './effects.ts'
export { createFairQueue } from './fair-queue.ts'
export { NO_REVOCATION_FUNCTIONS, type Offer, type OfferedTool, offerProviders } from './offered-providers.ts'
export { asksInAnyCase, ConfirmationNeeded, type Decision, type EffectPermissions } from './permissions.ts'
export {
  DECLINED,
  expectedFailure,
  failureOfAct,
  LEFT_OUT,
  mayHaveNewAccess,
  NOT_GIVEN,
  ToolFailure,
  UNKNOWN_OUTCOME,
  vendorFailure,
} from './tool-failure.ts'
export { createVendorSlots, type UserVendorSlots, type VendorSlots } from './vendor-slots.ts'
