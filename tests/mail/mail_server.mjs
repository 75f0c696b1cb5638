// An SMTP server that prints what it takes, one JSON object a line: first {port}, then a mail each, as mailparser reads it.
// Its one argument says how it behaves: {secure, starttls, cert, key, user, password, methods, recipients: {address: code},
// data: code}. Methods are those of AUTH; codes are the replies to RCPT TO an address and to a message.
import { readFileSync } from 'node:fs';
import { SMTPServer } from 'smtp-server';
import { simpleParser } from 'mailparser';

const asked = JSON.parse(process.argv[2]);
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const reply = (code) => Object.assign(new Error('no'), { responseCode: code });

async function take(stream, session) {
  const pieces = [];
  for await (const piece of stream) pieces.push(piece);
  const raw = Buffer.concat(pieces);
  const mail = await simpleParser(raw);
  say({
    envelope: { from: session.envelope.mailFrom.address, to: session.envelope.rcptTo.map((one) => one.address) },
    secure: session.secure, user: session.user ?? '',
    headers: Object.fromEntries(mail.headerLines.map(({ key, line }) => [key, line.slice(line.indexOf(':') + 1).trim()])),
    fields: mail.headerLines.map(({ key }) => key),
    from: mail.from?.text, to: mail.to?.text, subject: mail.subject, date: mail.date, id: mail.messageId,
    in_reply_to: mail.inReplyTo, references: mail.references, text: mail.text, html: mail.html,
    attachments: mail.attachments.map((one) => ({
      name: one.filename, type: one.contentType, disposition: one.contentDisposition, text: one.content.toString('utf8'),
    })),
    longest_line: Math.max(...raw.toString('latin1').split('\r\n').map((line) => line.length)),
    bare_line_ends: (raw.toString('latin1').match(/[^\r]\n/g) ?? []).length,
    type: mail.headers.get('content-type'),
  });
}

const server = new SMTPServer({
  secure: asked.secure ?? false,
  hideSTARTTLS: !(asked.starttls ?? true),
  disabledCommands: asked.user ? [] : ['AUTH'],
  authOptional: !asked.user,
  ...(asked.methods ? { authMethods: asked.methods } : {}),
  ...(asked.cert ? { cert: readFileSync(asked.cert), key: readFileSync(asked.key) } : {}),
  onAuth(auth, session, done) {
    const proved = auth.validatePassword?.(asked.password) ?? auth.password === asked.password;
    const fits = auth.username === asked.user && proved;
    return done(fits ? null : reply(535), { user: `${auth.method} ${auth.username}` });
  },
  onRcptTo({ address }, session, done) {
    const code = asked.recipients?.[address];
    return done(code ? reply(code) : null);
  },
  onData(stream, session, done) {
    take(stream, session).then(() => done(asked.data ? reply(asked.data) : null), done);
  },
});
server.on('error', () => {}); // a client that goes away is no news
server.listen(0, '127.0.0.1', () => say({ port: server.server.address().port }));
