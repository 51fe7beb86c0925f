const tryAgain = document.getElementById('try-again')
// Trying again needs the query: the link keeps it.
if (tryAgain instanceof HTMLAnchorElement) tryAgain.href = location.href
// `state` and `session_id` must not stay in the address bar or the history, which others may see and browsers may synchronize.
history.replaceState(null, '', location.pathname)

// Tells a chat in another tab that the authorization may be settled. Its settled-channel.ts has the same two names.
const channel = new BroadcastChannel('authorizations')
channel.postMessage({ type: 'authorization-settled' })
channel.close()
