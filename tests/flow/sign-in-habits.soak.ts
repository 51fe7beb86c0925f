import { testFlowWith } from '../support/sign-in-habits.ts'

for (const habit of ['okta', 'entra', 'keycloak'] as const) testFlowWith(habit)
