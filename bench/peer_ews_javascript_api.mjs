// ews-javascript-api opens the root folder of each mailbox by impersonation, over NTLM, with as many services as lanes.
//
//     peer_ews_javascript_api.mjs URL CA_FILE USER PASSWORD_FILE LANES < addresses
//
// Each mailbox is one Folder.Bind of "root"; its NTLM logs in anew for each request, as @ewsjs/xhr does it. Prints the number
// of mailboxes that opened. The CA comes by NODE_EXTRA_CA_CERTS.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../tests/foreign/package.json', import.meta.url));
const ews = require('ews-javascript-api');
const { XhrApi } = require('@ewsjs/xhr');

const [url, , user, passwordFile, lanes] = process.argv.slice(2);
const password = readFileSync(passwordFile, 'utf8').trim();
const addresses = readFileSync(0, 'utf8').split('\n').filter(Boolean);
let next = 0;
let opened = 0;

async function lane() {
  const service = new ews.ExchangeService(ews.ExchangeVersion.Exchange2016);
  service.Url = new ews.Uri(url);
  service.Credentials = new ews.WebCredentials(user, password);
  service.XHRApi = new XhrApi().useNtlmAuthentication(user, password);
  const properties = new ews.PropertySet(ews.BasePropertySet.IdOnly);
  while (next < addresses.length) {
    const address = addresses[next++];
    service.ImpersonatedUserId = new ews.ImpersonatedUserId(ews.ConnectingIdType.SmtpAddress, address);
    const folder = await ews.Folder.Bind(service, ews.WellKnownFolderName.Root, properties);
    opened += folder.Id.UniqueId ? 1 : 0;
  }
}

await Promise.all(Array.from({ length: Number(lanes) }, lane));
console.log(opened);
