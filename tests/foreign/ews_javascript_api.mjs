// Opens a mailbox with ews-javascript-api. Reads {url, user, password, scheme, mailbox, impersonate, version, connecting}
// from standard input; prints what it saw as JSON, or {error: {code, status, message}}.
import { readFileSync } from 'node:fs';
import ews from 'ews-javascript-api';
import { XhrApi } from '@ewsjs/xhr';

const asked = JSON.parse(readFileSync(0, 'utf8'));
const { ExchangeService, Folder, FolderId, FolderTraversal, FolderView, ItemView, Mailbox, SearchFilter,
  WellKnownFolderName } = ews;

function connect() {
  const service = new ExchangeService(ews.ExchangeVersion[asked.version ?? 'Exchange2013_SP1']);
  service.Url = new ews.Uri(asked.url);
  service.Credentials = new ews.WebCredentials(asked.user, asked.password);
  if (asked.scheme === 'ntlm') service.XHRApi = new XhrApi().useNtlmAuthentication(asked.user, asked.password);
  if (asked.impersonate) {
    service.ImpersonatedUserId = new ews.ImpersonatedUserId(ews.ConnectingIdType[asked.connecting ?? 'SmtpAddress'],
      asked.mailbox);
  }
  return service;
}

// Under full access the id names the mailbox; the impersonated user's own is meant otherwise.
const named = (name) => (asked.impersonate ? new FolderId(name) : new FolderId(name, new Mailbox(asked.mailbox)));
const summary = (folder) => ({
  id: folder.Id.UniqueId, parent: folder.ParentFolderId.UniqueId, name: folder.DisplayName, class: folder.FolderClass,
  total: folder.TotalCount, children: folder.ChildFolderCount, kind: folder.constructor.name,
});

async function pages(view, find, next) {
  const found = [];
  for (;;) {
    const page = await find(view);
    found.push(page);
    if (!page.MoreAvailable) return found;
    const offset = next(page, view);
    if (!(offset > view.Offset)) throw new Error(`the page after ${view.Offset} begins at ${offset}`);
    view.Offset = offset;
  }
}

async function look() {
  const service = connect();
  const inbox = await Folder.Bind(service, named(WellKnownFolderName.Inbox));
  const root = named(WellKnownFolderName.MsgFolderRoot);
  const all = new ews.PropertySet(ews.BasePropertySet.FirstClassProperties);
  const shallow = await service.FindFolders(root, new FolderView(100));
  const view = new FolderView(5);
  view.Traversal = FolderTraversal.Deep;
  view.PropertySet = all;
  const deep = await pages(view, (next) => service.FindFolders(root, next),
    (page, last) => last.Offset + page.Folders.length); // for folders it does not keep the server's NextPageOffset
  const filtered = await service.FindFolders(root, new SearchFilter.IsEqualTo(ews.FolderSchema.DisplayName, 'Drafts'),
    new FolderView(10));
  const itemView = new ItemView(50);
  const items = await pages(itemView, (next) => service.FindItems(inbox.Id, next), (page) => page.NextPageOffset);
  const unread = await service.FindItems(inbox.Id, new SearchFilter.IsEqualTo(ews.EmailMessageSchema.IsRead, false),
    new ItemView(100));
  const newest = new ItemView(1);
  newest.OrderBy.Add(ews.ItemSchema.DateTimeReceived, ews.SortDirection.Descending);
  return {
    server: `${service.ServerInfo.MajorVersion}.${service.ServerInfo.MinorVersion}`,
    inbox: { ...summary(inbox), unread: inbox.UnreadCount },
    shallow: shallow.Folders.map((folder) => folder.DisplayName),
    deep: deep.flatMap((page) => page.Folders.map(summary)),
    folder_pages: deep.map((page) => page.Folders.length),
    item_pages: items.map((page) => page.Items.length),
    item_total: items[0].TotalCount,
    item_ids: new Set(items.flatMap((page) => page.Items.map((item) => item.Id.UniqueId))).size,
    unread: unread.TotalCount,
    newest: (await service.FindItems(inbox.Id, newest)).Items[0].Subject,
    filtered: filtered.Folders.map((folder) => folder.DisplayName),
  };
}

try {
  console.log(JSON.stringify(await look()));
} catch (error) {
  const number = error.ErrorCode || error.ResponseCode; // of a response message, of a fault
  const said = { code: ews.ServiceError[number] ?? null, status: error.HttpStatusCode ?? error.status ?? null,
    message: String(error.Message ?? error.message ?? error) };
  console.log(JSON.stringify({ error: said }));
}
