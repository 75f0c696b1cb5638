"""python3-exchangelib opens the root folder of each mailbox by impersonation, over NTLM, with as many threads as lanes.

    peer_exchangelib.py URL CA_FILE USER PASSWORD_FILE THREADS < addresses

Each mailbox is one GetFolder of the distinguished folder "root", as its own code sends it; connections are kept. Prints the
number of mailboxes that opened.
"""

import concurrent.futures
import os
import pathlib
import sys
import warnings

from exchangelib import IMPERSONATION, NTLM, Account, Build, Configuration, Credentials, Version
from exchangelib.folders import Root
from exchangelib.protocol import BaseProtocol

warnings.filterwarnings("ignore")


def main():
    url, ca_file, user, password_file, threads = sys.argv[1:]
    os.environ["REQUESTS_CA_BUNDLE"] = ca_file  # exchangelib has no setting of its own
    BaseProtocol.SESSION_POOLSIZE = int(threads)
    configuration = Configuration(service_endpoint=url, auth_type=NTLM,
                                  credentials=Credentials(user, pathlib.Path(password_file).read_text().strip()),
                                  version=Version(Build(15, 1, 2507, 39), "Exchange2016"), max_connections=int(threads))

    def opens(address):
        account = Account(primary_smtp_address=address, config=configuration, autodiscover=False,
                          access_type=IMPERSONATION)
        # Not account.root: its lock is one for all accounts, and the threads would wait for each other.
        return Root.get_distinguished(account).id is not None

    addresses = [line.strip() for line in sys.stdin if line.strip()]
    with concurrent.futures.ThreadPoolExecutor(int(threads)) as pool:
        print(sum(pool.map(opens, addresses)))


main()
