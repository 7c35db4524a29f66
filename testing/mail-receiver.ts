/** A server of mail on loopback that takes what it is sent: enough of SMTP (RFC 5321) for a sender without TLS. */

import { type AddressInfo, createServer, type Socket } from 'node:net';

export interface MailReceiver {
  /** `smtp://127.0.0.1:port`. */
  readonly url: string;
  /** Whole messages, head and body. */
  readonly messages: readonly { readonly to: readonly string[]; readonly text: string }[];
  close(): Promise<void>;
}

export async function receiveMail(): Promise<MailReceiver> {
  const messages: { to: readonly string[]; text: string }[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let to: string[] = [];
    let body: string[] | undefined;
    let rest = '';
    const say = (line: string): void => void socket.write(`${line}\r\n`);
    const hear = (line: string): void => {
      if (body !== undefined) {
        if (line !== '.') return void body.push(line);
        messages.push({ to, text: body.join('\n') });
        [to, body] = [[], undefined];
        return say('250 taken');
      }
      const verb = line.slice(0, 4).toUpperCase();
      if (verb === 'RCPT') to.push(/<([^>]*)>/.exec(line)?.[1] ?? '');
      if (verb === 'DATA') {
        body = [];
        return say('354 go on');
      }
      if (verb === 'QUIT') {
        say('221 bye');
        return void socket.end();
      }
      say('250 ok');
    };
    socket.on('data', (bytes) => {
      const lines = (rest + bytes.toString()).split('\r\n');
      rest = lines.pop() ?? '';
      for (const line of lines) hear(line);
    });
    socket.on('error', () => undefined);
    say('220 ready');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    messages,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
