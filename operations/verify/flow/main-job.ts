import { passAuthorizationServer } from '../browser/pass-authorization-server.ts'
import { outcomeOf, type Visitor } from '../browser/visitor.ts'
import type { User } from '../people/user.ts'
import type { Row } from '../report/row.ts'
import { flowRow } from './flow-row.ts'
import { askAndWait } from './waiting.ts'

export async function mainJob(
  visitor: Visitor,
  user: User,
  displayName: string,
): Promise<{ rows: Row[]; authorizationId: string }> {
  await visitor.signIn(user)
  const { authorizationId, answer } = await askAndWait(visitor, displayName)
  const opened = visitor.context.waitForEvent('page')
  await visitor.page
    .getByRole('link', { name: `Connect ${displayName}` })
    .last()
    .click()
  const tab = await opened
  // No time limit here: passAuthorizationServer has one, and its error says where the browser stayed.
  await passAuthorizationServer(tab, user, tab.locator('main[data-outcome]').waitFor({ timeout: 0 }))
  const outcome = await outcomeOf(tab)
  const cleaned = await tab
    .waitForURL((url) => url.search === '')
    .then(
      () => 'clean',
      () => 'with a query',
    )
  const said = (await answer).includes(user.email) ? "with the user's own e-mail address" : 'without it'
  await tab.close()
  return {
    authorizationId,
    rows: [
      flowRow('main-job', 'Sign in, ask, consent, bind', 'bound', outcome),
      flowRow('main-job-address', 'The address of the page after the return', 'clean', cleaned),
      flowRow(
        'main-job-answer',
        'The turn resumes by itself, and its answer arrives',
        "with the user's own e-mail address",
        said,
      ),
    ],
  }
}
