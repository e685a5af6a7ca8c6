"""A mail server for tests: it takes mails on a free port, reads them with Python's own parser, and prints what it read.

One line of JSON with its port, then one for each mail.
"""

import asyncio
import email
import email.policy
import json
import sys

from aiosmtpd.smtp import SMTP


def tell(what):
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


class Reader:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("refused"):
            return "550 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        sender = mail["from"].addresses[0]
        parts = [part for part in mail.walk() if not part.is_multipart()]
        picture = next((part for part in parts if part.get_content_type() == "image/png"), None)
        tell({
            "receivers": envelope.rcpt_tos,
            "from": [sender.display_name, sender.addr_spec],
            "subject": mail["subject"],
            "bcc": mail["bcc"],
            "types": [part.get_content_type() for part in parts],
            "text": mail.get_body(("plain",)).get_content(),
            "html": mail.get_body(("html",)).get_content(),
            "contentId": picture and picture["content-id"],
            "png": bool(picture) and picture.get_content().startswith(b"\x89PNG\r\n\x1a\n"),
        })
        return "250 OK"


async def serve():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Reader(), enable_SMTPUTF8=True), "127.0.0.1", 0)
    tell({"port": server.sockets[0].getsockname()[1]})
    await server.serve_forever()


asyncio.run(serve())
