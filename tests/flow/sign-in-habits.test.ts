import { testFlowWith } from '../support/sign-in-habits.ts'

/** `sign-in-habits.soak.ts` has the other issuers. */
testFlowWith('auth0')
