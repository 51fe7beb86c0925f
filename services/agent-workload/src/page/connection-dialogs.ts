import { html } from 'hono/html'

export const connectionDialogs = html`<dialog id="disconnect-dialog" aria-labelledby="disconnect-heading" aria-describedby="disconnect-what">
<form method="dialog">
<h2 id="disconnect-heading">Disconnect <span data-slot="service"></span>?</h2>
<div id="disconnect-what">
<p data-slot="account"></p>
<p>What the agent is doing there now is stopped, and it does nothing there any more until you connect again. A consent that is open is cancelled.</p>
<p><span data-slot="service"></span> is told to end the permission. What the agent has read or changed before stays as it is.</p>
</div>
<div class="dialog-actions"><button type="submit" value="keep" class="button-quiet" autofocus>Keep</button> <button type="submit" value="disconnect">Disconnect</button></div>
</form>
</dialog>
<dialog id="account-dialog" aria-labelledby="account-heading" aria-describedby="account-what">
<form method="dialog">
<h2 id="account-heading">Add an account at <span data-slot="service"></span></h2>
<label for="which-account">Which account?</label>
<input id="which-account" maxlength="254" autocomplete="off" autocapitalize="none" spellcheck="false" required pattern=".*\\S.*" autofocus>
<p id="account-what" class="quiet">The name or the e-mail address with which you sign in there. <span data-slot="service"></span> is asked for this account, and no other one is used without your word.</p>
<div class="dialog-actions"><button type="button" data-slot="cancel" class="button-quiet">Cancel</button> <button type="submit" value="connect">Connect</button></div>
</form>
</dialog>`
