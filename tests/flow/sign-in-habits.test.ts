import { testFlowWith } from '../support/sign-in-habits.ts'

/** The one that differs most: a parameter of its own, several audiences, no `client_id`. `sign-in-habits.soak.ts` has the others. */
testFlowWith('auth0')
