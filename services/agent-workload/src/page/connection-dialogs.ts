import { html } from 'hono/html'

export const connectionDialogs = html`<dialog id="disconnect-dialog" aria-labelledby="disconnect-heading" aria-describedby="disconnect-what">
<form method="dialog">
<h2 id="disconnect-heading">Disconnect <span data-slot="service"></span>?</h2>
<div id="disconnect-what">
<p data-slot="account"></p>
<p>What the agent is doing there now is stopped, and it does nothing there any more until you connect again. A consent that is open is cancelled.</p>
<p><span data-slot="service"></span> is told to end the access. What the agent has read or changed before stays as it is.</p>
</div>
<div class="dialog-actions"><button type="submit" value="keep" class="button-quiet" autofocus>Keep</button> <button type="submit" value="disconnect">Disconnect</button></div>
</form>
</dialog>
<dialog id="account-dialog" aria-labelledby="account-heading" aria-describedby="account-what">
<form method="dialog">
<h2 id="account-heading">Add an account at <span data-slot="service"></span></h2>
<p id="account-what">Sign in at <span data-slot="service"></span> with the account that you want to add. If you are not asked which one, sign out there first.</p>
<div data-slot="which"><label for="which-account">Which account?</label>
<input id="which-account" maxlength="254" autocomplete="off" autocapitalize="none" spellcheck="false" aria-describedby="which-account-what" autofocus>
<p id="which-account-what" class="quiet">Its name or e-mail address there, so that <span data-slot="service"></span> suggests it. It may stay empty.</p></div>
<div class="dialog-actions"><button type="button" data-slot="cancel" class="button-quiet">Cancel</button> <button type="submit" value="connect" autofocus>Connect</button></div>
</form>
</dialog>`
