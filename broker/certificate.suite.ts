/**
 * A certificate for tests, signed by itself, for `localhost`; its key is public by being here and protects nothing. And a client that knows one
 * version of TLS alone, however old.
 */
import { connect, type SecureVersion } from 'node:tls';
import type { Certificate } from '../contract/endpoint.ts';

const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgHD/N1ljrSKPeqJqc
7dpAmSaUnXEGaIkLp7IYpD48FNKhRANCAAQqbjpTz7K89XqaSQmH92nVcc2n88hA
mRrQ9Ag3wk9yWQKN5zSMeMFHBTF0kNs5P9JCJlp24w7TQG96yDHV7/wG
-----END PRIVATE KEY-----
`;

const cert = `-----BEGIN CERTIFICATE-----
MIIBfjCCASWgAwIBAgIUXagI1FVFh0iASq7ysQo1A+4LpS8wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMzEyMzQyN1oYDzIxMjYxMDMw
MTIzNDI3WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQqbjpTz7K89XqaSQmH92nVcc2n88hAmRrQ9Ag3wk9yWQKN5zSMeMFH
BTF0kNs5P9JCJlp24w7TQG96yDHV7/wGo1MwUTAdBgNVHQ4EFgQUjzU8/Ev6NlrH
gItXJXFQ93k0vpwwHwYDVR0jBBgwFoAUjzU8/Ev6NlrHgItXJXFQ93k0vpwwDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiBi8eAgVcG28cDgcyCMd1LS
+vL/Uw5mGach2+k9ymW+DAIgBThkAqgWRbaNtEagCIgqJ7v7eigfZS7FRZ11ADPN
qLE=
-----END CERTIFICATE-----
`;

export const certificate: Certificate = { key, cert };

/** The version that such a client comes to speak, or `refused`. */
export async function tlsWith(version: SecureVersion, port: number): Promise<string> {
  const ciphers = 'DEFAULT@SECLEVEL=0';
  const socket = connect({ host: '127.0.0.1', port, minVersion: version, maxVersion: version, ciphers, rejectUnauthorized: false });
  const outcome = new Promise<string>((resolve) => {
    socket.on('error', () => {
      resolve('refused');
    });
    socket.on('secureConnect', () => {
      resolve(socket.getProtocol() ?? '');
    });
  });
  return outcome.finally(() => socket.destroy());
}
