/**
 * Words that are safe to put into a message. Comes in: any text: a name of the plant file, something a device said, a vendor's answer. Goes out: one
 * line of bounded length that no chat client, mail program or log takes for markup, a mention, a link or a second line. Nothing else here knows of channels.
 */

const longest = 200;

/** One printable line: control characters, line breaks, and what turns or hides text become blanks. */
export function oneLine(text: string, most = longest): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}\s]+/gu, ' ').trim();
  return line.length > most ? `${line.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, '')}…` : line;
}

/** Full-width twins of what means something to Markdown or to chat robots: they read the same, and mean nothing. */
const twins: Readonly<Record<string, string>> = {
  '<': '＜',
  '>': '＞',
  '[': '［',
  ']': '］',
  '*': '＊',
  '#': '＃',
  '@': '＠',
  '`': '｀',
  '|': '｜',
  '~': '～',
  '\\': '＼',
  _: '＿',
};

/** One line without markup, mentions and links of its own. Vendors document no way to escape, so what they would read is replaced. */
export function harmless(text: string): string {
  return oneLine(text)
    .replace(/[<>[\]*#@`|~\\_]/g, (sign) => twins[sign] ?? '')
    .replace(/:\/\//g, '：／／')
    .replace(/^([-+=>]|\d+\.)(?= )/, '·');
}

/** For HTML, in texts and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${String(sign.charCodeAt(0))};`);
}

/** What others say, for logs and for health: without any of the secrets, and short. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const hidden = secrets
    .flatMap((secret) => [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')])
    .filter((secret) => secret.length >= 4)
    .sort((a, b) => b.length - a.length)
    .reduce((known, secret) => known.replaceAll(secret, '***'), text);
  return oneLine(hidden);
}
