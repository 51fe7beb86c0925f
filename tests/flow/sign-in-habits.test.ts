import { testFlowWith } from '../support/sign-in-habits.ts'

/** The issuer with the most differences: an additional parameter, several audiences, no `client_id`. `sign-in-habits.soak.ts` has the others. */
testFlowWith('auth0')
